// alloc.c: the slow path of allocation: next piece, hole, block; running out.
// SPDX-License-Identifier: MIT
//
// A span is a run of free cells. It is zeroed piece by piece, just ahead of
// the bump pointer, so that the lines are in the cache when they are used; the
// inline path comes here once per piece. This is the runtime's main safepoint
// and the one place where a mutator may be made to wait.

#include "hand_over.h"
#include "pressure.h"

#include <string.h>

#define PIECE_BYTES 4096

// The word of cell `i`: what is used or held back. Note [cells]: acquire;
// `held` second: a cell that dies is held before it can be seen to be free,
// and was seen to be used if not.
static inline uint64_t taken(const struct wane__block *b, uint32_t i)
{
  const struct wane_gc_bits *bits = &b->bits[i >> 6];
  uint64_t used = atomic_load_explicit(&bits->used, memory_order_acquire);
  return used | atomic_load_explicit(&bits->held, memory_order_acquire);
}

static inline bool is_taken(const struct wane__block *b, uint32_t i)
{
  return taken(b, i) >> (i & 63) & 1;
}

// The first run of free cells at or after `from`.
static bool next_hole(const struct wane__block *b, uint32_t from,
                      uint32_t *begin, uint32_t *end)
{
  uint32_t i = from;
  while (i < b->cells && is_taken(b, i)) i++;
  *begin = i;
  while (i < b->cells) {
    uint64_t word = taken(b, i) >> (i & 63);
    if (word) {
      i += (uint32_t)__builtin_ctzl(word);
      break;
    }
    i = (i | 63) + 1;
  }
  *end = i < b->cells ? i : b->cells;
  return *begin < *end;
}

// More cells of the run at the span's end.
static void next_piece(struct wane__thread *t, uint32_t c, uint32_t cell)
{
  struct wane__open *open = &t->open[c];
  struct wane_span *span = &t->m.span[c];
  char *base = wane__block_base(open->block);
  uint32_t at = (uint32_t)(span->end - base) / cell;
  uint32_t n = wane__config.stress_alloc || cell > PIECE_BYTES
                   ? 1
                   : PIECE_BYTES / cell;
  if (n > open->run_end - at) n = open->run_end - at;
  size_t bytes = (size_t)n * cell;
  WANE__UNPOISON(span->end, bytes);
  if (!open->zeroed) memset(span->end, 0, bytes);
  span->end += bytes;
  t->unflushed_bytes += bytes;
}

static void enter_hole(struct wane__thread *t, uint32_t c, uint32_t begin,
                       uint32_t end)
{
  struct wane__open *open = &t->open[c];
  struct wane_span *span = &t->m.span[c];
  open->begin = begin;
  open->run_end = end;
  span->cur = span->end =
      wane__block_base(open->block) + (size_t)begin * wane__class_cell(c);
}

// Makes room for at least one cell of class `c`. False: heap limit reached.
static bool refill(struct wane__thread *t, uint32_t c)
{
  struct wane__open *open = &t->open[c];
  struct wane_span *span = &t->m.span[c];
  uint32_t cell = wane__class_cell(c);
  uint32_t begin, end;
  for (;;) {
    if (open->block == WANE__NO_BLOCK) {
      uint32_t node = wane__numa_here();
      uint32_t index = wane__heap_take(c, node);
      if (index == WANE__NO_BLOCK) return false;
      if (WANE_UNLIKELY(wane__numa.count)) {
        t->book = wane__numa_book();
        open->row = (uint8_t)wane__numa_row(node);
      }
      struct wane__block *b = &wane__blocks[index];
      open->block = index;
      open->zeroed = b->zeroed;
      b->zeroed = false;
      t->open_mask |= (uint64_t)1 << c;
      enter_hole(t, c, 0, 0);
    }
    if (span->end < wane__block_base(open->block) +
                        (size_t)open->run_end * cell) {
      next_piece(t, c, cell);
      return true;
    }
    wane__young_close(t, c);
    if (next_hole(&wane__blocks[open->block], open->run_end, &begin, &end)) {
      enter_hole(t, c, begin, end);
    } else {
      wane__young_retire(&t->young, open->block);
      open->block = WANE__NO_BLOCK;
      span->cur = span->end = NULL;
      t->open_mask &= ~((uint64_t)1 << c);
    }
  }
}

static wane_ref born(struct wane_mutator *m, const struct wane_type *type,
                     void *cell, uint32_t flags)
{
  wane_ref o = cell;
  // Note [birth]: relaxed, as in wane_alloc.
  atomic_store_explicit(&o->own, m->own | type->own_flags | flags,
                        memory_order_relaxed);
  o->type = (uint16_t)type->index;
  WANE_COUNT(m, alloc_objects);
  return o;
}

static wane_ref small(struct wane__thread *t, const struct wane_type *type,
                      size_t bytes)
{
  uint32_t c = wane__size_class(bytes);
  struct wane_span *span = &t->m.span[c];
  if (span->cur == span->end && !refill(t, c)) return NULL;
  void *cell = span->cur;
  span->cur += wane__class_cell(c);
  return born(&t->m, type, cell, 0);
}

static wane_ref large(struct wane__thread *t, const struct wane_type *type,
                      size_t bytes)
{
  size_t n = (bytes + WANE_BLOCK_BYTES - 1) >> WANE_BLOCK_SHIFT;
  if (n >= UINT32_MAX) return NULL;
  uint32_t node = wane__numa_here();
  uint32_t index = wane__heap_take_run((uint32_t)n, node);
  if (index == WANE__NO_BLOCK) return NULL;
  if (WANE_UNLIKELY(wane__numa.count))
    wane__numa_count_cells(wane__numa_book(), node, wane__block_base(index), 1,
                           n << WANE_BLOCK_SHIFT);
  wane__young_add(&t->young, index, 0, 1);
  t->unflushed_bytes += n << WANE_BLOCK_SHIFT;
#if !WANE_BARE
  t->m.counts.alloc_bytes += n << WANE_BLOCK_SHIFT;
#endif
  return born(&t->m, type, wane__block_base(index), WANE_LARGE);
}

static void set_length(wane_ref o, const struct wane_type *type,
                       uint32_t length)
{
  if (o && type->array_offset)
    ((struct wane_array *)(void *)o)->length = length;
}

wane_ref wane__alloc_slow(struct wane_mutator *m, const struct wane_type *type,
                          uint32_t length, size_t bytes)
{
  struct wane__thread *t = wane__thread_of(m);
  WANE_CHECK(t == wane__self(), "allocation with another thread's mutator");
  wane_safepoint(m);
  wane__pressure_allocating(t);
  for (uint32_t turn = 0;; turn++) {
    wane_ref o = bytes <= WANE__SMALL_MAX ? small(t, type, bytes)
                                          : large(t, type, bytes);
    set_length(o, type, length);
    if (o || !wane__pressure_exhausted(t, turn)) return o;
  }
}

wane_ref wane_alloc_array(struct wane_mutator *m, const struct wane_type *type,
                          uint32_t length, size_t tail)
{
  WANE_CHECK(type->array_offset, "wane_alloc_array of a type without slots");
  size_t bytes =
      type->array_offset + (size_t)length * sizeof(struct wane_slot) + tail;
  if (WANE_UNLIKELY(tail > PTRDIFF_MAX / 2)) return NULL;
  if (bytes <= WANE__SMALL_MAX) {
    uint32_t c = wane__size_class(bytes);
    struct wane_span *span = &m->span[c];
    if (WANE_LIKELY(span->cur != span->end)) {
      void *cell = span->cur;
      span->cur += wane__class_cell(c);
      wane_ref o = born(m, type, cell, 0);
      set_length(o, type, length);
      return o;
    }
  }
  return wane__alloc_slow(m, type, length, bytes);
}

size_t wane_cell_bytes(wane_ref o)
{
  uint32_t index = wane__block_index(o);
  // LARGE is set at birth and never changes (Note [birth]).
  if (atomic_load_explicit(&o->own, memory_order_relaxed) & WANE_LARGE)
    return (size_t)wane__blocks[index].n_blocks << WANE_BLOCK_SHIFT;
  return wane_gc_cell_size(&wane_gc_heap.blocks[index]);
}

size_t wane_cell_bytes_for(size_t bytes)
{
  if (bytes <= WANE__SMALL_MAX)
    return wane__class_cell(wane__size_class(bytes));
  return (bytes + WANE_BLOCK_BYTES - 1) & ~(WANE_BLOCK_BYTES - 1);
}
