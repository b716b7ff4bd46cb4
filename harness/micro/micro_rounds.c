// micro_rounds.c: handing logs over, polling, and asking for a round.
// SPDX-License-Identifier: MIT
//
// `log`: what an entry of the decrement log costs the mutator when chunks fill
// up and are handed over; the increments that the entries take back are made
// while the clock stands still. A short chunk makes the hand-over visible: it
// comes every so many entries. `collect`: one wane_collect of an empty heap,
// which is two handshakes.

#include "micro.h"

#include <stdlib.h>

enum { CHUNK = 1022, ENTRIES = 16 * CHUNK }; // between two stops of the clock

// --- the log ---------------------------------------------------------------

static void log_loop(struct gbench_state *state, const struct micro_set *set,
                     struct wane_mutator *m)
{
  void *const *order = set->order;
  size_t mask = set->n - 1;
  while (gbench_keep_running(state, ENTRIES)) {
    gbench_pause(state);
    for (size_t i = 0; i < ENTRIES; i++)
      (void)wane__inc(m, order[i & mask]);
    gbench_resume(state);
    for (size_t i = 0; i < ENTRIES; i++) wane__log_dec(m, order[i & mask]);
    wane_safepoint(m);
  }
}

static void log_entry(struct gbench_state *state, const struct micro_case *self)
{
  struct micro_runtime runtime;
  struct micro_set set;
  const struct wane_config config = {.log_chunk = (uint32_t)self->arg};
  if (!micro_begin(state, &runtime, &config)) return;
  if (micro_nodes(state, runtime.m, &runtime, MICRO_L1, &runtime.roots[0],
                  &set)) {
    log_loop(state, &set, runtime.m);
    micro_set_free(&set);
  }
  micro_end(&runtime);
}

// Into one buffer, over and over.
static void append(struct gbench_state *state, const struct micro_case *self)
{
  static void *buffer[CHUNK];
  struct {
    void **cur, **end;
  } log = {buffer, buffer + CHUNK};
  struct micro_set set;
  (void)self;
  if (!micro_plain_set(state, MICRO_L1, &set)) return;
  void *const *order = set.order;
  size_t mask = set.n - 1;
  GBENCH_KEEP(&log); // in memory, as a mutator's is
  while (gbench_keep_running(state, ENTRIES)) {
    for (size_t i = 0; i < ENTRIES; i++) {
      *log.cur++ = order[i & mask];
      if (WANE_UNLIKELY(log.cur == log.end)) log.cur = buffer;
    }
  }
}

// --- polls -----------------------------------------------------------------

static void poll(struct gbench_state *state, const struct micro_case *self)
{
  struct micro_runtime runtime;
  (void)self;
  if (!micro_begin(state, &runtime, NULL)) return;
  while (gbench_keep_running(state, MICRO_BATCH))
    for (int i = 0; i < MICRO_BATCH; i++) {
      wane_safepoint(runtime.m);
      GBENCH_KEEP(i);
    }
  micro_end(&runtime);
}

static void loop(struct gbench_state *state, const struct micro_case *self)
{
  (void)self;
  while (gbench_keep_running(state, MICRO_BATCH))
    for (int i = 0; i < MICRO_BATCH; i++) GBENCH_KEEP(i);
}

// --- handshakes ------------------------------------------------------------

static void poller(struct micro_helper *helper, struct wane_mutator *m)
{
  micro_helper_ready(helper, true);
  while (!atomic_load(&helper->stop)) wane_safepoint(m);
}

// With `arg` other mutators that poll; the one that asks sleeps meanwhile. The
// CPU time of a thread that polls in a loop says nothing, so it is left out.
static void collect(struct gbench_state *state, const struct micro_case *self)
{
  struct micro_runtime runtime;
  struct micro_meter meter;
  struct micro_helper helpers[2];
  int n = 0;
  if (!micro_begin(state, &runtime, NULL)) return;
  for (; n < self->arg; n++) {
    helpers[n] = (struct micro_helper){.work = poller, .mutator = true};
    if (micro_helper_start(&helpers[n], runtime.m)) continue;
    gbench_skip(state, "no second thread");
    break;
  }
  if (!gbench_skipped(state)) {
    micro_meter_start(&meter, runtime.m);
    while (gbench_keep_running(state, 1)) wane_collect(runtime.m);
    if (n == 0) micro_meter_stop(&meter, state, runtime.m);
  }
  while (n > 0) micro_helper_end(&helpers[--n], runtime.m);
  micro_end(&runtime);
}

struct ball {
  pthread_mutex_t lock;
  pthread_cond_t moved;
  bool there; // under `lock`: the other thread has it
};

static void ball_pass(struct ball *ball, bool there)
{
  pthread_mutex_lock(&ball->lock);
  ball->there = there;
  pthread_cond_broadcast(&ball->moved);
  pthread_mutex_unlock(&ball->lock);
}

static void ball_await(struct ball *ball, bool there)
{
  pthread_mutex_lock(&ball->lock);
  while (ball->there != there) pthread_cond_wait(&ball->moved, &ball->lock);
  pthread_mutex_unlock(&ball->lock);
}

static void partner(struct micro_helper *helper, struct wane_mutator *m)
{
  (void)m;
  struct ball *ball = helper->context;
  micro_helper_ready(helper, true);
  for (;;) {
    ball_await(ball, true);
    if (atomic_load(&helper->stop)) return;
    ball_pass(ball, false);
  }
}

// A question to a sleeping thread and its answer.
static void wakeup(struct gbench_state *state, const struct micro_case *self)
{
  struct ball ball = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER,
                      false};
  struct micro_helper helper = {.work = partner, .context = &ball};
  struct micro_meter meter;
  (void)self;
  if (!micro_helper_start(&helper, NULL)) {
    gbench_skip(state, "no second thread");
    return;
  }
  micro_meter_start(&meter, NULL);
  while (gbench_keep_running(state, 1)) {
    ball_pass(&ball, true);
    ball_await(&ball, false);
  }
  micro_meter_stop(&meter, state, NULL);
  atomic_store(&helper.stop, true);
  ball_pass(&ball, true);
  micro_helper_end(&helper, NULL);
}

static const struct micro_case cases[] = {
    {"log/chunk_1022", log_entry, CHUNK, {"append"}, NULL},
    {"log/chunk_64", log_entry, 64, {"append"}, NULL},
    {"log/chunk_8", log_entry, 8, {"append"}, NULL},
    {"append", append, 0, {NULL}, NULL},
    {"safepoint", poll, 0, {"loop"}, NULL},
    {"loop", loop, 0, {NULL}, NULL},
    {"collect/polling_0", collect, 0, {"wakeup"}, NULL},
    {"collect/polling_1", collect, 1, {"wakeup"}, NULL},
    {"collect/polling_2", collect, 2, {"wakeup"}, NULL},
    {"wakeup", wakeup, 0, {NULL}, NULL},
};
const struct micro_cases micro_rounds = {cases, sizeof cases / sizeof cases[0]};
