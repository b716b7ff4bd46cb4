// report_share.c: what the figures of `wane report` share.
// SPDX-License-Identifier: MIT
#include "report_figure.h"

#include "csv.h"

#include <math.h>

#define TEXT 9.0
#define LINE 13.0

static const enum svg_colour colours[] = {SVG_BLUE,      SVG_ORANGE, SVG_GREEN,
                                          SVG_VERMILION, SVG_SKY,    SVG_PURPLE,
                                          SVG_YELLOW,    SVG_BLACK};
enum { COLOURS = sizeof colours / sizeof colours[0] };

enum svg_colour report_colour(size_t series)
{
  return colours[series % COLOURS];
}

bool report_dashed(size_t series)
{
  return series / COLOURS % 2;
}

void report_title(const struct report_view *view, struct svg *svg,
                  const char *title)
{
  static const char *const words[REPORT_CLASSES] = {
      "", " - nothing was bound", " - modelled, not measured",
      " - on an emulated machine"};
  svg_text(svg, (struct svg_point){16, 24}, 14, SVG_START, SVG_BLACK, true,
           "%s%s", title, words[view->class]);
}

double report_legend(const struct report_view *view, struct svg *svg, double x,
                     double y)
{
  for (size_t i = 0; svg && i < view->n_series; i++) {
    double at = y + LINE * (double)i;
    const struct svg_point line[] = {{x, at - 3}, {x + 20, at - 3}};
    svg_polyline(svg, line, 2, report_colour(i), 1.6, report_dashed(i));
    svg_rectangle(svg, x + 7.5, at - 5.5, 5, 5, report_colour(i));
    svg_text(svg, (struct svg_point){x + 26, at}, TEXT, SVG_START, SVG_DARK,
             false, "%s", view->labels[i]);
  }
  return LINE * (double)view->n_series;
}

double report_label_width(const struct report_view *view)
{
  double widest = 0;
  for (size_t i = 0; i < view->n_series; i++)
    widest = fmax(widest, svg_text_width(view->labels[i], TEXT));
  return widest + 60; // what stands before it, and a margin
}

// --- csv -------------------------------------------------------------------

static const enum report_field fields[] = {
    REPORT_BENCHMARK,      REPORT_SIZE,        REPORT_COLLECTOR,
    REPORT_COLLECTOR_OPTS, REPORT_WORKERS,     REPORT_HEAP_BYTES,
    REPORT_NUMA_MODE,      REPORT_NUMA_POLICY, REPORT_THREAD_POLICY,
    REPORT_GC_POLICY,      REPORT_TOPOLOGY};

const char report_series_columns[] =
    "class,series,configuration,benchmark,size,collector,collector_opts,"
    "gc_workers,heap_bytes,numa_mode,numa_policy,thread_policy,gc_policy,"
    "topology_id";

void report_series_fields(const struct report_view *view,
                          const struct report_item *item, FILE *csv)
{
  csv_field(csv, report_class_name(view->class));
  putc(',', csv);
  csv_field(csv, item->label);
  putc(',', csv);
  csv_field(csv, item->key);
  for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
    const char *text =
        fields[i] == REPORT_SIZE ? item->size : item->run->field[fields[i]];
    putc(',', csv);
    if (i > 1 && text[0] == 'N' && text[1] == 'A' && !text[2])
      fputs("NA", csv); // missing; "size" is never
    else
      csv_field(csv, text);
  }
}
