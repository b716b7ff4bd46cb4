// ring.c: event rings: written without waiting, drained by the harness.
// SPDX-License-Identifier: MIT
//
// Invariant: 0 <= written - drained <= capacity. The owner advances `written`,
// the drainer `drained`; a full ring counts the loss and drops the newest, so
// what was recorded first stays whole.

#include "ring.h"

#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

struct wane__ring {
  struct wane__ring *next; // all rings, newest first
  bool taken;              // under `lock`
  char name[16];
  uint32_t owner; // the mutator's number, or 0
  uint32_t capacity;
  // Note [ring]: `written` is released after the record is in place and
  // acquired by the drainer; `drained` is released after the record was read
  // and acquired by the owner before it is overwritten.
  _Atomic uint64_t written, drained;
  _Atomic uint64_t lost; // Note [ring]: a plain sum, relaxed at both ends
  struct wane_event records[];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct wane__ring *rings;

struct wane__ring *wane__ring_take(const char *name)
{
  pthread_mutex_lock(&lock);
  struct wane__ring *ring = rings;
  while (ring && ring->taken) ring = ring->next;
  if (!ring) {
    uint32_t capacity = wane__config.event_ring;
    ring = calloc(1, sizeof *ring + capacity * sizeof ring->records[0]);
    if (ring) {
      ring->capacity = capacity;
      ring->next = rings;
      rings = ring;
    }
  }
  if (ring) {
    ring->taken = true;
    ring->owner = 0;
    memset(ring->name, 0, sizeof ring->name);
    strncpy(ring->name, name, sizeof ring->name - 1);
  }
  pthread_mutex_unlock(&lock);
  return ring;
}

void wane__ring_owner(struct wane__ring *ring, uint32_t owner)
{
  ring->owner = owner;
}

void wane__ring_give(struct wane__ring *ring)
{
  pthread_mutex_lock(&lock);
  ring->taken = false;
  pthread_mutex_unlock(&lock);
}

void wane__ring_put(struct wane__ring *ring, const struct wane_event *event)
{
#if WANE_BARE
  (void)ring;
  (void)event;
#else
  // Note [ring]
  uint64_t at = atomic_load_explicit(&ring->written, memory_order_relaxed);
  uint64_t drained = atomic_load_explicit(&ring->drained, memory_order_acquire);
  if (at - drained == ring->capacity) {
    atomic_fetch_add_explicit(&ring->lost, 1, memory_order_relaxed);
    return;
  }
  struct wane_event *record = &ring->records[at % ring->capacity];
  *record = *event;
  record->owner = ring->owner;
  memcpy(record->thread, ring->name, sizeof record->thread);
  record->cpu = (uint16_t)sched_getcpu();
  atomic_store_explicit(&ring->written, at + 1, memory_order_release);
#endif
}

uint64_t wane_events_drain(void (*each)(const struct wane_event *,
                                        void *context),
                           void *context)
{
  uint64_t lost = 0;
  pthread_mutex_lock(&lock);
  for (struct wane__ring *ring = rings; ring; ring = ring->next) {
    // Note [ring]
    uint64_t end = atomic_load_explicit(&ring->written, memory_order_acquire);
    uint64_t at = atomic_load_explicit(&ring->drained, memory_order_relaxed);
    for (; at < end; at++) each(&ring->records[at % ring->capacity], context);
    atomic_store_explicit(&ring->drained, end, memory_order_release);
    lost += atomic_exchange_explicit(&ring->lost, 0, memory_order_relaxed);
  }
  pthread_mutex_unlock(&lock);
  return lost;
}

double wane_event_cost_ns(void)
{
  enum { PASSES = 4, RECORDS = 512 };
  const struct wane_event event = {.kind = WANE_EVENT_PAUSE};
  struct wane__ring *ring =
      calloc(1, sizeof *ring + RECORDS * sizeof ring->records[0]);
  if (!ring) return NAN;
  ring->capacity = RECORDS;
  uint64_t least = UINT64_MAX; // the first pass touches the pages
  for (int pass = 0; pass < PASSES; pass++) {
    uint64_t begin = wane__now_ns();
    for (int i = 0; i < RECORDS; i++) wane__ring_put(ring, &event);
    uint64_t ns = wane__now_ns() - begin;
    if (ns < least) least = ns;
    atomic_store(&ring->drained, atomic_load(&ring->written)); // Note [ring]
  }
  free(ring);
  return (double)least / RECORDS;
}

static void tell(const struct wane_event *e, uint64_t now)
{
  bool phase = e->kind == WANE_EVENT_PHASE;
  wane__report("%8.3f ms ago: round %llu: %s%s%s, %llu items, %llu objects "
               "freed (%s)",
               (double)(now - e->t_end_ns) * 1e-6,
               (unsigned long long)e->gc_id, wane_event_kind_name(e->kind),
               phase ? " " : "", phase ? wane_event_phase_name(e->phase) : "",
               (unsigned long long)e->items,
               (unsigned long long)e->freed_objects, e->thread);
}

// The newest record that ended before `end`, or NULL.
static const struct wane_event *newest_before(uint64_t end)
{
  const struct wane_event *found = NULL;
  for (struct wane__ring *ring = rings; ring; ring = ring->next) {
    uint64_t written = atomic_load(&ring->written);
    uint64_t n = written < ring->capacity ? written : ring->capacity;
    for (uint64_t i = 0; i < n; i++) {
      const struct wane_event *e = &ring->records[i];
      if (e->t_end_ns < end && (!found || e->t_end_ns > found->t_end_ns))
        found = e;
    }
  }
  return found;
}

#define TOLD_MOST 32

void wane__ring_tell_last(unsigned n)
{
  const struct wane_event *last[TOLD_MOST];
  unsigned found = 0;
  uint64_t end = UINT64_MAX, now = wane__now_ns();
  if (pthread_mutex_trylock(&lock)) return;
  for (; found < n && found < TOLD_MOST; found++) {
    last[found] = newest_before(end);
    if (!last[found]) break;
    end = last[found]->t_end_ns;
  }
  while (found--) tell(last[found], now);
  pthread_mutex_unlock(&lock);
}

void wane__ring_stop(void)
{
  pthread_mutex_lock(&lock);
  while (rings) {
    struct wane__ring *next = rings->next;
    free(rings);
    rings = next;
  }
  pthread_mutex_unlock(&lock);
}

void wane__ring_lock(void)
{
  pthread_mutex_lock(&lock);
}

void wane__ring_unlock(void)
{
  pthread_mutex_unlock(&lock);
}

static const char *name_of(const char *const *names, int n, int i)
{
  return i >= 0 && i < n ? names[i] : "unknown";
}

const char *wane_event_kind_name(int kind)
{
  static const char *const names[] = {"cycle", "pause",  "phase",
                                      "stall", "assist", "trigger"};
  return name_of(names, 6, kind);
}

const char *wane_event_phase_name(int phase)
{
  static const char *const names[] = {"none",  "handshake", "decrement",
                                      "young", "release",   "collect",
                                      "mark",  "sweep",     "stopped"};
  return name_of(names, 9, phase);
}

const char *wane_event_role_name(int role)
{
  static const char *const names[] = {"mutator", "coordinator", "conc_worker"};
  return name_of(names, 3, role);
}

const char *wane_cause_name(int cause)
{
  static const char *const names[] = {
      "none",      "alloc_bytes", "dec_backlog", "deferred",
      "heap_full", "user",        "stress",      "drain",
      "cycle"};
  return name_of(names, 9, cause);
}
