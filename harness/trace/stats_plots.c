// stats_plots.c: the plots that pictures of trace statistics are made of.
// SPDX-License-Identifier: MIT
#include "stats_figure.h"

#include <stdlib.h>

const enum svg_colour stats_end_colours[GCT_ENDINGS] = {
    [GCT_END_COUNT] = SVG_BLUE,
    [GCT_END_CYCLE] = SVG_VERMILION,
    [GCT_END_LIVE] = SVG_GREEN,
    [GCT_END_GARBAGE] = SVG_ORANGE};

// The share in percent of values in [from, to), both powers of two or small.
static double between(const struct gct_histogram *histogram, uint64_t from,
                      uint64_t to)
{
  return 100 * (gct_histogram_below(histogram, to) -
                gct_histogram_below(histogram, from));
}

void stats_plot_sizes(const struct svg_plot *plot,
                      const struct gct_histogram *histogram,
                      enum svg_colour colour)
{
  struct svg_point points[66];
  size_t n = 0;
  if (histogram->weight == 0) return;
  points[n++] = (struct svg_point){8, 0};
  for (uint64_t words = 1; 8.0 * (double)words < plot->across.to; words *= 2)
    points[n++] = (struct svg_point){8 * (double)words,
                                     between(histogram, words, 2 * words)};
  points[n++] = (struct svg_point){plot->across.to, 0};
  svg_plot_steps(plot, points, n, colour);
}

void stats_plot_cumulative(const struct svg_plot *plot,
                           const struct gct_histogram *histogram,
                           enum svg_colour colour)
{
  struct svg_point *points = malloc((GCT_HISTOGRAM_BINS + 2) * sizeof *points);
  uint64_t below = 0;
  size_t n = 0;
  if (!points || histogram->weight == 0) {
    free(points);
    return;
  }
  for (uint32_t bin = 0; bin < GCT_HISTOGRAM_BINS; bin++) {
    double to = (double)gct_histogram_to(bin) + 1;
    below += histogram->bins[bin];
    points[n++] =
        (struct svg_point){to, 100 * (double)below / (double)histogram->weight};
    if (to >= plot->across.to) break;
  }
  svg_plot_steps(plot, points, n, colour);
  free(points);
}

void stats_plot_heap(const struct svg_plot *plot, const struct gct_stats *stats)
{
  size_t n = (size_t)stats->n_samples + 1; // from nothing on
  struct svg_band *reachable = calloc(n, sizeof *reachable);
  struct svg_band *garbage = calloc(n, sizeof *garbage);
  for (size_t i = 1; reachable && garbage && i < n; i++) {
    const struct gct_sample *sample = &stats->samples[i - 1];
    double births = (double)sample->births;
    double part = (double)sample->reachable_bytes;
    reachable[i] = (struct svg_band){births, 0, part};
    garbage[i] = (struct svg_band){births, part, (double)sample->live_bytes};
  }
  if (reachable && garbage) {
    svg_plot_area(plot, garbage, n, stats_end_colours[GCT_END_GARBAGE]);
    svg_plot_area(plot, reachable, n, stats_end_colours[GCT_END_LIVE]);
  }
  free(reachable);
  free(garbage);
}

void stats_plot_ends(const struct svg_plot *plot, double y, double height,
                     const uint64_t ends[GCT_ENDINGS], uint64_t whole)
{
  double sum = 0;
  for (int end = 0; end < GCT_ENDINGS && whole > 0; end++) {
    double from = svg_plot_x(plot, 100 * sum / (double)whole);
    sum += (double)ends[end];
    double to = svg_plot_x(plot, 100 * sum / (double)whole);
    svg_rectangle(plot->svg, from, y, to - from, height,
                  stats_end_colours[end]);
  }
}
