// replay_object.c: the types of a trace on the runtime, and their deaths.
// SPDX-License-Identifier: MIT
//
// One runtime type per recorded type, so that reports name it, and so that a
// type whose instances never have a slot can be declared acyclic, as the
// recorded program's own collector did not track it either.

#include "replay_lives.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

// For the death hook. Set before the first object exists, cleared when the
// runtime has stopped.
static struct replay *the_replay;

static void on_death(wane_ref o)
{
  const struct replay_object *object = (const struct replay_object *)(void *)o;
  const struct replay_plan *plan = &the_replay->plan;
  uint32_t birth = object->head.aux;
  // Plain bytes that something overwrote: the traversal reports them.
  uint32_t number = object->tag % REPLAY_MAX_COPIES;
  if (number >= the_replay->n_copies || birth >= plan->info->n_births) return;
  struct replay_copy *copy = &the_replay->copies[number];
  wane_ref expected = o;
  // Note [weak handle]
  atomic_compare_exchange_strong_explicit(
      &copy->handles[plan->handle[birth]].ref, &expected, NULL,
      memory_order_relaxed, memory_order_relaxed);
  if (WANE_UNLIKELY(copy->lives != NULL))
    replay_lives_freed(copy->lives, birth, object->tag);
  // Note [deaths]
  atomic_fetch_add_explicit(&copy->deaths, 1, memory_order_relaxed);
}

static int register_one(const struct replay_plan *plan, uint32_t i,
                        bool weakable, const struct wane_type **type)
{
  const struct gct_type *recorded = &plan->info->types[i];
  char name[64];
  strncpy(name, *recorded->name ? recorded->name : "?", sizeof name - 1);
  name[sizeof name - 1] = '\0';
  struct wane_type_spec spec = {.name = name,
                                .size = sizeof(struct replay_object),
                                .array_offset = sizeof(struct replay_object),
                                .acyclic = plan->leaf[i],
                                .weakable = weakable && plan->weakable[i],
                                .death = on_death};
  return -wane_type_register(&spec, type);
}

int replay_types_register(struct replay *replay)
{
  const struct replay_plan *plan = &replay->plan;
  struct wane_type_spec keeper = {.name = "replay_keeper",
                                  .size = sizeof(struct replay_object),
                                  .array_offset = sizeof(struct replay_object)};
  replay->types = calloc(plan->info->n_types + 1u, sizeof *replay->types);
  if (!replay->types) return ENOMEM;
  int status = -wane_type_register(&keeper, &replay->keeper);
  replay->weak = plan->info->by_op[GCT_WEAK] != 0;
  for (uint32_t i = 0; i < plan->info->n_types && status == 0; i++) {
    status = register_one(plan, i, replay->weak, &replay->types[i]);
    if (status != ENOTSUP) continue;
    replay->weak = false;
    status = register_one(plan, i, false, &replay->types[i]);
  }
  the_replay = replay;
  return status;
}

void replay_types_forget(void)
{
  the_replay = NULL;
}
