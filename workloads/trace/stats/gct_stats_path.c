// gct_stats_path.c: how parallel the recorded events could be at best.
// SPDX-License-Identifier: MIT
//
// Each thread has a clock per model, each object and slot the times at which
// what matters happened to it; an event starts when its thread is free and
// everything it depends on is over, and takes 1. The last clock is the length
// of the critical path. Two models:
//   touch: an event comes after every earlier touch of the objects it touches.
//   sufficient:
//     * a use of an object comes after its birth;
//     * a ROOT comes after the first WRITE that published the object; when it
//       says which slot it read, after the last WRITE to that slot;
//     * what takes the last slot from an object (a WRITE, or the end of the
//       slot's owner) comes after the object's last ROOT;
//     * WRITEs to one slot keep their order.
//   That is what the program's own synchronisation had to bring about at the
//   least. A file whose roots are counted per object and not per thread asks
//   for more before it can be replayed so: a root that one thread gives up may
//   be what another one still uses.
#include "gct_stats_waits.h"

#include <stdlib.h>

// 0: never.
struct times {
  uint64_t touched;   // last touch, in the first model
  uint64_t born;      // the rest are of the second
  uint64_t published; // first WRITE that put a reference to it
  uint64_t rooted;    // last ROOT
  uint64_t *slots;    // last WRITE to each slot
  uint32_t n_slots;   // that there is room for
};

struct gct__paths {
  struct gct__waits *waits;
  uint32_t max_handles;
  uint64_t work, binding;
  uint64_t touch[GCT_MAX_THREADS], sufficient[GCT_MAX_THREADS];
  struct times objects[];
};

struct gct__paths *gct__paths_open(const struct gct_info *info)
{
  size_t n = (size_t)info->max_handles;
  struct gct__paths *paths =
      calloc(1, sizeof *paths + n * sizeof *paths->objects);
  if (!paths) return NULL;
  paths->max_handles = info->max_handles;
  paths->waits = gct__waits_open(info->n_threads);
  if (paths->waits) return paths;
  gct__paths_close(paths);
  return NULL;
}

void gct__paths_close(struct gct__paths *paths)
{
  if (!paths) return;
  for (uint32_t i = 0; i < paths->max_handles; i++)
    free(paths->objects[i].slots);
  gct__waits_close(paths->waits);
  free(paths);
}

// The time of a slot, or NULL when out of memory.
static uint64_t *slot_of(struct times *object, uint32_t slot)
{
  if (slot >= object->n_slots) {
    uint32_t room = slot + slot / 2 + 4;
    uint64_t *slots = realloc(object->slots, room * sizeof *slots);
    if (!slots) return NULL;
    for (uint32_t i = object->n_slots; i < room; i++) slots[i] = 0;
    object->slots = slots;
    object->n_slots = room;
  }
  return &object->slots[slot];
}

static void raise_to(uint64_t *time, uint64_t other)
{
  if (*time < other) *time = other;
}

// A handle is born again: nothing has happened to it.
static void forget(struct times *object)
{
  for (uint32_t i = 0; i < object->n_slots; i++) object->slots[i] = 0;
  object->touched = object->born = object->published = object->rooted = 0;
}

static void step_touch(struct gct__paths *paths, const struct gct__step *step)
{
  uint32_t handles[2];
  unsigned n = gct__touched(step->event, handles);
  uint64_t *clock = &paths->touch[step->thread];
  for (unsigned i = 0; i < n; i++)
    raise_to(clock, paths->objects[handles[i]].touched);
  ++*clock;
  for (unsigned i = 0; i < n; i++) paths->objects[handles[i]].touched = *clock;
}

// An object that this event may have taken its last slot from.
static void let_go(const struct gct__paths *paths, const struct gct__step *step,
                   uint32_t handle, uint64_t *start)
{
  if (gct_graph_object(step->graph, handle).references == 0)
    raise_to(start, paths->objects[handle].rooted);
}

// When the event can start for what it depends on.
static uint64_t ready(const struct gct__paths *paths,
                      const struct gct__step *step, const uint64_t *slot)
{
  const struct gct_event *event = step->event;
  uint64_t start = 0;
  uint32_t handles[2];
  unsigned n = gct__touched(event, handles);
  for (unsigned i = 0; i < n; i++)
    raise_to(&start, paths->objects[handles[i]].born);
  if (event->op == GCT_WRITE) {
    raise_to(&start, *slot);
    if (step->before != GCT_NIL) let_go(paths, step, step->before, &start);
  } else if (event->op == GCT_ROOT) {
    raise_to(&start, slot ? *slot : paths->objects[event->handle].published);
  } else {
    for (uint32_t i = 0; i < step->n_let_go; i++)
      let_go(paths, step, step->let_go[i], &start);
  }
  return start;
}

// The slot an event writes or was read from: *slot, NULL if there is none.
// False when out of memory.
static bool find_slot(struct gct__paths *paths, const struct gct_event *event,
                      uint64_t **slot)
{
  bool loads = event->op == GCT_ROOT && (event->flags & GCT_LOADED);
  uint32_t owner = loads ? event->target : event->handle;
  *slot = NULL;
  if (!loads && event->op != GCT_WRITE) return true;
  *slot = slot_of(&paths->objects[owner], event->slot);
  return *slot != NULL;
}

static bool step_sufficient(struct gct__paths *paths, struct gct__step *step)
{
  const struct gct_event *event = step->event;
  struct times *object = &paths->objects[event->handle];
  uint64_t *clock = &paths->sufficient[step->thread], *slot, start;
  if (!find_slot(paths, event, &slot)) return false;
  step->first = slot && *slot == 0;
  start = ready(paths, step, slot);
  paths->binding += start > *clock;
  raise_to(clock, start);
  ++*clock;
  if (event->op == GCT_ALLOC) {
    object->born = *clock;
  } else if (event->op == GCT_ROOT) {
    object->rooted = *clock;
  } else if (event->op == GCT_WRITE) {
    *slot = *clock;
    if (event->target != GCT_NIL &&
        paths->objects[event->target].published == 0)
      paths->objects[event->target].published = *clock;
  }
  return true;
}

bool gct__paths_step(struct gct__paths *paths, struct gct__step *step)
{
  unsigned op = step->event->op;
  if (!gct__waits_step(paths->waits, step)) return false;
  if (op == GCT_WAIT || op == GCT_CHECKPOINT) return true;
  paths->work++;
  if (op == GCT_ALLOC) forget(&paths->objects[step->event->handle]);
  step_touch(paths, step);
  return step_sufficient(paths, step);
}

static uint64_t last_of(const uint64_t *clocks)
{
  uint64_t last = 0;
  for (uint32_t i = 0; i < GCT_MAX_THREADS; i++) raise_to(&last, clocks[i]);
  return last;
}

void gct__paths_end(const struct gct__paths *paths, struct gct_paths *result)
{
  *result = (struct gct_paths){.work = paths->work,
                               .waits = gct__waits_length(paths->waits),
                               .touch = last_of(paths->touch),
                               .sufficient = last_of(paths->sufficient),
                               .binding = paths->binding};
}
