# SPDX-License-Identifier: MIT
# What `wane check` plays.
set(check ${CMAKE_CURRENT_LIST_DIR})
wane_add_workload(graphs ${check}/graphs.c ${check}/small.c ${check}/things.c)
wane_add_workload(upkeep ${check}/upkeep.c)
wane_add_workload(histories ${check}/histories.c ${check}/operate.c
  ${check}/model.c ${check}/program.c ${check}/things.c)
