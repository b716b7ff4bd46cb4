// metrics.h: the registry of metrics.def.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_METRICS_H
#define WANE_HARNESS_METRICS_H

#include <stdbool.h>
#include <stddef.h>

struct metric {
  const char *name;
  const char *unit;   // ns, B, B.s, count, cycles, ratio, J or 1/s
  const char *scopes; // "a|b"
  const char *stats;  // "a|b"
  const char *help;
};

// NULL: no such metric.
const struct metric *metrics_find(const char *name);
size_t metrics_count(void);
const struct metric *metrics_at(size_t index);

// Of one of its stats: `auc` of bytes is B.s.
const char *metrics_unit(const struct metric *metric, const char *stat);

// Is this a number results.csv may carry? Returns 0, or -EINVAL with a
// sentence that says which part is wrong and what was expected. Any thread.
int metrics_check(const char *name, const char *scope, const char *stat,
                  const char *unit, char *error, size_t error_size);

#endif
