// alloc.h: allocation: bump a pointer through a run of zeroed cells.
// SPDX-License-Identifier: MIT

#ifndef WANE_ALLOC_H
#define WANE_ALLOC_H

#include <wane/mutator.h>

WANE_API wane_ref wane__alloc_slow(struct wane_mutator *m,
                                   const struct wane_type *type,
                                   uint32_t length, size_t bytes);

// Allocates one object of `type`: slots NULL, other bytes zero, count zero.
// A safepoint. The result is unrooted: put it into a root or a slot before
// the next safepoint. Returns NULL when the heap limit is reached and the
// collector had its turn. Attached threads only.
static inline wane_ref wane_alloc(struct wane_mutator *m,
                                  const struct wane_type *type)
{
  struct wane_span *span = &m->span[type->size_class];
  char *cell = span->cur;
  if (WANE_UNLIKELY(cell == span->end))
    return wane__alloc_slow(m, type, 0, type->size);
  span->cur = cell + type->cell;
  wane_ref o = (wane_ref)(void *)cell;
  // Note [birth]: relaxed; nobody else can see the cell yet. The release of
  // the store that publishes it, or of the next ack, covers the header.
  atomic_store_explicit(&o->own, m->own | type->own_flags,
                        memory_order_relaxed);
  o->type = (uint16_t)type->index;
  WANE_COUNT(m, alloc_objects);
  return o;
}

// Allocates an object with `length` trailing slots (type->array_offset != 0)
// followed by `tail` plain bytes. Otherwise as wane_alloc.
WANE_API wane_ref wane_alloc_array(struct wane_mutator *m,
                                   const struct wane_type *type,
                                   uint32_t length, size_t tail);

// Bytes of the object's cell (its size rounded up to what the heap gave).
WANE_API size_t wane_cell_bytes(wane_ref object);
// The same of an object of so many bytes, header included, that is to be born.
// Between wane_start and wane_stop.
WANE_API size_t wane_cell_bytes_for(size_t bytes);

// Tells of memory outside the heap that lives and dies with objects: so many
// bytes more, or fewer where `delta` is negative (in a type's `death`, say).
// They count when a tracing cycle is due, not against the heap limit. Any
// thread, attached or not, collector threads too.
WANE_API void wane_external_bytes(int64_t delta);
// What was told since wane_start, 0 if the sum is negative.
WANE_API uint64_t wane_external_total(void);

#endif
