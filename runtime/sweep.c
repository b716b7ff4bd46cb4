// sweep.c: what a trace left unmarked goes, block by block.
// SPDX-License-Identifier: MIT
//
// Where nothing is counted, a word of dead cells is cleared at once. Where
// references are counted, the dead are cut loose first: every reference they
// hold is set to NULL and taken back, so that counts are exact at the end of
// each slice; then they go. No count of the dead decides anything: what is
// unmarked is unreachable, in no log and in no root snapshot
// (runtime/DESIGN.md, "Tracing"), so a stuck count does not keep it.
//
// Freeing runs on all workers, each block on one of them.

#include "cascade.h"
#include "cells.h"
#include "engine.h"
#include "guard.h"
#include "mark.h"
#include "numa.h"
#include "pool.h"
#include "round.h"
#include "type.h"
#include "weak_trace.h"

#include <string.h>

#define CUT_BLOCKS 16    // a piece that is not interrupted
#define FREE_BLOCKS 256
#define SLICE_BLOCKS 512 // as many in a slice, whoever is waiting

static struct {
  bool cutting; // the first of the two passes
  bool running;
  uint32_t next; // block
  // Note [trace sums]
  _Atomic uint64_t objects, bytes;
} sweep;

// Is there anything in the block? Its state may change while we look, but only
// between PARTIAL and a thread's.
static bool in_use(uint32_t index)
{
  uint32_t next;
  uint32_t state = wane__heap_block_state(index, &next);
  return state != WANE__BLOCK_FREE && state != WANE__NO_BLOCK;
}

// --- cutting -----------------------------------------------------------------

// Note [marks]: the object is unreachable, so the slot and, if it is dead as
// well, the count of what it refers to are the coordinator's alone: relaxed.
static void cut(struct wane_slot *slot, void *round)
{
  wane_ref o = atomic_load_explicit(&slot->wane__value, memory_order_relaxed);
  if (!o) return;
  atomic_store_explicit(&slot->wane__value, NULL, memory_order_relaxed);
  if (wane__immortal(o)) return;
  if (wane_gc_marked(o)) {
    wane_gc_dec(round, o);
    return;
  }
#if WANE_ATOMIC_COUNTS // Note [apply]
  (void)atomic_fetch_sub_explicit(&o->shared, 1, memory_order_acq_rel);
#else
  int32_t shared = atomic_load_explicit(&o->shared, memory_order_relaxed);
  atomic_store_explicit(&o->shared, shared - 1, memory_order_relaxed);
#endif
}

static void cut_block(struct wane_round *r, uint32_t index)
{
  if (!in_use(index)) return;
  const struct wane__block *b = &wane__blocks[index];
  size_t bytes = wane_gc_cell_size(&wane_gc_heap.blocks[index]);
  for (uint32_t word = 0; word * 64 < b->cells; word++)
    for (uint64_t dead = wane__dead_cells(index, bytes, word); dead;
         dead &= dead - 1) {
      wane_ref o = wane__object_at(index, bytes, word, dead);
      wane_each_slot(o, wane_gc_type(o), cut, r);
    }
}

// --- freeing -----------------------------------------------------------------

static void run_hooks(uint32_t index, size_t bytes, uint32_t word,
                      uint64_t dead)
{
  for (; dead; dead &= dead - 1) {
    wane_ref o = wane__object_at(index, bytes, word, dead);
    const struct wane_type *type = wane_gc_type(o);
    if (type->death) wane__type_death(type, o, WANE_FREED_BY_SWEEP);
  }
}

static void free_block(uint32_t index)
{
  struct wane__block *b = &wane__blocks[index];
  struct wane_gc_block *g = &wane_gc_heap.blocks[index];
  bool hooks = wane__types_with_death();
  uint64_t objects = 0;
  if (in_use(index)) {
    size_t bytes = wane_gc_cell_size(g);
    bool large = bytes > WANE__SMALL_MAX;
    if (large) bytes = (size_t)b->n_blocks << WANE_BLOCK_SHIFT;
    for (uint32_t word = 0; word * 64 < b->cells; word++) {
      uint64_t dead = wane__dead_cells(index, bytes, word);
      if (!dead) continue;
      if (WANE_UNLIKELY(hooks)) run_hooks(index, bytes, word, dead);
      if (g->scratch) // the plugin may have used it
        for (uint64_t left = dead; left; left &= left - 1)
          g->scratch[word * 64 + (uint32_t)__builtin_ctzl(left)] = 0;
      objects += (uint64_t)__builtin_popcountl(dead);
      if (large)
        wane__give_run(index);
      else
        wane__give_cells(g, word, dead);
    }
    if (objects) {
      // Note [trace sums]
      atomic_fetch_add_explicit(&sweep.objects, objects, memory_order_relaxed);
      atomic_fetch_add_explicit(&sweep.bytes, objects * bytes,
                                memory_order_relaxed);
      if (!large && !wane__verify_holds && g->live <= g->mark)
        wane__heap_reclassify(index);
    }
  }
  memset(wane__mark_words(index), 0, WANE__MARK_BYTES);
}

static void free_some(void *context, size_t begin, size_t end)
{
  size_t first = *(const uint32_t *)context;
  for (size_t i = first + begin; i < first + end; i++) free_block((uint32_t)i);
}

// Of a piece; memory comes from the system in pieces of several of these.
static uint32_t home_of(void *context, size_t begin)
{
  size_t first = *(const uint32_t *)context;
  return wane__numa_home_at(wane__block_base((uint32_t)(first + begin)));
}

// --- slices ------------------------------------------------------------------

static uint32_t piece(uint32_t most)
{
  uint32_t blocks = wane__heap_blocks_ever();
  uint32_t n = blocks > sweep.next ? blocks - sweep.next : 0;
  return n < most ? n : most;
}

// Runs `pass` over pieces until there is no block left (true) or somebody
// wants a round. A test knob makes each piece a slice, of so many in a pass.
static bool each_piece(struct wane_round *r, uint32_t most,
                       void (*pass)(struct wane_round *r, uint32_t n))
{
  uint32_t stress = wane__config.stress_slices, n, done = 0;
  if (stress) most = wane__heap_blocks_ever() / stress + 1;
  while ((n = piece(most))) {
    pass(r, n);
    sweep.next += n;
    if (!sweep.cutting) wane__swept = sweep.next;
    done += n;
    if (r->stopped) continue;
    if (stress || (done >= SLICE_BLOCKS && wane__round_wanted()))
      return piece(most) == 0;
  }
  return true;
}

static void cut_piece(struct wane_round *r, uint32_t n)
{
  for (uint32_t i = 0; i < n; i++) cut_block(r, sweep.next + i);
}

static void free_piece(struct wane_round *r, uint32_t n)
{
  (void)r;
  wane__pool_near(n, 16, free_some, wane__numa.homes ? home_of : NULL,
                  &sweep.next);
}

static bool sweep_slice(struct wane_round *r)
{
  if (sweep.cutting) {
    if (!each_piece(r, CUT_BLOCKS, cut_piece)) return false;
    sweep.cutting = false;
    sweep.next = 0;
  }
  if (!sweep.next) wane__weak_trace_clear();
  // Blocks of one node lie together: in a larger piece there are more nodes.
  return each_piece(r, wane__numa.homes ? SLICE_BLOCKS : FREE_BLOCKS,
                    free_piece);
}

bool wane_gc_sweep(struct wane_round *r)
{
  if (WANE__GUARDED) {
    wane__guard_call("wane_gc_sweep", WANE__CALL_COLLECT, r);
    if (!wane__mark_over())
      wane__guard_fail("wane_gc_sweep", NULL, "no trace is over");
    wane__verify_cause = "by a sweep, since it was not marked";
  }
  WANE_CHECK(wane__mark_active(), "wane_gc_sweep without a trace");
  struct wane_event part = wane__engine_part_begin();
  if (!sweep.running) {
    sweep.running = true;
    sweep.cutting = r->counting;
    sweep.next = 0;
  }
  bool done = sweep_slice(r);
  // Note [trace sums]
  part.freed_objects =
      atomic_exchange_explicit(&sweep.objects, 0, memory_order_relaxed);
  part.freed_bytes =
      atomic_exchange_explicit(&sweep.bytes, 0, memory_order_relaxed);
  r->cycle_objects += part.freed_objects;
  r->cycle_bytes += part.freed_bytes;
  wane__engine_part_end(&part, WANE_PHASE_SWEEP);
  if (done) {
    sweep.running = false;
    r->swept = true;
    wane__mark_finished();
  }
  wane__verify_cause = WANE__BY_COUNT;
  return done;
}

void wane__sweep_start(void)
{
  sweep.running = false;
}
