// pace_policy.h: the policies: their options and their formulas.
// SPDX-License-Identifier: MIT

#ifndef WANE__PACE_POLICY_H
#define WANE__PACE_POLICY_H

#include "pace_estimate.h"

#include <wane/pacing.h>

// More options than any policy has.
#define WANE__PACE_OPTIONS_MAX 16

// The options of all policies; each one sets its own.
struct wane__pace_settings {
  double start;        // fixed: share of the heap limit
  double factor;       // fixed, without a limit: times what was live
  double gogc;         // go: per cent
  double c;            // balance: CPUs that a GiB is worth
  double keep_growth;  // balance: smoothing of how fast the heap grows
  double keep_collect; // balance: and of what a collection costs
  uint64_t least;      // bytes: no goal of an unlimited heap is lower
  uint64_t step;       // bytes: nor nearer to what was live
  double earliest;     // share of the way to the goal where a cycle may start
  double latest;       // and where it does at the latest
  double margin;       // starts so much earlier than predicted, a share
  double kp, ki;       // gains of the prediction
};

// What a formula may look at.
struct wane__pace_view {
  struct wane__pace_settings settings;
  uint64_t limit;                 // the heap limit, 0: none
  uint64_t roots;                 // bytes of roots that the last cycle scanned
  struct wane__pace_rate growth;  // how fast the heap grows
  struct wane__pace_rate collect; // live bytes per time of the collector
};

enum wane__pace_starts {
  WANE__PACE_ASKED,   // when somebody asks
  WANE__PACE_AT_GOAL, // when the goal is reached; nobody helps
  WANE__PACE_EARLY,   // so that marking ends at the goal; threads help
};

struct wane__pace_policy {
  struct wane_pacing_policy public;
  enum wane__pace_starts starts;
  void (*set)(const union wane_value *values,
              struct wane__pace_settings *settings);
  // Bytes at which a cycle should be over if `live` were left by the last one.
  // Any finite number or infinity; the caller clamps it to the heap limit.
  double (*goal)(const struct wane__pace_view *view, double live);
};

// A policy and its options from "NAME,k=v,k=v" (NULL, "": the default). In
// `effective`, which may be NULL, "NAME;k=v;k=v". Returns 0 or a negative
// errno with a sentence in `error`.
int wane__pace_policy_parse(const char *text,
                            const struct wane__pace_policy **policy,
                            struct wane__pace_settings *settings,
                            char *effective, size_t size, char *error,
                            size_t error_size);

#endif
