// duration.c: seconds for people.
// SPDX-License-Identifier: MIT
#include "duration.h"

#include <math.h>
#include <stdio.h>

const char *duration_text(char text[32], double seconds)
{
  if (!isfinite(seconds) || seconds < 0 || seconds > 1e12) {
    snprintf(text, 32, "?");
    return text;
  }
  long long s = llround(seconds);
  if (seconds < 9.995)
    snprintf(text, 32, "%.2f s", seconds);
  else if (s < 60)
    snprintf(text, 32, "%lld s", s);
  else if (s < 3600)
    snprintf(text, 32, "%lld min %02lld s", s / 60, s % 60);
  else if (s < 86400)
    snprintf(text, 32, "%lld h %02lld min", s / 3600, s % 3600 / 60);
  else
    snprintf(text, 32, "%lld d %02lld h", s / 86400, s % 86400 / 3600);
  return text;
}
