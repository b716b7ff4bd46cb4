# SPDX-License-Identifier: MIT
# Random programs; the model is a library, for tests/law has its own histories.
set(histories ${CMAKE_CURRENT_LIST_DIR})
add_library(wane_model STATIC ${histories}/model.c)
target_include_directories(wane_model PUBLIC ${histories})
target_link_libraries(wane_model PRIVATE wane_flags)

wane_add_workload(histories
  ${histories}/histories.c
  ${histories}/operate.c
  ${histories}/program.c
  ${histories}/things.c)
target_link_libraries(wane_workload_histories PRIVATE wane_model)
