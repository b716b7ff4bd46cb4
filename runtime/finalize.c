// finalize.c: callbacks and finalizers, on a mutator thread of their own.
// SPDX-License-Identifier: MIT
//
// Never on a collector thread: what a program does here may allocate, block,
// or wait for a lock that an attached thread holds. The thread is started when
// there is something to run for the first time, is detached while there is
// nothing, and empties the queue before the runtime stops.
//
// An item stays at the head of the queue until all of it is done, and says how
// far it is: a forked child, where the thread is gone, goes on from there with
// another one. Progress is noted before a step is taken and no step passes a
// safepoint before its first line, so nothing is done twice.

#include "finalize.h"

#include "late.h"
#include "numa.h"
#include "thread.h"

#include <wane/roots.h>
#include <wane/wane.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define RELEASES_PER_POLL 256

struct item {
  struct item *next;
  struct wane_weak *cell; // a callback; otherwise a batch
  bool begun;             // its callback was called
  wane_ref *objects;      // n of them, n_finalize with a finalizer
  size_t n, n_finalize;
  size_t finalized;         // so many so far
  // Note [released]: raised before the object is logged, relaxed. Whoever
  // traces or verifies reads it after a handshake (Note [ack]) and so misses
  // none that the queue still holds; one too many is in the log of that round
  // or of the next. So it is logged where nothing is counted, too: a trace
  // looks at the queue after the handshake that it begins with.
  _Atomic size_t released;
};

static struct {
  pthread_mutex_t lock;
  pthread_cond_t work, done;
  struct item *head, *tail;
  uint64_t put, taken; // items; taken <= put
  uint64_t ran;        // finalizers
  bool started, quit;
  pthread_t thread;
} queue = {.lock = PTHREAD_MUTEX_INITIALIZER,
           .work = PTHREAD_COND_INITIALIZER,
           .done = PTHREAD_COND_INITIALIZER};

static _Thread_local bool is_finalizer;

// --- the thread --------------------------------------------------------------

// The program may have freed the cell: then nothing is called.
static void run_callback(struct wane_mutator *m, struct item *item)
{
  struct wane_weak *cell = item->cell;
  pthread_mutex_lock(&queue.lock);
  bool run = !item->begun && !cell->freed;
  item->begun = true;
  pthread_mutex_unlock(&queue.lock);
  if (run) cell->callback(m, cell, cell->context);
  pthread_mutex_lock(&queue.lock);
  cell->queued = false;
  bool last = cell->freed;
  item->cell = NULL;
  pthread_mutex_unlock(&queue.lock);
  if (last) free(cell);
}

static size_t released(const struct item *item)
{
  // Note [released]
  return atomic_load_explicit(&item->released, memory_order_relaxed);
}

static void run_batch(struct wane_mutator *m, struct item *item)
{
  while (item->finalized < item->n_finalize) {
    WANE_ROOTS(m, root, 1);
    root[0] = item->objects[item->finalized++];
    wane_type_of(root[0])->finalize(m, root[0]);
    pthread_mutex_lock(&queue.lock);
    queue.ran++;
    pthread_mutex_unlock(&queue.lock);
    wane_safepoint(m);
  }
  for (size_t i; (i = released(item)) < item->n;) {
    // Note [released]
    atomic_store_explicit(&item->released, i + 1, memory_order_relaxed);
#if WANE_MUTANT == 29 // where nothing is counted the queue logs nothing
    if (wane__kernel(m) == WANE_BARRIER_RC_LOG)
#else
    if (wane__kernel(m) != WANE_BARRIER_NONE)
#endif
      wane__log_dec(m, item->objects[i]);
    if (i % RELEASES_PER_POLL == 0) wane_safepoint(m);
  }
}

static void run_locked(struct wane_mutator *m, struct item *item)
{
  pthread_mutex_unlock(&queue.lock);
  wane_attach(m);
  if (item->cell)
    run_callback(m, item);
  else
    run_batch(m, item);
  wane_detach(m);
  pthread_mutex_lock(&queue.lock);
  queue.head = item->next;
  if (!queue.head) queue.tail = NULL;
  queue.taken++;
  pthread_cond_broadcast(&queue.done);
  free(item->objects);
  free(item);
}

// It is started when it is first needed, which nothing can refuse any more.
static void place(void)
{
  char error[256];
  if (wane__numa_place(WANE_PLACE_FINALIZER, 0, error, sizeof error))
    wane__report("the finalizers' thread: %s", error);
}

static void *live(void *unused)
{
  (void)unused;
  place();
  is_finalizer = true;
  struct wane_mutator *m = wane_thread_start("finalizer");
  if (!m) wane__no_memory(__FILE__, __LINE__, "the finalizers' mutator");
  wane_detach(m);
  pthread_mutex_lock(&queue.lock);
  for (;;) {
    while (!queue.head && !queue.quit)
      pthread_cond_wait(&queue.work, &queue.lock);
    if (!queue.head) break;
    run_locked(m, queue.head);
  }
  pthread_mutex_unlock(&queue.lock);
  wane_attach(m);
  wane_thread_exit(m);
  return NULL;
}

static void spawn_locked(void)
{
  int error = wane__spawn(&queue.thread, live);
  if (error)
    wane__no_memory(__FILE__, __LINE__, "the finalizers' thread (%s)",
                    strerror(error));
  queue.started = true;
}

// --- the queue ---------------------------------------------------------------

static void put(struct wane_weak *cell, wane_ref *objects, size_t n,
                size_t n_finalize)
{
  struct item *item = wane__table_alloc(NULL, sizeof *item);
  *item = (struct item){
      .cell = cell, .objects = objects, .n = n, .n_finalize = n_finalize};
  pthread_mutex_lock(&queue.lock);
  if (queue.tail)
    queue.tail->next = item;
  else
    queue.head = item;
  queue.tail = item;
  queue.put++;
  if (!queue.started && !queue.quit) spawn_locked();
  pthread_cond_signal(&queue.work);
  pthread_mutex_unlock(&queue.lock);
}

void wane__finalize_callbacks(struct wane_weak *cleared)
{
  for (struct wane_weak *next; cleared; cleared = next) {
    next = cleared->next;
    put(cleared, NULL, 0, 0);
  }
}

void wane__finalize_batch(const wane_ref *objects, size_t n, size_t n_finalize)
{
  wane_ref *copy = wane__table_alloc(NULL, n * sizeof *copy);
  memcpy(copy, objects, n * sizeof *copy);
  put(NULL, copy, n, n_finalize);
}

void wane__finalize_each(void (*each)(wane_ref o, void *context), void *context)
{
  pthread_mutex_lock(&queue.lock);
  for (const struct item *item = queue.head; item; item = item->next)
    for (size_t i = item->objects ? released(item) : 0; i < item->n; i++)
      each(item->objects[i], context);
  pthread_mutex_unlock(&queue.lock);
}

bool wane__finalize_lets_go(struct wane_weak *cell)
{
  pthread_mutex_lock(&queue.lock);
  bool free_now = !cell->queued;
  cell->freed = true;
  pthread_mutex_unlock(&queue.lock);
  return free_now;
}

void wane_finalizers_wait(struct wane_mutator *m)
{
  if (is_finalizer) return;
  if (m) wane_detach(m);
  pthread_mutex_lock(&queue.lock);
  uint64_t until = queue.put;
  while (queue.taken < until && queue.started)
    pthread_cond_wait(&queue.done, &queue.lock);
  pthread_mutex_unlock(&queue.lock);
  if (m) wane_attach(m);
}

uint64_t wane__finalize_count(void)
{
  pthread_mutex_lock(&queue.lock);
  uint64_t n = queue.ran;
  pthread_mutex_unlock(&queue.lock);
  return n;
}

void wane__finalize_count_reset(void)
{
  pthread_mutex_lock(&queue.lock);
  queue.ran = 0;
  pthread_mutex_unlock(&queue.lock);
}

// --- life --------------------------------------------------------------------

void wane__finalize_start(void)
{
  queue.quit = queue.started = false;
  queue.put = queue.taken = queue.ran = 0;
}

void wane__finalize_stop(void)
{
  pthread_mutex_lock(&queue.lock);
  bool started = queue.started;
  queue.quit = true;
  pthread_cond_broadcast(&queue.work);
  pthread_mutex_unlock(&queue.lock);
  if (started) pthread_join(queue.thread, NULL);
}

void wane__finalize_end(void)
{
  for (struct item *item = queue.head, *next; item; item = next) {
    next = item->next;
    if (item->cell && item->cell->freed) free(item->cell);
    free(item->objects);
    free(item);
  }
  queue.head = queue.tail = NULL;
  queue.started = false;
}

void wane__finalize_lock(void)
{
  pthread_mutex_lock(&queue.lock);
}

void wane__finalize_unlock(void)
{
  pthread_mutex_unlock(&queue.lock);
}

void wane__finalize_forked(void)
{
  pthread_cond_init(&queue.work, NULL);
  pthread_cond_init(&queue.done, NULL);
  if (is_finalizer) return; // a finalizer forked: the thread lives on
  pthread_mutex_lock(&queue.lock);
  queue.started = false;
  if (queue.head && !queue.quit) spawn_locked();
  pthread_mutex_unlock(&queue.lock);
}
