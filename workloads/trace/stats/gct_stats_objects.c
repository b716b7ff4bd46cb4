// gct_stats_objects.c: sizes, lifetimes, in-edges and ends, type by type.
// SPDX-License-Identifier: MIT
//
// A handle's record is filled at ALLOC and read at FREE or DROP, or when the
// trace ends.
#include "gct_stats_part.h"

#include <errno.h>
#include <stdlib.h>

int gct__objects_open(struct gct__object **objects, uint32_t max_handles)
{
  *objects = calloc(max_handles + 1u, sizeof **objects);
  return *objects ? 0 : -ENOMEM;
}

static void bear(struct gct__object *object, const struct gct__step *step,
                 struct gct_stats *stats)
{
  const struct gct_event *event = step->event;
  struct gct_demographics *all = &stats->demographics;
  struct gct_type_stats *type = &stats->types[event->type];
  uint64_t size = 8 * (uint64_t)event->words;
  *object = (struct gct__object){.birth = step->births,
                                 .born_bytes = step->bytes,
                                 .type = event->type,
                                 .words = event->words};
  stats->types_used += type->births == 0;
  type->births++;
  type->bytes += size;
  all->births++;
  all->bytes += size;
  gct_histogram_add(&all->size, event->words, 1);
  gct_histogram_add(&all->size_bytes, event->words, size);
}

// What is counted of each object once, when nothing more will happen to it.
static void conclude(const struct gct__object *object, enum gct_end end,
                     struct gct_stats *stats)
{
  struct gct_demographics *all = &stats->demographics;
  struct gct_type_stats *type = &stats->types[object->type];
  all->ends[end]++;
  all->end_bytes[end] += 8 * (uint64_t)object->words;
  type->ends[end]++;
  all->lonely += object->in_edges == 0;
  type->lonely += object->in_edges == 0;
  gct_histogram_add(&all->in_edges, object->in_edges, 1);
}

static void die(const struct gct__object *object, const struct gct__step *step,
                struct gct_stats *stats)
{
  struct gct_demographics *all = &stats->demographics;
  bool cycle = step->event->flags & GCT_BY_CYCLE;
  uint64_t births = step->births - object->birth;
  conclude(object, cycle ? GCT_END_CYCLE : GCT_END_COUNT, stats);
  stats->types[object->type].lifetime += births;
  all->seen_dead += object->seen_dead;
  gct_histogram_add(&all->life_births, births, 1);
  gct_histogram_add(&all->life_bytes, step->bytes - object->born_bytes, 1);
  gct_histogram_add(&all->life_of_bytes, births, 8 * (uint64_t)object->words);
  if (cycle) gct_histogram_add(&all->life_cycle, births, 1);
}

static void gain_edge(struct gct__object *target, const struct gct__step *step,
                      struct gct_stats *stats)
{
  struct gct_demographics *all = &stats->demographics;
  uint32_t now = gct_graph_object(step->graph, step->event->target).references;
  target->in_edges++;
  if (now > all->most_references) all->most_references = now;
}

void gct__objects_step(struct gct__object *objects,
                       const struct gct__step *step, struct gct_stats *stats)
{
  const struct gct_event *event = step->event;
  if (event->op == GCT_ALLOC)
    bear(&objects[event->handle], step, stats);
  else if (gct__step_frees(step))
    die(&objects[event->handle], step, stats);
  else if (event->op == GCT_WRITE && event->target != GCT_NIL)
    gain_edge(&objects[event->target], step, stats);
}

void gct__objects_end(struct gct__object *objects, uint32_t max_handles,
                      const struct gct_graph *graph, const bool *reached,
                      struct gct_stats *stats)
{
  for (uint32_t i = 0; i < max_handles; i++)
    if (gct_graph_object(graph, i).live)
      conclude(&objects[i], reached[i] ? GCT_END_LIVE : GCT_END_GARBAGE, stats);
}
