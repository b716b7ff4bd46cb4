// pace_estimate.c: what past cycles tell of the next one.
// SPDX-License-Identifier: MIT
//
// Two kinds of knowledge. Rates (how fast the heap grows, what a collection
// costs) are exponential means, as MemBalancer has them (Kirisame, Shenoy,
// Panchekha: "Optimal heap limits for reducing browser memory use", OOPSLA
// 2022). How far the heap grows while one byte is marked is a control problem,
// as in Go's pacer (proposal 44167): the next cycle starts where the
// prediction says, and what it then measures corrects the prediction.
//
// The controller: with e = measured - predicted,
//   predicted' = kp e + integral,   integral' = integral + ki e.
// In a steady state e goes to 0 whatever the gains are, and the integral holds
// the value. Both poles lie at p when kp = 1 - 2p and ki = (1 - p)^2; the
// default p = 0.3 (kp 0.4, ki 0.49) has no overshoot from alternating errors,
// which the gains of the proposal have (poles 0.87 and -0.77), and leaves
// less than 5 % of a step after five cycles.

#include "pace_estimate.h"

#include <math.h>

// No cycle is that far behind its program; the bound keeps sums finite.
#define RATIO_MAX 1e6
// Of the marking or of the threads' time at least this share is believed to
// have been the workers' or the program's own: a cycle that was all help says
// "at least so much", and the next one says more.
#define OWN_LEAST (1.0 / 16)

void wane__pace_rate_add(struct wane__pace_rate *rate, double keep,
                         uint64_t bytes, uint64_t ns)
{
  if (ns == 0) return;
  if (rate->ns == 0) keep = 0;
  rate->bytes = keep * rate->bytes + (1 - keep) * (double)bytes;
  rate->ns = keep * rate->ns + (1 - keep) * (double)ns;
}

void wane__pace_ratio_add(struct wane__pace_ratio *ratio, double kp, double ki,
                          double measured)
{
  measured = fmin(fmax(measured, 0), RATIO_MAX);
  if (!ratio->known) {
    *ratio = (struct wane__pace_ratio){measured, measured, true};
    return;
  }
  double error = measured - ratio->value;
  ratio->value = fmin(fmax(kp * error + ratio->integral, 0), RATIO_MAX);
  // The bounds keep it from winding up where the prediction cannot follow.
  ratio->integral = fmin(fmax(ratio->integral + ki * error, 0), RATIO_MAX);
}

double wane__pace_sample_ratio(const struct wane__pace_sample *sample)
{
  double marked = (double)sample->marked_bytes;
  if (marked == 0) return 0;
  // Without help the workers would have marked all of it, in more time ...
  double own =
      fmax(marked - (double)sample->assisted_bytes, marked * OWN_LEAST);
  // ... in which the threads would have done nothing but their own work.
  double share = 1;
  if (sample->mutator_ns)
    share = 1 - (double)sample->assist_ns / (double)sample->mutator_ns;
  return (double)sample->grown_bytes / (own * fmax(share, OWN_LEAST));
}
