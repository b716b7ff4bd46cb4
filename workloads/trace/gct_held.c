// gct_held.c: references with two ends, and the way up to a root.
// SPDX-License-Identifier: MIT
//
// The way up is nearly always the one that was found last: the edge it took is
// moved to the front of its target's list, and following first edges is tried
// before anything is searched. The search is by breadth, for a short witness.
#include "gct_held.h"

#include <stdlib.h>
#include <string.h>

#define STEPS 64   // of the first attempt: also what ends it in a ring
#define MOST 16384 // objects that a search looks at: it must end some day

bool gct__held_new(struct gct__held *held, uint32_t max_handles)
{
  size_t n = max_handles + (size_t)1;
  *held = (struct gct__held){.max_handles = max_handles,
                             .unused_edge = GCT_NIL,
                             .unused_use = GCT_NIL};
  held->objects = calloc(n, sizeof *held->objects);
  held->queue = calloc(n, sizeof *held->queue);
  held->via = calloc(n, sizeof *held->via);
  held->path = calloc(n + STEPS, sizeof *held->path);
  for (uint32_t i = 0; held->objects && i < max_handles; i++)
    held->objects[i].held_by = held->objects[i].touches =
        held->objects[i].writes = GCT_NIL;
  return held->objects && held->queue && held->via && held->path &&
         gct_roots_new(&held->roots, max_handles);
}

void gct__held_free(struct gct__held *held)
{
  for (uint32_t i = 0; held->objects && i < held->max_handles; i++)
    free(held->objects[i].edges);
  free(held->objects);
  free(held->queue);
  free(held->via);
  free(held->path);
  free(held->edges);
  free(held->uses);
  gct_roots_free(&held->roots);
}

// ---- uses

static uint32_t take_use(struct gct__held *held)
{
  uint32_t use = held->unused_use;
  if (use != GCT_NIL) {
    held->unused_use = held->uses[use].next;
    return use;
  }
  if (held->n_uses == held->room_uses) {
    uint32_t room = 2 * held->room_uses + 1024;
    void *grown = realloc(held->uses, room * sizeof *held->uses);
    if (!grown) return GCT_NIL;
    held->uses = grown;
    held->room_uses = room;
  }
  return held->n_uses++;
}

void gct__held_note(struct gct__held *held, uint32_t *uses, uint32_t thread,
                    uint64_t seq)
{
  struct gct__place place = {(uint32_t)seq, (uint16_t)thread};
  for (uint32_t i = *uses; i != GCT_NIL; i = held->uses[i].next) {
    if (held->uses[i].last.thread != thread) continue;
    held->uses[i].last = place;
    return;
  }
  uint32_t use = take_use(held);
  held->full |= use == GCT_NIL;
  if (use == GCT_NIL) return;
  held->uses[use] = (struct gct__use){*uses, place};
  *uses = use;
}

void gct__held_forget(struct gct__held *held, uint32_t *uses)
{
  while (*uses != GCT_NIL) {
    uint32_t use = *uses;
    *uses = held->uses[use].next;
    held->uses[use].next = held->unused_use;
    held->unused_use = use;
  }
}

// ---- references

static uint32_t take_edge(struct gct__held *held)
{
  uint32_t edge = held->unused_edge;
  if (edge != GCT_NIL) {
    held->unused_edge = held->edges[edge].after;
    return edge;
  }
  if (held->n_edges == held->room_edges) {
    uint32_t room = 2 * held->room_edges + 1024;
    void *grown = realloc(held->edges, room * sizeof *held->edges);
    if (!grown) return GCT_NIL;
    held->edges = grown;
    held->room_edges = room;
  }
  return held->n_edges++;
}

// Makes room for a slot number.
static bool reach_slot(struct gct__object *object, uint32_t slot)
{
  if (slot < object->n_slots) return true;
  size_t room = slot + (size_t)slot / 2 + 4;
  uint32_t *grown = realloc(object->edges, room * sizeof *grown);
  if (!grown) return false;
  memset(grown + object->n_slots, 0xff,
         (room - object->n_slots) * sizeof *grown);
  object->edges = grown;
  object->n_slots = (uint32_t)room;
  return true;
}

struct gct__edge *gct__held_slot(struct gct__held *held, uint32_t owner,
                                 uint32_t slot)
{
  struct gct__object *object = &held->objects[owner];
  if (!reach_slot(object, slot)) {
    held->full = true;
    return NULL;
  }
  if (object->edges[slot] == GCT_NIL) {
    uint32_t edge = take_edge(held);
    held->full |= edge == GCT_NIL;
    if (edge == GCT_NIL) return NULL;
    held->edges[edge] = (struct gct__edge){.owner = owner,
                                           .target = GCT_NIL,
                                           .before = GCT_NIL,
                                           .after = GCT_NIL,
                                           .uses = GCT_NIL};
    object->edges[slot] = edge;
  }
  return &held->edges[object->edges[slot]];
}

static void unlink_edge(struct gct__held *held, struct gct__edge *edge)
{
  if (edge->target == GCT_NIL) return;
  if (edge->before == GCT_NIL)
    held->objects[edge->target].held_by = edge->after;
  else
    held->edges[edge->before].after = edge->after;
  if (edge->after != GCT_NIL) held->edges[edge->after].before = edge->before;
  edge->target = edge->before = edge->after = GCT_NIL;
}

static void link_edge(struct gct__held *held, struct gct__edge *edge,
                      uint32_t target)
{
  struct gct__object *object = &held->objects[target];
  uint32_t index = (uint32_t)(edge - held->edges);
  edge->target = target;
  edge->before = GCT_NIL;
  edge->after = object->held_by;
  if (edge->after != GCT_NIL) held->edges[edge->after].before = index;
  object->held_by = index;
}

void gct__held_point(struct gct__held *held, struct gct__edge *edge,
                     uint32_t target)
{
  unlink_edge(held, edge);
  gct__held_forget(held, &edge->uses);
  if (target != GCT_NIL) link_edge(held, edge, target);
}

void gct__held_bury(struct gct__held *held, uint32_t handle)
{
  struct gct__object *object = &held->objects[handle];
  for (uint32_t slot = 0; slot < object->n_slots; slot++) {
    uint32_t edge = object->edges[slot];
    if (edge == GCT_NIL) continue;
    gct__held_point(held, &held->edges[edge], GCT_NIL);
    held->edges[edge].after = held->unused_edge;
    held->unused_edge = edge;
    object->edges[slot] = GCT_NIL;
  }
  // Who overwrites one of these still waits for those that relied on it.
  while (object->held_by != GCT_NIL)
    unlink_edge(held, &held->edges[object->held_by]);
  gct__held_forget(held, &object->touches);
  gct__held_forget(held, &object->writes);
}

// ---- witnesses

// A root of the object that will do, or GCT_NIL: the thread's own, else one it
// knows of, else any if `any`.
static uint32_t root_of(const struct gct__held *held,
                        const struct gct__clocks *clocks, uint32_t thread,
                        uint32_t handle, bool any)
{
  uint32_t found = GCT_NIL, known = GCT_NIL;
  for (uint32_t i = held->roots.newest[handle]; i != GCT_NIL;
       i = held->roots.pool[i].next) {
    const struct gct_root *root = &held->roots.pool[i];
    if (root->thread == thread) return i;
    if (known == GCT_NIL &&
        gct__knows(clocks, thread, root->thread, root->seq + 1))
      known = i;
    found = i;
  }
  return known != GCT_NIL || !any ? known : found;
}

static bool usable(const struct gct__edge *edge,
                   const struct gct__clocks *clocks, uint32_t thread, bool any)
{
  return any ||
         gct__knows(clocks, thread, edge->written.thread, edge->written.seq);
}

// Follows the first references.
static bool climb_straight(struct gct__held *held,
                           const struct gct__clocks *clocks, uint32_t thread,
                           uint32_t handle)
{
  held->n_path = 0;
  for (int i = 0; i < STEPS; i++) {
    held->top = root_of(held, clocks, thread, handle, false);
    if (held->top != GCT_NIL) return true;
    uint32_t edge = held->objects[handle].held_by;
    if (edge == GCT_NIL || !usable(&held->edges[edge], clocks, thread, false))
      return false;
    held->path[held->n_path++] = edge;
    handle = held->edges[edge].owner;
  }
  return false;
}

// The way by which the search came to `handle`, from `from` on up.
static void trace_back(struct gct__held *held, uint32_t from, uint32_t handle)
{
  held->n_path = 0;
  while (handle != from) {
    struct gct__edge *edge = &held->edges[held->via[handle]];
    uint32_t target = edge->target;
    held->path[held->n_path++] = held->via[handle];
    unlink_edge(held, edge); // to the front
    link_edge(held, edge, target);
    handle = target;
  }
  for (uint32_t i = 0, j = held->n_path; i + 1 < j; i++) {
    uint32_t swapped = held->path[i];
    held->path[i] = held->path[--j];
    held->path[j] = swapped;
  }
}

static bool search(struct gct__held *held, const struct gct__clocks *clocks,
                   uint32_t thread, uint32_t from, bool any)
{
  uint32_t n = 0;
  held->stamp++;
  held->objects[from].stamp = held->stamp;
  held->queue[n++] = from;
  for (uint32_t i = 0; i < n && i < MOST; i++) {
    uint32_t handle = held->queue[i];
    held->top = root_of(held, clocks, thread, handle, any);
    if (held->top != GCT_NIL) {
      trace_back(held, from, handle);
      return true;
    }
    for (uint32_t e = held->objects[handle].held_by; e != GCT_NIL;
         e = held->edges[e].after) {
      struct gct__object *owner = &held->objects[held->edges[e].owner];
      if (owner->stamp == held->stamp ||
          !usable(&held->edges[e], clocks, thread, any))
        continue;
      owner->stamp = held->stamp;
      held->via[held->edges[e].owner] = e;
      held->queue[n++] = held->edges[e].owner;
    }
  }
  return false;
}

bool gct__held_climb(struct gct__held *held, const struct gct__clocks *clocks,
                     uint32_t thread, uint32_t handle)
{
  return climb_straight(held, clocks, thread, handle) ||
         search(held, clocks, thread, handle, false) ||
         search(held, clocks, thread, handle, true);
}
