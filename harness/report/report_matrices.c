// report_matrices.c: numa_matrices: who went to which node, as heat maps.
// SPDX-License-Identifier: MIT
//
// A row of pictures per configuration and number of mutators; a picture per
// matrix that anything was counted in. A cell is its part of the matrix, of
// medians over invocations; the darkest is the largest of its matrix.
#include "report_plot.h"
#include "svg_plot.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LEFT 26.0
#define HEAD 34.0
#define CELL_WIDTH 98.0
#define ROW 119.0
#define MAP 75.0 // of all cells of a matrix

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

static void put_rows(const struct map *map, struct report_paper *paper)
{
  const struct report_item *item = &map->view->items[map->begin];
  for (uint32_t i = 0; i < map->n * map->n; i++) {
    const struct report_spread *s = &map->cells[i];
    const double values[] = {s->median, s->low, s->high, s->median / map->sum};
    char from[16], to[16];
    node_text(from, node_of(map, i / map->n));
    node_text(to, node_of(map, i % map->n));
    report_series_fields(map->view, item, paper->csv);
    fprintf(paper->csv, ",%u,%s,%s,%s", item->run->mutators,
            matrices[map->matrix].metric, from, to);
    report_row_numbers(paper, values, 4);
    fprintf(paper->csv, ",%zu", s->n);
    report_row_end(paper);
  }
}

// At most eight, and "any" always.
static void put_tics(const struct map *map, FILE *gp)
{
  uint32_t every = (map->n + 7) / 8;
  for (int axis = 0; axis < 2; axis++) {
    fprintf(gp, "set %ctics (", axis ? 'y' : 'x');
    for (uint32_t i = 0, n = 0; i < map->n; i++) {
      char text[16];
      bool last = map->any && i == map->n - 1;
      if (!last && (i % every || (map->any && i + every >= map->n && i)))
        continue;
      node_text(text, node_of(map, i));
      fprintf(gp, "%s'%s' %u", n++ ? ", " : "", text, i);
    }
    fputs(") scale 0\n", gp);
  }
}

// Dark cells have white numbers; light ones nearly black ones, which a page
// does not take for its own black.
static void put_cells(const struct map *map, struct report_paper *paper,
                      size_t first)
{
  FILE *gp = paper->gp;
  fprintf(gp, "ANY = %u\nMOST = %.17g\nplot ", map->n - 1,
          map->most / map->sum);
  report_plot_rows(paper, first, paper->rows - 1);
  fputs(" using (node(strcol('dst_node'))):(node(strcol('src_node'))):(0.48)"
        ":(0.48):(column('share')/MOST) with boxxyerror fillstyle solid 1 "
        "noborder linecolor palette",
        gp);
  for (int dark = 0; map->n <= 5 && dark < 2; dark++) {
    fputs(", ", gp);
    report_plot_rows(paper, first, paper->rows - 1);
    fprintf(gp,
            " using (node(strcol('dst_node'))):(node(strcol('src_node'))):"
            "(column('share')/MOST %s 0.6 ? percent(column('share')) : '') "
            "with labels textcolor rgb '%s'",
            dark ? ">" : "<=", dark ? "#FFFFFF" : "#101010");
  }
  putc('\n', gp);
}

static void draw_map(const struct map *map, struct report_paper *paper,
                     double x, double y)
{
  char sum[32];
  size_t first = paper->rows;
  svg_number_text(sum, map->sum, SVG_PLAIN);
  report_plot_text(paper, x, y - 5, REPORT_LEFT, true, 0.9,
                   matrices[map->matrix].title);
  report_plot_text(paper, x + MAP, y - 5, REPORT_RIGHT, false, 0.9, sum);
  put_rows(map, paper);
  report_plot_box(paper, x, y, MAP, MAP);
  fprintf(paper->gp, "set xrange [-0.5:%g]\nset yrange [%g:-0.5]\n",
          map->n - 0.5, map->n - 0.5);
  put_tics(map, paper->gp);
  put_cells(map, paper, first);
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
  double x = LEFT;
  char *name = report_panel_name(view, item), *text = NULL;
  if (!name ||
      asprintf(&text, "%s, %u mutator%s: %s", name, item->run->mutators,
               item->run->mutators == 1 ? "" : "s", item->label) < 0)
    text = NULL;
  report_plot_text(paper, 8, y + 8, REPORT_LEFT, false, 1, text ? text : "");
  free(name);
  free(text);
  for (int i = 0; i < MATRICES; i++) {
    struct map map;
    if (!is_column(view, i)) continue;
    if (fill(&map, view, begin, end, i)) draw_map(&map, paper, x, y + 26);
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
  double width = LEFT + 8 + CELL_WIDTH * fmax(used, 5);
  if (report_plot_begin(paper, width, HEAD + ROW * (double)rows))
    return -ENOMEM;
  char title[80];
  snprintf(title, sizeof title, "From node to node%s",
           report_class_words(view->class));
  report_plot_text(paper, 8, 10, REPORT_LEFT, true, 1.2, title);
  report_plot_text(paper, 8, 23, REPORT_LEFT, false, 0.9,
                   "down: the node of the thread; across: the home of the "
                   "memory; in percent of the matrix, whose sum is above it");
  fputs("unset border\nunset grid\nunset colorbox\n"
        "set palette defined (0 '#EEF4F9', 1 '#0072B2')\nset cbrange [0:1]\n"
        "node(text) = text eq 'any' ? ANY : real(text)\n"
        "percent(x) = x > 0 && x < 0.005 ? '< 1' : sprintf('%.0f', 100*x)\n",
        paper->gp);
  double y = HEAD;
  for (size_t i = 0, end; i < view->n; i = end) {
    end = report_view_end(view, i, report_same_point);
    if (!is_drawn(view, i, end)) continue;
    draw_row(view, paper, i, end, y);
    y += ROW;
  }
  return report_plot_end(paper);
}

const struct report_figure report_matrices = {
    .name = "numa_matrices",
    .title = "From node to node",
    .help = "who went to which node, as heat maps",
    .kind = REPORT_PICTURE,
    .axis = REPORT_OVER_MUTATORS,
    .draw = draw};
