# SPDX-License-Identifier: MIT
#
# wane_micro: the micro-benchmarks, a library behind `wane micro`. Which
# runtime is linked, is for the program to say, as with wane_harness.
find_package(benchmark 1.7 REQUIRED)

add_library(wane_micro STATIC
  gbench.cc
  micro.c
  micro_allocs.c
  micro_counts.c
  micro_mark.c
  micro_mark_graph.c
  micro_mark_plain.c
  micro_mark_print.c
  micro_peer_cxx.cc
  micro_print.c
  micro_rounds.c
  micro_rows.c
  micro_runtime.c
  micro_stores.c)
target_link_libraries(wane_micro
  PUBLIC wane_harness
  PRIVATE wane_flags benchmark::benchmark)
target_link_libraries(wane-cli PRIVATE wane_micro)
