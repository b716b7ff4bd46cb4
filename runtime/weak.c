// weak.c: weak cells, ephemerons, and the table that finds them by object.
// SPDX-License-Identifier: MIT
//
// Mutators make, read and free cells; the engine installs records and clears
// (condemn.c). Reading takes no lock.
//
// Note [weak flags]: HAS_WEAK and HAS_VALUES are set before the cell exists,
// by somebody who can reach the object; they stay. Whoever finds the object
// unreachable has seen the acks of all who could do so (Note [ack]), so a
// relaxed load sees the flag when it matters. The acquire loads pair with the
// release here: with the flag comes the type's promise, nothing else.

#include "weak.h"

#include "finalize.h"
#include "heap.h"
#include "thread.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#define STRIPES 64
#define BUCKETS_LEAST 16

struct wane_ephemeron {
  struct wane_weak cell;
  struct wane_slot value; // a slot of the key
};

// The cells of one object. It stays until the object dies, for its age.
struct entry {
  wane_ref object;
  struct wane_weak *cells;
  struct entry *next; // in the bucket
  uint64_t age;
};

struct stripe {
  pthread_mutex_t lock;
  struct entry **buckets; // n_buckets of them, a power of two
  size_t n_buckets, n;
};

static struct stripe stripes[STRIPES];
// Note [weak counters]: relaxed; numbers for people and for a bound.
static _Atomic uint64_t newest, rescues;

// --- the table ---------------------------------------------------------------

static uint64_t hash(wane_ref o)
{
  return ((uintptr_t)o >> 3) * UINT64_C(0x9e3779b97f4a7c15);
}

static uint32_t stripe_of(wane_ref o)
{
  return (uint32_t)(hash(o) >> 58); // six bits: STRIPES
}

static struct entry **bucket_of(struct stripe *s, wane_ref o)
{
  return &s->buckets[(hash(o) >> 20) & (s->n_buckets - 1)];
}

static struct entry **find_locked(struct stripe *s, wane_ref o)
{
  struct entry **link = bucket_of(s, o);
  while (*link && (*link)->object != o) link = &(*link)->next;
  return link;
}

// As many buckets as entries; with too few it is only slower.
static void grow_locked(struct stripe *s)
{
  size_t old_n = s->n_buckets;
  struct entry **old = s->buckets;
  struct entry **fresh = calloc(2 * old_n, sizeof *fresh);
  if (!fresh) return;
  s->buckets = fresh;
  s->n_buckets = 2 * old_n;
  for (size_t i = 0; i < old_n; i++)
    for (struct entry *e = old[i], *next; e; e = next) {
      next = e->next;
      struct entry **bucket = bucket_of(s, e->object);
      e->next = *bucket;
      *bucket = e;
    }
  free(old);
}

static struct entry *entry_locked(struct stripe *s, wane_ref o)
{
  struct entry *e = *find_locked(s, o);
  if (e) return e;
  e = calloc(1, sizeof *e);
  if (!e) return NULL;
  if (s->n >= s->n_buckets) grow_locked(s);
  struct entry **bucket = bucket_of(s, o);
  e->object = o;
  e->next = *bucket;
  // Note [weak counters]
  e->age = atomic_fetch_add_explicit(&newest, 1, memory_order_relaxed) + 1;
  *bucket = e;
  s->n++;
  return e;
}

static void remove_if_empty_locked(struct stripe *s, struct entry **link)
{
  struct entry *e = *link;
  if (e->cells) return;
  *link = e->next;
  s->n--;
  free(e);
}

// Runs under the lock of the object's stripe: finds its entry, or NULL.
static struct stripe *lock_of(wane_ref o, struct entry ***link)
{
  struct stripe *s = &stripes[stripe_of(o)];
  pthread_mutex_lock(&s->lock);
  *link = find_locked(s, o);
  return s;
}

// --- cells -------------------------------------------------------------------

// From now on the object is looked at twice before it dies.
static void set_flags(struct wane_mutator *m, wane_ref o, uint32_t flags)
{
  uint32_t own = atomic_load_explicit(&o->own, memory_order_relaxed);
  flags |= WANE_ESCAPED;
  if ((own & flags) == flags) return;
  // Note [weak flags]: the owner's plain store while nobody else can see it;
  // where nothing is counted, nobody knows that.
  if (wane__kernel(m) == WANE_BARRIER_RC_LOG && wane__private(m, own))
    atomic_store_explicit(&o->own, own | flags, memory_order_release);
  else
    atomic_fetch_or_explicit(&o->own, flags, memory_order_release);
}

static bool link_cell(struct wane_mutator *m, struct wane_weak *cell,
                      wane_ref target, uint32_t flags)
{
  set_flags(m, target, flags);
  cell->stripe = stripe_of(target);
  // Note [weak record]: relaxed; the program shares the cell afterwards.
  atomic_store_explicit(&cell->record, NULL, memory_order_relaxed);
  atomic_store_explicit(&cell->target, target, memory_order_relaxed);
  struct stripe *s = &stripes[cell->stripe];
  pthread_mutex_lock(&s->lock);
  struct entry *e = entry_locked(s, target);
  if (e) {
    cell->next = e->cells;
    e->cells = cell;
  }
  pthread_mutex_unlock(&s->lock);
  return e;
}

static void unlink_locked(struct stripe *s, struct wane_weak *cell)
{
  // Note [weak record]: relaxed; under the lock.
  wane_ref target = atomic_load_explicit(&cell->target, memory_order_relaxed);
  if (!target) return;
  struct entry **link = find_locked(s, target);
  struct wane_weak **at = &(*link)->cells;
  while (*at != cell) at = &(*at)->next;
  *at = cell->next;
  atomic_store_explicit(&cell->target, NULL, memory_order_relaxed);
}

struct wane_weak *wane_weak_new(struct wane_mutator *m, wane_ref target,
                                wane_weak_callback callback, void *context)
{
  WANE_CHECK(atomic_load(&wane__thread_of(m)->state) == WANE__ATTACHED,
             "a weak reference made by a detached thread");
  if (!wane_type_of(target)->weakable) return NULL;
  struct wane_weak *cell = calloc(1, sizeof *cell);
  if (!cell) return NULL;
  cell->callback = callback;
  cell->context = context;
  if (link_cell(m, cell, target, WANE_HAS_WEAK)) return cell;
  free(cell);
  return NULL;
}

// Brings the set of the record back, unless it is too late.
static bool rescue(struct wane__record *record)
{
  uint32_t state = WANE__PENDING;
  WANE_YIELD(24);
#if WANE_MUTANT == 21 // the record is ignored
  return true;
#endif
  // Note [weak record]
  if (atomic_compare_exchange_strong_explicit(
          &record->state, &state, WANE__RESCUED, memory_order_acq_rel,
          memory_order_acquire)) {
    // Note [weak counters]
    atomic_fetch_add_explicit(&rescues, 1, memory_order_relaxed);
    return true;
  }
  return state == WANE__RESCUED;
}

// The collectors are told by a unit that is pending at once: it keeps the
// target for a round whatever becomes of it, and it stands in the log, where
// one that marks shades it. No count is changed by it in the end; where
// nothing is counted there is the entry in the log alone.
wane_ref wane_weak_get(struct wane_mutator *m, struct wane_weak *cell)
{
  WANE_CHECK(atomic_load(&wane__thread_of(m)->state) == WANE__ATTACHED,
             "a weak reference read by a detached thread");
  // Note [weak record]: acquire.
  struct wane__record *record =
      atomic_load_explicit(&cell->record, memory_order_acquire);
  if (record && !rescue(record) && wane__kills(record, cell)) return NULL;
  WANE_YIELD(23);
  wane_ref target = atomic_load_explicit(&cell->target, memory_order_acquire);
  uint32_t kernel = wane__kernel(m);
  if (!target || kernel == WANE_BARRIER_NONE) return target;
  if (kernel == WANE_BARRIER_RC_LOG && wane__inc(m, target))
    WANE_COUNT(m, inc_biased);
#if WANE_MUTANT != 24
  wane__log_dec(m, target);
#endif
  return target;
}

void wane_weak_free(struct wane_mutator *m, struct wane_weak *cell)
{
  (void)m;
  if (!cell) return;
  struct stripe *s = &stripes[cell->stripe];
  pthread_mutex_lock(&s->lock);
  unlink_locked(s, cell);
  pthread_mutex_unlock(&s->lock);
  if (!cell->callback || wane__finalize_lets_go(cell)) free(cell);
}

// --- ephemerons --------------------------------------------------------------

// Stores into a slot of the key that stands outside it. As wane_exchange.
static void store_value(struct wane_mutator *m, wane_ref key,
                        struct wane_slot *slot, wane_ref value)
{
  uint32_t kernel = wane__kernel(m);
  if (kernel != WANE_BARRIER_RC_LOG) {
    (void)wane__exchange_uncounted(m, kernel, slot, value);
    return;
  }
  if (value) {
    if (wane__inc(m, value)) WANE_COUNT(m, inc_biased);
    // Note [closers]: the key has escaped.
    uint32_t own = atomic_load_explicit(&key->own, memory_order_relaxed);
    wane__closer(m, key, own, value);
  }
  // Note [publish]
  wane_ref old =
      atomic_exchange_explicit(&slot->wane__value, value, memory_order_acq_rel);
  if (old) wane__log_dec(m, old);
}

struct wane_ephemeron *wane_ephemeron_new(struct wane_mutator *m, wane_ref key,
                                          wane_ref value)
{
  const struct wane_type *type = wane_type_of(key);
  if (!type->weakable || type->own_flags & WANE_ACYCLIC) return NULL;
  struct wane_ephemeron *e = calloc(1, sizeof *e);
  if (!e) return NULL;
  e->cell.ephemeron = true;
  if (!link_cell(m, &e->cell, key, WANE_HAS_WEAK | WANE_HAS_VALUES)) {
    free(e);
    return NULL;
  }
  store_value(m, key, &e->value, value);
  return e;
}

wane_ref wane_ephemeron_key(struct wane_mutator *m, struct wane_ephemeron *e)
{
  return wane_weak_get(m, &e->cell);
}

wane_ref wane_ephemeron_get(struct wane_mutator *m, struct wane_ephemeron *e)
{
  return wane_weak_get(m, &e->cell) ? wane_load(&e->value) : NULL;
}

bool wane_ephemeron_set(struct wane_mutator *m, struct wane_ephemeron *e,
                        wane_ref value)
{
  wane_ref key = wane_weak_get(m, &e->cell);
  if (key) store_value(m, key, &e->value, value);
  return key;
}

// Either the engine takes the value back, with the key, or this thread does.
// A set that is condemned is rescued first: what this thread logs must not be
// freed by a decision that did not see it.
void wane_ephemeron_free(struct wane_mutator *m, struct wane_ephemeron *e)
{
  if (!e) return;
  struct stripe *s = &stripes[e->cell.stripe];
  wane_ref value = NULL;
  pthread_mutex_lock(&s->lock);
  // Note [weak record]
  struct wane__record *record =
      atomic_load_explicit(&e->cell.record, memory_order_acquire);
  bool dying = record && !rescue(record) && wane__kills(record, &e->cell);
  if (dying) {
    e->cell.abandoned = true; // freed when the engine clears it
  } else {
    unlink_locked(s, &e->cell);
    // Note [publish]
    value = atomic_exchange_explicit(&e->value.wane__value, NULL,
                                     memory_order_acq_rel);
  }
  pthread_mutex_unlock(&s->lock);
  if (value && wane__kernel(m) != WANE_BARRIER_NONE) wane__log_dec(m, value);
  if (!dying) free(e);
}

void wane__each_value(wane_ref object, wane_visit visit, void *context)
{
  struct entry **link;
  struct stripe *s = lock_of(object, &link);
  for (struct wane_weak *c = *link ? (*link)->cells : NULL; c; c = c->next)
    if (c->ephemeron)
      visit(&((struct wane_ephemeron *)(void *)c)->value, context);
  pthread_mutex_unlock(&s->lock);
}

// --- the engine's ------------------------------------------------------------

size_t wane__weak_install(wane_ref o, struct wane__record *record)
{
  struct entry **link;
  size_t n = 0;
  struct stripe *s = lock_of(o, &link);
  for (struct wane_weak *c = *link ? (*link)->cells : NULL; c; c = c->next) {
    // Note [weak record]: release.
    atomic_store_explicit(&c->record, record, memory_order_release);
    n++;
  }
  pthread_mutex_unlock(&s->lock);
  return n;
}

void wane__weak_uninstall(wane_ref o, const struct wane__record *record)
{
  struct entry **link;
  struct stripe *s = lock_of(o, &link);
  // Note [weak record]: release; the coordinator alone writes it.
  for (struct wane_weak *c = *link ? (*link)->cells : NULL; c; c = c->next)
    if (atomic_load_explicit(&c->record, memory_order_relaxed) == record)
      atomic_store_explicit(&c->record, NULL, memory_order_release);
  pthread_mutex_unlock(&s->lock);
}

// Taken off its object's list already. True: the callback is to run.
static bool clear_cell_locked(struct wane_weak *c)
{
  WANE_YIELD(22);
  // Note [weak record]: the target first.
  atomic_store_explicit(&c->target, NULL, memory_order_release);
  atomic_store_explicit(&c->record, NULL, memory_order_release);
  if (c->ephemeron) { // has no callback
    struct wane_ephemeron *e = (struct wane_ephemeron *)(void *)c;
    // Note [publish]: relaxed; nobody reads it without a key.
    atomic_store_explicit(&e->value.wane__value, NULL, memory_order_relaxed);
    if (c->abandoned) free(e);
    return false;
  }
  c->queued = c->callback;
  return c->queued;
}

size_t wane__weak_clear(wane_ref o, bool only_callbacks,
                        struct wane_weak **queue)
{
  struct entry **link;
  size_t n = 0;
  struct stripe *s = lock_of(o, &link);
  struct wane_weak **at = *link ? &(*link)->cells : NULL;
  while (at && *at) {
    struct wane_weak *c = *at;
    if (only_callbacks && !c->callback) {
      at = &c->next;
      continue;
    }
    *at = c->next;
    n++;
    if (!clear_cell_locked(c)) continue;
    c->next = *queue;
    *queue = c;
  }
  if (*link && !only_callbacks) remove_if_empty_locked(s, link);
  pthread_mutex_unlock(&s->lock);
  return n;
}

uint64_t wane__weak_age(wane_ref o)
{
  struct entry **link;
  struct stripe *s = lock_of(o, &link);
  uint64_t age = *link ? (*link)->age : UINT64_MAX;
  pthread_mutex_unlock(&s->lock);
  return age;
}

uint64_t wane__weak_newest(void)
{
  // Note [weak counters]
  return atomic_load_explicit(&newest, memory_order_relaxed);
}

uint64_t wane__weak_rescues(void)
{
  // Note [weak counters]
  return atomic_load_explicit(&rescues, memory_order_relaxed);
}

void wane__weak_rescues_reset(void)
{
  // Note [weak counters]
  atomic_store_explicit(&rescues, 0, memory_order_relaxed);
}

int wane__weak_start(void)
{
  for (int i = 0; i < STRIPES; i++) {
    struct stripe *s = &stripes[i];
    pthread_mutex_init(&s->lock, NULL);
    s->n = 0;
    s->n_buckets = BUCKETS_LEAST;
    s->buckets = calloc(s->n_buckets, sizeof(struct entry *));
    if (!s->buckets) {
      wane__weak_stop();
      return -ENOMEM;
    }
  }
  wane__weak_rescues_reset();
  return 0;
}

// Cells that the program did not free are the program's.
void wane__weak_stop(void)
{
  for (int i = 0; i < STRIPES; i++) {
    struct stripe *s = &stripes[i];
    for (size_t b = 0; s->buckets && b < s->n_buckets; b++)
      for (struct entry *e = s->buckets[b], *next; e; e = next) {
        next = e->next;
        free(e);
      }
    free(s->buckets);
    s->buckets = NULL;
  }
}
