// gct_stats_components.c: what is reachable, and what is part of a cycle.
// SPDX-License-Identifier: MIT
//
// Tarjan, Depth-first search and linear graph algorithms (SIAM J. Comput. 1,
// 1972), with a stack of its own instead of recursion, so that a list of a
// million objects is no deeper than a tree. Objects with roots come first:
// what the search finds from them is reachable, what it finds later is not,
// and a component is one or the other as a whole.
#include "gct_stats_part.h"

#include <stdlib.h>

struct node {
  uint32_t index; // order of discovery, from 1; 0: not yet found
  uint32_t low;   // least index on the stack that it is known to reach
};

struct frame {
  uint32_t handle, slot; // where the search goes on in it
  bool itself;           // refers to itself
};

struct gct__components {
  uint32_t max_handles, found, n_frames, n_stack;
  struct node *nodes;
  struct frame *frames; // objects being searched
  uint32_t *stack;      // objects whose component is not complete
  bool *open;           // by handle: is on that stack
  bool *reached;        // by handle: found from the roots
};

struct gct__components *gct__components_open(uint32_t max_handles)
{
  struct gct__components *it = calloc(1, sizeof *it);
  size_t n = (size_t)max_handles + 1;
  if (!it) return NULL;
  it->max_handles = max_handles;
  it->nodes = calloc(n, sizeof *it->nodes);
  it->frames = calloc(n, sizeof *it->frames);
  it->stack = calloc(n, sizeof *it->stack);
  it->open = calloc(n, sizeof *it->open);
  it->reached = calloc(n, sizeof *it->reached);
  if (it->nodes && it->frames && it->stack && it->open && it->reached)
    return it;
  gct__components_close(it);
  return NULL;
}

void gct__components_close(struct gct__components *it)
{
  if (!it) return;
  free(it->nodes);
  free(it->frames);
  free(it->stack);
  free(it->open);
  free(it->reached);
  free(it);
}

const bool *gct__components_reached(const struct gct__components *it)
{
  return it->reached;
}

static void enter(struct gct__components *it, uint32_t handle)
{
  it->nodes[handle] = (struct node){++it->found, it->found};
  it->stack[it->n_stack++] = handle;
  it->open[handle] = true;
  it->frames[it->n_frames++] = (struct frame){.handle = handle};
}

// Takes the component of this object, its first one found, off the stack.
static void complete(struct gct__components *it, struct frame first,
                     bool reachable, struct gct_sample *sample)
{
  uint64_t size = 0;
  uint32_t member;
  do {
    member = it->stack[--it->n_stack];
    it->open[member] = false;
    it->reached[member] = reachable;
    size++;
  } while (member != first.handle);
  if (size == 1 && !first.itself) return;
  *(reachable ? &sample->cyclic : &sample->garbage_cyclic) += size;
  sample->components++;
  if (size > sample->largest) sample->largest = size;
}

static void lower(uint32_t *low, uint32_t other)
{
  if (other < *low) *low = other;
}

// Goes on with the object on top: enters what it refers to next, or leaves.
static void advance(struct gct__components *it, const struct gct_graph *graph,
                    bool reachable, struct gct_sample *sample)
{
  struct frame *frame = &it->frames[it->n_frames - 1];
  uint32_t handle = frame->handle;
  struct node *node = &it->nodes[handle];
  uint32_t target;
  while ((target = gct_graph_next(graph, handle, &frame->slot)) != GCT_NIL) {
    sample->edges += reachable;
    frame->itself |= target == handle;
    if (it->nodes[target].index == 0) {
      enter(it, target);
      return;
    }
    if (it->open[target]) lower(&node->low, it->nodes[target].index);
  }
  it->n_frames--;
  if (it->n_frames > 0)
    lower(&it->nodes[it->frames[it->n_frames - 1].handle].low, node->low);
  sample->reachable += reachable;
  if (reachable)
    sample->reachable_bytes +=
        8 * (uint64_t)gct_graph_object(graph, handle).words;
  if (node->low == node->index) complete(it, *frame, reachable, sample);
}

// Searches from every live object not yet found, rooted ones only if asked.
static void search(struct gct__components *it, const struct gct_graph *graph,
                   bool rooted, struct gct_sample *sample)
{
  for (uint32_t i = 0; i < it->max_handles; i++) {
    struct gct_graph_object object = gct_graph_object(graph, i);
    if (!object.live || it->nodes[i].index > 0) continue;
    if (rooted && object.roots == 0) continue;
    enter(it, i);
    while (it->n_frames > 0) advance(it, graph, rooted, sample);
  }
}

void gct__components_find(struct gct__components *it,
                          const struct gct_graph *graph,
                          struct gct_sample *sample)
{
  it->found = 0;
  for (uint32_t i = 0; i < it->max_handles; i++) {
    it->nodes[i] = (struct node){0, 0};
    it->reached[i] = false;
  }
  search(it, graph, true, sample);
  search(it, graph, false, sample);
}
