// doctor_load.c: what others do on this machine.
// SPDX-License-Identifier: MIT
//
// Only sums: whose processes they are, and what they are called, is nobody's
// business, and would end in published results.
#include "doctor_look.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// "cpu  user nice system idle iowait irq softirq steal guest guest_nice"; the
// guests' time is in the users' already.
struct doctor_ticks doctor_ticks(const struct doctor_place *place)
{
  enum { IDLE = 3, WAIT = 4, STEAL = 7, FIELDS = 8 };
  char line[256], *at = line + 3;
  struct doctor_ticks ticks = {0};
  if (!doctor_line(place, "/proc/stat", line, sizeof line) ||
      strncmp(line, "cpu ", 4))
    return ticks;
  for (int i = 0; i < FIELDS; i++) {
    char *end;
    double n = strtod(at, &end);
    if (end == at) return (struct doctor_ticks){0};
    at = end;
    ticks.all += n;
    if (i != IDLE && i != WAIT) ticks.busy += n;
    if (i == STEAL) ticks.steal = n;
  }
  ticks.known = true;
  return ticks;
}

// How much of the moment that was watched; -1: it is not known.
static double share(const struct doctor_look *look, double before, double after)
{
  double all = look->after.all - look->before.all;
  if (!look->before.known || !look->after.known || !(all > 0)) return -1;
  return (after - before) / all;
}

static enum doctor_severity busy(const struct doctor_look *look,
                                 char found[DOCTOR_FOUND])
{
  double part = share(look, look->before.busy, look->after.busy);
  if (part < 0) return DOCTOR_UNKNOWN;
  snprintf(found, DOCTOR_FOUND, "%.0f%% of all processors", 100 * part);
  return part > 0.2 ? DOCTOR_REFUSE : part > 0.05 ? DOCTOR_WARNING : DOCTOR_OK;
}

static enum doctor_severity steal(const struct doctor_look *look,
                                  char found[DOCTOR_FOUND])
{
  double part = share(look, look->before.steal, look->after.steal);
  if (part < 0) return DOCTOR_UNKNOWN;
  snprintf(found, DOCTOR_FOUND, "%.1f%%", 100 * part);
  return part > 0.1 ? DOCTOR_REFUSE : part > 0.01 ? DOCTOR_WARNING : DOCTOR_OK;
}

static enum doctor_severity load(const struct doctor_look *look,
                                 char found[DOCTOR_FOUND])
{
  double average;
  if (!doctor_number(look->place, "/proc/loadavg", &average) || !look->cpus)
    return DOCTOR_UNKNOWN;
  snprintf(found, DOCTOR_FOUND, "%.2f on %u processors", average, look->cpus);
  double each = average / look->cpus;
  return each > 0.5 ? DOCTOR_REFUSE : each > 0.1 ? DOCTOR_WARNING : DOCTOR_OK;
}

const struct doctor_check doctor_load_checks[] = {
    {"load",
     "who waits for a processor is slower: a load that was there before the "
     "runs makes them longer, and some longer than others",
     "end what runs, and wait a minute", load},
    {"busy",
     "what others do now takes processors, caches and memory bandwidth from "
     "the runs",
     "end what runs (top shows it)", busy},
    {"steal",
     "the host gives this machine's processors to others: pauses that no "
     "collector made",
     "another host, or processors of one's own", steal},
    {0},
};
