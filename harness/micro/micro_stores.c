// micro_stores.c: storing a reference into an object, beside a plain store.
// SPDX-License-Identifier: MIT
//
// Each store puts another object of an L1-sized set into the one slot of the
// next object, over the reference that is there: so every store increments,
// and every store logs. "Private" objects hang from a root of this thread and
// were never stored; "escaped" ones are held by an array. "apart" is as in
// micro_counts.c: the collector works while the clock stands still.

#include "micro.h"

enum { VALUES = 256 }; // a power of 2

struct stores {
  struct micro_set objects, values;
};

// --- ours ------------------------------------------------------------------

static void measure(struct gbench_state *state, const struct stores *stores,
                    struct wane_mutator *m, enum micro_pace pace)
{
  void *const *objects = stores->objects.order;
  void *const *values = stores->values.order;
  size_t at = 0, mask = stores->objects.n - 1, value = 0;
  unsigned batches = 0;
  struct micro_meter meter;
  micro_meter_start(&meter, m);
  while (gbench_keep_running(state, MICRO_BATCH)) {
    for (int i = 0; i < MICRO_BATCH; i++) {
      wane_ref object = objects[at++ & mask];
      wane_store(m, object, MICRO_SLOT(object), values[value++ % VALUES]);
    }
    value++; // another value for the same object in the next batch
    micro_batch_done(state, m, pace, &batches);
  }
  micro_meter_stop(&meter, state, m);
}

// `n` roots, each with an object that nothing else refers to.
static bool private_nodes(struct gbench_state *state,
                          const struct micro_runtime *runtime, wane_ref *roots,
                          struct micro_set *set)
{
  for (size_t i = 0; i < set->n; i++) {
    roots[i] = wane_alloc(runtime->m, runtime->node);
    if (!roots[i]) {
      gbench_skip(state, "no memory for the objects");
      return false;
    }
    set->order[i] = roots[i];
  }
  micro_set_shuffle(set);
  return true;
}

static void private(struct gbench_state *state, size_t n, enum micro_pace pace)
{
  struct micro_runtime runtime;
  struct stores stores;
  if (!micro_begin_paced(state, &runtime, pace)) return;
  if (!micro_set_alloc(&stores.objects, n)) {
    gbench_skip(state, "no memory for the objects");
  } else {
    wane_ref *roots = wane_roots_push(runtime.m, stores.objects.n);
    if (private_nodes(state, &runtime, roots, &stores.objects) &&
        micro_nodes(state, runtime.m, &runtime, VALUES, &runtime.roots[0],
                    &stores.values)) {
      measure(state, &stores, runtime.m, pace);
      micro_set_free(&stores.values);
    }
    wane_roots_pop(runtime.m, roots);
    micro_set_free(&stores.objects);
  }
  micro_end(&runtime);
}

static void escaped(struct gbench_state *state, size_t n, enum micro_pace pace)
{
  struct micro_runtime runtime;
  struct stores stores;
  if (!micro_begin_paced(state, &runtime, pace)) return;
  if (micro_nodes(state, runtime.m, &runtime, n, &runtime.roots[0],
                  &stores.objects)) {
    if (micro_nodes(state, runtime.m, &runtime, VALUES, &runtime.roots[1],
                    &stores.values)) {
      measure(state, &stores, runtime.m, pace);
      micro_set_free(&stores.values);
    }
    micro_set_free(&stores.objects);
  }
  micro_end(&runtime);
}

#define PACED(name, which, pace)                                               \
  static void name(struct gbench_state *state, const struct micro_case *self)  \
  {                                                                            \
    which(state, (size_t)self->arg, pace);                                     \
  }
PACED(store_private, private, MICRO_AT_ONCE)
PACED(store_escaped, escaped, MICRO_AT_ONCE)
PACED(store_private_apart, private, MICRO_APART)
PACED(store_escaped_apart, escaped, MICRO_APART)

// --- baselines -------------------------------------------------------------

static inline __attribute__((always_inline)) void
baseline(struct gbench_state *state, size_t n,
         void (*store)(_Atomic(void *) *slot, void *value))
{
  struct micro_set objects, values;
  if (!micro_plain_set(state, n, &objects)) return;
  if (!micro_plain_set(state, MICRO_L1, &values)) return;
  size_t at = 0, mask = n - 1, value = 0;
  struct micro_meter meter;
  micro_meter_start(&meter, NULL);
  while (gbench_keep_running(state, MICRO_BATCH)) {
    for (int i = 0; i < MICRO_BATCH; i++) {
      char *object = objects.order[at++ & mask];
      store((_Atomic(void *) *)(void *)(object + sizeof(struct wane_object)),
            values.order[value++ % VALUES]);
    }
    value++;
  }
  micro_meter_stop(&meter, state, NULL);
}

static inline void plain(_Atomic(void *) *slot, void *value)
{
  // Note [measured orders]
  atomic_store_explicit(slot, value, memory_order_relaxed);
}

static inline void exchange(_Atomic(void *) *slot, void *value)
{
  // Note [measured orders]: the least that takes the old value out of a slot
  // that another thread may write.
  void *old = atomic_exchange_explicit(slot, value, memory_order_acq_rel);
  GBENCH_KEEP(old);
}

static void store_plain(struct gbench_state *state,
                        const struct micro_case *self)
{
  baseline(state, (size_t)self->arg, plain);
}

static void store_exchange(struct gbench_state *state,
                           const struct micro_case *self)
{
  baseline(state, (size_t)self->arg, exchange);
}

#define SET(set, size)                                                         \
  {"store_private/" set,                                                       \
   store_private,                                                              \
   size,                                                                       \
   {"plain_store/" set, "exchange/" set},                                      \
   NULL},                                                                      \
      {"store_private_apart/" set,                                             \
       store_private_apart,                                                    \
       size,                                                                   \
       {"plain_store/" set, "exchange/" set},                                  \
       NULL},                                                                  \
      {"store_escaped_apart/" set,                                             \
       store_escaped_apart,                                                    \
       size,                                                                   \
       {"exchange/" set, "plain_store/" set},                                  \
       NULL},                                                                  \
      {"store_escaped/" set,                                                   \
       store_escaped,                                                          \
       size,                                                                   \
       {"exchange/" set, "plain_store/" set},                                  \
       NULL},                                                                  \
      {"plain_store/" set, store_plain, size, {NULL}, NULL},                   \
  {                                                                            \
    "exchange/" set, store_exchange, size, {NULL}, NULL                        \
  }

static const struct micro_case cases[] = {
    SET("hot", MICRO_HOT),
    SET("l1", MICRO_L1),
};
const struct micro_cases micro_stores = {cases, sizeof cases / sizeof cases[0]};
