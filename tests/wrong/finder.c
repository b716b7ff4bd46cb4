// finder.c: a small cycle finder, with a place for each of many mistakes.
// SPDX-License-Identifier: MIT
//
// Built once without a mistake (WRONG is 0) and once for each number in
// wrong.txt, which says what each copies. The algorithm is that of Bacon and
// Rajan with the world stopped: subtract inner references from copies of the
// counts, keep what is still held from outside and what that reaches, free the
// rest.

#include <wane/collector.h>

#include <stdlib.h>
#include <string.h>

#define BUG(n) (WRONG == (n))
#define TEXT(n) #n
#define NAME(n) "wrong_" TEXT(n)

#define LISTED (1u << 31) // in scratch, beside 1 + the index of its node
#define INDEX (LISTED - 1)

struct node {
  wane_ref object;
#if WRONG == 18
  int8_t count;
#elif WRONG == 65
  int16_t count;
#else
  int64_t count;
#endif
  bool kept;
};

static struct {
  wane_ref *candidate;
  size_t n, capacity;
  struct node *node;
  uint32_t n_nodes, nodes, *stack, depth;
  uint32_t from;        // whose slots are visited
  uint32_t slot;        // how many of them were
  unsigned drop, calls; // of some mistakes
  struct wane_round *round;
} f;

static void *grow(void *old, size_t bytes)
{
  void *p = realloc(old, bytes);
  if (!p) abort();
  return p;
}

static int start(const union wane_value *values, void **state)
{
  (void)values;
  (void)state;
  memset(&f, 0, sizeof f);
  return 0;
}

static void stop(void *state)
{
  (void)state;
  free(f.candidate);
  free(f.node);
  free(f.stack);
}

static void closers(void *state, const wane_ref *objects, size_t n)
{
  (void)state;
  for (size_t i = 0; i < n; i++) {
    uint32_t *scratch = wane_gc_scratch(objects[i]);
    if (BUG(19) && ++f.drop % 16 == 0) continue;
    if (BUG(20) && f.n >= 100) continue;
    uint32_t own = atomic_load(&objects[i]->own);
    if (BUG(56) && own >> WANE_OWNER_SHIFT >= 64) continue;
    if (BUG(60) && own & WANE_LARGE) continue;
    if (*scratch & LISTED) continue;
    *scratch |= LISTED;
    if (f.n == f.capacity) {
      f.capacity = f.capacity ? 2 * f.capacity : 256;
      f.candidate = grow(f.candidate, f.capacity * sizeof *f.candidate);
    }
    f.candidate[f.n++] = objects[i];
  }
}

static bool due(void *state)
{
  (void)state;
  return BUG(12) || BUG(57) ? false : f.n > 500;
}

static int64_t held_by_others(wane_ref o)
{
  if (BUG(4)) // the owner's half only
    return (int64_t)atomic_load(&o->local) + wane_gc_rooted(o);
  if (BUG(3) || (BUG(72) && f.n_nodes > 10000)) return wane_gc_count(o);
  return wane_gc_count(o) + wane_gc_rooted(o);
}

static wane_ref load(struct wane_slot *slot)
{
  return atomic_load(&slot->wane__value);
}

static uint32_t index_of(wane_ref o)
{
  uint32_t *scratch = wane_gc_scratch(o);
  if (*scratch & INDEX) return (*scratch & INDEX) - 1;
  if (f.n_nodes == f.nodes) {
    f.nodes = f.nodes ? 2 * f.nodes : 1024;
    f.node = grow(f.node, f.nodes * sizeof *f.node);
    f.stack = grow(f.stack, f.nodes * sizeof *f.stack);
  }
  f.node[f.n_nodes] = (struct node){.object = o};
  f.node[f.n_nodes].count = (__typeof__(f.node->count))held_by_others(o);
  *scratch = (*scratch & LISTED) | (f.n_nodes + 1);
  f.stack[f.depth++] = f.n_nodes;
  return f.n_nodes++;
}

// What an object holds as the key of an ephemeron is not among them.
static void each_slot_but_values(wane_ref o, wane_visit each)
{
  const struct wane_type *type = wane_gc_type(o);
  wane_each_fixed_slot(o, type, each, NULL);
  if (type->trace) type->trace(o, each, NULL);
  if (!type->array_offset) return;
  struct wane_array *array = (void *)o;
  struct wane_slot *slots = (void *)((char *)o + type->array_offset);
  for (uint32_t i = 0; i < array->length; i++) each(&slots[i], NULL);
}

static void visit(uint32_t node, wane_visit each)
{
  wane_ref o = f.node[node].object;
  f.from = node;
  f.slot = 0;
  if (BUG(61))
    each_slot_but_values(o, each);
  else
    wane_each_slot(o, wane_gc_type(o), each, NULL);
}

static void subtract(struct wane_slot *slot, void *context)
{
  wane_ref to = load(slot);
  (void)context;
  f.slot++;
  if (!to || wane_gc_opaque(to)) return;
  if (BUG(1) && to == f.node[f.from].object) return;
  if (BUG(17) && f.slot > 1) return;
  uint32_t from = f.from, i = index_of(to);
  f.node[i].count--;
  if (BUG(2) && f.slot == 2) f.node[i].count--;
  if (BUG(54) && f.depth) visit(f.stack[--f.depth], subtract);
  f.from = from;
}

static void keep(struct wane_slot *slot, void *context)
{
  wane_ref to = load(slot);
  (void)context;
  f.slot++;
  if (!to || wane_gc_opaque(to)) return;
  if ((BUG(11) && f.slot > 1) || (BUG(71) && f.slot > UINT16_MAX)) return;
  uint32_t i = index_of(to);
  if (f.node[i].kept) return;
  f.node[i].kept = true;
  if (!BUG(10)) f.stack[f.depth++] = i;
}

static bool dead(wane_ref o)
{
  uint32_t index = *wane_gc_scratch(o) & INDEX;
  return index && !f.node[index - 1].kept;
}

static void take_back(struct wane_slot *slot, void *context)
{
  wane_ref to = load(slot);
  (void)context;
  if (!to || BUG(5)) return;
  if (dead(to) && !BUG(6)) return;
  wane_gc_dec(f.round, to);
  if (BUG(34)) wane_gc_dec(f.round, to);
}

static bool condemn(void)
{
  bool special = false;
  size_t n = 0;
  for (uint32_t i = 0; i < f.n_nodes; i++) {
    wane_ref o = f.node[i].object;
    if (f.node[i].kept) continue;
    if (BUG(67))
      special |= atomic_load(&o->own) & WANE_HAS_WEAK;
    else if (!BUG(62) || i < 64)
      special |= wane_gc_special(o);
  }
  if (!special || BUG(16)) return false;
  wane_ref *all = grow(NULL, f.n_nodes * sizeof *all);
  for (uint32_t i = 0; i < f.n_nodes; i++) {
    uint32_t *scratch = wane_gc_scratch(f.node[i].object);
    *scratch = f.node[i].kept ? *scratch & LISTED : BUG(63) ? *scratch : 0;
    if (!f.node[i].kept) all[n++] = f.node[i].object;
  }
  wane_gc_condemn(f.round, all, n);
  free(all);
  return true;
}

static void free_the_rest(bool full)
{
  uint32_t left = BUG(52) ? 8 : UINT32_MAX;
  (void)full;
  if (condemn()) return;
  for (uint32_t i = 0; i < f.n_nodes; i++) {
    if (f.node[i].kept || !left) continue;
    visit(i, take_back);
    // The others have yet to look at it.
    if (BUG(7)) wane_gc_free(f.round, &f.node[i].object, 1);
  }
  for (uint32_t i = 0; i < f.n_nodes; i++) {
    wane_ref o = f.node[i].object;
    if (f.node[i].kept || !left)
      *wane_gc_scratch(o) &= BUG(15) ? ~0u : LISTED;
    else if (!BUG(7))
      wane_gc_free(f.round, &o, 1), left--;
    if (BUG(30) && !f.node[i].kept) wane_gc_free(f.round, &o, 1);
  }
}

// Entries whose objects have died since.
static void drop_dead(void)
{
  size_t n = 0;
  if (BUG(9)) return;
  for (size_t i = 0; i < f.n; i++) {
    wane_ref o = f.candidate[i];
    if (!wane_gc_at_cell(o) || !(*wane_gc_scratch(o) & LISTED)) continue;
    *wane_gc_scratch(o) &= ~LISTED; // a cell used again may be listed twice
    f.candidate[n++] = o;
  }
  f.n = n;
  for (size_t i = 0; i < n; i++) *wane_gc_scratch(f.candidate[i]) |= LISTED;
}

static void collect(void *state, struct wane_round *round, bool full)
{
  (void)state;
  f.calls++;
  if (BUG(12) || (BUG(22) && full)) return;
  f.round = round;
  f.n_nodes = f.depth = 0;
  drop_dead();
  if (BUG(58)) f.stack = grow(NULL, (f.nodes + 1) * sizeof *f.stack);
  while (BUG(13) && f.n) drop_dead(); // until all candidates are gone
  for (size_t i = 0; i < f.n; i++) {
    index_of(f.candidate[i]);
    while (f.depth) visit(f.stack[--f.depth], subtract);
    if (BUG(53) && i == 0) break; // the others another time
  }
  for (uint32_t i = 0; i < f.n_nodes; i++) {
    if (f.node[i].kept || f.node[i].count <= 0) continue;
    f.node[i].kept = true;
    f.stack[f.depth++] = i;
    while (f.depth) visit(f.stack[--f.depth], keep);
  }
  free_the_rest(full);
  for (size_t i = 0; BUG(66) && i < f.n; i++) // they were looked at, once
    if (wane_gc_at_cell(f.candidate[i])) *wane_gc_scratch(f.candidate[i]) = 0;
  drop_dead();
}

#define STOPS (BUG(26) ? 0 : WANE_NEED_WORLD_STOP)

WANE_COLLECTOR_EXPORT = {
    .size = sizeof(struct wane_collector),
    .abi = WANE_COLLECTOR_ABI,
    .name = NAME(WRONG),
    .help = "a cycle finder for tests, right or wrong",
    .barrier = WANE_BARRIER_RC_LOG,
    .needs = WANE_NEED_CLOSERS | WANE_NEED_SCRATCH | STOPS,
    .claims = WANE_CLAIM_ACYCLIC | WANE_CLAIM_COMPLETE | WANE_CLAIM_WEAK,
    .start = start,
    .stop = stop,
    .closers = closers,
    .due = due,
    .collect = collect,
};
