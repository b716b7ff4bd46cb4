// refmap.h: a hash table from references to numbers, for the coordinator.
// SPDX-License-Identifier: MIT
//
// Open addressing, at most half full. Emptied as a whole.

#ifndef WANE__REFMAP_H
#define WANE__REFMAP_H

#include "config.h"

#include <stdlib.h>
#include <string.h>

struct wane__refmap {
  struct wane__refmap_item {
    wane_ref key; // NULL: free
    uint32_t value;
  } * items;
  size_t n, size; // 2 * n <= size, a power of two or 0
};

static inline struct wane__refmap_item *
wane__refmap_at(const struct wane__refmap *map, wane_ref key)
{
  size_t i =
      (size_t)(((uintptr_t)key >> 3) * UINT64_C(0x9e3779b97f4a7c15) >> 16);
  for (;; i++) {
    struct wane__refmap_item *item = &map->items[i & (map->size - 1)];
    if (item->key == key || !item->key) return item;
  }
}

// Its value, or 0.
static inline uint32_t wane__refmap_get(const struct wane__refmap *map,
                                        wane_ref key)
{
  if (!map->n) return 0;
  return wane__refmap_at(map, key)->value;
}

// Where its value is; 0 at first. Valid until the next call.
static inline uint32_t *wane__refmap_put(struct wane__refmap *map, wane_ref key)
{
  if (2 * (map->n + 1) > map->size) {
    struct wane__refmap old = *map;
    map->size = old.size ? 2 * old.size : 64;
    map->items = wane__table_alloc(NULL, map->size * sizeof *map->items);
    memset(map->items, 0, map->size * sizeof *map->items);
    for (size_t i = 0; i < old.size; i++)
      if (old.items[i].key)
        *wane__refmap_at(map, old.items[i].key) = old.items[i];
    free(old.items);
  }
  struct wane__refmap_item *item = wane__refmap_at(map, key);
  if (!item->key) {
    map->n++;
    item->key = key;
  }
  return &item->value;
}

// A large table is given back: most sets are small.
static inline void wane__refmap_clear(struct wane__refmap *map)
{
  if (!map->n) return;
  if (map->size > 1024) {
    free(map->items);
    map->items = NULL;
    map->size = 0;
  } else {
    memset(map->items, 0, map->size * sizeof *map->items);
  }
  map->n = 0;
}

static inline void wane__refmap_free(struct wane__refmap *map)
{
  free(map->items);
  *map = (struct wane__refmap){0};
}

#endif
