# SPDX-License-Identifier: MIT
#
# The Promela models (README.md), each searched exhaustively by Spin, and
# their mutants, each of which must violate the property named here. They do
# not depend on how Wane is built: variety measure only. Label model; `long`
# on those that take more than half a minute or a gigabyte, and on those that a
# sibling of the default tier covers in part.

# wane_model(NAME MODEL [DEFINE NAME=VALUE...] [LONG])
function(wane_model name model)
  cmake_parse_arguments(M "LONG" "" "DEFINE" ${ARGN})
  if(M_DEFINE)
    list(TRANSFORM M_DEFINE PREPEND -D)
  endif()
  add_test(NAME model_${name}
    COMMAND bash ${CMAKE_CURRENT_LIST_DIR}/run.sh ${M_DEFINE} ${model})
  if(M_LONG)
    wane_test_properties(model_${name} "model;long" 1800)
  else()
    wane_test_properties(model_${name} model 300)
  endif()
endfunction()

# wane_model_mutant(MODEL MUTANT PROPERTY [NAME=VALUE...] [LONG]); from 91 up,
# MUTANT is a witness (common.pml).
function(wane_model_mutant model mutant property)
  cmake_parse_arguments(M "LONG" "" "" ${ARGN})
  set(define ${M_UNPARSED_ARGUMENTS})
  if(define)
    list(TRANSFORM define PREPEND -D)
  endif()
  set(name model_${model}_mutant_${mutant})
  add_test(NAME ${name} COMMAND bash ${CMAKE_CURRENT_LIST_DIR}/run.sh
    ${define} ${model} ${mutant} ${property})
  if(M_LONG)
    wane_test_properties(${name} "model;long" 300)
  else()
    wane_test_properties(${name} model 300)
  endif()
endfunction()

set(freed S1_no_freed_object_is_used)
set(gone S7_once_gone_for_ever_gone)
set(given_back S10_no_record_is_given_back_under_a_reader)
set(leaked L1_garbage_is_freed_in_time)

if(NOT WANE_VARIETY STREQUAL "measure")
  message(STATUS "models are checked in the variety measure only")
  return()
endif()

# --- weak references ---------------------------------------------------------

wane_model(weak_rc_one weak_rc DEFINE SHAPE=1 OPS=3)
wane_model(weak_rc_cycle weak_rc DEFINE SHAPE=2 OPS=2 LONG)
wane_model(weak_rc_two_sets weak_rc DEFINE SHAPE=3 OPS=2 LONG)
wane_model(weak_rc_cells_of_one weak_rc DEFINE SHAPE=4 OPS=2)
wane_model(weak_rc_test_late weak_rc DEFINE SHAPE=2 OPS=2 TEST_LATE LONG)
wane_model(weak_rc_recheck weak_rc DEFINE SHAPE=2 OPS=2 NEW_CELLS RECHECK LONG)
wane_model(weak_rc_new_cells weak_rc DEFINE SHAPE=1 OPS=2 NEW_CELLS)
wane_model(weak_rc_counted_get weak_rc DEFINE SHAPE=1 OPS=3 COUNTED_GET LONG)
wane_model(weak_rc_one_long weak_rc DEFINE SHAPE=1 OPS=4 LONG)
wane_model(weak_rc_counted_get_long weak_rc
  DEFINE SHAPE=2 OPS=2 COUNTED_GET LONG)
wane_model(weak_rc_new_cells_long weak_rc
  DEFINE SHAPE=2 OPS=2 NEW_CELLS LONG)

wane_model(weak_mark_one weak_mark DEFINE SHAPE=1 OPS=4)
wane_model(weak_mark_cycle weak_mark DEFINE SHAPE=2 OPS=2 LONG)
wane_model(weak_mark_two_sets weak_mark DEFINE SHAPE=3 OPS=2)
wane_model(weak_mark_new_cells weak_mark DEFINE SHAPE=2 OPS=2 NEW_CELLS LONG)
wane_model(weak_mark_quiet_is_last weak_mark
  DEFINE SHAPE=2 OPS=2 QUIET_IS_LAST)
wane_model(weak_mark_one_long weak_mark DEFINE SHAPE=1 OPS=5 LONG)

wane_model_mutant(weak_rc 1 ${freed})
wane_model_mutant(weak_rc 2 ${freed})
wane_model_mutant(weak_rc 4 ${gone})
wane_model_mutant(weak_rc 5 ${given_back})
wane_model_mutant(weak_rc 7 ${freed})
wane_model_mutant(weak_rc 8 ${freed})
wane_model_mutant(weak_rc 10 ${freed})
wane_model_mutant(weak_rc 12 ${freed})
wane_model_mutant(weak_rc 13 ${freed})
wane_model_mutant(weak_rc 16 ${leaked} SHAPE=1)
wane_model_mutant(weak_rc 17 ${freed} NEW_CELLS)

wane_model_mutant(weak_mark 2 ${freed})
wane_model_mutant(weak_mark 3 ${freed})
wane_model_mutant(weak_mark 4 ${gone})
wane_model_mutant(weak_mark 5 ${given_back})
wane_model_mutant(weak_mark 6 ${freed})
wane_model_mutant(weak_mark 7 ${freed})
wane_model_mutant(weak_mark 9 ${freed})
wane_model_mutant(weak_mark 10 ${freed})
wane_model_mutant(weak_mark 11 ${freed})
wane_model_mutant(weak_mark 14 ${freed})
wane_model_mutant(weak_mark 16 ${leaked} SHAPE=1)

# --- handshake ---------------------------------------------------------------

set(ends L2_a_handshake_ends)
set(claimed S6_a_claimed_thread_does_not_run)
set(stopped S6_nobody_runs_in_a_stopped_world)
set(handed_over S9_all_that_were_asked_handed_over)

wane_model(handshake handshake DEFINE OPS=1)
wane_model(handshake_stop handshake DEFINE STOP OPS=1 ROUNDS=1)
wane_model(handshake_rounds_long handshake DEFINE OPS=1 ROUNDS=3 LONG)
wane_model(handshake_ops_long handshake DEFINE OPS=2 LONG)
wane_model(handshake_stop_long handshake DEFINE STOP OPS=1 LONG)
wane_model(handshake_release_req_long handshake
  DEFINE RELEASE_REQ OPS=1 LONG)

foreach(mutant 1 3 4 8 9 13 14 17)
  wane_model_mutant(handshake ${mutant} ${ends} OPS=1)
endforeach()
foreach(mutant 2 6)
  wane_model_mutant(handshake ${mutant} ${claimed} OPS=1)
endforeach()
foreach(mutant 5 11)
  wane_model_mutant(handshake ${mutant} ${handed_over} OPS=1)
endforeach()
wane_model_mutant(handshake 7 L5_who_waits_to_attach_is_claimed_twice_at_most
  OPS=1 ROUNDS=3)
foreach(mutant 10 12)
  wane_model_mutant(handshake ${mutant} S9_no_packet_comes_after_its_round
    OPS=1)
endforeach()
foreach(mutant 15 16)
  wane_model_mutant(handshake ${mutant} ${stopped} STOP OPS=1)
endforeach()

wane_model_mutant(handshake 91 R1_no_thread_is_claimed OPS=1)
wane_model_mutant(handshake 92 R2_no_claim_meets_a_thread_that_wants_back
  OPS=1)
wane_model_mutant(handshake 93 R3_no_thread_leaves_while_it_is_asked OPS=1)
wane_model_mutant(handshake 94 R4_no_thread_stops STOP OPS=1)
wane_model_mutant(handshake 95 R5_no_thread_hands_over_twice_in_a_round OPS=1)
wane_model_mutant(handshake 96
  R6_who_waits_to_attach_is_claimed_once_at_most OPS=1)

# --- counting ----------------------------------------------------------------

set(unit S3_no_edge_without_its_unit)
set(below S3_no_count_below_zero)

wane_model(counting_one counting DEFINE SHAPE=1 OPS=3 TWICE)
wane_model(counting_cycle counting DEFINE SHAPE=2 OPS=2 TWICE)
wane_model(counting_two counting DEFINE SHAPE=3 OPS=1 MORE=1 TWICE)
wane_model(counting_child counting DEFINE SHAPE=4 OPS=1 TWICE)
wane_model(counting_spill counting DEFINE SHAPE=1 OPS=3 SPILL TWICE)
wane_model(counting_moves counting DEFINE SHAPE=1 OPS=2 MOVES TWICE)
wane_model(counting_two_long counting DEFINE SHAPE=3 OPS=2 TWICE LONG)
wane_model(counting_child_long counting DEFINE SHAPE=4 OPS=2 TWICE LONG)
wane_model(counting_moves_long counting DEFINE SHAPE=1 OPS=3 MOVES TWICE LONG)

foreach(mutant 1 5 14)
  wane_model_mutant(counting ${mutant} ${freed})
endforeach()
foreach(mutant 2 3 7)
  wane_model_mutant(counting ${mutant} ${unit})
endforeach()
foreach(mutant 6 10 13)
  wane_model_mutant(counting ${mutant} ${leaked})
endforeach()
wane_model_mutant(counting 15 ${below})
wane_model_mutant(counting 4 ${unit} SHAPE=1 OPS=3 MOVES)
wane_model_mutant(counting 8 ${unit} SHAPE=1 OPS=3 SPILL)
wane_model_mutant(counting 9 ${below} SHAPE=1 OPS=3 SPILL)
wane_model_mutant(counting 11 ${leaked} SHAPE=3)
wane_model_mutant(counting 12 ${leaked} SHAPE=1)

wane_model_mutant(counting 91 R1_nothing_dies_by_count)
wane_model_mutant(counting 92 R2_no_cycle_is_found)
wane_model_mutant(counting 93 R3_no_cycle_is_found_alive)
wane_model_mutant(counting 94 R4_nothing_waits_in_the_table)
wane_model_mutant(counting 95 R5_no_graph_is_torn_by_a_store)
wane_model_mutant(counting 97 ${leaked} LIMIT=1) # the bound is tight
wane_model_mutant(counting 96 R6_no_move_is_met SHAPE=1 OPS=3 MOVES)

# --- satb --------------------------------------------------------------------

wane_model(satb_births satb DEFINE SHAPE=1 OPS=1 TWICE)
wane_model(satb_cycle satb DEFINE SHAPE=2 OPS=1 TWICE)
wane_model(satb_deaths satb DEFINE SHAPE=3 OPS=1 MORE=1 TWICE)
wane_model(satb_stuck satb DEFINE SHAPE=4 OPS=1 TWICE)
wane_model(satb_births_long satb DEFINE SHAPE=1 OPS=2 TWICE LONG)
wane_model(satb_cycle_long satb DEFINE SHAPE=2 OPS=2 TWICE LONG)
wane_model(satb_deaths_long satb DEFINE SHAPE=3 OPS=2 TWICE LONG)
wane_model(satb_stuck_long satb DEFINE SHAPE=4 OPS=2 TWICE LONG)

foreach(mutant 1 3 4 5 6)
  wane_model_mutant(satb ${mutant} ${freed})
endforeach()
wane_model_mutant(satb 2 ${freed} LIMIT=6)
foreach(mutant 7 11 12)
  wane_model_mutant(satb ${mutant} ${freed} SHAPE=3)
endforeach()
wane_model_mutant(satb 8 ${freed} SHAPE=4)
foreach(mutant 9 10)
  wane_model_mutant(satb ${mutant} ${freed} SHAPE=1)
endforeach()

wane_model_mutant(satb 91 R1_nothing_grey_dies)
wane_model_mutant(satb 92 R2_nothing_is_swept)
wane_model_mutant(satb 93 R3_no_log_names_what_is_not_marked)
wane_model_mutant(satb 94 R4_no_early_birth_is_looked_into SHAPE=1)
wane_model_mutant(satb 95 R5_no_survivor_is_newly_marked SHAPE=3)
wane_model_mutant(satb 97 ${leaked} LIMIT=3)
wane_model_mutant(satb 96 R6_no_trace_needs_three_rounds)

# --- brc ---------------------------------------------------------------------

set(never_freed L1_garbage_is_freed)
set(merged S11_what_is_immortal_is_not_merged)

wane_model(brc brc DEFINE OPS=1 MORE=2)
wane_model(brc_immortals brc DEFINE OPS=1 IMMORTALS)
wane_model(brc_long brc DEFINE OPS=2 LONG)

foreach(mutant 1 3)
  wane_model_mutant(brc ${mutant} ${merged} IMMORTALS)
endforeach()
foreach(mutant 2 6 7 8 10 11)
  wane_model_mutant(brc ${mutant} ${never_freed})
endforeach()
wane_model_mutant(brc 4 ${freed})
wane_model_mutant(brc 5 S2_nothing_is_freed_twice)
wane_model_mutant(brc 9 ${never_freed} OPS=2)
wane_model_mutant(brc 12 S3_no_merged_count_below_zero)

wane_model_mutant(brc 91 R1_nothing_is_queued)
wane_model_mutant(brc 92 R2_no_stranger_merges)
wane_model_mutant(brc 93 R3_no_queue_meets_a_merged_object MORE=2)
wane_model_mutant(brc 94 R4_no_shared_count_is_negative)
wane_model_mutant(brc 95 R5_nothing_immortal_is_in_a_queue IMMORTALS)

# --- work --------------------------------------------------------------------

set(no_work S20_nothing_outstanding_means_no_work)
set(counted S21_what_is_outstanding_is_counted_once)
set(run_ends L2_a_run_ends)

wane_model(work work DEFINE TOTAL=6 STOP=2)
wane_model(work_assist work DEFINE TOTAL=3 STOP=1 ASSIST)
wane_model(work_assist_long work DEFINE TOTAL=4 STOP=2 ASSIST LONG)

foreach(mutant 1 2 10 14)
  wane_model_mutant(work ${mutant} ${no_work} TOTAL=6)
endforeach()
foreach(mutant 5 7)
  wane_model_mutant(work ${mutant} ${no_work} ASSIST)
endforeach()
foreach(mutant 3 4 6)
  wane_model_mutant(work ${mutant} ${run_ends} TOTAL=6)
endforeach()
wane_model_mutant(work 11 ${run_ends} TOTAL=6 STOP=1)
foreach(mutant 8 9)
  wane_model_mutant(work ${mutant} ${counted} ASSIST STOP=1)
endforeach()
wane_model_mutant(work 12 ${counted} TOTAL=6 STOP=1)
wane_model_mutant(work 13 ${counted} TOTAL=6)

wane_model_mutant(work 91 R1_no_packet_is_stolen TOTAL=6)
wane_model_mutant(work 92 R2_no_half_is_given TOTAL=6)
wane_model_mutant(work 93 R3_nobody_sleeps TOTAL=6)
wane_model_mutant(work 94 R4_no_assistant_leaves_anything ASSIST)
wane_model_mutant(work 95 R5_no_run_is_stopped_with_work_left TOTAL=6 STOP=1)

# --- owner -------------------------------------------------------------------

set(lost S22_no_item_is_lost)

wane_model(owner owner DEFINE TOTAL=3 STOP=1)
wane_model(owner_local_long owner DEFINE LOCAL TOTAL=3 STOP=1 LONG)
wane_model(owner_long owner DEFINE TOTAL=4 STOP=1 LONG)
wane_model(owner_three_long owner DEFINE TOTAL=3 STOP=1 WORKERS=3 LONG)

wane_model_mutant(owner 1 ${no_work})
wane_model_mutant(owner 2 ${lost} STOP=1)
wane_model_mutant(owner 3 ${no_work} LONG)
wane_model_mutant(owner 4 ${run_ends} LOCAL)
wane_model_mutant(owner 5 ${run_ends} LONG)
wane_model_mutant(owner 6 ${run_ends} LONG)
wane_model_mutant(owner 7 ${lost} LOCAL LONG)
wane_model_mutant(owner 8 ${no_work} LONG)

wane_model_mutant(owner 91 R1_nothing_is_sent LONG)
wane_model_mutant(owner 92 R2_there_is_no_thief LONG)
wane_model_mutant(owner 93 R3_nobody_sleeps LONG)
wane_model_mutant(owner 94 R4_no_part_ends_with_something_unsent STOP=1 LONG)
wane_model_mutant(owner 95 R5_what_is_nobodys_is_not_met LOCAL LONG)

# --- the driver --------------------------------------------------------------

# The driver itself can fail: nothing was violated, or something else was.
foreach(case survivor wrong_killer)
  set(name model_${case})
  if(case STREQUAL "survivor")
    set(arguments -DOPS=1 weak_rc 99)
    set(expected "SURVIVED: nothing is wrong")
  else()
    set(arguments weak_rc 4 ${freed})
    set(expected "killed, but not by ${freed}")
  endif()
  add_test(NAME ${name} COMMAND bash ${CMAKE_CURRENT_LIST_DIR}/run.sh
    ${arguments})
  wane_test_properties(${name} model 120)
  set_tests_properties(${name} PROPERTIES PASS_REGULAR_EXPRESSION
    "${expected}")
endforeach()
