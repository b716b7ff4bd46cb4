// gct_graph.c: apply events, find what is reachable, add up its oracle.
// SPDX-License-Identifier: MIT
//
// Handles are recycled, so an edge names its target by handle and generation
// (how often the handle was born); an edge to an earlier generation, or to a
// freed handle, is an edge to nothing. Roots are counted per object, not per
// thread: the recorder's roots are a property of the object, and the thread
// that takes a root away need not be the one that set it.
#include "gct_graph.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

// A few bytes can write to the last of all slots: room for one object of the
// largest size that there may be, and some.
#define ROOM_MOST (GCT_MAX_SLOTS + GCT_MAX_SLOTS / 4)

struct edge {
  uint32_t handle, generation; // generation 0: nil
};

struct object {
  uint64_t birth;
  struct edge *slots;
  uint32_t n_slots, capacity; // slots written so far, and room
  uint32_t announced;         // slots of ALLOC, or of the last RESIZE
  uint32_t words, roots, generation;
  uint32_t references;   // slots of live objects that hold it
  uint64_t unheld_since; // clock when roots + references became 0
  bool live, marked;
  bool registered; // its finalizer will be called
  bool lost; // unreachable at some checkpoint
};

struct gct_graph {
  struct object *objects;
  uint32_t max_handles;
  uint64_t clock; // events applied
  uint64_t room;  // slots that there is memory for
  bool exact_slots;
  uint32_t *queue; // of the walk; room for every handle
  struct gct_graph_sizes sizes;
  char why[120];
};

struct gct_graph *gct_graph_new(uint32_t max_handles, bool exact_slots)
{
  struct gct_graph *graph = calloc(1, sizeof *graph);
  if (!graph) return NULL;
  graph->max_handles = max_handles;
  graph->exact_slots = exact_slots;
  graph->objects = calloc(max_handles + 1u, sizeof *graph->objects);
  graph->queue = calloc(max_handles + 1u, sizeof *graph->queue);
  if (graph->objects && graph->queue) return graph;
  gct_graph_free(graph);
  return NULL;
}

void gct_graph_free(struct gct_graph *graph)
{
  if (!graph) return;
  for (uint32_t i = 0; graph->objects && i < graph->max_handles; i++)
    free(graph->objects[i].slots);
  free(graph->objects);
  free(graph->queue);
  free(graph);
}

// The object an event uses, or NULL with graph->why filled.
static struct object *use(struct gct_graph *graph, uint32_t handle,
                          const char *role)
{
  struct object *object = NULL;
  if (handle < graph->max_handles) object = &graph->objects[handle];
  if (!object)
    snprintf(graph->why, sizeof graph->why, "%s %u is out of range", role,
             handle);
  else if (!object->live)
    snprintf(graph->why, sizeof graph->why, "%s %u is free", role, handle);
  else if (object->lost)
    snprintf(graph->why, sizeof graph->why,
             "%s %u (birth %" PRIu64 ") was unreachable at a checkpoint", role,
             handle, object->birth);
  else
    return object;
  return NULL;
}

// As use, but an unreachable object will do: it is being buried.
static struct object *bury(struct gct_graph *graph, uint32_t handle)
{
  struct object *object = NULL;
  if (handle < graph->max_handles) object = &graph->objects[handle];
  if (object && object->live) return object;
  snprintf(graph->why, sizeof graph->why, "handle %u is free", handle);
  return NULL;
}

static bool allocate(struct gct_graph *graph, const struct gct_event *event)
{
  struct gct_graph_sizes *sizes = &graph->sizes;
  struct object *object = &graph->objects[event->handle];
  if (object->live) {
    snprintf(graph->why, sizeof graph->why, "ALLOC on busy handle %u",
             event->handle);
    return false;
  }
  *object = (struct object){.birth = sizes->births++,
                            .slots = object->slots,
                            .capacity = object->capacity,
                            .announced = event->slots,
                            .words = event->words,
                            .roots = 1,
                            .generation = object->generation + 1,
                            .live = true};
  sizes->live_bytes += 8 * (uint64_t)event->words;
  sizes->live++;
  if (sizes->live > sizes->peak_live) sizes->peak_live = sizes->live;
  if (sizes->live_bytes > sizes->peak_bytes)
    sizes->peak_bytes = sizes->live_bytes;
  return true;
}

// What an edge leads to, or NULL.
static struct object *target_of(const struct gct_graph *graph, struct edge edge)
{
  struct object *target = &graph->objects[edge.handle];
  bool there = edge.generation != 0 && target->live &&
               target->generation == edge.generation;
  return there ? target : NULL;
}

static void lose_reference(struct gct_graph *graph, struct object *target)
{
  if (--target->references == 0 && target->roots == 0)
    target->unheld_since = graph->clock;
}

static bool grow(struct gct_graph *graph, struct object *object, uint32_t slot)
{
  if (slot < object->n_slots) return true;
  if (slot >= object->capacity) {
    size_t room = 2 * (size_t)object->capacity + 4;
    if (room <= slot) room = (size_t)slot + 1;
    graph->room += room - object->capacity;
    if (graph->room > ROOM_MOST) {
      snprintf(graph->why, sizeof graph->why,
               "slot %u: all objects together have more than %u slots", slot,
               ROOM_MOST);
      return false;
    }
    struct edge *slots = realloc(object->slots, room * sizeof *slots);
    if (!slots) {
      snprintf(graph->why, sizeof graph->why, "no memory for slot %u", slot);
      return false;
    }
    object->slots = slots;
    object->capacity = (uint32_t)room;
  }
  for (uint32_t i = object->n_slots; i <= slot; i++)
    object->slots[i] = (struct edge){0, 0};
  object->n_slots = slot + 1;
  return true;
}

static bool write_slot(struct gct_graph *graph, const struct gct_event *event)
{
  struct object *owner = use(graph, event->handle, "owner");
  struct object *target = NULL;
  struct edge edge = {0, 0};
  if (!owner) return false;
  if (event->target != GCT_NIL) {
    target = use(graph, event->target, "target");
    if (!target) return false;
    edge = (struct edge){event->target, target->generation};
  }
  bool beyond = event->slot >= owner->announced;
  if (beyond && graph->exact_slots) {
    snprintf(graph->why, sizeof graph->why, "slot %u of %u in handle %u",
             event->slot, owner->announced, event->handle);
    return false;
  }
  if (!grow(graph, owner, event->slot)) return false;
  graph->sizes.beyond_slots += beyond;
  struct object *before = target_of(graph, owner->slots[event->slot]);
  if (target) target->references++;
  if (before) lose_reference(graph, before);
  owner->slots[event->slot] = edge;
  return true;
}

static bool set_root(struct gct_graph *graph, const struct gct_event *event)
{
  if ((event->flags & GCT_LOADED) && !use(graph, event->target, "owner"))
    return false;
  struct object *object = use(graph, event->handle, "handle");
  if (object) object->roots++;
  return object != NULL;
}

static bool clear_root(struct gct_graph *graph, uint32_t handle)
{
  struct object *object = use(graph, handle, "handle");
  if (!object) return false;
  if (object->roots == 0) {
    snprintf(graph->why, sizeof graph->why, "handle %u has no root to take",
             handle);
    return false;
  }
  if (--object->roots == 0 && object->references == 0)
    object->unheld_since = graph->clock;
  return true;
}

static bool free_object(struct gct_graph *graph, uint32_t handle)
{
  struct object *object = bury(graph, handle);
  if (!object) return false;
  if (object->roots > 0) {
    snprintf(graph->why, sizeof graph->why, "FREE of rooted handle %u", handle);
    return false;
  }
  graph->sizes.live--;
  graph->sizes.live_bytes -= 8 * (uint64_t)object->words;
  object->live = false;
  for (uint32_t i = 0; i < object->n_slots; i++) {
    struct object *target = target_of(graph, object->slots[i]);
    if (target) lose_reference(graph, target);
  }
  object->n_slots = 0;
  return true;
}

static bool resize(struct gct_graph *graph, const struct gct_event *event)
{
  struct object *object = use(graph, event->handle, "handle");
  if (!object) return false;
  if (event->flags & GCT_WITH_SLOTS) object->announced = event->slots;
  return true;
}

static bool set_weak(struct gct_graph *graph, const struct gct_event *event)
{
  return use(graph, event->handle, "weak reference") &&
         (event->target == GCT_NIL || use(graph, event->target, "target"));
}

const char *gct_graph_apply(struct gct_graph *graph,
                            const struct gct_event *event)
{
  bool good = true;
  graph->clock++;
  switch (event->op) {
  case GCT_ALLOC:
    good = allocate(graph, event);
    break;
  case GCT_WRITE:
    good = write_slot(graph, event);
    break;
  case GCT_ROOT:
    good = set_root(graph, event);
    break;
  case GCT_UNROOT:
    good = clear_root(graph, event->handle);
    break;
  case GCT_FREE:
    good = free_object(graph, event->handle);
    break;
  case GCT_DROP:
    good =
        clear_root(graph, event->handle) && free_object(graph, event->handle);
    break;
  case GCT_WEAK:
    good = set_weak(graph, event);
    break;
  case GCT_RESIZE:
    good = resize(graph, event);
    break;
  case GCT_FINALIZER:
    good = use(graph, event->handle, "handle") != NULL;
    if (good)
      graph->objects[event->handle].registered = !(event->flags & GCT_ENDS);
    break;
  case GCT_PIN:
    good = use(graph, event->handle, "handle") != NULL;
    break;
  default:
    break;
  }
  return good ? NULL : graph->why;
}

static bool unheld(const struct gct_graph *graph, uint32_t handle)
{
  const struct object *object = &graph->objects[handle];
  return object->live && object->roots == 0 && object->references == 0;
}

uint32_t gct_graph_unheld(const struct gct_graph *graph,
                          const struct gct_event *event)
{
  if (event->op != GCT_ROOT && event->op != GCT_WRITE && event->op != GCT_WEAK)
    return GCT_NIL;
  if (unheld(graph, event->handle)) return event->handle;
  if (event->op != GCT_ROOT && event->target != GCT_NIL &&
      unheld(graph, event->target))
    return event->target;
  return GCT_NIL;
}

uint64_t gct_graph_unheld_since(const struct gct_graph *graph, uint32_t handle)
{
  return graph->objects[handle].unheld_since;
}

uint64_t gct_graph_clock(const struct gct_graph *graph)
{
  return graph->clock;
}

void gct_graph_number(struct gct_graph *graph, uint64_t birth)
{
  graph->sizes.births = birth;
}

// Adds the edges of one reachable object and queues what they reach first.
static uint32_t scan(struct gct_graph *graph, const struct object *owner,
                     uint32_t queued, struct gct_oracle *oracle)
{
  for (uint32_t slot = 0; slot < owner->n_slots; slot++) {
    struct object *target = target_of(graph, owner->slots[slot]);
    if (!target) continue;
    gct_oracle_edge(oracle, owner->birth, slot, target->birth);
    if (target->marked) continue;
    target->marked = true;
    graph->queue[queued++] = owner->slots[slot].handle;
  }
  return queued;
}

// Queues all objects that are live, not marked yet, and chosen.
static uint32_t queue_roots(struct gct_graph *graph, bool registered)
{
  uint32_t queued = 0;
  for (uint32_t i = 0; i < graph->max_handles; i++) {
    struct object *object = &graph->objects[i];
    bool root = registered ? object->registered : object->roots > 0;
    if (!object->live || object->marked || !root) continue;
    object->marked = true;
    graph->queue[queued++] = i;
  }
  return queued;
}

void gct_graph_oracle(struct gct_graph *graph, struct gct_oracle *oracle)
{
  struct gct_oracle ignored = {0};
  *oracle = (struct gct_oracle){.number = oracle->number};
  for (uint32_t i = 0; i < graph->max_handles; i++)
    graph->objects[i].marked = false;
  uint32_t queued = queue_roots(graph, false);
  for (uint32_t i = 0; i < queued; i++) {
    const struct object *object = &graph->objects[graph->queue[i]];
    gct_oracle_object(oracle, object->birth, 8 * (uint64_t)object->words);
    queued = scan(graph, object, queued, oracle);
  }
  // A finalizer that is still to be called may use what its object reaches.
  queued = queue_roots(graph, true);
  for (uint32_t i = 0; i < queued; i++)
    queued =
        scan(graph, &graph->objects[graph->queue[i]], queued, &ignored);
  for (uint32_t i = 0; i < graph->max_handles; i++) {
    struct object *object = &graph->objects[i];
    if (object->live && !object->marked) object->lost = true;
  }
}

struct gct_graph_object gct_graph_object(const struct gct_graph *graph,
                                         uint32_t handle)
{
  const struct object *object = &graph->objects[handle];
  return (struct gct_graph_object){.birth = object->birth,
                                   .words = object->words,
                                   .n_slots = object->n_slots,
                                   .roots = object->roots,
                                   .references = object->references,
                                   .live = object->live};
}

uint32_t gct_graph_target(const struct gct_graph *graph, uint32_t handle,
                          uint32_t slot)
{
  const struct object *owner = &graph->objects[handle];
  if (slot >= owner->n_slots || !target_of(graph, owner->slots[slot]))
    return GCT_NIL;
  return owner->slots[slot].handle;
}

uint32_t gct_graph_next(const struct gct_graph *graph, uint32_t handle,
                        uint32_t *slot)
{
  const struct object *owner = &graph->objects[handle];
  while (*slot < owner->n_slots) {
    struct edge edge = owner->slots[(*slot)++];
    if (target_of(graph, edge)) return edge.handle;
  }
  return GCT_NIL;
}

struct gct_graph_sizes gct_graph_sizes(const struct gct_graph *graph)
{
  return graph->sizes;
}
