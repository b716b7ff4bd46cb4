// marker.c: one worker's part of a trace: it looks into grey objects.
// SPDX-License-Identifier: MIT
//
// Two queues hide memory's latency. A reference goes through a ring before its
// mark is looked at: the mark word has been fetched meanwhile. What is popped
// to be looked into goes through another: the object has been fetched by then
// (Cher, Hosking and Vitek, "Software prefetching for mark-sweep", ASPLOS
// 2004). Objects are fetched when they are popped, not when they are met: most
// references lead to what is marked already, and what goes onto a stack may
// come off it too early or too late.
//
// How much of memory is on its way at a time depends on how few instructions
// there are for each reference. So the common object, with slots in a row and
// nothing else, has a loop of its own (`burst`), whose state is in registers:
// locals whose address nobody has, since the compiler must take every atomic
// access for one that may change anything else.
//
// Where memory has homes (`homes`, a constant in each of two copies of all
// this) a worker counts whose objects it looks into, and where it sends what is
// at home elsewhere (steal=owner) it does so before it has touched the object
// or its mark.

#include "marker.h"

#include "mark.h"
#include "numa.h"

#define RING 16          // references whose mark is being fetched
#define AHEAD 8          // items whose object is
#define SHARE_EVERY 512  // objects between two looks at the others
#define RANGE_SLOTS 1024 // of a large array, looked at in one go
#define NOTHING UINT64_MAX
#define INLINE static inline __attribute__((always_inline))

struct wane__trace wane__trace;

struct marker {
  struct wane__worker *worker;
  bool alone;
  // Both queues: the oldest gives way to the newest, or to NOTHING.
  uint64_t ring[RING];      // offsets of references
  uint64_t ahead[AHEAD];    // items
  uint64_t met, popped;     // places of the queues that were used so far
  uint64_t flushed;         // `met` when the ring was empty last
  uint64_t objects, edges, bytes;
  uint64_t told; // of the bytes
  uint32_t here;         // the thread's node
  wane__numa_cell *book; // NULL: nothing is counted
};

void wane__grey_lost(uint64_t offset)
{
  uint32_t block = (uint32_t)(offset >> WANE_BLOCK_SHIFT);
  // Note [marks]: the object is marked, so it can be found again.
  atomic_store_explicit(&wane__blocks[block].rescan, true,
                        memory_order_relaxed);
  atomic_store_explicit(&wane__trace.overflow, true, memory_order_relaxed);
}

static inline uint64_t exchange(uint64_t *place, uint64_t item)
{
  uint64_t oldest = *place;
  *place = item;
  return oldest;
}

static inline void test(struct wane__worker *w, _Atomic uint64_t *marks,
                        uint64_t offset, bool alone)
{
  if (wane__set_mark(marks, offset, alone)) wane__grey(w, offset);
}

// --- homes -------------------------------------------------------------------

// Is it sent to its home?
static bool sent_home(struct wane__worker *w, uint64_t item)
{
  uint32_t home = wane__numa_home_at(wane__item_object(item));
  return wane__work_is_one_of(w->sends, home) && wane__work_send(w, home, item);
}

// An item that was popped, as it is to be looked into; NOTHING: not here, or
// not at all.
static uint64_t at_home(struct marker *k, uint64_t item)
{
  if (k->worker->sends && sent_home(k->worker, item)) return NOTHING;
  if (item & WANE__UNMARKED) {
    item &= ~WANE__UNMARKED;
#if WANE_MUTANT != 60
    if (!wane__set_mark(wane_gc_heap.marks, item, k->alone)) return NOTHING;
#endif
  }
  if (k->book && !(item >> WANE__RANGE_SHIFT))
    wane__numa_add(k->book, WANE_NUMA_MARKED, k->here,
                   wane__numa_home_at(wane__item_object(item)), 1);
  return item;
}

// --- any object --------------------------------------------------------------

INLINE void meet(struct wane_slot *slot, void *context, const bool homes)
{
  struct marker *k = context;
  _Atomic uint64_t *marks = wane_gc_heap.marks;
  // Note [publish]: acquire, for the header of what the slot refers to.
  wane_ref o = atomic_load_explicit(&slot->wane__value, memory_order_acquire);
  if (!o) return;
  uint64_t offset = wane__offset_of(o);
  if (homes && k->worker->sends &&
      sent_home(k->worker, offset | WANE__UNMARKED))
    return;
  __builtin_prefetch(&marks[wane__mark_word(offset)], 1);
  offset = exchange(&k->ring[k->met++ % RING], offset);
  if (offset != NOTHING) test(k->worker, marks, offset, k->alone);
}

static inline void visit(struct wane_slot *slot, void *context)
{
  meet(slot, context, false);
}

static inline void visit_homes(struct wane_slot *slot, void *context)
{
  meet(slot, context, true);
}

INLINE void scan_range(struct marker *k, wane_ref o,
                       const struct wane_type *type, uint64_t range,
                       const bool homes)
{
  struct wane_slot *slots =
      (struct wane_slot *)(void *)((char *)o + type->array_offset);
  uint64_t end = range * RANGE_SLOTS;
  uint32_t n = ((struct wane_array *)(void *)o)->length;
  if (end > n) end = n;
  for (uint64_t i = (range - 1) * RANGE_SLOTS; i < end; i++)
    meet(&slots[i], k, homes);
}

// Its ranges go round as items of their own, so that others may have some. One
// that finds no room is looked at here and now: if it were left to a rescan,
// the same ones would find no room again.
INLINE void split(struct marker *k, wane_ref o, const struct wane_type *type,
                  const bool homes)
{
  void (*const see)(struct wane_slot *, void *) = homes ? visit_homes : visit;
  uint64_t n = ((struct wane_array *)(void *)o)->length;
  uint64_t ranges = (n + RANGE_SLOTS - 1) / RANGE_SLOTS;
  wane_each_fixed_slot(o, type, see, k);
  if (type->trace) type->trace(o, see, k);
  // Note [weak flags]: as in wane_each_slot.
  if (type->weakable &&
      atomic_load_explicit(&o->own, memory_order_acquire) & WANE_HAS_VALUES)
    wane__each_value(o, see, k);
  for (uint64_t i = ranges; i > 0; i--) {
    uint64_t item = wane__offset_of(o) | i << WANE__RANGE_SHIFT;
    if (!wane__work_push(k->worker, item)) scan_range(k, o, type, i, homes);
  }
}

static size_t bytes_of(wane_ref o)
{
  size_t bytes = wane_gc_cell_size(wane_gc_block_of(o));
  if (WANE_LIKELY(bytes <= WANE__SMALL_MAX)) return bytes;
  uint32_t n = wane__blocks[wane__block_index(o)].n_blocks;
  return (size_t)n << WANE_BLOCK_SHIFT;
}

INLINE void scan(struct marker *k, uint64_t item, const bool homes)
{
  wane_ref o = wane__item_object(item);
  const struct wane_type *type = wane_gc_type(o);
  WANE_YIELD(9);
  if (WANE_UNLIKELY(item >> WANE__RANGE_SHIFT)) {
    scan_range(k, o, type, item >> WANE__RANGE_SHIFT, homes);
    return;
  }
  k->objects++;
  k->bytes += bytes_of(o);
  k->edges += type->n_refs;
  if (type->array_offset) {
    uint32_t length = ((struct wane_array *)(void *)o)->length;
    k->edges += length;
    if (length > RANGE_SLOTS) {
      split(k, o, type, homes);
      return;
    }
  }
  wane_each_slot(o, type, homes ? visit_homes : visit, k);
}

static __attribute__((noinline)) void scan_plain(struct marker *k,
                                                 uint64_t item)
{
  scan(k, item, false);
}

static __attribute__((noinline)) void scan_homes(struct marker *k,
                                                 uint64_t item)
{
  scan(k, item, true);
}

// --- the queues --------------------------------------------------------------

// Along a list this is done for every object: only what is there is looked at.
static void flush_ring(struct marker *k)
{
  uint64_t held = k->met - k->flushed;
  for (uint64_t i = k->met - (held < RING ? held : RING); i != k->met; i++) {
    uint64_t offset = exchange(&k->ring[i % RING], NOTHING);
    test(k->worker, wane_gc_heap.marks, offset, k->alone);
  }
  k->flushed = k->met;
}

// The open packet is empty: the next item all the same, from the queues;
// NOTHING: they are empty too.
static uint64_t last_item(struct marker *k)
{
  struct wane__worker *w = k->worker;
  for (uint32_t empty = 0; empty < AHEAD;) {
    uint64_t item = NOTHING;
    if (!w->open->n) flush_ring(k);
    empty++;
    if (w->open->n) {
      item = w->open->items[--w->open->n];
      __builtin_prefetch(wane__item_object(item));
      empty = 0;
    }
    item = exchange(&k->ahead[k->popped++ % AHEAD], item);
    if (item != NOTHING) return item;
  }
  return NOTHING;
}

static void tell_bytes(struct marker *k)
{
  // Note [trace sums]
  atomic_fetch_add_explicit(&wane__trace.bytes, k->bytes - k->told,
                            memory_order_relaxed);
  k->told = k->bytes;
}

// --- the loop ----------------------------------------------------------------

static inline bool is_common(const struct wane_type *type)
{
  return type->fixed_only && type->refs_begin && type->cell;
}

// For a while, and tells how far it is; false: the open packet and the queues
// are empty.
INLINE bool burst(struct marker *k, const bool homes)
{
  struct wane__worker *const w = k->worker;
  char *const base = wane_gc_heap.base;
  _Atomic uint64_t *const marks = wane_gc_heap.marks;
  const struct wane_type *const *const types = wane_gc_heap.types;
  const bool alone = k->alone;
  uint64_t met = k->met, popped = k->popped;
  uint64_t objects = 0, edges = 0, bytes = 0;
  bool more = true;
  for (uint32_t left = SHARE_EVERY; left; left--) {
    struct wane__work_packet *open = w->open;
    uint64_t item;
    if (WANE_LIKELY(open->n)) {
      item = open->items[--open->n];
      __builtin_prefetch(base + (item & WANE__OFFSET_MASK));
      item = exchange(&k->ahead[popped++ % AHEAD], item);
      if (item == NOTHING) continue;
    } else {
      k->met = met, k->popped = popped;
      item = last_item(k);
      met = k->met, popped = k->popped;
      more = item != NOTHING;
      if (!more) break;
    }
    if (homes && (item = at_home(k, item)) == NOTHING) continue;
    wane_ref o = (wane_ref)(void *)(base + (item & WANE__OFFSET_MASK));
    const struct wane_type *type = types[o->type];
    if (WANE_UNLIKELY(item >> WANE__RANGE_SHIFT) ||
        WANE_UNLIKELY(!is_common(type))) {
      k->met = met;
      if (homes)
        scan_homes(k, item);
      else
        scan_plain(k, item);
      met = k->met;
      continue;
    }
    WANE_YIELD(9);
    objects++;
    bytes += type->cell;
    edges += type->n_refs;
    struct wane_slot *slot =
        (struct wane_slot *)(void *)((char *)o + type->refs_begin);
    for (struct wane_slot *end = slot + type->n_refs; slot != end; slot++) {
      // Note [publish]: acquire, as in `visit`.
      char *to = (char *)atomic_load_explicit(&slot->wane__value,
                                              memory_order_acquire);
      if (!to) continue;
      uint64_t offset = (uint64_t)(to - base);
      if (homes && w->sends && sent_home(w, offset | WANE__UNMARKED)) continue;
      __builtin_prefetch(&marks[wane__mark_word(offset)], 1);
      offset = exchange(&k->ring[met++ % RING], offset);
      if (offset != NOTHING) test(w, marks, offset, alone);
    }
  }
  k->met = met, k->popped = popped;
  k->objects += objects, k->edges += edges, k->bytes += bytes;
  tell_bytes(k);
  return more;
}

static bool burst_plain(struct marker *k)
{
  return burst(k, false);
}

static bool burst_homes(struct marker *k)
{
  return burst(k, true);
}

static struct marker marker_begin(struct wane__worker *w, bool alone)
{
  struct marker k = {.worker = w, .alone = alone};
  if (wane__numa.count) {
    k.here = wane__numa_here();
    k.book = wane__numa_book();
  }
  for (uint32_t i = 0; i < RING; i++) k.ring[i] = NOTHING;
  for (uint32_t i = 0; i < AHEAD; i++) k.ahead[i] = NOTHING;
  return k;
}

// What is in the queues is in no packet: it goes back. What finds no room is
// looked at here and now: of an array, a range would become all of them again.
static void marker_end(struct marker *k)
{
#if WANE_MUTANT != 52
  for (uint32_t i = 0; i < AHEAD; i++) {
    uint64_t item = exchange(&k->ahead[i], NOTHING);
    if (item == NOTHING || wane__work_push(k->worker, item)) continue;
    item = at_home(k, item);
    if (item != NOTHING) scan_homes(k, item);
  }
  flush_ring(k);
#endif
  tell_bytes(k);
  // Note [trace sums]
  atomic_fetch_add_explicit(&wane__trace.objects, k->objects,
                            memory_order_relaxed);
  atomic_fetch_add_explicit(&wane__trace.edges, k->edges,
                            memory_order_relaxed);
}

INLINE void drain(struct marker *k, bool (*const go_on)(struct marker *))
{
  bool more;
  do more = go_on(k);
  while (wane__work_share(k->worker) &&
         (more || wane__work_refill(k->worker)));
}

void wane__marker_drain(struct wane__worker *w)
{
  struct marker k = marker_begin(w, wane__trace.alone);
  if (wane__numa.homes)
    drain(&k, burst_homes);
  else
    drain(&k, burst_plain);
  marker_end(&k);
}

// --- assistance --------------------------------------------------------------

static _Thread_local uint64_t assist_bytes, assisted_bytes;

static void drain_some(struct wane__worker *w)
{
  struct marker k = marker_begin(w, false);
  bool (*const go_on)(struct marker *) =
      wane__numa.homes ? burst_homes : burst_plain;
  while (k.bytes < assist_bytes && go_on(&k)) continue;
#if WANE_MUTANT != 56
  marker_end(&k);
#endif
  assisted_bytes += k.bytes;
}

uint64_t wane__mark_assist(uint64_t bytes)
{
  assist_bytes = bytes;
  assisted_bytes = 0;
  (void)wane__work_assist(drain_some);
  return assisted_bytes;
}
