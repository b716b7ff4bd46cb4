// report_plot.c: gnuplot scripts that all look alike.
// SPDX-License-Identifier: MIT
//
// The script draws the svg, then loads itself once more for the pdf: so errors
// have a line, and `gnuplot STEM.gp` alone does all of it.
#include "report_plot.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TEXT 8.0 // points
#define LINE 11.0
#define SAMPLE 22.0 // of a legend

// Okabe and Ito's, without black, which is for text, and without yellow, which
// cannot be seen on white. In this order the first few differ in grey, too.
static const char *const colours[] = {"#0072B2", "#D55E00", "#009E73",
                                      "#CC79A7", "#E69F00", "#56B4E9"};
static const int points[] = {7, 5, 9, 11, 13, 4, 6, 8, 10, 12};
static const char *const dashes[] = {"1", "(8,3)", "(2,2)", "(8,3,2,3)",
                                     "(14,4)"};
enum {
  COLOURS = sizeof colours / sizeof colours[0],
  POINTS = sizeof points / sizeof points[0],
  DASHES = sizeof dashes / sizeof dashes[0],
  STYLES = COLOURS * DASHES
};

unsigned report_plot_style(size_t series)
{
  return (unsigned)(series % STYLES) + 1;
}

const char *report_plot_colour(size_t series)
{
  return colours[series % COLOURS];
}

void report_plot_quote(FILE *gp, const char *text)
{
  putc('\'', gp);
  for (; *text; text++) {
    if (*text == '\'') putc('\'', gp);
    putc((unsigned char)*text < ' ' ? ' ' : *text, gp);
  }
  putc('\'', gp);
}

void report_plot_quote_tic(FILE *gp, const char *text)
{
  putc('\'', gp);
  for (; *text; text++) {
    if (*text == '\'' || *text == '%') putc(*text, gp);
    putc((unsigned char)*text < ' ' ? ' ' : *text, gp);
  }
  putc('\'', gp);
}

double report_plot_text_width(const char *text)
{
  return 0.58 * TEXT * (double)strlen(text);
}

// --- a script --------------------------------------------------------------

static void put_terminals(FILE *gp, const char *stem)
{
  fprintf(gp,
          "if (!exists(\"KIND\")) { KIND = 'svg' }\n"
          "if (KIND eq 'svg') {\n"
          "  set terminal svg size 1.5*WIDTH,1.5*HEIGHT noenhanced "
          "font 'sans-serif,12' linewidth 1.5 name '%s'\n"
          "  BOLD = ' Bold'\n"
          "  SCALE = 1.5\n"
          "} else {\n"
          "  set terminal pdfcairo size WIDTH/72.0,HEIGHT/72.0 noenhanced "
          "font 'sans-serif,%g' linewidth 1\n"
          "  BOLD = ':Bold'\n"
          "  SCALE = 1\n"
          "}\n"
          "set output '%s.'.KIND\n",
          stem, TEXT, stem);
}

static void put_styles(FILE *gp)
{
  for (int i = 0; i < STYLES; i++)
    fprintf(gp,
            "set style line %d linecolor rgb '%s' linewidth 1.2 dashtype %s "
            "pointtype %d pointsize 0.45\n",
            i + 1, colours[i % COLOURS], dashes[(i + i / COLOURS) % DASHES],
            points[i % POINTS]);
  // Grey that can be seen on white and on black.
  fputs("set style line 101 linecolor rgb '#A08C8C8C' linewidth 0.5 dashtype "
        "1\n"
        "set style line 102 linecolor rgb '#8C8C8C' linewidth 1 dashtype "
        "(4,3)\n"
        "set style line 103 linecolor rgb '#000000' linewidth 0.6 dashtype 1\n",
        gp);
}

int report_plot_begin(struct report_paper *paper, double width, double height)
{
  FILE *gp = paper->gp;
  paper->labels = open_memstream(&paper->labels_text, &paper->labels_size);
  if (!paper->labels) return -ENOMEM;
  paper->drawn = true;
  paper->width = width;
  paper->height = height;
  fprintf(gp,
          "# %s.gp: draws %s.svg and %s.pdf from %s.csv: gnuplot %s.gp\n"
          "reset\n"
          "set encoding utf8\n"
          "WIDTH = %.1f # points of the printed page\n"
          "HEIGHT = %.1f\n",
          paper->stem, paper->stem, paper->stem, paper->stem, paper->stem,
          width, height);
  put_terminals(gp, paper->stem);
  put_styles(gp);
  fputs("set datafile separator comma\n"
        "set datafile columnheaders\n"
        "set border 3 linestyle 103\n"
        "set tics nomirror out scale 0.5\n"
        "set grid ytics linestyle 101\n"
        "set style fill transparent solid 0.15 noborder\n"
        "set boxwidth 0.8\n"
        "unset key\n"
        "set multiplot\n",
        gp);
  return 0;
}

// Labels are drawn by a plot of nothing over the whole picture.
int report_plot_end(struct report_paper *paper)
{
  int result = fclose(paper->labels) ? -ENOMEM : 0;
  fputs("set margins screen 0, screen 1, screen 0, screen 1\n"
        "unset border\nunset tics\nunset grid\nunset logscale\n"
        "unset title\nunset xlabel\nunset ylabel\n",
        paper->gp);
  if (!result) fputs(paper->labels_text, paper->gp);
  fprintf(paper->gp,
          "plot [0:1] [0:1] 2 notitle\n"
          "unset multiplot\n"
          "unset output\n"
          "if (KIND eq 'svg') { KIND = 'pdf'; load '%s.gp' }\n",
          paper->stem);
  free(paper->labels_text);
  paper->labels_text = NULL;
  return result;
}

// --- parts -----------------------------------------------------------------

void report_plot_box(struct report_paper *paper, double left, double top,
                     double width, double height)
{
  fprintf(paper->gp,
          "set margins screen %.5f, screen %.5f, screen %.5f, screen %.5f\n",
          left / paper->width, (left + width) / paper->width,
          1 - (top + height) / paper->height, 1 - top / paper->height);
}

void report_plot_tics(struct report_paper *paper, char axis, double from,
                      double to)
{
  static const double rounds[] = {1, 2, 2.5, 5, 10};
  double step = (to > from ? to - from : 1) / 4;
  double power = pow(10, floor(log10(step)));
  int i = 0;
  while (i < 4 && rounds[i] * power < step * 0.999) i++;
  fprintf(paper->gp, "set %ctics %.6g\n", axis, rounds[i] * power);
}

const char *report_plot_time(double ns, double *times)
{
  static const char *const units[] = {"s", "ms", "us", "ns"};
  int i = 0;
  *times = 1e-9;
  for (; i < 3 && ns * *times < 1; i++) *times *= 1e3;
  return units[i];
}

// "screen X,Y"
static void put_place(struct report_paper *paper, double x, double y)
{
  fprintf(paper->labels, "screen %.5f,%.5f", x / paper->width,
          1 - y / paper->height);
}

void report_plot_text(struct report_paper *paper, double x, double y,
                      enum report_anchor anchor, bool bold, double size,
                      const char *text)
{
  static const char *const words[] = {"left", "centre", "right"};
  fputs("set label ", paper->labels);
  report_plot_quote(paper->labels, text);
  fputs(" at ", paper->labels);
  put_place(paper, x, y);
  fprintf(paper->labels,
          " %s font sprintf('sans-serif%%s,%%g', %s, %g * SCALE)\n",
          words[anchor], bold ? "BOLD" : "''", TEXT * size);
}

void report_plot_rows(struct report_paper *paper, size_t first, size_t last)
{
  fprintf(paper->gp, "'%s.csv' every ::%zu::%zu", paper->stem, first, last);
}

static void put_part(struct report_paper *paper,
                     const struct report_plot_part *part, const char *column)
{
  fputs(", ", paper->gp);
  report_plot_rows(paper, part->first, part->last);
  fprintf(paper->gp, " using (%s):(%g*column('%s'))", part->x, part->times,
          column);
}

void report_plot_band(struct report_paper *paper,
                      const struct report_plot_part *part)
{
  put_part(paper, part, part->low);
  fprintf(paper->gp, ":(%g*column('%s')) with filledcurves fillcolor rgb '%s'",
          part->times, part->high, report_plot_colour(part->series));
}

// Vectors: gnuplot's own bars would blank out what is behind.
void report_plot_whiskers(struct report_paper *paper,
                          const struct report_plot_part *part)
{
  put_part(paper, part, part->low);
  fprintf(paper->gp,
          ":(0):(%g*(column('%s')-column('%s'))) with vectors nohead "
          "linestyle %u dashtype 1",
          part->times, part->high, part->low, report_plot_style(part->series));
}

void report_plot_line(struct report_paper *paper,
                      const struct report_plot_part *part)
{
  put_part(paper, part, part->middle);
  fprintf(paper->gp, " with linespoints linestyle %u",
          report_plot_style(part->series));
}

// --- legend ----------------------------------------------------------------

static void put_sample(struct report_paper *paper, size_t series, double x,
                       double y, const char *box)
{
  FILE *out = paper->labels;
  if (box) {
    fputs("set object rectangle from ", out);
    put_place(paper, x + 6, y + 3);
    fputs(" to ", out);
    put_place(paper, x + SAMPLE - 6, y - 3);
    fprintf(out, " fillcolor rgb '%s' fillstyle solid 1 noborder\n", box);
    return;
  }
  fputs("set arrow from ", out);
  put_place(paper, x, y);
  fputs(" to ", out);
  put_place(paper, x + SAMPLE - 4, y);
  fprintf(out, " nohead linestyle %u\nset label '' at ",
          report_plot_style(series));
  put_place(paper, x + (SAMPLE - 4) / 2, y);
  fprintf(out, " point linestyle %u dashtype 1\n", report_plot_style(series));
}

double report_plot_legend(struct report_paper *paper, char *const *labels,
                          const bool *used, size_t n, double width, double top,
                          const char *const *boxes, bool draw)
{
  double widest = 1;
  size_t shown = 0, at = 0;
  for (size_t i = 0; i < n; i++) {
    if (used && !used[i]) continue;
    shown++;
    widest = fmax(widest, report_plot_text_width(labels[i]) + SAMPLE + 14);
  }
  size_t columns = (size_t)fmax(1, floor((width - 16) / widest));
  size_t lines = (shown + columns - 1) / columns;
  if (lines) columns = (shown + lines - 1) / lines; // as even as can be
  for (size_t i = 0; draw && i < n; i++) {
    if (used && !used[i]) continue;
    double x = 8 + widest * (double)(at % columns);
    double y = top + LINE * ((double)(at / columns) + 0.5);
    put_sample(paper, i, x, y, boxes ? boxes[i] : NULL);
    report_plot_text(paper, x + SAMPLE, y, REPORT_LEFT, false, 1, labels[i]);
    at++;
  }
  return LINE * (double)lines;
}
