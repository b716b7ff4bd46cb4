// condemn.c: garbage that weak references or finalizers may bring back.
// SPDX-License-Identifier: MIT
//
// A set of dead objects with a special member (wane_gc_special) is condemned
// in the round that finds it dead: its weak cells get a record that is
// PENDING. In the next round, when all threads have answered and its
// decrements are applied, the set is looked at again, by the same comparison
// as any cycle: the references inside it (E), then the counts of its members
// (C), then the roots. If C == E, no root holds a member and the record can be
// made DEAD, it goes. Otherwise the record is taken out and its members are
// ordinary objects again, to be found dead another time.
//
// Proof: runtime/DESIGN.md, "Weak references, finalizers, ephemerons". A
// member is CONDEMNED and stands in no list but ours: its `queued` bit keeps
// the zero-count table and the walk away, the flag keeps trial deletion away.

#include "condemn.h"

#include "cascade.h"
#include "cells.h"
#include "finalize.h"
#include "guard.h"
#include "mark.h"
#include "refmap.h"
#include "tally.h"
#include "type.h"
#include "weak.h"

#include <stdlib.h>
#include <string.h>

struct set {
  size_t begin, end;           // its members
  struct wane__record *record; // NULL: it has no weak cell
  uint64_t age;                // see set_age
  bool cycle;                  // a plugin found it
  bool finalizes;              // finalizers come first
};

// Sets that wait for their second look.
struct sets {
  struct set *items;
  size_t n, capacity;
  struct wane__vector members;
  struct wane__refmap place; // object -> 1 + its set
};

static struct {
  struct sets sets;
  bool stopped; // the world is, in this round
  // Taken out of all cells; a reader may still hold the address until it has
  // answered the next handshake (Note [ack]).
  struct wane__record *limbo;
  struct wane__vector again; // closers to tell the plugin of
  uint64_t oldest_gone;      // in this round's decisions; UINT64_MAX: none
  uint64_t oldest_parent;    // of these, that referred to others
  // For the next round's trigger. Note [weak counters]: relaxed.
  _Atomic size_t waiting;
  _Atomic uint64_t condemned, rescued, cleared;
} condemned;

static void count(_Atomic uint64_t *counter, uint64_t n)
{
  // Note [weak counters]
  atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

static void set_waiting(void)
{
  // Note [weak counters]
  atomic_store_explicit(&condemned.waiting, condemned.sets.n,
                        memory_order_relaxed);
}

// --- records -----------------------------------------------------------------

struct wane__record *wane__record_new(bool finalizes)
{
  struct wane__record *record = wane__table_alloc(NULL, sizeof *record);
  atomic_init(&record->state, WANE__PENDING);
  record->finalizes = finalizes;
  record->next = NULL;
  return record;
}

void wane__record_retire(struct wane__record *record)
{
  if (!record) return;
  record->next = condemned.limbo;
  condemned.limbo = record;
}

bool wane__record_kill(struct wane__record *record)
{
  uint32_t state = WANE__PENDING;
  // Note [weak record]
  return atomic_compare_exchange_strong_explicit(
      &record->state, &state, WANE__DEAD, memory_order_acq_rel,
      memory_order_acquire);
}

static void records_free(struct wane__record *list)
{
  for (struct wane__record *next; list; list = next) {
    next = list->next;
    free(list);
  }
}

void wane__condemn_begin(bool stopped)
{
  records_free(condemned.limbo); // a handshake lies between
  condemned.limbo = NULL;
  condemned.stopped = stopped;
  condemned.oldest_gone = condemned.oldest_parent = UINT64_MAX;
}

// --- the first look ----------------------------------------------------------

static void add_member(struct wane__place at)
{
  struct sets *s = &condemned.sets;
  wane__vector_push(&s->members, at.o);
  *wane__refmap_put(&s->place, at.o) = (uint32_t)s->n + 1;
  wane__bit_set(&at.block->bits[at.cell >> 6].queued, at.cell);
  // A reader may bring it back, and what it refers to: a trace keeps it.
  if (wane__mark_runs()) wane__shade(at.o);
  // Note [weak flags]: by read-modify-write, as whoever gets it from a weak
  // cell may do; relaxed, read by the engine and its plugin only.
  atomic_fetch_or_explicit(&at.o->own, WANE_CONDEMNED | WANE_ESCAPED,
                           memory_order_relaxed);
}

// How long wane_collect waits for it and for what it holds: the age of its
// oldest member. Without one (there was no memory to note it) it counts as old
// as what is made now.
static uint64_t set_age(const struct set *set, uint64_t oldest)
{
  bool unknown = oldest == UINT64_MAX && !set->finalizes;
  return unknown ? wane__weak_newest() : oldest;
}

// The members from `begin` on are a set. Their cells get its record.
static void add_set(size_t begin, bool cycle)
{
  struct sets *s = &condemned.sets;
  struct set set = {.begin = begin, .end = s->members.n, .cycle = cycle};
  uint64_t oldest = UINT64_MAX;
  wane_ref *items = s->members.items;
  for (size_t i = begin; i < set.end && !set.finalizes; i++)
    set.finalizes = wane__unfinalized(items[i]);
  WANE_YIELD(20);
  for (size_t i = begin; i < set.end; i++) {
    if (!wane__has_weak(items[i])) continue;
    if (!set.record && !condemned.stopped)
      set.record = wane__record_new(set.finalizes);
    wane__weak_install(items[i], set.record);
    uint64_t age = wane__weak_age(items[i]);
    if (age < oldest) oldest = age;
  }
  set.age = set_age(&set, oldest);
  if (s->n == s->capacity) {
    s->capacity = s->capacity ? 2 * s->capacity : 64;
    s->items = wane__table_alloc(s->items, s->capacity * sizeof *s->items);
  }
  s->items[s->n++] = set;
  set_waiting();
  count(&condemned.condemned, 1);
}

// What a set without a plugin is made of: an object whose count is zero, and
// whatever is held by members alone. The same comparison, piece by piece: when
// the references to an object that were read are as many as its count, all of
// them come from the set. Note [edges before counts].
struct closure {
  struct wane__refmap seen;    // object -> references from the set
  struct wane__vector targets; // of one member
};
static struct closure closure;

static void see_slot(struct wane_slot *slot, void *context)
{
  struct closure *c = context;
  wane_ref o = wane__dead_slot(slot);
  if (o) wane__vector_push(&c->targets, o);
}

static bool joins(wane_ref o, struct wane__place *at)
{
  if (wane__is_apart(o) && (wane__immortal(o) || !wane__has_weak(o)))
    return false;
  *at = wane__place_of(o);
  if (!wane__used(at->block->bits, at->cell) ||
      wane__place_in(wane__rooted_word(*at) | wane__queued_word(*at), *at))
    return false;
  return wane_gc_count(o) == wane__refmap_get(&closure.seen, o);
}

static void close_over(size_t begin)
{
  struct wane__vector *members = &condemned.sets.members;
  for (size_t i = begin; i < members->n; i++) {
    closure.targets.n = 0;
    // A move is under way in its block: its references are unread.
    if (!wane_gc_each_slot(members->items[i], see_slot, &closure)) continue;
    for (size_t k = 0; k < closure.targets.n; k++)
      ++*wane__refmap_put(&closure.seen, closure.targets.items[k]);
    for (size_t k = 0; k < closure.targets.n; k++) {
      struct wane__place at;
      if (joins(closure.targets.items[k], &at)) add_member(at);
    }
  }
  wane__refmap_clear(&closure.seen);
}

bool wane__condemn_zero(wane_ref o)
{
  int64_t local;
  if (!wane_gc_special(o)) return false;
  int64_t now = wane__count_of(o, &local);
  if (wane__has_weak(o)) {
    // A weak reference was read since; what it logged will bring us back.
    if (now) return true;
  } else if (now) {
    wane__leave_to_walk(o, local); // Note [last unit]: as wane__push_last
  }
  size_t begin = condemned.sets.members.n;
  add_member(wane__place_of(o));
  close_over(begin);
  add_set(begin, false);
  return true;
}

// --- a plugin's set ----------------------------------------------------------
// In pieces that have nothing to do with each other, so that a weak reference
// that is read brings back no more than it must.

struct pieces {
  const wane_ref *objects;
  uint32_t *parent; // union-find, by index
  struct wane__refmap index;
  uint32_t current;
};

static uint32_t piece_of(struct pieces *p, uint32_t i)
{
  while (p->parent[i] != i) {
    p->parent[i] = p->parent[p->parent[i]];
    i = p->parent[i];
  }
  return i;
}

static void join_slot(struct wane_slot *slot, void *context)
{
  struct pieces *p = context;
  wane_ref o = wane__dead_slot(slot);
  uint32_t at = o ? wane__refmap_get(&p->index, o) : 0;
  if (at) p->parent[piece_of(p, at - 1)] = piece_of(p, p->current);
}

static void find_pieces(struct pieces *p, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    p->parent[i] = (uint32_t)i;
    *wane__refmap_put(&p->index, p->objects[i]) = (uint32_t)i + 1;
  }
  for (size_t i = 0; i < n; i++) {
    p->current = (uint32_t)i;
    wane_each_slot(p->objects[i], wane_gc_type(p->objects[i]), join_slot, p);
  }
}

void wane_gc_condemn(struct wane_round *r, const wane_ref *objects, size_t n)
{
  if (WANE__GUARDED) {
    wane__guard_call("wane_gc_condemn", WANE__CALL_YOUNG | WANE__CALL_COLLECT,
                     r);
    for (size_t i = 0; i < n; i++)
      wane__guard_object("wane_gc_condemn", objects[i], false);
  }
  (void)r;
  struct pieces p = {.objects = objects};
  p.parent = wane__table_alloc(NULL, (n + 1) * sizeof *p.parent);
  uint32_t *next = wane__table_alloc(NULL, (n + 1) * sizeof *next);
  uint32_t *head = wane__table_alloc(NULL, (n + 1) * sizeof *head);
  find_pieces(&p, n);
  for (size_t i = 0; i < n; i++) head[i] = UINT32_MAX;
  for (size_t i = 0; i < n; i++) { // a list for each piece
    uint32_t root = piece_of(&p, (uint32_t)i);
    next[i] = head[root];
    head[root] = (uint32_t)i;
  }
  for (size_t i = 0; i < n; i++) {
    if (head[i] == UINT32_MAX) continue;
    size_t begin = condemned.sets.members.n;
    for (uint32_t k = head[i]; k != UINT32_MAX; k = next[k])
      add_member(wane__place_of(objects[k]));
    add_set(begin, true);
  }
  wane__refmap_free(&p.index);
  free(p.parent);
  free(next);
  free(head);
}

// --- the second look ---------------------------------------------------------

struct look {
  const struct sets *sets;
  uint32_t set; // 1 + its index
  int64_t inside;
  bool parent; // it refers to what may be part of a cycle outside it
  struct wane_round *round;
};

static bool is_inside(const struct look *l, wane_ref o)
{
  // Note [weak flags]: relaxed; saves the search for most.
  return atomic_load_explicit(&o->own, memory_order_relaxed) & WANE_CONDEMNED &&
         wane__refmap_get(&l->sets->place, o) == l->set;
}

static void count_inside(struct wane_slot *slot, void *context)
{
  struct look *l = context;
  // Note [publish]: as any reader of slots.
  wane_ref o = wane__dead_slot(slot);
  if (o && is_inside(l, o)) l->inside++;
}

static bool still_dead(struct look *l, const struct set *set)
{
  const wane_ref *items = l->sets->members.items;
  int64_t counts = 0;
  l->inside = 0;
  for (size_t i = set->begin; i < set->end; i++)
    if (!wane_gc_each_slot(items[i], count_inside, l)) return false;
  // Note [edges before counts]: all slots of the set were read.
  for (size_t i = set->begin; i < set->end; i++) {
    if (wane_gc_rooted(items[i]) || wane__immortal(items[i])) return false;
    counts += wane_gc_count(items[i]);
  }
  WANE_CHECK(counts >= l->inside,
             "a condemned set has fewer counts than edges");
  return counts == l->inside;
}

// No reader has rescued it, and from now on none can.
static bool confirm(const struct set *set)
{
  WANE_YIELD(21);
#if WANE_MUTANT == 23 // the cells are cleared without a common word
  return true;
#endif
  return !set->record || wane__record_kill(set->record);
}

static void clear_cells(const struct sets *sets, const struct set *set)
{
  struct wane_weak *callbacks = NULL;
  uint64_t n = 0;
  for (size_t i = set->begin; i < set->end; i++) {
    wane_ref o = sets->members.items[i];
    if (wane__has_weak(o)) n += wane__weak_clear(o, set->finalizes, &callbacks);
  }
  count(&condemned.cleared, n);
  wane__finalize_callbacks(callbacks);
}

static void leave_slot(struct wane_slot *slot, void *context)
{
  struct look *l = context;
  wane_ref o = wane__dead_slot(slot);
  if (!o || is_inside(l, o)) return;
  // Note [birth]: the flag is set when it is born.
  l->parent |= !(atomic_load_explicit(&o->own, memory_order_relaxed) &
                 WANE_ACYCLIC);
  if (WANE_UNLIKELY(wane__numa.count)) wane__tally_dec(o);
  wane__drop(l->round, o);
}

static void free_set(struct look *l, const struct set *set)
{
  struct wane_round *r = l->round;
  const wane_ref *items = l->sets->members.items;
  uint64_t bytes = 0;
  for (size_t i = set->begin; i < set->end; i++)
    wane_each_slot(items[i], wane_gc_type(items[i]), leave_slot, l);
  clear_cells(l->sets, set);
  for (size_t i = set->begin; i < set->end; i++) {
    struct wane__place at = wane__place_of(items[i]);
    const struct wane_type *type = wane_gc_type(at.o);
    if (type->death)
      wane__type_death(type, at.o,
                       set->cycle ? WANE_FREED_BY_CYCLE : WANE_FREED_BY_RC);
    wane__bit_clear(&at.block->bits[at.cell >> 6].queued, at.cell);
    bytes += wane__give_cell(at);
  }
  *(set->cycle ? &r->cycle_objects : &r->rc_objects) += set->end - set->begin;
  *(set->cycle ? &r->cycle_bytes : &r->rc_bytes) += bytes;
}

// Its members are ordinary objects again.
static void let_go(struct wane_round *r, const struct sets *sets,
                   const struct set *set)
{
  for (size_t i = set->begin; i < set->end; i++) {
    wane_ref o = sets->members.items[i];
    struct wane__place at = wane__place_of(o);
    if (wane__has_weak(o)) wane__weak_install(o, NULL);
    // Note [weak flags]: relaxed, as it was set.
    atomic_fetch_and_explicit(&o->own, ~(uint32_t)WANE_CONDEMNED,
                              memory_order_relaxed);
    if (wane_gc_count(o) == 0) {
      wane__vector_push(&r->zct, o); // it is `queued`
    } else {
      wane__bit_clear(&at.block->bits[at.cell >> 6].queued, at.cell);
      if (r->want_purple) wane__vector_push(&r->purple, o);
    }
    // Note [closers]
    if (wane__is_closer(o)) wane__vector_push(&condemned.again, o);
  }
}

// The set lives until its finalizers have run: one unit for each member.
static void finalize_set(struct wane_round *r, const struct sets *sets,
                         const struct set *set)
{
  wane_ref *items = &sets->members.items[set->begin];
  size_t n = set->end - set->begin, n_finalize = 0;
  for (size_t i = 0; i < n; i++) {
    wane_ref o = items[i];
    // Note [foreign increments]: relaxed; the queue's lock publishes it.
    atomic_fetch_add_explicit(&o->shared, 1, memory_order_relaxed);
    if (!wane__unfinalized(o)) continue;
    wane__set_finalized(o);
    items[i] = items[n_finalize];
    items[n_finalize++] = o;
  }
  clear_cells(sets, set);
  let_go(r, sets, set);
  wane__finalize_batch(items, n, n_finalize);
}

static void decide(struct look *l, const struct set *set)
{
  if (!still_dead(l, set) || !confirm(set)) {
    count(&condemned.rescued, 1);
    let_go(l->round, l->sets, set);
  } else {
    if (set->age < condemned.oldest_gone) condemned.oldest_gone = set->age;
    if (set->finalizes)
      finalize_set(l->round, l->sets, set);
    else
      free_set(l, set);
    if (l->parent && set->age < condemned.oldest_parent)
      condemned.oldest_parent = set->age;
  }
  wane__record_retire(set->record);
}

void wane__condemn_decide(struct wane_round *r)
{
  if (!condemned.sets.n) return;
  struct sets now = condemned.sets;
  condemned.sets = (struct sets){0};
  for (uint32_t i = 0; i < now.n; i++) {
    struct look l = {.sets = &now, .set = i + 1, .round = r};
    decide(&l, &now.items[i]);
  }
  WANE_CHECK(!condemned.sets.n, "condemned while sets are decided");
  now.n = now.members.n = 0;
  wane__refmap_clear(&now.place);
  condemned.sets = now;
  set_waiting();
}

void wane__condemn_settle(struct wane_round *r)
{
#if WANE_MUTANT != 20 // no second round
  if (!condemned.stopped) return;
#endif
  while (condemned.sets.n) {
    wane__condemn_decide(r);
    wane__release_drain(r);
  }
}

struct wane__vector *wane__condemn_again(void)
{
  return &condemned.again;
}

// --- for others --------------------------------------------------------------

bool wane__condemn_waiting(void)
{
  // Note [weak counters]
  return atomic_load_explicit(&condemned.waiting, memory_order_relaxed);
}

void wane__condemn_each(void (*each)(wane_ref o, void *context), void *context)
{
  const struct wane__vector *members = &condemned.sets.members;
  for (size_t i = 0; i < members->n; i++) each(members->items[i], context);
}

void wane__condemn_count_cleared(uint64_t cells)
{
  count(&condemned.cleared, cells);
}

bool wane__condemn_left_cycles(uint64_t age)
{
  return condemned.oldest_parent <= age;
}

bool wane__condemn_gone(uint64_t age)
{
  return condemned.oldest_gone <= age;
}

// Each object is finalized once, and old sets are so many: this ends.
bool wane__condemn_older(uint64_t age)
{
  if (!wane__condemn_gone(age)) return false;
  for (size_t i = 0; i < condemned.sets.n; i++) {
    const struct set *set = &condemned.sets.items[i];
    if (set->age <= age || set->finalizes) return true;
  }
  return false;
}

void wane__condemn_add_stats(struct wane_stats *stats)
{
  // Note [weak counters]
  stats->condemned_sets =
      atomic_load_explicit(&condemned.condemned, memory_order_relaxed);
  stats->rescued_sets =
      atomic_load_explicit(&condemned.rescued, memory_order_relaxed);
  stats->weak_cleared =
      atomic_load_explicit(&condemned.cleared, memory_order_relaxed);
  stats->weak_rescued = wane__weak_rescues();
  stats->finalized = wane__finalize_count();
}

void wane__condemn_reset_stats(void)
{
  // Note [weak counters]
  atomic_store_explicit(&condemned.condemned, 0, memory_order_relaxed);
  atomic_store_explicit(&condemned.rescued, 0, memory_order_relaxed);
  atomic_store_explicit(&condemned.cleared, 0, memory_order_relaxed);
  wane__weak_rescues_reset();
  wane__finalize_count_reset();
}

void wane__condemn_stop(void)
{
  for (size_t i = 0; i < condemned.sets.n; i++)
    free(condemned.sets.items[i].record);
  free(condemned.sets.items);
  wane__vector_free(&condemned.sets.members);
  wane__refmap_free(&condemned.sets.place);
  condemned.sets = (struct sets){0};
  set_waiting();
  records_free(condemned.limbo);
  condemned.limbo = NULL;
  wane__vector_free(&condemned.again);
  wane__refmap_free(&closure.seen);
  wane__vector_free(&closure.targets);
  wane__condemn_reset_stats();
}
