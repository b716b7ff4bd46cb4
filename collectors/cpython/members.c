// members.c: containers enter a generation, leave it, move to another.
// SPDX-License-Identifier: MIT

#include "members.h"

#include "table.h"

static void push(struct members *list, uint32_t generation, wane_ref o)
{
  if (WANE_UNLIKELY(list->n == list->capacity)) {
    if (list->n > MEMBER_INDEX / 2) {
      fprintf(stderr, "wane: cpython: more than 2^29 containers\n");
      abort();
    }
    list->capacity = list->capacity ? list->capacity * 2 : 1024;
    list->items = table(list->items, list->capacity * sizeof *list->items);
  }
  *wane_gc_scratch(o) = member_word(generation, list->n);
  list->items[list->n++] = o;
}

// What cannot be part of a cycle. What is condemned at the moment may come
// back, and is a member then.
static bool member_never(wane_ref o)
{
  // Note [saturation]: relaxed.
  return atomic_load_explicit(&o->own, memory_order_relaxed) &
         (WANE_ACYCLIC | WANE_IMMORTAL);
}

static void enter_word(struct members *list, uint32_t generation,
                       const struct wane_gc_span *span, uint32_t word)
{
  const struct wane_gc_block *block = &wane_gc_heap.blocks[span->block];
  // Geometry and `used` bits are looked at after the block may have changed
  // hands. Note [cells], Note [geometry]: then the bits are clear, since only
  // the engine sets them, at the beginning of a round.
  uint64_t left =
      atomic_load_explicit(&block->bits[word].used, memory_order_relaxed) &
      wane_gc_span_mask(span, word);
  char *base = wane_gc_heap.base + ((size_t)span->block << WANE_BLOCK_SHIFT);
  size_t bytes = wane_gc_cell_size(block);
  for (; left; left &= left - 1) {
    size_t cell = word * 64 + (size_t)__builtin_ctzl(left);
    wane_ref o = (wane_ref)(void *)(base + cell * bytes);
    if (member_never(o)) continue;
#if WANE_MUTANT == 31 // who has no count yet is forgotten
    if (!wane_gc_count(o)) continue;
#endif
    push(list, generation, o);
  }
}

void members_enter(struct members *list, uint32_t generation,
                   const struct wane_gc_span *spans, size_t n)
{
  for (size_t i = 0; i < n; i++)
    for (uint32_t word = spans[i].begin >> 6; word <= (spans[i].end - 1u) >> 6;
         word++)
      enter_word(list, generation, &spans[i], word);
}

void members_sweep(struct members *list, uint32_t generation)
{
  size_t n = list->n;
  list->n = 0;
  for (size_t i = 0; i < n; i++) {
    wane_ref o = list->items[i];
    if (member_still(o, generation, i)) push(list, generation, o);
  }
}

void members_move(struct members *from, uint32_t from_generation,
                  struct members *to, uint32_t to_generation)
{
  for (size_t i = 0; i < from->n; i++) {
    wane_ref o = from->items[i];
    if (member_still(o, from_generation, i)) push(to, to_generation, o);
  }
  from->n = 0;
}

void members_free(struct members *list)
{
  free(list->items);
  *list = (struct members){0};
}
