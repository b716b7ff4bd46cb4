// compare_files.c: a comparison as CSV and as JSON.
// SPDX-License-Identifier: MIT
//
// The same rows in both: `row` is cell, geomean, or excluded with the reason
// in `verdict`'s place; what there is not, is NA or null.
#include "compare.h"

#include "csv.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// --- one row, for both -----------------------------------------------------

enum { TEXTS = 14, NUMBERS = 12 };
static const char *const text_names[TEXTS] = {
    "row",      "suite", "benchmark", "size",   "config",
    "mutators", "hfac",  "numa_mode", "metric", "scope",
    "stat",     "unit",  "better",    "verdict"};
static const char *const number_names[NUMBERS] = {
    "n_a",  "n_b",      "mean_a", "mean_b", "ratio",      "low",
    "high", "hedges_g", "a12",    "cells",  "confidence", "bound"};

struct line {
  const char *texts[TEXTS]; // NULL: missing
  double numbers[NUMBERS];  // NaN: missing
  char metric[96];
};

static struct line line_of(const struct compare_paper *paper, const char *row)
{
  struct line line = {.texts = {row}};
  for (int i = 0; i < NUMBERS - 2; i++) line.numbers[i] = NAN;
  line.numbers[NUMBERS - 2] = paper->terms->confidence;
  line.numbers[NUMBERS - 1] = paper->terms->bound;
  return line;
}

static void put_cell(struct line *line, const struct compare_cell *cell)
{
  static const enum report_field fields[] = {
      REPORT_SUITE,    REPORT_BENCHMARK, REPORT_SIZE,     REPORT_CONFIG,
      REPORT_MUTATORS, REPORT_HFAC,      REPORT_NUMA_MODE};
  for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
    const char *text = cell->like->field[fields[i]];
    line->texts[1 + i] = strcmp(text, "NA") ? text : NULL;
  }
}

static void put_result(struct line *line, const struct compare_result *row)
{
  const struct compare_metric *metric = row->metric;
  snprintf(line->metric, sizeof line->metric, "%s%s", metric->metric->name,
           metric->drain ? "+drain" : "");
  line->texts[8] = line->metric;
  line->texts[9] = metric->scope;
  line->texts[10] = metric->stat;
  line->texts[11] = compare_metric_unit(metric);
  line->texts[12] = compare_better_name(metric->better);
  line->texts[13] = compare_verdict_name(row->verdict);
  const double numbers[] = {row->mean[0],   row->mean[1],    row->ratio.mean,
                            row->ratio.low, row->ratio.high, row->g,
                            row->a12};
  if (row->cell) {
    line->numbers[0] = (double)row->n[0];
    line->numbers[1] = (double)row->n[1];
  } else {
    line->numbers[9] = (double)row->cells;
  }
  for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
    if (isfinite(numbers[i])) line->numbers[2 + i] = numbers[i];
}

// Calls `put` with each line until it fails.
typedef int (*line_taker)(const struct line *line, void *context);

static int each_line(const struct compare_paper *paper, line_taker put,
                     void *context)
{
  int result = 0;
  for (size_t i = 0; !result && i < paper->results->n; i++) {
    const struct compare_result *row = &paper->results->rows[i];
    struct line line = line_of(paper, row->cell ? "cell" : "geomean");
    if (row->cell) put_cell(&line, row->cell);
    put_result(&line, row);
    result = put(&line, context);
  }
  for (size_t i = 0; !result && i < paper->cells->n; i++) {
    const struct compare_cell *cell = &paper->cells->cells[i];
    struct line line = line_of(paper, "excluded");
    if (!cell->why) continue;
    put_cell(&line, cell);
    line.texts[13] = cell->why;
    result = put(&line, context);
  }
  return result;
}

// --- CSV -------------------------------------------------------------------

static int put_csv(const struct line *line, void *context)
{
  FILE *out = context;
  char number[32];
  for (int i = 0; i < TEXTS; i++) {
    csv_field(out, line->texts[i]);
    putc(',', out);
  }
  for (int i = 0; i < NUMBERS; i++) {
    csv_number(number, line->numbers[i]);
    fprintf(out, "%s%c", number, i + 1 < NUMBERS ? ',' : '\n');
  }
  return 0;
}

int compare_print_csv(FILE *out, const struct compare_paper *paper)
{
  for (int i = 0; i < TEXTS; i++) fprintf(out, "%s,", text_names[i]);
  for (int i = 0; i < NUMBERS; i++)
    fprintf(out, "%s%c", number_names[i], i + 1 < NUMBERS ? ',' : '\n');
  return each_line(paper, put_csv, out);
}

// --- JSON ------------------------------------------------------------------

// Texts that are numbers in a table, as `mutators`, are numbers here.
static json_t *as_json(const char *name, const char *text)
{
  char *end;
  bool number = strcmp(name, "mutators") == 0 || strcmp(name, "hfac") == 0;
  if (!text) return json_null();
  double value = strtod(text, &end);
  if (number && end != text && !*end) return json_real(value);
  return json_string(text);
}

static int put_json(const struct line *line, void *context)
{
  json_t *row = json_object();
  int result = 0;
  for (int i = 0; i < TEXTS; i++)
    result |= json_object_set_new(row, text_names[i],
                                  as_json(text_names[i], line->texts[i]));
  for (int i = 0; i < NUMBERS; i++)
    result |= json_object_set_new(
        row, number_names[i],
        isnan(line->numbers[i]) ? json_null() : json_real(line->numbers[i]));
  result |= json_array_append_new(context, row);
  return result ? -ENOMEM : 0;
}

static json_t *facts_json(const struct compare_facts *facts)
{
  json_t *list = json_array();
  for (size_t i = 0; i < facts->n; i++)
    json_array_append_new(
        list, json_pack("{s:s, s:s, s:s}", "what", facts->facts[i].what, "a",
                        facts->facts[i].a, "b", facts->facts[i].b));
  return list;
}

int compare_print_json(FILE *out, const struct compare_paper *paper)
{
  json_t *rows = json_array();
  int result = rows ? each_line(paper, put_json, rows) : -ENOMEM;
  json_t *all = json_pack("{s:s, s:s, s:I, s:I, s:o, s:o}", "a",
                          report_source_text(paper->report, 0), "b",
                          report_source_text(paper->report, 1), "worse",
                          (json_int_t)paper->results->worse, "failing",
                          (json_int_t)paper->results->failing, "differences",
                          facts_json(paper->facts), "rows", rows);
  if (!all) return -ENOMEM;
  if (!result && json_dumpf(all, out, JSON_INDENT(1) | JSON_REAL_PRECISION(15)))
    result = -ENOMEM;
  putc('\n', out);
  json_decref(all);
  return result;
}
