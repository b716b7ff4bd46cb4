// replay_verify.c: the real heap against the trace's oracle.
// SPDX-License-Identifier: MIT
//
// Follows every reference from the roots the trace says there are, in the
// objects themselves, and adds up what gct_oracle.h defines. The oracle comes
// from the file or from the checker's own graph; neither has seen the heap.
// Runs on a mutator while no other of the copy does, without a safepoint:
// everything it meets stays where it is.

#include "replay.h"
#include "replay_roots.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *replay_fault(const struct replay_copy *copy, uint32_t handle,
                         wane_ref o)
{
  const struct replay *replay = copy->replay;
  const struct replay_plan *plan = &replay->plan;
  const struct replay_object *object = (const struct replay_object *)(void *)o;
  uint32_t birth = copy->handles[handle].birth;
  if (!o) return "was freed while the trace still uses it";
  if (object->head.aux != birth) return "has another birth number";
  if (object->type != plan->type[birth] ||
      wane_type_of(o) != replay->types[object->type])
    return "has another type";
  if (object->head.length != plan->slots[birth])
    return "has another number of slots";
  if (object->tag != copy->tag) return "is of another copy";
  return NULL;
}

struct walk {
  struct replay_copy *copy;
  const char *when;
  struct gct_oracle sums;
  size_t n; // handles on the stack
  bool good;
};

static bool complain(struct walk *walk, uint32_t handle, const char *fault,
                     const char *place)
{
  const struct replay_plan *plan = &walk->copy->replay->plan;
  struct wane_workload_run *run = walk->copy->replay->run;
  uint32_t birth = walk->copy->handles[handle].birth;
  run->fail(run, "%s, copy %u: object %u (type %s, born as no. %u)%s %s",
            walk->when, walk->copy->number, handle,
            plan->info->types[plan->type[birth]].name, birth, place, fault);
  walk->good = false;
  return false;
}

static bool marked(const struct replay_copy *copy, uint32_t handle)
{
  return copy->marks[handle >> 6] >> (handle & 63) & 1;
}

static wane_ref ref_of(const struct replay_copy *copy, uint32_t handle)
{
  // Note [weak handle]
  return atomic_load_explicit(&copy->handles[handle].ref, memory_order_relaxed);
}

// Reaches an object for the first time, perhaps. Returns false on a fault.
static bool reach(struct walk *walk, uint32_t handle, const char *place)
{
  struct replay_copy *copy = walk->copy;
  if (marked(copy, handle)) return true;
  copy->marks[handle >> 6] |= UINT64_C(1) << (handle & 63);
  wane_ref o = ref_of(copy, handle);
  const char *fault = replay_fault(copy, handle, o);
  if (fault) return complain(walk, handle, fault, place);
  const struct replay_object *object = (const struct replay_object *)(void *)o;
  gct_oracle_object(&walk->sums, object->head.aux, 8 * (uint64_t)object->words);
  copy->stack[walk->n++] = handle;
  return true;
}

// What a slot refers to, as a handle: the object must be the one that the
// table has under its birth's handle. GCT_NIL if it is not.
static uint32_t handle_of(const struct replay_copy *copy, wane_ref o)
{
  const struct replay_plan *plan = &copy->replay->plan;
  uint32_t birth = ((const struct wane_array *)(const void *)o)->aux;
  if (birth >= plan->info->n_births) return GCT_NIL;
  uint32_t handle = plan->handle[birth];
  return ref_of(copy, handle) == o ? handle : GCT_NIL;
}

static bool scan(struct walk *walk, uint32_t handle)
{
  struct replay_copy *copy = walk->copy;
  wane_ref o = ref_of(copy, handle);
  const struct replay_object *object = (const struct replay_object *)(void *)o;
  char place[48];
  for (uint32_t slot = 0; slot < object->head.length; slot++) {
    wane_ref target = wane_load(&replay_slots(o)[slot]);
    if (!target) continue;
    uint32_t to = handle_of(copy, target);
    if (to == GCT_NIL) {
      snprintf(place, sizeof place, ", slot %" PRIu32 ":", slot);
      return complain(walk, handle, "refers to an object that was freed",
                      place);
    }
    gct_oracle_edge(&walk->sums, object->head.aux, slot,
                    copy->handles[to].birth);
    if (!marked(copy, to) && !reach(walk, to, "")) return false;
  }
  return true;
}

static bool follow_set(struct walk *walk, const struct replay_set *set)
{
  size_t n = replay_set_count(&set->set);
  for (size_t i = 0; i < n; i++)
    if (replay_set_get(&set->set, i) &&
        !reach(walk, set->handle[i], " is a root and"))
      return false;
  while (walk->n)
    if (!scan(walk, walk->copy->stack[--walk->n])) return false;
  return true;
}

// From all roots, or from the finaliser registry's.
static bool follow(struct walk *walk, bool registry)
{
  const struct replay_copy *copy = walk->copy;
  for (uint32_t i = 0; i < copy->replay->plan.n_mutators; i++) {
    const struct replay_thread *t = &copy->threads[i];
    if (!follow_set(walk, registry ? &t->registry : &t->roots)) return false;
  }
  return true;
}

static void compare(struct walk *walk, const struct gct_oracle *expected)
{
  struct wane_workload_run *run = walk->copy->replay->run;
  static const char *const names[] = {"objects", "bytes", "object hash",
                                      "edges", "edge hash"};
  const struct gct_oracle *sums = &walk->sums;
  const uint64_t found[] = {sums->objects, sums->bytes, sums->object_hash,
                            sums->edges, sums->edge_hash};
  const uint64_t right[] = {expected->objects, expected->bytes,
                            expected->object_hash, expected->edges,
                            expected->edge_hash};
  for (int i = 0; i < 5 && walk->good; i++) {
    if (found[i] == right[i]) continue;
    run->fail(run,
              "%s, copy %u: reachable %s: the heap has %" PRIu64
              ", the oracle says %" PRIu64,
              walk->when, walk->copy->number, names[i], found[i], right[i]);
    walk->good = false;
  }
}

bool replay_verify(struct replay_copy *copy, const char *when,
                   const struct gct_oracle *expected, uint64_t *held)
{
  struct walk walk = {.copy = copy, .when = when, .good = true};
  memset(copy->marks, 0,
         (copy->replay->plan.info->max_handles / 64u + 1) * sizeof(uint64_t));
  if (follow(&walk, false) && expected) compare(&walk, expected);
  if (walk.good) follow(&walk, true);
  *held = walk.sums.objects;
  return walk.good;
}
