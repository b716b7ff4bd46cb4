# SPDX-License-Identifier: MIT
# What `wane check` plays. The model is a library, for tests/law has histories
# of its own.
set(check ${CMAKE_CURRENT_LIST_DIR})
add_library(wane_model STATIC ${check}/model.c)
target_include_directories(wane_model PUBLIC ${check})
target_link_libraries(wane_model PRIVATE wane_flags)

wane_add_workload(graphs ${check}/graphs.c ${check}/small.c ${check}/things.c)
wane_add_workload(histories ${check}/histories.c ${check}/operate.c
  ${check}/program.c ${check}/things.c)
target_link_libraries(wane_workload_histories PRIVATE wane_model)
