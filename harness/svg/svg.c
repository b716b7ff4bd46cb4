// svg.c: a picture as SVG: rectangles, lines, areas and text.
// SPDX-License-Identifier: MIT
//
// The text of the picture grows in memory, so that a file is only ever written
// whole.
#include "svg.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct svg {
  FILE *out;
  char *text;
  size_t n;
};

static const char *const colours[SVG_COLOURS] = {
    [SVG_BLUE] = "#0072b2",   [SVG_ORANGE] = "#e69f00",
    [SVG_GREEN] = "#009e73",  [SVG_VERMILION] = "#d55e00",
    [SVG_SKY] = "#56b4e9",    [SVG_PURPLE] = "#cc79a7",
    [SVG_YELLOW] = "#f0e442", [SVG_BLACK] = "#000000",
    [SVG_DARK] = "#444444",   [SVG_GREY] = "#999999",
    [SVG_PALE] = "#e4e4e4",   [SVG_WHITE] = "#ffffff"};

// A length with at most two decimals, and none that say nothing.
static void put_length(struct svg *svg, double value)
{
  char text[40];
  int n = snprintf(text, sizeof text, "%.2f", isfinite(value) ? value : 0);
  while (text[n - 1] == '0') n--;
  if (text[n - 1] == '.') n--;
  text[n] = 0;
  fputs(strcmp(text, "-0") == 0 ? "0" : text, svg->out);
}

static void put_attribute(struct svg *svg, const char *name, double value)
{
  fprintf(svg->out, " %s=\"", name);
  put_length(svg, value);
  fputc('"', svg->out);
}

// Text with what means something to XML spelled out; control characters, which
// XML does not know, become blanks.
static void put_escaped(struct svg *svg, const char *text)
{
  for (; *text; text++) {
    if (*text == '<')
      fputs("&lt;", svg->out);
    else if (*text == '>')
      fputs("&gt;", svg->out);
    else if (*text == '&')
      fputs("&amp;", svg->out);
    else
      fputc((unsigned char)*text < ' ' ? ' ' : *text, svg->out);
  }
}

struct svg *svg_open(double width, double height, const char *title)
{
  struct svg *svg = calloc(1, sizeof *svg);
  if (!svg) return NULL;
  svg->out = open_memstream(&svg->text, &svg->n);
  if (!svg->out) {
    free(svg);
    return NULL;
  }
  fputs("<svg xmlns=\"http://www.w3.org/2000/svg\"", svg->out);
  put_attribute(svg, "width", width);
  put_attribute(svg, "height", height);
  fputs(" viewBox=\"0 0 ", svg->out);
  put_length(svg, width);
  fputc(' ', svg->out);
  put_length(svg, height);
  fputs("\"\n  font-family=\"Helvetica, Arial, 'DejaVu Sans', sans-serif\">\n"
        "<title>",
        svg->out);
  put_escaped(svg, title);
  fputs("</title>\n", svg->out);
  svg_rectangle(svg, 0, 0, width, height, SVG_WHITE);
  return svg;
}

int svg_close(struct svg *svg, char **text, size_t *n)
{
  fputs("</svg>\n", svg->out);
  int failed = ferror(svg->out);
  failed |= fclose(svg->out);
  *text = svg->text;
  *n = svg->n;
  free(svg);
  if (!failed && *text) return 0;
  free(*text);
  *text = NULL;
  return -ENOMEM;
}

void svg_abandon(struct svg *svg)
{
  if (!svg) return;
  fclose(svg->out);
  free(svg->text);
  free(svg);
}

static void put_rectangle(struct svg *svg, double x, double y, double width,
                          double height, const char *fill)
{
  if (!(width > 0 && height > 0)) return;
  fputs("<rect", svg->out);
  put_attribute(svg, "x", x);
  put_attribute(svg, "y", y);
  put_attribute(svg, "width", width);
  put_attribute(svg, "height", height);
  fprintf(svg->out, " fill=\"%s\"/>\n", fill);
}

void svg_rectangle(struct svg *svg, double x, double y, double width,
                   double height, enum svg_colour fill)
{
  put_rectangle(svg, x, y, width, height, colours[fill]);
}

// Mixed with white here and not by opacity: it is a colour everywhere, whatever
// lies below.
void svg_shade(struct svg *svg, double x, double y, double width, double height,
               enum svg_colour fill, double share)
{
  unsigned long full = strtoul(colours[fill] + 1, NULL, 16), mixed = 0;
  char text[8];
  share = fmin(fmax(share, 0), 1); // NAN: 0
  for (int shift = 0; shift < 24; shift += 8) {
    double part = (double)(full >> shift & 255);
    mixed |= (unsigned long)lround(255 - share * (255 - part)) << shift;
  }
  snprintf(text, sizeof text, "#%06lx", mixed & 0xffffff);
  put_rectangle(svg, x, y, width, height, text);
}

static void put_points(struct svg *svg, const struct svg_point *points,
                       size_t n)
{
  fputs(" points=\"", svg->out);
  for (size_t i = 0; i < n; i++) {
    if (i > 0) fputc(' ', svg->out);
    put_length(svg, points[i].x);
    fputc(',', svg->out);
    put_length(svg, points[i].y);
  }
  fputc('"', svg->out);
}

void svg_line(struct svg *svg, struct svg_point from, struct svg_point to,
              enum svg_colour colour, double width)
{
  const struct svg_point both[] = {from, to};
  svg_polyline(svg, both, 2, colour, width, false);
}

void svg_polyline(struct svg *svg, const struct svg_point *points, size_t n,
                  enum svg_colour colour, double width, bool dashed)
{
  if (n < 2) return;
  fputs("<polyline", svg->out);
  put_points(svg, points, n);
  fprintf(svg->out, " fill=\"none\" stroke=\"%s\" stroke-linejoin=\"round\"",
          colours[colour]);
  put_attribute(svg, "stroke-width", width);
  fputs(dashed ? " stroke-dasharray=\"4 2\"/>\n" : "/>\n", svg->out);
}

void svg_polygon(struct svg *svg, const struct svg_point *points, size_t n,
                 enum svg_colour fill)
{
  if (n < 3) return;
  fputs("<polygon", svg->out);
  put_points(svg, points, n);
  fprintf(svg->out, " fill=\"%s\"/>\n", colours[fill]);
}

static void put_font(struct svg *svg, double size, enum svg_anchor anchor,
                     enum svg_colour colour, bool bold)
{
  static const char *const anchors[] = {"start", "middle", "end"};
  put_attribute(svg, "font-size", size);
  if (anchor != SVG_START)
    fprintf(svg->out, " text-anchor=\"%s\"", anchors[anchor]);
  fprintf(svg->out, " fill=\"%s\"%s>", colours[colour],
          bold ? " font-weight=\"bold\"" : "");
}

void svg_text(struct svg *svg, struct svg_point at, double size,
              enum svg_anchor anchor, enum svg_colour colour, bool bold,
              const char *format, ...)
{
  char text[256];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  fputs("<text", svg->out);
  put_attribute(svg, "x", at.x);
  put_attribute(svg, "y", at.y);
  put_font(svg, size, anchor, colour, bold);
  put_escaped(svg, text);
  fputs("</text>\n", svg->out);
}

void svg_text_upwards(struct svg *svg, struct svg_point at, double size,
                      enum svg_anchor anchor, enum svg_colour colour,
                      const char *text)
{
  fputs("<text transform=\"translate(", svg->out);
  put_length(svg, at.x);
  fputc(' ', svg->out);
  put_length(svg, at.y);
  fputs(") rotate(-90)\"", svg->out);
  put_font(svg, size, anchor, colour, false);
  put_escaped(svg, text);
  fputs("</text>\n", svg->out);
}

double svg_text_width(const char *text, double size)
{
  return 0.58 * size * (double)strlen(text);
}
