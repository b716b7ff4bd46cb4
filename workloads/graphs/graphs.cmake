# SPDX-License-Identifier: MIT
set(graphs ${CMAKE_CURRENT_LIST_DIR})
wane_add_workload(graphs
  ${graphs}/graphs.c
  ${graphs}/small.c
  ${graphs}/../histories/things.c)
