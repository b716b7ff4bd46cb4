// report_apart.c: what tells runs apart besides their configurations.
// SPDX-License-Identifier: MIT
//
// Runs of one configuration that differ in their build, host, seed or topology
// are about different things: a mean over them would be of none. What differs
// in a class is part of the names of all its configurations.
#include "report_data.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Before the value, and how much of an id is enough for people.
static const struct {
  const char *before;
  enum report_field field;
} parts[] = {{"build", REPORT_BUILD},
             {"seed", REPORT_SEED},
             {"topology", REPORT_TOPOLOGY},
             {"host", REPORT_RUN_ID}};
enum { PARTS = sizeof parts / sizeof parts[0], ID = 16 };

// Run ids are PREFIX-HOST-YEAR-MONTH-DAY-DAY-TIME, and hosts may have '-'.
static void host_of(const char *run_id, char host[128])
{
  const char *from = strchr(run_id, '-');
  const char *to = run_id + strlen(run_id);
  for (int i = 0; from && i < 5; i++) {
    while (to > from && *--to != '-') continue;
    if (to == from) from = NULL;
  }
  snprintf(host, 128, "%.*s", from ? (int)(to - from - 1) : 0,
           from ? from + 1 : "");
}

// Nothing: it is not known.
static void value_of(const struct report_run *run, int part, char value[128])
{
  const char *text = run->field[parts[part].field];
  if (parts[part].field == REPORT_RUN_ID)
    host_of(text, value);
  else
    snprintf(value, 128, "%s", strcmp(text, "NA") ? text : "");
}

// Those that are in no picture, and in no count of failures, do not count.
static bool counts(const struct report_run *run)
{
  return !run->excluded || strcmp(run->field[REPORT_STATUS], "ok") != 0;
}

static bool differs(const struct report *report, enum report_class class,
                    int part)
{
  char first[128] = "", value[128];
  for (size_t i = 0; i < report->n_runs; i++) {
    const struct report_run *run = &report->runs[i];
    if (run->class != class || !counts(run)) continue;
    value_of(run, part, value);
    if (!*first) strcpy(first, value);
    if (*value && strcmp(first, value)) return true;
  }
  return false;
}

static char *apart_of(const struct report_run *run, const bool differ[PARTS])
{
  char *text = NULL, value[128];
  size_t size, n = 0;
  FILE *out = open_memstream(&text, &size);
  if (!out) return NULL;
  for (int i = 0; i < PARTS; i++) {
    if (!differ[i]) continue;
    value_of(run, i, value);
    fprintf(out, "%s%s %.*s", n++ ? " " : "", parts[i].before,
            parts[i].field == REPORT_TOPOLOGY ? ID : 127,
            *value ? value : "unknown");
  }
  return fclose(out) == 0 ? text : NULL;
}

int report_set_apart(struct report *report)
{
  for (int k = 0; k < REPORT_CLASSES; k++) {
    bool differ[PARTS];
    for (int i = 0; i < PARTS; i++)
      differ[i] = differs(report, (enum report_class)k, i);
    report->many_settings[k] = differ[1] || differ[2] || differ[3];
    for (size_t i = 0; i < report->n_runs; i++) {
      struct report_run *run = &report->runs[i];
      if (run->class != (enum report_class)k) continue;
      run->apart = apart_of(run, differ);
      if (!run->apart) return -ENOMEM;
    }
  }
  return 0;
}
