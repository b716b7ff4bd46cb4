// stats_figure.h: pictures of trace statistics.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_STATS_FIGURE_H
#define WANE_HARNESS_STATS_FIGURE_H

#include "stats_trace.h"
#include "svg_plot.h"

// One trace on a page: twelve small plots. Returns 0 and the picture, which
// the caller frees, or a negative errno.
int stats_figure_trace(const struct stats_trace *trace, char **svg, size_t *n);

// Several traces, a row each: sizes, lifetimes, ends, the heap over time.
int stats_figure_overview(const struct stats_trace *traces, size_t n_traces,
                          char **svg, size_t *n);

// ---- plots that both have; the plot's scales say how much is drawn of axes

extern const enum svg_colour stats_end_colours[GCT_ENDINGS];

// Share of the weight in each power of two of bytes, in percent, as steps.
void stats_plot_sizes(const struct svg_plot *plot,
                      const struct gct_histogram *histogram,
                      enum svg_colour colour);

// Percent of the weight below each value.
void stats_plot_cumulative(const struct svg_plot *plot,
                           const struct gct_histogram *histogram,
                           enum svg_colour colour);

// Bytes reachable, and bytes of garbage on top of them, over births.
void stats_plot_heap(const struct svg_plot *plot,
                     const struct gct_stats *stats);

// One bar: how `whole` objects or bytes end.
void stats_plot_ends(const struct svg_plot *plot, double y, double height,
                     const uint64_t ends[GCT_ENDINGS], uint64_t whole);

#endif
