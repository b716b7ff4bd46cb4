// svg_plot.c: axes, and what is drawn between them.
// SPDX-License-Identifier: MIT
//
// The grid is pale and the ink is for the data: no frame, a base line, and
// names beside what they name where there is room.
#include "svg_plot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

// 0 .. 1 along a scale.
static double along(const struct svg_scale *scale, double value)
{
  double from = scale->from, to = scale->to;
  if (scale->log) {
    value = log(fmax(value, scale->from));
    from = log(from);
    to = log(to);
  }
  double part = to > from ? (value - from) / (to - from) : 0;
  return part > 0 ? fmin(part, 1) : 0; // NAN: 0
}

double svg_plot_x(const struct svg_plot *plot, double value)
{
  return plot->x + plot->width * along(&plot->across, value);
}

double svg_plot_y(const struct svg_plot *plot, double value)
{
  return plot->y + plot->height * (1 - along(&plot->up, value));
}

// ---- the frame

static void frame_across(const struct svg_plot *plot)
{
  double ticks[SVG_MOST_TICKS], bottom = plot->y + plot->height;
  size_t n = svg_scale_ticks(&plot->across, ticks);
  char text[32];
  for (size_t i = 0; i < n; i++) {
    double x = svg_plot_x(plot, ticks[i]);
    svg_line(plot->svg, (struct svg_point){x, plot->y},
             (struct svg_point){x, bottom}, SVG_PALE, 0.7);
    if (plot->across.silent) continue;
    svg_number_text(text, ticks[i], plot->across.number);
    svg_text(plot->svg, (struct svg_point){x, bottom + 1.25 * plot->text},
             plot->text, SVG_MIDDLE, SVG_DARK, false, "%s", text);
  }
  if (plot->across.label)
    svg_text(plot->svg,
             (struct svg_point){plot->x + plot->width / 2,
                                bottom + 2.6 * plot->text},
             plot->text, SVG_MIDDLE, SVG_DARK, false, "%s", plot->across.label);
}

static void frame_up(const struct svg_plot *plot)
{
  double ticks[SVG_MOST_TICKS], widest = 0;
  size_t n = svg_scale_ticks(&plot->up, ticks);
  char text[32];
  for (size_t i = 0; i < n; i++) {
    double y = svg_plot_y(plot, ticks[i]);
    svg_line(plot->svg, (struct svg_point){plot->x, y},
             (struct svg_point){plot->x + plot->width, y}, SVG_PALE, 0.7);
    if (plot->up.silent) continue;
    svg_number_text(text, ticks[i], plot->up.number);
    widest = fmax(widest, svg_text_width(text, plot->text));
    svg_text(plot->svg, (struct svg_point){plot->x - 4, y + 0.35 * plot->text},
             plot->text, SVG_END, SVG_DARK, false, "%s", text);
  }
  if (plot->up.label)
    svg_text_upwards(
        plot->svg,
        (struct svg_point){plot->x - widest - 10, plot->y + plot->height / 2},
        plot->text, SVG_MIDDLE, SVG_DARK, plot->up.label);
}

void svg_plot_frame(const struct svg_plot *plot)
{
  double bottom = plot->y + plot->height;
  frame_across(plot);
  frame_up(plot);
  svg_line(plot->svg, (struct svg_point){plot->x, bottom},
           (struct svg_point){plot->x + plot->width, bottom}, SVG_GREY, 1);
}

// ---- curves

static struct svg_point place(const struct svg_plot *plot,
                              struct svg_point value)
{
  return (struct svg_point){svg_plot_x(plot, value.x),
                            svg_plot_y(plot, value.y)};
}

void svg_plot_line(const struct svg_plot *plot, const struct svg_point *points,
                   size_t n, enum svg_colour colour, bool dashed)
{
  struct svg_point *placed = malloc((n + 1) * sizeof *placed);
  if (!placed) return;
  for (size_t i = 0; i < n; i++) placed[i] = place(plot, points[i]);
  svg_polyline(plot->svg, placed, n, colour, 1.6, dashed);
  free(placed);
}

void svg_plot_steps(const struct svg_plot *plot, const struct svg_point *points,
                    size_t n, enum svg_colour colour)
{
  struct svg_point *placed = malloc((2 * n + 1) * sizeof *placed);
  size_t m = 0;
  if (!placed) return;
  for (size_t i = 0; i < n; i++) {
    struct svg_point point = place(plot, points[i]);
    if (m > 0) placed[m] = (struct svg_point){point.x, placed[m - 1].y};
    m += m > 0;
    placed[m++] = point;
  }
  svg_polyline(plot->svg, placed, m, colour, 1.6, false);
  free(placed);
}

void svg_plot_area(const struct svg_plot *plot, const struct svg_band *bands,
                   size_t n, enum svg_colour colour)
{
  struct svg_point *placed = malloc((2 * n + 1) * sizeof *placed);
  if (!placed) return;
  for (size_t i = 0; i < n; i++) {
    double x = svg_plot_x(plot, bands[i].x);
    placed[i] = (struct svg_point){x, svg_plot_y(plot, bands[i].low)};
    placed[2 * n - 1 - i] =
        (struct svg_point){x, svg_plot_y(plot, bands[i].high)};
  }
  svg_polygon(plot->svg, placed, 2 * n, colour);
  free(placed);
}

void svg_plot_bar(const struct svg_plot *plot, struct svg_point from,
                  struct svg_point to, enum svg_colour colour)
{
  struct svg_point a = place(plot, from), b = place(plot, to);
  svg_rectangle(plot->svg, fmin(a.x, b.x), fmin(a.y, b.y), fabs(b.x - a.x),
                fabs(b.y - a.y), colour);
}

// ---- names

double svg_legend(struct svg *svg, struct svg_point at, double text,
                  const struct svg_key *keys, size_t n)
{
  double size = 0.8 * text;
  for (size_t i = 0; i < n; i++) {
    svg_rectangle(svg, at.x, at.y - size + 0.5, size, size, keys[i].colour);
    at.x += 1.4 * size;
    svg_text(svg, at, text, SVG_START, SVG_DARK, false, "%s", keys[i].name);
    at.x += svg_text_width(keys[i].name, text) + 1.5 * size;
  }
  return at.x;
}

void svg_plot_rows(const struct svg_plot *plot, const struct svg_row *rows,
                   size_t n)
{
  double pitch = fmin(plot->height / (double)(n + !n), 2.2 * plot->text);
  char text[32];
  for (size_t i = 0; i < n; i++) {
    double top = plot->y + pitch * (double)i;
    double base = top + 0.5 * pitch + 0.35 * plot->text;
    double end = svg_plot_x(plot, rows[i].value);
    svg_rectangle(plot->svg, plot->x, top + 0.15 * pitch, end - plot->x,
                  0.7 * pitch, rows[i].colour);
    svg_text(plot->svg, (struct svg_point){plot->x - 4, base}, plot->text,
             SVG_END, SVG_DARK, false, "%s", rows[i].name);
    if (isnan(rows[i].value)) continue;
    svg_number_text(text, rows[i].value, plot->across.number);
    svg_text(plot->svg, (struct svg_point){end + 3, base}, plot->text,
             SVG_START, SVG_DARK, false, "%s", text);
  }
  svg_line(plot->svg, (struct svg_point){plot->x, plot->y},
           (struct svg_point){plot->x, plot->y + pitch * (double)n}, SVG_GREY,
           1);
}
