// members.h: the containers of one generation.
// SPDX-License-Identifier: MIT
//
// CPython links its containers through a header of two words. Here a
// generation is an array, and a container's scratch word says where it stands:
//
//   scratch = generation + 1 (upper 2 bits) | index in that generation's items
//
// Invariant: entry i of generation g is a member if and only if what it names
// is the start of a cell whose scratch word says g and i. An object's death
// zeroes its scratch word and leaves the entry where it is. If the cell is
// used again and the new object becomes a member, it has an index of its own,
// so the old entry stays void. Void entries go when their array is gone
// through next.

#ifndef CPYTHON_MEMBERS_H
#define CPYTHON_MEMBERS_H

#include <wane/collector.h>

#define GENERATIONS 3 // at the most: two bits, and zero is no generation
#define MEMBER_SHIFT 30
#define MEMBER_INDEX ((UINT32_C(1) << MEMBER_SHIFT) - 1)

struct members {
  wane_ref *items; // may name what was freed since: see above
  size_t n, capacity;
};

static inline uint32_t member_word(uint32_t generation, size_t index)
{
  return (generation + 1) << MEMBER_SHIFT | (uint32_t)index;
}

// The scratch word of an object that is alive.
static inline uint32_t member_of(wane_ref o)
{
  const struct wane_gc_block *block = wane_gc_block_of(o);
  return block->scratch ? block->scratch[wane_gc_cell_of(block, o)] : 0;
}

// Is entry `index` of a generation a member?
static inline bool member_still(wane_ref o, uint32_t generation, size_t index)
{
  return wane_gc_at_cell(o) && member_of(o) == member_word(generation, index);
}

// The used cells of some spans become members, but for what cannot be part of
// a cycle.
void members_enter(struct members *list, uint32_t generation,
                   const struct wane_gc_span *spans, size_t n);
// Void entries go; `n` is the number of members afterwards.
void members_sweep(struct members *list, uint32_t generation);
// The members of `from` go to the end of `to`, which is another list.
void members_move(struct members *from, uint32_t from_generation,
                  struct members *to, uint32_t to_generation);
void members_free(struct members *list);

#endif
