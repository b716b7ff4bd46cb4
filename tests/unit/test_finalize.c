// test_finalize.c: runtime/finalize.c: callbacks and finalizers.
// SPDX-License-Identifier: MIT

#include "weak_fixture.h"

#include <sys/wait.h>

// --- callbacks --------------------------------------------------------------

static _Atomic unsigned calls;
static pthread_barrier_t meeting;

static void called(struct wane_mutator *m, struct wane_weak *cell,
                   void *context)
{
  CHECK(&log_, wane_weak_get(m, cell) == NULL);
  atomic_fetch_add((_Atomic unsigned *)context, 1);
}

static void frees_itself(struct wane_mutator *m, struct wane_weak *cell,
                         void *context)
{
  atomic_fetch_add((_Atomic unsigned *)context, 1);
  wane_weak_free(m, cell);
}

static void waits(struct wane_mutator *m, struct wane_weak *cell, void *context)
{
  (void)cell;
  (void)context;
  wane_detach(m);
  pthread_barrier_wait(&meeting);
  pthread_barrier_wait(&meeting);
  wane_attach(m);
}

static void callbacks_run_once(struct wane_mutator *m)
{
  WANE_ROOTS(m, r, 1);
  atomic_store(&calls, 0);
  r[0] = make(m, WEAK);
  struct wane_weak *cell = wane_weak_new(m, r[0], called, (void *)&calls);
  assert_non_null(wane_weak_new(m, r[0], frees_itself, (void *)&calls));
  wane_collect(m);
  wane_finalizers_wait(m);
  assert_int_equal(atomic_load(&calls), 0);
  r[0] = NULL;
  for (int i = 0; i < 3; i++) {
    wane_collect(m);
    wane_finalizers_wait(m);
    assert_int_equal(atomic_load(&calls), 2);
  }
  wane_weak_free(m, cell);
}

// The finalizer thread is busy while the cell of another object is freed.
static void a_freed_cell_is_not_called(struct wane_mutator *m)
{
  WANE_ROOTS(m, r, 2);
  atomic_store(&calls, 0);
  pthread_barrier_init(&meeting, NULL, 2);
  r[0] = make(m, WEAK);
  r[1] = make(m, WEAK);
  struct wane_weak *first = wane_weak_new(m, r[0], waits, NULL);
  struct wane_weak *second = wane_weak_new(m, r[1], called, (void *)&calls);
  r[0] = NULL;
  wane_collect(m);
  wane_detach(m);
  pthread_barrier_wait(&meeting); // the first one's callback has begun
  wane_attach(m);
  r[1] = NULL;
  wane_collect(m); // the second one's is queued
  assert_null(wane_weak_get(m, second));
  wane_weak_free(m, second);
  wane_weak_free(m, first);
  wane_detach(m);
  pthread_barrier_wait(&meeting);
  wane_attach(m);
  wane_finalizers_wait(m);
  assert_int_equal(atomic_load(&calls), 0);
  pthread_barrier_destroy(&meeting);
}

// --- finalizers -------------------------------------------------------------

static void finalized_once_then_freed(struct wane_mutator *m)
{
  struct wane_stats stats;
  WANE_ROOTS(m, r, 1);
  for (int i = 0; i < 20; i++) {
    r[0] = make(m, i & 1 ? FINAL : BOTH);
    if (i & 2) link_to(m, r[0], make(m, FINAL)); // dies along
  }
  uint64_t n = atomic_load(&born), last = id(r[0]);
  wane_collect(m);
  wane_finalizers_wait(m);
  for (uint64_t i = 1; i <= n; i++) {
    if (i == last || i > last) continue; // still held
    assert_int_equal(atomic_load(&finals[i]), 1);
  }
  wane_collect(m);
  for (uint64_t i = 1; i < last; i++) {
    assert_int_equal(atomic_load(&finals[i]), 1);
    assert_true(dead(i));
  }
  assert_int_equal(atomic_load(&finals[last]), 0);
  wane_stats_read(&stats);
  assert_int_equal(stats.finalized, last - 1);
}

static struct wane_handle *kept;

static void keep_it(struct wane_mutator *m, wane_ref o)
{
  wane_handle_set(m, kept, o);
}

static void resurrected(struct wane_mutator *m)
{
  kept = wane_handle_new(m, NULL);
  atomic_store(&in_finalizer, keep_it);
  {
    WANE_ROOTS(m, r, 1);
    r[0] = make(m, BOTH);
    link_to(m, r[0], make(m, PLAIN));
  }
  for (int i = 0; i < 4; i++) {
    wane_collect(m);
    wane_finalizers_wait(m);
    assert_int_equal(atomic_load(&died), 0);
    assert_int_equal(atomic_load(&finals[1]), 1);
    assert_int_equal(id(wane_handle_get(kept)), 1);
  }
  struct wane_weak *cell = cell_of(m, wane_handle_get(kept));
  wane_handle_set(m, kept, NULL);
  wane_collect(m);
  assert_int_equal(atomic_load(&died), 2);
  assert_int_equal(atomic_load(&finals[1]), 1);
  assert_null(wane_weak_get(m, cell));
  wane_weak_free(m, cell);
  wane_handle_free(m, kept);
}

// What the object refers to, and the ring it is in, is whole.
static void look_around(struct wane_mutator *m, wane_ref o)
{
  (void)m;
  int steps = 0;
  for (wane_ref x = wane_load(&node(o)->a); x != o && steps < 10; steps++) {
    CHECK(&log_, x && !dead(id(x)));
    x = wane_load(&node(x)->a);
  }
  CHECK_EQ(&log_, steps, 4);
}

static void whole_while_finalizers_run(struct wane_mutator *m)
{
  atomic_store(&in_finalizer, look_around);
  WANE_ROOTS(m, r, 1);
  for (int i = 0; i < 20; i++) ring(m, r, BOTH, 5);
  r[0] = NULL;
  wane_collect(m);
  wane_finalizers_wait(m);
  wane_collect(m);
  assert_int_equal(atomic_load(&died), 100);
}

static void keep_next(struct wane_mutator *m, wane_ref o)
{
  wane_ref next = wane_load(&node(o)->a);
  wane_store(m, o, &node(o)->a, NULL); // the ring is cut
  wane_handle_set(m, kept, next);
}

static void part_of_a_ring_is_kept(struct wane_mutator *m)
{
  kept = wane_handle_new(m, NULL);
  atomic_store(&in_finalizer, keep_next);
  {
    WANE_ROOTS(m, r, 2);
    ring(m, r, BOTH, 4); // 1 -> 2 -> 3 -> 4 -> 1
    r[1] = make(m, PLAIN);
    wane_store(m, r[1], &node(r[1])->a, r[0]); // 5 -> 1
  }
  wane_collect(m);
  wane_finalizers_wait(m);
  wane_collect(m);
  // 2 is held, and holds 3, 4 and 1; 5 is gone.
  for (uint64_t i = 1; i <= 4; i++) assert_false(dead(i));
  assert_true(dead(5));
  wane_handle_set(m, kept, NULL);
  wane_collect(m);
  assert_int_equal(atomic_load(&died), 5);
  wane_handle_free(m, kept);
}

static struct wane_weak *with, *without;

static void look_at_cells(struct wane_mutator *m, wane_ref o)
{
  CHECK(&log_, wane_weak_get(m, with) == NULL);
  CHECK(&log_, wane_weak_get(m, without) == o);
  CHECK_EQ(&log_, atomic_load(&calls), 1);
  struct wane_weak *fresh = wane_weak_new(m, o, frees_itself, (void *)&calls);
  CHECK(&log_, wane_weak_get(m, fresh) == o);
}

// Cells with a callback, callbacks, finalizers, and then the other cells.
static void in_order(struct wane_mutator *m, int nodes)
{
  atomic_store(&calls, 0);
  atomic_store(&in_finalizer, look_at_cells);
  {
    WANE_ROOTS(m, r, 1);
    if (nodes)
      ring(m, r, BOTH, nodes);
    else
      r[0] = make(m, BOTH);
    with = wane_weak_new(m, r[0], called, (void *)&calls);
    without = cell_of(m, r[0]);
  }
  wane_collect(m);
  wane_finalizers_wait(m);
  assert_null(wane_weak_get(m, with));
  wane_collect(m); // also the cell that the finalizer made
  wane_finalizers_wait(m);
  assert_null(wane_weak_get(m, without));
  assert_int_equal(atomic_load(&calls), 2);
  assert_int_equal(atomic_load(&finals[1]), 1);
  wane_weak_free(m, with);
  wane_weak_free(m, without);
}

static void the_order_is_cpythons(struct wane_mutator *m)
{
  in_order(m, 0);
}

static void the_order_in_a_ring(struct wane_mutator *m)
{
  in_order(m, 3);
}

// Allocates much, collects, blocks, makes finalizable garbage once.
static void work_hard(struct wane_mutator *m, wane_ref o)
{
  WANE_ROOTS(m, r, 2);
  r[0] = o;
  for (int i = 0; i < 300; i++) {
    r[1] = make(m, i & 1 ? PLAIN : WEAK);
    if (!(i & 1)) wane_weak_free(m, wane_weak_new(m, r[1], NULL, NULL));
  }
  wane_collect(m);
  wane_finalizers_wait(m); // from within: returns at once
  CHECK(&log_, !dead(id(r[0])));
  if (id(o) <= 3) (void)make(m, FINAL);
}

static void finalizers_may_do_anything(struct wane_mutator *m)
{
  atomic_store(&in_finalizer, work_hard);
  for (int i = 0; i < 3; i++) (void)make(m, BOTH);
  wane_collect(m);
  wane_finalizers_wait(m);
  for (uint64_t i = 1; i <= 3; i++)
    assert_int_equal(atomic_load(&finals[i]), 1);
  wane_collect(m);
  wane_finalizers_wait(m);
  wane_collect(m);
  unsigned ran = 0;
  for (uint64_t i = 1; i <= atomic_load(&born); i++)
    ran += atomic_load(&finals[i]);
  assert_int_equal(ran, 6);
}

// A weak reference that is read when its object waits for the second look
// keeps the finalizer from running.
static void no_finalizer_for_what_is_read(struct wane_mutator *m)
{
  WANE_ROOTS(m, r, 1);
  r[0] = make(m, BOTH);
  struct wane_weak *cell = cell_of(m, r[0]);
  r[0] = NULL;
  a_round(m);
  r[0] = wane_weak_get(m, cell);
  assert_non_null(r[0]);
  wane_collect(m);
  wane_finalizers_wait(m);
  assert_int_equal(atomic_load(&finals[1]), 0);
  r[0] = NULL;
  wane_collect(m);
  wane_finalizers_wait(m);
  assert_int_equal(atomic_load(&finals[1]), 1);
  wane_collect(m);
  assert_null(wane_weak_get(m, cell));
  wane_weak_free(m, cell);
}

// --- fork, and the end ------------------------------------------------------
static int of_the_child(struct wane_mutator *m, struct wane_weak *cell)
{
  alarm(60);
  wane_finalizers_wait(m);
  unsigned ran = 0;
  for (uint64_t i = 1; i <= atomic_load(&born); i++) {
    if (atomic_load(&finals[i]) > 1) return 2;
    ran += atomic_load(&finals[i]);
  }
  if (ran != 6) return 3;
  wane_collect(m);
  if (atomic_load(&died) != 6) return 4;
  if (wane_weak_get(m, cell)) return 5;
  (void)make(m, FINAL); // and goes on
  wane_collect(m);
  wane_finalizers_wait(m);
  if (!atomic_load(&finals[atomic_load(&born)])) return 6;
  return 0;
}

static _Atomic bool in_second;

static void pause_in_the_second(struct wane_mutator *m, wane_ref o)
{
  (void)o;
  unsigned ran = 0;
  for (uint64_t i = 1; i <= 6; i++) ran += atomic_load(&finals[i]);
  if (ran != 2) return;
  atomic_store(&in_second, true);
  wane_detach(m);
  pthread_barrier_wait(&meeting);
  wane_attach(m);
}

// The thread is in the middle of a finalizer when the process forks: the child
// goes on with the next one, and frees them all.
static void a_fork_in_a_finalizer(struct wane_mutator *m)
{
  if (strcmp(wane_variety(), "measure") && strcmp(wane_variety(), "bare"))
    return; // no fork under these sanitizers: see test_fork.c
  int status = -1;
  atomic_store(&in_second, false);
  atomic_store(&in_finalizer, pause_in_the_second);
  pthread_barrier_init(&meeting, NULL, 2);
  struct wane_weak *cell;
  {
    WANE_ROOTS(m, r, 1);
    for (int i = 0; i < 6; i++) {
      wane_ref o = make(m, BOTH);
      link_to(m, o, r[0]);
      r[0] = o;
    }
    cell = cell_of(m, r[0]);
  }
  wane_collect(m);
  while (!atomic_load(&in_second)) usleep(100);
  pid_t pid = fork();
  if (!pid) _exit(of_the_child(m, cell));
  wane_detach(m);
  waitpid(pid, &status, 0);
  pthread_barrier_wait(&meeting);
  wane_attach(m);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 0);
  wane_finalizers_wait(m);
  wane_collect(m);
  assert_null(wane_weak_get(m, cell));
  wane_weak_free(m, cell);
  pthread_barrier_destroy(&meeting);
}

// wane_stop runs what is queued; what is condemned only is forgotten.
static void the_queue_is_emptied_at_the_end(void **state)
{
  (void)state;
  char error[256];
  for (int i = 0; i < 10; i++) {
    struct wane_config config = {.round_ms = 3600000};
    memset((void *)finals, 0, sizeof finals);
    atomic_store(&born, 0);
    atomic_store(&in_finalizer, NULL);
    assert_int_equal(wane_start(&config, error, sizeof error), 0);
    register_types();
    struct wane_mutator *m = wane_thread_start("main");
    for (int k = 0; k < 100; k++) (void)make(m, FINAL);
    wane_collect(m);
    (void)make(m, FINAL);
    a_round(m);
    wane_thread_exit(m);
    wane_stop();
    for (int k = 1; k <= 100; k++) assert_int_equal(atomic_load(&finals[k]), 1);
    assert_int_equal(atomic_load(&finals[101]), 0);
  }
}

// What two objects with cells hold is dead a round after both.
static void below_what_is_looked_at_twice(struct wane_mutator *m)
{
  WANE_ROOTS(m, r, 4);
  r[0] = make(m, PLAIN);
  r[1] = make(m, WEAK);
  r[2] = make(m, WEAK);
  r[3] = make(m, FINAL);
  uint64_t last = id(r[3]);
  struct wane_weak *cells[] = {cell_of(m, r[1]), cell_of(m, r[2])};
  link_to(m, r[0], r[1]);
  wane_store(m, r[0], &node(r[0])->b, r[2]);
  link_to(m, r[1], r[3]);
  link_to(m, r[2], r[3]);
  r[1] = r[2] = r[3] = NULL;
  wane_collect(m);
  link_to(m, r[0], NULL);
  wane_store(m, r[0], &node(r[0])->b, NULL);
  wane_collect(m);
  wane_finalizers_wait(m);
  assert_int_equal(atomic_load(&finals[last]), 1);
  for (int i = 0; i < 2; i++) wane_weak_free(m, cells[i]);
}

int main(int argc, char **argv)
{
  static const struct rule rules[] = {
      {"a callback runs once, after its cell is NULL", callbacks_run_once, ALL},
      {"a freed cell's callback does not begin", a_freed_cell_is_not_called,
       ALL},
      {"a finalizer runs once, then the object is freed",
       finalized_once_then_freed, ALL},
      {"what a finalizer keeps lives on", resurrected, ALL},
      {"a finalizer below two objects with cells runs",
       below_what_is_looked_at_twice, ALL},
      {"garbage is whole while finalizers run", whole_while_finalizers_run,
       CYCLES},
      {"a finalizer may keep a part of a ring", part_of_a_ring_is_kept, CYCLES},
      {"callbacks, finalizers, the other cells: in this order",
       the_order_is_cpythons, ALL},
      {"callbacks, finalizers, the other cells: in a ring, too",
       the_order_in_a_ring, CYCLES},
      {"a finalizer may allocate, collect and make weak references",
       finalizers_may_do_anything, ALL},
      {"no finalizer runs for what was read in between",
       no_finalizer_for_what_is_read, CONCURRENT},
      {"a child goes on with the next finalizer", a_fork_in_a_finalizer, ALL},
  };
  return run_rules(rules, sizeof rules / sizeof rules[0],
                   the_queue_is_emptied_at_the_end, argc, argv);
}
