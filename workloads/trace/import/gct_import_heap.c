// gct_import_heap.c: objects, slots and who holds whom, written as events.
// SPDX-License-Identifier: MIT
#include "gct_import_heap.h"

#include <stdlib.h>

// All slots that there is memory for at once: 1.3 GiB.
#define MOST_SLOTS (1u << 26)

struct gct__heap_edge {
  uint32_t target; // GCT_NIL: nil
  // The slots that hold the same target, each named by owner and slot. An
  // owner of GCT_NIL ends the list.
  uint32_t next_owner, next_slot, before_owner, before_slot;
};

bool gct__heap_begin(struct gct__heap *heap, struct gct__job *job,
                     const struct gct__thing *things, uint32_t n_things,
                     uint32_t n_threads, bool writing)
{
  *heap = (struct gct__heap){.job = job,
                             .things = things,
                             .n_things = n_things,
                             .n_threads = n_threads,
                             .writing = writing};
  heap->live = gct__job_array(job, n_things, sizeof *heap->live);
  heap->by_handle = gct__job_array(job, n_things, sizeof *heap->by_handle);
  heap->free = gct__job_array(job, n_things, sizeof *heap->free);
  heap->stack = gct__job_array(job, n_things, sizeof *heap->stack);
  return job->code == 0;
}

void gct__heap_end(struct gct__heap *heap)
{
  for (uint32_t i = 0; heap->live && i < heap->n_things; i++)
    free(heap->live[i].edges);
  free(heap->live);
  free(heap->by_handle);
  free(heap->free);
  free(heap->stack);
}

// ---- events

static void flush(struct gct__heap *heap)
{
  if (heap->has_held) gct__job_event(heap->job, heap->thread, &heap->held);
  heap->has_held = false;
}

// An UNROOT waits for the next event: with a FREE it is a DROP.
static void emit(struct gct__heap *heap, const struct gct_event *event)
{
  if (!heap->writing) return;
  if (event->op == GCT_FREE && heap->has_held &&
      heap->held.handle == event->handle) {
    heap->has_held = false;
    struct gct_event drop = *event;
    drop.op = GCT_DROP;
    gct__job_event(heap->job, heap->thread, &drop);
    return;
  }
  flush(heap);
  heap->has_held = event->op == GCT_UNROOT;
  if (heap->has_held)
    heap->held = *event;
  else
    gct__job_event(heap->job, heap->thread, event);
}

static void emit_handle(struct gct__heap *heap, enum gct_op op, uint8_t flags,
                        uint32_t thing)
{
  emit(heap, &(struct gct_event){.op = (uint8_t)op,
                                 .flags = flags,
                                 .handle = heap->live[thing].handle});
}

void gct__heap_thread(struct gct__heap *heap, uint32_t thread)
{
  if (thread == heap->thread || !heap->writing) return;
  flush(heap);
  uint64_t seq = gct_writer_seq(heap->job->writer, heap->thread);
  if (seq > UINT32_MAX) {
    gct__job_fail(heap->job, 0, "more than 2^32 events of one thread");
    return;
  }
  if (seq > 0)
    gct__job_event(heap->job, thread,
                   &(struct gct_event){.op = GCT_WAIT,
                                       .thread = (uint16_t)heap->thread,
                                       .seq = (uint32_t)seq});
  heap->thread = thread;
}

// ---- who holds whom

static struct gct__heap_edge *edge_at(const struct gct__heap *heap,
                                      uint32_t owner, uint32_t slot)
{
  return &heap->live[owner].edges[slot];
}

static void unlink_edge(struct gct__heap *heap, uint32_t owner, uint32_t slot)
{
  struct gct__heap_edge *edge = edge_at(heap, owner, slot);
  if (edge->target == GCT_NIL) return;
  struct gct__live *target = &heap->live[edge->target];
  if (edge->next_owner != GCT_NIL) {
    struct gct__heap_edge *next =
        edge_at(heap, edge->next_owner, edge->next_slot);
    next->before_owner = edge->before_owner;
    next->before_slot = edge->before_slot;
  }
  if (edge->before_owner != GCT_NIL) {
    struct gct__heap_edge *before =
        edge_at(heap, edge->before_owner, edge->before_slot);
    before->next_owner = edge->next_owner;
    before->next_slot = edge->next_slot;
  } else {
    target->from_owner = edge->next_owner;
    target->from_slot = edge->next_slot;
  }
  target->references--;
  edge->target = GCT_NIL;
}

static void link_edge(struct gct__heap *heap, uint32_t owner, uint32_t slot,
                      uint32_t thing)
{
  struct gct__live *target = &heap->live[thing];
  if (target->from_owner != GCT_NIL) {
    struct gct__heap_edge *next =
        edge_at(heap, target->from_owner, target->from_slot);
    next->before_owner = owner;
    next->before_slot = slot;
  }
  *edge_at(heap, owner, slot) =
      (struct gct__heap_edge){.target = thing,
                              .next_owner = target->from_owner,
                              .next_slot = target->from_slot,
                              .before_owner = GCT_NIL};
  target->from_owner = owner;
  target->from_slot = slot;
  target->references++;
}

// Room for a slot: there is none for slots that nobody writes to.
static bool reserve(struct gct__heap *heap, struct gct__live *owner,
                    uint32_t slot)
{
  if (slot < owner->n_edges) return true;
  uint32_t n = owner->n_edges ? 2 * owner->n_edges : 2;
  if (n <= slot) n = slot + 1;
  heap->n_slots += n - owner->n_edges;
  if (heap->n_slots > MOST_SLOTS)
    return gct__job_fail(heap->job, 0,
                         "more than 2^26 slots of all objects at once");
  struct gct__heap_edge *edges = reallocarray(owner->edges, n, sizeof *edges);
  if (!edges) return gct__job_no_memory(heap->job);
  for (uint32_t i = owner->n_edges; i < n; i++) edges[i].target = GCT_NIL;
  owner->edges = edges;
  owner->n_edges = n;
  return true;
}

// ---- what happens to objects

bool gct__heap_birth(struct gct__heap *heap, uint32_t thing)
{
  const struct gct__thing *t = &heap->things[thing];
  heap->live[thing] = (struct gct__live){
      .roots = 1,
      .from_owner = GCT_NIL,
      .handle = heap->n_free ? heap->free[--heap->n_free] : heap->n_handles++,
      .birth = heap->births++,
      .alive = true};
  heap->by_handle[heap->live[thing].handle] = thing;
  if (heap->writing)
    emit(heap, &(struct gct_event){.op = GCT_ALLOC,
                                   .handle = heap->live[thing].handle,
                                   .type = heap->job->types.index[t->type],
                                   .words = t->words,
                                   .slots = t->slots});
  return heap->job->code == 0;
}

void gct__heap_root(struct gct__heap *heap, uint32_t thing)
{
  heap->live[thing].roots++;
  emit_handle(heap, GCT_ROOT, 0, thing);
}

void gct__heap_unroot(struct gct__heap *heap, uint32_t thing)
{
  heap->live[thing].roots--;
  emit_handle(heap, GCT_UNROOT, 0, thing);
}

bool gct__heap_write(struct gct__heap *heap, uint32_t owner, uint32_t slot,
                     uint32_t target)
{
  if (!reserve(heap, &heap->live[owner], slot)) return false;
  unlink_edge(heap, owner, slot);
  if (target != GCT_NIL) link_edge(heap, owner, slot, target);
  bool nil = target == GCT_NIL;
  emit(heap, &(struct gct_event){.op = GCT_WRITE,
                                 .flags = nil ? GCT_TO_NIL : 0,
                                 .handle = heap->live[owner].handle,
                                 .slot = slot,
                                 .target = nil ? GCT_NIL
                                               : heap->live[target].handle});
  return true;
}

uint32_t gct__heap_target(const struct gct__heap *heap, uint32_t owner,
                          uint32_t slot)
{
  const struct gct__live *live = &heap->live[owner];
  return slot < live->n_edges ? live->edges[slot].target : GCT_NIL;
}

uint32_t gct__heap_holder(const struct gct__heap *heap, uint32_t thing,
                          uint32_t owner, uint32_t *slot)
{
  const struct gct__live *live = &heap->live[thing];
  if (owner == GCT_NIL) {
    *slot = live->from_slot;
    return live->from_owner;
  }
  const struct gct__heap_edge *edge = edge_at(heap, owner, *slot);
  *slot = edge->next_slot;
  return edge->next_owner;
}

// ---- ends

// While objects die together, those that have not died yet are marked.
static bool is_dying(const struct gct__live *live)
{
  return live->alive && live->birth == GCT_NIL;
}

static void end_one(struct gct__heap *heap, uint32_t thing, uint8_t flags)
{
  struct gct__live *live = &heap->live[thing];
  emit_handle(heap, GCT_FREE, flags, thing);
  while (live->from_owner != GCT_NIL)
    unlink_edge(heap, live->from_owner, live->from_slot);
  for (uint32_t i = 0; i < live->n_edges; i++) unlink_edge(heap, thing, i);
  heap->n_slots -= live->n_edges;
  free(live->edges);
  live->edges = NULL;
  live->n_edges = 0;
  live->alive = false;
  heap->free[heap->n_free++] = live->handle;
}

// Ends an object that nothing holds, and what only it held.
static void end_counted(struct gct__heap *heap, uint32_t thing)
{
  uint32_t n = 0;
  heap->stack[n++] = thing;
  while (n > 0) {
    thing = heap->stack[--n];
    const struct gct__live *live = &heap->live[thing];
    for (uint32_t i = live->n_edges; i-- > 0;) {
      uint32_t target = live->edges[i].target;
      if (target == GCT_NIL) continue;
      unlink_edge(heap, thing, i);
      const struct gct__live *below = &heap->live[target];
      if (is_dying(below) && below->references == 0 && below->roots == 0)
        heap->stack[n++] = target;
    }
    end_one(heap, thing, 0);
  }
}

// Makes the slots of others that hold a dying object nil.
static uint64_t cut_off(struct gct__heap *heap, uint32_t thing)
{
  uint64_t cut = 0;
  uint32_t owner = heap->live[thing].from_owner;
  uint32_t slot = heap->live[thing].from_slot;
  while (owner != GCT_NIL) {
    const struct gct__heap_edge *edge = edge_at(heap, owner, slot);
    uint32_t next_owner = edge->next_owner, next_slot = edge->next_slot;
    if (!is_dying(&heap->live[owner])) {
      gct__heap_write(heap, owner, slot, GCT_NIL);
      cut++;
    }
    owner = next_owner;
    slot = next_slot;
  }
  return cut;
}

uint64_t gct__heap_bury(struct gct__heap *heap, const uint32_t *dying,
                        uint32_t n)
{
  uint64_t cut = 0;
  for (uint32_t i = 0; i < n; i++) heap->live[dying[i]].birth = GCT_NIL;
  for (uint32_t i = 0; i < n; i++) cut += cut_off(heap, dying[i]);
  for (uint32_t i = 0; i < n; i++) {
    const struct gct__live *live = &heap->live[dying[i]];
    while (live->alive && live->roots > 0) gct__heap_unroot(heap, dying[i]);
    if (live->alive && live->references == 0) end_counted(heap, dying[i]);
  }
  for (uint32_t i = 0; i < n; i++)
    if (heap->live[dying[i]].alive) end_one(heap, dying[i], GCT_BY_CYCLE);
  return cut;
}

void gct__heap_checkpoint(struct gct__heap *heap)
{
  struct gct_oracle oracle = {.number = heap->checkpoints++};
  uint32_t threads[GCT_MAX_THREADS];
  for (uint32_t i = 0; i < heap->n_handles; i++) {
    uint32_t thing = heap->by_handle[i];
    const struct gct__live *live = &heap->live[thing];
    if (!live->alive) continue;
    gct_oracle_object(&oracle, live->birth,
                      8 * (uint64_t)heap->things[thing].words);
    for (uint32_t slot = 0; slot < live->n_edges; slot++)
      if (live->edges[slot].target != GCT_NIL)
        gct_oracle_edge(&oracle, live->birth, slot,
                        heap->live[live->edges[slot].target].birth);
  }
  flush(heap);
  for (uint32_t i = 0; i < heap->n_threads; i++) threads[i] = i;
  gct__job_checkpoint(heap->job, threads, heap->n_threads, &oracle);
}
