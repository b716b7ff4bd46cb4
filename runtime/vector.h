// vector.h: a growing array of references, for lists the collector keeps.
// SPDX-License-Identifier: MIT

#ifndef WANE__VECTOR_H
#define WANE__VECTOR_H

#include "config.h"

#include <stdlib.h>

struct wane__vector {
  wane_ref *items;
  size_t n, capacity; // n <= capacity
};

static inline void wane__vector_push(struct wane__vector *v, wane_ref o)
{
  if (WANE_UNLIKELY(v->n == v->capacity)) {
    v->capacity = v->capacity ? v->capacity * 2 : 256;
    v->items = wane__table_alloc(v->items, v->capacity * sizeof *v->items);
  }
  v->items[v->n++] = o;
}

static inline void wane__vector_free(struct wane__vector *v)
{
  free(v->items);
  *v = (struct wane__vector){0};
}

#endif
