# SPDX-License-Identifier: MIT
# wane-plugins.cmake: how a project outside Wane's own tree builds plugins.
# Part of find_package(wane).

# Both build NAME.so in the folder of the caller's build; `wane run` takes it by
# its path. `cmake --install BUILD --prefix PREFIX`, with Wane's own prefix,
# puts it among Wane's, and then `wane run` finds it by its name.
#
# wane_add_collector(NAME SOURCE...): its target is collector_NAME.
function(wane_add_collector name)
  wane__add_plugin(collector ${name} ${ARGN})
endfunction()

# wane_add_workload(NAME SOURCE...): its target is workload_NAME.
function(wane_add_workload name)
  wane__add_plugin(workload ${name} ${ARGN})
endfunction()

function(wane__add_plugin kind name)
  set(target ${kind}_${name})
  add_library(${target} MODULE ${ARGN})
  target_link_libraries(${target} PRIVATE wane::wane)
  target_compile_options(${target} PRIVATE -Wall -Wextra ${wane_SANITIZE})
  target_link_options(${target} PRIVATE ${wane_SANITIZE})
  set_target_properties(${target} PROPERTIES
    PREFIX "" OUTPUT_NAME ${name} SUFFIX .so
    C_STANDARD 17 C_STANDARD_REQUIRED ON C_VISIBILITY_PRESET hidden)
  install(TARGETS ${target}
    LIBRARY DESTINATION ${wane_PLUGIN_DIR}/${kind}s)
endfunction()
