// micro_counts.c: counting a reference and giving it up, beside other ways.
// SPDX-License-Identifier: MIT
//
// One operation is a pair: count a reference, and give it up again. For the
// runtime that is an increment now and a logged decrement that the collector
// applies on its own thread, to the same objects, while the loop goes on, and
// the two pull the objects' lines back and forth. "apart": the collector works
// while the clock stands still, so what is left is the mutator's own work.

#include "micro.h"

#include "micro_peer_cxx.h"

#define INLINE static inline __attribute__((always_inline))

// The operation is inlined: it is a constant at every caller.
INLINE void each(struct gbench_state *state, const struct micro_set *set,
                 struct wane_mutator *m, enum micro_pace pace,
                 void (*pair)(void *object, struct wane_mutator *m))
{
  void *const *order = set->order;
  size_t at = 0, mask = set->n - 1;
  unsigned batches = 0;
  while (gbench_keep_running(state, MICRO_BATCH)) {
    for (int i = 0; i < MICRO_BATCH; i++) pair(order[at++ & mask], m);
    micro_batch_done(state, m, pace, &batches);
  }
}

// --- ours ------------------------------------------------------------------

INLINE void pair_deferred(void *object, struct wane_mutator *m)
{
  (void)wane__inc(m, object);
  wane__log_dec(m, object);
}

static void measure_deferred(struct gbench_state *state,
                             const struct micro_set *set,
                             struct wane_mutator *m, enum micro_pace pace)
{
  struct micro_meter meter;
  micro_meter_start(&meter, m);
  each(state, set, m, pace, pair_deferred);
  micro_meter_stop(&meter, state, m);
}

static void inc_paced(struct gbench_state *state, size_t n,
                      enum micro_pace pace)
{
  struct micro_runtime runtime;
  struct micro_set set;
  if (!micro_begin_paced(state, &runtime, pace)) return;
  if (micro_nodes(state, runtime.m, &runtime, n, &runtime.roots[0], &set)) {
    measure_deferred(state, &set, runtime.m, pace);
    micro_set_free(&set);
  }
  micro_end(&runtime);
}

static void inc(struct gbench_state *state, const struct micro_case *self)
{
  inc_paced(state, (size_t)self->arg, MICRO_AT_ONCE);
}

static void inc_apart(struct gbench_state *state, const struct micro_case *self)
{
  inc_paced(state, (size_t)self->arg, MICRO_APART);
}

// What the thread that owns the objects shares with the one that measures.
struct owner {
  struct gbench_state *state;
  const struct micro_runtime *runtime;
  struct micro_set set;
  struct wane_handle *handle; // to the array that holds them
};

// Makes the objects, then sleeps: they stay its own, in the biased sense.
static void own(struct micro_helper *helper, struct wane_mutator *m)
{
  struct owner *owner = helper->context;
  WANE_ROOTS(m, root, 1);
  bool ok = micro_nodes(owner->state, m, owner->runtime, owner->set.n, &root[0],
                        &owner->set);
  if (ok) wane_handle_set(m, owner->handle, root[0]);
  micro_helper_ready(helper, ok);
  if (ok) micro_helper_sleep(helper, m);
}

static void inc_foreign(struct gbench_state *state,
                        const struct micro_case *self)
{
  struct micro_runtime runtime;
  if (!micro_begin(state, &runtime, NULL)) return;
  struct owner owner = {state,
                        &runtime,
                        {NULL, (size_t)self->arg},
                        wane_handle_new(runtime.m, NULL)};
  struct micro_helper helper = {
      .work = own, .context = &owner, .mutator = true};
  if (owner.handle && micro_helper_start(&helper, runtime.m)) {
    runtime.roots[0] = wane_handle_get(owner.handle);
    measure_deferred(state, &owner.set, runtime.m, MICRO_AT_ONCE);
    micro_helper_end(&helper, runtime.m);
    micro_set_free(&owner.set);
  } else if (!gbench_skipped(state)) {
    gbench_skip(state, "no second thread");
  }
  if (owner.handle) wane_handle_free(runtime.m, owner.handle);
  micro_end(&runtime);
}

// Counts the same object as the measuring thread, until it is told to stop.
static void rival_deferred(struct micro_helper *helper, struct wane_mutator *m)
{
  WANE_ROOTS(m, root, 1);
  root[0] = wane_handle_get(helper->context);
  micro_helper_ready(helper, true);
  while (!atomic_load(&helper->stop)) {
    for (int i = 0; i < MICRO_BATCH; i++) pair_deferred(root[0], m);
    wane_safepoint(m);
  }
}

static void inc_contended(struct gbench_state *state,
                          const struct micro_case *self)
{
  struct micro_runtime runtime;
  struct micro_set set;
  (void)self;
  if (!micro_begin(state, &runtime, NULL)) return;
  if (micro_nodes(state, runtime.m, &runtime, MICRO_HOT, &runtime.roots[0],
                  &set)) {
    struct wane_handle *handle = wane_handle_new(runtime.m, set.order[0]);
    struct micro_helper helper = {
        .work = rival_deferred, .context = handle, .mutator = true};
    if (handle && micro_helper_start(&helper, runtime.m)) {
      each(state, &set, runtime.m, MICRO_AT_ONCE, pair_deferred);
      micro_helper_end(&helper, runtime.m);
    } else {
      gbench_skip(state, "no second thread");
    }
    if (handle) wane_handle_free(runtime.m, handle);
    micro_set_free(&set);
  }
  micro_end(&runtime);
}

// --- baselines -------------------------------------------------------------
// Note [measured orders]: the orders in a baseline are what it is to be
// compared with, not what this program needs; the objects are its own.

INLINE void pair_plain(void *object, struct wane_mutator *m)
{
  _Atomic uint32_t *count = object;
  (void)m;
  // Note [measured orders]: relaxed: plain instructions, but none is merged
  // with its neighbour.
  atomic_store_explicit(count,
                        atomic_load_explicit(count, memory_order_relaxed) + 1,
                        memory_order_relaxed);
  atomic_store_explicit(count,
                        atomic_load_explicit(count, memory_order_relaxed) - 1,
                        memory_order_relaxed);
}

INLINE void pair_atomic(void *object, struct wane_mutator *m)
{
  _Atomic uint32_t *count = object;
  (void)m;
  // Note [measured orders]: as every atomic reference count does it.
  atomic_fetch_add_explicit(count, 1, memory_order_relaxed);
  if (atomic_fetch_sub_explicit(count, 1, memory_order_acq_rel) == 0)
    GBENCH_KEEP(count); // looks at the old count, as "free the object" does
}

static void plain(struct gbench_state *state, const struct micro_case *self)
{
  struct micro_set set;
  struct micro_meter meter;
  if (!micro_plain_set(state, (size_t)self->arg, &set)) return;
  micro_meter_start(&meter, NULL);
  each(state, &set, NULL, MICRO_AT_ONCE, pair_plain);
  micro_meter_stop(&meter, state, NULL);
}

static void atomic(struct gbench_state *state, const struct micro_case *self)
{
  struct micro_set set;
  struct micro_meter meter;
  if (!micro_plain_set(state, (size_t)self->arg, &set)) return;
  micro_meter_start(&meter, NULL);
  each(state, &set, NULL, MICRO_AT_ONCE, pair_atomic);
  micro_meter_stop(&meter, state, NULL);
}

static void rival_atomic(struct micro_helper *helper, struct wane_mutator *m)
{
  micro_helper_ready(helper, true);
  while (!atomic_load(&helper->stop))
    for (int i = 0; i < MICRO_BATCH; i++) pair_atomic(helper->context, m);
}

static void atomic_contended(struct gbench_state *state,
                             const struct micro_case *self)
{
  struct micro_set set;
  (void)self;
  if (!micro_plain_set(state, MICRO_HOT, &set)) return;
  struct micro_helper helper = {.work = rival_atomic, .context = set.order[0]};
  if (!micro_helper_start(&helper, NULL)) {
    gbench_skip(state, "no second thread");
    return;
  }
  each(state, &set, NULL, MICRO_AT_ONCE, pair_atomic);
  micro_helper_end(&helper, NULL);
}

static void shared_ptr(struct gbench_state *state,
                       const struct micro_case *self)
{
  struct micro_meter meter;
  if (!micro_peer_shared_ptr_prepare((size_t)self->arg)) {
    gbench_skip(state, "no memory for the baseline's objects");
    return;
  }
  micro_meter_start(&meter, NULL);
  micro_peer_shared_ptr(state, (size_t)self->arg);
  micro_meter_stop(&meter, state, NULL);
}

// --- the table -------------------------------------------------------------

#define SET(set, size)                                                         \
  {"inc/" set,                                                                 \
   inc,                                                                        \
   size,                                                                       \
   {"pair_plain/" set, "pair_atomic/" set, "shared_ptr/" set},                 \
   NULL},                                                                      \
      {"inc_apart/" set,                                                       \
       inc_apart,                                                              \
       size,                                                                   \
       {"pair_plain/" set, "pair_atomic/" set},                                \
       NULL},                                                                  \
      {"pair_plain/" set, plain, size, {NULL}, NULL},                          \
      {"pair_atomic/" set, atomic, size, {NULL}, NULL},                        \
  {                                                                            \
    "shared_ptr/" set, shared_ptr, size, {NULL}, NULL                          \
  }

static const struct micro_case cases[] = {
    SET("hot", MICRO_HOT),
    SET("l1", MICRO_L1),
    SET("random", MICRO_RANDOM),
    {"inc_foreign/hot", inc_foreign, MICRO_HOT, {"pair_atomic/hot"}, NULL},
    {"inc_foreign/l1", inc_foreign, MICRO_L1, {"pair_atomic/l1"}, NULL},
    {"inc_contended", inc_contended, 0, {"pair_atomic_contended"}, NULL},
    {"pair_atomic_contended", atomic_contended, 0, {NULL}, NULL},
};
const struct micro_cases micro_counts = {cases, sizeof cases / sizeof cases[0]};
