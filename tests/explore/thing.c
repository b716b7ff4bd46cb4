// thing.c: the objects of programs: their types, births and deaths.
// SPDX-License-Identifier: MIT

#include "world.h"

struct world world = {.arrays = PTHREAD_MUTEX_INITIALIZER};

static uint32_t canary_of(uint32_t id)
{
  return id * 2654435761u ^ 0x57616e65u;
}

void look(wane_ref o, const char *who, const char *what)
{
  struct thing *t = thing_of(o);
  if (!o) return;
  if (!t->id || t->id >= THINGS || t->canary != canary_of(t->id))
    FAIL("%s: %s is no object", who, what);
  if (world.dead[t->id])
    FAIL("%s: %s is object %u, which was freed", who, what, t->id);
  if (world.vanished[t->id])
    FAIL("%s: %s is object %u, but its weak reference was NULL already", who,
         what, t->id);
}

// Which actor has the object in a root?
const struct actor *holder_of(uint32_t id)
{
  for (uint32_t i = 0; i < PROGRAM_THREADS; i++)
    for (uint32_t r = 0; world.actors[i].roots && r < PROGRAM_ROOTS; r++) {
      wane_ref o = world.actors[i].roots[r];
      if (o && thing_of(o)->id == id) return &world.actors[i];
    }
  return NULL;
}

static void on_death(wane_ref o)
{
  struct thing *t = thing_of(o);
  if (!t->id || t->id >= THINGS || t->canary != canary_of(t->id))
    FAIL("something dies that is no object");
  if (world.dead[t->id]) FAIL("object %u dies twice", t->id);
  const struct actor *holder = holder_of(t->id);
  if (holder) FAIL("object %u dies in a root of %s", t->id, holder->name);
  world.dead[t->id] = true;
  world.died++;
}

static void on_finalize(struct wane_mutator *m, wane_ref o)
{
  look(o, "finalizer", "its object");
  uint32_t id = thing_of(o)->id;
  if (world.finalized[id]) FAIL("object %u is finalized twice", id);
  world.finalized[id] = true;
  // Every other one is slow.
  if (world.finalizers++ % 2 == 0) {
    answer(m, world.program->slow);
    sched_yield_turn();
  }
  sched_point('o', __builtin_return_address(0));
  if (world.program->resurrects) wane_handle_set(m, world.handles[2], o);
}

void register_types(bool weak)
{
  enum { HEAD = sizeof(struct thing), WORD = sizeof(struct wane_slot) };
  static const uint32_t offsets[PROGRAM_SLOTS] = {HEAD, HEAD + WORD,
                                                  HEAD + 2 * WORD};
  struct wane_type_spec pair = {.name = "pair",
                                .size = HEAD + PROGRAM_SLOTS * WORD,
                                .n_refs = PROGRAM_SLOTS,
                                .ref_offsets = offsets,
                                .death = on_death};
  struct wane_type_spec specs[THING_KINDS] = {
      [THING_PAIR] = pair,
      [THING_WIDE] = {.name = "wide",
                      .size = HEAD,
                      .array_offset = HEAD,
                      .death = on_death},
      [THING_LEAF] = {.name = "leaf",
                      .size = HEAD,
                      .acyclic = true,
                      .death = on_death},
      [THING_WEAK] = pair,
      [THING_FINAL] = pair,
  };
  specs[THING_WEAK].name = "weak";
  specs[THING_WEAK].weakable = weak;
  specs[THING_FINAL].name = "final";
  specs[THING_FINAL].weakable = weak;
  if (weak) specs[THING_FINAL].finalize = on_finalize;
  for (int i = 0; i < THING_KINDS; i++)
    if (wane_type_register(&specs[i], &world.types[i]))
      FAIL("the type %s was refused", specs[i].name);
}

wane_ref new_thing(struct wane_mutator *m, uint32_t kind, uint32_t slots,
                   size_t tail)
{
  wane_ref o = kind == THING_WIDE
                   ? wane_alloc_array(m, world.types[kind], slots, tail)
                   : wane_alloc(m, world.types[kind]);
  if (!o) FAIL("out of memory");
  struct thing *t = thing_of(o);
  t->id = ++world.born;
  if (t->id >= THINGS) FAIL("more than %d objects", THINGS);
  t->canary = canary_of(t->id);
  world.objects[t->id] = o;
  t->head.aux = kind;
  if (kind != THING_WIDE)
    t->head.length = kind == THING_LEAF ? 0 : PROGRAM_SLOTS;
  for (uint32_t i = 0; i < t->head.length; i++)
    if (wane_load(&t->slots[i])) FAIL("slot %u of a new object is in use", i);
  return o;
}
