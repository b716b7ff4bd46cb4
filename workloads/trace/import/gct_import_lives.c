// gct_import_lives.c: when objects die whose roots are told.
// SPDX-License-Identifier: MIT
//
// Merlin: an object dies when the last path to it breaks. That is when it lost
// a root or a reference last, or when what led to it did; so the times spread
// from those that died late to what they lead to.
//
// A recorder that misses roots lets objects be used when nothing reaches them.
// A replay would have reclaimed such a one, so it is held until its last use.
#include "gct_import_history.h"

#include <stdlib.h>

// ---- when does an object die?

// Notes at which op each object lost a root or a reference last.
static bool stamp_all(const struct gct__history *h, struct gct__heap *heap,
                      uint32_t *stamps)
{
  for (uint32_t i = 0; i < h->n_ops; i++) {
    const struct gct__op *op = &h->ops[i];
    if (op->kind == GCT__CHECK) continue;
    uint32_t target = op->kind == GCT__WRITE ? op->target : GCT_NIL;
    uint32_t old = op->kind == GCT__WRITE
                       ? gct__heap_target(heap, op->thing, op->slot)
                       : GCT_NIL;
    if (!gct__history_run(h, heap, i)) return false;
    if (old != GCT_NIL) stamps[old] = i;
    if (op->kind == GCT__BIRTH || op->kind == GCT__UNROOT ||
        h->lives[op->thing].birth_end == i)
      stamps[op->thing] = i;
    if (target != GCT_NIL && h->lives[target].birth_end == i)
      stamps[target] = i;
  }
  return true;
}

// What is reachable from `thing` and has no death yet dies at `when`.
static void spread(const struct gct__history *h, const struct gct__heap *heap,
                   uint8_t *seen, uint32_t *stack, uint32_t thing,
                   uint32_t when)
{
  uint32_t n = 0;
  if (seen[thing]) return;
  seen[thing] = 1;
  stack[n++] = thing;
  while (n > 0) {
    thing = stack[--n];
    h->lives[thing].death = when;
    for (uint32_t i = 0; i < heap->live[thing].n_edges; i++) {
      uint32_t target = gct__heap_target(heap, thing, i);
      if (target == GCT_NIL || seen[target]) continue;
      seen[target] = 1;
      stack[n++] = target;
    }
  }
}

// From the heap after the last op: what has a root lives, the rest died when
// the latest loss was that a path to it goes back to.
static bool spread_all(const struct gct__history *h,
                       const struct gct__heap *heap, const uint32_t *stamps)
{
  uint32_t n = h->n_things;
  uint8_t *seen = gct__job_array(h->job, n, sizeof *seen);
  uint32_t *stack = gct__job_array(h->job, n, sizeof *stack);
  uint64_t *order = gct__job_array(h->job, n, sizeof *order);
  if (seen && stack && order) {
    for (uint32_t i = 0; i < n; i++) {
      if (heap->live[i].roots > 0) spread(h, heap, seen, stack, i, GCT_NIL);
      order[i] = (uint64_t)stamps[i] << 32 | i;
    }
    gct__sort_numbers(order, n);
    for (uint32_t i = n; i-- > 0;)
      spread(h, heap, seen, stack, (uint32_t)order[i],
             (uint32_t)(order[i] >> 32));
  }
  free(seen);
  free(stack);
  free(order);
  return h->job->code == 0;
}

static bool find_deaths(const struct gct__history *h)
{
  struct gct__heap heap;
  uint32_t *stamps = gct__job_array(h->job, h->n_things, sizeof *stamps);
  bool good = gct__heap_begin(&heap, h->job, h->things, h->n_things,
                              h->n_threads, false) &&
              stamps && stamp_all(h, &heap, stamps) &&
              spread_all(h, &heap, stamps);
  free(stamps);
  gct__heap_end(&heap);
  return good;
}

// ---- what is used though nothing reaches it?

#define STEPS 1000 // from holder to holder, on the way back to a root

// Holders of a thing that are still to be looked at.
struct step {
  uint32_t thing, owner, slot;
};

struct search {
  uint32_t *seen;  // by thing: the search that saw it
  uint32_t *known; // by thing: the time when it was last seen to be reachable
  uint32_t number, time; // time: of the last loss that may matter
  struct step path[STEPS];
};

static bool is_known(const struct gct__heap *heap, const struct search *search,
                     uint32_t thing)
{
  return heap->live[thing].roots > 0 || search->known[thing] == search->time;
}

// Does a root reach the thing? Goes back from it, depth first, for roots are
// seldom far up. A search that takes too long is given up: false is safe.
static bool is_reachable(const struct gct__heap *heap, struct search *search,
                         uint32_t thing)
{
  uint32_t depth = 0;
  if (is_known(heap, search, thing)) return true;
  search->seen[thing] = ++search->number;
  search->path[depth++] = (struct step){thing, GCT_NIL, 0};
  for (uint32_t i = 0; i < STEPS - 1 && depth > 0; i++) {
    struct step *top = &search->path[depth - 1];
    top->owner = gct__heap_holder(heap, top->thing, top->owner, &top->slot);
    if (top->owner == GCT_NIL) {
      depth--;
    } else if (is_known(heap, search, top->owner)) {
      while (depth > 0)
        search->known[search->path[--depth].thing] = search->time;
      return true;
    } else if (search->seen[top->owner] != search->number) {
      search->seen[top->owner] = search->number;
      search->path[depth++] = (struct step){top->owner, GCT_NIL, 0};
    }
  }
  return false;
}

// May this op, about to run, make something unreachable? Not a root of birth
// that goes when something else holds the object.
static bool may_lose(const struct gct__history *h, const struct gct__heap *heap,
                     uint32_t now)
{
  const struct gct__op *op = &h->ops[now];
  const struct gct__life *life = &h->lives[op->thing];
  if (op->kind == GCT__UNROOT) return true;
  if (life->birth_end == now && life->first_held != now) return true;
  if (op->kind != GCT__WRITE) return false;
  if (op->target != GCT_NIL) life = &h->lives[op->target];
  return gct__heap_target(heap, op->thing, op->slot) != GCT_NIL ||
         (life->birth_end == now && life->first_held != now);
}

// Lets a thing that nothing reaches keep the root of its birth to its last use.
static void keep(struct gct__history *h, const struct gct__heap *heap,
                 struct search *search, uint32_t thing)
{
  if (thing == GCT_NIL || is_reachable(heap, search, thing)) return;
  struct gct__life *life = &h->lives[thing];
  life->birth_end = life->last_use;
  heap->live[thing].roots++; // this run has ended that root already
  ++*h->kept;
}

static bool keep_all(struct gct__history *h, struct gct__heap *heap,
                     struct gct__deaths *deaths, struct search *search)
{
  for (uint32_t i = 0; i < h->n_ops; i++) {
    const struct gct__op *op = &h->ops[i];
    if (op->kind != GCT__CHECK && op->kind != GCT__BIRTH) {
      keep(h, heap, search, op->thing);
      if (op->kind == GCT__WRITE) keep(h, heap, search, op->target);
    }
    search->time += op->kind != GCT__CHECK && may_lose(h, heap, i);
    if (!gct__history_run(h, heap, i)) return false;
    if (gct__deaths_next(deaths, i))
      gct__heap_bury(heap, deaths->group, deaths->n_group);
  }
  return true;
}

// Finds what is used when no root reaches it, on a heap where the dead are
// gone. That keeps others alive longer, never shorter, so once is enough.
static bool find_kept(struct gct__history *h)
{
  struct gct__heap heap;
  struct gct__deaths deaths;
  struct search *search = calloc(1, sizeof *search);
  if (!search) return gct__job_no_memory(h->job);
  search->seen = gct__job_array(h->job, h->n_things, sizeof *search->seen);
  search->known = gct__job_array(h->job, h->n_things, sizeof *search->known);
  search->time = 1;
  for (uint32_t i = 0; i < h->n_things; i++) {
    struct gct__life *life = &h->lives[i];
    if (life->death < life->last_use) life->death = life->last_use;
  }
  gct__deaths_sort(h, &deaths);
  gct__heap_begin(&heap, h->job, h->things, h->n_things, h->n_threads, false);
  bool good = h->job->code == 0 && keep_all(h, &heap, &deaths, search);
  gct__heap_end(&heap);
  gct__deaths_free(&deaths);
  free(search->seen);
  free(search->known);
  free(search);
  return good;
}

bool gct__history_lives(struct gct__history *h)
{
  if (!find_deaths(h) || !find_kept(h)) return false;
  return *h->kept == 0 || find_deaths(h);
}
