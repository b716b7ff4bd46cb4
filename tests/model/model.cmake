# SPDX-License-Identifier: MIT
#
# The Promela models (README.md), each searched exhaustively by Spin, and
# their mutants, each of which must violate the property named here. They do
# not depend on how Wane is built: variety measure only. Label model; `long`
# on those that take more than half a minute or a gigabyte.

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

# wane_model_mutant(MODEL MUTANT PROPERTY [NAME=VALUE...])
function(wane_model_mutant model mutant property)
  set(define ${ARGN})
  if(define)
    list(TRANSFORM define PREPEND -D)
  endif()
  set(name model_${model}_mutant_${mutant})
  add_test(NAME ${name} COMMAND bash ${CMAKE_CURRENT_LIST_DIR}/run.sh
    ${define} ${model} ${mutant} ${property})
  wane_test_properties(${name} model 300)
endfunction()

set(freed S1_no_freed_object_is_used)
set(gone S7_once_gone_for_ever_gone)
set(given_back S10_no_record_is_given_back_under_a_reader)
set(leaked L1_garbage_is_freed_in_time)

if(NOT WANE_VARIETY STREQUAL "measure")
  message(STATUS "models are checked in the variety measure only")
  return()
endif()

wane_model(weak_rc_one weak_rc DEFINE SHAPE=1 OPS=3)
wane_model(weak_rc_cycle weak_rc DEFINE SHAPE=2 OPS=2)
wane_model(weak_rc_two_sets weak_rc DEFINE SHAPE=3 OPS=2)
wane_model(weak_rc_cells_of_one weak_rc DEFINE SHAPE=4 OPS=2)
wane_model(weak_rc_test_late weak_rc DEFINE SHAPE=2 OPS=2 TEST_LATE)
wane_model(weak_rc_recheck weak_rc DEFINE SHAPE=2 OPS=2 NEW_CELLS RECHECK)
wane_model(weak_rc_new_cells weak_rc DEFINE SHAPE=1 OPS=2 NEW_CELLS)
wane_model(weak_rc_counted_get weak_rc DEFINE SHAPE=1 OPS=3 COUNTED_GET)
wane_model(weak_rc_one_long weak_rc DEFINE SHAPE=1 OPS=4 LONG)
wane_model(weak_rc_counted_get_long weak_rc
  DEFINE SHAPE=2 OPS=2 COUNTED_GET LONG)
wane_model(weak_rc_new_cells_long weak_rc
  DEFINE SHAPE=2 OPS=2 NEW_CELLS LONG)

wane_model(weak_mark_one weak_mark DEFINE SHAPE=1 OPS=4)
wane_model(weak_mark_cycle weak_mark DEFINE SHAPE=2 OPS=2)
wane_model(weak_mark_two_sets weak_mark DEFINE SHAPE=3 OPS=2)
wane_model(weak_mark_new_cells weak_mark DEFINE SHAPE=2 OPS=2 NEW_CELLS)
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
