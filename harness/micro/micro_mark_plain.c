// micro_mark_plain.c: what marking is measured against: a traversal in C.
// SPDX-License-Identifier: MIT
//
// One thread, no collector: a stack, a bit map of its own, and two rings, as in
// runtime/marker.c: a reference goes through one before its bit is looked at,
// an object through the other before its slots are, so that they have been
// fetched meanwhile. That is twice as fast as one ring for both, and other
// lengths of the rings are no faster. It knows what a collector cannot: that no
// object is smaller than 32 bytes, so that one bit in 32 bytes will do; that
// nobody else writes; that no slot is empty; how deep the stack can be at most.

#include "micro_mark.h"

#include "micro.h"

#include <stdlib.h>
#include <string.h>

enum { RING = 16, AHEAD = 8 };

bool mark_plain_begin(struct mark_plain *plain, const struct mark_graph *graph)
{
  size_t cells = (size_t)(graph->end - graph->lowest) / MARK_CELL_LEAST + 1;
  plain->bit_bytes = (cells / 64 + 1) * sizeof *plain->bits;
  plain->stack = malloc((graph->objects + 1) * sizeof *plain->stack);
  plain->bits = malloc(plain->bit_bytes);
  if (plain->stack && plain->bits) {
    memset(plain->bits, 0, plain->bit_bytes); // its pages are there
    return true;
  }
  mark_plain_end(plain);
  return false;
}

void mark_plain_end(struct mark_plain *plain)
{
  free(plain->stack);
  free(plain->bits);
}

struct place {
  uint64_t *word, bit;
};

static inline struct place place_of(const struct mark_plain *plain,
                                    const char *lowest, const void *o)
{
  size_t cell = (size_t)((const char *)o - lowest) / MARK_CELL_LEAST;
  return (struct place){&plain->bits[cell / 64], UINT64_C(1) << cell % 64};
}

static inline bool set_mark(const struct mark_plain *plain, const char *lowest,
                            const void *o)
{
  struct place place = place_of(plain, lowest, o);
  if (*place.word & place.bit) return false;
  *place.word |= place.bit;
  return true;
}

// The oldest of a ring gives way to `o`.
static inline wane_ref exchange(wane_ref *ring, uint32_t size, uint32_t *n,
                                wane_ref o)
{
  wane_ref *place = &ring[(*n)++ % size], oldest = *place;
  *place = o;
  return oldest;
}

uint64_t mark_plain_traverse(struct mark_plain *plain,
                             const struct mark_graph *graph)
{
  static uint8_t refs_of[UINT16_MAX + 1]; // by type
  const char *lowest = graph->lowest;
  wane_ref ring[RING] = {graph->root}, ahead[AHEAD] = {NULL};
  wane_ref *top = plain->stack;
  uint64_t objects = 0;
  uint32_t met = 1, popped = 0;
  uint32_t empty = 0; // places of the rings found empty in a row
  for (int i = 0; i < MARK_TYPES; i++)
    refs_of[graph->types[i]->index] = (uint8_t)graph->types[i]->n_refs;
  while (empty < RING + AHEAD) {
    wane_ref object = NULL;
    if (top > plain->stack) {
      object = *--top;
      __builtin_prefetch(object);
    } else { // only the rings hold anything
      wane_ref o = exchange(ring, RING, &met, NULL);
      if (o && set_mark(plain, lowest, o)) object = o;
    }
    object = exchange(ahead, AHEAD, &popped, object);
    empty++;
    if (!object) continue;
    empty = 0;
    struct wane_slot *slots = MICRO_SLOT(object);
    objects++;
    for (uint32_t i = 0, n = refs_of[object->type]; i < n; i++) {
      // Note [measured orders]
      wane_ref o =
          atomic_load_explicit(&slots[i].wane__value, memory_order_relaxed);
      __builtin_prefetch(place_of(plain, lowest, o).word, 1);
      o = exchange(ring, RING, &met, o);
      if (o && set_mark(plain, lowest, o)) *top++ = o;
    }
  }
  return objects;
}
