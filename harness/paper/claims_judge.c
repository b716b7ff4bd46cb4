// claims_judge.c: intervals and bounds.
// SPDX-License-Identifier: MIT

#include "claims.h"

#include <math.h>

const char *claim_verdict_name(enum claim_verdict verdict)
{
  static const char *const names[] = {"PASS", "WITHIN", "OUTSIDE",
                                      "NOT MEASURED"};
  return names[verdict];
}

static double wider(double bound, double tolerance)
{
  return isinf(bound) ? bound : bound + tolerance * fabs(bound);
}

static double narrower(double bound, double tolerance)
{
  return isinf(bound) ? bound : bound - tolerance * fabs(bound);
}

// An interval that is not known (one invocation) is in no bounds.
enum claim_verdict claim_judge(struct stats_interval i, double low, double high,
                               double tolerance)
{
  if (isnan(i.mean)) return CLAIM_NOT_MEASURED;
  if (i.low >= low && i.high <= high) return CLAIM_PASS;
  if (i.mean >= narrower(low, tolerance) && i.mean <= wider(high, tolerance))
    return CLAIM_WITHIN;
  return CLAIM_OUTSIDE;
}

// The parts are independent, so squares of half widths add up.
struct stats_interval claim_mean(const struct stats_interval *parts, size_t n)
{
  struct stats_interval all = {NAN, NAN, NAN, NAN, 0};
  double sum = 0, squares = 0;
  if (n == 1) return parts[0];
  for (size_t i = 0; i < n; i++) {
    double width = parts[i].high - parts[i].low;
    sum += parts[i].mean;
    squares += width * width / 4;
    if (!i || parts[i].n < all.n) all.n = parts[i].n;
  }
  if (!n) return all;
  double half = sqrt(squares) / (double)n;
  all.mean = sum / (double)n;
  all.low = all.mean - half;
  all.high = all.mean + half;
  return all;
}
