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
static struct stats_interval mean_of(const struct stats_interval *parts,
                                     size_t n, bool geometric)
{
  struct stats_interval all = {NAN, NAN, NAN, NAN, 0};
  double sum = 0, squares = 0;
  for (size_t i = 0; i < n; i++) {
    double mean = parts[i].mean, low = parts[i].low, high = parts[i].high;
    if (geometric) {
      mean = log(mean);
      low = log(low);
      high = log(high);
    }
    sum += mean;
    squares += (high - low) * (high - low) / 4;
    if (!i || parts[i].n < all.n) all.n = parts[i].n;
  }
  if (!n) return all;
  double mean = sum / (double)n, half = sqrt(squares) / (double)n;
  all.mean = geometric ? exp(mean) : mean;
  all.low = geometric ? exp(mean - half) : mean - half;
  all.high = geometric ? exp(mean + half) : mean + half;
  return all;
}

struct stats_interval claim_geomean(const struct stats_interval *parts,
                                    size_t n)
{
  return n == 1 ? parts[0] : mean_of(parts, n, true);
}

struct stats_interval claim_mean(const struct stats_interval *parts, size_t n)
{
  return n == 1 ? parts[0] : mean_of(parts, n, false);
}
