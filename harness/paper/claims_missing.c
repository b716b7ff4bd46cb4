// claims_missing.c: cells of a sweep that left no rows.
// SPDX-License-Identifier: MIT

#include "claims_missing.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char missing[] = "not done";

bool claims_is_missing(const struct report_run *run)
{
  return run->excluded == missing;
}

static const char *text_of(const json_t *o, const char *key)
{
  const char *text = json_string_value(json_object_get(o, key));
  return text ? text : "NA";
}

static struct report_run run_of(const json_t *o, size_t source)
{
  struct report_run run = {.source = source, .excluded = missing};
  const json_t *hfac = json_object_get(o, "hfac");
  for (int f = 0; f < REPORT_FIELDS; f++) run.field[f] = "NA";
  run.field[REPORT_SUITE] = text_of(o, "suite");
  run.field[REPORT_BENCHMARK] = text_of(o, "benchmark");
  run.field[REPORT_CONFIG] = text_of(o, "config");
  run.field[REPORT_STATUS] = missing;
  run.mutators =
      (uint32_t)json_integer_value(json_object_get(o, "mutators"));
  run.hfac = json_is_number(hfac) ? json_number_value(hfac) : NAN;
  run.class = REPORT_MEASURED;
  return run;
}

// Behind the last run, and before the canaries.
static int add(struct report *report, const struct report_run *run)
{
  size_t n = report->n_runs, behind = report->n_canaries;
  struct report_run *more =
      realloc(report->runs, (n + behind + 1) * sizeof *more);
  if (!more) return -ENOMEM;
  report->runs = more;
  memmove(&more[n + 1], &more[n], behind * sizeof *more);
  more[n] = *run;
  report->n_runs++;
  return 0;
}

int claims_add_missing(struct report *report)
{
  int result = 0;
  for (size_t s = 0; s < report->n_sources; s++) {
    const json_t *json = report_source_json(report, s), *o;
    const json_t *list = json_object_get(json, "exclusions");
    for (size_t i = 0; !result && (o = json_array_get(list, i)); i++) {
      struct report_run run = run_of(o, s);
      if (strcmp(text_of(o, "status"), missing) == 0 &&
          strcmp(text_of(o, "suite"), "canary"))
        result = add(report, &run);
    }
  }
  return result;
}
