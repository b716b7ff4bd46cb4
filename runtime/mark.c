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

#include "mark.h"

#include "cycle.h"
#include "engine.h"
#include "guard.h"
#include "marker.h"
#include "numa.h"
#include "pressure.h"
#include "roots.h"
#include "round.h"
#include "weak_trace.h"
#include "work.h"

#include <string.h>

uint32_t wane__swept;

static struct {
  bool active, begun, drained; // of this trace; in this round; in the last
  bool over;       // everything reachable is marked
  bool lost;       // Note [log lost]
  bool wants_born; // Note [early births]
  bool filtering;  // objects may die between slices
  uint64_t slice_end; // bytes from which on this slice may end
  uint32_t put_off;   // times, by a test knob
} trace;

// --- marks -------------------------------------------------------------------

// Note [marks]
bool wane_gc_marked(wane_ref o)
{
  uint64_t offset = wane__offset_of(o);
  return atomic_load_explicit(&wane_gc_heap.marks[wane__mark_word(offset)],
                              memory_order_relaxed) &
         wane__mark_bit(offset);
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

// What is grey before a slice begins is dealt out to the nodes of its homes, if
// a node's workers are to keep to what is at home there.
static void deal(uint64_t offset)
{
  struct wane__worker *own = wane__work_own();
  if (WANE_UNLIKELY(own->peers)) {
    uint32_t home = wane__numa_home_at(wane__item_object(offset));
    if (wane__work_is_one_of(own->peers, home) &&
        wane__work_send(own, home, offset))
      return;
  }
  wane__grey(own, offset);
}

void wane__shade(wane_ref o)
{
  uint64_t offset = wane__offset_of(o);
  if (wane__set_mark(wane_gc_heap.marks, offset, true)) deal(offset);
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
      deal(wane__offset_of(wane__object_at(span->block, bytes, i, cells)));
  }
}

// --- between slices ----------------------------------------------------------

// Was it freed since it became grey? Its cell may be another object's by now:
// that one is looked into for nothing, if the item fits it at all.
static bool still_there(uint64_t item)
{
  wane_ref o = wane__item_object(item);
#if WANE_MUTANT == 53
  return true;
#endif
  if (!wane__still_there(o)) return false;
  return !(item >> WANE__RANGE_SHIFT) || wane_gc_type(o)->array_offset;
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
      while (!wane__work_push(wane__work_own(), wane__offset_of(o)))
        wane__work_run(wane__marker_drain, NULL); // makes room
    }
  }
}

// Note [marks]
static void rescan(void)
{
  uint32_t state, next;
  atomic_store_explicit(&wane__trace.overflow, false, memory_order_relaxed);
  for (uint32_t i = 0;
       (state = wane__heap_block_state(i, &next)) != WANE__NO_BLOCK;
       i = next) {
    _Atomic bool *flag = &wane__blocks[i].rescan;
    if (!atomic_load_explicit(flag, memory_order_relaxed)) continue;
    atomic_store_explicit(flag, false, memory_order_relaxed);
    if (state == WANE__BLOCK_FREE) continue;
    rescan_block(i);
    wane__work_run(wane__marker_drain, NULL);
  }
}

// Note [marks]
static bool overflown(void)
{
  return atomic_load_explicit(&wane__trace.overflow, memory_order_relaxed);
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

static bool begin(struct wane_round *r)
{
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
  atomic_store_explicit(&wane__trace.objects, 0, memory_order_relaxed);
  atomic_store_explicit(&wane__trace.edges, 0, memory_order_relaxed);
  atomic_store_explicit(&wane__trace.bytes, 0, memory_order_relaxed);
  wane__swept = 0;
  r->marking = true;
  wane__cycle_began(wane__pressure_used(), r->full);
  shade_start(r);
  return true;
}

// wane_config.stress_slices: for collectors that do not mind the answer.
static bool put_off(const struct wane_round *r)
{
  if (r->stopped || trace.put_off >= wane__config.stress_slices) return false;
  trace.put_off++;
  return true;
}

bool wane_gc_mark_begin(struct wane_round *r)
{
  if (WANE__GUARDED) {
    wane__guard_call("wane_gc_mark_begin", WANE__CALL_COLLECT, r);
    if (trace.active)
      wane__guard_fail("wane_gc_mark_begin", NULL,
                       "the last trace is not swept to its end");
  }
  WANE_CHECK(!trace.active, "a trace begins before the last one was swept");
  if (put_off(r) || !begin(r)) return false;
  trace.put_off = 0;
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
  (void)begin(r);
}

static void tell_traced(struct wane_round *r, struct wane_event *part)
{
  // Note [trace sums]
  uint64_t objects =
      atomic_load_explicit(&wane__trace.objects, memory_order_relaxed);
  uint64_t edges =
      atomic_load_explicit(&wane__trace.edges, memory_order_relaxed);
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
  wane__trace.alone = wane_gc_workers() == 1 && r->stopped;
  wane__work_admit_assistants(!wane__trace.alone);
  do {
    if (overflown()) rescan();
    trace.drained =
        wane__work_run(wane__marker_drain, r->stopped ? NULL : may_end);
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
  if (WANE__GUARDED) {
    wane__guard_call("wane_gc_mark", WANE__CALL_COLLECT, r);
    if (!trace.active)
      wane__guard_fail("wane_gc_mark", NULL, "no trace was begun");
  }
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
  return atomic_load_explicit(&wane__trace.bytes, memory_order_relaxed);
}

int wane__mark_start(void)
{
  trace.active = false;
  trace.put_off = 0;
  wane__sweep_start();
  atomic_store_explicit(&wane__trace.overflow, false, memory_order_relaxed);
  return wane__work_start(wane__config.workers);
}

void wane__mark_stop(void)
{
  wane__work_stop();
}
