// doctor_load.c: what others do on this machine.
// SPDX-License-Identifier: MIT
//
// Only sums: whose processes they are, and what they are called, is nobody's
// business, and would end in published results.
#include "doctor_look.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// "user nice system idle iowait irq softirq steal guest guest_nice"; the
// guests' time is in the users' already. false: these are not they.
static bool add_ticks(struct doctor_ticks *ticks, const char *at)
{
  enum { IDLE = 3, WAIT = 4, STEAL = 7, FIELDS = 8 };
  for (int i = 0; i < FIELDS; i++) {
    char *end;
    double n = strtod(at, &end);
    if (end == at) return false;
    at = end;
    ticks->all += n;
    if (i != IDLE && i != WAIT) ticks->busy += n;
    if (i == STEAL) ticks->steal += n;
  }
  return true;
}

// Of the allowed ones alone; false: not all of them are there.
static bool add_allowed(struct doctor_ticks *ticks,
                        const struct doctor_place *place, const char *allowed)
{
  char key[16], line[256];
  unsigned n = 0, all = doctor_cpus(allowed);
  for (unsigned long cpu = 0; n < all && cpu < 1ul << 16; cpu++) {
    if (!doctor_has_cpu(allowed, cpu)) continue;
    snprintf(key, sizeof key, "cpu%lu", cpu);
    if (!doctor_word(place, "/proc/stat", key, line, sizeof line) ||
        !add_ticks(ticks, line))
      return false;
    n++;
  }
  return n > 0;
}

struct doctor_ticks doctor_ticks(const struct doctor_place *place,
                                 const char *allowed)
{
  char line[256];
  struct doctor_ticks some = {.known = true, .allowed = true};
  struct doctor_ticks all = {.known = true};
  if (add_allowed(&some, place, allowed)) return some;
  if (doctor_word(place, "/proc/stat", "cpu", line, sizeof line) &&
      add_ticks(&all, line))
    return all;
  return (struct doctor_ticks){0};
}

// How much of the moment that was watched; -1: it is not known.
static double share(const struct doctor_look *look, double before, double after)
{
  double all = look->after.all - look->before.all;
  if (!look->before.known || !look->after.known || !(all > 0) ||
      look->before.allowed != look->after.allowed)
    return -1;
  return (after - before) / all;
}

static enum doctor_severity busy(const struct doctor_look *look,
                                 char found[DOCTOR_FOUND])
{
  double part = share(look, look->before.busy, look->after.busy);
  if (part < 0) return DOCTOR_UNKNOWN;
  snprintf(found, DOCTOR_FOUND, "%.0f%% of %s processors", 100 * part,
           look->after.allowed ? "our" : "all");
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
  // It is of all processors, whichever of them are ours.
  unsigned n = look->online ? look->online : look->cpus;
  if (!doctor_number(look->place, "/proc/loadavg", &average) || !n)
    return DOCTOR_UNKNOWN;
  snprintf(found, DOCTOR_FOUND, "%.2f on %u processors", average, n);
  double each = average / n;
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
