// case_cells.c: the runtime's weak cells and ephemerons behind those of a case.
// SPDX-License-Identifier: MIT
//
// Everything here but `on_callback` has one user at a time, as all of a case
// has. The runtime orders what a callback reads of its entry: it was written
// before the cell was made.

#include "case_cells.h"

#include <errno.h>
#include <stdlib.h>

struct entry {
  struct case_cells *cells;
  struct wane_weak *target, *self;
  struct wane_ephemeron *pair;
};

struct case_cells {
  const struct case_file *file;
  struct case_callback callback;
  struct entry entries[]; // by object of the file
};

struct case_cells *case_cells_new(const struct case_file *file,
                                  struct case_callback callback)
{
  size_t n = file->n_objects;
  struct case_cells *cells =
      calloc(1, sizeof *cells + n * sizeof *cells->entries);
  if (!cells) return NULL;
  cells->file = file;
  cells->callback = callback;
  for (size_t i = 0; i < n; i++) cells->entries[i].cells = cells;
  return cells;
}

void case_cells_dispose(struct case_cells *cells)
{
  free(cells);
}

static void on_callback(struct wane_mutator *m, struct wane_weak *cell,
                        void *context)
{
  struct entry *entry = context;
  struct case_cells *cells = entry->cells;
  (void)cell;
  WANE_ROOTS(m, self, 1);
  self[0] = wane_weak_get(m, entry->self);
  if (!self[0]) return;
  cells->callback.run(cells->callback.context, m,
                      (uint32_t)(entry - cells->entries), self[0]);
}

static void do_nothing(struct wane_mutator *m, struct wane_weak *cell,
                       void *context)
{
  (void)m, (void)cell, (void)context;
}

int case_cells_weak(struct case_cells *cells, struct wane_mutator *m,
                    uint32_t object, wane_ref self, wane_ref target)
{
  struct entry *entry = &cells->entries[object];
  bool calls = cells->file->objects[object].action != CASE_NIL;
  if (calls) {
    entry->self = wane_weak_new(m, self, do_nothing, NULL);
    if (!entry->self) return ENOMEM;
  }
  entry->target = wane_weak_new(m, target, calls ? on_callback : NULL, entry);
  return entry->target ? 0 : ENOMEM;
}

wane_ref case_cells_get(struct case_cells *cells, struct wane_mutator *m,
                        uint32_t object)
{
  return wane_weak_get(m, cells->entries[object].target);
}

int case_cells_pair(struct case_cells *cells, struct wane_mutator *m,
                    uint32_t object, wane_ref key, wane_ref value)
{
  struct entry *entry = &cells->entries[object];
  entry->pair = wane_ephemeron_new(m, key, value);
  return entry->pair ? 0 : ENOMEM;
}

wane_ref case_cells_key(struct case_cells *cells, struct wane_mutator *m,
                        uint32_t object)
{
  return wane_ephemeron_key(m, cells->entries[object].pair);
}

wane_ref case_cells_value(struct case_cells *cells, struct wane_mutator *m,
                          uint32_t object)
{
  return wane_ephemeron_get(m, cells->entries[object].pair);
}

void case_cells_release(struct case_cells *cells, struct wane_mutator *m,
                        uint32_t object)
{
  struct entry *entry = &cells->entries[object];
  wane_ephemeron_free(m, entry->pair);
  entry->pair = NULL;
}

void case_cells_forget_targets(struct case_cells *cells, struct wane_mutator *m,
                               const struct case_one *one)
{
  for (size_t i = 0; i < one->n_objects; i++) {
    struct entry *entry = &cells->entries[one->first_object + i];
    wane_weak_free(m, entry->target);
    entry->target = NULL;
  }
}

void case_cells_forget(struct case_cells *cells, struct wane_mutator *m,
                       const struct case_one *one)
{
  for (size_t i = 0; i < one->n_objects; i++) {
    struct entry *entry = &cells->entries[one->first_object + i];
    wane_weak_free(m, entry->self);
    wane_ephemeron_free(m, entry->pair);
    entry->self = NULL;
    entry->pair = NULL;
  }
}
