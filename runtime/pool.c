// pool.c: parallel_for over a fixed set of worker threads.
// SPDX-License-Identifier: MIT
//
// One job at a time, given by the coordinator. Helpers sleep between jobs;
// within one, thread k takes piece k first, so that what a thread left in its
// part of some table (a list of packets) is met by it again, on its node. Then
// it takes the pieces of its node, if the job knows nodes, then any: the first
// ones have a flag each, the others are taken from a shared counter, so uneven
// pieces even out. The job is over when every helper that entered has left: the
// count is kept under the lock, so nobody is counted nowhere.

#include "pool.h"

#include "config.h"
#include "late.h"
#include "numa.h"

#include <wane/collector.h>

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NEAR_PIECES 64 // of a job that knows nodes: so many are chosen

static struct {
  pthread_mutex_t lock;
  pthread_cond_t job, done;
  pthread_t *threads;
  uint32_t helpers;
  uint32_t born, placed; // helpers so far; that are where they should be, or
  int place_error;       // not: the first one's error,
  char error[300];       // and what it has to say
  uint32_t inside; // helpers that work on the current job
  uint64_t serial; // number of the current job
  bool quit;
  uint64_t cpu_ns;
  void (*fn)(void *context, size_t begin, size_t end);
  uint32_t (*home)(void *context, size_t begin); // NULL: nodes do not matter
  void *context;
  size_t n, grain, pieces;
  // Note [pieces]: relaxed; the lock orders the rest. A piece is taken by who
  // finds its flag clear, or the counter at its number.
  _Atomic bool *taken; // of the first `flags` pieces
  size_t flags;
  _Atomic size_t next;
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER,
          .job = PTHREAD_COND_INITIALIZER,
          .done = PTHREAD_COND_INITIALIZER};

static void run_piece(size_t i)
{
  size_t begin = i * pool.grain, end = begin + pool.grain;
  pool.fn(pool.context, begin, end < pool.n ? end : pool.n);
}

static void try_piece(size_t i)
{
  // Note [pieces]
  if (!atomic_load_explicit(&pool.taken[i], memory_order_relaxed) &&
      !atomic_exchange_explicit(&pool.taken[i], true, memory_order_relaxed))
    run_piece(i);
}

static void run_near(void)
{
  uint32_t here = wane__numa_here();
  for (size_t i = 0; i < pool.flags; i++)
    if (pool.home(pool.context, i * pool.grain) == here) try_piece(i);
}

static void run_pieces(uint32_t self)
{
  if (pool.home)
    run_near();
  else if (self < pool.flags)
    try_piece(self);
  for (size_t i = 0; i < pool.flags; i++) try_piece(i);
  for (;;) {
    // Note [pieces]
    size_t i = atomic_fetch_add_explicit(&pool.next, 1, memory_order_relaxed);
    if (i >= pool.pieces) return;
    run_piece(i);
  }
}

// Places the calling thread, and says so. Its number, from 1 on.
static uint32_t begin_helper(void)
{
  char error[256] = "";
  pthread_mutex_lock(&pool.lock);
  uint32_t self = ++pool.born;
  pthread_mutex_unlock(&pool.lock);
  int status =
      wane__numa_place(WANE_PLACE_WORKER, self, error, sizeof error);
  pthread_mutex_lock(&pool.lock);
  pool.placed++;
  if (status && !pool.place_error) {
    pool.place_error = status;
    if (*error)
      snprintf(pool.error, sizeof pool.error, "collector thread %u: %s", self,
               error);
  }
  pthread_cond_signal(&pool.done);
  pthread_mutex_unlock(&pool.lock);
  return self;
}

static void *helper(void *unused)
{
  (void)unused;
  uint64_t seen = 0;
  uint64_t told = 0;
  uint32_t self = begin_helper();
  pthread_mutex_lock(&pool.lock);
  for (;;) {
    while (pool.serial == seen && !pool.quit)
      pthread_cond_wait(&pool.job, &pool.lock);
    if (pool.quit) break;
    seen = pool.serial;
    if (!pool.fn) continue; // woke too late: the job is over
    pool.inside++;
    pthread_mutex_unlock(&pool.lock);
    run_pieces(self);
    uint64_t cpu = wane__thread_cpu_ns();
    pthread_mutex_lock(&pool.lock);
    pool.cpu_ns += cpu - told;
    told = cpu;
    if (--pool.inside == 0) pthread_cond_signal(&pool.done);
  }
  pthread_mutex_unlock(&pool.lock);
  return NULL;
}

static int spawn_helpers(uint32_t workers)
{
  int error = 0;
  while (!error && pool.helpers + 1 < workers) {
    error = wane__spawn(&pool.threads[pool.helpers], helper);
    if (!error) pool.helpers++;
  }
  return -error;
}

static int await_placed(char *error, size_t error_size)
{
  pthread_mutex_lock(&pool.lock);
  while (pool.placed < pool.helpers) pthread_cond_wait(&pool.done, &pool.lock);
  int status = pool.place_error;
  pthread_mutex_unlock(&pool.lock);
  if (status) snprintf(error, error_size, "%s", pool.error);
  return status;
}

int wane__pool_start(uint32_t workers, char *error, size_t error_size)
{
  pool.quit = false;
  pool.helpers = pool.born = pool.placed = 0;
  pool.place_error = 0;
  *pool.error = '\0';
  pool.serial = 0;
  pool.fn = NULL;
  pool.cpu_ns = 0;
  pool.threads = malloc(workers * sizeof *pool.threads);
  pool.taken = malloc(workers + NEAR_PIECES);
  int status = pool.threads && pool.taken ? spawn_helpers(workers) : -ENOMEM;
  if (!status) status = await_placed(error, error_size);
  if (status) wane__pool_stop(); // those that there are
  return status;
}

void wane__pool_stop(void)
{
  pthread_mutex_lock(&pool.lock);
  pool.quit = true;
  pthread_cond_broadcast(&pool.job);
  pthread_mutex_unlock(&pool.lock);
  for (uint32_t i = 0; i < pool.helpers; i++)
    pthread_join(pool.threads[i], NULL);
  free(pool.threads);
  free((void *)pool.taken);
  pool.threads = NULL;
  pool.taken = NULL;
  pool.helpers = 0;
}

void wane__pool_forked(void)
{
  char error[300] = "";
  pthread_mutex_init(&pool.lock, NULL);
  pthread_cond_init(&pool.job, NULL);
  pthread_cond_init(&pool.done, NULL);
  pool.inside = 0;
  uint32_t workers = pool.helpers + 1;
  free(pool.threads);
  free((void *)pool.taken);
  // Fewer would hold work that nobody comes for.
  int status = wane__pool_start(workers, error, sizeof error);
  if (*error) wane__fatal(__FILE__, __LINE__, "after fork: %s", error);
  if (status)
    wane__no_memory(__FILE__, __LINE__, "collector threads after fork");
}

uint32_t wane__pool_size(void)
{
  return pool.helpers + 1;
}

uint64_t wane__pool_cpu_ns(void)
{
  pthread_mutex_lock(&pool.lock);
  uint64_t ns = pool.cpu_ns;
  pthread_mutex_unlock(&pool.lock);
  return ns;
}

uint64_t wane__pool_clock_ns(void)
{
  uint64_t ns = 0;
  for (uint32_t i = 0; i < pool.helpers; i++)
    ns += wane__cpu_ns_of(pool.threads[i]);
  return ns;
}

uint32_t wane_gc_workers(void)
{
  return wane__pool_size();
}

// A test knob (wane_config.stress_workers). Returns with the lock held.
static void let_one_in(void)
{
  uint64_t end = wane__now_ns() + wane__config.stress_workers * UINT64_C(1000);
  while (!pool.inside && wane__now_ns() < end) {
    pthread_mutex_unlock(&pool.lock);
    sched_yield();
    pthread_mutex_lock(&pool.lock);
  }
}

// Flags for as many pieces as are not taken in turn.
static void begin_job(size_t n, size_t grain)
{
  size_t most = pool.home ? NEAR_PIECES : pool.helpers + 1;
  pool.n = n;
  pool.grain = grain;
  pool.pieces = (n + grain - 1) / grain;
  pool.flags = pool.pieces < most ? pool.pieces : most;
  memset((void *)pool.taken, 0, pool.flags);
  // Note [pieces]
  atomic_store_explicit(&pool.next, pool.flags, memory_order_relaxed);
}

void wane__pool_near(size_t n, size_t grain,
                     void (*fn)(void *context, size_t begin, size_t end),
                     uint32_t (*home)(void *context, size_t begin),
                     void *context)
{
  if (!pool.helpers || n <= grain) {
    for (size_t i = 0; i < n; i += grain)
      fn(context, i, i + grain < n ? i + grain : n);
    return;
  }
  pthread_mutex_lock(&pool.lock);
  pool.fn = fn;
  pool.home = home;
  pool.context = context;
  begin_job(n, grain);
  pool.serial++;
  pthread_cond_broadcast(&pool.job);
  if (wane__config.stress_workers) let_one_in();
  pthread_mutex_unlock(&pool.lock);
  run_pieces(0);
  pthread_mutex_lock(&pool.lock);
  while (pool.inside) pthread_cond_wait(&pool.done, &pool.lock);
  pool.fn = NULL;
  pthread_mutex_unlock(&pool.lock);
}

void wane_gc_parallel_for(size_t n, size_t grain,
                          void (*fn)(void *context, size_t begin, size_t end),
                          void *context)
{
  wane__pool_near(n, grain, fn, NULL, context);
}
