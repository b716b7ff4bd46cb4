// gc_free.c: what a plugin frees, decrements and reports.
// SPDX-License-Identifier: MIT
//
// The services of wane/collector.h that change something. Coordinator, from
// within a plugin's callbacks.

#include "cascade.h"
#include "cells.h"
#include "guard.h"
#include "tally.h"
#include "type.h"

#define CHANGES (WANE__CALL_YOUNG | WANE__CALL_COLLECT)

static void guard_dec(const struct wane_round *r, wane_ref o)
{
  wane__guard_call("wane_gc_dec", CHANGES, r);
  wane__guard_object("wane_gc_dec", o, true);
  if (r->counting && !wane__immortal(o) && wane_gc_count(o) <= 0)
    wane__guard_fail("wane_gc_dec", o,
                     "its count is zero: that reference was taken back before");
}

static void guard_free(const struct wane_round *r, wane_ref o)
{
  wane__guard_object("wane_gc_free", o, false);
  if (wane_gc_rooted(o))
    wane__guard_fail("wane_gc_free", o, "a root of this round holds it");
  if (wane__immortal(o))
    wane__guard_fail("wane_gc_free", o, "it is immortal");
  if (r->counting && wane_gc_count(o) == 0)
    wane__guard_fail("wane_gc_free", o,
                     "its count is zero: the engine frees it");
  if (wane_gc_special(o))
    wane__guard_fail("wane_gc_free", o,
                     "it has weak references or a finalizer, and should have "
                     "been condemned");
}

void wane_gc_dec(struct wane_round *r, wane_ref o)
{
  if (WANE__GUARDED) guard_dec(r, o);
  if (WANE_UNLIKELY(wane__numa.count)) wane__tally_dec(o);
  if (WANE_UNLIKELY(wane__is_apart(o)))
    wane__drop_apart(r, o);
  else
    wane__drop_slow(r, o);
}

void wane_gc_free(struct wane_round *r, const wane_ref *objects, size_t n)
{
  if (WANE__GUARDED) {
    wane__guard_call("wane_gc_free", WANE__CALL_COLLECT, r);
    wane__verify_cause = "by the plugin, with wane_gc_free";
  }
  for (size_t i = 0; i < n; i++) {
    wane_ref o = objects[i];
    if (!o) continue;
    if (WANE__GUARDED) guard_free(r, o);
    struct wane__place at = wane__place_of(o);
    WANE_CHECK(wane__used(at.block->bits, at.cell),
               "the plugin frees what is no object");
    WANE_CHECK(!wane_gc_special(o),
               "the plugin frees what it should have condemned");
    const struct wane_type *type = wane_gc_type(o);
    if (WANE_UNLIKELY(type->death != NULL) && WANE_MUTANT != 70)
      wane__type_death(type, o, WANE_FREED_BY_CYCLE);
    r->cycle_objects++;
    r->cycle_bytes += wane__give_cell(at);
  }
  wane__verify_cause = WANE__BY_COUNT;
}

void wane_gc_free_cells(struct wane_round *r, uint32_t index, uint32_t word,
                        uint64_t cells)
{
  struct wane_gc_block *block = &wane_gc_heap.blocks[index];
  size_t bytes = wane_gc_cell_size(block);
  uint64_t objects = (uint64_t)__builtin_popcountl(cells);
  if (WANE__GUARDED) {
    wane__guard_call("wane_gc_free_cells", WANE__CALL_YOUNG, r);
    wane__guard_cells("wane_gc_free_cells", index, word, cells);
    wane__verify_cause = "by the plugin, with wane_gc_free_cells";
  }
  WANE_CHECK(wane__blocks[index].state == WANE__BLOCK_OWNED,
             "young cells of a block that is no thread's");
  if (WANE_UNLIKELY(wane__types_with_death())) {
    char *base = wane__block_base(index) + (size_t)word * 64 * bytes;
    for (uint64_t left = cells; left; left &= left - 1) {
      wane_ref o =
          (wane_ref)(void *)(base + (size_t)__builtin_ctzl(left) * bytes);
      const struct wane_type *type = wane_gc_type(o);
      if (type->death) wane__type_death(type, o, WANE_FREED_BY_CYCLE);
    }
  }
  wane__give_cells(block, word, cells);
  wane__verify_cause = WANE__BY_COUNT;
  r->cycle_objects += objects;
  r->cycle_bytes += objects * bytes;
}

void wane_gc_traced(struct wane_round *r, uint64_t candidates, uint64_t objects,
                    uint64_t edges)
{
  r->candidates += candidates;
  r->traced += objects;
  r->edges += edges;
}
