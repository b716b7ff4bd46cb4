// work.c: hands packets round, steals, and knows when all is done.
// SPDX-License-Identifier: MIT
//
// Note [outstanding]: the number of packets in lists plus the number of
// workers that hold work. It is raised before a packet can be seen by others
// and lowered after its holder has nothing left, so zero means that there is
// no work anywhere, and stays. (Looking whether all workers are idle is not
// enough: one may be about to hand a packet to another.) seq_cst, as are
// `queued` and `hungry`: a giver writes the first and reads the second, a
// waiter writes the second and reads the first, so one of them sees the other.

#include "work.h"

#include "pool.h"

#include <wane/collector.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ASSISTANTS 8 // at once
#define SPINS 256    // before a waiter sleeps

static struct {
  pthread_mutex_t lock; // of spare packets, and with `wake`
  pthread_cond_t wake;
  struct wane__work_packet *spare;
  uint64_t packets, most; // allocated so far; may be allocated
  struct wane__worker *workers; // the pool's, then the assistants'
  uint32_t n;                   // the pool's
  _Atomic uint32_t seats;       // of assistants: bit i is taken
  void (*drain)(struct wane__worker *w);
  bool (*stop)(void);
  _Atomic int64_t outstanding; // Note [outstanding]
  _Atomic uint32_t queued, hungry;
  _Atomic bool stopping;
  // As in Note [apply batch]: an assistant raises `inside` before it looks at
  // `open`, the coordinator clears `open` before it looks at `inside`.
  _Atomic bool open;
  _Atomic uint32_t inside;
  bool admits;
} work = {.lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER};

// --- packets -----------------------------------------------------------------

static struct wane__work_packet *packet_take(void)
{
  pthread_mutex_lock(&work.lock);
  struct wane__work_packet *p = work.spare;
  if (p) {
    work.spare = p->next;
  } else if (work.packets < work.most) {
    p = malloc(sizeof *p);
    if (p) work.packets++;
  }
  pthread_mutex_unlock(&work.lock);
  if (p) p->n = 0;
  return p;
}

static void packet_give(struct wane__work_packet *p)
{
  pthread_mutex_lock(&work.lock);
  p->next = work.spare;
  work.spare = p;
  pthread_mutex_unlock(&work.lock);
}

static struct wane__work_packet *list_take(struct wane__worker *from)
{
  pthread_mutex_lock(&from->lock);
  struct wane__work_packet *p = from->full;
  if (p) from->full = p->next;
  pthread_mutex_unlock(&from->lock);
  if (p) atomic_fetch_sub(&work.queued, 1); // Note [outstanding]
  return p;
}

static void wake_all(void)
{
  pthread_mutex_lock(&work.lock);
  pthread_cond_broadcast(&work.wake);
  pthread_mutex_unlock(&work.lock);
}

static void publish(struct wane__worker *w, struct wane__work_packet *p)
{
  atomic_fetch_add(&work.outstanding, 1); // Note [outstanding]
  pthread_mutex_lock(&w->lock);
  p->next = w->full;
  w->full = p;
  pthread_mutex_unlock(&w->lock);
  atomic_fetch_add(&work.queued, 1); // Note [outstanding]
  if (atomic_load(&work.hungry)) wake_all();
}

bool wane__work_push_slow(struct wane__worker *w, uint64_t item)
{
  struct wane__work_packet *fresh = packet_take();
  if (!fresh) return false;
  publish(w, w->open);
  w->open = fresh;
  fresh->items[fresh->n++] = item;
  return true;
}

// --- a run -------------------------------------------------------------------

static struct wane__work_packet *find(struct wane__worker *w)
{
  struct wane__work_packet *p = list_take(w);
  if (p) return p;
  const uint32_t all = work.n + ASSISTANTS;
  uint32_t self = (uint32_t)(w - work.workers);
  for (uint32_t i = 1; i < all && atomic_load(&work.queued); i++) {
    p = list_take(&work.workers[(self + i) % all]);
    if (!p) continue;
    w->steals++;
    return p;
  }
  return NULL;
}

static bool nothing_to_wait_for(void)
{
  return atomic_load(&work.queued) || !atomic_load(&work.outstanding) ||
         atomic_load(&work.stopping);
}

static void wait_for_work(void)
{
  for (uint32_t i = 0; i < SPINS; i++)
    if (nothing_to_wait_for()) return;
  pthread_mutex_lock(&work.lock);
  atomic_fetch_add(&work.hungry, 1); // Note [outstanding]
  if (!nothing_to_wait_for()) pthread_cond_wait(&work.wake, &work.lock);
  atomic_fetch_sub(&work.hungry, 1);
  pthread_mutex_unlock(&work.lock);
}

static void let_go(struct wane__worker *w)
{
  if (!w->holding) return;
  w->holding = false;
  if (atomic_fetch_sub(&work.outstanding, 1) == 1) wake_all();
}

bool wane__work_refill(struct wane__worker *w)
{
  for (;;) {
    struct wane__work_packet *p = find(w);
    if (p) { // its unit of `outstanding` becomes the worker's
      if (w->holding) atomic_fetch_sub(&work.outstanding, 1);
      w->holding = true;
      packet_give(w->open);
      w->open = p;
      return true;
    }
    let_go(w);
    if (!atomic_load(&work.outstanding) || atomic_load(&work.stopping))
      return false;
    wait_for_work();
  }
}

static void give_half(struct wane__worker *w)
{
  struct wane__work_packet *open = w->open;
  uint32_t n = open->n / 2;
  struct wane__work_packet *p = n ? packet_take() : NULL;
  if (!p) return;
  // The older half: what lies deepest in the stack leads to most.
  memcpy(p->items, open->items, n * sizeof *p->items);
  memmove(open->items, open->items + n, (open->n - n) * sizeof *p->items);
  p->n = n;
  open->n -= n;
  publish(w, p);
}

bool wane__work_share(struct wane__worker *w)
{
  if (atomic_load(&work.stopping)) return false;
  if (w == work.workers && work.stop && work.stop()) {
    atomic_store(&work.stopping, true);
    wake_all();
    return false;
  }
  if (atomic_load(&work.hungry) && !atomic_load(&work.queued)) give_half(w);
  return true;
}

// What a worker left in its open packet is nobody's: it may go to any list.
static void put_aside(struct wane__worker *w)
{
  if (!w->open->n) return;
  struct wane__work_packet *fresh = packet_take();
  if (!fresh) return;
  publish(w, w->open);
  w->open = fresh;
}

static void run_worker(void *context, size_t begin, size_t end)
{
  (void)context;
  for (size_t i = begin; i < end; i++) work.drain(&work.workers[i]);
}

bool wane__work_run(void (*drain)(struct wane__worker *w), bool (*stop)(void))
{
  work.drain = drain;
  work.stop = stop;
  atomic_store(&work.stopping, false);
  for (uint32_t i = 0; i < work.n; i++) {
    struct wane__worker *w = &work.workers[i];
    if (i) put_aside(w);
    w->holding = w->open->n;
    if (w->holding) atomic_fetch_add(&work.outstanding, 1);
  }
  atomic_store(&work.open, work.admits);
  wane_gc_parallel_for(work.n, 1, run_worker, NULL);
  atomic_store(&work.open, false);
  pthread_mutex_lock(&work.lock);
  while (atomic_load(&work.inside)) pthread_cond_wait(&work.wake, &work.lock);
  pthread_mutex_unlock(&work.lock);
  for (uint32_t i = 0; i < work.n; i++) let_go(&work.workers[i]);
  return wane__work_none();
}

bool wane__work_assist(void (*drain)(struct wane__worker *w))
{
  bool took_part = false;
  uint32_t taken = atomic_load(&work.seats), seat;
  do {
    seat = (uint32_t)__builtin_ctz(~taken);
    if (seat >= ASSISTANTS) return false;
  } while (!atomic_compare_exchange_weak(&work.seats, &taken,
                                         taken | 1u << seat));
  struct wane__worker *w = &work.workers[work.n + seat];
  atomic_fetch_add(&work.inside, 1);
  if (atomic_load(&work.open)) {
    struct wane__work_packet *p = find(w);
    if (p) {
      took_part = w->holding = true;
      packet_give(w->open);
      w->open = p;
      drain(w);
      put_aside(w);
      // No packet could be had for the rest: it is done here after all.
      while (w->open->n) drain(w);
      let_go(w);
    }
  }
  atomic_fetch_sub(&work.inside, 1);
  wake_all();
  atomic_fetch_and(&work.seats, ~(1u << seat));
  return took_part;
}

void wane__work_admit_assistants(bool yes)
{
  work.admits = yes;
}

// --- between runs ------------------------------------------------------------

struct wane__worker *wane__work_own(void)
{
  return work.workers;
}

bool wane__work_none(void)
{
  for (uint32_t i = 0; i < work.n; i++)
    if (work.workers[i].open->n) return false;
  return atomic_load(&work.queued) == 0;
}

static void filter(struct wane__work_packet *p, bool (*keep)(uint64_t item))
{
  uint32_t n = 0;
  for (uint32_t i = 0; i < p->n; i++)
    if (keep(p->items[i])) p->items[n++] = p->items[i];
  p->n = n;
}

void wane__work_filter(bool (*keep)(uint64_t item))
{
  for (uint32_t i = 0; i < work.n + ASSISTANTS; i++) {
    struct wane__worker *w = &work.workers[i];
    struct wane__work_packet **link = &w->full, *p;
    filter(w->open, keep);
    while ((p = *link)) {
      filter(p, keep);
      if (p->n) {
        link = &p->next;
        continue;
      }
      *link = p->next;
      packet_give(p);
      atomic_fetch_sub(&work.queued, 1);
      atomic_fetch_sub(&work.outstanding, 1);
    }
  }
}

static bool keep_none(uint64_t item)
{
  (void)item;
  return false;
}

void wane__work_clear(void)
{
  wane__work_filter(keep_none);
}

uint64_t wane__work_steals(void)
{
  uint64_t n = 0;
  for (uint32_t i = 0; i < work.n + ASSISTANTS; i++)
    n += work.workers[i].steals;
  return n;
}

// --- life --------------------------------------------------------------------

int wane__work_start(uint32_t workers)
{
  const uint32_t all = workers + ASSISTANTS;
  work.n = workers;
  work.packets = 0;
  work.most = UINT64_MAX;
  work.admits = false;
  atomic_store(&work.outstanding, 0);
  atomic_store(&work.queued, 0);
  size_t bytes = all * sizeof *work.workers;
  work.workers = aligned_alloc(64, bytes);
  if (!work.workers) return -ENOMEM;
  memset(work.workers, 0, bytes);
  for (uint32_t i = 0; i < all; i++)
    pthread_mutex_init(&work.workers[i].lock, NULL);
  for (uint32_t i = 0; i < all; i++)
    if (!(work.workers[i].open = packet_take())) {
      wane__work_stop();
      return -ENOMEM;
    }
  uint64_t most = wane__config.mark_bytes / sizeof *work.spare;
  work.most = most > work.packets + 1 ? most : work.packets + 1;
  return 0;
}

void wane__work_stop(void)
{
  if (!work.workers) return;
  const uint32_t all = work.n + ASSISTANTS;
  for (uint32_t i = 0; i < all; i++) {
    struct wane__worker *w = &work.workers[i];
    struct wane__work_packet *p;
    while ((p = list_take(w))) packet_give(p);
    if (w->open) packet_give(w->open);
    pthread_mutex_destroy(&w->lock);
  }
  for (struct wane__work_packet *p = work.spare, *next; p; p = next) {
    next = p->next;
    free(p);
  }
  work.spare = NULL;
  free(work.workers);
  work.workers = NULL;
}

void wane__work_forked(void)
{
  pthread_mutex_init(&work.lock, NULL);
  pthread_cond_init(&work.wake, NULL);
  for (uint32_t i = 0; i < work.n + ASSISTANTS; i++)
    pthread_mutex_init(&work.workers[i].lock, NULL);
  atomic_store(&work.hungry, 0);
}
