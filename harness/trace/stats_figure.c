// stats_figure.c: what one trace is like, on one page of twelve small plots.
// SPDX-License-Identifier: MIT
#include "stats_figure.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT 9.0
#define CELL_WIDTH 252.0
#define CELL_HEIGHT 178.0
#define HEAD 40.0

// The title of a plot, what its colours mean below it, and the plot itself,
// empty; `left` is kept for what stands before it.
static struct svg_plot cell(struct svg *svg, int column, int row, double left,
                            const char *title, const struct svg_key *keys,
                            size_t n)
{
  double x = column * CELL_WIDTH + 16, y = HEAD + row * CELL_HEIGHT;
  svg_text(svg, (struct svg_point){x, y + 14}, 10.5, SVG_START, SVG_BLACK, true,
           "%s", title);
  svg_legend(svg, (struct svg_point){x, y + 28}, TEXT, keys, n);
  return (struct svg_plot){.svg = svg,
                           .x = x + left,
                           .y = y + 38,
                           .width = CELL_WIDTH - left - 30,
                           .height = CELL_HEIGHT - 76,
                           .text = TEXT};
}

static const struct svg_scale percent = {
    .to = 100, .number = SVG_PERCENT, .ticks = 5};

// A logarithmic scale from `from` to at least `to`.
static struct svg_scale log_scale(double from, double to,
                                  enum svg_number number, const char *label)
{
  return (struct svg_scale){.from = from,
                            .to = fmax(to, 8 * from),
                            .log = true,
                            .number = number,
                            .ticks = 6,
                            .label = label};
}

static double highest_share(const struct gct_histogram *histogram)
{
  double most = 0;
  for (uint64_t words = 1; words <= 1u << 30; words *= 2)
    most = fmax(most, 100 * (gct_histogram_below(histogram, 2 * words) -
                             gct_histogram_below(histogram, words)));
  return most;
}

static const struct svg_key weights[] = {{SVG_BLUE, "objects"},
                                         {SVG_ORANGE, "bytes"},
                                         {SVG_VERMILION, "those in cycles"}};

static void plot_sizes(struct svg *svg, const struct gct_demographics *d)
{
  struct svg_plot plot = cell(svg, 0, 0, 32, "Sizes", weights, 2);
  double most = fmax(highest_share(&d->size), highest_share(&d->size_bytes));
  plot.across = log_scale(8, 16 * exp2(ceil(log2((double)d->size.max + 1))),
                          SVG_BINARY, "size, B, in powers of two");
  plot.up = percent;
  plot.up.to = most > 0 ? 10 * ceil(most / 10) : 100;
  svg_plot_frame(&plot);
  stats_plot_sizes(&plot, &d->size_bytes, SVG_ORANGE);
  stats_plot_sizes(&plot, &d->size, SVG_BLUE);
}

static void plot_lifetimes(struct svg *svg, const struct gct_demographics *d)
{
  size_t n = d->life_cycle.weight > 0 ? 3 : 2;
  struct svg_plot plot = cell(svg, 1, 0, 36, "Freed within", weights, n);
  plot.across =
      log_scale(1, (double)d->births, SVG_PLAIN, "births after its own");
  plot.up = percent;
  svg_plot_frame(&plot);
  stats_plot_cumulative(&plot, &d->life_cycle, SVG_VERMILION);
  stats_plot_cumulative(&plot, &d->life_of_bytes, SVG_ORANGE);
  stats_plot_cumulative(&plot, &d->life_births, SVG_BLUE);
}

static void plot_lifetime_bytes(struct svg *svg,
                                const struct gct_demographics *d)
{
  struct svg_plot plot =
      cell(svg, 2, 0, 36, "Freed within, by bytes", weights, 1);
  plot.across =
      log_scale(16, (double)d->bytes, SVG_BINARY, "bytes allocated after it");
  plot.up = percent;
  svg_plot_frame(&plot);
  stats_plot_cumulative(&plot, &d->life_bytes, SVG_BLUE);
}

static void plot_ends(struct svg *svg, const struct gct_demographics *d)
{
  struct svg_plot plot = cell(svg, 0, 1, 36, "How they end", NULL, 0);
  struct svg_key keys[GCT_ENDINGS];
  plot.y -= 12; // there is no legend above
  plot.height = 66;
  plot.across = percent;
  for (int end = 0; end < GCT_ENDINGS; end++)
    keys[end] = (struct svg_key){stats_end_colours[end], stats_end_names[end]};
  svg_plot_frame(&plot);
  stats_plot_ends(&plot, plot.y + 6, 22, d->ends, d->births);
  stats_plot_ends(&plot, plot.y + 37, 22, d->end_bytes, d->bytes);
  svg_text(svg, (struct svg_point){plot.x - 4, plot.y + 20}, TEXT, SVG_END,
           SVG_DARK, false, "objects");
  svg_text(svg, (struct svg_point){plot.x - 4, plot.y + 51}, TEXT, SVG_END,
           SVG_DARK, false, "bytes");
  struct svg_point at = {plot.x, plot.y + 98};
  for (int end = 0; end < GCT_ENDINGS; end += 2, at.y += 14) { // two a line
    svg_legend(svg, at, TEXT, &keys[end], 1);
    svg_legend(svg, (struct svg_point){at.x + 92, at.y}, TEXT, &keys[end + 1],
               1);
  }
}

// A plot over the births of the trace.
static struct svg_plot over_births(struct svg *svg, int column, int row,
                                   const struct gct_stats *stats,
                                   const char *title,
                                   const struct svg_key *keys, size_t n)
{
  struct svg_plot plot = cell(svg, column, row, 36, title, keys, n);
  plot.across =
      (struct svg_scale){.to = fmax((double)stats->demographics.births, 1),
                         .ticks = 4,
                         .label = "births"};
  return plot;
}

static void plot_heap(struct svg *svg, const struct gct_stats *stats)
{
  static const struct svg_key keys[] = {{SVG_ORANGE, "garbage, not yet freed"},
                                        {SVG_GREEN, "reachable"}};
  struct svg_plot plot =
      over_births(svg, 1, 1, stats, "Heap over time, B", keys, 2);
  plot.up = (struct svg_scale){
      .to = (double)stats->peak_bytes + 8, .number = SVG_BINARY, .ticks = 5};
  svg_plot_frame(&plot);
  stats_plot_heap(&plot, stats);
}

// A line through one column of the samples.
static void plot_series(const struct svg_plot *plot,
                        const struct gct_stats *stats,
                        double (*value)(const struct gct_sample *),
                        enum svg_colour colour)
{
  struct svg_point *points = calloc(stats->n_samples + 1u, sizeof *points);
  if (!points) return;
  for (uint32_t i = 0; i < stats->n_samples; i++)
    points[i] = (struct svg_point){(double)stats->samples[i].births,
                                   value(&stats->samples[i])};
  svg_plot_line(plot, points, stats->n_samples, colour, false);
  free(points);
}

static double garbage_share(const struct gct_sample *s)
{
  return s->live ? 100 * (double)(s->live - s->reachable) / (double)s->live : 0;
}

static double cyclic_share(const struct gct_sample *s)
{
  return s->reachable ? 100 * (double)s->cyclic / (double)s->reachable : 0;
}

static double rooted(const struct gct_sample *s)
{
  return (double)s->rooted;
}

static void plot_cycles(struct svg *svg, const struct gct_stats *stats)
{
  static const struct svg_key keys[] = {{SVG_VERMILION, "garbage of all"},
                                        {SVG_BLUE, "cyclic of reachable"}};
  struct svg_plot plot =
      over_births(svg, 2, 1, stats, "Garbage and cycles over time", keys, 2);
  plot.up = percent;
  svg_plot_frame(&plot);
  plot_series(&plot, stats, garbage_share, SVG_VERMILION);
  plot_series(&plot, stats, cyclic_share, SVG_BLUE);
}

static void plot_references(struct svg *svg, const struct gct_demographics *d)
{
  static const struct {
    const char *name;
    uint64_t from, to;
  } classes[] = {{"none", 0, 1},       {"1", 1, 2},      {"2", 2, 3},
                 {"3, 4", 3, 5},       {"5 to 8", 5, 9}, {"9 to 16", 9, 17},
                 {"17 or more", 17, 0}};
  enum { N = sizeof classes / sizeof *classes };
  struct svg_row rows[N];
  struct svg_plot plot =
      cell(svg, 0, 2, 60, "References an object ever had", NULL, 0);
  const struct gct_histogram *h = &d->in_edges;
  for (int i = 0; i < N; i++) {
    double below = classes[i].to ? gct_histogram_below(h, classes[i].to) : 1;
    double share = 100 * (below - gct_histogram_below(h, classes[i].from));
    rows[i] =
        (struct svg_row){classes[i].name, round(10 * share) / 10, SVG_BLUE};
  }
  plot.across = percent;
  plot.across.to = 125; // room for the value behind a bar
  plot.y -= 12;
  svg_plot_rows(&plot, rows, N);
}

static void plot_roots(struct svg *svg, const struct gct_stats *stats)
{
  struct svg_plot plot =
      over_births(svg, 1, 2, stats, "Objects with roots over time", NULL, 0);
  double most = 1;
  for (uint32_t i = 0; i < stats->n_samples; i++)
    most = fmax(most, (double)stats->samples[i].rooted);
  plot.up = log_scale(1, most, SVG_PLAIN, NULL);
  svg_plot_frame(&plot);
  plot_series(&plot, stats, rooted, SVG_BLUE);
}

static int plot_types(struct svg *svg, const struct stats_trace *trace)
{
  enum { MOST = 7 };
  const struct gct_info *info = gct_info(trace->file);
  const struct gct_stats *stats = &trace->stats;
  struct svg_row rows[MOST];
  char names[MOST][20];
  struct svg_plot plot = cell(svg, 2, 2, 92, "Types by births", NULL, 0);
  uint32_t n = stats->types_used < MOST ? stats->types_used : MOST;
  uint32_t *order = stats_types_by_births(trace);
  if (!order) return -ENOMEM;
  for (uint32_t i = 0; i < n; i++) {
    double share = 100 * (double)stats->types[order[i]].births /
                   (double)stats->demographics.births;
    const char *name = info->types[order[i]].name;
    bool cut = strlen(name) > 17;
    snprintf(names[i], sizeof names[i], "%.*s%s", cut ? 15 : 17, name,
             cut ? "..." : "");
    rows[i] = (struct svg_row){names[i], round(10 * share) / 10, SVG_BLUE};
  }
  plot.across = percent;
  plot.across.to = n > 0 ? 1.5 * fmax(rows[0].value, 1) : 100;
  plot.y -= 12;
  svg_plot_rows(&plot, rows, n);
  free(order);
  return 0;
}

// Nominal statistics as bars.
struct nominal_row {
  int key;
  const char *name;
};

static void plot_nominal(struct svg_plot plot, const struct stats_trace *trace,
                         const struct nominal_row *which, size_t n)
{
  struct svg_row rows[8];
  double most = 0;
  for (size_t i = 0; i < n; i++) {
    double value = trace->values[which[i].key];
    rows[i] =
        (struct svg_row){which[i].name, round(100 * value) / 100, SVG_BLUE};
    most = fmax(most, value);
  }
  plot.y -= 12;
  plot.across.to = most > 0 ? 1.35 * most : 1;
  svg_plot_rows(&plot, rows, n);
}

static void plot_mutators(struct svg *svg, const struct stats_trace *trace)
{
  static const struct nominal_row mutation[] = {{GCT_MWF, "first writes"},
                                                {GCT_MWL, "later writes"},
                                                {GCT_MRT, "roots taken"},
                                                {GCT_MLD, "of them loads"}};
  static const struct nominal_row sharing[] = {{GCT_TSH, "shared objects"},
                                               {GCT_TFT, "foreign touches"},
                                               {GCT_TTR, "other than last"},
                                               {GCT_TFD, "foreign deaths"}};
  static const struct nominal_row parallel[] = {{GCT_TTH, "threads"},
                                                {GCT_PWT, "the file's WAITs"},
                                                {GCT_PTO, "every touch"},
                                                {GCT_PSU, "sufficient"}};
  struct svg_plot plot = cell(svg, 0, 3, 72, "Mutators, per birth", NULL, 0);
  plot_nominal(plot, trace, mutation, 4);
  plot = cell(svg, 1, 3, 80, "Sharing between threads", NULL, 0);
  plot.across.number = SVG_PERCENT;
  plot_nominal(plot, trace, sharing, 4);
  plot = cell(svg, 2, 3, 80, "Events at a time, at best", NULL, 0);
  plot_nominal(plot, trace, parallel, 4);
}

int stats_figure_trace(const struct stats_trace *trace, char **text, size_t *n)
{
  const struct gct_stats *stats = &trace->stats;
  char events[32], births[32], bytes[32];
  struct svg *svg =
      svg_open(3 * CELL_WIDTH, HEAD + 4 * CELL_HEIGHT - 60, trace->name);
  if (!svg) return -ENOMEM;
  svg_number_text(events, (double)stats->events, SVG_PLAIN);
  svg_number_text(births, (double)stats->demographics.births, SVG_PLAIN);
  svg_number_text(bytes, (double)stats->demographics.bytes, SVG_BINARY);
  svg_text(svg, (struct svg_point){16, 24}, 14, SVG_START, SVG_BLACK, true,
           "%s", trace->name);
  svg_text(svg, (struct svg_point){3 * CELL_WIDTH - 16, 24}, 10, SVG_END,
           SVG_DARK, false, "%s events, %s births, %sB, %u thread%s", events,
           births, bytes, stats->threads, stats->threads == 1 ? "" : "s");
  plot_sizes(svg, &stats->demographics);
  plot_lifetimes(svg, &stats->demographics);
  plot_lifetime_bytes(svg, &stats->demographics);
  plot_ends(svg, &stats->demographics);
  plot_heap(svg, stats);
  plot_cycles(svg, stats);
  plot_references(svg, &stats->demographics);
  plot_roots(svg, stats);
  int result = plot_types(svg, trace);
  plot_mutators(svg, trace);
  if (result == 0) return svg_close(svg, text, n);
  svg_abandon(svg);
  return result;
}
