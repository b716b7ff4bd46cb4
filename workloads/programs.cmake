# SPDX-License-Identifier: MIT
# The program workloads, and how any workload plugin is built.
include(GNUInstallDirs)

# wane_add_workload(NAME SOURCE...): the plugin NAME.so, found by `wane` in
# lib/wane/workloads of the build tree and of the install tree. Its target is
# wane_workload_NAME.
function(wane_add_workload name)
  set(target wane_workload_${name})
  add_library(${target} MODULE ${ARGN})
  target_link_libraries(${target} PRIVATE wane wane_flags)
  set_target_properties(${target} PROPERTIES
    PREFIX "" OUTPUT_NAME ${name}
    LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib/wane/workloads)
  install(TARGETS ${target}
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/wane/workloads)
endfunction()

set(programs ${CMAKE_CURRENT_LIST_DIR})
wane_add_workload(gcbench ${programs}/gcbench.c ${programs}/tree.c)
wane_add_workload(binary_trees ${programs}/binary_trees.c ${programs}/tree.c)
wane_add_workload(live_churn ${programs}/live_churn.c ${programs}/tree.c)
wane_add_workload(rings ${programs}/rings.c)
