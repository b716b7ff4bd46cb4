// drive.c: hands made-up cells to the engine for Slurm; prints what it tells.
// SPDX-License-Identifier: MIT
//
//   slurm_drive DIR PROGRAM N [OPTIONS]
//
// Cells 0 to N - 1 that are not done; PROGRAM stands for `wane`, and is called
// as `PROGRAM sweep --cell I -o DIR`. Exit code: 0, 130 interrupted, 3 error.
#include "engine.h"
#include "interrupt.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static void running(const struct engine_cell *cell, void *context)
{
  bool *told = context;
  if (!told[cell->index]) printf("%u runs\n", cell->index);
  told[cell->index] = true;
  fflush(stdout);
}

static void ended(const struct engine_cell *cell, enum engine_end end,
                  const char *sentence, void *context)
{
  static const char *const ends[] = {"done", "failed", "interrupted"};
  (void)context;
  printf("%u %s%s%s\n", cell->index, ends[end], *sentence ? ": " : "",
         sentence);
  fflush(stdout);
}

int main(int argc, char **argv)
{
  char error[512];
  if (argc < 4) return 2;
  size_t n = strtoul(argv[3], NULL, 10);
  struct engine_cell *cells = calloc(n, sizeof *cells);
  bool *told = calloc(n, sizeof *told);
  struct engine_plan plan = {.directory = argv[1],
                             .wane = argv[2],
                             .cells = cells,
                             .watch = {running, ended, told},
                             .options = argv[4]};
  for (uint32_t i = 0; i < n; i++) {
    char *folder;
    if (asprintf(&folder, "%s/cells/%06u", argv[1], i) < 0) return 3;
    struct engine_cell cell = {
        .index = i, .folder = folder, .label = "made up"};
    if (engine_cell_done(&cell))
      free(folder);
    else
      cells[plan.n++] = cell;
  }
  interrupt_install();
  int result = engine_slurm.check(error, sizeof error);
  if (!result) result = engine_slurm.run(&plan, error, sizeof error);
  for (size_t i = 0; i < plan.n; i++) free((char *)cells[i].folder);
  free(cells);
  free(told);
  if (result && result != -EINTR) fprintf(stderr, "%s\n", error);
  return result == -EINTR ? 130 : result ? 3 : 0;
}
