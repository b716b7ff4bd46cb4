// run_id.c: the name of an experiment.
// SPDX-License-Identifier: MIT
//
// The form that users of running-ng know. English day names whatever the
// locale. Any thread.
#include "run_id.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

void run_id_make(char text[128], const char *prefix, const char *host,
                 time_t now)
{
  static const char days[][4] = {"Sun", "Mon", "Tue", "Wed",
                                 "Thu", "Fri", "Sat"};
  char name[65], date[16], clock[16];
  struct tm local;
  localtime_r(&now, &local);
  snprintf(name, sizeof name, "%s", host);
  for (char *c = name; *c; c++)
    if (!isalnum((unsigned char)*c) && *c != '.') *c = '-';
  strftime(date, sizeof date, "%Y-%m-%d", &local);
  strftime(clock, sizeof clock, "%H%M%S", &local);
  snprintf(text, 128, "%s-%s-%s-%s-%s", prefix, name, date, days[local.tm_wday],
           clock);
}
