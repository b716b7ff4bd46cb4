// trace_report.c: errors and progress of wane trace's commands.
// SPDX-License-Identifier: MIT
#include "trace_report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "exit_code.h"

int trace_report(const char *file, int result, const struct gct_error *error)
{
  fprintf(stderr, "%s:%" PRIu64 ":%s: %s\n", file, error->offset, error->chunk,
          error->reason);
  return result == -EPROTO ? WANE_EXIT_VERIFY : WANE_EXIT_ENVIRONMENT;
}

bool trace_number(const char *text, uint64_t limit, uint64_t *value)
{
  char *end;
  errno = 0;
  *value = strtoull(text, &end, 10);
  return *text >= '0' && *text <= '9' && !*end && !errno && *value <= limit;
}

double trace_clock(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void show_progress(void *context, uint64_t done, uint64_t all)
{
  struct trace_progress *progress = context;
  double now = trace_clock(), took = now - progress->started;
  if (took < 0.5 || now - progress->shown < 0.1 || !done) return;
  progress->shown = now;
  fprintf(stderr, "\r%s: %3.0f %%, %.0f s to go\033[K", progress->what,
          100.0 * (double)done / (double)all,
          took * (double)(all - done) / (double)done);
}

gct_progress *trace_progress_begin(struct trace_progress *progress,
                                   const char *what)
{
  *progress = (struct trace_progress){.what = what, .started = trace_clock()};
  return isatty(STDERR_FILENO) ? show_progress : NULL;
}

void trace_progress_end(const struct trace_progress *progress)
{
  if (progress->shown > 0) fputs("\r\033[K", stderr);
}
