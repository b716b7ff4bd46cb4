// report_characters.c: T9: what workloads are like.
// SPDX-License-Identifier: MIT
#include "report_listing.h"
#include "report_minheap.h"

#include <errno.h>
#include <math.h>

static double births(const struct report_run *run, void *context)
{
  (void)context;
  return report_value_of(run, "alloc.objects", "process", "count");
}

static double bytes(const struct report_run *run, void *context)
{
  (void)context;
  return report_value_of(run, "alloc.bytes", "process", "total");
}

static double size(const struct report_run *run, void *context)
{
  double n = births(run, context);
  return n > 0 ? bytes(run, context) / n : NAN;
}

static double wall(const struct report_run *run)
{
  return report_value_of(run, "time.wall", "process", "total");
}

static double rate(const struct report_run *run, void *context)
{
  return wall(run) > 0 ? bytes(run, context) / wall(run) * 1e9 : NAN;
}

static double minheap(const struct report_run *run, void *context)
{
  return report_minheap_most(context, run);
}

static double minheap_spread(const struct report_run *run, void *context)
{
  double most = report_minheap_most(context, run);
  return most > 0 ? (most - report_minheap_least(context, run)) / most : NAN;
}

static double turnover(const struct report_run *run, void *context)
{
  double heap = report_minheap_most(context, run);
  return heap > 0 ? bytes(run, context) / heap : NAN;
}

static double freed_share(const struct report_run *run, const char *metric)
{
  double all = report_value_of(run, "freed.objects", "process", "count");
  return all > 0 ? report_value_of(run, metric, "process", "count") / all : NAN;
}

static double freed_rc(const struct report_run *run, void *context)
{
  (void)context;
  return freed_share(run, "freed.objects.rc");
}

static double freed_cycle(const struct report_run *run, void *context)
{
  (void)context;
  return freed_share(run, "freed.objects.cycle");
}

static double rounds(const struct report_run *run, void *context)
{
  (void)context;
  return report_value_of(run, "gc.cycles", "process", "count");
}

static double pauses(const struct report_run *run, void *context)
{
  (void)context;
  return report_value_of(run, "gc.pauses", "process", "count");
}

static double pause_mean(const struct report_run *run, void *context)
{
  (void)context;
  return report_value_of(run, "gc.pause", "mutator", "mean");
}

static double pause_most(const struct report_run *run, void *context)
{
  (void)context;
  return report_value_of(run, "gc.pause", "mutator", "max");
}

static double stopped(const struct report_run *run, void *context)
{
  (void)context;
  return wall(run) > 0
             ? report_value_of(run, "time.wall", "stw", "total") / wall(run)
             : NAN;
}

static const struct report_statistic statistics[] = {
    {"alloc_objects", "count", "objects (k)", 1e-3, 4, births, false},
    {"alloc_bytes", "B", "MB", 1e-6, 4, bytes, false},
    {"object_size_mean", "B", "B/object", 1, 3, size, false},
    {"alloc_rate", "B/s", "MB/s", 1e-6, 3, rate, true},
    {"minheap", "B", "min. heap (MB)", 1e-6, 3, minheap, false},
    {"minheap_spread", "ratio", "spread (%)", 100, 2, minheap_spread, false},
    {"turnover", "ratio", "turnover", 1, 3, turnover, false},
    {"freed_rc_share", "ratio", "freed by RC (%)", 100, 3, freed_rc, false},
    {"freed_cycle_share", "ratio", "by cycles (%)", 100, 3, freed_cycle, false},
    {"rounds", "count", "rounds", 1, 3, rounds, false},
    {"pauses", "count", "pauses", 1, 3, pauses, false},
    {"pause_mean", "ns", "mean (us)", 1e-3, 3, pause_mean, true},
    {"pause_max", "ns", "longest (us)", 1e-3, 3, pause_most, true},
    {"stopped_share", "ratio", "stopped (%)", 100, 3, stopped, true},
};

static int draw(const struct report_view *view, struct report_paper *paper)
{
  char error[1024];
  struct report_minheaps *minheaps =
      report_minheaps_load(view->report, error, sizeof error);
  if (!minheaps && !*error) return -ENOMEM;
  fputs(
      "T9: what workloads are like: births, bytes and rate of allocation (per "
      "second of run),\nminimum heap (the largest of the trials of "
      "minheap.csv) and the spread of trials, bytes\nallocated over it "
      "(turnover), who freed what, rounds, pauses of mutators, share of time "
      "in\nwhich the world was stopped.\n",
      paper->caption);
  if (!minheaps) {
    fprintf(paper->caption, "Nothing is shown: %s\n", error);
    return 0;
  }
  const struct report_listing listing = {
      statistics, sizeof statistics / sizeof statistics[0], NULL, minheaps};
  int result = report_listing_draw(&listing, view, paper);
  report_minheaps_free(minheaps);
  return result;
}

const struct report_figure report_characters = {
    .name = "T9",
    .title = "Workloads",
    .help = "what workloads are like, and their minimum heaps (--at)",
    .kind = REPORT_TABLE,
    .axis = REPORT_OVER_HEAP,
    .draw = draw};
