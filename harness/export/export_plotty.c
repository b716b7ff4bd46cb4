// export_plotty.c: results as a folder of logs, as running-ng leaves them.
// SPDX-License-Identifier: MIT
//
// RUN_ID/BENCHMARK.HFAC.MB.CONFIG.SUITE.log.gz, one invocation after the other
// in each. HFAC is in thousandths; 0: none. The names take no more than plotty
// does, so what tells configurations apart is in CONFIG as parts of it, and two
// that would still have one name are refused. Main thread.
#include "exit_code.h"
#include "export_format.h"
#include "export_rows.h"
#include "gzip.h"
#include "whole_folder.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// Columns that make one log.
static const enum column apart[] = {
    COLUMN_suite,     COLUMN_benchmark,     COLUMN_size,
    COLUMN_config,    COLUMN_build,         COLUMN_mutators,
    COLUMN_numa_mode, COLUMN_numa_policy,   COLUMN_thread_policy,
    COLUMN_hfac,      COLUMN_heap_bytes,    COLUMN_gc_policy,
    COLUMN_heap_mode, COLUMN_collector_opts};
enum { APART = sizeof apart / sizeof apart[0] };

struct log {
  struct log *next;
  const char *key[APART]; // the columns `apart`
  const char *row[N_COLUMNS];
  char *name; // once all are known
  FILE *out;
  char *text;
  size_t n;
};

struct cell {
  const char *metric, *scope, *stat, *value;
};

// An iteration of an invocation.
struct part {
  const char *iteration, *phase;
  struct cell *cells;
  size_t n;
};

struct plotty {
  struct export_rows *rows;
  struct log *logs;             // the last one first
  const char *first[N_COLUMNS]; // the row that began the invocation
  struct part *parts;           // of the invocation
  size_t n_parts;
  char *command;
  char *error;
  size_t error_size;
};

static int no_memory(struct plotty *plotty)
{
  snprintf(plotty->error, plotty->error_size, "no memory");
  return -ENOMEM;
}

static bool same(const char *a, const char *b)
{
  return a == b || (a && b && strcmp(a, b) == 0);
}

// --- names -----------------------------------------------------------------

// What plotty takes in the name of a configuration.
static void put_config(FILE *out, const char *text)
{
  for (; *text; text++) {
    char c = *text;
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                 (c >= '0' && c <= '9') || strchr("_-.:,", c);
    putc(plain      ? c
         : c == '=' ? '-'
         : c == ';' ? ','
         : c == '|' ? '.'
                    : '_',
         out);
  }
}

// ".t4" and the like are in the configuration of `wane run`.
static bool has_part(const char *config, const char *part)
{
  size_t n = strlen(part);
  for (const char *at = config; (at = strchr(at, '.')); at++)
    if (strncmp(at, part, n) == 0 && (at[n] == '.' || at[n] == '\0'))
      return true;
  return false;
}

static double number_of(const char *text)
{
  return text ? strtod(text, NULL) : 0;
}

// Workloads that differ in their options alone are told apart by them; else
// plotty would take what is the same for two configurations.
static void put_benchmark(FILE *out, const struct plotty *plotty,
                          const char *const *row)
{
  const char *size = row[COLUMN_size];
  put_config(out, row[COLUMN_benchmark] ? row[COLUMN_benchmark] : "none");
  for (const struct log *log = plotty->logs; log; log = log->next) {
    if (!same(log->row[COLUMN_benchmark], row[COLUMN_benchmark]) ||
        !same(log->row[COLUMN_suite], row[COLUMN_suite]) ||
        same(log->row[COLUMN_size], size))
      continue;
    putc('_', out);
    for (; size && *size; size++)
      putc(isalnum((unsigned char)*size) ? *size : '_', out);
    return;
  }
}

static void put_nodes(FILE *out, const char *const *row)
{
  fprintf(out, ".numa-%s.place-", row[COLUMN_numa_mode]);
  put_config(out,
             row[COLUMN_thread_policy] ? row[COLUMN_thread_policy] : "none");
  fputs(".memory-", out);
  put_config(out, row[COLUMN_numa_policy] ? row[COLUMN_numa_policy] : "none");
}

// The caller's; NULL: no memory.
static char *log_name(const struct plotty *plotty, const char *const *row)
{
  char *name = NULL, part[32];
  size_t n;
  const char *config = row[COLUMN_config] ? row[COLUMN_config] : "none";
  const char *mode = row[COLUMN_numa_mode];
  FILE *out = open_memstream(&name, &n);
  if (!out) return NULL;
  put_benchmark(out, plotty, row);
  fprintf(out, ".%.0f.%.0f.", round(1000 * number_of(row[COLUMN_hfac])),
          round(number_of(row[COLUMN_heap_bytes]) / 0x1p20));
  put_config(out, config);
  snprintf(part, sizeof part, ".t%.0f", number_of(row[COLUMN_mutators]));
  if (!has_part(config, part)) fputs(part, out);
  if (mode && strcmp(mode, "off") != 0 && !strstr(config, ".numa-"))
    put_nodes(out, row);
  putc('.', out);
  put_config(out, row[COLUMN_suite] ? row[COLUMN_suite] : "none");
  if (fclose(out) == 0) return name;
  free(name);
  return NULL;
}

static bool log_is(const struct log *log, const char *const *row)
{
  for (int i = 0; i < APART; i++)
    if (!same(log->key[i], row[apart[i]])) return false;
  return true;
}

// The log of this row. 0, or -errno and a sentence.
static int find_log(struct plotty *plotty, const char *const *row,
                    struct log **found)
{
  for (struct log *log = plotty->logs; log; log = log->next) {
    *found = log;
    if (log_is(log, row)) return 0;
  }
  struct log *log = calloc(1, sizeof *log);
  if (!log) return no_memory(plotty);
  for (int i = 0; i < APART; i++) log->key[i] = row[apart[i]];
  memcpy(log->row, row, sizeof log->row);
  log->next = plotty->logs;
  plotty->logs = *found = log;
  log->out = open_memstream(&log->text, &log->n);
  return log->out ? 0 : no_memory(plotty);
}

// --- an invocation ---------------------------------------------------------

static const struct cell *find_cell(const struct part *part, const char *metric,
                                    const char *scope)
{
  for (size_t i = 0; i < part->n; i++)
    if (same(part->cells[i].metric, metric) &&
        same(part->cells[i].scope, scope))
      return &part->cells[i];
  return NULL;
}

// In milliseconds; NaN: not measured.
static double wall_ms(const struct part *part, const char *scope)
{
  const struct cell *cell = find_cell(part, "time.wall", scope);
  return cell && cell->value ? strtod(cell->value, NULL) / 1e6 : NAN;
}

// The names that plotty's presets know, in its milliseconds, and then all that
// was measured. `names`: the line of names, else that of values.
static void put_line(const struct part *part, bool names, FILE *out)
{
  double all = wall_ms(part, "process"), stopped = wall_ms(part, "stw");
  const struct cell *pauses = find_cell(part, "gc.pauses", "process");
  fprintf(out, names ? "time" : "%.6f", all);
  if (!isnan(stopped)) {
    fprintf(out, names ? "\ttime.stw" : "\t%.6f", stopped);
    fprintf(out, names ? "\ttime.other" : "\t%.6f", all - stopped);
  }
  if (pauses && pauses->value)
    fprintf(out, "\t%s", names ? "pauses" : pauses->value);
  for (size_t i = 0; i < part->n; i++) {
    const struct cell *cell = &part->cells[i];
    if (!cell->value) continue; // plotty takes numbers only
    if (names)
      fprintf(out, "\t%s.%s.%s", cell->metric, cell->scope, cell->stat);
    else
      fprintf(out, "\t%s", cell->value);
  }
  putc('\n', out);
}

static void put_statistics(const struct part *part, FILE *out)
{
  fputs("============================ Tabulate Statistics "
        "============================\n",
        out);
  put_line(part, true, out);
  put_line(part, false, out);
  fputs("-------------------------- End Tabulate Statistics "
        "--------------------------\n",
        out);
}

static void put_part(const struct part *part, const char *benchmark, FILE *out)
{
  double ms = wall_ms(part, "process");
  if (isnan(ms)) return; // it was not run to its end
  if (!same(part->phase, "timing")) {
    fprintf(out, "===== WANE %s starting warmup %s =====\n", benchmark,
            part->iteration);
    fprintf(out, "===== WANE %s completed warmup %s in %.0f msec =====\n",
            benchmark, part->iteration, ms);
    return;
  }
  // In this order: plotty-ng gives statistics to the iteration that has ended.
  fprintf(out, "===== WANE %s starting =====\n", benchmark);
  fprintf(out, "===== WANE %s PASSED in %.0f msec =====\n", benchmark, ms);
  put_statistics(part, out);
}

static void put_failure(const struct plotty *plotty, const char *benchmark,
                        FILE *out)
{
  const char *status = plotty->first[COLUMN_status];
  const json_t *invocation =
      export_rows_invocation(plotty->rows, plotty->first[COLUMN_invocation_id]);
  const char *reason = json_string_value(json_object_get(invocation, "reason"));
  if (same(status, "oom")) fputs("ran out of memory: OutOfMemoryError\n", out);
  fprintf(out, "===== WANE %s FAILED: %s%s%s =====\n", benchmark,
          status ? status : "NA", reason ? ": " : "", reason ? reason : "");
}

static int end_invocation(struct plotty *plotty)
{
  struct log *log;
  if (!plotty->first[COLUMN_invocation_id]) return 0;
  int result = find_log(plotty, plotty->first, &log);
  if (result) return result;
  const char *benchmark = plotty->first[COLUMN_benchmark];
  fprintf(log->out, "\n-----\nmkdir -p PLOTTY_WORKAROUND; timedrun; %s\n",
          plotty->command);
  fprintf(log->out, "%s\n", plotty->first[COLUMN_invocation_id]);
  bool ok = same(plotty->first[COLUMN_status], "ok");
  for (size_t i = 0; i < plotty->n_parts; i++) {
    if (ok) put_part(&plotty->parts[i], benchmark, log->out);
    free(plotty->parts[i].cells);
  }
  if (!ok) put_failure(plotty, benchmark, log->out);
  plotty->n_parts = 0;
  plotty->first[COLUMN_invocation_id] = NULL;
  return 0;
}

// --- rows ------------------------------------------------------------------

static void *grow(void *array, size_t n, size_t bytes)
{
  if (n & (n - 1)) return array;
  return realloc(array, (n ? 2 * n : 1) * bytes);
}

static struct part *find_part(struct plotty *plotty, const char *const *row)
{
  for (size_t i = 0; i < plotty->n_parts; i++)
    if (same(plotty->parts[i].iteration, row[COLUMN_iteration]))
      return &plotty->parts[i];
  struct part *more =
      grow(plotty->parts, plotty->n_parts, sizeof *plotty->parts);
  if (!more) return NULL;
  plotty->parts = more;
  struct part *part = &more[plotty->n_parts++];
  *part = (struct part){.iteration = row[COLUMN_iteration],
                        .phase = row[COLUMN_phase]};
  return part;
}

static int add_row(struct plotty *plotty, const char *const *row)
{
  if (!same(plotty->first[COLUMN_invocation_id], row[COLUMN_invocation_id])) {
    int result = end_invocation(plotty);
    if (result) return result;
    memcpy(plotty->first, row, sizeof plotty->first);
  }
  struct part *part = find_part(plotty, row);
  struct cell *cells = part ? grow(part->cells, part->n, sizeof *cells) : NULL;
  if (!cells) return no_memory(plotty);
  part->cells = cells;
  cells[part->n++] = (struct cell){row[COLUMN_metric], row[COLUMN_scope],
                                   row[COLUMN_stat], row[COLUMN_value]};
  return 0;
}

static int read_rows(struct plotty *plotty)
{
  const char *const *row;
  int got;
  while ((got = export_rows_next(plotty->rows, &row, plotty->error,
                                 plotty->error_size)) > 0) {
    got = add_row(plotty, row);
    if (got) break;
  }
  return got ? got : end_invocation(plotty);
}

// The command line of run.json, in one line; NULL: no memory.
static char *command_of(const struct export_rows *rows)
{
  char *text = NULL;
  size_t n;
  const json_t *argv = json_object_get(export_rows_run(rows), "argv");
  FILE *out = open_memstream(&text, &n);
  if (!out) return NULL;
  for (size_t i = 0; i < json_array_size(argv); i++) {
    const char *word = json_string_value(json_array_get(argv, i));
    if (i) putc(' ', out);
    for (; word && *word; word++) putc(*word == '\n' ? ' ' : *word, out);
  }
  if (fclose(out) == 0) return text;
  free(text);
  return NULL;
}

static int refuse_twins(struct plotty *plotty, const struct log *a,
                        const struct log *b, const char *name)
{
  int i = 0;
  while (same(a->key[i], b->key[i])) i++;
  snprintf(plotty->error, plotty->error_size,
           "two configurations would have the log %s: %s is %s and %s", name,
           record_column_name(apart[i]), a->key[i] ? a->key[i] : "NA",
           b->key[i] ? b->key[i] : "NA");
  return -EINVAL;
}

static int put_log(struct plotty *plotty, const struct log *log,
                   const char *run_id, struct whole_folder *folder)
{
  char *path;
  size_t n;
  void *packed = gzip_bytes(log->text, log->n, &n);
  if (packed && asprintf(&path, "%s/%s.log.gz", run_id, log->name) >= 0) {
    whole_folder_put(folder, path, packed, n);
    free(path);
    free(packed);
    return 0;
  }
  free(packed);
  return no_memory(plotty);
}

static int by_name(const void *a, const void *b)
{
  const struct log *const *x = a, *const *y = b;
  return strcmp(x[0]->name, y[0]->name);
}

// All logs by name, so that twins stand side by side. The caller's; NULL: no
// memory.
static struct log **name_all(struct plotty *plotty, size_t *n)
{
  *n = 0;
  for (struct log *log = plotty->logs; log; log = log->next) ++*n;
  struct log **all = malloc((*n + 1) * sizeof *all);
  size_t i = 0;
  for (struct log *log = plotty->logs; all && log; log = log->next) {
    log->name = log_name(plotty, log->row);
    if (!log->name || fflush(log->out)) {
      free(all);
      return NULL;
    }
    all[i++] = log;
  }
  if (all) qsort(all, *n, sizeof *all, by_name);
  return all;
}

static int put_all(struct plotty *plotty, const char *run_id,
                   struct whole_folder *folder)
{
  size_t n;
  struct log **all = name_all(plotty, &n);
  int result = all ? 0 : no_memory(plotty);
  for (size_t i = 0; !result && i < n; i++)
    if (i && strcmp(all[i - 1]->name, all[i]->name) == 0)
      result = refuse_twins(plotty, all[i], all[i - 1], all[i]->name);
    else
      result = put_log(plotty, all[i], run_id, folder);
  free(all);
  return result;
}

static int put_logs(struct plotty *plotty, const struct export_job *job)
{
  const char *run_id = json_string_value(
      json_object_get(export_rows_run(plotty->rows), "run_id"));
  if (run_id && !strchr(run_id, '/'))
    return put_all(plotty, run_id, job->folder);
  snprintf(plotty->error, plotty->error_size, "%s/run.json: has no run_id",
           job->directory);
  return -EINVAL;
}

static void free_logs(struct plotty *plotty)
{
  for (struct log *log = plotty->logs, *next; log; log = next) {
    next = log->next;
    if (log->out) fclose(log->out);
    free(log->text);
    free(log->name);
    free(log);
  }
}

static int write_plotty(const struct export_job *job, char *error,
                        size_t error_size)
{
  struct plotty plotty = {.error = error, .error_size = error_size};
  plotty.rows = export_rows_open(job->directory, error, error_size);
  if (!plotty.rows) return WANE_EXIT_ENVIRONMENT;
  plotty.command = command_of(plotty.rows);
  int result = plotty.command ? read_rows(&plotty) : no_memory(&plotty);
  if (!result) result = put_logs(&plotty, job);
  free_logs(&plotty);
  for (size_t i = 0; i < plotty.n_parts; i++) free(plotty.parts[i].cells);
  export_rows_close(plotty.rows);
  free(plotty.parts);
  free(plotty.command);
  return result ? WANE_EXIT_ENVIRONMENT : WANE_EXIT_OK;
}

const struct export_format export_plotty = {
    .name = "plotty",
    .help = "logs as running-ng leaves them, which plotty reads",
    .output = EXPORT_FOLDER,
    .write = write_plotty};
