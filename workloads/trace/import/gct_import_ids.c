// gct_import_ids.c: a hash table from ids of 64 bits to numbers of 32.
// SPDX-License-Identifier: MIT
//
// Linear probing, at most three quarters full, 12 bytes a place: a dump of a
// hundred million objects has an id for each of them. Every key is allowed; a
// place is free when its number is GCT_NIL.
#include "gct_import_job.h"

#include <stdlib.h>

struct gct__id {
  uint32_t low, high, number;
};

static struct gct__id *find(const struct gct__ids *ids, uint64_t key)
{
  uint64_t mask = ids->capacity - 1;
  for (uint64_t i = gct_mix(key) & mask;; i = (i + 1) & mask) {
    struct gct__id *place = &ids->places[i];
    if (place->number == GCT_NIL ||
        (place->low == (uint32_t)key && place->high == (uint32_t)(key >> 32)))
      return place;
  }
}

static bool grow(struct gct__ids *ids)
{
  struct gct__ids larger = {.capacity = ids->capacity ? 2 * ids->capacity : 64,
                            .n = ids->n};
  if (ids->capacity && ids->n < ids->capacity / 4 * 3) return true;
  larger.places = malloc(larger.capacity * sizeof *larger.places);
  if (!larger.places) return false;
  for (uint64_t i = 0; i < larger.capacity; i++)
    larger.places[i].number = GCT_NIL;
  for (uint64_t i = 0; i < ids->capacity; i++) {
    const struct gct__id *old = &ids->places[i];
    if (old->number != GCT_NIL)
      *find(&larger, (uint64_t)old->high << 32 | old->low) = *old;
  }
  free(ids->places);
  *ids = larger;
  return true;
}

uint32_t *gct__ids_at(struct gct__ids *ids, uint64_t key)
{
  if (!grow(ids)) return NULL;
  struct gct__id *place = find(ids, key);
  if (place->number == GCT_NIL) {
    place->low = (uint32_t)key;
    place->high = (uint32_t)(key >> 32);
    ids->n++;
  }
  return &place->number;
}

uint32_t gct__ids_get(const struct gct__ids *ids, uint64_t key)
{
  return ids->capacity ? find(ids, key)->number : GCT_NIL;
}

void gct__ids_free(struct gct__ids *ids)
{
  free(ids->places);
  *ids = (struct gct__ids){0};
}
