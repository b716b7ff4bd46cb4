// rec_edge.c: the shadow: which slot refers to what, as the trace has it.
// SPDX-License-Identifier: MIT
//
// An edge counts as long as its owner's reference does: not once the owner is
// dying or found to be garbage. It stays in the shadow until the owner is
// buried, since until then the trace has it too.
#include "rec.h"

#define MAX_EDGES ((size_t)1 << 28)

struct rec_edge *rec_edges;
static uint32_t n_edges = 1;
static struct rec_list free_edges;

struct rec_write *rec_writes;
size_t rec_n_writes;
static size_t writes_room;
struct rec_list rec_unheld;

void rec_edges_begin(void)
{
  n_edges = 1;
  free_edges.n = rec_n_writes = rec_unheld.n = 0;
}

static bool counts(const struct rec_object *owner)
{
  return !(owner->flags & (REC_DYING | REC_DOOMED));
}

static uint32_t new_edge(uint32_t owner, uint32_t slot, uint32_t target)
{
  if (!rec_edges) rec_edges = rec_map(MAX_EDGES * sizeof *rec_edges, "edges");
  uint32_t e = free_edges.n ? free_edges.items[--free_edges.n] : n_edges++;
  if (e == MAX_EDGES) rec_give_up("more than %zu references", MAX_EDGES);
  struct rec_object *t = &rec_objects[target];
  rec_edges[e] = (struct rec_edge){.owner = owner,
                                   .slot = slot,
                                   .target = target,
                                   .next = t->first_in,
                                   .since = rec_safepoint};
  if (t->first_in) rec_edges[t->first_in].before = e;
  t->first_in = e;
  t->n_in++;
  t->n_counted++;
  rec_count_again(target);
  return e;
}

void rec_cut_edge(uint32_t e)
{
  struct rec_edge *edge = &rec_edges[e];
  struct rec_object *t = &rec_objects[edge->target];
  if (edge->before)
    rec_edges[edge->before].next = edge->next;
  else
    t->first_in = edge->next;
  if (edge->next) rec_edges[edge->next].before = edge->before;
  t->n_in--;
  if (counts(&rec_objects[edge->owner])) t->n_counted--;
  rec_objects[edge->owner].slots[edge->slot] = 0;
  rec_push(&free_edges, e);
}

// As rec_cut_edge, where the trace sees it.
static void take(uint32_t e)
{
  struct rec_edge edge = rec_edges[e];
  struct rec_object *t = &rec_objects[edge.target];
  rec_cut_edge(e);
  if (edge.since < rec_safepoint && t->taken_at != rec_safepoint) {
    t->taken_at = rec_safepoint;
    t->taken_owner = edge.owner;
    t->taken_slot = edge.slot;
  }
  if (t->n_in == 0 && t->n_roots == 0 && !(t->flags & REC_DYING))
    rec_push(&rec_unheld, edge.target);
  rec_count_again(edge.target);
}

static void make_room(struct rec_object *o, uint32_t slot)
{
  if (slot >= o->room) {
    uint32_t room = o->room ? 2 * o->room : 4;
    while (room <= slot) room *= 2;
    o->slots = realloc(o->slots, room * sizeof *o->slots);
    if (!o->slots) rec_give_up("out of memory");
    for (uint32_t i = o->room; i < room; i++) o->slots[i] = 0;
    o->room = room;
  }
  if (slot >= o->n_slots) o->n_slots = slot + 1;
}

void rec_set_slot(uint32_t owner, uint32_t slot, uint32_t target)
{
  struct rec_object *o = &rec_objects[owner];
  if (target && (rec_objects[target].flags & REC_DYING)) target = 0;
  uint32_t e = slot < o->n_slots ? o->slots[slot] : 0;
  if ((e ? rec_edges[e].target : 0) == target) return;
  if (e) take(e);
  if (target) {
    make_room(o, slot);
    o->slots[slot] = new_edge(owner, slot, target);
  }
  if (rec_n_writes == writes_room) {
    writes_room = writes_room ? 2 * writes_room : 1024;
    rec_writes = realloc(rec_writes, writes_room * sizeof *rec_writes);
    if (!rec_writes) rec_give_up("out of memory");
  }
  rec_writes[rec_n_writes++] =
      (struct rec_write){owner, slot, target, !(o->flags & REC_READ)};
}

void rec_uncount_edges(uint32_t owner)
{
  const struct rec_object *o = &rec_objects[owner];
  for (uint32_t i = 0; i < o->n_slots; i++) {
    if (!o->slots[i]) continue;
    uint32_t target = rec_edges[o->slots[i]].target;
    rec_objects[target].n_counted--;
    rec_count_again(target);
  }
}

void rec_recount_edges(uint32_t owner)
{
  const struct rec_object *o = &rec_objects[owner];
  for (uint32_t i = 0; i < o->n_slots; i++) {
    if (!o->slots[i]) continue;
    uint32_t target = rec_edges[o->slots[i]].target;
    rec_objects[target].n_counted++;
    rec_count_again(target);
  }
}
