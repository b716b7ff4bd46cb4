// report_data.c: the results of experiments, read back.
// SPDX-License-Identifier: MIT
//
// What cannot be read is an error; what was read and cannot be compared stays,
// with the reason. All texts live in the readers. Main thread.
#include "report_data.h"

#include "csv_file.h"
#include "exit_code.h"
#include "results.h"

#include <wane/topology.h>

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct report_source {
  const char *directory;
  json_t *json;                      // run.json
  struct csv_reader *results, *numa; // numa NULL: NUMA was off
  char *text;
};

const char *report_class_name(enum report_class class)
{
  static const char *const names[] = {"measured", "denied", "modelled",
                                      "emulated"};
  return names[class];
}

// --- numbers ---------------------------------------------------------------

static int parse_number(const char *text, double *value)
{
  char *end;
  *value = NAN;
  if (!text) return 0; // NA
  *value = strtod(text, &end);
  return *text != ' ' && *end == '\0' && end != text && isfinite(*value)
             ? 0
             : -EINVAL;
}

static int parse_count(const char *text, uint32_t *count)
{
  double value;
  if (parse_number(text, &value) || !(value >= 0 && value <= UINT32_MAX) ||
      value != floor(value))
    return -EINVAL;
  *count = (uint32_t)value;
  return 0;
}

static int parse_node(const char *text, uint32_t *node)
{
  *node = REPORT_ANY;
  if (text && strcmp(text, "any") == 0) return 0;
  return parse_count(text, node);
}

static int bad_cell(const struct csv_reader *reader, const char *column,
                    const char *found, char *error, size_t error_size)
{
  char place[512];
  csv_read_place(reader, place, sizeof place);
  snprintf(error, error_size, "%s: %s: expected a number, found \"%s\"", place,
           column, found ? found : "NA");
  return WANE_EXIT_ENVIRONMENT;
}

// Room for one more in an array that doubles at powers of two.
static void *grow(void *array, size_t n, size_t bytes)
{
  if (n & (n - 1)) return array;
  return realloc(array, (n ? 2 * n : 1) * bytes);
}

static int no_memory(char *error, size_t error_size)
{
  snprintf(error, error_size, "no memory for the results");
  return WANE_EXIT_ENVIRONMENT;
}

// --- columns ---------------------------------------------------------------

static int find_columns(const struct csv_reader *reader, const char *path,
                        const char *const *names, size_t n, int *at,
                        char *error, size_t error_size)
{
  for (size_t i = 0; i < n; i++) {
    at[i] = csv_read_column(reader, names[i]);
    if (at[i] >= 0) continue;
    snprintf(error, error_size, "%s: has no column %s", path, names[i]);
    return WANE_EXIT_ENVIRONMENT;
  }
  return WANE_EXIT_OK;
}

// --- results.csv -----------------------------------------------------------

enum {
  PHASE = REPORT_FIELDS,
  ITERATION,
  METRIC,
  SCOPE,
  STAT,
  VALUE,
  RESULT_COLUMNS
};
static const char *const result_columns[RESULT_COLUMNS] = {
    [REPORT_RUN_ID] = "run_id",
    [REPORT_INVOCATION_ID] = "invocation_id",
    [REPORT_SUITE] = "suite",
    [REPORT_BENCHMARK] = "benchmark",
    [REPORT_SIZE] = "size",
    [REPORT_SEED] = "seed",
    [REPORT_CONFIG] = "config",
    [REPORT_COLLECTOR] = "collector",
    [REPORT_COLLECTOR_OPTS] = "collector_opts",
    [REPORT_BUILD] = "build",
    [REPORT_MUTATORS] = "mutators",
    [REPORT_WORKERS] = "gc_workers_conc",
    [REPORT_NUMA_MODE] = "numa_mode",
    [REPORT_NUMA_POLICY] = "numa_policy",
    [REPORT_THREAD_POLICY] = "thread_policy",
    [REPORT_GC_POLICY] = "gc_policy",
    [REPORT_TOPOLOGY] = "topology_id",
    [REPORT_PLACEMENT] = "placement",
    [REPORT_CPUS] = "cpus",
    [REPORT_HEAP_MODE] = "heap_mode",
    [REPORT_HFAC] = "hfac",
    [REPORT_HEAP_BYTES] = "heap_bytes",
    [REPORT_MINHEAP_BYTES] = "minheap_bytes",
    [REPORT_EXEC_INDEX] = "exec_index",
    [REPORT_INVOCATION] = "invocation",
    [REPORT_STATUS] = "status",
    [REPORT_VARIETY] = "variety",
    [PHASE] = "phase",
    [ITERATION] = "iteration",
    [METRIC] = "metric",
    [SCOPE] = "scope",
    [STAT] = "stat",
    [VALUE] = "value"};

static const char *or_na(const char *text)
{
  return text ? text : "NA";
}

static bool is(const struct report_run *run, enum report_field field,
               const char *text)
{
  return strcmp(run->field[field], text) == 0;
}

static bool emulated(const struct report_source *source)
{
  return json_is_string(
      json_object_get(json_object_get(source->json, "topology"), "emulated"));
}

static void classify(struct report_run *run, const struct report_source *source)
{
  run->class = is(run, REPORT_NUMA_MODE, "model")    ? REPORT_MODELLED
               : is(run, REPORT_NUMA_MODE, "denied") ? REPORT_DENIED
               : emulated(source)                    ? REPORT_EMULATED
                                                     : REPORT_MEASURED;
  if (!is(run, REPORT_STATUS, "ok"))
    run->excluded = run->field[REPORT_STATUS];
  else if (!is(run, REPORT_VARIETY, "measure"))
    run->excluded = "not a measure build: its numbers are not results";
  else if (is(run, REPORT_PLACEMENT, "mismatch"))
    run->excluded = "a thread was not where it was asked to be";
}

static int add_run(struct report *report, const struct report_source *source,
                   const char *const *fields, const int *at, char *error,
                   size_t error_size)
{
  struct report_run *more =
      grow(report->runs, report->n_runs, sizeof *report->runs);
  if (!more) return no_memory(error, error_size);
  report->runs = more;
  struct report_run *run = &more[report->n_runs++];
  *run = (struct report_run){.source = (size_t)(source - report->sources)};
  for (int i = 0; i < REPORT_FIELDS; i++) run->field[i] = or_na(fields[at[i]]);
  if (parse_count(run->field[REPORT_MUTATORS], &run->mutators))
    return bad_cell(source->results, "mutators", run->field[REPORT_MUTATORS],
                    error, error_size);
  if (parse_count(run->field[REPORT_WORKERS], &run->workers))
    return bad_cell(source->results, "gc_workers_conc",
                    run->field[REPORT_WORKERS], error, error_size);
  if (parse_number(fields[at[REPORT_HFAC]], &run->hfac))
    return bad_cell(source->results, "hfac", run->field[REPORT_HFAC], error,
                    error_size);
  classify(run, source);
  return WANE_EXIT_OK;
}

static int add_value(struct report_run *run, const struct report_source *source,
                     const char *const *fields, const int *at, char *error,
                     size_t error_size)
{
  struct report_value value = {or_na(fields[at[METRIC]]),
                               or_na(fields[at[SCOPE]]),
                               or_na(fields[at[STAT]]), NAN};
  if (strcmp(or_na(fields[at[PHASE]]), "timing")) return WANE_EXIT_OK;
  if (parse_count(fields[at[ITERATION]], &run->iteration))
    return bad_cell(source->results, "iteration", fields[at[ITERATION]], error,
                    error_size);
  if (parse_number(fields[at[VALUE]], &value.value))
    return bad_cell(source->results, "value", fields[at[VALUE]], error,
                    error_size);
  struct report_value *more = grow(run->values, run->n_values, sizeof *more);
  if (!more) return no_memory(error, error_size);
  run->values = more;
  more[run->n_values++] = value;
  return WANE_EXIT_OK;
}

static int load_results(struct report *report, struct report_source *source,
                        const char *path, char *error, size_t error_size)
{
  int at[RESULT_COLUMNS], got;
  const char *const *fields;
  source->results = csv_file_open(path, error, error_size);
  if (!source->results) return WANE_EXIT_ENVIRONMENT;
  int result = find_columns(source->results, path, result_columns,
                            RESULT_COLUMNS, at, error, error_size);
  struct report_run *run = NULL;
  while (!result &&
         (got = csv_read_row(source->results, &fields, error, error_size))) {
    if (got < 0) return WANE_EXIT_ENVIRONMENT;
    const char *id = or_na(fields[at[REPORT_INVOCATION_ID]]);
    if (!run || strcmp(run->field[REPORT_INVOCATION_ID], id)) {
      result = add_run(report, source, fields, at, error, error_size);
      run = &report->runs[report->n_runs - 1];
    }
    if (!result) result = add_value(run, source, fields, at, error, error_size);
  }
  return result;
}

// --- numa.csv --------------------------------------------------------------

enum { ID, NUMA_PHASE, NODES, SRC, DST, NUMA_METRIC, NUMA_VALUE, NUMA_COLUMNS };
static const char *const numa_columns[NUMA_COLUMNS] = {
    "invocation_id", "phase",  "n_nodes", "src_node",
    "dst_node",      "metric", "value"};

static int by_id(const void *a, const void *b)
{
  const struct report_run *x = a, *y = b;
  if (x->source != y->source) return x->source < y->source ? -1 : 1;
  return strcmp(x->field[REPORT_INVOCATION_ID], y->field[REPORT_INVOCATION_ID]);
}

static struct report_run *find_run(const struct report *report,
                                   const struct report_source *source,
                                   const char *id)
{
  struct report_run key = {.source = (size_t)(source - report->sources),
                           .field[REPORT_INVOCATION_ID] = id};
  return bsearch(&key, report->runs, report->n_runs, sizeof key, by_id);
}

// Cells alone: neither sums nor what is of no node.
static bool is_cell(const char *node)
{
  return node && strcmp(node, "all") != 0;
}

static int add_cell(struct report_run *run, const struct csv_reader *reader,
                    const char *const *fields, const int *at, char *error,
                    size_t error_size)
{
  struct report_cell cell = {.metric = or_na(fields[at[NUMA_METRIC]])};
  if (parse_count(fields[at[NODES]], &run->nodes) || run->nodes < 1 ||
      run->nodes > WANE_NODES_MAX)
    return bad_cell(reader, "n_nodes", fields[at[NODES]], error, error_size);
  if (strcmp(or_na(fields[at[NUMA_PHASE]]), "timing") ||
      !is_cell(fields[at[SRC]]) || !is_cell(fields[at[DST]]))
    return WANE_EXIT_OK;
  if (parse_node(fields[at[SRC]], &cell.from))
    return bad_cell(reader, "src_node", fields[at[SRC]], error, error_size);
  if (parse_node(fields[at[DST]], &cell.to))
    return bad_cell(reader, "dst_node", fields[at[DST]], error, error_size);
  if (parse_number(fields[at[NUMA_VALUE]], &cell.value))
    return bad_cell(reader, "value", fields[at[NUMA_VALUE]], error, error_size);
  struct report_cell *more = grow(run->cells, run->n_cells, sizeof *more);
  if (!more) return no_memory(error, error_size);
  run->cells = more;
  more[run->n_cells++] = cell;
  return WANE_EXIT_OK;
}

static int load_numa(struct report *report, struct report_source *source,
                     const char *path, char *error, size_t error_size)
{
  int at[NUMA_COLUMNS], got;
  const char *const *fields;
  if (!csv_file_exists(path)) return WANE_EXIT_OK; // NUMA was off
  source->numa = csv_file_open(path, error, error_size);
  if (!source->numa) return WANE_EXIT_ENVIRONMENT;
  int result = find_columns(source->numa, path, numa_columns, NUMA_COLUMNS, at,
                            error, error_size);
  while (!result &&
         (got = csv_read_row(source->numa, &fields, error, error_size))) {
    if (got < 0) return WANE_EXIT_ENVIRONMENT;
    struct report_run *run = find_run(report, source, or_na(fields[at[ID]]));
    if (run) {
      result = add_cell(run, source->numa, fields, at, error, error_size);
    } else {
      char place[512];
      csv_read_place(source->numa, place, sizeof place);
      snprintf(error, error_size, "%s: invocation %s is not in results.csv",
               place, or_na(fields[at[ID]]));
      result = WANE_EXIT_ENVIRONMENT;
    }
  }
  return result;
}

// --- run.json --------------------------------------------------------------

static const char *text_of(const json_t *object, const char *key)
{
  const char *text = json_string_value(json_object_get(object, key));
  return text ? text : "unknown";
}

static int load_json(struct report_source *source, const char *path,
                     char *error, size_t error_size)
{
  json_error_t why;
  source->json = json_load_file(path, JSON_REJECT_DUPLICATES, &why);
  if (!source->json) {
    snprintf(error, error_size, "%s:%d: %s", path, why.line, why.text);
    return WANE_EXIT_ENVIRONMENT;
  }
  json_int_t version =
      json_integer_value(json_object_get(source->json, "schema_version"));
  if (version != RESULTS_SCHEMA_VERSION) {
    snprintf(error, error_size, "%s: expected schema_version %d, found %lld",
             path, RESULTS_SCHEMA_VERSION, (long long)version);
    return WANE_EXIT_ENVIRONMENT;
  }
  const json_t *build = json_object_get(source->json, "build");
  bool dirty = json_is_true(json_object_get(build, "git_dirty"));
  bool cut = json_is_true(json_object_get(source->json, "interrupted"));
  if (asprintf(&source->text, "%s: %s, built from %.10s%s by %s%s",
               source->directory, text_of(source->json, "run_id"),
               text_of(build, "git_commit"), dirty ? " (changed)" : "",
               text_of(build, "compiler"), cut ? ", interrupted" : "") >= 0)
    return WANE_EXIT_OK;
  source->text = NULL;
  return no_memory(error, error_size);
}

// --- all of it -------------------------------------------------------------

typedef int (*load_step)(struct report *report, struct report_source *source,
                         const char *path, char *error, size_t error_size);

static int load_run_json(struct report *report, struct report_source *source,
                         const char *path, char *error, size_t error_size)
{
  (void)report;
  if (access(path, F_OK) == 0)
    return load_json(source, path, error, error_size);
  snprintf(error, error_size,
           "%s: expected the folder of an experiment that has ended (wane run "
           "-o), found no run.json",
           source->directory);
  return WANE_EXIT_ENVIRONMENT;
}

static int each_source(struct report *report, const char *name, load_step step,
                       char *error, size_t error_size)
{
  int result = WANE_EXIT_OK;
  for (size_t i = 0; !result && i < report->n_sources; i++) {
    char *path;
    if (asprintf(&path, "%s/%s", report->sources[i].directory, name) < 0)
      return no_memory(error, error_size);
    result = step(report, &report->sources[i], path, error, error_size);
    free(path);
  }
  return result;
}

// The same experiment twice, or a copy of it, would count twice.
static int no_twins(const struct report *report, char *error, size_t error_size)
{
  for (size_t i = 0; i < report->n_sources; i++)
    for (size_t k = 0; k < i; k++) {
      const struct report_source *a = &report->sources[k];
      const struct report_source *b = &report->sources[i];
      if (!json_equal(a->json, b->json)) continue;
      snprintf(error, error_size, "%s: is the same experiment as %s",
               b->directory, a->directory);
      return WANE_EXIT_USAGE;
    }
  return WANE_EXIT_OK;
}

static int sort_runs(struct report *report, char *error, size_t error_size)
{
  if (report->n_runs)
    qsort(report->runs, report->n_runs, sizeof *report->runs, by_id);
  for (size_t i = 1; i < report->n_runs; i++) {
    if (by_id(&report->runs[i - 1], &report->runs[i])) continue;
    snprintf(error, error_size, "%s/results.csv: rows of %s are not together",
             report->sources[report->runs[i].source].directory,
             report->runs[i].field[REPORT_INVOCATION_ID]);
    return WANE_EXIT_ENVIRONMENT;
  }
  return WANE_EXIT_OK;
}

// What a sweep runs to see whether its machine stayed the same is in no
// figure, comparison or mean.
static int set_canaries_apart(struct report *report, char *error,
                              size_t error_size)
{
  size_t n = 0, apart = 0;
  struct report_run *canaries =
      calloc(report->n_runs + 1, sizeof *report->runs);
  if (!canaries) return no_memory(error, error_size);
  for (size_t i = 0; i < report->n_runs; i++) {
    bool canary = is(&report->runs[i], REPORT_SUITE, "canary");
    *(canary ? &canaries[apart++] : &report->runs[n++]) = report->runs[i];
  }
  if (apart) memcpy(report->runs + n, canaries, apart * sizeof *canaries);
  report->n_runs = n;
  report->n_canaries = apart;
  free(canaries);
  return WANE_EXIT_OK;
}

int report_load(struct report *report, char *const *directories, size_t n,
                char *error, size_t error_size)
{
  *report = (struct report){.sources = calloc(n, sizeof *report->sources)};
  if (!report->sources) return no_memory(error, error_size);
  for (size_t i = 0; i < n; i++)
    report->sources[report->n_sources++].directory = directories[i];
  int result =
      each_source(report, "run.json", load_run_json, error, error_size);
  if (!result) result = no_twins(report, error, error_size);
  if (!result)
    result =
        each_source(report, "results.csv", load_results, error, error_size);
  if (!result) result = sort_runs(report, error, error_size);
  if (!result)
    result = each_source(report, "numa.csv", load_numa, error, error_size);
  if (!result) result = set_canaries_apart(report, error, error_size);
  if (!result && report_set_apart(report))
    result = no_memory(error, error_size);
  return result;
}

void report_free(struct report *report)
{
  for (size_t i = 0; i < report->n_runs + report->n_canaries; i++) {
    free(report->runs[i].values);
    free(report->runs[i].cells);
    free(report->runs[i].apart);
  }
  for (size_t i = 0; i < report->n_sources; i++) {
    csv_read_close(report->sources[i].results);
    csv_read_close(report->sources[i].numa);
    json_decref(report->sources[i].json);
    free(report->sources[i].text);
  }
  free(report->runs);
  free(report->sources);
}

const char *report_source_text(const struct report *report, size_t i)
{
  return report->sources[i].text;
}

const char *report_source_directory(const struct report *report, size_t i)
{
  return report->sources[i].directory;
}

const struct report_run *report_find(const struct report *report,
                                     size_t source, const char *invocation)
{
  return find_run(report, &report->sources[source], invocation);
}

const char *report_source_name(const struct report *report, size_t i)
{
  return text_of(report->sources[i].json, "run_id");
}

const struct json_t *report_source_json(const struct report *report, size_t i)
{
  return report->sources[i].json;
}

double report_value_of(const struct report_run *run, const char *metric,
                       const char *scope, const char *stat)
{
  for (size_t i = 0; i < run->n_values; i++) {
    const struct report_value *v = &run->values[i];
    if (strcmp(v->metric, metric) == 0 && strcmp(v->scope, scope) == 0 &&
        strcmp(v->stat, stat) == 0)
      return v->value;
  }
  return NAN;
}
