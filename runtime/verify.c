// verify.c: looks at the whole heap with the world stopped.
// SPDX-License-Identifier: MIT
//
// In a round of its own after one that collected. Every thread has handed over
// its roots and its young, every decrement is applied. From roots and handles
// everything reachable is visited, with marks and counts of the oracle's own,
// by nothing that a collector uses but the types' slots:
//   - what is reachable is an object, and none of the cells that were freed
//     since the oracle last looked. Those are held back until now (if somebody
//     asked for the verifier), so that no new object hides a stale reference;
//   - the count of each object is the number of references to it;
//   - what is known about blocks agrees with what is in them;
//   - if a trace is over and its sweep is not, what is reachable is marked.
// After the sanity checker of MMTk, and Blackburn and McKinley's use of one
// collector as the oracle of another.

#include "verify.h"

#include "cascade.h"
#include "cells.h"
#include "finalize.h"
#include "mark.h"
#include "roots.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define EVERY_CHECKED 64 // rounds that collect, in checked builds
#define HELD_MOST 65536  // words of cells held back

bool wane__verify_holds;
uint64_t wane__verify_round;
const char *wane__verify_cause = WANE__BY_COUNT;

struct held {
  uint32_t block, word;
  uint64_t cells;
  uint64_t round;    // in which they died
  const char *cause; // and how
};

static struct {
  uint32_t every, left; // rounds that collect
  pthread_mutex_t lock; // of what is held
  struct held *held;
  size_t n_held, capacity;
  // While it looks.
  uint32_t blocks;  // tables are for so many
  uint32_t *in;     // references to each cell, one more if it was reached
  struct wane__vector stack;
  wane_ref from;    // whose slots are read; NULL: roots
  const char *root; // then: what kind
  unsigned told;    // holders
} verify = {.lock = PTHREAD_MUTEX_INITIALIZER};

// --- cells held back ---------------------------------------------------------

void wane__verify_hold(uint32_t block, uint32_t word, uint64_t cells)
{
  _Atomic uint64_t *held = &wane__blocks[block].bits[word].held;
  pthread_mutex_lock(&verify.lock);
  if (verify.n_held == verify.capacity) {
    verify.capacity = verify.capacity ? verify.capacity * 2 : 1024;
    verify.held = wane__table_alloc(verify.held,
                                    verify.capacity * sizeof *verify.held);
  }
  verify.held[verify.n_held++] =
      (struct held){block, word, cells, wane__verify_round, wane__verify_cause};
  // Note [cells]
  atomic_store_explicit(held,
                        atomic_load_explicit(held, memory_order_relaxed) |
                            cells,
                        memory_order_release);
  pthread_mutex_unlock(&verify.lock);
}

static void give_back(const struct held *h)
{
  struct wane_gc_block *g = &wane_gc_heap.blocks[h->block];
  _Atomic uint64_t *held = &wane__blocks[h->block].bits[h->word].held;
  // Note [cells]
  uint64_t old = atomic_load_explicit(held, memory_order_relaxed);
  atomic_store_explicit(held, old & ~h->cells, memory_order_release);
  if (wane_gc_cell_size(g) > WANE__SMALL_MAX) {
    wane__heap_free_run(h->block);
    return;
  }
  g->live -= (uint32_t)__builtin_popcountl(h->cells);
  if (g->live <= g->mark) wane__heap_reclassify(h->block);
}

static void give_all_back(void)
{
  for (size_t i = 0; i < verify.n_held; i++) give_back(&verify.held[i]);
  verify.n_held = 0;
}

// --- what is wrong -----------------------------------------------------------

static const char *name_of(wane_ref o)
{
  return wane_gc_type(o)->name;
}

// What is known of an object that was freed: what is left of it in a cell that
// is held back.
static void tell_life(wane_ref o)
{
  uint32_t cell = wane_gc_cell_of(wane_gc_block_of(o), o);
  for (size_t i = verify.n_held; i-- > 0;) {
    const struct held *h = &verify.held[i];
    if (h->block != wane__block_index(o) || h->word != cell >> 6 ||
        !(h->cells >> (cell & 63) & 1))
      continue;
    wane__report("%p was freed in round %llu, %s; this is round %llu",
                 (void *)o, (unsigned long long)h->round, h->cause,
                 (unsigned long long)wane__verify_round);
#if !WANE_CHECKED // which poisons what is freed
    wane__report("its type was %s, made by thread %u; its count was %u (its "
                 "thread's) %+d (others' and taken back)",
                 o->type && wane_gc_heap.types[o->type] ? name_of(o) : "?",
                 atomic_load(&o->own) >> WANE_OWNER_SHIFT,
                 atomic_load(&o->local), atomic_load(&o->shared));
#endif
    return;
  }
}

void wane__verify_tell(wane_ref o)
{
  size_t offset = (size_t)((char *)o - wane_gc_heap.base);
  if (offset >> WANE_BLOCK_SHIFT >= wane__heap_blocks_ever() ||
      !wane_gc_at_cell(o))
    return;
  uint32_t cell = wane_gc_cell_of(wane_gc_block_of(o), o);
  if (!wane__used(wane__blocks[wane__block_index(o)].bits, cell)) {
    tell_life(o);
    return;
  }
  if (!o->type || !wane_gc_heap.types[o->type]) return;
  wane__report("%p is a %s, made by thread %u; its count is %u (its thread's) "
               "%+d (others' and taken back); roots of this round %s it",
               (void *)o, name_of(o), atomic_load(&o->own) >> WANE_OWNER_SHIFT,
               atomic_load(&o->local), atomic_load(&o->shared),
               wane_gc_rooted(o) ? "hold" : "do not hold");
}

_Noreturn static void stale(wane_ref o, const char *what)
{
  size_t offset = (size_t)((char *)o - wane_gc_heap.base);
  if (offset >> WANE_BLOCK_SHIFT < verify.blocks) wane__verify_tell(o);
  if (verify.from)
    wane__fatal(__FILE__, __LINE__,
                "verifier: a live object (%s at %p) refers to %p, %s",
                name_of(verify.from), (void *)verify.from, (void *)o, what);
  wane__fatal(__FILE__, __LINE__, "verifier: a %s refers to %p, %s",
              verify.root, (void *)o, what);
}

// --- reaching ----------------------------------------------------------------

static uint32_t *entry_of(wane_ref o)
{
  uint32_t index = wane__block_index(o);
  uint32_t cell = wane_gc_cell_of(&wane_gc_heap.blocks[index], o);
  return &verify.in[(size_t)index * WANE__CELLS_MAX + cell];
}

#define REACHED (1u << 31) // the rest of an entry counts references

static void reach(wane_ref o)
{
  size_t offset = (size_t)((char *)o - wane_gc_heap.base);
  if (offset >> WANE_BLOCK_SHIFT >= verify.blocks)
    stale(o, "which is not in the heap");
  const struct wane_gc_block *g = wane_gc_block_of(o);
  const struct wane__block *b = &wane__blocks[wane__block_index(o)];
  uint32_t cell = wane_gc_cell_of(g, o);
  uint64_t bit = (uint64_t)1 << (cell & 63);
  if (!wane_gc_at_cell(o)) stale(o, "where no object begins");
  // Note [cells]
  if (atomic_load_explicit(&b->bits[cell >> 6].held, memory_order_acquire) &
      bit)
    stale(o, "which was freed although it is reachable");
  if (!wane__used(b->bits, cell)) stale(o, "where no object is");
  uint32_t *entry = entry_of(o);
  if (*entry & REACHED) return;
  *entry |= REACHED;
  if (!o->type || !wane_gc_heap.types[o->type])
    stale(o, "which has no type any more");
  if (wane__mark_over() && wane__block_index(o) >= wane__swept &&
      !wane_gc_marked(o))
    stale(o, "which is not marked although marking is over");
  wane__vector_push(&verify.stack, o);
}

static void reach_root(wane_ref o, void *context)
{
  (void)context;
  reach(o);
}

static void reach_slot(struct wane_slot *slot, void *context)
{
  (void)context;
  wane_ref o = wane_load(slot);
  if (o) reach(o);
}

static void reach_all(const struct wane_round *r)
{
  verify.from = NULL;
  verify.root = "root";
  for (size_t i = 0; i < r->roots->n; i++) reach(r->roots->items[i]);
  verify.root = "handle";
  wane__handles_each(reach_root, NULL);
  verify.root = "finalizer's queue";
  wane__finalize_each(reach_root, NULL);
  while (verify.stack.n) {
    wane_ref o = verify.stack.items[--verify.stack.n];
    verify.from = o;
    wane_each_slot(o, wane_gc_type(o), reach_slot, NULL);
  }
}

// --- counting ----------------------------------------------------------------

static void count_root(wane_ref o, void *context)
{
  (void)context;
  ++*entry_of(o);
}

static void count_slot(struct wane_slot *slot, void *context)
{
  (void)context;
  wane_ref o = wane_load(slot);
  if (o) ++*entry_of(o);
}

static void count_object(wane_ref o, size_t cell_bytes, void *context)
{
  (void)cell_bytes;
  (void)context;
  wane_each_slot(o, wane_gc_type(o), count_slot, NULL);
}

#define HOLDERS_MOST 3 // that are told of

static void tell_holder(struct wane_slot *slot, void *context)
{
  const struct wane_object *held = context;
  if (wane_load(slot) != held || verify.told++ >= HOLDERS_MOST) return;
  wane__report("a %s at %p refers to it", name_of(verify.from),
               (void *)verify.from);
}

static void tell_if_holder(wane_ref o, size_t cell_bytes, void *context)
{
  (void)cell_bytes;
  verify.from = o;
  wane_each_slot(o, wane_gc_type(o), tell_holder, context);
}

static void compare_count(wane_ref o, size_t cell_bytes, void *context)
{
  (void)cell_bytes;
  (void)context;
  int64_t references = *entry_of(o) & ~REACHED;
  if (wane__immortal(o) || wane_gc_count(o) == references) return;
  wane__verify_tell(o);
  verify.told = 0;
  wane__heap_each_used(tell_if_holder, o);
  wane__fatal(__FILE__, __LINE__,
              "verifier: object %p (%s) has count %lld, and %lld references",
              (void *)o, name_of(o), (long long)wane_gc_count(o),
              (long long)references);
}

// --- blocks ------------------------------------------------------------------

static void check_block(uint32_t index)
{
  const struct wane__block *b = &wane__blocks[index];
  const struct wane_gc_block *g = &wane_gc_heap.blocks[index];
  uint32_t cells = 0;
  for (uint32_t i = 0; i * 64 < b->cells; i++) {
    // Note [cells]
    uint64_t used = atomic_load_explicit(&b->bits[i].used,
                                         memory_order_acquire);
    uint64_t held = atomic_load_explicit(&b->bits[i].held,
                                         memory_order_acquire);
    if (used & held)
      wane__fatal(__FILE__, __LINE__,
                  "verifier: block %u has an object in a cell that is free",
                  index);
    cells += (uint32_t)__builtin_popcountl(used | held);
  }
  if (cells != g->live && wane_gc_cell_size(g) <= WANE__SMALL_MAX)
    wane__fatal(__FILE__, __LINE__,
                "verifier: block %u has %u used cells, but %u are on record",
                index, cells, g->live);
}

static void check_blocks(void)
{
  uint32_t state, next;
  for (uint32_t i = 0;
       (state = wane__heap_block_state(i, &next)) != WANE__NO_BLOCK; i = next)
    if (state != WANE__BLOCK_FREE) check_block(i);
}

// --- one look ----------------------------------------------------------------

void wane__verify(const struct wane_round *r)
{
  verify.blocks = wane__heap_blocks_ever();
  size_t bytes = (size_t)verify.blocks * WANE__CELLS_MAX * sizeof *verify.in;
  void *table = bytes ? mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
                      : NULL;
  if (table == MAP_FAILED)
    wane__no_memory(__FILE__, __LINE__, "the verifier's table");
  verify.in = table;
  check_blocks();
  reach_all(r);
  if (r->counting) {
    wane__handles_each(count_root, NULL);
    wane__finalize_each(count_root, NULL);
    wane__heap_each_used(count_object, NULL);
    wane__heap_each_used(compare_count, NULL);
  }
  if (table) munmap(table, bytes);
  give_all_back();
}

bool wane__verify_due(bool collected)
{
  if (!verify.every) return false;
  if (collected && verify.left) verify.left--;
  // What counting alone frees comes round too, and memory back.
  if (verify.left && verify.n_held < HELD_MOST) return false;
  verify.left = verify.every;
  return true;
}

void wane__verify_start(void)
{
  verify.every = wane__config.verify;
#if WANE_CHECKED
  if (!verify.every) verify.every = EVERY_CHECKED;
#endif
  if (verify.every == UINT32_MAX) verify.every = 0;
  verify.left = verify.every;
  verify.n_held = 0;
  // Only who asks for it pays in memory.
  wane__verify_holds = wane__config.verify && verify.every;
}

void wane__verify_stop(void)
{
  wane__verify_holds = false;
  wane__vector_free(&verify.stack);
  free(verify.held);
  verify.held = NULL;
  verify.n_held = verify.capacity = 0;
}
