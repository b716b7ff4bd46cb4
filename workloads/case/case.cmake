# SPDX-License-Identifier: MIT
# The scenario runner. The parser and the model know nothing of the runtime;
# as a library, so that tests can have them without the plugin.
set(case ${CMAKE_CURRENT_LIST_DIR})
add_library(wane_case STATIC
  ${case}/case_action.c
  ${case}/case_file.c
  ${case}/case_model.c
  ${case}/case_names.c
  ${case}/case_parse.c
  ${case}/case_steps.c
  ${case}/case_words.c)
target_include_directories(wane_case PUBLIC ${case})
target_link_libraries(wane_case PRIVATE wane_flags)

wane_add_workload(case
  ${case}/case_act.c
  ${case}/case_cells.c
  ${case}/case_expect.c
  ${case}/case_heap.c
  ${case}/case_run.c)
target_link_libraries(wane_workload_case PRIVATE wane_case)
