// micro_mark_graph.c: a large graph whose neighbours lie far apart.
// SPDX-License-Identifier: MIT
//
// Objects of 32, 40 and 48 bytes with two or three references, in a random mix.
// They are allocated one after another, then shuffled: object i of the shuffled
// order refers to objects 2i + 1 and 2i + 2, so that all are reachable, and
// whatever slot is left refers to any object: of eight references three find
// their object unmarked. While the graph grows, the same tree in the order of
// allocation keeps everything alive.

#include "micro_mark.h"

#include "micro.h"

// A random number from 0 to n - 1: splitmix64.
static uint64_t draw(uint64_t *seed, uint64_t n)
{
  uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
  return (z ^ z >> 31) % n;
}

static bool register_types(struct mark_graph *graph)
{
  static const uint32_t offsets[] = {16, 24, 32};
  static const struct {
    const char *name;
    uint32_t bytes, refs;
  } types[MARK_TYPES] = {
      {"mark_32", 32, 2}, {"mark_40", 40, 3}, {"mark_48", 48, 3}};
  for (int i = 0; i < MARK_TYPES; i++) {
    const struct wane_type_spec spec = {.name = types[i].name,
                                        .size = types[i].bytes,
                                        .n_refs = types[i].refs,
                                        .ref_offsets = offsets};
    if (wane_type_register(&spec, &graph->types[i])) return false;
  }
  return true;
}

static void note(struct mark_graph *graph, wane_ref o,
                 const struct wane_type *type)
{
  char *at = (char *)o;
  if (!graph->objects || at < graph->lowest) graph->lowest = at;
  if (!graph->objects || at + type->size > graph->end)
    graph->end = at + type->size;
  graph->objects++;
  graph->edges += type->n_refs;
  graph->bytes += type->size;
}

static bool allocate(struct wane_mutator *m, wane_ref *root,
                     struct mark_graph *graph, struct micro_set *set)
{
  uint64_t seed = 2;
  for (size_t i = 0; i < set->n; i++) {
    const struct wane_type *type = graph->types[draw(&seed, MARK_TYPES)];
    wane_ref o = wane_alloc(m, type);
    if (!o) return false;
    wane_ref parent = i ? set->order[(i - 1) / 2] : NULL;
    if (parent)
      wane_store(m, parent, MICRO_SLOT(parent) + (i - 1) % 2, o);
    else
      *root = o;
    set->order[i] = o;
    note(graph, o, type);
  }
  return true;
}

// No safepoint: what is not reachable for a moment is not missed.
static void link_all(struct wane_mutator *m, const struct micro_set *set)
{
  uint64_t seed = 3;
  for (size_t i = 0; i < set->n; i++) {
    wane_ref o = set->order[i];
    uint32_t n_refs = wane_type_of(o)->n_refs;
    for (uint32_t j = 0; j < n_refs; j++) {
      size_t to = 2 * i + 1 + j;
      if (j > 1 || to >= set->n) to = draw(&seed, set->n);
      wane_store(m, o, MICRO_SLOT(o) + j, set->order[to]);
    }
  }
}

bool mark_graph_build(struct wane_mutator *m, uint64_t bytes, wane_ref *root,
                      struct mark_graph *graph)
{
  struct micro_set set;
  *graph = (struct mark_graph){0};
  if (!register_types(graph) || !micro_set_alloc(&set, bytes / 40 + 1))
    return false;
  bool done = allocate(m, root, graph, &set);
  if (done) {
    micro_set_shuffle(&set);
    link_all(m, &set);
    *root = graph->root = set.order[0];
  }
  micro_set_free(&set);
  return done;
}
