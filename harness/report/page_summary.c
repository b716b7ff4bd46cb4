// page_summary.c: what was run, how it went, and how configurations compare.
// SPDX-License-Identifier: MIT
//
// A configuration has its heap factor with it; a cell is what all of them are
// to do: a workload, its size, and how many mutators. Costs include the drain.
// In each cell a configuration's mean stands against the least mean there; the
// geometric mean is over the cells that all configurations have, and where none
// failed; those that are not are named. Experiments with no such cell are
// compared each by itself.
#include "page_parts.h"

#include "html.h"
#include "report_group.h"
#include "stats.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct mean {
  double sum;
  size_t n;
};

struct configuration {
  char *key;
  double hfac;
  size_t n, failed, excluded; // invocations
  double wall, clock;         // geometric means of ratios
};

struct cell {
  const char *suite, *benchmark, *size;
  uint32_t mutators;
  size_t failed; // invocations
  bool common;   // all configurations have it, and none failed there
};

#define ALL_SOURCES SIZE_MAX

enum { WALL, CLOCK, COSTS };

struct compared {
  const struct report *report;
  enum report_class class;
  size_t source; // ALL_SOURCES, or of this one alone
  struct configuration *configurations;
  size_t n_configurations;
  struct cell *cells;
  size_t n_cells, n_common;
  size_t *configuration_of, *cell_of; // of each run
  struct mean *means[COSTS];          // [configuration * n_cells + cell]
};

// --- who is compared -------------------------------------------------------

static int find_configuration(struct compared *c, const struct report_run *run,
                              size_t *index)
{
  char *key = report_run_key(run, REPORT_OVER_MUTATORS);
  if (!key) return -ENOMEM;
  for (size_t i = 0; i < c->n_configurations; i++) {
    if (strcmp(c->configurations[i].key, key)) continue;
    free(key);
    *index = i;
    return 0;
  }
  *index = c->n_configurations;
  c->configurations[c->n_configurations++] =
      (struct configuration){.key = key, .hfac = run->hfac, .wall = NAN,
                             .clock = NAN};
  return 0;
}

static size_t find_cell(struct compared *c, const struct report_run *run)
{
  const char *benchmark = run->field[REPORT_BENCHMARK];
  const char *size = run->field[REPORT_SIZE];
  const char *suite = run->field[REPORT_SUITE];
  for (size_t i = 0; i < c->n_cells; i++)
    if (strcmp(c->cells[i].suite, suite) == 0 &&
        strcmp(c->cells[i].benchmark, benchmark) == 0 &&
        strcmp(c->cells[i].size, size) == 0 &&
        c->cells[i].mutators == run->mutators)
      return i;
  c->cells[c->n_cells] = (struct cell){.suite = suite,
                                       .benchmark = benchmark,
                                       .size = size,
                                       .mutators = run->mutators};
  return c->n_cells++;
}

static void add_cost(struct mean *mean, double run, double drain)
{
  if (isnan(run)) return;
  mean->sum += run + (isnan(drain) ? 0 : drain);
  mean->n++;
}

static void add_run(struct compared *c, size_t i)
{
  const struct report_run *run = &c->report->runs[i];
  struct configuration *to = &c->configurations[c->configuration_of[i]];
  size_t at = c->configuration_of[i] * c->n_cells + c->cell_of[i];
  bool failed = strcmp(run->field[REPORT_STATUS], "ok") != 0;
  to->failed += failed;
  c->cells[c->cell_of[i]].failed += failed;
  to->excluded += run->excluded != NULL;
  to->n++;
  if (run->excluded || run->class == REPORT_EMULATED) return; // no times
  add_cost(&c->means[WALL][at],
           report_value_of(run, "time.wall", "process", "total"),
           report_value_of(run, "time.wall.drain", "process", "total"));
  add_cost(&c->means[CLOCK][at],
           report_value_of(run, "time.task_clock", "process", "total"),
           report_value_of(run, "time.task_clock.drain", "process", "total"));
}

// --- how they compare ------------------------------------------------------

static double mean_of(const struct compared *c, int cost, size_t configuration,
                      size_t cell)
{
  const struct mean *mean =
      &c->means[cost][configuration * c->n_cells + cell];
  return mean->n ? mean->sum / (double)mean->n : NAN;
}

static double least_of(const struct compared *c, int cost, size_t cell)
{
  double least = NAN;
  for (size_t i = 0; i < c->n_configurations; i++)
    least = fmin(least, mean_of(c, cost, i, cell));
  return least;
}

static void find_common(struct compared *c)
{
  for (size_t k = 0; k < c->n_cells; k++) {
    bool common = !c->cells[k].failed;
    for (size_t i = 0; i < c->n_configurations; i++)
      common = common && mean_of(c, WALL, i, k) > 0;
    c->cells[k].common = common;
    c->n_common += common;
  }
}

// NaN where there is no number, or nothing in common.
static double geomean(const struct compared *c, int cost, size_t configuration,
                      double *ratios)
{
  size_t n = 0;
  for (size_t k = 0; k < c->n_cells; k++)
    if (c->cells[k].common)
      ratios[n++] = mean_of(c, cost, configuration, k) / least_of(c, cost, k);
  return n ? stats_geomean(ratios, n, 0.95).mean : NAN;
}

static bool is_in(const struct compared *c, const struct report_run *run)
{
  return run->class == c->class &&
         (c->source == ALL_SOURCES || run->source == c->source);
}

static int gather(struct compared *c)
{
  const struct report *report = c->report;
  size_t n = report->n_runs;
  int result = 0;
  c->configurations = calloc(n, sizeof *c->configurations);
  c->cells = calloc(n, sizeof *c->cells);
  c->configuration_of = calloc(n, sizeof *c->configuration_of);
  c->cell_of = calloc(n, sizeof *c->cell_of);
  if (!c->configurations || !c->cells || !c->configuration_of || !c->cell_of)
    return -ENOMEM;
  for (size_t i = 0; !result && i < n; i++) {
    if (!is_in(c, &report->runs[i])) continue;
    result = find_configuration(c, &report->runs[i], &c->configuration_of[i]);
    c->cell_of[i] = find_cell(c, &report->runs[i]);
  }
  for (int cost = 0; cost < COSTS; cost++) {
    c->means[cost] =
        calloc(c->n_configurations * c->n_cells + 1, sizeof *c->means[cost]);
    if (!c->means[cost]) result = -ENOMEM;
  }
  for (size_t i = 0; !result && i < n; i++)
    if (is_in(c, &report->runs[i])) add_run(c, i);
  return result;
}

static int compare(struct compared *c)
{
  int result = gather(c);
  double *ratios = calloc(c->n_cells + 1, sizeof *ratios);
  if (!ratios) result = -ENOMEM;
  if (!result) find_common(c);
  for (size_t i = 0; !result && i < c->n_configurations; i++) {
    c->configurations[i].wall = geomean(c, WALL, i, ratios);
    c->configurations[i].clock = geomean(c, CLOCK, i, ratios);
  }
  free(ratios);
  return result;
}

static void forget(struct compared *c)
{
  for (size_t i = 0; i < c->n_configurations; i++)
    free(c->configurations[i].key);
  for (int cost = 0; cost < COSTS; cost++) free(c->means[cost]);
  free(c->configurations);
  free(c->cells);
  free(c->configuration_of);
  free(c->cell_of);
}

// --- what it looks like ----------------------------------------------------

static void card(FILE *out, const char *class, const char *number,
                 const char *what)
{
  fprintf(out, "<li%s%s%s><b>", *class ? " class=\"" : "", class,
          *class ? "\"" : "");
  html_text(out, number);
  fputs("</b>", out);
  html_text(out, what);
  fputs("</li>\n", out);
}

static void count_card(FILE *out, const char *class, size_t n,
                       const char *what)
{
  char text[32];
  snprintf(text, sizeof text, "%zu", n);
  card(out, class, text, what);
}

static size_t failed_of(const struct report *report)
{
  size_t n = 0;
  for (size_t i = 0; i < report->n_runs; i++)
    n += strcmp(report->runs[i].field[REPORT_STATUS], "ok") != 0;
  return n;
}

// Good ones that no figure has: another variety, threads elsewhere.
static size_t unused_of(const struct report *report)
{
  size_t n = 0;
  for (size_t i = 0; i < report->n_runs; i++)
    n += report->runs[i].excluded != NULL;
  return n - failed_of(report);
}

static void extreme_card(const struct compared *c, bool best, FILE *out)
{
  const struct configuration *found = NULL;
  for (size_t i = 0; i < c->n_configurations; i++) {
    const struct configuration *other = &c->configurations[i];
    if (isnan(other->wall)) continue;
    if (!found ||
        (best ? other->wall < found->wall : other->wall > found->wall))
      found = other;
  }
  if (!found) return;
  char text[160];
  snprintf(text, sizeof text,
           "%s geometric mean of time%s: %.3f times the least%s%s",
           best ? "best" : "worst", c->n_common == 1 ? " (one cell)" : "",
           found->wall, c->class == REPORT_MEASURED ? "" : ", ",
           c->class == REPORT_MEASURED ? "" : report_class_name(c->class));
  card(out, "wide", found->key, text);
}

static void table(const struct compared *c, FILE *out)
{
  static const struct page_head heads[] = {
      {"configuration", false}, {"heap factor", true}, {"invocations", true},
      {"failed", true}, {"not in figures", true}, {"time, ratio", true},
      {"task clock, ratio", true}};
  char caption[512];
  bool one = c->source != ALL_SOURCES;
  snprintf(caption, sizeof caption,
           "Configurations, %s%s%.200s. Ratios: geometric means over %zu of "
           "%zu cells (a workload, its size, mutators); 1: the least in all",
           report_class_name(c->class), one ? ", " : "",
           one ? report_source_name(c->report, c->source) : "", c->n_common,
           c->n_cells);
  page_table_begin(out, caption, heads, sizeof heads / sizeof heads[0]);
  for (size_t i = 0; i < c->n_configurations; i++) {
    const struct configuration *it = &c->configurations[i];
    fputs("<tr>", out);
    page_long_cell(out, it->key);
    page_number_cell(out, it->hfac);
    page_number_cell(out, (double)it->n);
    page_number_cell(out, (double)it->failed);
    page_number_cell(out, (double)it->excluded);
    page_number_cell(out, it->wall);
    page_number_cell(out, it->clock);
    fputs("</tr>\n", out);
  }
  page_table_end(out);
}

// Which cells the geometric means do without.
static void left_cells(const struct compared *c, FILE *out)
{
  if (c->n_common == c->n_cells) return;
  fprintf(out,
          "<details><summary>%zu of %zu cells are not in the geometric means: "
          "a configuration has no number there, or failed</summary><ul>\n",
          c->n_cells - c->n_common, c->n_cells);
  for (size_t k = 0; k < c->n_cells; k++) {
    const struct cell *cell = &c->cells[k];
    if (cell->common) continue;
    size_t missing = 0;
    if (cell->failed) {
      fputs("<li>", out);
      html_printf(out, "%s, %s, %u mutators: %zu failed", cell->benchmark,
                  cell->size, cell->mutators, cell->failed);
      fputs("</li>\n", out);
      continue;
    }
    const char *one = "";
    for (size_t i = 0; i < c->n_configurations; i++) {
      if (mean_of(c, WALL, i, k) > 0) continue;
      if (!missing++) one = c->configurations[i].key;
    }
    fputs("<li>", out);
    html_printf(out, "%s, %s, %u mutators: missing from %zu, such as %s",
                cell->benchmark, cell->size, cell->mutators, missing, one);
    fputs("</li>\n", out);
  }
  fputs("</ul></details>\n", out);
}

static void boxes(const struct compared *all, size_t n, FILE *out)
{
  for (size_t i = 0; i < n; i++) {
    if (!all[i].n_configurations) continue;
    fputs("<div class=\"box\">\n", out);
    table(&all[i], out);
    left_cells(&all[i], out);
    fputs("</div>\n", out);
  }
}

static void cards(const struct report *report, const struct compared *all,
                  size_t n, FILE *out)
{
  size_t failed = failed_of(report), unused = unused_of(report);
  fputs("<ul class=\"cards\">\n", out);
  count_card(out, "", report->n_sources,
             report->n_sources == 1 ? "experiment" : "experiments");
  count_card(out, "", report->n_runs, "invocations");
  count_card(out, failed ? "bad" : "good", failed, "of them failed");
  if (unused) count_card(out, "", unused, "good, but in no figure");
  for (size_t i = 0; i < n; i++) {
    if (all[i].n_configurations < 2) continue;
    extreme_card(&all[i], true, out);
    extreme_card(&all[i], false, out);
  }
  fputs("</ul>\n", out);
}

// All experiments together, or if they have nothing in common each of them.
// Adds to all[*n].
static int compare_class(const struct report *report, enum report_class class,
                         struct compared *all, size_t *n)
{
  struct compared *c = &all[(*n)++];
  *c = (struct compared){
      .report = report, .class = class, .source = ALL_SOURCES};
  int result = compare(c);
  if (result || c->n_common || !c->n_cells || report->n_sources < 2)
    return result;
  forget(c);
  --*n;
  for (size_t i = 0; !result && i < report->n_sources; i++) {
    all[*n] =
        (struct compared){.report = report, .class = class, .source = i};
    result = compare(&all[(*n)++]);
  }
  return result;
}

int page_summary(const struct report *report, FILE *out)
{
  size_t n = 0;
  int result = 0;
  struct compared *all =
      calloc(REPORT_CLASSES * (report->n_sources + 1), sizeof *all);
  if (!all) return -ENOMEM;
  for (int i = 0; !result && i < REPORT_CLASSES; i++)
    result = compare_class(report, (enum report_class)i, all, &n);
  fputs("<h2 id=\"summary\">Summary</h2>\n", out);
  if (!result) {
    cards(report, all, n, out);
    boxes(all, n, out);
  }
  for (size_t i = 0; i < n; i++) forget(&all[i]);
  free(all);
  return result;
}
