// report_phases.c: F6: where CPU time goes, by role and phase.
// SPDX-License-Identifier: MIT
//
// A bar per configuration, at one heap factor. What a phase has not accounted
// for is shown as the rest of its threads, so that the parts are the whole.
#include "report_cost.h"
#include "report_plot.h"

#include "csv.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define HEAD 22.0
#define BAR 11.0
#define FOOT 46.0 // title above and axis below the bars of a panel

enum role { MUTATOR, MUTATOR_GC, GC, OTHER, DRAIN };
static const char *const roles[] = {"mutator", "mutator_gc", "gc", "other",
                                    "drain"};

// In the order of the bars. `phase` NULL: what is left of the role.
static const struct {
  enum role role;
  const char *phase, *label, *colour;
} parts[] = {
    {MUTATOR, NULL, "mutator", "#B4B4B4"},
    {MUTATOR_GC, "pause", "pauses", "#D55E00"},
    {MUTATOR_GC, "assist", "assists", "#E69F00"},
    {MUTATOR_GC, "stall", "stalls", "#F2C66D"},
    {MUTATOR_GC, NULL, "other work on mutators", "#EDA57A"},
    {GC, "handshake", "handshakes", "#56B4E9"},
    {GC, "decrement", "decrements", "#0072B2"},
    {GC, "release", "releases", "#6AA9CF"},
    {GC, "young", "young objects", "#004C77"},
    {GC, "collect", "cycles", "#CC79A7"},
    {GC, "mark", "marking", "#009E73"},
    {GC, "sweep", "sweeping", "#74C7B0"},
    {GC, NULL, "other collector threads", "#E3B8D0"},
    {OTHER, NULL, "threads of neither", "#A89BC8"},
    {DRAIN, NULL, "drain", "#757575"},
};
enum { PARTS = sizeof parts / sizeof parts[0] };

struct phases {
  struct report_costs costs;
  struct report_paper *paper;
  double at;
  size_t no_phases, no_assist; // runs that do not know them
  bool used[PARTS];
};

// --- numbers ---------------------------------------------------------------

static double or_zero(double value)
{
  return isnan(value) ? 0 : value;
}

static double phase_of(const struct report_run *run, int part)
{
  char metric[64];
  snprintf(metric, sizeof metric, "time.phase.%s", parts[part].phase);
  return report_value_of(run, metric, roles[parts[part].role], "total");
}

static double clock_of(const struct report_run *run, const char *scope)
{
  return report_value_of(run, "time.task_clock", scope, "total");
}

static double role_of(const struct report_run *run, enum role role)
{
  if (role == DRAIN)
    return or_zero(
        report_value_of(run, "time.task_clock.drain", "process", "total"));
  if (role == OTHER) return or_zero(clock_of(run, "other"));
  double assist = or_zero(clock_of(run, "mutator_gc"));
  if (role == MUTATOR) return clock_of(run, "mutator") - assist;
  return role == MUTATOR_GC ? assist : clock_of(run, "gc");
}

static double part_of(const struct report_run *run, int part)
{
  if (parts[part].phase) return or_zero(phase_of(run, part));
  double left = role_of(run, parts[part].role);
  for (int i = 0; i < PARTS; i++)
    if (parts[i].role == parts[part].role && parts[i].phase)
      left -= or_zero(phase_of(run, i));
  return fmax(left, 0) + (isnan(left) ? NAN : 0);
}

// `part` PARTS: all of them.
static double value_of(const struct report_run *run, int part)
{
  double sum = 0;
  if (part < PARTS) return part_of(run, part);
  for (int i = 0; i < PARTS; i++) sum += part_of(run, i);
  return sum;
}

static struct stats_interval mean_of(const struct phases *phases,
                                     const struct report_cost_cell *cell,
                                     int part)
{
  struct stats_interval none = {NAN, NAN, NAN, NAN, cell->n};
  double *values = malloc((cell->n + 1) * sizeof *values);
  if (!values) return none;
  for (size_t i = 0; i < cell->n; i++)
    values[i] = value_of(phases->costs.view->items[cell->begin + i].run, part);
  struct stats_interval mean = stats_mean(values, cell->n, 0.95);
  free(values);
  return mean;
}

// NULL: nothing to show.
static const struct report_cost_cell *cell_of(const struct phases *phases,
                                              size_t panel, size_t series)
{
  const struct report_cost_cell *cell =
      report_cost_at(&phases->costs, panel, series, phases->at);
  if (!cell) cell = report_cost_at(&phases->costs, panel, series, NAN);
  return cell && cell->n && !cell->failed &&
                 !isnan(mean_of(phases, cell, PARTS).mean)
             ? cell
             : NULL;
}

// --- rows ------------------------------------------------------------------

static void put_row(const struct phases *phases,
                    const struct report_cost_cell *cell, int part, size_t bar,
                    double from)
{
  FILE *csv = phases->paper->csv;
  const struct report_view *view = phases->costs.view;
  const struct report_item *item = phases->costs.panels[cell->panel].item;
  struct stats_interval i = mean_of(phases, cell, part);
  const double numbers[] = {i.mean, i.low, i.high, from, from + i.mean};
  fprintf(csv, "%s,", report_class_name(view->class));
  csv_field(csv, item->run->field[REPORT_BENCHMARK]);
  putc(',', csv);
  csv_field(csv, item->size);
  fprintf(csv, ",%s,", item->run->field[REPORT_MUTATORS]);
  csv_field(csv, view->labels[cell->series]);
  putc(',', csv);
  csv_field(csv, view->keys[cell->series]);
  report_row_numbers(phases->paper, &cell->hfac, 1);
  fprintf(csv, ",%zu,%s,%s", bar,
          part < PARTS ? roles[parts[part].role] : "process",
          part == PARTS       ? "all"
          : parts[part].phase ? parts[part].phase
                              : "rest");
  report_row_numbers(phases->paper, numbers, 5);
  fprintf(csv, ",%zu", i.n);
  report_row_end(phases->paper);
}

static void plot_part(struct phases *phases, size_t panel, int part,
                      double *from)
{
  struct report_paper *paper = phases->paper;
  size_t first = paper->rows, bar = 0;
  bool some = false;
  for (size_t s = 0; s < phases->costs.view->n_series; s++) {
    const struct report_cost_cell *cell = cell_of(phases, panel, s);
    if (!cell) continue;
    put_row(phases, cell, part, bar++, part < PARTS ? from[s] : 0);
    double mean = mean_of(phases, cell, part).mean;
    if (part < PARTS) from[s] += mean;
    some |= mean > 0;
  }
  if (part < PARTS) phases->used[part] |= some;
  if (!bar) return;
  fputs(", ", paper->gp);
  report_plot_rows(paper, first, paper->rows - 1);
  if (part < PARTS)
    fprintf(paper->gp,
            " using (UNIT*column('to_ns')):'bar':(UNIT*column('from_ns')):"
            "(UNIT*column('to_ns')):(column('bar')-0.38):(column('bar')+0.38) "
            "with boxxyerror fillstyle solid 1 noborder linecolor rgb '%s'",
            parts[part].colour);
  else
    fputs(" using (UNIT*column('low_ns')):'bar':"
          "(UNIT*(column('high_ns')-column('low_ns'))):(0) with vectors nohead "
          "linecolor rgb '#000000' linewidth 1",
          paper->gp);
}

// --- picture ---------------------------------------------------------------

static size_t bars_of(const struct phases *phases, size_t panel)
{
  size_t n = 0;
  for (size_t s = 0; s < phases->costs.view->n_series; s++)
    n += cell_of(phases, panel, s) != NULL;
  return n;
}

static void put_names(const struct phases *phases, size_t panel)
{
  FILE *gp = phases->paper->gp;
  size_t bar = 0;
  fputs("set ytics (", gp);
  for (size_t s = 0; s < phases->costs.view->n_series; s++) {
    if (!cell_of(phases, panel, s)) continue;
    if (bar) fputs(", ", gp);
    report_plot_quote_tic(gp, phases->costs.view->labels[s]);
    fprintf(gp, " %zu", bar++);
  }
  fputs(") scale 0\n", gp);
}

static int plot_panel(struct phases *phases, size_t panel, double top,
                      double left)
{
  struct report_paper *paper = phases->paper;
  size_t bars = bars_of(phases, panel), n = phases->costs.view->n_series;
  double *from = calloc(n + 1, sizeof *from);
  if (!from) return -ENOMEM;
  double times, most = 0;
  for (size_t s = 0; s < n; s++) {
    const struct report_cost_cell *cell = cell_of(phases, panel, s);
    if (cell) most = fmax(most, mean_of(phases, cell, PARTS).mean);
  }
  char title[256];
  const char *unit = report_plot_time(most, &times);
  snprintf(title, sizeof title, "%s (%s)", phases->costs.panels[panel].name,
           unit);
  report_plot_text(paper, 8, top + 8, REPORT_LEFT, false, 1.1, title);
  report_plot_box(paper, left, top + 17, REPORT_WIDE - left - 16,
                  BAR * (double)bars + 2);
  fprintf(paper->gp, "UNIT = %g\nset yrange [%g:-0.6]\nset xrange [0:%g]\n",
          times, (double)bars - 0.4, most * times * 1.12);
  put_names(phases, panel);
  fputs("plot -10 notitle", paper->gp);
  for (int i = 0; i <= PARTS; i++) plot_part(phases, panel, i, from);
  putc('\n', paper->gp);
  free(from);
  return 0;
}

static double label_width(const struct phases *phases)
{
  double widest = 40;
  for (size_t s = 0; s < phases->costs.view->n_series; s++)
    widest =
        fmax(widest, report_plot_text_width(phases->costs.view->labels[s]));
  return fmin(widest, 260);
}

static int draw_picture(struct phases *phases, double height)
{
  struct report_paper *paper = phases->paper;
  char *labels[PARTS];
  const char *colours[PARTS];
  for (int i = 0; i < PARTS; i++) {
    labels[i] = (char *)(uintptr_t)parts[i].label;
    colours[i] = parts[i].colour;
  }
  double all = report_plot_legend(paper, labels, NULL, PARTS, REPORT_WIDE, 0,
                                  colours, false);
  if (report_plot_begin(paper, REPORT_WIDE, height + all + 4)) return -ENOMEM;
  char title[96];
  snprintf(title, sizeof title, "CPU time by role and phase%s",
           report_class_words(phases->costs.view->class));
  report_plot_text(paper, 8, 10, REPORT_LEFT, true, 1.2, title);
  fputs("unset grid\nset grid xtics linestyle 101\n", paper->gp);
  double top = HEAD, left = label_width(phases) + 16;
  for (size_t i = 0; i < phases->costs.n_panels; i++) {
    size_t bars = bars_of(phases, i);
    if (!bars) continue;
    if (plot_panel(phases, i, top, left)) return -ENOMEM;
    top += BAR * (double)bars + FOOT;
  }
  report_plot_legend(paper, labels, phases->used, PARTS, REPORT_WIDE, height,
                     colours, true);
  return report_plot_end(paper);
}

// --- the figure ------------------------------------------------------------

static void caption(const struct phases *phases, FILE *out)
{
  fputs("F6: CPU time (task clock) of run and drain by who spent it on what. "
        "Means over\ninvocations; the black line is the 95 % interval of the "
        "whole. Mutators without what they\ndid for the collector (pauses, "
        "assists, stalls); barriers and inline counting are theirs. The "
        "gathering of roots is in\ndecrements (young objects, where nothing is "
        "counted). Threads of neither: a workload's own, "
        "and finalizers.\n",
        out);
  if (isnan(phases->at))
    fputs("No run has a heap factor.\n", out);
  else
    fprintf(out,
            "At %.3f times the minimum heap (wanted: %g); configurations with "
            "no limit are without.\n",
            phases->at, phases->costs.view->at);
  if (phases->no_assist)
    fprintf(out,
            "Missing: %zu invocations have no time.task_clock of mutator_gc: "
            "it is among the mutators.\n",
            phases->no_assist);
  if (phases->no_phases)
    fprintf(out,
            "Missing: %zu invocations have no time.phase.*: their collector "
            "threads are \"other\".\n",
            phases->no_phases);
}

static int draw(const struct report_view *view, struct report_paper *paper)
{
  struct phases phases = {.paper = paper};
  double height = HEAD;
  int result = report_costs_make(&phases.costs, view);
  phases.at = view->factor;
  for (size_t i = 0; i < view->n; i++) {
    const struct report_run *run = view->items[i].run;
    phases.no_assist += isnan(clock_of(run, "mutator_gc"));
    bool known = false;
    for (int k = 0; k < PARTS; k++)
      known |= parts[k].phase && !isnan(phase_of(run, k));
    phases.no_phases += !known;
  }
  for (size_t i = 0; !result && i < phases.costs.n_panels; i++) {
    size_t bars = bars_of(&phases, i);
    if (bars) height += BAR * (double)bars + FOOT;
  }
  fputs("class,benchmark,size,mutators,series,configuration,hfac,bar,role,"
        "phase,mean_ns,low_ns,high_ns,from_ns,to_ns,n\n",
        paper->csv);
  if (!result) caption(&phases, paper->caption);
  if (!result && height > HEAD) result = draw_picture(&phases, height);
  if (!result && height == HEAD)
    fputs("There is nothing to draw: no run has time.task_clock by role.\n",
          paper->caption);
  report_costs_free(&phases.costs);
  return result;
}

const struct report_figure report_phases = {
    .name = "F6",
    .title = "CPU time by role and phase",
    .help = "CPU time by role and phase at one heap factor (--at)",
    .kind = REPORT_PICTURE,
    .axis = REPORT_OVER_HEAP,
    .of_time = true,
    .draw = draw};
