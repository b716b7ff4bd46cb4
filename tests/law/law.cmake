# SPDX-License-Identifier: MIT
#
# Laws: each of these programs runs on every collector that is built, under
# every variation of law.c.

set(law_world law.c ${PROJECT_SOURCE_DIR}/tests/torture/world.c
  ${PROJECT_SOURCE_DIR}/tests/torture/audit.c)
foreach(test garbage memory threads weak)
  wane_unit_test(NAME test_law_${test} LABELS law TIMEOUT 120
    SOURCES test_law_${test}.c ${law_world})
  foreach(memory first-touch interleave worst)
    wane_test_on_nodes(test_law_${test} ${memory} "law;long" 600)
  endforeach()
endforeach()
foreach(test garbage threads)
  wane_test_on_nodes(test_law_${test} local law 120 "two workers")
endforeach()
foreach(test memory weak)
  wane_test_on_nodes(test_law_${test} local "law;long" 600)
endforeach()
foreach(collector concurrent_mark_sweep cpython mark_sweep_stw nogc rc
    satb_mark_sweep trial_deletion trial_deletion_stw)
  foreach(test garbage memory threads weak)
    add_dependencies(test_law_${test} collector_${collector})
  endforeach()
endforeach()
