// svg_scale.c: round values for the ticks of an axis, and how to write them.
// SPDX-License-Identifier: MIT
#include "svg_plot.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

// Below 1000, with no more decimals than make three digits.
static void three_digits(char text[24], double value)
{
  double size = fabs(value);
  int n = snprintf(text, 24, "%.*f", size < 10 ? 2 : size < 100 ? 1 : 0, value);
  if (!strchr(text, '.')) return;
  while (text[n - 1] == '0') n--;
  if (text[n - 1] == '.') n--;
  text[n] = '\0';
}

void svg_number_text(char text[32], double value, enum svg_number number)
{
  static const char *const plain[] = {"", "k", "M", "G", "T", "P"};
  static const char *const binary[] = {"", "Ki", "Mi", "Gi", "Ti", "Pi"};
  double step = number == SVG_BINARY ? 1024 : 1000;
  char digits[24];
  int scale = 0;
  if (number == SVG_PERCENT) {
    three_digits(digits, value);
    snprintf(text, 32, "%s %%", digits);
    return;
  }
  while (fabs(value) >= step && scale < 5) {
    value /= step;
    scale++;
  }
  const char *prefix = number == SVG_BINARY ? binary[scale] : plain[scale];
  three_digits(digits, value);
  snprintf(text, 32, "%s%s%s", digits, *prefix ? " " : "", prefix);
}

// The smallest step that is not below: 1, 2 or 5 times a power of ten, or a
// power of two.
static double round_step(double step, enum svg_number number)
{
  if (number == SVG_BINARY) return exp2(ceil(log2(step) - 1e-9));
  double power = pow(10, floor(log10(step) + 1e-9));
  double factor = step / power;
  return power * (factor < 1.001   ? 1
                  : factor < 2.001 ? 2
                  : factor < 5.001 ? 5
                                   : 10);
}

static size_t linear_ticks(const struct svg_scale *scale,
                           double ticks[SVG_MOST_TICKS])
{
  double step =
      round_step((scale->to - scale->from) / scale->ticks, scale->number);
  double first = ceil(scale->from / step - 1e-9) + 0.0; // no -0
  size_t n = 0;
  for (double k = first;
       n < SVG_MOST_TICKS && k * step <= scale->to + 1e-9 * step; k++)
    ticks[n++] = k * step;
  return n;
}

static size_t log_ticks(const struct svg_scale *scale,
                        double ticks[SVG_MOST_TICKS])
{
  double base = scale->number == SVG_BINARY ? 2 : 10, each = 1;
  double low = ceil(log(scale->from) / log(base) - 1e-9);
  double high = floor(log(scale->to) / log(base) + 1e-9);
  size_t n = 0;
  while ((high - low) / each > scale->ticks) each++;
  for (double k = ceil(low / each - 1e-9) * each;
       n < SVG_MOST_TICKS && k <= high + 1e-9; k += each)
    ticks[n++] = pow(base, k);
  return n;
}

size_t svg_scale_ticks(const struct svg_scale *scale,
                       double ticks[SVG_MOST_TICKS])
{
  if (scale->ticks == 0 || !(scale->from < scale->to)) return 0;
  return scale->log ? log_ticks(scale, ticks) : linear_ticks(scale, ticks);
}
