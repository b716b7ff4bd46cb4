// case_heap.h: the objects of a case on the real heap, and its threads' roots.
// SPDX-License-Identifier: MIT
//
// A named object is found through a weak table: one entry per object of the
// file, cleared by the type's death hook. Only `roots` below keep it alive.
//
// Weak references and ephemerons are objects of their own, which the case can
// root and drop; what belongs to them in the runtime is in case_cells.h.

#ifndef WANE_CASE_HEAP_H
#define WANE_CASE_HEAP_H

#include <wane/wane.h>

#include "case.h"

struct case_heap;

// Takes the finalizer of `object`, which is `self`; on the thread for that.
struct case_finalizer {
  void (*run)(void *context, struct wane_mutator *m, uint32_t object,
              wane_ref self);
  void *context;
};

// Registers the types, those with finalizers and weak references only if
// `special`. One heap at a time in a process (the death hook has nothing else
// to find it by). 0 or a positive errno; ENOTSUP: the collector knows no
// special types.
int case_heap_new(const struct case_file *file, bool special,
                  struct case_finalizer finalizer, struct case_heap **heap);
// After the objects are unreachable; the runtime may still be freeing them, so
// the table itself stays until case_heap_dispose.
void case_heap_dispose(struct case_heap *heap); // when the runtime has stopped

// Nothing of a case is found any more: its objects are strangers from now on.
void case_heap_forget(struct case_heap *heap, const struct case_one *one);

// Forgets what an earlier iteration left; `m` is attached.
int case_heap_reset(struct case_heap *heap, struct wane_mutator *m);
void case_heap_finish(struct case_heap *heap, struct wane_mutator *m);

// Registers / unregisters the roots of thread `thread` with its mutator.
void case_heap_enter(struct case_heap *heap, struct wane_mutator *m,
                     uint32_t thread);
void case_heap_leave(struct case_heap *heap, struct wane_mutator *m,
                     uint32_t thread);
// Drops every root the calling thread has.
void case_heap_drop_all(struct case_heap *heap, uint32_t thread);

// For `thread` below: an action runs, on another thread; what it does to roots
// is done to the acting thread's by case_heap_adopt.
#define CASE_LATE UINT32_MAX

// Does to the roots of `thread`, the calling one, what actions have asked for.
void case_heap_adopt(struct case_heap *heap, struct wane_mutator *m,
                     uint32_t thread);
// Or drops that.
void case_heap_disown(struct case_heap *heap, struct wane_mutator *m);

// Allocates the object and roots it; `shared`: other threads act in this case.
// 0 or ENOMEM. A safepoint.
int case_heap_birth(struct case_heap *heap, struct wane_mutator *m,
                    uint32_t thread, uint32_t object, bool shared);
// What threads pass to each other is not held by that any more.
void case_heap_pass_nothing(struct case_heap *heap, struct wane_mutator *m);
// Allocates `n` objects and forgets each. 0 or ENOMEM. Safepoints.
int case_heap_churn(struct case_heap *heap, struct wane_mutator *m, uint32_t n);

// The object, or NULL once it was freed. Safe to use only if something that
// this thread knows of keeps it alive.
wane_ref case_heap_find(struct case_heap *heap, uint32_t object);
// NULL, or what is wrong with an object that must be there.
const char *case_heap_fault(struct case_heap *heap, uint32_t object);

// One more root, on an object that is alive; `shared` as above. 0 or ENOMEM.
// One less root.
int case_heap_root(struct case_heap *heap, struct wane_mutator *m,
                   uint32_t thread, uint32_t object, bool shared);
int case_heap_unroot(struct case_heap *heap, uint32_t thread, uint32_t object);

void case_heap_store(struct case_heap *heap, struct wane_mutator *m,
                     uint32_t object, uint32_t slot, uint32_t target);
wane_ref case_heap_load(struct case_heap *heap, uint32_t object, uint32_t slot);

#endif
