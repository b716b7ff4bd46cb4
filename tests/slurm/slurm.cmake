# SPDX-License-Identifier: MIT
#
# A cluster of one node (README.md), one at a time. The tests mostly wait.

add_executable(slurm_drive ${CMAKE_CURRENT_LIST_DIR}/drive.c)
target_link_libraries(slurm_drive PRIVATE wane_harness wane wane_flags)

# wane_slurm_test(NAME SCRIPT [ARGS...]): with the label `long`, but for the
# sweep in measure, which has the cluster and the engine, too.
function(wane_slurm_test name script)
  add_test(NAME slurm_${name} COMMAND
    ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/cluster
    bash ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/${script} ${ARGN})
  set(labels slurm)
  if(NOT (name STREQUAL "sweep" AND WANE_VARIETY STREQUAL "measure"))
    list(APPEND labels long)
  endif()
  wane_test_properties(slurm_${name} "${labels}" 180)
  set_tests_properties(slurm_${name} PROPERTIES RESOURCE_LOCK slurm)
endfunction()

wane_slurm_test(engine test_engine.sh $<TARGET_FILE:slurm_drive>)
set_property(TEST slurm_engine APPEND PROPERTY ENVIRONMENT
  WANE_CLUSTER_ARRAY=3)
if(WANE_VARIETY STREQUAL "measure")
  wane_slurm_test(array test_array.sh)
  wane_slurm_test(sweep test_sweep.sh ${CMAKE_BINARY_DIR}/bin/wane)
endif()
