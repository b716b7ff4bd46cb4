// weak.h: weak references, ephemerons, finalizers.
// SPDX-License-Identifier: MIT
//
// For objects whose type says so: `weakable`, `finalize` (wane/object.h). They
// cost other types nothing. What is garbage is found dead twice, a round
// apart, before it goes (runtime/DESIGN.md, "Weak references, finalizers,
// ephemerons"); a weak reference that is read in between brings it back.
//
// Order of events for garbage that has finalizers still to run: its weak cells
// with a callback are cleared, their callbacks run, then the finalizers, once
// for each object; all of it is whole until the last of them has returned.
// Cells without a callback, and ephemerons, stay until the object really dies,
// which may be never if a finalizer made it reachable again.
//
// Callbacks and finalizers run on a mutator thread of the runtime's, called
// "finalizer", attached, one at a time, in no order to rely on. They may do
// what any mutator may: allocate, make the object reachable, make weak
// references; before they block they detach.

#ifndef WANE_WEAK_H
#define WANE_WEAK_H

#include <wane/mutator.h>

// A weak cell: refers to an object and does not keep it alive. Owned by the
// program, like a handle; any attached thread may use it.
struct wane_weak;

// Called once, after the cell was cleared; may free the cell.
typedef void (*wane_weak_callback)(struct wane_mutator *m,
                                   struct wane_weak *cell, void *context);

// `callback` may be NULL. `target`: as for a store. NULL when there is no
// memory or the type of `target` is not weakable.
WANE_API struct wane_weak *wane_weak_new(struct wane_mutator *m,
                                         wane_ref target,
                                         wane_weak_callback callback,
                                         void *context);
// The target, valid until this thread's next safepoint or while it is kept in
// a root or a slot; NULL, from then on for ever, if it has died. All cells of
// one object turn NULL at one instant, but for those with a callback, which
// turn NULL earlier, at one instant too, when finalizers are to run for the
// object or for what is garbage together with it.
WANE_API wane_ref wane_weak_get(struct wane_mutator *m, struct wane_weak *cell);
// No callback of the cell begins after this; one may still be running.
WANE_API void wane_weak_free(struct wane_mutator *m, struct wane_weak *cell);

// An ephemeron: its value is kept alive by the key, and not by the ephemeron.
// Cycles of keys and values are garbage like any others.
struct wane_ephemeron;

// NULL when there is no memory, or the type of `key` is not weakable or is
// acyclic. `value` may be NULL.
WANE_API struct wane_ephemeron *
wane_ephemeron_new(struct wane_mutator *m, wane_ref key, wane_ref value);
// The value while the key lives, then NULL; valid like a loaded reference.
WANE_API wane_ref wane_ephemeron_get(struct wane_mutator *m,
                                     struct wane_ephemeron *e);
// The key, as wane_weak_get.
WANE_API wane_ref wane_ephemeron_key(struct wane_mutator *m,
                                     struct wane_ephemeron *e);
// False: the key has died, and nothing was stored.
WANE_API bool wane_ephemeron_set(struct wane_mutator *m,
                                 struct wane_ephemeron *e, wane_ref value);
WANE_API void wane_ephemeron_free(struct wane_mutator *m,
                                  struct wane_ephemeron *e);

// Waits, detached, until all callbacks and finalizers that are queued now have
// run. `m`: the caller's, or NULL for a thread that is no mutator. Garbage is
// queued by wane_collect, and freed by another one after this. Not from within
// a callback or finalizer, where it returns at once.
WANE_API void wane_finalizers_wait(struct wane_mutator *m);

#endif
