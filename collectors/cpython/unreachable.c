// unreachable.c: subtract, keep what is reachable, free the rest.
// SPDX-License-Identifier: MIT
//
// CPython's deduce_unreachable, in its three steps, on a copy of the counts:
//
//   1 update_refs      refs(o) = count(o), and one more if a root holds it
//   2 subtract_refs    refs(o)-- for each edge from a member to a member
//   3 move_unreachable what has refs > 0 is held from outside the set: it
//                      stays, and so does all it reaches within the set
//
// The rest is unreachable: every reference to it comes from the rest. CPython
// then runs tp_clear and lets the counts do the work. Here what the rest
// refers to outside itself is taken back, and the rest is freed at once.
//
// The world is stopped and all decrements are applied, so counts and edges
// agree and nothing needs to be read twice. What is handed over, but not in
// the set, is outside like any other object.

#include "unreachable.h"

#include "table.h"

// refs of what is never freed here, whatever is subtracted: immortal objects,
// whose counts say nothing, and what has count zero, which is the engine's.
#define HELD UINT32_MAX
#define NOT_IN_SET UINT32_MAX

static inline uint32_t place(const struct search *s, wane_ref o)
{
  uint32_t word = member_of(o);
  return word >> MEMBER_SHIFT == s->generation + 1 ? word & MEMBER_INDEX
                                                   : NOT_IN_SET;
}

static inline wane_ref target(struct wane_slot *slot)
{
  // Note [publish]: acquire, though the stop itself would order it; so that
  // all readers of slots look alike.
  return atomic_load_explicit(&slot->wane__value, memory_order_acquire);
}

static inline void each_slot(struct search *s, size_t i, wane_visit visit)
{
  wane_ref o = s->set->items[i];
  wane_each_slot(o, wane_gc_type(o), visit, s);
}

// Before member i of a walk over all of them is looked at: the members' own
// cells are most of what a search waits for.
static inline void prefetch(const struct search *s, size_t i)
{
  if (i + 16 < s->set->n) __builtin_prefetch(s->set->items[i + 16]);
}

// --- 1 -----------------------------------------------------------------------

static uint32_t refs_of(wane_ref o)
{
  if (wane_gc_opaque(o)) return HELD;
  int64_t count = wane_gc_count(o);
  return count ? (uint32_t)(count + wane_gc_rooted(o)) : HELD;
}

static void update_refs(struct search *s)
{
  if (s->set->n > s->capacity) {
    s->capacity = s->set->capacity;
    s->refs = table(s->refs, s->capacity * sizeof *s->refs);
  }
  for (size_t i = 0; i < s->set->n; i++) {
    prefetch(s, i);
    s->refs[i] = refs_of(s->set->items[i]);
  }
}

// --- 2 -----------------------------------------------------------------------

static inline void subtract(struct wane_slot *slot, void *context)
{
  struct search *s = context;
  wane_ref o = target(slot);
  if (!o) return;
  s->edges++;
  uint32_t i = place(s, o);
  if (i == NOT_IN_SET || s->refs[i] == HELD) return;
  if (WANE_UNLIKELY(!s->refs[i])) {
    fprintf(stderr,
            "wane: cpython: more references to an object of type %s "
            "than its count says\n",
            wane_gc_type(o)->name);
    abort();
  }
  s->refs[i]--;
}

static void subtract_refs(struct search *s)
{
  for (size_t i = 0; i < s->set->n; i++) {
    prefetch(s, i);
    each_slot(s, i, subtract);
  }
}

// --- 3 -----------------------------------------------------------------------

static void push(struct search *s, uint32_t i)
{
  if (s->depth == s->stack_capacity) {
    s->stack_capacity = s->stack_capacity ? s->stack_capacity * 2 : 1024;
    s->stack = table(s->stack, s->stack_capacity * sizeof *s->stack);
  }
  s->stack[s->depth++] = i;
}

// A reachable object refers to it. CPython moves it back from the list of the
// unreachable if it stands there, and else leaves it to its turn.
static inline void reach(struct wane_slot *slot, void *context)
{
  struct search *s = context;
  wane_ref o = target(slot);
  if (!o) return;
  uint32_t i = place(s, o);
  if (i == NOT_IN_SET || s->refs[i]) return;
  s->refs[i] = 1;
  // 30: its turn is over, and what it refers to is not looked at
  if (i < s->at && WANE_MUTANT != 30) push(s, i);
}

static void move_reachable(struct search *s)
{
  for (s->at = 0; s->at < s->set->n; s->at++) {
    prefetch(s, s->at);
    if (!s->refs[s->at]) continue;
    each_slot(s, s->at, reach);
    while (s->depth) each_slot(s, s->stack[--s->depth], reach);
  }
}

// --- the rest ----------------------------------------------------------------

// A dead member's reference: taken back unless it stays among the dead.
static inline void take_back(struct wane_slot *slot, void *context)
{
  struct search *s = context;
  wane_ref o = target(slot);
  if (!o) return;
  uint32_t i = place(s, o);
  if (i != NOT_IN_SET && !s->refs[i]) return;
  wane_gc_dec(s->round, o);
}

// Weak references or finalizers: the runtime takes the unreachable over. They
// are members as long as they live.
static bool condemn_rest(struct search *s)
{
  size_t n = s->set->n, dead = 0;
  bool special = false;
  if (!wane_gc_any_special()) return false;
  for (size_t i = 0; i < n && !special; i++)
    special = !s->refs[i] && wane_gc_special(s->set->items[i]);
  if (!special) return false;
  wane_ref *rest = table(NULL, n * sizeof *rest);
  for (size_t i = 0; i < n; i++)
    if (!s->refs[i]) rest[dead++] = s->set->items[i];
  wane_gc_condemn(s->round, rest, dead);
  free(rest);
  return true;
}

static void free_rest(struct search *s)
{
  size_t n = s->set->n, begin;
  if (condemn_rest(s)) return;
  for (size_t i = 0; i < n; i++) {
    prefetch(s, i);
    if (!s->refs[i]) each_slot(s, i, take_back);
  }
  for (size_t i = 0; i < n; i++) {
    for (begin = i; i < n && !s->refs[i]; i++) continue;
    if (begin < i) wane_gc_free(s->round, &s->set->items[begin], i - begin);
  }
}

void unreachable_free(struct search *s, struct wane_round *round,
                      const struct members *set, uint32_t generation)
{
  s->round = round;
  s->set = set;
  s->generation = generation;
  s->edges = 0;
  update_refs(s);
  subtract_refs(s);
  move_reachable(s);
  free_rest(s);
  wane_gc_traced(round, set->n, set->n, s->edges);
}

void search_free(struct search *s)
{
  free(s->refs);
  free(s->stack);
  *s = (struct search){0};
}
