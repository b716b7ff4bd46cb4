// sweep_run.c: hands the cells that are not done to an engine.
// SPDX-License-Identifier: MIT
//
// How long it will take comes from the calibration, corrected by how wrong it
// was so far; before there is any, from the mean of what has ended. Main
// thread.
#include "sweep.h"

#include "clocks.h"
#include "duration.h"
#include "exit_code.h"
#include "interrupt.h"
#include "progress.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct running {
  struct sweep *sweep;
  struct engine_cell *cells;
  size_t n;
  struct progress progress; // whether there is a terminal, and a line on it
  size_t ended;
  double expected_left, expected_ended; // of cells whose time is known
  size_t unknown_left;
  uint64_t begin_ns;
  bool told; // that it was interrupted
};

// --- how far ----------------------------------------------------------------

static double left_of(const struct running *r, double seconds)
{
  size_t known = r->n - r->ended - r->unknown_left;
  double mean = r->ended ? seconds / (double)r->ended
                : known  ? r->expected_left / (double)known
                         : NAN;
  double scale = r->expected_ended > 0 ? seconds / r->expected_ended : 1;
  double unknown = r->unknown_left ? mean * (double)r->unknown_left : 0;
  return r->expected_left * scale + unknown;
}

static void tell_interrupt(struct running *r)
{
  if (r->told || !interrupt_came()) return;
  r->told = true;
  progress_clear(&r->progress);
  fputs("wane sweep: interrupted: the cell under way is finished; once more "
        "ends it\n",
        stderr);
}

static void on_running(const struct engine_cell *cell, void *context)
{
  struct running *r = context;
  char took[32], left[32];
  tell_interrupt(r);
  if (!r->progress.shown) return;
  double seconds = (double)(clocks_wall_ns() - r->begin_ns) * 1e-9;
  fprintf(stderr, "\r\033[K[%zu/%zu]  %.50s  %s, %s to go", r->ended, r->n,
          cell->label, duration_text(took, seconds),
          duration_text(left, left_of(r, seconds)));
  fflush(stderr);
  r->progress.drawn = true;
}

static void on_ended(const struct engine_cell *cell, enum engine_end end,
                     const char *sentence, void *context)
{
  struct running *r = context;
  r->ended++;
  if (isnan(cell->seconds)) {
    r->unknown_left--;
  } else {
    r->expected_left -= cell->seconds;
    r->expected_ended += cell->seconds;
  }
  if (end == ENGINE_DONE) return;
  progress_clear(&r->progress);
  fprintf(stderr, "wane sweep: cell %u (%s): %s\n", cell->index, cell->label,
          sentence);
}

// --- the cells --------------------------------------------------------------

static int add_cell(struct running *r, const struct plan_row *row)
{
  struct engine_cell *cell = &r->cells[r->n];
  int result = plan_file_cell(cell, row, r->sweep->directory);
  if (result) return result;
  if (engine_cell_done(cell)) {
    plan_file_cell_free(cell);
    return 0;
  }
  cell->seconds = cost_of(&r->sweep->cost, row->suite, row->benchmark,
                          row->config, row->mutators);
  if (isnan(cell->seconds))
    r->unknown_left++;
  else
    r->expected_left += cell->seconds;
  r->n++;
  return 0;
}

static int collect(struct running *r)
{
  const struct plan_file *plan = &r->sweep->plan;
  int result = 0;
  r->cells = calloc(plan->n + 1, sizeof *r->cells);
  if (!r->cells) return -ENOMEM;
  for (size_t i = 0; !result && i < plan->n; i++)
    result = add_cell(r, &plan->rows[i]);
  return result;
}

static void release(struct running *r)
{
  for (size_t i = 0; i < r->n; i++) plan_file_cell_free(&r->cells[i]);
  free(r->cells);
}

static int run_them(struct running *r)
{
  struct sweep *sweep = r->sweep;
  const struct engine_plan plan = {
      .directory = sweep->directory,
      .wane = sweep->experiment.builds[0].wane,
      .cells = r->cells,
      .n = r->n,
      .watch = {on_running, on_ended, r},
      .options = sweep->args.slurm_options};
  char left[32], sentence[512] = "";
  printf("%s: %zu of %zu cells to do, about %s\n", sweep->directory, r->n,
         sweep->plan.n, duration_text(left, left_of(r, 0)));
  fflush(stdout);
  progress_start(&r->progress, r->n, sweep->args.quiet);
  r->begin_ns = clocks_wall_ns();
  int result = sweep->args.engine->run(&plan, sentence, sizeof sentence);
  progress_clear(&r->progress);
  sweep->interrupted = result == -EINTR;
  if (sweep->interrupted)
    fputs("wane sweep: interrupted; --resume goes on from here\n", stderr);
  if (!result || sweep->interrupted) return WANE_EXIT_OK;
  return sweep_fail(sweep, WANE_EXIT_ENVIRONMENT, "engine %s: %s",
                    sweep->args.engine->name,
                    *sentence ? sentence : strerror(-result));
}

// Two attempts at one cell must not run at the same time.
static int refuse_two(struct sweep *sweep)
{
  char sentence[512] = "";
  if (sweep->args.engine == &engine_slurm) return WANE_EXIT_OK; // it cancels
  int result = engine_slurm_left(sweep->directory, sentence, sizeof sentence);
  if (!result) return WANE_EXIT_OK;
  return sweep_fail(sweep, WANE_EXIT_ENVIRONMENT, "%s: %s", sweep->directory,
                    *sentence ? sentence : strerror(-result));
}

int sweep_run(struct sweep *sweep)
{
  struct running r = {.sweep = sweep};
  int refused = refuse_two(sweep);
  if (refused) return refused;
  int result = collect(&r);
  int code = result ? sweep_fail_file(sweep, "cells", result) : run_them(&r);
  release(&r);
  return code;
}

// --- one cell, for engines that start this elsewhere ------------------------

int sweep_run_cell(struct sweep *sweep, uint32_t index)
{
  struct engine_cell cell;
  char sentence[600];
  if (index >= sweep->plan.n)
    return sweep_fail(sweep, WANE_EXIT_USAGE,
                      "--cell: expected 0 to %zu, found %u",
                      sweep->plan.n ? sweep->plan.n - 1 : 0, index);
  int result =
      plan_file_cell(&cell, &sweep->plan.rows[index], sweep->directory);
  if (result) return sweep_fail_file(sweep, "plan.csv", result);
  int code = WANE_EXIT_OK;
  if (!engine_cell_done(&cell)) {
    enum engine_end end =
        engine_attempt(&cell, NULL, NULL, sentence, sizeof sentence);
    if (end != ENGINE_DONE)
      code = sweep_fail(sweep,
                        end == ENGINE_FAILED ? WANE_EXIT_EXPERIMENT
                                             : WANE_EXIT_INTERRUPTED,
                        "cell %u (%s): %s", index, cell.label, sentence);
  }
  plan_file_cell_free(&cell);
  return code;
}
