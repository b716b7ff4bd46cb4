# SPDX-License-Identifier: MIT
#
# wane_micro: the micro-benchmarks, a library behind `wane micro`. Which
# runtime is linked, is for the program to say, as with wane_harness.
find_package(benchmark 1.7 REQUIRED)

add_library(wane_micro STATIC
  micro/gbench.cc
  micro/micro.c
  micro/micro_allocs.c
  micro/micro_counts.c
  micro/micro_mark.c
  micro/micro_mark_graph.c
  micro/micro_mark_plain.c
  micro/micro_mark_print.c
  micro/micro_peer_cxx.cc
  micro/micro_print.c
  micro/micro_rounds.c
  micro/micro_rows.c
  micro/micro_runtime.c
  micro/micro_stores.c)
target_link_libraries(wane_micro
  PUBLIC wane_harness
  PRIVATE wane_flags benchmark::benchmark)
target_link_libraries(wane-cli PRIVATE wane_micro)
