// progress.c: how far the experiment is, and for how long yet.
// SPDX-License-Identifier: MIT
//
// One line on the terminal, redrawn in place; nothing at all when standard
// error is a file. Main thread of the parent.
#include "progress.h"

#include "clocks.h"

#include <stdio.h>
#include <unistd.h>

double progress_eta(double seconds, double done, size_t n)
{
  if (!(done > 0)) return -1;
  return seconds / done * ((double)n - done);
}

void progress_start(struct progress *progress, size_t n, bool quiet)
{
  *progress = (struct progress){.shown = !quiet && isatty(STDERR_FILENO) == 1,
                                .n = n,
                                .begin_ns = clocks_wall_ns()};
}

void progress_draw(struct progress *progress, const char *label, double part)
{
  if (!progress->shown) return;
  double done = (double)progress->done + part;
  double seconds = (double)(clocks_wall_ns() - progress->begin_ns) * 1e-9;
  double eta = progress_eta(seconds, done, progress->n);
  fprintf(stderr, "\r\033[K[%zu/%zu] %3.0f%%  %.40s  %.0f s", progress->done,
          progress->n, 100 * done / (double)progress->n, label, seconds);
  if (eta >= 0) fprintf(stderr, ", %.0f s to go", eta);
  fflush(stderr);
  progress->drawn = true;
}

void progress_clear(struct progress *progress)
{
  if (!progress->drawn) return;
  fputs("\r\033[K", stderr);
  fflush(stderr);
  progress->drawn = false;
}
