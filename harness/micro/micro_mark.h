// micro_mark.h: what the files of `wane micro mark` share.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_MICRO_MARK_H
#define WANE_HARNESS_MICRO_MARK_H

#include <wane/wane.h>

#include <stdio.h>

// Three types of small objects: their slots follow the header.
enum { MARK_TYPES = 3, MARK_CELL_LEAST = 32 };

struct mark_graph {
  wane_ref root;
  char *lowest; // of all objects
  char *end;    // of the highest
  uint64_t objects, edges, bytes;
  const struct wane_type *types[MARK_TYPES];
};

// Builds a graph of about `bytes` of cells, rooted in *root. Every object is
// reachable, no slot is empty, and the same `bytes` give the same graph. False:
// no memory. A safepoint.
bool mark_graph_build(struct wane_mutator *m, uint64_t bytes, wane_ref *root,
                      struct mark_graph *graph);

// Memory of a traversal, made before the clock runs.
struct mark_plain {
  wane_ref *stack;
  uint64_t *bits;
  size_t bit_bytes;
};
bool mark_plain_begin(struct mark_plain *plain, const struct mark_graph *graph);
void mark_plain_end(struct mark_plain *plain);

// Visits everything once, in plain C; how many objects that were. Once per
// mark_plain_begin.
uint64_t mark_plain_traverse(struct mark_plain *plain,
                             const struct mark_graph *graph);

enum { MARK_WORKERS = 2 }; // marking runs with one, and with so many

// --- results (micro_mark_print.c) --------------------------------------------

// One traversal.
struct mark_row {
  int workers; // 0: plain C
  int pool;    // workers of the runtime that the graph was built in
  int repetition;
  uint64_t objects, edges, bytes;
  bool right;               // it found all objects
  uint64_t wall_ns, cpu_ns; // CPU of all that took part
};
struct mark_rows {
  struct mark_row *rows;
  size_t n;
};

void mark_print_csv(FILE *out, const struct mark_rows *rows);
void mark_print_table(FILE *out, const struct mark_rows *rows);

// --- the command -----------------------------------------------------------

// `wane micro mark`; argv[0] is "mark". Returns what `wane` exits with.
int mark_command(int argc, char **argv, FILE *out);

#endif
