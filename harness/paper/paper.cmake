# SPDX-License-Identifier: MIT
# `wane paper`: part of the library wane_harness.
target_sources(wane_harness PRIVATE
  paper/claims_cells.c
  paper/claims_evaluate.c
  paper/claims_judge.c
  paper/claims_lbo.c
  paper/claims_missing.c
  paper/claims_read.c
  paper/claims_schema.c
  paper/claims_table.c
  paper/claims_text.c
  paper/claims_value.c
  paper/claims_write.c
  paper/cmd_paper.c
  paper/paper_args.c
  paper/tex.c)
target_include_directories(wane_harness
  PUBLIC ${CMAKE_CURRENT_SOURCE_DIR}/paper)
