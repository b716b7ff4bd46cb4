// compare_metric.c: which numbers are compared, and which way is better.
// SPDX-License-Identifier: MIT
#include "compare.h"

#include <errno.h>
#include <math.h>
#include <string.h>

static const char *const by_default[] = {
    "time.wall+drain:process:total",
    "time.task_clock+drain:process:total",
    "gc.pause:mutator:p99",
    "gc.pause:mutator:max",
    "heap.used_peak:process:max",
    "rss.peak:process:max",
    "latency.metered.full:process:p99",
    "latency.intended:process:p99",
};

const char *compare_metric_default(size_t i)
{
  return i < sizeof by_default / sizeof by_default[0] ? by_default[i] : NULL;
}

// --- which way is better ---------------------------------------------------

// Costs by their names' beginnings. What the workload asks for (births, stores,
// requests) and how a collector goes about it (rounds, packets) is neither.
static const char *const costs[] = {
    "time.",
    "perf.",
    "energy.",
    "gc.pause",
    "gc.round",
    "gc.ttsp",
    "gc.stall",
    "gc.assist",
    "heap.",
    "meta.",
    "rss.",
    "leak.",
    "latency.",
    "garbage.",
    "rc.dec_queue.",
    "rc.stuck",
    "numa.remote",
    "numa.cost",
    "numa.steal_remote",
    "numa.pages_mismatch",
    "events.dropped",
    "instruments.",
};
static const char *const gains[] = {"numa.placement_match", "case.passed",
                                    "check.heap_verify"};

static bool begins(const char *name, const char *const *with, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (strncmp(name, with[i], strlen(with[i])) == 0) return true;
  return false;
}

// How many pauses or requests there were, is neither.
static enum compare_better better_of(const struct metric *metric,
                                     const char *stat)
{
  const char *name = metric->name;
  bool times = strcmp(metric->unit, "count") != 0;
  if (strcmp(name, "gc.pauses") == 0 || (times && strcmp(stat, "count") == 0))
    return COMPARE_NEITHER;
  if (begins(name, gains, sizeof gains / sizeof gains[0])) return COMPARE_MORE;
  return begins(name, costs, sizeof costs / sizeof costs[0]) ? COMPARE_LESS
                                                             : COMPARE_NEITHER;
}

const char *compare_better_name(enum compare_better better)
{
  static const char *const names[] = {"neither", "less", "more"};
  return names[better];
}

// --- metrics ---------------------------------------------------------------

// The next part of "a:b:c", or the first of "x|y" if there is none.
static void take(const char **text, const char *otherwise, char *part,
                 size_t size)
{
  bool given = **text == ':';
  const char *from = given ? *text + 1 : otherwise;
  size_t n = strcspn(from, given ? ":" : "|");
  // "thread:3" and "node:0" are one scope.
  if (given &&
      (strncmp(from, "thread:", 7) == 0 || strncmp(from, "node:", 5) == 0))
    n += 1 + strcspn(from + n + 1, ":");
  snprintf(part, size, "%.*s", (int)n, from);
  if (given) *text = from + n;
}

// Does "total" name a number of `drain`, too?
static const struct metric *drain_of(const char *name)
{
  char drain[80];
  snprintf(drain, sizeof drain, "%s.drain", name);
  return metrics_find(drain);
}

int compare_metric_parse(struct compare_metric *metric, const char *text,
                         char *error, size_t error_size)
{
  static const char plus[] = "+drain";
  char name[64];
  size_t n = strcspn(text, ":");
  const char *rest = text + n;
  bool drain =
      n > strlen(plus) && strncmp(rest - strlen(plus), plus, strlen(plus)) == 0;
  if (drain) n -= strlen(plus);
  *metric = (struct compare_metric){0};
  snprintf(name, sizeof name, "%.*s", (int)n, text);
  metric->metric = metrics_find(name);
  if (!metric->metric) {
    snprintf(error, error_size, "unknown metric \"%s\"; see wane list metrics",
             name);
    return -EINVAL;
  }
  take(&rest, metric->metric->scopes, metric->scope, sizeof metric->scope);
  take(&rest, metric->metric->stats, metric->stat, sizeof metric->stat);
  if (*rest) {
    snprintf(error, error_size,
             "%s: expected NAME[+drain][:SCOPE[:STAT]], found \"%s\" behind it",
             text, rest);
    return -EINVAL;
  }
  if (drain) metric->drain = drain_of(name);
  if (drain && !metric->drain) {
    snprintf(error, error_size, "%s: metric %s has no drain", text, name);
    return -EINVAL;
  }
  metric->better = better_of(metric->metric, metric->stat);
  snprintf(metric->text, sizeof metric->text, "%s%s %s %s", name,
           drain ? plus : "", metric->scope, metric->stat);
  int wrong = metrics_check(name, metric->scope, metric->stat,
                            compare_metric_unit(metric), error, error_size);
  if (!wrong && drain)
    wrong = metrics_check(metric->drain->name, metric->scope, metric->stat,
                          metric->drain->unit, error, error_size);
  return wrong;
}

const char *compare_metric_unit(const struct compare_metric *metric)
{
  return metrics_unit(metric->metric, metric->stat);
}

double compare_metric_value(const struct compare_metric *metric,
                            const struct report_run *run)
{
  double value =
      report_value_of(run, metric->metric->name, metric->scope, metric->stat);
  if (!metric->drain) return value;
  return value +
         report_value_of(run, metric->drain->name, metric->scope, metric->stat);
}
