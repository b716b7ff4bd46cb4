// thread.c: attach, detach, exit; the mutator's half of a handshake.
// SPDX-License-Identifier: MIT
//
// After the ragged handshakes of Doligez, Leroy and Gonthier, in the
// three-state form CPython uses: a thread is attached, detached or suspended.
// The coordinator asks; an attached thread answers at its next safepoint, a
// detached one is claimed and answered for. See runtime/DESIGN.md, "Rounds".

#include "thread.h"

#include "hand_over.h"
#include "late.h"
#include "pressure.h"
#include "round.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define ROOTS_MAX ((size_t)8 << 20)
#define OWNERS_MAX ((1u << 20) - 1)

static struct {
  pthread_mutex_t lock;
  pthread_cond_t stopped; // signalled when the world goes on
  struct wane__thread *threads;
  uint64_t epoch;      // last one requested
  bool world_stopped;
  uint32_t *free_ids;  // owner ids to use again
  uint32_t n_free_ids, free_ids_capacity, next_id;
  // Acks, exits and detachments, so that the coordinator can sleep.
  pthread_mutex_t ack_lock;
  pthread_cond_t ack;
  uint64_t acks;
} registry = {.lock = PTHREAD_MUTEX_INITIALIZER,
              .stopped = PTHREAD_COND_INITIALIZER,
              .ack_lock = PTHREAD_MUTEX_INITIALIZER,
              .ack = PTHREAD_COND_INITIALIZER};

static _Thread_local struct wane__thread *self;

// A thread that ends without wane_thread_exit would never answer again.
static pthread_key_t alive; // of a mutator: its struct wane__thread
static pthread_once_t alive_once = PTHREAD_ONCE_INIT;

static void died(void *thread)
{
  wane__fatal(__FILE__, __LINE__,
              "thread \"%s\" ended without wane_thread_exit",
              ((struct wane__thread *)thread)->name);
}

static void make_alive(void)
{
  if (pthread_key_create(&alive, died))
    wane__no_memory(__FILE__, __LINE__, "a key of thread-local storage");
}

struct wane__thread *wane__self(void)
{
  return self;
}

int wane__threads_start(void)
{
  registry.threads = NULL;
  registry.epoch = 0;
  registry.world_stopped = false;
  registry.next_id = 1; // 0 is nobody
  registry.n_free_ids = 0;
  return 0;
}

bool wane__threads_stop(void)
{
  bool none = registry.threads == NULL;
  free(registry.free_ids);
  registry.free_ids = NULL;
  registry.free_ids_capacity = 0;
  return none;
}

uint32_t wane__threads_alive(void)
{
  uint32_t n = 0;
  pthread_mutex_lock(&registry.lock);
  for (struct wane__thread *t = registry.threads; t; t = t->next) n++;
  pthread_mutex_unlock(&registry.lock);
  return n;
}

void wane__threads_lock(void)
{
  pthread_mutex_lock(&registry.lock);
  pthread_mutex_lock(&registry.ack_lock);
}

void wane__threads_unlock(void)
{
  pthread_mutex_unlock(&registry.ack_lock);
  pthread_mutex_unlock(&registry.lock);
}

static void wake_coordinator(void)
{
  pthread_mutex_lock(&registry.ack_lock);
  registry.acks++;
  pthread_cond_signal(&registry.ack);
  pthread_mutex_unlock(&registry.ack_lock);
}

// --- birth and death of a mutator ------------------------------------------

// Owner ids are used again only through this lock, so the dead thread's last
// write to a biased count happens before the new thread's first.
static uint32_t id_take_locked(void)
{
  if (registry.n_free_ids) return registry.free_ids[--registry.n_free_ids];
  return registry.next_id <= OWNERS_MAX ? registry.next_id++ : 0;
}

static void id_give_locked(uint32_t id)
{
  if (registry.n_free_ids == registry.free_ids_capacity) {
    registry.free_ids_capacity = registry.free_ids_capacity * 2 + 64;
    registry.free_ids =
        wane__table_alloc(registry.free_ids, registry.free_ids_capacity *
                                                 sizeof *registry.free_ids);
  }
  registry.free_ids[registry.n_free_ids++] = id;
}

static void thread_free(struct wane__thread *t)
{
  if (t->root_base) munmap(t->root_base, ROOTS_MAX * sizeof(wane_ref));
  if (t->ring) wane__ring_give(t->ring);
  wane__chunk_give(t->spare);
  wane__chunk_give(t->log);
  wane__chunk_give(t->closers);
  pthread_mutex_destroy(&t->lock);
  pthread_cond_destroy(&t->wake);
  free(t);
}

static struct wane__thread *thread_new(const char *name)
{
  struct wane__thread *t = aligned_alloc(64, (sizeof *t + 63) & ~(size_t)63);
  if (!t) return NULL;
  memset(t, 0, sizeof *t);
  pthread_mutex_init(&t->lock, NULL);
  pthread_cond_init(&t->wake, NULL);
  strncpy(t->name, name ? name : "mutator", sizeof t->name - 1);
  void *roots = mmap(NULL, ROOTS_MAX * sizeof(wane_ref),
                     PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  t->root_base = roots == MAP_FAILED ? NULL : roots;
  t->ring = wane__ring_take(t->name);
  t->log = wane__chunk_past();
  t->closers = wane__chunk_past();
  t->spare = wane__chunk_take(); // later, if there is none now
  if (!t->root_base || !t->ring || !t->log || !t->closers) {
    thread_free(t);
    return NULL;
  }
  t->m.root_top = t->root_base;
  t->m.root_end = t->root_base + ROOTS_MAX;
  t->m.log_cur = t->log->entries;
  t->m.log_end = t->log->entries + wane__config.log_chunk;
  if (wane__round_wants_closers()) {
    t->m.closer_cur = t->closers->entries;
    t->m.closer_end = t->closers->entries + wane__config.log_chunk;
  }
  t->m.local_limit = WANE_ATOMIC_COUNTS ? wane__config.shared_limit
                                        : wane__config.local_limit;
  t->stress = wane__config.stress_alloc;
  for (uint32_t i = 0; i < WANE_SIZE_CLASSES; i++)
    t->open[i].block = WANE__NO_BLOCK;
  return t;
}

struct wane_mutator *wane_thread_start(const char *name)
{
  WANE_CHECK(!self, "this thread is a mutator already");
  pthread_once(&alive_once, make_alive);
  struct wane__thread *t = thread_new(name);
  if (!t) return NULL;
  pthread_mutex_lock(&registry.lock);
  while (registry.world_stopped)
    wane__late_wait(&registry.stopped, &registry.lock);
  t->id = id_take_locked();
  if (!t->id) {
    pthread_mutex_unlock(&registry.lock);
    thread_free(t);
    return NULL;
  }
  t->m.own = t->id << WANE_OWNER_SHIFT;
  wane__ring_owner(t->ring, t->id);
  // It owes no ack for a round that began before it existed.
  t->acked = registry.epoch;
  atomic_init(&t->hs_req, registry.epoch);
  atomic_init(&t->hs_ack, registry.epoch);
  atomic_init(&t->state, WANE__ATTACHED);
  wane__thread_phase(t);
  t->next = registry.threads;
  registry.threads = t;
  pthread_mutex_unlock(&registry.lock);
  self = t;
  (void)pthread_setspecific(alive, t);
  return &t->m;
}

static void unlink_locked(struct wane__thread *t)
{
  struct wane__thread **link = &registry.threads;
  while (*link != t) link = &(*link)->next;
  *link = t->next;
}

void wane_thread_exit(struct wane_mutator *m)
{
  struct wane__thread *t = wane__thread_of(m);
  WANE_CHECK(t == self, "wane_thread_exit on another thread's mutator");
  if (m->root_top != t->root_base || t->sets)
    wane__fatal(__FILE__, __LINE__,
                "thread \"%s\" exits with roots on its shadow stack or root "
                "sets registered",
                t->name);
  wane__hand_over_retire(t);
  wane__pressure_exiting(t);
  pthread_mutex_lock(&registry.lock);
  while (registry.world_stopped) { // it is owed an ack, or a claim
    pthread_mutex_unlock(&registry.lock);
    wane_safepoint(m);
    pthread_mutex_lock(&registry.lock);
  }
  // The last packet answers a round that was asked for, or belongs to the
  // next one; either way before the thread leaves the registry.
  uint64_t request = atomic_load(&t->hs_req);
  wane__thread_hand_over(t, request != t->acked ? request : t->acked + 1,
                         false);
  atomic_store(&t->state, WANE__EXITED);
  unlink_locked(t);
  id_give_locked(t->id);
  pthread_mutex_unlock(&registry.lock);
  self = NULL;
  (void)pthread_setspecific(alive, NULL);
  wake_coordinator();
  wane__hand_over_exit(t);
  thread_free(t);
}

// --- detach, attach, safepoint ---------------------------------------------

static void acknowledge(struct wane__thread *t);

void wane_detach(struct wane_mutator *m)
{
  struct wane__thread *t = wane__thread_of(m);
  WANE_CHECK(t == self, "wane_detach on another thread's mutator");
  WANE_CHECK(atomic_load(&t->state) == WANE__ATTACHED, "detached twice");
  uint64_t acked = t->acked; // the claimer's, once we are detached
  // Note [dekker]. The store releases roots and buffers to a claimer.
  atomic_store(&t->state, WANE__DETACHED);
  if (atomic_load(&t->hs_req) != acked) wake_coordinator();
}

static struct wane_event pause_begin(void)
{
  return (struct wane_event){.kind = WANE_EVENT_PAUSE,
                             .t_begin_ns = wane__now_ns(),
                             .cpu_ns = wane__event_cpu_ns()};
}

static void pause_end(struct wane__thread *t, struct wane_event *e,
                      uint64_t epoch, bool stop)
{
  e->gc_id = epoch;
  e->stw = stop;
  e->cpu_ns = wane__event_cpu_ns() - e->cpu_ns;
  e->t_end_ns = wane__now_ns();
  wane__ring_put(t->ring, e);
}

// Until the claimer lets go of it. What it waits for a stopped world is a pause
// like any other mutator's; it begins here, not at the claim: until now it did
// not want to run.
static void wait_for_release(struct wane__thread *t)
{
  struct wane_event e = pause_begin();
  pthread_mutex_lock(&t->lock);
  t->waiting = true;
  for (;;) {
    uint32_t expected = WANE__DETACHED;
    if (atomic_load(&t->state) == WANE__ATTACHED) break; // handed to us
    if (atomic_compare_exchange_strong(&t->state, &expected, WANE__ATTACHED))
      break;
    wane__late_wait(&t->wake, &t->lock);
  }
  t->waiting = false;
  pthread_mutex_unlock(&t->lock);
  if (t->stopped && !t->stalled) pause_end(t, &e, t->acked, true);
}

void wane_attach(struct wane_mutator *m)
{
  struct wane__thread *t = wane__thread_of(m);
  uint32_t expected = WANE__DETACHED;
  // Note [dekker]. One step: leaving DETACHED and finding no claim.
  if (!atomic_compare_exchange_strong(&t->state, &expected, WANE__ATTACHED))
    wait_for_release(t);
  if (atomic_load(&t->hs_req) != t->acked) acknowledge(t);
}

// The coordinator lets go of a claimed or stopped thread. A thread that waits
// is attached here, by us: otherwise the next claim could win every race
// against a thread that is only just waking up (CPython issue 151518).
static void release(struct wane__thread *t)
{
  pthread_mutex_lock(&t->lock);
  atomic_store(&t->state, t->waiting ? WANE__ATTACHED : WANE__DETACHED);
  pthread_cond_signal(&t->wake);
  pthread_mutex_unlock(&t->lock);
}

// Stays stopped until the coordinator releases us.
static void stop_here(struct wane__thread *t)
{
  pthread_mutex_lock(&t->lock);
  t->waiting = true;
  // Note [dekker]: SUSPENDED is both the stop and the claim.
  atomic_store(&t->state, WANE__SUSPENDED);
  atomic_store_explicit(&t->hs_ack, t->acked, memory_order_release);
  wake_coordinator();
  while (atomic_load(&t->state) != WANE__ATTACHED)
    wane__late_wait(&t->wake, &t->lock);
  t->waiting = false;
  pthread_mutex_unlock(&t->lock);
}

static void acknowledge(struct wane__thread *t)
{
  struct wane_event e = pause_begin();
  uint64_t request = atomic_load(&t->hs_req);
  // A full fence between the old phase's stores and the new phase's loads
  // comes with the seq_cst load above and the enqueue below.
  t->acked = request;
  WANE_COUNT(&t->m, safepoint_slow);
  wane__thread_hand_over(t, request, true);
  bool stop = wane__round_stopping(request);
  if (stop) {
    stop_here(t);
  } else {
    // Note [ack]: release.
    atomic_store_explicit(&t->hs_ack, request, memory_order_release);
    wake_coordinator();
  }
  pause_end(t, &e, request, stop);
  wane__hand_over_ack_time(e.t_end_ns - e.t_begin_ns, stop);
}

void wane__safepoint_slow(struct wane_mutator *m)
{
  struct wane__thread *t = wane__thread_of(m);
  // Note [poll]: cleared first; a request that comes after sets it again.
  atomic_store(&m->poll, 0);
  if (atomic_load(&t->hs_req) != t->acked) acknowledge(t);
  if (WANE_UNLIKELY(t->must_wait)) wane__pressure_wait_log(t);
}

// --- the coordinator's half -------------------------------------------------

void wane__threads_request(uint64_t epoch, bool stop)
{
  pthread_mutex_lock(&registry.lock);
  registry.epoch = epoch;
  registry.world_stopped = stop;
  for (struct wane__thread *t = registry.threads; t; t = t->next) {
    atomic_store(&t->hs_req, epoch); // Note [dekker]
    atomic_store(&t->m.poll, 1);     // Note [poll]
  }
  pthread_mutex_unlock(&registry.lock);
}

// Answers for a detached thread. True when it was one.
static bool claim(struct wane__thread *t, uint64_t epoch, bool stop)
{
  uint32_t expected = WANE__DETACHED;
  // Note [dekker]; acquires what the thread left behind.
  if (!atomic_compare_exchange_strong(&t->state, &expected, WANE__SUSPENDED))
    return false;
  wane__thread_hand_over(t, epoch, true);
  t->acked = epoch;
  t->stopped = stop;
  atomic_store_explicit(&t->hs_ack, epoch, memory_order_release); // Note [ack]
  if (!stop) release(t);
  return true;
}

// One pass over the registry; true when nobody is missing.
static bool all_answered(uint64_t epoch, bool stop, uint64_t late_after_ns)
{
  bool all = true;
  pthread_mutex_lock(&registry.lock);
  for (struct wane__thread *t = registry.threads; t; t = t->next) {
    // Note [ack]: acquire.
    if (atomic_load_explicit(&t->hs_ack, memory_order_acquire) == epoch)
      continue;
    if (claim(t, epoch, stop)) continue;
    all = false;
    if (!late_after_ns || t->reported == epoch) continue;
    t->reported = epoch;
    wane__report("thread \"%s\" has not reached a safepoint for %.1f s "
                 "(round %llu waits): poll with wane_safepoint in long loops, "
                 "put blocking calls between wane_detach and wane_attach",
                 t->name, (double)late_after_ns / 1e9,
                 (unsigned long long)epoch);
  }
  pthread_mutex_unlock(&registry.lock);
  return all;
}

static uint64_t acks_seen(void)
{
  pthread_mutex_lock(&registry.ack_lock);
  uint64_t acks = registry.acks;
  pthread_mutex_unlock(&registry.ack_lock);
  return acks;
}

// Sleeps until something happened since `seen`, or for a while.
static void wait_for_an_ack(uint64_t seen)
{
  struct timespec until; // not the time of day, which may be set back
  clock_gettime(CLOCK_MONOTONIC, &until);
  until.tv_nsec += 50000000;
  until.tv_sec += until.tv_nsec / 1000000000;
  until.tv_nsec %= 1000000000;
  int error = 0;
  pthread_mutex_lock(&registry.ack_lock);
  while (registry.acks == seen && !error)
    error = pthread_cond_clockwait(&registry.ack, &registry.ack_lock,
                                   CLOCK_MONOTONIC, &until);
  pthread_mutex_unlock(&registry.ack_lock);
}

void wane__threads_await(uint64_t epoch, bool stop)
{
  uint64_t start = wane__now_ns();
  uint64_t patience = (uint64_t)wane__config.poll_timeout_ms * 1000000u;
  for (;;) {
    uint64_t seen = acks_seen();
    uint64_t waited = wane__now_ns() - start;
    if (all_answered(epoch, stop, waited >= patience ? waited : 0)) return;
    wait_for_an_ack(seen);
  }
}

void wane__threads_resume(void)
{
  pthread_mutex_lock(&registry.lock);
  registry.world_stopped = false;
  for (struct wane__thread *t = registry.threads; t; t = t->next)
    if (atomic_load(&t->state) == WANE__SUSPENDED) release(t);
  pthread_cond_broadcast(&registry.stopped);
  pthread_mutex_unlock(&registry.lock);
}

void wane__threads_only_self(struct wane__thread *survivor, uint64_t epoch)
{
  struct wane__thread *t = registry.threads;
  registry.threads = survivor;
  registry.world_stopped = false;
  pthread_cond_init(&registry.stopped, NULL);
  pthread_cond_init(&registry.ack, NULL);
  while (t) {
    struct wane__thread *next = t->next;
    // Its owner may have been waiting on these when the process was copied:
    // made new, because destroying them would wait for it.
    pthread_mutex_init(&t->lock, NULL);
    pthread_cond_init(&t->wake, NULL);
    if (t != survivor) {
      wane__hand_over_retire(t);
      wane__thread_hand_over(t, epoch + 1, false);
      id_give_locked(t->id);
      wane__hand_over_exit(t);
      thread_free(t);
    }
    t = next;
  }
  if (!survivor) return;
  survivor->next = NULL;
  survivor->waiting = false;
  if (atomic_load(&survivor->state) == WANE__SUSPENDED) release(survivor);
}
