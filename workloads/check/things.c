// things.c: numbers, canaries and deaths.
// SPDX-License-Identifier: MIT

#include "things.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define MORE 256

bool things_weak;

static struct {
  struct wane_workload_run *run;
  const struct wane_type *types[THING_KINDS];
  _Atomic bool *dead;
  uint64_t ids;
  _Atomic uint64_t born, died;
  _Atomic bool failed;
} things;

void things_fail(const char *format, ...)
{
  char text[256];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  atomic_store(&things.failed, true);
  things.run->fail(things.run, "%s", text);
}

bool things_failed(void)
{
  return atomic_load(&things.failed);
}

static uint64_t canary_of(uint64_t id)
{
  return (id ^ UINT64_C(0x57616e6557616e65)) * UINT64_C(0x9e3779b97f4a7c15);
}

static bool is_thing(const struct thing *t)
{
  return t->id && t->id < things.ids + MORE && t->canary == canary_of(t->id);
}

static void on_death(wane_ref o)
{
  struct thing *t = thing_of(o);
  if (!is_thing(t))
    things_fail("what is no object any more dies (number %" PRIu64 ")",
              t->id);
  else if (atomic_exchange(&things.dead[t->id], true))
    things_fail("object %" PRIu64 " dies twice", t->id);
  else
    atomic_fetch_add(&things.died, 1);
}

static void trace(wane_ref o, wane_visit visit, void *context)
{
  for (uint32_t i = 0; i < THING_FIXED; i++)
    visit(&thing_of(o)->slots[i], context);
}

static const uint32_t offsets[THING_FIXED] = {
    sizeof(struct thing), sizeof(struct thing) + sizeof(struct wane_slot)};
#define FIXED (sizeof(struct thing) + THING_FIXED * sizeof(struct wane_slot))

static const struct wane_type_spec specs[THING_KINDS] = {
    [THING_PAIR] = {.name = "pair",
                    .size = FIXED,
                    .n_refs = THING_FIXED,
                    .ref_offsets = offsets,
                    .death = on_death},
    [THING_TRACED] = {.name = "traced",
                      .size = FIXED,
                      .trace = trace,
                      .death = on_death},
    [THING_WIDE] = {.name = "wide",
                    .size = sizeof(struct thing),
                    .array_offset = sizeof(struct thing),
                    .death = on_death},
    [THING_LEAF] = {.name = "leaf",
                    .size = sizeof(struct thing),
                    .acyclic = true,
                    .death = on_death},
    [THING_WEAK] = {.name = "weak",
                    .size = FIXED,
                    .n_refs = THING_FIXED,
                    .ref_offsets = offsets,
                    .weakable = true,
                    .death = on_death},
};

int things_start(struct wane_workload_run *run, uint64_t ids)
{
  things_stop();
  things.run = run;
  things.ids = ids;
  atomic_store(&things.failed, false);
  atomic_store(&things.born, 0);
  atomic_store(&things.died, 0);
  // Threads that find the last number free at once may all take one.
  things.dead = calloc(ids + MORE, sizeof *things.dead);
  if (!things.dead) {
    run->fail(run, "no memory for a table of %" PRIu64 " objects", ids);
    return ENOMEM;
  }
  for (int i = 0; i < THING_WEAK; i++)
    if (wane_type_register(&specs[i], &things.types[i])) {
      run->fail(run, "type %s could not be registered", specs[i].name);
      return EINVAL;
    }
  things_weak =
      wane_type_register(&specs[THING_WEAK], &things.types[THING_WEAK]) == 0;
  return 0;
}

void things_stop(void)
{
  free((void *)things.dead);
  things.dead = NULL;
}

wane_ref things_new(struct wane_mutator *m, enum thing_kind kind, uint32_t n)
{
  if (things_born() >= things.ids) return NULL;
  if (kind == THING_WEAK && !things_weak) kind = THING_PAIR;
  wane_ref o = kind == THING_WIDE
                   ? wane_alloc_array(m, things.types[kind], n, 0)
                   : wane_alloc(m, things.types[kind]);
  if (!o) return NULL;
  struct thing *t = thing_of(o);
  uint64_t id = atomic_fetch_add(&things.born, 1) + 1;
  t->id = id;
  t->canary = canary_of(id);
  t->head.aux = kind;
  if (kind != THING_WIDE)
    t->head.length = kind == THING_LEAF ? 0 : THING_FIXED;
  for (uint32_t i = 0; i < t->head.length; i++)
    if (wane_load(&t->slots[i])) {
      things_fail("slot %u of a new object is not NULL", i);
      break;
    }
  return o;
}

uint64_t things_id(wane_ref o, const char *where)
{
  if (!o) return 0;
  struct thing *t = thing_of(o);
  if (!is_thing(t))
    things_fail("%s: a reference to what is no object", where);
  else if (things_dead(t->id))
    things_fail("%s: a reference to object %" PRIu64 ", which was freed",
              where, t->id);
  else
    return t->id;
  return 0;
}

bool things_dead(uint64_t id)
{
  return atomic_load(&things.dead[id]);
}

uint64_t things_born(void)
{
  return atomic_load(&things.born);
}

uint64_t things_died(void)
{
  return atomic_load(&things.died);
}

bool things_all_mortal(void)
{
  struct wane_stats stats;
  wane_stats_read(&stats);
  return stats.mutators.stuck == 0;
}
