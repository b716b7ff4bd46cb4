// mark.c: parallel tracing, in slices between the engine's work.
// SPDX-License-Identifier: MIT
//
// Snapshot at the beginning (Yuasa 1990) without a stop: in the round in which
// a trace begins, grey is what the root snapshots, the handles and the log of
// that round name; later rounds shade what their log names, and nothing else
// (runtime/DESIGN.md, "Tracing"). What is born after all threads have answered
// is marked when it is handed over and never looked into.
//
// Marking runs in slices, inside rounds, on all workers: counts go down and
// objects are freed only between slices. So a marker never meets a dead
// object, but for those that were grey when a slice ended and died before the
// next: they are filtered out when it begins.
//
// Two queues hide memory's latency. A reference goes through a ring before its
// mark is looked at: the mark word has been fetched meanwhile. What is popped
// to be looked into goes through another: the object has been fetched by then
// (Cher, Hosking and Vitek, "Software prefetching for mark-sweep", ASPLOS
// 2004). Objects are fetched when they are popped, not when they are met: most
// references lead to what is marked already, and what goes onto a stack may
// come off it too early or too late.

#include "mark.h"

#include "cycle.h"
#include "engine.h"
#include "pressure.h"
#include "roots.h"
#include "round.h"
#include "weak_trace.h"
#include "work.h"

#include <string.h>

#define RING 16          // references whose mark is being fetched
#define AHEAD 8          // items whose object is
#define SHARE_EVERY 512  // objects between two looks at the others
#define RANGE_SLOTS 1024 // of a large array, looked at in one go

// An item of a packet: the offset of an object from the heap's base, and above
// RANGE_SHIFT 0 for the whole object or 1 + the number of a range of its
// trailing slots.
#define RANGE_SHIFT 44
#define OFFSET_MASK (((uint64_t)1 << RANGE_SHIFT) - 1)
#define NO_ITEM UINT64_MAX

uint32_t wane__swept;

// Sums of a trace. Note [trace sums]: relaxed adds at the end of a worker's
// part; read when the run is over, which the pool's lock orders, or as a hint.
static struct {
  bool active, begun, drained; // of this trace; in this round; in the last
  bool over; // everything reachable is marked
  bool alone;      // one worker, no assistants: marks need no atomics
  bool lost;       // Note [log lost]
  bool wants_born; // Note [early births]
  bool filtering;  // objects may die between slices
  _Atomic bool overflow; // some block's marked objects want another look
  _Atomic uint64_t objects, edges, bytes;
  uint64_t slice_end; // bytes from which on this slice may end
} trace;

// --- marks -------------------------------------------------------------------

static inline _Atomic uint64_t *word_of(wane_ref o)
{
  size_t offset = (size_t)((char *)o - wane_gc_heap.base);
  return &wane_gc_heap.marks[offset / (64 * WANE__MARK_GRAIN)];
}

static inline uint64_t bit_of(wane_ref o)
{
  size_t offset = (size_t)((char *)o - wane_gc_heap.base);
  return (uint64_t)1 << (offset / WANE__MARK_GRAIN & 63);
}

// True for exactly one caller. Note [marks]
static inline bool set_mark(wane_ref o, bool alone)
{
  _Atomic uint64_t *word = word_of(o);
  uint64_t bit = bit_of(o);
  uint64_t old = atomic_load_explicit(word, memory_order_relaxed);
  if (old & bit) return false;
  if (!alone)
    return !(atomic_fetch_or_explicit(word, bit, memory_order_relaxed) & bit);
  atomic_store_explicit(word, old | bit, memory_order_relaxed);
  return true;
}

// Note [marks]
bool wane_gc_marked(wane_ref o)
{
  return atomic_load_explicit(word_of(o), memory_order_relaxed) & bit_of(o);
}

void wane__mark_span(const struct wane_gc_span *span)
{
#if WANE_MUTANT != 51
  if (span->block < wane__swept) return;
#endif
  _Atomic uint64_t *words = wane__mark_words(span->block);
  // All grains from the first cell to the last: what lies between the
  // beginnings of cells is nobody's.
  size_t bytes = wane_gc_cell_size(&wane_gc_heap.blocks[span->block]);
  struct wane_gc_span grains = {
      .begin = (uint16_t)(span->begin * bytes / WANE__MARK_GRAIN),
      .end = (uint16_t)((span->end - 1u) * bytes / WANE__MARK_GRAIN + 1)};
  for (uint32_t i = grains.begin >> 6; i <= (grains.end - 1u) >> 6; i++)
    atomic_fetch_or_explicit(&words[i], wane_gc_span_mask(&grains, i),
                             memory_order_relaxed); // Note [marks]
}

// Note [early births]: one thread has answered the handshake that begins a
// trace and allocates; another has not, and stores into the new object what it
// then drops from its roots without a word. So what is handed over in the next
// round is grey, not black: it may have been born before all had answered. In
// the round after that everything handed over was born later.
bool wane__mark_wants_born(void)
{
  bool wants = trace.wants_born;
  trace.wants_born = false;
#if WANE_MUTANT == 49
  return false;
#endif
  return wants;
}

// --- grey --------------------------------------------------------------------

// No packet could be had. The object is marked, so it can be found again.
// Note [marks]
static void remember(wane_ref o)
{
  atomic_store_explicit(&wane__blocks[wane__block_index(o)].rescan, true,
                        memory_order_relaxed);
  atomic_store_explicit(&trace.overflow, true, memory_order_relaxed);
}

static inline uint64_t item_of(wane_ref o, uint64_t range)
{
  return (uint64_t)((char *)o - wane_gc_heap.base) | range << RANGE_SHIFT;
}

static inline void push(struct wane__worker *w, wane_ref o)
{
  if (WANE_UNLIKELY(!wane__work_push(w, item_of(o, 0)))) remember(o);
}

void wane__shade(wane_ref o)
{
  if (set_mark(o, true)) push(wane__work_own(), o);
}

void wane__shade_log(const struct wane__chunk *list)
{
  for (const struct wane__chunk *c = list; c; c = c->next)
    for (uint32_t i = 0; i < c->n; i++) wane__shade(c->entries[i]);
}

void wane__shade_span(const struct wane_gc_span *span)
{
  const struct wane_gc_block *block = &wane_gc_heap.blocks[span->block];
  size_t bytes = wane_gc_cell_size(block);
  for (uint32_t i = span->begin >> 6; i <= (span->end - 1u) >> 6; i++) {
    uint64_t cells = wane_gc_span_mask(span, i) & // Note [cells]
        atomic_load_explicit(&block->bits[i].used, memory_order_relaxed);
    for (; cells; cells &= cells - 1)
      push(wane__work_own(), wane__object_at(span->block, bytes, i, cells));
  }
}

// --- one worker's part -------------------------------------------------------

struct marker {
  struct wane__worker *worker;
  bool alone;
  // Both queues: the oldest gives way to the newest; NULL or NO_ITEM where
  // there is none.
  wane_ref ring[RING];
  uint64_t ahead[AHEAD];
  uint64_t met, flushed; // references so far; so many when the ring was empty
  uint64_t popped;
  uint64_t objects, edges, bytes;
  uint64_t told; // of the bytes
};

static inline wane_ref object_of(uint64_t item)
{
  return (wane_ref)(void *)(wane_gc_heap.base + (item & OFFSET_MASK));
}

static inline void test(struct marker *k, wane_ref o)
{
  if (set_mark(o, k->alone)) push(k->worker, o);
}

static inline void meet(struct marker *k, wane_ref o)
{
  __builtin_prefetch(word_of(o), 1);
  wane_ref *place = &k->ring[k->met++ & (RING - 1)], oldest = *place;
  *place = o;
  if (WANE_LIKELY(oldest != NULL)) test(k, oldest);
}

static inline void visit(struct wane_slot *slot, void *context)
{
  struct marker *k = context;
  // Note [publish]: acquire, for the header of what the slot refers to.
  wane_ref o = atomic_load_explicit(&slot->wane__value, memory_order_acquire);
  if (o) meet(k, o);
}

static void scan_range(struct marker *k, wane_ref o,
                       const struct wane_type *type, uint64_t range)
{
  struct wane_slot *slots =
      (struct wane_slot *)(void *)((char *)o + type->array_offset);
  uint64_t end = range * RANGE_SLOTS;
  uint32_t n = ((struct wane_array *)(void *)o)->length;
  if (end > n) end = n;
  for (uint64_t i = (range - 1) * RANGE_SLOTS; i < end; i++)
    visit(&slots[i], k);
}

// Its ranges go round as items of their own, so that others may have some. One
// that finds no room is looked at here and now: if it were left to a rescan,
// the same ones would find no room again.
static void split(struct marker *k, wane_ref o, const struct wane_type *type)
{
  uint64_t n = ((struct wane_array *)(void *)o)->length;
  uint64_t ranges = (n + RANGE_SLOTS - 1) / RANGE_SLOTS;
  wane_each_fixed_slot(o, type, visit, k);
  if (type->trace) type->trace(o, visit, k);
  for (uint64_t i = ranges; i > 0; i--)
    if (!wane__work_push(k->worker, item_of(o, i))) scan_range(k, o, type, i);
}

// Of small objects without an array the type says it: no look at the block.
static inline size_t bytes_of(wane_ref o, const struct wane_type *type)
{
  if (WANE_LIKELY(type->fixed_only && type->cell)) return type->cell;
  size_t bytes = wane_gc_cell_size(wane_gc_block_of(o));
  if (WANE_LIKELY(bytes <= WANE__SMALL_MAX)) return bytes;
  uint32_t n = wane__blocks[wane__block_index(o)].n_blocks;
  return (size_t)n << WANE_BLOCK_SHIFT;
}

static inline void scan(struct marker *k, uint64_t item)
{
  wane_ref o = object_of(item);
  const struct wane_type *type = wane_gc_type(o);
  WANE_YIELD(9);
  if (WANE_UNLIKELY(item >> RANGE_SHIFT)) {
    scan_range(k, o, type, item >> RANGE_SHIFT);
    return;
  }
  k->objects++;
  k->bytes += bytes_of(o, type);
  if (WANE_LIKELY(type->fixed_only)) {
    k->edges += type->n_refs;
    wane_each_fixed_slot(o, type, visit, k);
    return;
  }
  if (type->array_offset) {
    uint32_t length = ((struct wane_array *)(void *)o)->length;
    k->edges += length;
    if (length > RANGE_SLOTS) {
      split(k, o, type);
      return;
    }
  }
  wane_each_slot(o, type, visit, k);
}

static void flush_ring(struct marker *k)
{
  uint64_t held = k->met - k->flushed;
  for (uint64_t i = k->met - (held < RING ? held : RING); i != k->met; i++) {
    wane_ref *place = &k->ring[i & (RING - 1)], o = *place;
    *place = NULL;
    test(k, o);
  }
  k->flushed = k->met;
}

static inline uint64_t exchange(struct marker *k, uint64_t item)
{
  uint64_t *place = &k->ahead[k->popped++ & (AHEAD - 1)], oldest = *place;
  *place = item;
  return oldest;
}

// The next item whose object has been fetched; NO_ITEM: the open packet and
// both queues are empty.
static inline uint64_t next_item(struct marker *k)
{
  const struct wane__worker *w = k->worker;
  for (uint32_t empty = 0; empty < AHEAD;) {
    if (WANE_UNLIKELY(!w->open->n)) flush_ring(k);
    uint64_t item = NO_ITEM;
    if (WANE_LIKELY(w->open->n)) {
      item = w->open->items[--w->open->n];
      __builtin_prefetch(object_of(item));
      empty = 0;
    } else {
      empty++;
    }
    item = exchange(k, item);
    if (WANE_LIKELY(item != NO_ITEM)) return item;
  }
  return NO_ITEM;
}

static void tell_bytes(struct marker *k)
{
  // Note [trace sums]
  atomic_fetch_add_explicit(&trace.bytes, k->bytes - k->told,
                            memory_order_relaxed);
  k->told = k->bytes;
}

// For a while, and tells how far it is; false: the open packet and the queues
// are empty.
static bool burst(struct marker *k)
{
  uint64_t item = 0;
  for (uint32_t left = SHARE_EVERY; left && item != NO_ITEM; left--) {
    item = next_item(k);
    if (WANE_LIKELY(item != NO_ITEM)) scan(k, item);
  }
  tell_bytes(k);
  return item != NO_ITEM;
}

static struct marker marker_begin(struct wane__worker *w, bool alone)
{
  struct marker k = {.worker = w, .alone = alone};
  for (uint32_t i = 0; i < AHEAD; i++) k.ahead[i] = NO_ITEM;
  return k;
}

// What is in the queues is in no packet: it goes back. What finds no room is
// looked at here and now: of an array, a range would become all of them again.
static void marker_end(struct marker *k)
{
#if WANE_MUTANT != 52
  for (uint32_t i = 0; i < AHEAD; i++) {
    uint64_t item = exchange(k, NO_ITEM);
    if (item != NO_ITEM && !wane__work_push(k->worker, item)) scan(k, item);
  }
  flush_ring(k);
#endif
  tell_bytes(k);
  // Note [trace sums]
  atomic_fetch_add_explicit(&trace.objects, k->objects, memory_order_relaxed);
  atomic_fetch_add_explicit(&trace.edges, k->edges, memory_order_relaxed);
}

static void drain(struct wane__worker *w)
{
  struct marker k = marker_begin(w, trace.alone);
  bool more;
  do more = burst(&k);
  while (wane__work_share(w) && (more || wane__work_refill(w)));
  marker_end(&k);
}

// --- assistance --------------------------------------------------------------

static _Thread_local uint64_t assist_bytes, assisted_bytes;

static void drain_some(struct wane__worker *w)
{
  struct marker k = marker_begin(w, false);
  while (k.bytes < assist_bytes && burst(&k)) continue;
  marker_end(&k);
  assisted_bytes += k.bytes;
}

uint64_t wane__mark_assist(uint64_t bytes)
{
  assist_bytes = bytes;
  assisted_bytes = 0;
  (void)wane__work_assist(drain_some);
  return assisted_bytes;
}

// --- between slices ----------------------------------------------------------

// Was it freed since it became grey? Its cell may be another object's by now:
// that one is looked into for nothing, if the item fits it at all.
static bool still_there(uint64_t item)
{
  wane_ref o = object_of(item);
#if WANE_MUTANT == 53
  return true;
#endif
  if (!wane__still_there(o)) return false;
  return !(item >> RANGE_SHIFT) || wane_gc_type(o)->array_offset;
}

// Some items were dropped: their objects are marked, so whatever is marked in
// their blocks is looked into again. Nothing is dropped here, however little
// room there is: every round of this follows from objects that were newly
// marked, so it ends.
static void rescan_block(uint32_t index)
{
  struct wane__block *b = &wane__blocks[index];
  size_t bytes = wane_gc_cell_size(&wane_gc_heap.blocks[index]);
  for (uint32_t word = 0; word * 64 < b->cells; word++) {
    uint64_t cells = // Note [cells]
        atomic_load_explicit(&b->bits[word].used, memory_order_relaxed);
    cells &= wane__marked_cells(index, bytes, word, cells);
    for (; cells; cells &= cells - 1) {
      wane_ref o = wane__object_at(index, bytes, word, cells);
      while (!wane__work_push(wane__work_own(), item_of(o, 0)))
        wane__work_run(drain, NULL); // makes room
    }
  }
}

// Note [marks]
static void rescan(void)
{
  uint32_t state, next;
  atomic_store_explicit(&trace.overflow, false, memory_order_relaxed);
  for (uint32_t i = 0;
       (state = wane__heap_block_state(i, &next)) != WANE__NO_BLOCK;
       i = next) {
    _Atomic bool *flag = &wane__blocks[i].rescan;
    if (!atomic_load_explicit(flag, memory_order_relaxed)) continue;
    atomic_store_explicit(flag, false, memory_order_relaxed);
    if (state == WANE__BLOCK_FREE) continue;
    rescan_block(i);
    wane__work_run(drain, NULL);
  }
}

// Note [marks]
static bool overflown(void)
{
  return atomic_load_explicit(&trace.overflow, memory_order_relaxed);
}

// A slice has looked at what it owes and somebody wants a round.
static bool may_end(void)
{
  return wane__marked_bytes() >= trace.slice_end && wane__round_wanted();
}

// --- a trace -----------------------------------------------------------------

static void shade_root(wane_ref o, void *context)
{
  (void)context;
  wane__shade(o);
}

static void shade_start(const struct wane_round *r)
{
#if WANE_MUTANT != 41
  for (size_t i = 0; i < r->roots->n; i++) wane__shade(r->roots->items[i]);
#endif
#if WANE_MUTANT != 42
  wane__shade_log(r->log);
#endif
  wane__handles_each(shade_root, NULL);
  WANE_YIELD(25);
  wane__weak_trace_roots(shade_root, NULL);
}

bool wane_gc_mark_begin(struct wane_round *r)
{
  WANE_CHECK(!trace.active, "a trace begins before the last one was swept");
  // The log of this round is part of the beginning: it must be whole.
#if WANE_MUTANT == 55
  if (!r->stopped && !r->logged) return false;
#else
  if (!r->stopped && (!r->logged || r->log_lost)) return false;
#endif
  trace.active = trace.begun = true;
  trace.drained = trace.lost = trace.over = false;
  trace.filtering = r->counting;
  trace.wants_born = !r->stopped;
  // Note [trace sums]
  atomic_store_explicit(&trace.objects, 0, memory_order_relaxed);
  atomic_store_explicit(&trace.edges, 0, memory_order_relaxed);
  atomic_store_explicit(&trace.bytes, 0, memory_order_relaxed);
  wane__swept = 0;
  r->marking = true;
  wane__cycle_began(wane__pressure_used(), r->full);
  shade_start(r);
  return true;
}

// Note [log lost]: a thread overwrote a reference and could not log it, so
// another may hold what no snapshot names. The trace starts anew in the first
// round without a loss: by then whoever had loaded that reference has shown it
// in its roots, or has stored it. The flag is the coordinator's; threads set
// one of their own (round.c) before they answer.
void wane__mark_log_lost(void)
{
  trace.lost = trace.active;
}

static void clear_marks(void)
{
  uint32_t state, next;
  for (uint32_t i = 0;
       (state = wane__heap_block_state(i, &next)) != WANE__NO_BLOCK;
       i = next)
    memset(wane__mark_words(i), 0, WANE__MARK_BYTES);
}

static void start_anew(struct wane_round *r)
{
  wane__weak_trace_withdraw();
  wane__work_clear();
  clear_marks();
  trace.active = false;
  (void)wane_gc_mark_begin(r);
}

static void tell_traced(struct wane_round *r, struct wane_event *part)
{
  // Note [trace sums]
  uint64_t objects =
      atomic_load_explicit(&trace.objects, memory_order_relaxed);
  uint64_t edges = atomic_load_explicit(&trace.edges, memory_order_relaxed);
  part->objects = objects - r->traced_before;
  part->edges = edges - r->edges_before;
  wane_gc_traced(r, 0, part->objects, part->edges);
  r->traced_before = objects;
  r->edges_before = edges;
}

static bool over(struct wane_round *r)
{
  wane__cycle_marked(wane__pressure_used(), wane__marked_bytes());
  trace.over = true;
  r->marking = false;
  return true;
}

// Nothing is grey, and only weak cells lead to what is not marked.
static enum wane__weak_step settle(const struct wane_round *r)
{
  if (!wane_gc_any_special()) return WANE__WEAK_DONE;
  return wane__weak_trace_step(r);
}

static void slice(struct wane_round *r)
{
  uint64_t owed = r->born_bytes * 2;
  if (owed < wane__config.mark_slice) owed = wane__config.mark_slice;
  trace.slice_end = wane__marked_bytes() + owed;
  struct wane_event part = wane__engine_part_begin();
  trace.alone = wane_gc_workers() == 1 && r->stopped;
  wane__work_admit_assistants(!trace.alone);
  do {
    if (overflown()) rescan();
    trace.drained = wane__work_run(drain, r->stopped ? NULL : may_end);
  } while (trace.drained && overflown());
  wane__work_admit_assistants(false);
  tell_traced(r, &part);
  wane__engine_part_end(&part, WANE_PHASE_MARK);
  wane__cycle_slice_took(part.cpu_ns);
}

// Has a whole round passed since nothing was grey, and named nothing?
static bool quiet(void)
{
  bool begun = trace.begun;
  trace.begun = false;
#if WANE_MUTANT == 43
  return trace.drained;
#endif
  return trace.drained && !begun && wane__work_none() && !overflown();
}

bool wane_gc_mark(struct wane_round *r)
{
  WANE_CHECK(trace.active, "wane_gc_mark without wane_gc_mark_begin");
  if (trace.begun) r->traced_before = r->edges_before = 0;
  if (trace.lost) {
    if (r->log_lost) return false;
    start_anew(r);
  }
  if (trace.filtering) wane__work_filter(still_there);
  if (quiet()) {
    enum wane__weak_step step = settle(r);
    if (step == WANE__WEAK_DONE) return over(r);
    if (step == WANE__WEAK_WAIT) return false;
  } else {
#if WANE_MUTANT != 28 // cells keep the record of a verdict that was put off
    wane__weak_trace_withdraw();
#endif
  }
  do slice(r);
  while (r->stopped && settle(r) == WANE__WEAK_MORE);
#if WANE_MUTANT == 44
  return trace.drained && over(r);
#endif
  return r->stopped && over(r);
}

bool wane__mark_runs(void)
{
  return trace.active && !trace.over;
}

bool wane__mark_over(void)
{
  return trace.active && trace.over;
}

void wane__mark_finished(void)
{
  trace.active = false;
}

bool wane__mark_active(void)
{
  return trace.active;
}

uint64_t wane__marked_bytes(void)
{
  // Note [trace sums]
  return atomic_load_explicit(&trace.bytes, memory_order_relaxed);
}

int wane__mark_start(void)
{
  trace.active = false;
  wane__sweep_start();
  atomic_store_explicit(&trace.overflow, false, memory_order_relaxed);
  return wane__work_start(wane__config.workers);
}

void wane__mark_stop(void)
{
  wane__work_stop();
}
