// compare_text.c: a comparison for people.
// SPDX-License-Identifier: MIT
#include "compare.h"

#include <errno.h>
#include <math.h>
#include <string.h>

// --- numbers ---------------------------------------------------------------

enum { NUMBER = 24 };

static void scaled(char text[NUMBER], double value, const char *unit)
{
  static const struct {
    const char *unit;
    double least;
    const char *shown;
  } scales[] = {
      {"ns", 1e9, "s"},     {"ns", 1e6, "ms"},        {"ns", 1e3, "us"},
      {"ns", 1, "ns"},      {"B", 0x1p30, "GiB"},     {"B", 0x1p20, "MiB"},
      {"B", 0x1p10, "KiB"}, {"B.s", 0x1p20, "MiB.s"},
  };
  double size = fabs(value);
  for (size_t i = 0; i < sizeof scales / sizeof scales[0]; i++) {
    if (strcmp(unit, scales[i].unit) || !(size >= scales[i].least)) continue;
    snprintf(text, NUMBER, "%.4g %s", value / scales[i].least, scales[i].shown);
    return;
  }
  if (isnan(value))
    snprintf(text, NUMBER, "-");
  else
    snprintf(text, NUMBER, "%.6g", value);
}

static void bare(char text[NUMBER], const char *format, double value)
{
  snprintf(text, NUMBER, "-");
  if (!isnan(value)) snprintf(text, NUMBER, format, value);
}

static void interval(char text[2 * NUMBER], const struct stats_interval *i)
{
  if (isnan(i->low))
    snprintf(text, 2 * NUMBER, "-");
  else
    snprintf(text, 2 * NUMBER, "[%.3f, %.3f]", i->low, i->high);
}

// --- rows ------------------------------------------------------------------

static void row_text(FILE *out, const struct compare_result *row, int width)
{
  char n[NUMBER], a[NUMBER], b[NUMBER], ratio[NUMBER], g[NUMBER];
  char limits[2 * NUMBER];
  const char *unit = compare_metric_unit(row->metric);
  snprintf(n, sizeof n, "%zu", row->n[0]);
  if (row->n[0] != row->n[1])
    snprintf(n, sizeof n, "%zu, %zu", row->n[0], row->n[1]);
  scaled(a, row->mean[0], unit);
  scaled(b, row->mean[1], unit);
  bare(ratio, "%.3f", row->ratio.mean);
  bare(g, "%+.2f", row->g);
  interval(limits, &row->ratio);
  fprintf(out, "  %-*s %7s %11s %11s %7s  %-18s %7s  %s\n", width,
          row->cell->label, n, a, b, ratio, limits, g,
          compare_verdict_name(row->verdict));
}

static void geomean_text(FILE *out, const struct compare_result *row, int width)
{
  char limits[2 * NUMBER], ratio[NUMBER], left[64] = "";
  if (row->cells < 2) return;
  interval(limits, &row->ratio);
  bare(ratio, "%.3f", row->ratio.mean);
  if (row->lost)
    snprintf(left, sizeof left, "; %zu without a ratio left out", row->lost);
  fprintf(out, "  %-*s %7s %11s %11s %7s  %-18s %7s  %s (%zu cells%s)\n", width,
          "geometric mean", "", "", "", ratio, limits, "",
          compare_verdict_name(row->verdict), row->cells, left);
}

static void head(FILE *out, const struct compare_metric *metric, int width)
{
  static const char *const ways[] = {"neither way is better", "less is better",
                                     "more is better"};
  fprintf(out, "\n%s: %s\n", metric->text, ways[metric->better]);
  fprintf(out, "  %-*s %7s %11s %11s %7s  %-18s %7s  %s\n", width, "cell", "n",
          "A", "B", "B/A", "interval", "g", "verdict");
}

// --- what is not there -----------------------------------------------------

static void list_left_out(FILE *out, const struct compare_cells *cells)
{
  size_t n = 0;
  for (size_t i = 0; i < cells->n; i++) {
    const struct compare_cell *cell = &cells->cells[i];
    if (!cell->why) continue;
    if (!n++) fputs("\nNot compared:\n", out);
    fprintf(out, "  %s: %s\n", cell->label, cell->why);
  }
  size_t some = 0;
  for (size_t i = 0; i < cells->n; i++)
    for (int s = 0; s < 2; s++) {
      const struct compare_side *side = &cells->cells[i].side[s];
      if (!side->left_out || !side->n) continue;
      if (!some++) fputs("\nInvocations left out:\n", out);
      fprintf(out, "  %s: %zu of %zu in %c: %s%s\n", cells->cells[i].label,
              side->left_out, side->left_out + side->n, "AB"[s], side -> reason,
              side -> left_out > 1 ? ", ..." : "");
    }
  if (!n && !some) fputs("\nNothing was left out.\n", out);
}

static void list_failing(FILE *out, const struct compare_cells *cells)
{
  for (size_t i = 0; i < cells->n; i++) {
    const struct compare_side *side = cells->cells[i].side;
    if (side[1].failed && !side[0].failed && side[0].n)
      fprintf(out, "fails in B, and not in A: %s: %s\n", cells->cells[i].label,
              side[1].reason);
  }
}

static void list_facts(FILE *out, const struct compare_facts *facts)
{
  if (facts->n) fputs("\nA and B differ in more than what is compared:\n", out);
  for (size_t i = 0; i < facts->n; i++)
    fprintf(out, "  %s: %s in A, %s in B\n", facts->facts[i].what,
            facts->facts[i].a, facts->facts[i].b);
}

// --- all of it -------------------------------------------------------------

int compare_print_text(FILE *out, const struct compare_paper *paper)
{
  const struct compare_results *results = paper->results;
  const struct compare_metric *metric = NULL;
  int width = (int)strlen("geometric mean");
  for (size_t i = 0; i < paper->cells->n; i++) {
    int n = (int)strlen(paper->cells->cells[i].label);
    if (!paper->cells->cells[i].why && n > width) width = n;
  }
  fprintf(out,
          "A: %s\nB: %s\nB/A: ratio of means over invocations, with its "
          "%g%% interval (Fieller). Bound: %g%%.\n",
          report_source_text(paper->report, 0),
          report_source_text(paper->report, 1), 100 * paper->terms->confidence,
          100 * paper->terms->bound);
  for (size_t i = 0; i < results->n; i++) {
    const struct compare_result *row = &results->rows[i];
    bool empty = !row->cell && !row->cells && !row->lost;
    if (row->metric != metric && empty) { // its only row
      metric = row->metric;
      fprintf(out, "\n%s: no cell has it\n", metric->text);
      continue;
    }
    if (row->metric != metric) head(out, metric = row->metric, width);
    (row->cell ? row_text : geomean_text)(out, row, width);
  }
  list_left_out(out, paper->cells);
  list_facts(out, paper->facts);
  putc('\n', out);
  list_failing(out, paper->cells);
  fprintf(out, "%zu %s worse by more than the bound\n", results->worse,
          results->worse == 1 ? "row is" : "rows are");
  return ferror(out) ? -EIO : 0;
}
