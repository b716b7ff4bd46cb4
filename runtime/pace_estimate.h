// pace_estimate.h: what past cycles tell of the next one.
// SPDX-License-Identifier: MIT

#ifndef WANE__PACE_ESTIMATE_H
#define WANE__PACE_ESTIMATE_H

#include <stdbool.h>
#include <stdint.h>

// Bytes per nanosecond as two means, of the bytes and of the time, so that a
// short period weighs less than a long one. Nothing is known while ns is 0.
struct wane__pace_rate {
  double bytes, ns;
};

// `keep`: the share of the old mean that stays, 0 <= keep < 1. A sample that
// took no time says nothing and is dropped.
void wane__pace_rate_add(struct wane__pace_rate *rate, double keep,
                         uint64_t bytes, uint64_t ns);

// A prediction with an integral term (see pace_estimate.c).
struct wane__pace_ratio {
  double value;    // bytes the heap grows by per byte that is marked
  double integral; // what `value` is when the last error was 0
  bool known;      // a sample was taken
};

void wane__pace_ratio_add(struct wane__pace_ratio *ratio, double kp, double ki,
                          double measured);

// What one marking was.
struct wane__pace_sample {
  uint64_t grown_bytes;    // growth of the heap from its begin to its end
  uint64_t marked_bytes;   // all of it
  uint64_t assisted_bytes; // the part that allocating threads marked
  uint64_t assist_ns;      // the time that took them, all threads
  uint64_t mutator_ns;     // threads x duration; 0: not known
};

// Bytes that the heap would have grown by, per byte marked, if nobody had
// helped. Nothing marked: 0.
double wane__pace_sample_ratio(const struct wane__pace_sample *sample);

#endif
