// audit.c: the oracle: the heap as it is, found without a look at the counts.
// SPDX-License-Identifier: MIT
//
// The walk copies objects, counts and edges while the world is stopped; what
// is reachable, what is garbage and what each count should be is worked out
// afterwards from the copy.

#include "world.h"

#include <string.h>

struct object {
  wane_ref ref;
  int64_t count;
  uint64_t id;
  bool immortal;
  bool marked;
  uint32_t first, n; // its edges
  int64_t in;        // references to it, from the heap and from handles
  int64_t dead_in;   // references from garbage
};

struct copy {
  struct object *objects;
  size_t n, capacity;
  wane_ref *edges;
  size_t n_edges, edge_capacity;
  uint32_t *table; // hash: reference -> index + 1
  size_t mask;
  uint32_t *stack;
};

static void *grown(void *old, size_t *capacity, size_t size)
{
  *capacity = *capacity ? *capacity * 2 : 1024;
  void *p = realloc(old, *capacity * size);
  if (!p) abort();
  return p;
}

static void take_slot(struct wane_slot *slot, void *context)
{
  struct copy *c = context;
  wane_ref o = wane_load(slot);
  if (!o) return;
  if (c->n_edges == c->edge_capacity)
    c->edges = grown(c->edges, &c->edge_capacity, sizeof *c->edges);
  c->edges[c->n_edges++] = o;
}

static void take_object(wane_ref o, size_t cell_bytes, void *context)
{
  struct copy *c = context;
  (void)cell_bytes;
  if (c->n == c->capacity)
    c->objects = grown(c->objects, &c->capacity, sizeof *c->objects);
  struct object *x = &c->objects[c->n++];
  *x = (struct object){.ref = o,
                       .count = wane_count_of(o),
                       .id = world_id(o),
                       .immortal = atomic_load(&o->own) & WANE_IMMORTAL,
                       .first = (uint32_t)c->n_edges};
  wane_each_slot(o, wane_type_of(o), take_slot, c);
  x->n = (uint32_t)c->n_edges - x->first;
}

static size_t hash(const struct copy *c, wane_ref o)
{
  return ((uintptr_t)o >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 20 & c->mask;
}

static void index_objects(struct copy *c)
{
  size_t size = 64;
  while (size < 2 * c->n) size *= 2;
  c->mask = size - 1;
  c->table = calloc(size, sizeof *c->table);
  c->stack = malloc((c->n + 1) * sizeof *c->stack);
  if (!c->table || !c->stack) abort();
  for (size_t i = 0; i < c->n; i++) {
    size_t at = hash(c, c->objects[i].ref);
    while (c->table[at]) at = (at + 1) & c->mask;
    c->table[at] = (uint32_t)i + 1;
  }
}

static struct object *find(const struct copy *c, wane_ref o)
{
  for (size_t at = hash(c, o); c->table[at]; at = (at + 1) & c->mask)
    if (c->objects[c->table[at] - 1].ref == o)
      return &c->objects[c->table[at] - 1];
  return NULL;
}

// The object a reference leads to; NULL, and a record, if there is none.
static struct object *target(const struct copy *c, wane_ref o,
                             const char *whose, uint64_t id)
{
  struct object *x = find(c, o);
  if (!x)
    check_record(&world_log, __FILE__, __LINE__,
                 "%s %" PRIu64 " refers to %p, where no object is", whose, id,
                 (void *)o);
  return x;
}

static void count_references(struct copy *c, const wane_ref *counted, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    struct object *x =
        counted[i] ? target(c, counted[i], "handle", i) : NULL;
    if (x) x->in++;
  }
  for (size_t i = 0; i < c->n; i++)
    for (uint32_t e = 0; e < c->objects[i].n; e++) {
      struct object *x = target(c, c->edges[c->objects[i].first + e],
                                "object", c->objects[i].id);
      if (x) x->in++;
    }
}

static void check_counts(const struct copy *c)
{
  for (size_t i = 0; i < c->n; i++) {
    const struct object *x = &c->objects[i];
    if (x->immortal || x->count == x->in) continue;
    check_record(&world_log, __FILE__, __LINE__,
                 "object %" PRIu64 " has count %" PRId64 ", and %" PRId64
                 " references",
                 x->id, x->count, x->in);
  }
}

static void mark_from(struct copy *c, const wane_ref *refs, size_t n)
{
  for (size_t r = 0; r < n; r++) {
    struct object *x = refs[r] ? target(c, refs[r], "root", r) : NULL;
    size_t depth = 0;
    if (!x || x->marked) continue;
    x->marked = true;
    c->stack[depth++] = (uint32_t)(x - c->objects);
    while (depth) {
      x = &c->objects[c->stack[--depth]];
      for (uint32_t e = 0; e < x->n; e++) {
        struct object *y = find(c, c->edges[x->first + e]);
        if (!y || y->marked) continue;
        y->marked = true;
        c->stack[depth++] = (uint32_t)(y - c->objects);
      }
    }
  }
}

// Takes away garbage that no garbage refers to, again and again.
static uint64_t peel(struct copy *c)
{
  uint64_t peeled = 0;
  size_t depth = 0;
  for (size_t i = 0; i < c->n; i++)
    for (uint32_t e = 0; !c->objects[i].marked && e < c->objects[i].n; e++) {
      struct object *y = find(c, c->edges[c->objects[i].first + e]);
      if (y) y->dead_in++;
    }
  for (size_t i = 0; i < c->n; i++)
    if (!c->objects[i].marked && !c->objects[i].dead_in)
      c->stack[depth++] = (uint32_t)i;
  while (depth) {
    struct object *x = &c->objects[c->stack[--depth]];
    peeled++;
    for (uint32_t e = 0; e < x->n; e++) {
      struct object *y = find(c, c->edges[x->first + e]);
      if (y && --y->dead_in == 0 && !y->marked)
        c->stack[depth++] = (uint32_t)(y - c->objects);
    }
  }
  return peeled;
}

static void free_copy(struct copy *c)
{
  free(c->objects);
  free(c->edges);
  free(c->table);
  free(c->stack);
}

struct world_audit world_audit(struct wane_mutator *m, const wane_ref *counted,
                               size_t n_counted, const wane_ref *rooted,
                               size_t n_rooted)
{
  struct copy c = {0};
  struct world_audit audit = {0};
  if (m) wane_detach(m);
  wane_heap_walk(take_object, &c);
  if (m) wane_attach(m);
  index_objects(&c);
  count_references(&c, counted, n_counted);
  if (world.counts) check_counts(&c);
  mark_from(&c, counted, n_counted);
  mark_from(&c, rooted, n_rooted);
  for (size_t i = 0; i < c.n; i++) audit.reachable += c.objects[i].marked;
  audit.objects = c.n;
  audit.garbage = audit.objects - audit.reachable;
  audit.acyclic = peel(&c);
  free_copy(&c);
  return audit;
}

struct world_audit world_settle(struct wane_mutator *m,
                                const wane_ref *counted, size_t n_counted,
                                const wane_ref *rooted, size_t n_rooted)
{
  if (m)
    wane_collect(m);
  else
    wane_collect_foreign();
  struct world_audit audit =
      world_audit(m, counted, n_counted, rooted, n_rooted);
  if (world.complete) CHECK_EQ(&world_log, audit.garbage, 0);
  if (world.acyclic) CHECK_EQ(&world_log, audit.acyclic, 0);
  if (!world.acyclic && !world.complete) CHECK_EQ(&world_log, world_died(), 0);
  return audit;
}
