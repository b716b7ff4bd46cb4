// weak_trace.c: the end of a trace, where weak cells still lead to the dead.
// SPDX-License-Identifier: MIT
//
// When nothing is left to mark, a weak cell may still have an unmarked target,
// and a reader may take it at any moment. There is one set for all: every cell
// of an unmarked object gets one record, PENDING, and another handshake is
// waited for. A reader that finds the record rescues; one that came before it
// has logged its target, and the log of that handshake names it. If neither
// happened the record becomes DEAD, which turns all those cells NULL in one
// step, and the unmarked go. Otherwise the record is taken out, what was read
// is marked with all it reaches, and so on; each time at least one object is
// marked that was not, so it ends. (tests/model/weak_mark.pml.)
//
// Unmarked objects whose finalizer has not run come first: only cells with a
// callback are for the record then; the objects go to the finalizer's queue,
// become grey, and marking goes on.
//
// Beside counting, what dies by count is condemned as ever (condemn.c), with a
// record of its own; a trace takes it for a root until that is decided.

#include "weak_trace.h"

#include "condemn.h"
#include "finalize.h"
#include "mark.h"
#include "weak.h"

static struct {
  struct wane__vector weak;     // unmarked, with cells
  struct wane__vector finalize; // unmarked, their finalizer has not run
  struct wane__record *record;  // in cells of `weak`; NULL: none
} trace;

// --- what is unmarked --------------------------------------------------------

// Calls `each` for every unmarked object of a special type that is special.
static void each_unmarked(void (*each)(wane_ref o))
{
  uint32_t state, next;
  for (uint32_t i = 0;
       (state = wane__heap_block_state(i, &next)) != WANE__NO_BLOCK;
       i = next) {
    if (state == WANE__BLOCK_FREE) continue;
    size_t bytes = wane_gc_cell_size(&wane_gc_heap.blocks[i]);
    for (uint32_t word = 0; word * 64 < wane__blocks[i].cells; word++)
      for (uint64_t left = wane__dead_cells(i, bytes, word); left;
           left &= left - 1) {
        wane_ref o = wane__object_at(i, bytes, word, left);
        if (wane_gc_special(o)) each(o);
      }
  }
}

static void sort_out(wane_ref o)
{
  if (wane__has_weak(o)) wane__vector_push(&trace.weak, o);
  if (wane__unfinalized(o)) wane__vector_push(&trace.finalize, o);
}

// --- the verdict, without counts ---------------------------------------------

static void install(struct wane__record *record)
{
  for (size_t i = 0; i < trace.weak.n; i++)
    wane__weak_install(trace.weak.items[i], record);
}

// Some may have been condemned since, and have another record.
void wane__weak_trace_withdraw(void)
{
  if (!trace.record) return;
  for (size_t i = 0; i < trace.weak.n; i++)
    wane__weak_uninstall(trace.weak.items[i], trace.record);
  wane__record_retire(trace.record);
  trace.record = NULL;
  trace.weak.n = 0;
}

static void clear(bool only_callbacks)
{
  struct wane_weak *callbacks = NULL;
  for (size_t i = 0; i < trace.weak.n; i++)
    wane__condemn_count_cleared(
        wane__weak_clear(trace.weak.items[i], only_callbacks, &callbacks));
  wane__finalize_callbacks(callbacks);
}

void wane__weak_trace_clear(void)
{
  clear(false);
  wane__record_retire(trace.record);
  trace.record = NULL;
  trace.weak.n = 0;
}

// They live until their finalizers have run: the queue is a root, and what is
// in it has a unit where units are counted.
static void finalize(bool counting)
{
  struct wane__vector *v = &trace.finalize;
  for (size_t i = 0; i < v->n; i++) {
    // Note [foreign increments]: relaxed; the queue's lock publishes it.
    if (counting)
      atomic_fetch_add_explicit(&v->items[i]->shared, 1, memory_order_relaxed);
    wane__set_finalized(v->items[i]);
    wane__shade(v->items[i]);
  }
  wane__finalize_batch(v->items, v->n, v->n);
}

static enum wane__weak_step execute(const struct wane_round *r)
{
  if (!trace.finalize.n) return WANE__WEAK_DONE; // sweep.c has them cleared
  // Cells without a callback keep their targets while finalizers are to run.
  clear(true);
  wane__weak_trace_withdraw();
  finalize(r->counting);
  return WANE__WEAK_MORE;
}

static bool confirmed(void)
{
#if WANE_MUTANT == 25 // a reader that met the record is not heard
  return true;
#endif
  return wane__record_kill(trace.record);
}

enum wane__weak_step wane__weak_trace_step(const struct wane_round *r)
{
  if (trace.record) {
    if (confirmed()) return execute(r);
    wane__weak_trace_withdraw();
    return WANE__WEAK_MORE;
  }
  trace.weak.n = trace.finalize.n = 0;
  each_unmarked(sort_out);
  bool wait = !r->stopped && trace.weak.n;
#if WANE_MUTANT == 26 // no other handshake
  wait = false;
#endif
  if (!wait) return execute(r);
  trace.record = wane__record_new(trace.finalize.n);
  install(trace.record);
  return WANE__WEAK_WAIT;
}

// -----------------------------------------------------------------------------

void wane__weak_trace_roots(void (*each)(wane_ref o, void *context),
                            void *context)
{
#if WANE_MUTANT != 27 // what waits for its finalizer is no root
  wane__finalize_each(each, context);
#endif
  wane__condemn_each(each, context);
}

void wane__weak_trace_stop(void)
{
  wane__vector_free(&trace.weak);
  wane__vector_free(&trace.finalize);
  free(trace.record);
  trace.record = NULL;
}
