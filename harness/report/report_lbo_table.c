// report_lbo_table.c: T2: lower-bound overhead of each workload, at one heap.
// SPDX-License-Identifier: MIT
//
// A row per workload and one of intervals below it, then least, most, mean and
// geometric mean over the workloads that all configurations but nogc complete
// there; the others are grey, and a failure is a star.
#include "report_cost.h"
#include "report_figure.h"

#include "csv.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct lbo_table {
  struct report_costs costs;
  struct report_paper *paper;
  double at;  // the factor that is shown; NaN: there is none
  bool *used; // panels that count
  size_t n_used;
};

enum summary { LEAST, MOST, MEAN, GEOMEAN, SUMMARIES };
static const char *const summaries[] = {"min", "max", "mean", "geomean"};

// --- numbers ---------------------------------------------------------------

// At that factor, or without any: a configuration with no limit has one cell.
static const struct report_cost_cell *cell_of(const struct lbo_table *table,
                                              size_t panel, size_t series)
{
  const struct report_cost_cell *cell =
      report_cost_at(&table->costs, panel, series, table->at);
  return cell ? cell : report_cost_at(&table->costs, panel, series, NAN);
}

// Configurations that are meant for another factor do not count here.
static bool is_here(const struct lbo_table *table, size_t series)
{
  for (size_t i = 0; i < table->costs.n_panels; i++)
    if (cell_of(table, i, series)) return true;
  return false;
}

static bool counts(const struct lbo_table *table, size_t panel)
{
  for (size_t s = 0; s < table->costs.view->n_series; s++) {
    if (!is_here(table, s) || report_cost_is_nogc(&table->costs, s)) continue;
    for (int k = 0; k < REPORT_COSTS; k++)
      if (!report_cost_complete(cell_of(table, panel, s), (enum report_cost)k))
        return false;
  }
  return true;
}

static double factor_of(const struct lbo_table *table, size_t series)
{
  for (size_t i = 0; i < table->costs.n_panels; i++)
    if (report_cost_at(&table->costs, i, series, table->at)) return table->at;
  return NAN;
}

static struct stats_interval summarize(const struct lbo_table *table,
                                       size_t series, enum report_cost cost,
                                       enum summary what)
{
  double sum = 0, least = INFINITY, most = 0;
  struct stats_interval result = {NAN, NAN, NAN, NAN, table->n_used};
  if (what == GEOMEAN)
    return report_cost_geomean(&table->costs, table->used, series,
                               factor_of(table, series), cost);
  for (size_t i = 0; i < table->costs.n_panels; i++) {
    if (!table->used[i]) continue;
    const struct report_cost_cell *cell = cell_of(table, i, series);
    if (!report_cost_complete(cell, cost)) return result;
    sum += cell->lbo[cost].mean;
    least = fmin(least, cell->lbo[cost].mean);
    most = fmax(most, cell->lbo[cost].mean);
  }
  if (table->n_used)
    result.mean = what == LEAST  ? least
                  : what == MOST ? most
                                 : sum / (double)table->n_used;
  return result;
}

// --- rows ------------------------------------------------------------------

static void put_csv(const struct lbo_table *table, const char *row,
                    const struct report_item *item, size_t series,
                    enum report_cost cost, struct stats_interval i,
                    const char *status, bool counted)
{
  FILE *csv = table->paper->csv;
  const struct report_view *view = table->costs.view;
  const double numbers[] = {factor_of(table, series), i.mean, i.low, i.high};
  fprintf(csv, "%s,%s,%s,", report_class_name(view->class),
          report_cost_names[cost], row);
  csv_field(csv, item ? item->run->field[REPORT_BENCHMARK] : NULL);
  putc(',', csv);
  csv_field(csv, item ? item->size : NULL);
  fprintf(csv, ",%s,", item ? item->run->field[REPORT_MUTATORS] : "NA");
  csv_field(csv, view->labels[series]);
  putc(',', csv);
  csv_field(csv, view->keys[series]);
  report_row_numbers(table->paper, numbers, 4);
  fprintf(csv, ",%zu,%s,%d", i.n, status, counted);
  report_row_end(table->paper);
}

static void put_number(const struct lbo_table *table, enum report_look look,
                       struct stats_interval i, const char *status)
{
  bool failed = strcmp(status, "ok") != 0 && strcmp(status, "not run") != 0;
  if (failed)
    report_table_cell(table->paper->table, look, "*");
  else if (isnan(i.mean))
    report_table_cell(table->paper->table, look, "-");
  else
    report_table_cell(table->paper->table, look, "%.3f", i.mean);
}

static void put_interval(const struct lbo_table *table, bool grey,
                         struct stats_interval i)
{
  enum report_look look = grey ? REPORT_GREY : REPORT_SMALL;
  if (isnan(i.low))
    report_table_cell(table->paper->table, look, "%s", "");
  else
    report_table_cell(table->paper->table, look, "[%.3f, %.3f]", i.low, i.high);
}

static void put_workload(const struct lbo_table *table, size_t panel,
                         enum report_cost cost)
{
  static const struct stats_interval none = {NAN, NAN, NAN, NAN, 0};
  const struct report_cost_panel *p = &table->costs.panels[panel];
  enum report_look look = table->used[panel] ? REPORT_PLAIN : REPORT_GREY;
  for (int line = 0; line < 2; line++) {
    report_table_cell(table->paper->table, look, "%s", line ? "" : p->name);
    for (size_t s = 0; s < table->costs.view->n_series; s++) {
      const struct report_cost_cell *cell = cell_of(table, panel, s);
      const char *status = !cell ? "not run" : cell->failed ? cell->why : "ok";
      struct stats_interval i = cell && !cell->failed ? cell->lbo[cost] : none;
      if (!is_here(table, s)) continue;
      if (line) {
        put_interval(table, !table->used[panel], i);
        continue;
      }
      put_csv(table, "workload", p->item, s, cost, i, status,
              table->used[panel]);
      put_number(table, look, i, status);
    }
  }
}

static void put_summary(const struct lbo_table *table, enum report_cost cost,
                        enum summary what)
{
  int lines = what == GEOMEAN ? 2 : 1;
  for (int line = 0; line < lines; line++) {
    report_table_cell(table->paper->table, REPORT_HEAD, "%s",
                      line ? "" : summaries[what]);
    for (size_t s = 0; s < table->costs.view->n_series; s++) {
      if (!is_here(table, s)) continue;
      struct stats_interval i = summarize(table, s, cost, what);
      if (line) {
        put_interval(table, false, i);
        continue;
      }
      put_csv(table, summaries[what], NULL, s, cost, i,
              isnan(i.mean) ? "not run" : "ok", true);
      put_number(table, REPORT_PLAIN, i, "ok");
    }
  }
}

// --- the table -------------------------------------------------------------

static void put_heads(const struct lbo_table *table, const char *columns)
{
  const struct report_view *view = table->costs.view;
  report_table_begin(table->paper->table, table->paper->stem, columns);
  report_table_cell(table->paper->table, REPORT_HEAD, "LBO");
  for (size_t s = 0; s < view->n_series; s++) {
    if (!is_here(table, s)) continue;
    bool unlimited = !isnan(table->at) && isnan(factor_of(table, s));
    report_table_cell(table->paper->table, REPORT_HEAD, "%s%s", view->labels[s],
                      unlimited ? " (no limit)" : "");
  }
}

static int put_table(const struct lbo_table *table)
{
  size_t n = 0;
  for (size_t s = 0; s < table->costs.view->n_series; s++)
    n += is_here(table, s);
  char *columns = malloc(n + 2);
  if (!columns) return -ENOMEM;
  memset(columns, 'r', n + 1);
  columns[0] = 'l';
  columns[n + 1] = '\0';
  put_heads(table, columns);
  for (int k = 0; k < REPORT_COSTS; k++) {
    report_table_rule(table->paper->table);
    report_table_heading(table->paper->table, report_cost_titles[k]);
    for (size_t i = 0; i < table->costs.n_panels; i++)
      put_workload(table, i, (enum report_cost)k);
    for (int i = 0; i < SUMMARIES; i++)
      put_summary(table, (enum report_cost)k, (enum summary)i);
  }
  report_table_end(table->paper->table);
  table->paper->drawn = true;
  free(columns);
  return 0;
}

static void caption(const struct lbo_table *table, FILE *out)
{
  const struct report_costs *costs = &table->costs;
  fputs("T2: lower-bound overhead (LBO) of each workload", out);
  if (isnan(table->at))
    fputs(", without heap factors: no run has one.\n", out);
  else
    fprintf(out, " at %.3f times its minimum heap (wanted: %g).\n", table->at,
            costs->view->at);
  fprintf(out,
          "The last rows are over the %zu workloads that all configurations "
          "but nogc complete there;\nthe others are grey. *: an invocation "
          "failed; -: not run, or not known.\n",
          table->n_used);
  report_cost_caption(costs, out);
  for (size_t i = 0; i < costs->n_panels; i++)
    if (!table->used[i])
      fprintf(out, "Grey: %s%s%s.\n", costs->panels[i].name,
              costs->panels[i].excluded ? ": " : "",
              costs->panels[i].excluded ? costs->panels[i].excluded : "");
}

static int draw(const struct report_view *view, struct report_paper *paper)
{
  struct lbo_table table = {.paper = paper};
  int result = report_costs_make(&table.costs, view);
  table.used = calloc(table.costs.n_panels + 1, sizeof *table.used);
  if (!table.used) result = -ENOMEM;
  table.at = view->factor;
  for (size_t i = 0; !result && i < table.costs.n_panels; i++) {
    table.used[i] = counts(&table, i);
    table.n_used += table.used[i];
  }
  fputs("class,cost,row,benchmark,size,mutators,series,configuration,hfac,lbo,"
        "low,high,n,status,counted\n",
        paper->csv);
  if (!result) caption(&table, paper->caption);
  if (!result && !table.costs.refused) result = put_table(&table);
  report_costs_free(&table.costs);
  free(table.used);
  return result;
}

const struct report_figure report_lbo_table = {
    .name = "T2",
    .title = "Lower-bound overhead of each workload",
    .help = "lower-bound overhead of each workload at one heap factor (--at)",
    .kind = REPORT_TABLE,
    .axis = REPORT_OVER_HEAP,
    .of_time = true,
    .draw = draw};
