// page_origin.c: every invocation, what was left out, and where it is from.
// SPDX-License-Identifier: MIT
//
// run.json grows with the project, so that it is shown as it is, whatever is in
// it: objects as lists of terms, lists of objects as tables.
#include "page_parts.h"

#include "html.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LONG 32 // columns of text that may have several lines

// --- json ------------------------------------------------------------------

// One line of text for a value that is not to be a list or a table.
static void put_scalar(const json_t *value, FILE *out)
{
  if (json_is_string(value)) {
    html_text(out, json_string_value(value));
  } else if (json_is_null(value)) {
    fputs("<span class=\"soft\">none</span>", out);
  } else if (json_is_real(value)) {
    char text[32];
    page_number(text, json_real_value(value));
    fputs(text, out);
  } else {
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    if (text) html_text(out, text);
    free(text);
  }
}

static bool is_scalar(const json_t *value)
{
  return !json_is_object(value) && !json_is_array(value);
}

static bool is_flat(const json_t *array)
{
  size_t i;
  json_t *value;
  json_array_foreach(array, i, value) if (!is_scalar(value)) return false;
  return true;
}

static bool is_of_objects(const json_t *array)
{
  size_t i;
  json_t *value;
  json_array_foreach(array, i, value) if (!json_is_object(value)) return false;
  return json_array_size(array) > 0;
}

// What all objects of a list have together: the keys, each once.
static json_t *columns_of(const json_t *array)
{
  json_t *columns = json_object();
  size_t i;
  json_t *object, *value;
  const char *key;
  json_array_foreach(array, i, object)
    json_object_foreach(object, key, value)
      json_object_set_new(columns, key, json_true());
  return columns;
}

static void put_table(const char *name, const json_t *array, FILE *out)
{
  json_t *columns = columns_of(array), *value, *object;
  size_t n = json_object_size(columns), k = 0, i;
  struct page_head *heads = calloc(n + 1, sizeof *heads);
  const char *key;
  if (heads) {
    json_object_foreach(columns, key, value) heads[k++].text = key;
    page_table_begin(out, name, heads, n);
    json_array_foreach(array, i, object) {
      fputs("<tr>", out);
      for (k = 0; k < n; k++) {
        const json_t *cell = json_object_get(object, heads[k].text);
        fputs(json_is_number(cell)          ? "<td class=\"n\">"
              : json_string_length(cell) > LONG ? "<td class=\"long\">"
                                                : "<td>",
              out);
        if (cell) put_scalar(cell, out);
        fputs("</td>", out);
      }
      fputs("</tr>\n", out);
    }
    page_table_end(out);
  }
  free(heads);
  json_decref(columns);
}

static void put_json(const char *name, const json_t *value, FILE *out)
{
  const char *key;
  json_t *inner;
  size_t i;
  if (is_scalar(value)) {
    put_scalar(value, out);
  } else if (json_is_array(value) && is_of_objects(value)) {
    put_table(name, value, out);
  } else if (json_is_array(value) && json_array_size(value) == 0) {
    fputs("<span class=\"soft\">none</span>", out);
  } else if (json_is_array(value) && is_flat(value)) {
    json_array_foreach(value, i, inner) {
      if (i) fputs(", ", out);
      put_scalar(inner, out);
    }
  } else if (json_is_array(value)) {
    json_array_foreach(value, i, inner) {
      fputs("<div>", out);
      put_json(name, inner, out);
      fputs("</div>", out);
    }
  } else {
    fputs("<dl>\n", out);
    json_object_foreach((json_t *)value, key, inner) {
      fputs("<dt>", out);
      html_text(out, key);
      fputs("</dt><dd>", out);
      put_json(key, inner, out);
      fputs("</dd>\n", out);
    }
    fputs("</dl>\n", out);
  }
}

// --- provenance ------------------------------------------------------------

// What a reader asks first, in this order, and what there is a table of.
static const char *const open_parts[] = {
    "canary", "doctor", "minheap", "exclusions", "budget"};

static bool is_open_part(const char *key)
{
  for (size_t i = 0; i < sizeof open_parts / sizeof open_parts[0]; i++)
    if (strcmp(open_parts[i], key) == 0) return true;
  return false;
}

static void put_term(const char *name, const json_t *value, FILE *out)
{
  if (!value) return;
  fprintf(out, "<dt>%s</dt><dd>", name);
  put_json(name, value, out);
  fputs("</dd>\n", out);
}

static void put_command(const json_t *argv, FILE *out)
{
  size_t i;
  json_t *word;
  if (!json_is_array(argv)) return;
  fputs("<dt>command</dt><dd><code>", out);
  json_array_foreach(argv, i, word) {
    const char *text = json_string_value(word);
    if (text) html_printf(out, "%s%s", i ? " " : "", text);
  }
  fputs("</code></dd>\n", out);
}

// What put_head tells under a name of its own.
static bool is_told(const char *key)
{
  static const char *const told[] = {"run_id",      "start_utc", "end_utc",
                                     "interrupted", "seed",      "order_seed"};
  for (size_t i = 0; i < sizeof told / sizeof told[0]; i++)
    if (strcmp(told[i], key) == 0) return true;
  return false;
}

static void put_head(const json_t *run, FILE *out)
{
  const char *key;
  json_t *value;
  const json_t *build = json_object_get(run, "build");
  const json_t *machine = json_object_get(run, "machine");
  const json_t *settings = json_object_get(run, "settings"); // of wane run
  const json_t *seed = json_object_get(run, "seed");         // of a sweep
  fputs("<dl>\n", out);
  put_command(json_object_get(run, "argv"), out);
  put_term("begun", json_object_get(run, "start_utc"), out);
  put_term("ended", json_object_get(run, "end_utc"), out);
  put_term("interrupted", json_object_get(run, "interrupted"), out);
  put_term("commit", json_object_get(build, "git_commit"), out);
  put_term("changed since", json_object_get(build, "git_dirty"), out);
  put_term("compiler", json_object_get(build, "compiler"), out);
  put_term("variety", json_object_get(build, "variety"), out);
  put_term("host", json_object_get(machine, "host"), out);
  put_term("processor", json_object_get(machine, "cpu_model"), out);
  put_term("kernel", json_object_get(machine, "kernel"), out);
  put_term("seed", seed ? seed : json_object_get(settings, "seed"), out);
  put_term("seed of the order", json_object_get(run, "order_seed"), out);
  json_object_foreach((json_t *)run, key, value) {
    if (!is_scalar(value) || is_open_part(key) || is_told(key)) continue;
    fputs("<dt>", out);
    html_text(out, key);
    fputs("</dt><dd>", out);
    put_scalar(value, out);
    fputs("</dd>\n", out);
  }
  fputs("</dl>\n", out);
}

static void put_parts(const json_t *run, FILE *out)
{
  const char *key;
  json_t *value;
  for (size_t i = 0; i < sizeof open_parts / sizeof open_parts[0]; i++) {
    value = json_object_get(run, open_parts[i]);
    if (!value) continue;
    fprintf(out, "<h4>%s</h4>\n", open_parts[i]);
    put_json(open_parts[i], value, out);
  }
  json_object_foreach((json_t *)run, key, value) {
    if (is_scalar(value) || is_open_part(key) || strcmp(key, "argv") == 0 ||
        strcmp(key, "invocations") == 0)
      continue;
    fputs("<details><summary>", out);
    html_text(out, key);
    fputs("</summary>\n", out);
    put_json(key, value, out);
    fputs("</details>\n", out);
  }
}

void page_origin(const struct report *report, FILE *out)
{
  fputs("<h2 id=\"origin\">Provenance</h2>\n", out);
  for (size_t i = 0; i < report->n_sources; i++) {
    const json_t *run = report_source_json(report, i);
    fputs("<div class=\"box\">\n<h3>", out);
    html_text(out, report_source_name(report, i));
    fputs("</h3>\n", out);
    put_head(run, out);
    put_parts(run, out);
    fputs("</div>\n", out);
  }
}

// --- invocations -----------------------------------------------------------

static double sum(double a, double b)
{
  return isnan(b) ? a : a + b;
}

// Times of an emulated machine are not results.
static double time_of(const struct report_run *run, const char *metric,
                      const char *scope, const char *stat)
{
  if (run->class == REPORT_EMULATED) return NAN;
  return report_value_of(run, metric, scope, stat);
}

static void put_invocation(const struct report_run *run, FILE *out)
{
  double wall =
      sum(time_of(run, "time.wall", "process", "total"),
          time_of(run, "time.wall.drain", "process", "total"));
  double clock =
      sum(time_of(run, "time.task_clock", "process", "total"),
          time_of(run, "time.task_clock.drain", "process", "total"));
  fputs("<tr>", out);
  page_cell(out, run->field[REPORT_INVOCATION_ID]);
  page_cell(out, run->field[REPORT_BENCHMARK]);
  page_long_cell(out, run->field[REPORT_SIZE]);
  page_cell(out, run->field[REPORT_CONFIG]);
  page_number_cell(out, run->mutators);
  page_number_cell(out, run->hfac);
  page_cell(out, run->field[REPORT_STATUS]);
  page_number_cell(out, wall / 1e6);
  page_number_cell(out, clock / 1e6);
  page_number_cell(
      out,
      report_value_of(run, "heap.used_peak", "process", "max") / 1048576);
  page_number_cell(out, time_of(run, "gc.pause", "mutator", "max") / 1e3);
  fputs("</tr>\n", out);
}

static const char *reason_of(const struct report *report,
                             const struct report_run *run)
{
  const json_t *list = json_object_get(report_source_json(report, run->source),
                                       "invocations");
  const char *wanted = run->field[REPORT_INVOCATION_ID];
  size_t i;
  json_t *one;
  json_array_foreach(list, i, one) {
    const char *id = json_string_value(json_object_get(one, "invocation_id"));
    if (!id || strcmp(id, wanted)) continue;
    const char *reason = json_string_value(json_object_get(one, "reason"));
    return reason ? reason : "";
  }
  return "";
}

static void put_excluded(const struct report *report, FILE *out)
{
  static const struct page_head heads[] = {
      {"invocation", false}, {"workload", false}, {"configuration", false},
      {"why", false}, {"reason given", false}};
  size_t n = 0;
  for (size_t i = 0; i < report->n_runs; i++)
    n += report->runs[i].excluded != NULL;
  if (!n) {
    fputs("<p>Nothing was left out: every invocation ended well and is in the "
          "figures.</p>\n",
          out);
    return;
  }
  page_table_begin(out, "Invocations that are in no figure", heads,
                   sizeof heads / sizeof heads[0]);
  for (size_t i = 0; i < report->n_runs; i++) {
    const struct report_run *run = &report->runs[i];
    if (!run->excluded) continue;
    fputs("<tr>", out);
    page_cell(out, run->field[REPORT_INVOCATION_ID]);
    page_cell(out, run->field[REPORT_BENCHMARK]);
    page_cell(out, run->field[REPORT_CONFIG]);
    page_cell(out, run->excluded);
    page_long_cell(out, reason_of(report, run));
    fputs("</tr>\n", out);
  }
  page_table_end(out);
}

void page_invocations(const struct report *report, FILE *out)
{
  static const struct page_head heads[] = {
      {"invocation", false}, {"workload", false}, {"size", false},
      {"configuration", false}, {"mutators", true}, {"heap factor", true},
      {"status", false}, {"time ms", true}, {"task clock ms", true},
      {"peak heap MiB", true}, {"longest pause us", true}};
  fputs("<h2 id=\"invocations\">Invocations</h2>\n<div class=\"box\">\n"
        "<details open><summary>All invocations</summary>\n",
        out);
  page_table_begin(out,
                   "Each process; the timed iteration, with the drain in time "
                   "and task clock",
                   heads, sizeof heads / sizeof heads[0]);
  for (size_t i = 0; i < report->n_runs; i++)
    put_invocation(&report->runs[i], out);
  page_table_end(out);
  fputs("</details>\n</div>\n<h2 id=\"excluded\">Left out, and failures</h2>\n"
        "<div class=\"box\">\n",
        out);
  put_excluded(report, out);
  fputs("</div>\n", out);
}
