# SPDX-License-Identifier: MIT
#
# mutant_N: the runtime with seeded bug N (0: none), trial_deletion and all
# scenarios in one executable. mutant_0 must pass; each other must be killed
# by the scenario named here. From 30 on, and mutant_cpython (no bug): the
# same with the collector cpython and scenarios of its own. From 40 on, and
# mutant_marking: with both collectors of concurrent_mark_sweep; 24 to 29, and
# mutant_weak_trace: with these and scenarios of weak references. From 61 on,
# and mutant_nodes: with trial_deletion and scenarios of nodes. From 71 on, and
# mutant_atomic: with trial_deletion and without a bias.

set(mutant_killers
  a_store_counts_before_it_publishes         # 1
  two_writers_lose_no_unit                   # 2
  a_decrement_waits_a_round                  # 3
  counts_are_read_after_edges                # 4
  a_root_keeps_what_nothing_counts           # 5
  a_mutator_takes_no_unit_back               # 6
  a_move_under_way_is_noticed                # 7
  a_spill_between_the_halves_is_seen         # 8
  a_loop_of_one_is_a_cycle                   # 9
  a_half_done_spill_hides_nothing            # 10
  a_cycle_that_survived_is_tried_again       # 11
  a_detached_thread_keeps_its_roots          # 12
  a_zero_is_looked_at_until_no_root_holds_it # 13
  a_foreign_writer_closes_a_cycle            # 14
  young_counts_are_read_after_edges          # 15
  a_rooted_child_of_the_young_dead_lives     # 16
  what_lies_behind_the_walk_dies             # 17
  the_young_behind_a_root_live               # 18
  who_outruns_a_round_waits_for_it           # 19
  a_reader_between_two_steps_is_seen         # 20
  a_read_before_the_verdict_wins             # 21
  a_finalizer_runs_once                      # 22
  all_cells_turn_null_at_once)               # 23
set(mutant_weak_trace_killers
  a_read_before_the_record_is_seen           # 24
  a_read_that_met_the_record_is_heard        # 25
  a_read_before_the_record_is_seen_uncounted # 26
  what_waits_for_its_finalizer_lives         # 27
  cells_of_what_was_read_stay                # 28
  what_the_queue_lets_go_lives_uncounted)    # 29
set(mutant_cpython_killers
  what_the_last_reaches_lives                # 30
  a_root_alone_makes_a_member)               # 31
set(mutant_marking_killers
  what_moves_behind_the_marker_lives                  # 40
  a_root_alone_is_grey                                # 41
  what_was_overwritten_before_the_last_answer_is_grey # 42
  what_a_later_log_names_is_looked_into               # 43
  what_a_later_log_names_lives                        # 44
  what_a_later_log_names_lives_uncounted              # 45
  a_store_of_null_is_logged                           # 46
  what_a_dying_grey_object_held_lives                 # 47
  what_is_born_meanwhile_is_marked                    # 48
  what_is_born_before_the_last_answer_is_grey         # 49
  a_claimed_thread_logs_uncounted                     # 50
  what_is_born_behind_the_sweep_has_no_mark           # 51
  a_slice_that_ends_forgets_nothing                   # 52
  what_a_dying_grey_object_held_lives                 # 53
  an_immortal_that_a_grey_object_held_lives           # 54
  a_trace_begins_with_a_whole_log                     # 55
  who_stops_helping_forgets_nothing                   # 56
  who_outruns_a_cycle_waits_for_it                    # 57
  what_an_assistant_sends_arrives                     # 58
  what_is_dealt_out_is_grey                           # 59
  what_is_sent_is_marked_and_looked_into)             # 60
set(mutant_nodes_killers
  what_went_back_has_no_home                 # 61
  who_is_full_takes_what_others_have_idle    # 62
  a_run_over_several_homes_has_one           # 63
  who_is_away_is_counted_for_its_node        # 64
  what_is_freed_goes_home)                   # 65
# Played where every store is observed: the scenarios of mutant_marking and of
# mutant_0, on a model of two nodes.
set(mutant_observed_killers
  what_is_stored_while_marking_is_counted # 66
  a_store_of_null_is_logged_uncounted)    # 67
set(mutant_observed_trial_killers
  a_loop_of_one_is_a_cycle)               # 68
set(mutant_deaths_killers
  a_death_hook_hears_who_frees            # 69
  a_death_hook_hears_who_frees)           # 70
# Played by a runtime without a bias.
set(mutant_atomic_killers
  two_increments_are_two          # 71
  a_decrement_loses_no_increment) # 72
set(mutant_observed_nodes "WANE_TEST_NODES=synthetic:numa:2 pu:2")

pkg_check_modules(URCU REQUIRED IMPORTED_TARGET liburcu-cds)
pkg_check_modules(HWLOC REQUIRED IMPORTED_TARGET hwloc>=2.3)
get_target_property(mutant_sources wane_objects SOURCES)
set(mutant_runtime)
foreach(source IN LISTS mutant_sources)
  cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${PROJECT_SOURCE_DIR}/runtime)
  list(APPEND mutant_runtime ${source})
endforeach()
file(GLOB mutant_trial CONFIGURE_DEPENDS
  ${PROJECT_SOURCE_DIR}/collectors/trial_deletion/*.c)
file(GLOB mutant_cpython CONFIGURE_DEPENDS
  ${PROJECT_SOURCE_DIR}/collectors/cpython/*.c)
file(GLOB mutant_tracing CONFIGURE_DEPENDS
  ${PROJECT_SOURCE_DIR}/collectors/concurrent_mark_sweep/*.c)
# Both collectors in one program: the second under another name.
set_source_files_properties(
  ${PROJECT_SOURCE_DIR}/collectors/concurrent_mark_sweep/satb_mark_sweep.c
  PROPERTIES COMPILE_DEFINITIONS wane_collector=wane_satb)

# Asserts and yield places on, whatever the variety says; no sanitizer.
function(wane_mutant_flags target n)
  target_include_directories(${target} PRIVATE
    ${PROJECT_SOURCE_DIR}/runtime/include ${PROJECT_SOURCE_DIR}/runtime)
  target_compile_definitions(${target} PRIVATE
    WANE_MUTANT=${n} WANE_CHECKED=1)
  target_compile_options(${target} PRIVATE -O1 -g0)
  target_link_libraries(${target} PRIVATE wane_flags PkgConfig::URCU
    PkgConfig::HWLOC Threads::Threads ${CMAKE_DL_LIBS} m)
endfunction()

# Files without the bug come from archives. A mutant is made of those that name
# it; the linker then leaves out the archive's files of the same symbols. Where
# a header names it, everything is made again.
file(GLOB_RECURSE mutant_headers CONFIGURE_DEPENDS
  ${PROJECT_SOURCE_DIR}/runtime/*.h ${PROJECT_SOURCE_DIR}/collectors/*.h)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
  ${mutant_runtime} ${mutant_trial} ${mutant_cpython} ${mutant_tracing}
  ${mutant_headers})

# what: trial, cpython or tracing; stage: a name for ARGN, the files of
# scenarios, which are made once unless a header names the mutant.
function(wane_mutant_program target n what stage)
  set(files ${mutant_runtime} ${mutant_${what}})
  if(n GREATER 0)
    wane_files_of_mutant(headers ${n} ${mutant_headers})
    wane_files_of_mutant(own ${n} ${files})
    if(headers)
      set(own ${files})
    elseif(NOT own)
      message(FATAL_ERROR "no file names mutant ${n}")
    endif()
  endif()
  set(scenarios stage.c ${ARGN})
  list(TRANSFORM scenarios PREPEND ${CMAKE_CURRENT_LIST_DIR}/)
  if(NOT TARGET mutant_stage_${stage})
    add_library(mutant_stage_${stage} OBJECT ${scenarios})
    wane_mutant_flags(mutant_stage_${stage} 0)
  endif()
  if(NOT headers)
    set(scenarios $<TARGET_OBJECTS:mutant_stage_${stage}>)
  endif()
  add_executable(${target} ${own} ${scenarios}
    ${CMAKE_CURRENT_LIST_DIR}/main.c)
  wane_mutant_flags(${target} ${n})
  target_link_libraries(${target} PRIVATE mutant_base_${what}
    mutant_base_runtime)
  if(n GREATER 0)
    wane_seeded(${target})
  endif()
endfunction()

function(wane_mutant n)
  wane_mutant_program(mutant_${n} ${n} trial trial kill_counts.c kill_rounds.c
    kill_cycles.c kill_young.c kill_weak.c kill_threads.c)
endfunction()

function(wane_mutant_of_cpython target n)
  wane_mutant_program(${target} ${n} cpython cpython kill_cpython.c)
  target_compile_definitions(${target} PRIVATE WANE_STAGE_CPYTHON=1)
endfunction()

function(wane_mutant_of_nodes target n)
  wane_mutant_program(${target} ${n} trial nodes kill_nodes.c)
  target_compile_definitions(${target} PRIVATE WANE_STAGE_NODES=1)
endfunction()

# Counts without a bias are in headers that all files have.
function(wane_mutant_of_atomic target n)
  add_executable(${target} ${mutant_runtime} ${mutant_trial}
    ${CMAKE_CURRENT_LIST_DIR}/stage.c ${CMAKE_CURRENT_LIST_DIR}/kill_atomic.c
    ${CMAKE_CURRENT_LIST_DIR}/main.c)
  wane_mutant_flags(${target} ${n})
  target_compile_definitions(${target} PRIVATE
    WANE_ATOMIC_COUNTS=1 WANE_STAGE_ATOMIC=1)
  if(n GREATER 0)
    wane_seeded(${target})
  endif()
endfunction()

# what: marking or weak_trace
set(mutant_marking_files kill_marking.c kill_slices.c kill_helping.c
  kill_sending.c kill_observed.c stage_trace.c)
set(mutant_weak_trace_files kill_weak_trace.c)
function(wane_mutant_of_tracing target n what)
  wane_mutant_program(${target} ${n} tracing ${what} ${mutant_${what}_files})
  string(TOUPPER ${what} name)
  target_compile_definitions(${target} PRIVATE WANE_STAGE_${name}=1)
endfunction()

if(WANE_VARIETY STREQUAL "measure")
  add_test(NAME mutant_table COMMAND Python3::Interpreter -B
    ${CMAKE_CURRENT_LIST_DIR}/test_table.py ${PROJECT_SOURCE_DIR})
  wane_test_properties(mutant_table mutant 60)
  foreach(what runtime trial cpython tracing)
    add_library(mutant_base_${what} STATIC ${mutant_${what}})
    wane_mutant_flags(mutant_base_${what} 0)
  endforeach()
  wane_mutant(0)
  add_test(NAME mutant_0 COMMAND mutant_0)
  wane_test_properties(mutant_0 mutant 60)
  set(n 0)
  foreach(killer IN LISTS mutant_killers)
    math(EXPR n "${n} + 1")
    wane_mutant(${n})
    add_test(NAME mutant_${n} COMMAND bash
      ${CMAKE_CURRENT_LIST_DIR}/expect_killed.sh $<TARGET_FILE:mutant_${n}>
      ${killer})
    wane_test_properties(mutant_${n} mutant 60)
  endforeach()
  wane_mutant_of_cpython(mutant_cpython 0)
  add_test(NAME mutant_cpython COMMAND mutant_cpython)
  wane_test_properties(mutant_cpython mutant 60)
  set(n 29)
  foreach(killer IN LISTS mutant_cpython_killers)
    math(EXPR n "${n} + 1")
    wane_mutant_of_cpython(mutant_${n} ${n})
    add_test(NAME mutant_${n} COMMAND bash
      ${CMAKE_CURRENT_LIST_DIR}/expect_killed.sh $<TARGET_FILE:mutant_${n}>
      ${killer})
    wane_test_properties(mutant_${n} mutant 60)
  endforeach()
  set(n 24)
  foreach(what weak_trace marking)
    wane_mutant_of_tracing(mutant_${what} 0 ${what})
    add_test(NAME mutant_${what} COMMAND mutant_${what})
    wane_test_properties(mutant_${what} mutant 60)
    foreach(killer IN LISTS mutant_${what}_killers)
      wane_mutant_of_tracing(mutant_${n} ${n} ${what})
      add_test(NAME mutant_${n} COMMAND bash
        ${CMAKE_CURRENT_LIST_DIR}/expect_killed.sh $<TARGET_FILE:mutant_${n}>
        ${killer})
      wane_test_properties(mutant_${n} mutant 60)
      math(EXPR n "${n} + 1")
    endforeach()
    set(n 40)
  endforeach()
  wane_mutant_of_nodes(mutant_nodes 0)
  add_test(NAME mutant_nodes COMMAND mutant_nodes)
  wane_test_properties(mutant_nodes mutant 60)
  set(n 60)
  foreach(killer IN LISTS mutant_nodes_killers)
    math(EXPR n "${n} + 1")
    wane_mutant_of_nodes(mutant_${n} ${n})
    add_test(NAME mutant_${n} COMMAND bash
      ${CMAKE_CURRENT_LIST_DIR}/expect_killed.sh $<TARGET_FILE:mutant_${n}>
      ${killer})
    wane_test_properties(mutant_${n} mutant 60)
  endforeach()
  set(n 65)
  foreach(killer IN LISTS mutant_observed_killers mutant_observed_trial_killers)
    math(EXPR n "${n} + 1")
    if(killer IN_LIST mutant_observed_killers)
      wane_mutant_of_tracing(mutant_${n} ${n} marking)
    else()
      wane_mutant(${n})
    endif()
    add_test(NAME mutant_${n} COMMAND bash
      ${CMAKE_CURRENT_LIST_DIR}/expect_killed.sh $<TARGET_FILE:mutant_${n}>
      ${killer})
    wane_test_properties(mutant_${n} mutant 60)
    set_property(TEST mutant_${n} APPEND PROPERTY
      ENVIRONMENT "${mutant_observed_nodes}")
  endforeach()
  foreach(killer IN LISTS mutant_deaths_killers)
    math(EXPR n "${n} + 1")
    wane_mutant(${n})
    add_test(NAME mutant_${n} COMMAND bash
      ${CMAKE_CURRENT_LIST_DIR}/expect_killed.sh $<TARGET_FILE:mutant_${n}>
      ${killer})
    wane_test_properties(mutant_${n} mutant 60)
  endforeach()
  wane_mutant_of_atomic(mutant_atomic 0)
  add_test(NAME mutant_atomic COMMAND mutant_atomic)
  wane_test_properties(mutant_atomic mutant 60)
  foreach(killer IN LISTS mutant_atomic_killers)
    math(EXPR n "${n} + 1")
    wane_mutant_of_atomic(mutant_${n} ${n})
    add_test(NAME mutant_${n} COMMAND bash
      ${CMAKE_CURRENT_LIST_DIR}/expect_killed.sh $<TARGET_FILE:mutant_${n}>
      ${killer})
    wane_test_properties(mutant_${n} mutant 60)
  endforeach()
  foreach(what 0 marking weak_trace cpython)
    add_test(NAME mutant_${what}_observed COMMAND mutant_${what})
    wane_test_properties(mutant_${what}_observed mutant 60)
    set_property(TEST mutant_${what}_observed APPEND PROPERTY
      ENVIRONMENT "${mutant_observed_nodes}")
  endforeach()
  # The wrapper itself can fail: nothing killed it, or not what should have.
  add_test(NAME mutant_survivor COMMAND bash
    ${CMAKE_CURRENT_LIST_DIR}/expect_killed.sh $<TARGET_FILE:mutant_0>
    counts_are_read_after_edges)
  add_test(NAME mutant_wrong_killer COMMAND bash
    ${CMAKE_CURRENT_LIST_DIR}/expect_killed.sh $<TARGET_FILE:mutant_12>
    counts_are_read_after_edges)
  wane_test_properties(mutant_survivor mutant 60)
  wane_test_properties(mutant_wrong_killer mutant 60)
  set_tests_properties(mutant_survivor PROPERTIES
    PASS_REGULAR_EXPRESSION "SURVIVED: no scenario noticed")
  set_tests_properties(mutant_wrong_killer PROPERTIES
    PASS_REGULAR_EXPRESSION "counts_are_read_after_edges should have killed")
else()
  message(STATUS "mutants are built in the variety measure only")
endif()
