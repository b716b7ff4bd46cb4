// test_torture_threads.c: threads that block, die, flutter or never poll.
// SPDX-License-Identifier: MIT
//
// A blocked producer whose objects others drop (bytes must not pile up),
// threads that share something and die at once (ids are used again), attach
// and detach against rounds that follow one another, and a loop that does not
// poll (it must be named).

#include "torture.h"

#include <sched.h>
#include <string.h>
#include <unistd.h>

static struct wane_mutator *begin(const struct world_setup *setup)
{
  world_start(setup);
  struct wane_mutator *m = wane_thread_start("main");
  assert_non_null(m);
  return m;
}

static void end(struct wane_mutator *m)
{
  world_settle(m, NULL, 0, NULL, 0);
  wane_thread_exit(m);
  world_stop();
}

// --- 2: foreign drop storm ---------------------------------------------------

#define STOCK 512

struct market {
  struct wane_handle *stock;
  pthread_barrier_t full, empty;
  unsigned seasons;
};

static void produce(struct wane_mutator *m, void *argument)
{
  struct market *k = argument;
  for (unsigned s = 0; s < k->seasons; s++) {
    for (uint32_t i = 0; i < STOCK; i++) {
      wane_ref o = world_need(m, THING_WIDE, 60);
      wane_ref stock = wane_handle_get(k->stock);
      wane_store(m, stock, thing_slot(stock, i), o);
    }
    wane_detach(m);
    pthread_barrier_wait(&k->full);
    pthread_barrier_wait(&k->empty); // blocked while others drop its objects
    wane_attach(m);
  }
}

static void drop_storm(const struct torture *t)
{
  struct world_setup setup = torture_setup(t);
  struct market k = {.seasons = (unsigned)world_scaled(60 * t->scale) + 2};
  struct wane_mutator *m = begin(&setup);
  struct world_thread producer = {
      .name = "producer", .body = produce, .argument = &k};
  k.stock = wane_handle_new(m, world_need(m, THING_WIDE, STOCK));
  pthread_barrier_init(&k.full, NULL, 2);
  pthread_barrier_init(&k.empty, NULL, 2);
  world_spawn(&producer);
  uint64_t most = 0;
  for (unsigned s = 0; s < k.seasons; s++) {
    wane_detach(m);
    pthread_barrier_wait(&k.full);
    wane_attach(m);
    wane_ref stock = wane_handle_get(k.stock);
    for (uint32_t i = 0; i < STOCK; i++)
      world_check(wane_load(thing_slot(stock, i)));
    wane_array_clear(m, stock, thing_slot(stock, 0), STOCK);
    wane_collect(m); // the producer sleeps
    CHECK_EQ(&world_log, world_born() - world_died(), 1);
    struct wane_stats stats;
    wane_stats_read(&stats);
    if (stats.heap_committed_bytes > most) most = stats.heap_committed_bytes;
    wane_detach(m);
    pthread_barrier_wait(&k.empty);
    wane_attach(m);
  }
  world_join(m, &producer);
  CHECK(&world_log, most < (uint64_t)16 << 20); // a season is 300 KiB
  wane_handle_free(m, k.stock);
  end(m);
}

// --- 3: thread churn ---------------------------------------------------------

#define SHELF 16
static struct wane_handle *shelf;

static void be_brief(struct wane_mutator *m, void *argument)
{
  struct check_random random = {(uint64_t)(uintptr_t)argument};
  WANE_ROOTS(m, r, 2);
  for (int i = 0; i < 12; i++) {
    r[0] = world_need(m, THING_PAIR, 0);
    r[1] = wane_handle_get(shelf);
    struct wane_slot *slot =
        thing_slot(r[1], (uint32_t)check_below(&random, SHELF));
    wane_ref found = wane_load(slot);
    if (found) {
      world_check(found);
      wane_store(m, r[0], thing_slot(r[0], 0), found);
      if (i & 1) wane_store(m, found, thing_slot(found, 1), r[0]); // a cycle
    }
    wane_store(m, r[1], slot, r[0]);
  }
}

static void churn(const struct torture *t)
{
  struct world_setup setup = torture_setup(t);
  struct wane_mutator *m = begin(&setup);
  unsigned n = (unsigned)world_scaled(1200 * t->scale);
  shelf = wane_handle_new(m, world_need(m, THING_WIDE, SHELF));
  for (unsigned i = 0; i < n; i++) {
    struct world_thread brief[4];
    unsigned at_once = 1 + i % 4;
    for (unsigned k = 0; k < at_once; k++) {
      brief[k] = (struct world_thread){
          .name = "brief",
          .body = be_brief,
          .argument = (void *)(uintptr_t)(t->seed + 8 * i + k)};
      world_spawn(&brief[k]);
    }
    for (unsigned k = 0; k < at_once; k++) world_join(m, &brief[k]);
    wane_ref s = wane_handle_get(shelf);
    if (i % 4 == 0) wane_store(m, s, thing_slot(s, i / 4 % SHELF), NULL);
    if (i % 200 == 199) world_settle(m, &s, 1, NULL, 0);
  }
  wane_handle_free(m, shelf);
  end(m);
}

// --- 14: flutter -------------------------------------------------------------

struct flutter {
  uint64_t steps;
  _Atomic bool over;
};

static void flutter_about(struct wane_mutator *m, void *argument)
{
  struct flutter *f = argument;
  WANE_ROOTS(m, r, 2);
  for (uint64_t i = 0; i < f->steps; i++) {
    if (i % 16 == 0) {
      r[i / 16 & 1] = world_need(m, THING_PAIR, 0);
      wane_store(m, r[i / 16 & 1], thing_slot(r[i / 16 & 1], 0), r[0]);
    }
    wane_detach(m);
    if (i % 7 == 0) sched_yield();
    wane_attach(m);
    if (r[0]) world_check(r[0]);
    if (r[1]) world_check(r[1]);
  }
}

static void *ask_for_rounds(void *argument)
{
  struct flutter *f = argument;
  while (!atomic_load(&f->over)) wane_collect_foreign();
  return NULL;
}

static void flutters(const struct torture *t)
{
  for (unsigned n = 1; n <= 8; n++) {
    struct world_setup setup = torture_setup(t);
    struct flutter f = {.steps = world_scaled(40000 * t->scale) / n};
    struct wane_mutator *m = begin(&setup);
    struct world_thread thread[8];
    pthread_t asker;
    assert_int_equal(pthread_create(&asker, NULL, ask_for_rounds, &f), 0);
    for (unsigned i = 0; i < n; i++) {
      thread[i] = (struct world_thread){
          .name = "flutter", .body = flutter_about, .argument = &f};
      world_spawn(&thread[i]);
    }
    for (unsigned i = 0; i < n; i++) world_join(m, &thread[i]);
    atomic_store(&f.over, true);
    wane_detach(m);
    pthread_join(asker, NULL);
    wane_attach(m);
    end(m);
  }
}

// --- 13: a loop that does not poll -------------------------------------------

static _Atomic unsigned named;
static _Atomic bool reported;

static void take_report(const char *sentence, void *context)
{
  (void)context;
  if (strstr(sentence, "\"lazybones\"")) {
    atomic_fetch_add(&named, 1);
    atomic_store(&reported, true);
  } else if (!strstr(sentence, "has not reached a safepoint")) {
    // On a busy machine "main" may be late, too, and it is right to say so.
    check_record(&world_log, __FILE__, __LINE__, "reported: %.100s", sentence);
  }
}

static void never_poll(struct wane_mutator *m, void *unused)
{
  (void)unused;
  // Ends when it was reported; 60 s are a failure, not a wait.
  for (int i = 0; i < 60000 && !atomic_load(&reported); i++) usleep(1000);
  wane_safepoint(m);
}

static void no_poll(const struct torture *t)
{
  struct world_setup setup = torture_setup(t);
  setup.config.poll_timeout_ms = 200;
  setup.config.report = take_report;
  atomic_store(&named, 0);
  atomic_store(&reported, false);
  struct wane_mutator *m = begin(&setup);
  struct world_thread lazy = {.name = "lazybones", .body = never_poll};
  world_spawn(&lazy);
  // Each collection waits for it, once it has started.
  for (int i = 0; i < 1000 && !atomic_load(&reported); i++) {
    wane_collect(m);
    usleep(1000);
  }
  world_join(m, &lazy);
  CHECK(&world_log, atomic_load(&named) >= 1);
  end(m);
}

int main(int argc, char **argv)
{
  static const struct torment torments[] = {
      {"objects of a blocked producer are dropped", drop_storm},
      {"threads come, share and go", churn},
      {"1 to 8 threads flutter against rounds", flutters},
      {"a thread that does not poll is named", no_poll},
  };
  return torture_main(torments, sizeof torments / sizeof torments[0], 77004,
                      argc, argv);
}
