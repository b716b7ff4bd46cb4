// release.c: death by count.
// SPDX-License-Identifier: MIT
//
// An object whose count is zero and that stands in no root snapshot of this
// round is unreachable, although the program keeps running (runtime/DESIGN.md,
// "Why a zero may be believed"). Its children are decremented at once: nobody
// can have read the dead parent since the handshake.
//
// Everything that was handed over is `used` before the first count goes down,
// so there is one way to die: a young object differs only in that nobody
// logged anything of it, and the walk over its span finds its zero.

#include "apply.h"
#include "cascade.h"
#include "cells.h"
#include "condemn.h"
#include "mark.h"
#include "tally.h"
#include "type.h"

// Count zero: dead, or in the table while a root holds it. What is in the
// table already is looked at when the table is.
void wane__release_zero(struct wane_round *r, wane_ref o)
{
  struct wane__place at = wane__place_of(o);
  if (wane__place_in(wane__queued_word(at), at)) return;
  if (WANE_LIKELY(!wane__place_in(wane__rooted_word(at), at))) {
    wane__push_zero(r, at);
    return;
  }
  // It may have lost its last reference to a dead object that the marker has
  // not looked into: runtime/DESIGN.md, "Tracing".
  if (WANE_UNLIKELY(r->marking)) wane__shade(o);
  wane__bit_set(&at.block->bits[at.cell >> 6].queued, at.cell);
  wane__vector_push(&r->zct, o);
}

// It has lost a reference from the dead, but not its last.
static void survives(struct wane_round *r, wane_ref o)
{
#if WANE_MUTANT != 47
  if (WANE_UNLIKELY(r->marking)) wane__shade(o); // as above
#endif
  if (WANE_UNLIKELY(r->want_purple)) wane__vector_push(&r->purple, o);
}

WANE__RARE void wane__drop_slow(struct wane_round *r, wane_ref o)
{
  r->cascade++;
  if (wane__decrement(o) == 0)
    wane__release_zero(r, o);
  else
    survives(r, o);
}

WANE__RARE void wane__drop_apart(struct wane_round *r, wane_ref o)
{
  if (wane__immortal(o)) { // by count; a trace frees it if it misses it
#if WANE_MUTANT != 54
    if (r->marking) wane__shade(o);
#endif
    return;
  }
  r->cascade++;
  if (wane__decrement_apart(o) == 0)
    wane__release_zero(r, o);
  else
    survives(r, o);
}

static inline void drop_slot(struct wane_slot *slot, void *round)
{
  wane_ref o = wane__dead_slot(slot);
  if (o) wane__drop(round, o);
}

WANE__RARE bool wane__drop_all(struct wane_round *r, wane_ref o,
                               const struct wane_type *type)
{
  if (type->special && wane__condemn_zero(o)) return false;
  if (WANE_UNLIKELY(wane__numa.count)) wane__tally_children(o, type);
  wane_each_slot(o, type, drop_slot, r);
  if (type->death) wane__type_death(type, o, WANE_FREED_BY_RC);
  return true;
}

// Per dead object: the children's counts go down, the death hook runs, the
// cell is free.
void wane__release_drain(struct wane_round *r)
{
  while (r->zero.n) {
    struct wane__place at = r->zero.items[--r->zero.n];
    const struct wane_type *type = wane_gc_type(at.o);
    if (WANE_LIKELY(wane__is_plain(type) && !wane__numa.count))
      wane_each_fixed_slot(at.o, type, drop_slot, r);
    else if (!wane__drop_all(r, at.o, type))
      continue;
    r->rc_objects++;
    r->rc_bytes += wane__give_cell(at);
  }
}

void wane__release_zct(struct wane_round *r)
{
  struct wane__vector table = r->zct;
  r->zct = (struct wane__vector){0};
  for (size_t i = 0; i < table.n; i++) {
    struct wane__place at = wane__place_of(table.items[i]);
    wane__bit_clear(&at.block->bits[at.cell >> 6].queued, at.cell);
#if WANE_MUTANT == 13
    continue; // dropped from the table: nobody looks at it again
#endif
    if (wane_gc_count(at.o) == 0) wane__release_zero(r, at.o);
  }
  wane__vector_free(&table);
}
