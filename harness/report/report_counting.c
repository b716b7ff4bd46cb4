// report_counting.c: T10: what reference counting did.
// SPDX-License-Identifier: MIT
#include "report_listing.h"

#include <math.h>

static double count(const struct report_run *run, const char *metric,
                    const char *scope)
{
  return report_value_of(run, metric, scope, "count");
}

static double biased(const struct report_run *run, void *context)
{
  (void)context;
  return count(run, "rc.inc.biased", "mutator");
}

static double shared(const struct report_run *run, void *context)
{
  (void)context;
  return count(run, "rc.inc.shared", "mutator");
}

static double biased_share(const struct report_run *run, void *context)
{
  double plain = biased(run, context), atomic = shared(run, context);
  return plain + atomic > 0 ? plain / (plain + atomic) : NAN;
}

static double deferred(const struct report_run *run, void *context)
{
  (void)context;
  return count(run, "rc.dec.logged", "mutator");
}

static double applied(const struct report_run *run, void *context)
{
  (void)context;
  return count(run, "rc.dec.applied", "gc");
}

static double cascade(const struct report_run *run, void *context)
{
  (void)context;
  return count(run, "rc.dec.cascade", "gc");
}

static double spills(const struct report_run *run, void *context)
{
  (void)context;
  return count(run, "rc.spills", "mutator");
}

static double depth(const struct report_run *run, void *context)
{
  (void)context;
  return report_value_of(run, "rc.dec_queue.depth", "gc", "mean");
}

static double age(const struct report_run *run, void *context)
{
  (void)context;
  return report_value_of(run, "rc.dec_queue.age", "gc", "p99");
}

static double freed_rc(const struct report_run *run, void *context)
{
  (void)context;
  return count(run, "freed.objects.rc", "process");
}

static double freed_cycle(const struct report_run *run, void *context)
{
  (void)context;
  return count(run, "freed.objects.cycle", "process");
}

static double freed_sweep(const struct report_run *run, void *context)
{
  return count(run, "freed.objects", "process") - freed_rc(run, context) -
         freed_cycle(run, context);
}

static double stuck(const struct report_run *run, void *context)
{
  (void)context;
  return count(run, "rc.stuck", "process");
}

static const struct report_statistic statistics[] = {
    {"inc_biased", "count", "inc biased (k)", 1e-3, 4, biased, false},
    {"inc_shared", "count", "inc shared (k)", 1e-3, 4, shared, false},
    {"inc_biased_share", "ratio", "biased (%)", 100, 4, biased_share, false},
    {"dec_deferred", "count", "dec deferred (k)", 1e-3, 4, deferred, false},
    {"dec_applied", "count", "dec applied (k)", 1e-3, 4, applied, false},
    {"dec_cascade", "count", "dec of dead (k)", 1e-3, 4, cascade, false},
    {"spills", "count", "spills", 1, 4, spills, false},
    {"queue_depth_mean", "count", "queue (mean)", 1, 3, depth, false},
    {"queue_age_p99", "ns", "age p99 (ms)", 1e-6, 3, age, true},
    {"freed_rc", "count", "freed by RC (k)", 1e-3, 4, freed_rc, false},
    {"freed_cycle", "count", "by cycles (k)", 1e-3, 4, freed_cycle, false},
    {"freed_sweep", "count", "by sweep (k)", 1e-3, 4, freed_sweep, false},
    {"stuck", "count", "stuck", 1, 4, stuck, false},
};

// A collector that only traces has nothing to say here.
static bool has(const struct report_run *run)
{
  return biased(run, NULL) > 0 || shared(run, NULL) > 0 ||
         deferred(run, NULL) > 0;
}

static int draw(const struct report_view *view, struct report_paper *paper)
{
  const struct report_listing listing = {
      statistics, sizeof statistics / sizeof statistics[0], has, NULL};
  fputs(
      "T10: reference counting: increments by the owner (biased: plain) and "
      "by others (shared:\natomic), decrements put off by mutators, applied, "
      "and of dead objects' children; halves of\ncounts spilled; the queue of "
      "decrements; objects freed by counting, by the cycle collector,\nand "
      "otherwise (by sweep); counts that stuck. Configurations that count "
      "nothing are not here.\n",
      paper->caption);
  return report_listing_draw(&listing, view, paper);
}

const struct report_figure report_counting = {
    .name = "T10",
    .title = "Reference counting",
    .help = "reference counting: operations, queue, who freed what (--at)",
    .kind = REPORT_TABLE,
    .axis = REPORT_OVER_HEAP,
    .draw = draw};
