// weak.h: weak cells as the engine sees them: the record, the side table.
// SPDX-License-Identifier: MIT
//
// The table finds the cells of an object by its address. It is striped; a
// stripe's lock is a leaf: nothing is locked, and nobody waits, while it is
// held.

#ifndef WANE__WEAK_H
#define WANE__WEAK_H

#include <wane/barrier.h>
#include <wane/collector.h>
#include <wane/weak.h>

// What is to become of a set of objects that was found dead once. One for all
// cells of the set, so that all of them turn NULL in one step.
//
// Note [weak record]: `state` leaves PENDING once, by compare-exchange: a
// reader makes it RESCUED, the engine DEAD, and so they agree. A cell's
// `record` is released by the engine and acquired by readers: whoever finds
// one sees its state, and whoever finds NULL again sees what became of the
// target. Who read NULL before a record was installed is seen at the next
// handshake: by its root, or by the unit that wane_weak_get counted.
struct wane__record {
  _Atomic uint32_t state; // enum wane__verdict
  bool finalizes; // constant: DEAD is for cells with a callback only, since
                  // finalizers come first and the set lives on
  struct wane__record *next;
};
enum wane__verdict { WANE__PENDING, WANE__RESCUED, WANE__DEAD };

// Invariant: linked in the table of its target <=> target != NULL. The cell of
// an ephemeron is the key's.
struct wane_weak {
  _Atomic(wane_ref) target;              // stripe lock; read without
  _Atomic(struct wane__record *) record; // Note [weak record]; the engine's
  struct wane_weak *next; // stripe lock; the queue's when it is cleared
  wane_weak_callback callback;
  void *context;
  uint32_t stripe;
  bool ephemeron;
  bool abandoned;     // stripe lock: an ephemeron freed while its key died
  bool queued, freed; // the callback is to run; the program freed the cell:
                      // see wane__finalize_callbacks
};

// Would a reader of this cell find its target dead?
static inline bool wane__kills(const struct wane__record *record,
                               const struct wane_weak *cell)
{
  return !record->finalizes || cell->callback;
}

// Coordinator: what is special about an object of a special type. Note [weak
// flags]: relaxed; the first is read when nobody who could set it can reach
// the object, the second is the coordinator's alone.
static inline bool wane__has_weak(wane_ref o)
{
  return atomic_load_explicit(&o->own, memory_order_relaxed) & WANE_HAS_WEAK;
}
static inline bool wane__unfinalized(wane_ref o)
{
  return wane_gc_type(o)->finalize &&
         !(atomic_load_explicit(&o->own, memory_order_relaxed) &
           WANE_FINALIZED);
}
static inline void wane__set_finalized(wane_ref o)
{
#if WANE_MUTANT == 22 // finalizers run again
  (void)o;
#else
  atomic_fetch_or_explicit(&o->own, WANE_FINALIZED, memory_order_relaxed);
#endif
}

// Coordinator. Puts `record`, or NULL, into all cells of `o`; how many.
size_t wane__weak_install(wane_ref o, struct wane__record *record);
// Takes `record` out of the cells of `o` that have it.
void wane__weak_uninstall(wane_ref o, const struct wane__record *record);
// The cells of `o`, or only those with a callback, are NULL from now on; those
// whose callback is to run join `queue`. How many there were.
size_t wane__weak_clear(wane_ref o, bool only_callbacks,
                        struct wane_weak **queue);
// Objects got their first cell in this order. UINT64_MAX: it never had one.
uint64_t wane__weak_age(wane_ref o);
uint64_t wane__weak_newest(void);
uint64_t wane__weak_rescues(void); // readers that won against the engine
void wane__weak_rescues_reset(void);

int wane__weak_start(void);
void wane__weak_stop(void);

#endif
