// pool.c: parallel_for over a fixed set of worker threads.
// SPDX-License-Identifier: MIT
//
// One job at a time, given by the coordinator. Helpers sleep between jobs;
// within one they take pieces from a shared counter, so uneven pieces even
// out. The job is over when every helper that entered has left: the count is
// kept under the lock, so nobody is counted nowhere.

#include "pool.h"

#include "config.h"
#include "late.h"

#include <wane/collector.h>

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

static struct {
  pthread_mutex_t lock;
  pthread_cond_t job, done;
  pthread_t *threads;
  uint32_t helpers;
  uint32_t inside; // helpers that work on the current job
  uint64_t serial; // number of the current job
  bool quit;
  uint64_t cpu_ns;
  void (*fn)(void *context, size_t begin, size_t end);
  void *context;
  size_t n, grain;
  _Atomic size_t next; // Note [pieces]: relaxed; the lock orders the rest
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER,
          .job = PTHREAD_COND_INITIALIZER,
          .done = PTHREAD_COND_INITIALIZER};

static void run_pieces(void)
{
  for (;;) {
    // Note [pieces]
    size_t begin = atomic_fetch_add_explicit(&pool.next, pool.grain,
                                             memory_order_relaxed);
    if (begin >= pool.n) return;
    size_t end = begin + pool.grain;
    pool.fn(pool.context, begin, end < pool.n ? end : pool.n);
  }
}

static void *helper(void *unused)
{
  (void)unused;
  uint64_t seen = 0;
  uint64_t told = 0;
  pthread_mutex_lock(&pool.lock);
  for (;;) {
    while (pool.serial == seen && !pool.quit)
      pthread_cond_wait(&pool.job, &pool.lock);
    if (pool.quit) break;
    seen = pool.serial;
    if (!pool.fn) continue; // woke too late: the job is over
    pool.inside++;
    pthread_mutex_unlock(&pool.lock);
    run_pieces();
    uint64_t cpu = wane__thread_cpu_ns();
    pthread_mutex_lock(&pool.lock);
    pool.cpu_ns += cpu - told;
    told = cpu;
    if (--pool.inside == 0) pthread_cond_signal(&pool.done);
  }
  pthread_mutex_unlock(&pool.lock);
  return NULL;
}

int wane__pool_start(uint32_t workers)
{
  pool.quit = false;
  pool.helpers = 0;
  pool.serial = 0;
  pool.fn = NULL;
  pool.cpu_ns = 0;
  pool.threads = malloc(workers * sizeof *pool.threads);
  int error = pool.threads ? 0 : ENOMEM;
  while (!error && pool.helpers + 1 < workers) {
    error = wane__spawn(&pool.threads[pool.helpers], helper);
    if (!error) pool.helpers++;
  }
  if (error) wane__pool_stop(); // those that there are
  return -error;
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
  pool.threads = NULL;
  pool.helpers = 0;
}

void wane__pool_forked(void)
{
  pthread_mutex_init(&pool.lock, NULL);
  pthread_cond_init(&pool.job, NULL);
  pthread_cond_init(&pool.done, NULL);
  pool.inside = 0;
  uint32_t workers = pool.helpers + 1;
  free(pool.threads);
  // Fewer would hold work that nobody comes for.
  if (wane__pool_start(workers))
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

void wane_gc_parallel_for(size_t n, size_t grain,
                          void (*fn)(void *context, size_t begin, size_t end),
                          void *context)
{
  if (!pool.helpers || n <= grain) {
    for (size_t i = 0; i < n; i += grain)
      fn(context, i, i + grain < n ? i + grain : n);
    return;
  }
  pthread_mutex_lock(&pool.lock);
  pool.fn = fn;
  pool.context = context;
  pool.n = n;
  pool.grain = grain;
  atomic_store_explicit(&pool.next, 0, memory_order_relaxed); // Note [pieces]
  pool.serial++;
  pthread_cond_broadcast(&pool.job);
  if (wane__config.stress_workers) let_one_in();
  pthread_mutex_unlock(&pool.lock);
  run_pieces();
  pthread_mutex_lock(&pool.lock);
  while (pool.inside) pthread_cond_wait(&pool.done, &pool.lock);
  pool.fn = NULL;
  pthread_mutex_unlock(&pool.lock);
}
