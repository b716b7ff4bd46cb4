// gct_stats_part.h: the parts that gct_stats.c is put together from.
// SPDX-License-Identifier: MIT
//
// Private to the library. Each part sees every event after the graph has
// applied it, and keeps what it needs per handle in a table of its own. All
// parts live as long as the pass, and are opened and closed with it.
#ifndef WANE_GCT_STATS_PART_H
#define WANE_GCT_STATS_PART_H

#include "gct_stats.h"

// One event and what the parts want to know of it.
struct gct__step {
  const struct gct_event *event;
  const struct gct_graph *graph; // with the event applied
  uint32_t thread;
  uint64_t births, bytes; // allocated so far, this event included
  uint32_t before;        // WRITE: what the slot led to before, or GCT_NIL
  bool first;             // WRITE: the slot was never written before
  bool checkpoint;        // completes a checkpoint
  uint32_t barrier;       // CHECKPOINT: in how many threads it stands
  const uint32_t *let_go; // FREE, DROP: what the object referred to
  uint32_t n_let_go;
};

static inline bool gct__step_frees(const struct gct__step *step)
{
  return step->event->op == GCT_FREE || step->event->op == GCT_DROP;
}

// The objects an event touches. Returns how many.
static inline unsigned gct__touched(const struct gct_event *event,
                                    uint32_t handles[2])
{
  handles[0] = event->handle;
  handles[1] = event->target;
  switch (event->op) {
  case GCT_WRITE:
  case GCT_WEAK:
    return event->target == GCT_NIL ? 1 : 2;
  case GCT_ROOT:
    return event->flags & GCT_LOADED ? 2 : 1;
  case GCT_ALLOC:
  case GCT_UNROOT:
  case GCT_FREE:
  case GCT_RESIZE:
  case GCT_DROP:
  case GCT_FINALIZER:
  case GCT_PIN:
    return 1;
  default:
    return 0;
  }
}

// ---- births, deaths, types: gct_stats_objects.c

struct gct__object {
  uint64_t born_bytes; // bytes allocated, its own included
  uint64_t birth;      // its number
  uint32_t type, words, in_edges;
  bool seen_dead;
};

// Returns 0 or -ENOMEM; the table has an entry per handle.
int gct__objects_open(struct gct__object **objects, uint32_t max_handles);
void gct__objects_step(struct gct__object *objects,
                       const struct gct__step *step, struct gct_stats *stats);
// Those that are not freed when the trace ends; reached[handle] says whether
// they are reachable.
void gct__objects_end(struct gct__object *objects, uint32_t max_handles,
                      const struct gct_graph *graph, const bool *reached,
                      struct gct_stats *stats);

// ---- what mutators do: gct_stats_mutation.c

void gct__mutation_step(const struct gct_info *info,
                        const struct gct__step *step,
                        struct gct_mutation *mutation);

// ---- who touches what: gct_stats_sharing.c

struct gct__sharing;

struct gct__sharing *gct__sharing_open(uint32_t max_handles);
void gct__sharing_step(struct gct__sharing *sharing,
                       const struct gct__step *step,
                       struct gct_sharing *result);
void gct__sharing_close(struct gct__sharing *sharing);

// ---- critical paths: gct_stats_path.c, gct_stats_waits.c

struct gct__paths;

struct gct__paths *gct__paths_open(const struct gct_info *info);
// Sets step->first on the way. False when out of memory.
bool gct__paths_step(struct gct__paths *paths, struct gct__step *step);
void gct__paths_end(const struct gct__paths *paths, struct gct_paths *result);
void gct__paths_close(struct gct__paths *paths);

// ---- reachability and cycles: gct_stats_components.c

struct gct__components;

struct gct__components *gct__components_open(uint32_t max_handles);
// Fills what a sample says of the graph.
void gct__components_find(struct gct__components *components,
                          const struct gct_graph *graph,
                          struct gct_sample *sample);
// By handle: whether the last search found it reachable.
const bool *gct__components_reached(const struct gct__components *components);
void gct__components_close(struct gct__components *components);

#endif
