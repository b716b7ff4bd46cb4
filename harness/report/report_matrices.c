// report_matrices.c: numa_matrices: who went to which node, as heat maps.
// SPDX-License-Identifier: MIT
//
// A row of pictures per configuration and number of mutators; a picture per
// matrix that anything was counted in. A cell is its part of the matrix, of
// medians over invocations; the darkest is the largest of its matrix.
#include "report_figure.h"

#include "csv.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TEXT 8.5
#define LEFT 16.0
#define HEAD 54.0
#define CELL_WIDTH 128.0
#define ROW 158.0
#define MAP 96.0 // of all cells of a matrix

static const struct {
  const char *metric, *title;
} matrices[] = {
    {"numa.alloc_bytes", "Bytes born"},
    {"numa.stores", "Stores"},
    {"numa.loads", "Loads"},
    {"numa.increments", "Increments"},
    {"numa.edges", "Edges"},
    {"numa.decrements", "Decrements"},
    {"numa.marked", "Marked"},
    {"numa.freed_objects", "Freed"},
    {"numa.steals", "Steals"},
    {"numa.sent", "Sent"},
    {"numa.pages", "Pages"},
};
enum { MATRICES = sizeof matrices / sizeof matrices[0] };

// One matrix of items [begin, end), which are alike but for their invocation.
struct map {
  const struct report_view *view;
  size_t begin, end;
  int matrix;
  uint32_t n; // rows: nodes, and one for "any" if it is there
  bool any;
  struct report_spread *cells; // n * n
  double sum, most;            // of medians
};

// --- numbers ---------------------------------------------------------------

static bool has_any(const struct report_view *view, size_t begin, size_t end,
                    const char *metric, bool *unknown)
{
  bool any = false;
  for (size_t i = begin; i < end; i++)
    for (size_t k = 0; k < view->items[i].run->n_cells; k++) {
      const struct report_cell *cell = &view->items[i].run->cells[k];
      if (strcmp(cell->metric, metric) || !(cell->value > 0)) continue;
      any = true;
      *unknown |= cell->from == REPORT_ANY || cell->to == REPORT_ANY;
    }
  return any;
}

static uint32_t node_of(const struct map *map, uint32_t i)
{
  return map->any && i == map->n - 1 ? REPORT_ANY : i;
}

static uint32_t row_of(const struct map *map, uint32_t node)
{
  return node == REPORT_ANY && map->any ? map->n - 1 : node;
}

// Run k's cells into column k of `values`, which has `runs` columns. A matrix
// that was counted has no row for a cell that is 0.
static void gather(const struct map *map, const struct report_run *run,
                   size_t k, size_t runs, double *values)
{
  const char *metric = matrices[map->matrix].metric;
  for (size_t i = 0; i < (size_t)map->n * map->n; i++)
    values[i * runs + k] = run->nodes ? 0 : NAN;
  for (size_t i = 0; i < run->n_cells; i++) {
    const struct report_cell *cell = &run->cells[i];
    if (strcmp(cell->metric, metric)) continue;
    uint32_t from = row_of(map, cell->from), to = row_of(map, cell->to);
    if (from < map->n && to < map->n)
      values[((size_t)from * map->n + to) * runs + k] = cell->value;
  }
}

// False: nothing was counted, or no memory.
static bool fill(struct map *map, const struct report_view *view, size_t begin,
                 size_t end, int matrix)
{
  *map = (struct map){view, begin, end, matrix, 0, false, NULL, 0, 0};
  if (!has_any(view, begin, end, matrices[matrix].metric, &map->any))
    return false;
  map->n = view->items[begin].run->nodes + map->any;
  size_t n = (size_t)map->n * map->n, runs = end - begin;
  map->cells = calloc(n, sizeof *map->cells);
  double *values = malloc(n * runs * sizeof *values);
  for (size_t k = 0; values && k < runs; k++)
    gather(map, view->items[begin + k].run, k, runs, values);
  for (size_t i = 0; map->cells && values && i < n; i++) {
    map->cells[i] = report_spread_of(values + i * runs, runs);
    map->sum += map->cells[i].median;
    map->most = fmax(map->most, map->cells[i].median);
  }
  free(values);
  return map->cells && map->sum > 0;
}

// --- a heat map ------------------------------------------------------------

static void node_text(char text[16], uint32_t node)
{
  if (node == REPORT_ANY)
    strcpy(text, "any");
  else
    snprintf(text, 16, "%u", node);
}

static void put_rows(const struct map *map, FILE *csv)
{
  const struct report_item *item = &map->view->items[map->begin];
  for (uint32_t i = 0; i < map->n * map->n; i++) {
    const struct report_spread *s = &map->cells[i];
    const double values[] = {s->median, s->low, s->high, s->median / map->sum};
    char from[16], to[16], text[32];
    node_text(from, node_of(map, i / map->n));
    node_text(to, node_of(map, i % map->n));
    report_series_fields(map->view, item, csv);
    fprintf(csv, ",%u,%s,%s,%s", item->run->mutators,
            matrices[map->matrix].metric, from, to);
    for (int k = 0; k < 4; k++) {
      csv_number(text, values[k]);
      fprintf(csv, ",%s", text);
    }
    fprintf(csv, ",%zu\n", s->n);
  }
}

static void draw_cells(const struct map *map, struct svg *svg, double x,
                       double y)
{
  double size = MAP / map->n, gap = fmin(0.5, 0.06 * size);
  for (uint32_t i = 0; i < map->n * map->n; i++) {
    double part = map->cells[i].median / map->sum;
    double shade = map->cells[i].median / map->most;
    double left = x + size * (i % map->n), top = y + size * (i / map->n);
    svg_shade(svg, left + gap, top + gap, size - 2 * gap, size - 2 * gap,
              SVG_BLUE, 0.04 + 0.96 * shade);
    if (map->n > 5) continue;
    char text[16] = "< 1";
    if (!(part > 0 && part < 0.005)) snprintf(text, 16, "%.0f", 100 * part);
    svg_text(svg, (struct svg_point){left + size / 2, top + size / 2 + 3}, TEXT,
             SVG_MIDDLE,
             shade > 0.6 ? SVG_WHITE
             : shade > 0 ? SVG_BLACK
                         : SVG_GREY,
             false, "%s", text);
  }
}

static void draw_names(const struct map *map, struct svg *svg, double x,
                       double y)
{
  double size = MAP / map->n;
  uint32_t every = (map->n + 7) / 8;
  for (uint32_t i = 0; i < map->n; i++) {
    char text[16];
    node_text(text, node_of(map, i));
    bool last = map->any && i == map->n - 1; // "any" is always there
    if (!last && (i % every || (map->any && i + every >= map->n && i)))
      continue;
    svg_text(svg, (struct svg_point){x - 3, y + size * (i + 0.5) + 3}, TEXT,
             SVG_END, SVG_DARK, false, "%s", text);
    svg_text(svg, (struct svg_point){x + size * (i + 0.5), y + MAP + 10}, TEXT,
             SVG_MIDDLE, SVG_DARK, false, "%s", text);
  }
}

static void draw_map(const struct map *map, struct report_paper *paper,
                     double x, double y)
{
  char sum[32];
  svg_number_text(sum, map->sum, SVG_PLAIN);
  svg_text(paper->svg, (struct svg_point){x, y - 5}, 9, SVG_START, SVG_BLACK,
           true, "%s", matrices[map->matrix].title);
  svg_text(paper->svg, (struct svg_point){x + MAP, y - 5}, TEXT, SVG_END,
           SVG_DARK, false, "%s", sum);
  draw_cells(map, paper->svg, x, y);
  draw_names(map, paper->svg, x, y);
  put_rows(map, paper->csv);
}

// --- the figure ------------------------------------------------------------

static bool is_drawn(const struct report_view *view, size_t begin, size_t end)
{
  bool unknown = false;
  for (int i = 0; i < MATRICES; i++)
    if (has_any(view, begin, end, matrices[i].metric, &unknown)) return true;
  return false;
}

static bool is_column(const struct report_view *view, int matrix)
{
  bool unknown = false;
  return has_any(view, 0, view->n, matrices[matrix].metric, &unknown);
}

static int draw_row(const struct report_view *view, struct report_paper *paper,
                    size_t begin, size_t end, double y)
{
  const struct report_item *item = &view->items[begin];
  double x = LEFT + 22;
  char *name = report_panel_name(item);
  svg_text(paper->svg, (struct svg_point){LEFT, y + 12}, 10, SVG_START,
           SVG_BLACK, false, "%s, %u mutator%s: %s", name ? name : "",
           item->run->mutators, item->run->mutators == 1 ? "" : "s",
           item->label);
  free(name);
  for (int i = 0; i < MATRICES; i++) {
    struct map map;
    if (!is_column(view, i)) continue;
    if (fill(&map, view, begin, end, i)) draw_map(&map, paper, x, y + 32);
    free(map.cells);
    x += CELL_WIDTH;
  }
  return 0;
}

static int draw(const struct report_view *view, struct report_paper *paper)
{
  size_t rows = 0;
  int used = 0;
  fprintf(paper->csv,
          "%s,mutators,metric,src_node,dst_node,median,low,high,share,n\n",
          report_series_columns);
  fputs("numa_matrices: from the node of the thread (up) to the home of the "
        "memory (across), in\npercent of the matrix, whose sum is above; of "
        "medians over invocations. Edges go from\nobject to object, pages from "
        "home to where the kernel says they are. \"any\" is a node\nthat is "
        "not known; of pages, none yet.\n",
        paper->caption);
  for (size_t i = 0, end; i < view->n; i = end) {
    end = report_view_end(view, i, report_same_point);
    rows += is_drawn(view, i, end);
  }
  if (!rows) return 0;
  for (int i = 0; i < MATRICES; i++) used += is_column(view, i);
  double width = fmax(2 * LEFT + 22 + CELL_WIDTH * fmax(used, 4),
                      // a row's title has the workload before the label
                      1.15 * report_label_width(view) + 250);
  paper->svg = svg_open(width, HEAD + ROW * (double)rows, "numa_matrices");
  if (!paper->svg) return -ENOMEM;
  report_title(view, paper->svg, "From node to node");
  svg_text(paper->svg, (struct svg_point){LEFT, 40}, TEXT, SVG_START, SVG_DARK,
           false,
           "down: the node of the thread; across: the home of the memory; in "
           "percent of the matrix, whose sum is above it");
  double y = HEAD;
  for (size_t i = 0, end; i < view->n; i = end) {
    end = report_view_end(view, i, report_same_point);
    if (!is_drawn(view, i, end)) continue;
    draw_row(view, paper, i, end, y);
    y += ROW;
  }
  return 0;
}

const struct report_figure report_matrices = {
    "numa_matrices", "who went to which node, as heat maps", draw};
