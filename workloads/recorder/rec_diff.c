// rec_diff.c: from what memory says to changed slots.
// SPDX-License-Identifier: MIT
//
// Where an object's layout is known, its slots have places. Where it is not,
// its tp_traverse names what it refers to in some order; then a reference that
// stays keeps its slot, and only what came and what went changes any.
#include "rec.h"

struct rec_list rec_found;

struct place {
  uint32_t target, slot;
};
static struct place *places;
static size_t places_room;
static struct rec_list came, freed;

static uint32_t target_of(const struct rec_object *o, uint32_t slot)
{
  uint32_t e = slot < o->n_slots ? o->slots[slot] : 0;
  return e ? rec_edges[e].target : 0;
}

void rec_diff_at(uint32_t id, uint32_t low, uint32_t n)
{
  struct rec_object *o = &rec_objects[id];
  for (size_t i = 0; i < rec_found.n; i++)
    rec_set_slot(id, low + (uint32_t)i, rec_found.items[i]);
  for (uint32_t i = n; i < o->n_slots; i++) rec_set_slot(id, i, 0);
  if (o->n_slots > n) o->n_slots = n;
}

static int by_target(const void *a, const void *b)
{
  const struct place *x = a, *y = b;
  if (x->target != y->target) return x->target < y->target ? -1 : 1;
  return x->slot < y->slot ? -1 : x->slot > y->slot;
}

static int by_number(const void *a, const void *b)
{
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return x < y ? -1 : x > y;
}

// The slots that refer to something, in the order of what they refer to.
static size_t sorted_slots(const struct rec_object *o)
{
  size_t n = 0;
  if (o->n_slots > places_room) {
    places_room = 2 * o->n_slots;
    places = realloc(places, places_room * sizeof *places);
    if (!places) rec_give_up("out of memory");
  }
  for (uint32_t i = 0; i < o->n_slots; i++)
    if (o->slots[i]) places[n++] = (struct place){target_of(o, i), i};
  qsort(places, n, sizeof *places, by_target);
  return n;
}

// Fills `came` with what has no slot yet, `freed` with slots of what went.
static void compare(size_t n_places)
{
  const struct rec_list *now = &rec_found;
  size_t i = 0, j = 0;
  qsort(now->items, now->n, sizeof *now->items, by_number);
  came.n = freed.n = 0;
  while (i < n_places || j < now->n) {
    bool went = j == now->n ||
                (i < n_places && places[i].target < now->items[j]);
    bool stays = !went && i < n_places && places[i].target == now->items[j];
    if (went)
      rec_push(&freed, places[i++].slot);
    else if (stays)
      i++, j++;
    else
      rec_push(&came, now->items[j++]);
  }
}

// How many slots differ when each keeps its place; `most` is enough.
static size_t differences(const struct rec_object *o, size_t most)
{
  size_t n = 0;
  for (uint32_t i = 0; i < rec_found.n && n < most; i++)
    n += target_of(o, i) != rec_found.items[i];
  return n;
}

void rec_diff_set(uint32_t id)
{
  struct rec_object *o = &rec_objects[id];
  bool same_size = o->n_slots == rec_found.n;
  if (o->n_slots == 0 || (same_size && differences(o, 2) < 2)) {
    rec_diff_at(id, 0, (uint32_t)rec_found.n);
    return;
  }
  compare(sorted_slots(o));
  size_t i = 0;
  for (; i < came.n && i < freed.n; i++)
    rec_set_slot(id, freed.items[i], came.items[i]);
  for (size_t j = i; j < freed.n; j++) rec_set_slot(id, freed.items[j], 0);
  for (uint32_t slot = 0; i < came.n; i++) {
    while (slot < o->n_slots && o->slots[slot]) slot++;
    rec_set_slot(id, slot, came.items[i]);
  }
  while (o->n_slots && !o->slots[o->n_slots - 1]) o->n_slots--;
}
