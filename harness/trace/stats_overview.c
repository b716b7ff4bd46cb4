// stats_overview.c: what several traces are like, side by side in one picture.
// SPDX-License-Identifier: MIT
//
// A row per trace, the same scales in all rows but for the height of the
// heap: whoever looks down a column compares.
#include "stats_figure.h"

#include <errno.h>
#include <math.h>

#define TEXT 8.5
#define WIDTH 756.0
#define HEAD 44.0
#define ROW 64.0
#define FOOT 40.0

// Left ends and widths of the columns.
static const struct {
  double x, width;
  const char *title;
} columns[] = {{142, 120, "Sizes"},
               {300, 120, "Freed within"},
               {472, 120, "How they end"},
               {612, 128, "Heap over time"}};

// What the scales of all rows have to hold.
struct extent {
  double size, births, share;
};

static struct extent extent_of(const struct stats_trace *traces, size_t n)
{
  struct extent extent = {.size = 64, .births = 16};
  for (size_t i = 0; i < n; i++) {
    const struct gct_demographics *d = &traces[i].stats.demographics;
    extent.size =
        fmax(extent.size, 16 * exp2(ceil(log2((double)d->size.max + 1))));
    extent.births = fmax(extent.births, (double)d->births);
  }
  return extent;
}

static struct svg_plot place(struct svg *svg, int column, size_t row, bool last)
{
  struct svg_plot plot = {.svg = svg,
                          .x = columns[column].x,
                          .y = HEAD + ROW * (double)row,
                          .width = columns[column].width,
                          .height = ROW - 14,
                          .text = TEXT};
  plot.across.ticks = 4;
  plot.across.silent = !last;
  plot.up = (struct svg_scale){.to = 100, .number = SVG_PERCENT, .ticks = 2};
  plot.up.silent = column > 1;
  return plot;
}

static void draw_sizes(struct svg *svg, size_t row, bool last,
                       const struct gct_demographics *d,
                       const struct extent *extent)
{
  struct svg_plot plot = place(svg, 0, row, last);
  plot.across.from = 8;
  plot.across.to = extent->size;
  plot.across.log = true;
  plot.across.number = SVG_BINARY;
  plot.across.label = last ? "B, in powers of two" : NULL;
  svg_plot_frame(&plot);
  stats_plot_sizes(&plot, &d->size_bytes, SVG_ORANGE);
  stats_plot_sizes(&plot, &d->size, SVG_BLUE);
}

static void draw_lifetimes(struct svg *svg, size_t row, bool last,
                           const struct gct_demographics *d,
                           const struct extent *extent)
{
  struct svg_plot plot = place(svg, 1, row, last);
  plot.across.from = 1;
  plot.across.to = extent->births;
  plot.across.log = true;
  plot.across.label = last ? "births after its own" : NULL;
  svg_plot_frame(&plot);
  stats_plot_cumulative(&plot, &d->life_of_bytes, SVG_ORANGE);
  stats_plot_cumulative(&plot, &d->life_births, SVG_BLUE);
}

static void draw_ends(struct svg *svg, size_t row, bool last,
                      const struct gct_demographics *d)
{
  struct svg_plot plot = place(svg, 2, row, last);
  double bar = 0.34 * plot.height;
  plot.across.to = 100;
  plot.across.number = SVG_PERCENT;
  plot.across.label = last ? "of all that were born" : NULL;
  plot.up.ticks = 0;
  svg_plot_frame(&plot);
  stats_plot_ends(&plot, plot.y + 0.12 * plot.height, bar, d->ends, d->births);
  stats_plot_ends(&plot, plot.y + 0.58 * plot.height, bar, d->end_bytes,
                  d->bytes);
  svg_text(svg, (struct svg_point){plot.x - 4, plot.y + 0.38 * plot.height},
           TEXT, SVG_END, SVG_DARK, false, "objects");
  svg_text(svg, (struct svg_point){plot.x - 4, plot.y + 0.84 * plot.height},
           TEXT, SVG_END, SVG_DARK, false, "bytes");
}

static void draw_heap(struct svg *svg, size_t row, bool last,
                      const struct gct_stats *stats)
{
  struct svg_plot plot = place(svg, 3, row, last);
  char peak[32];
  plot.across.to = fmax((double)stats->demographics.births, 1);
  plot.across.ticks = 0;
  plot.across.label = last ? "births, from first to last" : NULL;
  plot.up = (struct svg_scale){.to = 1.3 * (double)stats->peak_bytes + 1};
  svg_plot_frame(&plot);
  stats_plot_heap(&plot, stats);
  svg_number_text(peak, (double)stats->peak_bytes, SVG_BINARY);
  svg_text(svg, (struct svg_point){plot.x + 2, plot.y + TEXT - 2}, TEXT - 0.5,
           SVG_START, SVG_DARK, false, "%sB", peak);
}

static void draw_name(struct svg *svg, size_t row,
                      const struct stats_trace *trace)
{
  double y = HEAD + ROW * (double)row + 16;
  char births[32];
  svg_number_text(births, (double)trace->stats.demographics.births, SVG_PLAIN);
  svg_text(svg, (struct svg_point){10, y}, 10, SVG_START, SVG_BLACK, true,
           "%.18s", trace->name);
  svg_text(svg, (struct svg_point){10, y + 12}, TEXT, SVG_START, SVG_DARK,
           false, "%s births", births);
  svg_text(svg, (struct svg_point){10, y + 23}, TEXT, SVG_START, SVG_DARK,
           false, "%u thread%s", trace->stats.threads,
           trace->stats.threads == 1 ? "" : "s");
}

// Titles, and what the colours mean, above the columns and below all.
static void draw_margins(struct svg *svg, size_t n)
{
  static const struct svg_key weights[] = {{SVG_BLUE, "of the objects"},
                                           {SVG_ORANGE, "of the bytes"}};
  struct svg_point at = {columns[0].x, HEAD + ROW * (double)n + FOOT - 4};
  struct svg_key ends[GCT_ENDINGS];
  for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
    svg_text(svg, (struct svg_point){columns[i].x, HEAD - 12}, 10, SVG_START,
             SVG_BLACK, true, "%s", columns[i].title);
  for (int end = 0; end < GCT_ENDINGS; end++)
    ends[end] = (struct svg_key){stats_end_colours[end], stats_end_names[end]};
  at.x = svg_legend(svg, at, TEXT, weights, 2) + 24;
  svg_legend(svg, at, TEXT, ends, GCT_ENDINGS);
}

int stats_figure_overview(const struct stats_trace *traces, size_t n_traces,
                          char **text, size_t *n)
{
  struct extent extent = extent_of(traces, n_traces);
  struct svg *svg =
      svg_open(WIDTH, HEAD + ROW * (double)n_traces + FOOT + 6, "traces");
  if (!svg) return -ENOMEM;
  for (size_t i = 0; i < n_traces; i++) {
    const struct gct_demographics *d = &traces[i].stats.demographics;
    bool last = i + 1 == n_traces;
    draw_name(svg, i, &traces[i]);
    draw_sizes(svg, i, last, d, &extent);
    draw_lifetimes(svg, i, last, d, &extent);
    draw_ends(svg, i, last, d);
    draw_heap(svg, i, last, &traces[i].stats);
  }
  draw_margins(svg, n_traces);
  return svg_close(svg, text, n);
}
