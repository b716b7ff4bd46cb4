// svg.h: a picture as SVG: rectangles, lines, areas and text.
// SPDX-License-Identifier: MIT
//
// Plain SVG 1.1 with presentation attributes only: no style sheet, no script,
// no font that would have to be there; text stays text. Lengths are in points
// of the picture, y grows downwards. Out of memory shows at svg_close. One
// thread uses a picture.
#ifndef WANE_HARNESS_SVG_H
#define WANE_HARNESS_SVG_H

#include <stdbool.h>
#include <stddef.h>

// Okabe and Ito's palette, which colour-blind readers can tell apart, and
// greys. In this order the first few also differ when printed in grey.
enum svg_colour {
  SVG_BLUE,
  SVG_ORANGE,
  SVG_GREEN,
  SVG_VERMILION,
  SVG_SKY,
  SVG_PURPLE,
  SVG_YELLOW,
  SVG_BLACK,
  SVG_DARK, // text of second rank
  SVG_GREY, // axes, what is left over
  SVG_PALE, // grid
  SVG_WHITE,
  SVG_COLOURS
};

struct svg_point {
  double x, y;
};

enum svg_anchor { SVG_START, SVG_MIDDLE, SVG_END };

struct svg;

// NULL when out of memory. The title is what a reader's software shows.
struct svg *svg_open(double width, double height, const char *title);

// Ends the picture and frees it. Returns 0 and the text, which the caller
// frees, or a negative errno.
int svg_close(struct svg *svg, char **text, size_t *n);

// Frees it. NULL is allowed.
void svg_abandon(struct svg *svg);

void svg_rectangle(struct svg *svg, double x, double y, double width,
                   double height, enum svg_colour fill);

// The same in a lighter shade: 1 is the colour, 0 is white.
void svg_shade(struct svg *svg, double x, double y, double width, double height,
               enum svg_colour fill, double share);

void svg_line(struct svg *svg, struct svg_point from, struct svg_point to,
              enum svg_colour colour, double width);

// Points in order, joined by straight lines. Two at least, or nothing is drawn.
void svg_polyline(struct svg *svg, const struct svg_point *points, size_t n,
                  enum svg_colour colour, double width, bool dashed);

// The same, closed and filled.
void svg_polygon(struct svg *svg, const struct svg_point *points, size_t n,
                 enum svg_colour fill);

// One line of text with its baseline at `at`.
void svg_text(struct svg *svg, struct svg_point at, double size,
              enum svg_anchor anchor, enum svg_colour colour, bool bold,
              const char *format, ...) __attribute__((format(printf, 7, 8)));

// The same, turned to be read from below.
void svg_text_upwards(struct svg *svg, struct svg_point at, double size,
                      enum svg_anchor anchor, enum svg_colour colour,
                      const char *text);

// About how wide that text is.
double svg_text_width(const char *text, double size);

#endif
