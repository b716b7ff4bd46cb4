// check_plan.h: every run of `wane check`, in order.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_CHECK_PLAN_H
#define WANE_HARNESS_CHECK_PLAN_H

#include "check_trial.h"

#include <jansson.h>

struct check_args {
  const char *collector; // as typed: a name or a path, options and all
  bool full, json, quiet;
  uint64_t seed;
  const char *law;  // only this one, or NULL
  char *data;       // folder of cases and traces
  double timeout_s; // of one run
  double shorten_s; // spent on one failure at most; negative: as much as usual
};

struct check_run {
  const char *law, *sentence;
  struct trial trial;
  uint64_t seed;
};

struct check_plan {
  struct check_run *runs;
  size_t n, capacity;
};

// `about`: what check_probe gave. 0, or -EINVAL with a sentence (no such law).
int check_plan_make(const struct check_args *args, const json_t *about,
                    struct check_plan *plan, char *error, size_t size);
void check_plan_free(struct check_plan *plan);

#endif
