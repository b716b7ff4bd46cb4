// claims_table.c: tables as a paper has them: a row per benchmark.
// SPDX-License-Identifier: MIT

#include "claims_table.h"

#include "claims_cells.h"
#include "csv.h"
#include "tex.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// --- numbers ---------------------------------------------------------------

static int add_rows(struct claim_rows *rows, const struct claim_cells *cells)
{
  struct claim_row *more =
      realloc(rows->rows, (rows->n + cells->n) * sizeof *more);
  if (!more) return -ENOMEM;
  rows->rows = more;
  for (size_t i = 0; i < cells->n; i++) {
    struct claim_row *row = &more[rows->n];
    *row = (struct claim_row){.first = cells->cells[i].first};
    row->values = calloc(rows->table->n_columns, sizeof *row->values);
    if (!row->values) return -ENOMEM;
    rows->n++;
  }
  return 0;
}

static void fill(struct claim_row *row, size_t column,
                 const struct claim_cell *cell)
{
  if (*cell->why && !*row->why)
    snprintf(row->why, sizeof row->why, "%s", cell->why);
  if (!*cell->why)
    row->values[column] = stats_mean(cell->values, cell->n, CLAIM_CONFIDENCE);
}

// One column of the rows of one configuration, which begin at `begin`.
static int add_column(struct claim_rows *rows, const struct report *report,
                      const struct claim_pick *pick, size_t column,
                      size_t begin)
{
  const struct claim_measure *measure = &rows->table->columns[column].measure;
  struct claim_bounds bounds[CLAIM_COSTS] = {{0}};
  struct claim_cells cells = {0};
  int result = claim_measure_bounds(measure, report, bounds);
  if (!result) result = claim_cells_find(&cells, report, pick, measure, bounds);
  if (!result && !column && cells.n) result = add_rows(rows, &cells);
  // Which cells there are does not depend on what is measured.
  for (size_t i = 0; !result && i < cells.n; i++)
    fill(&rows->rows[begin + i], column, &cells.cells[i]);
  claim_cells_free(&cells);
  for (int i = 0; i < CLAIM_COSTS; i++) claim_bounds_free(&bounds[i]);
  return result;
}

static int by_place(const void *a, const void *b)
{
  const struct report_run *x = ((const struct claim_row *)a)->first;
  const struct report_run *y = ((const struct claim_row *)b)->first;
  int order = claim_run_order(x, y);
  return order ? order
               : strcmp(x->field[REPORT_CONFIG], y->field[REPORT_CONFIG]);
}

int claim_rows_make(struct claim_rows *rows, const struct claim_table *table,
                    const struct report *report)
{
  *rows = (struct claim_rows){.table = table};
  int result = 0;
  for (size_t i = 0; !result && i < table->n_configs; i++) {
    const struct claim_pick pick = {.config = table->configs[i], .hfac = NAN};
    size_t begin = rows->n;
    for (size_t k = 0; !result && k < table->n_columns; k++)
      result = add_column(rows, report, &pick, k, begin);
  }
  if (rows->n) qsort(rows->rows, rows->n, sizeof *rows->rows, by_place);
  return result;
}

void claim_rows_free(struct claim_rows *rows)
{
  for (size_t i = 0; i < rows->n; i++) free(rows->rows[i].values);
  free(rows->rows);
  *rows = (struct claim_rows){0};
}

// --- out -------------------------------------------------------------------

static void put_number(FILE *out, double value)
{
  char text[32];
  csv_number(text, value);
  fprintf(out, ",%s", text);
}

static void put_fields(FILE *out, const struct claim_row *row)
{
  static const enum report_field fields[] = {REPORT_SUITE, REPORT_BENCHMARK,
                                             REPORT_CONFIG};
  for (size_t i = 0; i < 3; i++) {
    if (i) fputc(',', out);
    csv_field(out, row->first->field[fields[i]]);
  }
  put_number(out, row->first->hfac);
  put_number(out, row->first->mutators);
}

void claim_rows_csv(const struct claim_rows *rows, FILE *out)
{
  const struct claim_table *table = rows->table;
  fputs("suite,benchmark,config,hfac,mutators", out);
  for (size_t k = 0; k < table->n_columns; k++) {
    static const char *const parts[] = {"", " low", " high", " n"};
    for (size_t i = 0; i < 4; i++) {
      char head[200];
      snprintf(head, sizeof head, "%s%s", table->columns[k].name, parts[i]);
      fputc(',', out);
      csv_field(out, head);
    }
  }
  fputs(",reason\n", out);
  for (size_t i = 0; i < rows->n; i++) {
    const struct claim_row *row = &rows->rows[i];
    put_fields(out, row);
    for (size_t k = 0; k < table->n_columns; k++) {
      const struct stats_interval *v = &row->values[k];
      put_number(out, v->n ? v->mean : NAN);
      put_number(out, v->n ? v->low : NAN);
      put_number(out, v->n ? v->high : NAN);
      put_number(out, v->n ? (double)v->n : NAN);
    }
    fputc(',', out);
    csv_field(out, row->why);
    fputc('\n', out);
  }
}

static void cell_text(char text[32], const struct claim_row *row, size_t k)
{
  double mean = row->values[k].mean;
  if (row->values[k].n) // no exponents, and no more digits than can be read
    snprintf(text, 32, fabs(mean) >= 1e3 ? "%.0f" : "%.4g", mean);
  else
    snprintf(text, 32, "--");
}

static size_t repetitions(const struct claim_rows *rows)
{
  size_t n = 0;
  for (size_t i = 0; i < rows->n; i++)
    if (rows->rows[i].values[0].n > n) n = rows->rows[i].values[0].n;
  return n;
}

// Of the longest text in that column.
static int width(const struct claim_rows *rows, enum report_field field)
{
  size_t most = 0;
  for (size_t i = 0; i < rows->n; i++) {
    size_t length = strlen(rows->rows[i].first->field[field]);
    if (length > most) most = length;
  }
  return (int)most;
}

void claim_rows_txt(const struct claim_rows *rows, FILE *out)
{
  const struct claim_table *table = rows->table;
  int names = width(rows, REPORT_BENCHMARK);
  int configs = width(rows, REPORT_CONFIG);
  fprintf(out, "%s\n\n%-*s %-*s %7s %2s", table->title, names, "", configs, "",
          "heap", "t");
  for (size_t k = 0; k < table->n_columns; k++)
    fprintf(out, " %14s", table->columns[k].name);
  fputc('\n', out);
  for (size_t i = 0; i < rows->n; i++) {
    const struct claim_row *row = &rows->rows[i];
    bool same = i && strcmp(row->first->field[REPORT_BENCHMARK],
                            row[-1].first->field[REPORT_BENCHMARK]) == 0;
    const char *benchmark = row->first->field[REPORT_BENCHMARK];
    fprintf(out, "%-*s %-*s ", names, same ? "" : benchmark, configs,
            row->first->field[REPORT_CONFIG]);
    if (isnan(row->first->hfac))
      fputs("      -", out);
    else
      fprintf(out, "%6.3gx", row->first->hfac);
    fprintf(out, " %2u", row->first->mutators);
    for (size_t k = 0; k < table->n_columns; k++) {
      char text[32];
      cell_text(text, row, k);
      fprintf(out, " %14s", text);
    }
    fprintf(out, "%s%s\n", *row->why ? "  " : "", row->why);
  }
  fprintf(out,
          "\nMeans over %zu invocations; the CSV has intervals of 95 %%.\n",
          repetitions(rows));
}

void claim_rows_tex(const struct claim_rows *rows, FILE *out)
{
  const struct claim_table *table = rows->table;
  fputs("% needs \\usepackage{booktabs}\n% ", out);
  tex_text(out, table->title);
  fputs("\n\\begin{tabular}{llr", out);
  for (size_t k = 0; k < table->n_columns; k++) fputc('r', out);
  fputs("}\n\\toprule\nbenchmark & configuration & heap", out);
  for (size_t k = 0; k < table->n_columns; k++) {
    fputs(" & ", out);
    tex_text(out, table->columns[k].name);
  }
  fputs(" \\\\\n\\midrule\n", out);
  for (size_t i = 0; i < rows->n; i++) {
    const struct claim_row *row = &rows->rows[i];
    tex_text(out, row->first->field[REPORT_BENCHMARK]);
    fputs(" & ", out);
    tex_text(out, row->first->field[REPORT_CONFIG]);
    if (isnan(row->first->hfac))
      fputs(" & --", out);
    else
      fprintf(out, " & %.3g", row->first->hfac);
    for (size_t k = 0; k < table->n_columns; k++) {
      char text[32];
      cell_text(text, row, k);
      fputs(" & ", out);
      tex_text(out, text);
    }
    fputs(" \\\\\n", out);
  }
  fputs("\\bottomrule\n\\end{tabular}\n", out);
}
