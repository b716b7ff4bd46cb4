# SPDX-License-Identifier: MIT
#
# Tests of the runtime through its public interface.

foreach(test barrier roots thread heap heap_nodes numa_heap policy round collect
    fork)
  wane_unit_test(NAME test_${test} SOURCES test_${test}.c
    ${PROJECT_SOURCE_DIR}/tests/torture/world.c
    ${PROJECT_SOURCE_DIR}/tests/torture/audit.c)
  add_dependencies(test_${test} collector_cpython collector_trial_deletion
    collector_trial_deletion_stw)
endforeach()

foreach(test mark steal sweep)
  wane_unit_test(NAME test_${test} SOURCES test_${test}.c tracer.c
    ${PROJECT_SOURCE_DIR}/tests/torture/world.c
    ${PROJECT_SOURCE_DIR}/tests/torture/audit.c)
endforeach()

add_dependencies(test_steal collector_concurrent_mark_sweep collector_cpython
  collector_mark_sweep_stw collector_nogc collector_rc
  collector_satb_mark_sweep collector_trial_deletion
  collector_trial_deletion_stw)
add_test(NAME test_steal_long COMMAND test_steal --long)
wane_test_properties(test_steal_long "unit;long" 600)

wane_unit_test(NAME test_placed SOURCES test_placed.c
  ${PROJECT_SOURCE_DIR}/tests/torture/world.c
  ${PROJECT_SOURCE_DIR}/tests/torture/audit.c)
wane_unit_test(NAME test_start SOURCES test_start.c)
add_dependencies(test_start collector_nogc collector_rc
  collector_trial_deletion)
wane_unit_test(NAME test_verify SOURCES test_verify.c)
add_dependencies(test_verify collector_rc)
wane_unit_test(NAME test_young SOURCES test_young.c)
add_dependencies(test_young collector_cpython collector_trial_deletion)
wane_unit_test(NAME test_cpython SOURCES test_cpython.c)
add_dependencies(test_cpython collector_cpython)
foreach(test late log pacing pacing_sim pool ring type work)
  wane_unit_test(NAME test_${test} SOURCES test_${test}.c)
endforeach()
foreach(test weak finalize ephemeron)
  wane_unit_test(NAME test_${test} SOURCES test_${test}.c)
  add_dependencies(test_${test} collector_nogc collector_rc
    collector_trial_deletion collector_trial_deletion_stw collector_cpython
    collector_concurrent_mark_sweep collector_satb_mark_sweep
    collector_mark_sweep_stw)
endforeach()
