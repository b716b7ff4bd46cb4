// topo_picture.c: a topology as a picture.
// SPDX-License-Identifier: MIT
//
// Nodes are boxes, PUs are cells in them, those of a core side by side. What
// is planned is drawn where it would be: on its PU, or, where a thread may be
// on any PU of a node, above them. Below is the matrix of distances.
#include "topo_view.h"

#include "svg_plot.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define EDGE 20.0   // around everything
#define CELL 34.0   // of a PU
#define NUMBER 12.0 // its upper part, with its number
#define GAP 4.0     // between cores
#define PAD 10.0    // within a box
#define HEAD 36.0   // of a box
#define LINE 16.0   // of text
#define CHIP 30.0   // a thread that may be on any PU of a node

enum role { MUTATOR, COLLECTOR, ROLES };

static const struct {
  char letter;
  enum svg_colour fill, text;
} roles[ROLES] = {{'m', SVG_BLUE, SVG_WHITE}, {'c', SVG_ORANGE, SVG_BLACK}};

// Threads of a role on a PU, or on any of a node.
struct seat {
  uint32_t first[ROLES], n[ROLES];
};

struct picture {
  const struct topo_view *view;
  struct svg *svg;
  uint32_t nodes, pus, boxes;  // one more box, if PUs are of no node
  struct wane_topology_pu *pu; // by logical number
  struct seat *on_pu;          // by logical number
  struct seat on_node[WANE_NODES_MAX];
  double box_width, box_height, chips;
  uint32_t columns;           // of boxes
  double width, height, cell; // the last: of the matrix
  bool told;                  // there is one
};

// --- who is where ------------------------------------------------------------

static void sit(struct seat *seat, enum role role, uint32_t index)
{
  if (!seat->n[role]++) seat->first[role] = index;
}

static int seat_thread(struct picture *p, enum role role, uint32_t index)
{
  enum wane_place_role as =
      role == MUTATOR ? WANE_PLACE_MUTATOR : WANE_PLACE_WORKER;
  uint32_t node = wane_placement_node(p->view->placement, as, index);
  char *cpus = wane_placement_cpus(p->view->placement, as, index), *end;
  if (!cpus) return -ENOMEM;
  unsigned long cpu = strtoul(cpus, &end, 10);
  if (*cpus && !*end) {
    for (uint32_t i = 0; i < p->pus; i++)
      if (p->pu[i].os_index == cpu) sit(&p->on_pu[i], role, index);
  } else if (node < p->nodes) {
    sit(&p->on_node[node], role, index);
  }
  free(cpus);
  return 0;
}

static int seat_all(struct picture *p)
{
  const struct wane_topology *t = p->view->topology;
  int result = 0;
  p->pu = calloc(p->pus, sizeof *p->pu);
  p->on_pu = calloc(p->pus, sizeof *p->on_pu);
  if (!p->pu || !p->on_pu) return -ENOMEM;
  p->boxes = p->nodes;
  for (uint32_t i = 0; i < p->pus; i++) {
    p->pu[i] = wane_topology_pu(t, i);
    if (p->pu[i].node == WANE_NODE_ANY) p->boxes = p->nodes + 1;
  }
  if (!p->view->placement) return 0;
  for (uint32_t i = 0; i < p->view->mutators && !result; i++)
    result = seat_thread(p, MUTATOR, i);
  for (uint32_t i = 0; i < p->view->workers && !result; i++)
    result = seat_thread(p, COLLECTOR, i);
  return result;
}

// --- how large it is ---------------------------------------------------------

// Cells one after the other, cores kept together; calls `draw` for each if
// there is one, and returns the height of all. `x` and `y` are their corner.
static double flow(struct picture *p, uint32_t node, double x, double y,
                   void (*draw)(struct picture *p, uint32_t pu, double x,
                                double y))
{
  double left = x, top = y, right = x + p->box_width - 2 * PAD;
  bool any = false;
  for (uint32_t i = 0; i < p->pus;) {
    uint32_t n = 1;
    if (p->pu[i].node != node) {
      i++;
      continue;
    }
    while (i + n < p->pus && p->pu[i + n].node == node &&
           p->pu[i + n].core == p->pu[i].core)
      n++;
    if (any && x > left && x + n * CELL > right + 0.5) {
      x = left;
      y += CELL + GAP;
    }
    for (uint32_t k = 0; k < n; k++, x += CELL)
      if (draw) draw(p, i + k, x, y);
    x += GAP;
    any = true;
    i += n;
  }
  return any ? y + CELL - top : 0;
}

static uint32_t node_of_box(const struct picture *p, uint32_t box)
{
  return box < p->nodes ? box : WANE_NODE_ANY;
}

static double lines_of_head(const struct picture *p)
{
  return 3 + (p->view->placement != NULL) + (p->view->memory != NULL);
}

static void measure(struct picture *p)
{
  const struct wane_topology *t = p->view->topology;
  uint32_t most = 4;
  for (uint32_t i = 0; i < p->nodes; i++) {
    uint32_t n = wane_topology_node(t, i).pus;
    if (n > most) most = n;
    if (p->on_node[i].n[MUTATOR] || p->on_node[i].n[COLLECTOR])
      p->chips = LINE + GAP;
  }
  uint32_t across = most > 64 ? 16 : most > 8 ? 8 : most;
  p->box_width = across * (CELL + GAP) - GAP + 2 * PAD;
  double cells = 0;
  for (uint32_t i = 0; i < p->boxes; i++)
    cells = fmax(cells, flow(p, node_of_box(p, i), 0, 0, NULL));
  p->box_height = HEAD + p->chips + cells + PAD;
  uint32_t fit = (uint32_t)fmax(1, 720 / (p->box_width + PAD));
  p->columns = p->boxes > 16 ? 8 : p->boxes < fit ? p->boxes : fit;
  uint32_t rows = (p->boxes + p->columns - 1) / p->columns;
  p->cell = p->nodes <= 8 ? 34 : p->nodes <= 16 ? 28 : 20;
  p->told = wane_topology_has_distances(t) && p->nodes > 1;
  double matrix = p->told        ? 2 * LINE + p->cell * (p->nodes + 1)
                  : p->nodes > 1 ? 2 * LINE
                                 : 0;
  p->width = fmax(p->columns * (p->box_width + PAD) - PAD, 600);
  if (p->told) p->width = fmax(p->width, p->cell * (p->nodes + 2));
  p->width += 2 * EDGE;
  p->height = 2 * EDGE + lines_of_head(p) * LINE + PAD +
              rows * (p->box_height + PAD) + matrix;
}

// --- drawing -----------------------------------------------------------------

// A line of text that ends where the picture does.
static void put_line(struct picture *p, double *y, double size, bool bold,
                     const char *text)
{
  double most = (p->width - 2 * EDGE) / (0.6 * size);
  int n = strlen(text) <= most ? (int)strlen(text) : (int)most - 3;
  *y += LINE;
  svg_text(p->svg, (struct svg_point){EDGE, *y}, size, SVG_START,
           bold ? SVG_BLACK : SVG_DARK, bold, "%.*s%s", n, text,
           text[n] ? "..." : "");
}

// The name of a seat's threads, in a coloured rectangle.
static void put_threads(struct picture *p, enum role role,
                        const struct seat *seat, double x, double y,
                        double width, double height)
{
  char name[32];
  int n = snprintf(name, sizeof name, "%c%" PRIu32, roles[role].letter,
                   seat->first[role]);
  if (seat->n[role] > 1)
    n += snprintf(name + n, sizeof name - (size_t)n, " +%" PRIu32,
                  seat->n[role] - 1);
  double size = fmin(fmin(10, height - 2), (width - 4) / (0.68 * n));
  svg_rectangle(p->svg, x, y, width, height, roles[role].fill);
  svg_text(p->svg,
           (struct svg_point){x + width / 2, y + height / 2 + 0.36 * size},
           size, SVG_MIDDLE, roles[role].text, true, "%s", name);
}

static void put_pu(struct picture *p, uint32_t pu, double x, double y)
{
  const struct seat *seat = &p->on_pu[pu];
  double top = y + NUMBER, height = CELL - NUMBER - 1;
  bool both = seat->n[MUTATOR] && seat->n[COLLECTOR];
  svg_rectangle(p->svg, x, y, CELL - 1, CELL - 1, SVG_WHITE);
  svg_text(p->svg, (struct svg_point){x + (CELL - 1) / 2, y + NUMBER - 3}, 8.5,
           SVG_MIDDLE, SVG_DARK, false, "%" PRIu32, p->pu[pu].os_index);
  if (both) height /= 2;
  for (int role = 0; role < ROLES; role++)
    if (seat->n[role]) {
      put_threads(p, (enum role)role, seat, x, top, CELL - 1, height);
      top += height;
    }
}

static void put_chips(struct picture *p, const struct seat *seat, double x,
                      double y)
{
  for (int role = 0; role < ROLES; role++)
    if (seat->n[role]) {
      put_threads(p, (enum role)role, seat, x, y, 2 * CHIP, LINE - 2);
      x += 2 * CHIP + GAP;
    }
}

static void put_bytes(char text[24], uint64_t bytes)
{
  char number[32];
  svg_number_text(number, (double)bytes, SVG_BINARY);
  snprintf(text, 24, bytes ? "%.20sB" : "? B", number);
}

static void put_node(struct picture *p, uint32_t i, double x, double y)
{
  const struct wane_topology *t = p->view->topology;
  struct wane_topology_node node = wane_topology_node(t, i);
  struct svg_point right = {x + p->box_width - PAD, y + 16};
  char memory[24];
  put_bytes(memory, node.bytes);
  svg_shade(p->svg, x, y, p->box_width, p->box_height, SVG_GREY,
            node.memory_only ? 0.16 : 0.3);
  svg_text(p->svg, (struct svg_point){x + PAD, y + 16}, 12, SVG_START,
           SVG_BLACK, true, "node %" PRIu32, i);
  svg_text(p->svg, right, 10, SVG_END, SVG_DARK, false, "P#%" PRIu32,
           node.os_index);
  svg_text(p->svg, (struct svg_point){x + PAD, y + 30}, 10, SVG_START, SVG_DARK,
           false, "%s%s", memory, node.memory_only ? ", no PUs" : "");
  if (p->view->memory && !node.memory_only) {
    uint32_t to = wane_memory_target(t, p->view->memory, i);
    right.y += 14;
    if (to != WANE_NODE_ANY)
      svg_text(p->svg, right, 10, SVG_END, SVG_VERMILION, true,
               "gets node %" PRIu32, to);
  }
  put_chips(p, &p->on_node[i], x + PAD, y + HEAD);
}

// PUs whose node's memory is forbidden.
static void put_no_node(struct picture *p, double x, double y)
{
  svg_shade(p->svg, x, y, p->box_width, p->box_height, SVG_GREY, 0.16);
  svg_text(p->svg, (struct svg_point){x + PAD, y + 16}, 12, SVG_START,
           SVG_BLACK, true, "no node");
  svg_text(p->svg, (struct svg_point){x + PAD, y + 30}, 10, SVG_START, SVG_DARK,
           false, "memory is forbidden");
}

static void put_box(struct picture *p, uint32_t box, double x, double y)
{
  if (box < p->nodes)
    put_node(p, box, x, y);
  else
    put_no_node(p, x, y);
  flow(p, node_of_box(p, box), x + PAD, y + HEAD + p->chips, put_pu);
}

static void put_head(struct picture *p, double *y)
{
  const struct topo_view *view = p->view;
  const struct wane_topology *t = view->topology;
  const char *why = wane_topology_why(t);
  char line[1600], policy[512], *summary = wane_topology_summary(t);
  put_line(p, y, 13, true, wane_topology_source(t));
  snprintf(line, sizeof line, "%s, read by hwloc %s", summary ? summary : "",
           wane_topology_library());
  put_line(p, y, 10.5, false, line);
  free(summary);
  snprintf(line, sizeof line, "%s%s%s",
           wane_topology_mode_name(wane_topology_mode(t)), *why ? ": " : "",
           why);
  put_line(p, y, 10.5, false, line);
  if (view->memory) {
    wane_memory_print(view->memory, policy, sizeof policy);
    snprintf(line, sizeof line, "memory: %s", policy);
    put_line(p, y, 10.5, false, line);
  }
  if (!view->placement) return;
  *y += LINE;
  const struct svg_key keys[] = {{roles[MUTATOR].fill, "mutators"},
                                 {roles[COLLECTOR].fill, "collectors"}};
  double end =
      svg_legend(p->svg, (struct svg_point){EDGE, *y}, 10.5, keys, ROLES);
  svg_text(p->svg, (struct svg_point){end, *y}, 10.5, SVG_START, SVG_DARK,
           false, "threads: %.60s", wane_placement_policy(view->placement));
}

// --- distances ---------------------------------------------------------------

static void put_cell(struct picture *p, uint32_t from, uint32_t to, double x,
                     double y, double share)
{
  uint32_t distance = wane_topology_distance(p->view->topology, from, to);
  double size = distance > 999 ? 0.25 * p->cell : 0.32 * p->cell;
  svg_shade(p->svg, x, y, p->cell - 1, p->cell - 1, SVG_VERMILION, share);
  svg_text(
      p->svg,
      (struct svg_point){x + (p->cell - 1) / 2, y + p->cell / 2 + 0.36 * size},
      size, SVG_MIDDLE, SVG_BLACK, false, "%" PRIu32, distance);
}

static void put_matrix(struct picture *p, double x, double y)
{
  const struct wane_topology *t = p->view->topology;
  double least = INFINITY, most = 0, cell = p->cell;
  for (uint32_t i = 0; i < p->nodes * p->nodes; i++) {
    double d = wane_topology_distance(t, i / p->nodes, i % p->nodes);
    least = fmin(least, d);
    most = fmax(most, d);
  }
  for (uint32_t i = 0; i < p->nodes; i++) {
    double at = cell * (i + 1), middle = at + cell / 2;
    svg_text(p->svg, (struct svg_point){x + middle, y + 0.8 * cell},
             0.32 * cell, SVG_MIDDLE, SVG_DARK, true, "%" PRIu32, i);
    svg_text(p->svg,
             (struct svg_point){x + 0.7 * cell, y + middle + 0.1 * cell},
             0.32 * cell, SVG_MIDDLE, SVG_DARK, true, "%" PRIu32, i);
    for (uint32_t j = 0; j < p->nodes; j++) {
      double d = wane_topology_distance(t, i, j);
      put_cell(p, i, j, x + cell * (j + 1), y + at,
               0.08 + 0.72 * (d - least) / fmax(most - least, 1));
    }
  }
}

static void put_distances(struct picture *p, double y)
{
  if (p->nodes == 1) return;
  put_line(p, &y, 11, true, "Distances");
  put_line(p, &y, 10, false,
           p->told ? "from the row's PUs to the column's memory"
                   : "none are told; taken are 10 to itself and 20 to others");
  if (p->told) put_matrix(p, EDGE - 0.3 * p->cell, y);
}

static void draw(struct picture *p)
{
  double y = EDGE - 6;
  put_head(p, &y);
  y += PAD + 4;
  for (uint32_t i = 0; i < p->boxes; i++)
    put_box(p, i, EDGE + (i % p->columns) * (p->box_width + PAD),
            y + (i / p->columns) * (p->box_height + PAD));
  uint32_t rows = (p->boxes + p->columns - 1) / p->columns;
  put_distances(p, y + rows * (p->box_height + PAD));
}

int topo_picture(const struct topo_view *view, char **text, size_t *n)
{
  struct picture p = {.view = view,
                      .nodes = wane_topology_nodes(view->topology),
                      .pus = wane_topology_pus(view->topology)};
  int result = seat_all(&p);
  if (!result) {
    measure(&p);
    p.svg = svg_open(p.width, p.height, wane_topology_source(view->topology));
    if (!p.svg) result = -ENOMEM;
  }
  if (!result) {
    draw(&p);
    result = svg_close(p.svg, text, n);
  }
  free(p.pu);
  free(p.on_pu);
  return result;
}
