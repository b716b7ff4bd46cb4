// case_cells.h: the runtime's weak cells and ephemerons behind those of a case.
// SPDX-License-Identifier: MIT
//
// A weak reference of a case is an object; the runtime's is a cell that the
// program owns, and whose callback runs whether or not the program still has
// a use for it. So there is a second cell, on the object: when that is dead, or
// garbage together with what it refers to, its callback is not called. That
// cell has a callback too, which does nothing, so that both turn NULL in the
// same step when finalizers are to run (wane/weak.h).

#ifndef WANE_CASE_CELLS_H
#define WANE_CASE_CELLS_H

#include <wane/wane.h>

#include "case.h"

struct case_cells;

// Takes the callback of the weak reference `object`, which is `self` and lives
// until it returns; on the finalizer thread.
struct case_callback {
  void (*run)(void *context, struct wane_mutator *m, uint32_t object,
              wane_ref self);
  void *context;
};

// NULL: no memory. Disposed of when the runtime has stopped.
struct case_cells *case_cells_new(const struct case_file *file,
                                  struct case_callback callback);
void case_cells_dispose(struct case_cells *cells); // NULL is allowed

// The weak reference `object` is `self`; it refers to `target`. 0 or ENOMEM.
int case_cells_weak(struct case_cells *cells, struct wane_mutator *m,
                    uint32_t object, wane_ref self, wane_ref target);
wane_ref case_cells_get(struct case_cells *cells, struct wane_mutator *m,
                        uint32_t object);

// The ephemeron `object`. 0 or ENOMEM.
int case_cells_pair(struct case_cells *cells, struct wane_mutator *m,
                    uint32_t object, wane_ref key, wane_ref value);
wane_ref case_cells_key(struct case_cells *cells, struct wane_mutator *m,
                        uint32_t object);
wane_ref case_cells_value(struct case_cells *cells, struct wane_mutator *m,
                          uint32_t object);
void case_cells_release(struct case_cells *cells, struct wane_mutator *m,
                        uint32_t object);

// Frees all that a case has, in two steps; wane_finalizers_wait comes between
// them, since a callback may be running.
void case_cells_forget_targets(struct case_cells *cells, struct wane_mutator *m,
                               const struct case_one *one);
void case_cells_forget(struct case_cells *cells, struct wane_mutator *m,
                       const struct case_one *one);

#endif
