// report_listing.c: tables of statistics: workloads and configurations down.
// SPDX-License-Identifier: MIT
#include "report_listing.h"

#include "csv.h"
#include "stats.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct drawing {
  const struct report_listing *listing;
  const struct report_view *view;
  struct report_paper *paper;
  double at; // NaN: no run has a factor
  bool *known;
  size_t n_known;
};

// --- which runs ------------------------------------------------------------

// At the nearest factor, or with none.
static bool is_here(const struct drawing *d, const struct report_item *item)
{
  if (d->listing->has && !d->listing->has(item->run)) return false;
  return isnan(item->x) || item->x == d->at;
}

static void find_known(struct drawing *d)
{
  for (size_t k = 0; k < d->listing->n; k++) {
    const struct report_statistic *s = &d->listing->statistics[k];
    if (s->of_time && d->view->class == REPORT_EMULATED) continue;
    for (size_t i = 0; i < d->view->n && !d->known[k]; i++)
      d->known[k] = is_here(d, &d->view->items[i]) &&
                    !isnan(s->of(d->view->items[i].run, d->listing->context));
    d->n_known += d->known[k];
  }
}

// --- rows ------------------------------------------------------------------

static struct stats_interval mean_of(const struct drawing *d, size_t begin,
                                     size_t end,
                                     const struct report_statistic *s)
{
  struct stats_interval none = {NAN, NAN, NAN, NAN, end - begin};
  double *values = malloc((end - begin + 1) * sizeof *values);
  if (!values) return none;
  for (size_t i = begin; i < end; i++)
    values[i - begin] = s->of(d->view->items[i].run, d->listing->context);
  struct stats_interval mean = stats_mean(values, end - begin, 0.95);
  free(values);
  return mean;
}

static void put_csv(const struct drawing *d, const struct report_item *item,
                    const struct report_statistic *s, struct stats_interval i)
{
  FILE *csv = d->paper->csv;
  const double numbers[] = {i.mean, i.low, i.high};
  fprintf(csv, "%s,", report_class_name(d->view->class));
  csv_field(csv, item->run->field[REPORT_BENCHMARK]);
  putc(',', csv);
  csv_field(csv, item->size);
  fprintf(csv, ",%s,", item->run->field[REPORT_MUTATORS]);
  csv_field(csv, item->label);
  putc(',', csv);
  csv_field(csv, item->key);
  report_row_numbers(d->paper, &item->x, 1);
  fprintf(csv, ",%s,%s", s->name, s->unit);
  report_row_numbers(d->paper, numbers, 3);
  fprintf(csv, ",%zu", i.n);
  report_row_end(d->paper);
}

// The name of a workload stands in the first of its rows.
static void put_row(const struct drawing *d, size_t begin, size_t end,
                    bool first)
{
  const struct report_item *item = &d->view->items[begin];
  char *name = first ? report_panel_name(d->view, item) : NULL;
  bool unlimited = isnan(item->x) && !isnan(d->at);
  report_table_cell(d->paper->table, REPORT_PLAIN, "%s", name ? name : "");
  report_table_cell(d->paper->table, REPORT_PLAIN, "%s%s", item->label,
                    unlimited ? " (no limit)" : "");
  for (size_t k = 0; k < d->listing->n; k++) {
    const struct report_statistic *s = &d->listing->statistics[k];
    if (!d->known[k]) continue;
    struct stats_interval i = mean_of(d, begin, end, s);
    put_csv(d, item, s, i);
    report_table_number(d->paper->table, REPORT_PLAIN, i.mean * s->times,
                        s->digits);
  }
  free(name);
}

static size_t put_rows(const struct drawing *d)
{
  size_t rows = 0;
  for (size_t i = 0, end, last; i < d->view->n; i = end) {
    bool first = true;
    end = report_view_end(d->view, i, report_same_panel);
    for (; i < end; i = last) {
      last = report_view_end(d->view, i, report_same_point);
      if (!is_here(d, &d->view->items[i])) continue;
      if (first && rows) report_table_rule(d->paper->table);
      put_row(d, i, last, first);
      first = false;
      rows++;
    }
  }
  return rows;
}

// --- the table -------------------------------------------------------------

static int put_heads(const struct drawing *d)
{
  char *columns = malloc(d->n_known + 3);
  if (!columns) return -ENOMEM;
  memset(columns, 'r', d->n_known + 2);
  memcpy(columns, "ll", 2);
  columns[d->n_known + 2] = '\0';
  report_table_begin(d->paper->table, d->paper->stem, columns);
  report_table_cell(d->paper->table, REPORT_HEAD, "workload");
  report_table_cell(d->paper->table, REPORT_HEAD, "configuration");
  for (size_t k = 0; k < d->listing->n; k++)
    if (d->known[k])
      report_table_cell(d->paper->table, REPORT_HEAD, "%s",
                        d->listing->statistics[k].head);
  report_table_rule(d->paper->table);
  free(columns);
  return 0;
}

static void list_survivors(const struct drawing *d)
{
  for (size_t i = 0, end; i < d->view->n; i = end) {
    const struct report_item *item = &d->view->items[i];
    size_t failed = report_failed_beside(d->view, item);
    end = report_view_end(d->view, i, report_same_point);
    if (!failed || !is_here(d, item)) continue;
    char *name = report_panel_name(d->view, item);
    fprintf(d->paper->caption,
            "Of survivors: %s, %s: %zu of %zu invocations failed.\n",
            name ? name : "", item->label, failed, failed + end - i);
    free(name);
  }
}

static void caption(const struct drawing *d)
{
  FILE *out = d->paper->caption;
  const char *before = "Missing, for no run has it: ";
  if (d->view->class == REPORT_EMULATED)
    before = "Missing, for no run has it, or it is a time of an emulated "
             "machine: ";
  fputs("Means over invocations, of the timed iteration; the csv has 95 % "
        "intervals.\n",
        out);
  if (isnan(d->at))
    fputs("No run has a heap factor.\n", out);
  else
    fprintf(out,
            "At %.3f times the minimum heap (wanted: %g); configurations with "
            "no limit are without.\n",
            d->at, d->view->at);
  for (size_t k = 0; k < d->listing->n; k++) {
    if (d->known[k]) continue;
    fprintf(out, "%s%s", before, d->listing->statistics[k].name);
    before = ", ";
  }
  if (*before == ',') fputs(".\n", out);
  list_survivors(d);
}

int report_listing_draw(const struct report_listing *listing,
                        const struct report_view *view,
                        struct report_paper *paper)
{
  struct drawing d = {listing, view, paper, view->factor, NULL, 0};
  d.known = calloc(listing->n, sizeof *d.known);
  if (!d.known) return -ENOMEM;
  find_known(&d);
  fputs("class,benchmark,size,mutators,series,configuration,hfac,statistic,"
        "unit,mean,low,high,n\n",
        paper->csv);
  caption(&d);
  int result = d.n_known ? put_heads(&d) : 0;
  if (!result && d.n_known) {
    paper->drawn = put_rows(&d) > 0;
    report_table_end(paper->table);
  }
  free(d.known);
  return result;
}
