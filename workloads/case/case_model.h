// case_model.h: the graph a case describes, without a heap: what must be there.
// SPDX-License-Identifier: MIT
//
// `expect alive` is a promise of the collector only for what roots reach; a
// concurrent collector may take the rest at any time, not just at `collect`.
// And a collector that only counts owes the death of garbage that no cycle
// holds. The model answers both, and whose finalizers and callbacks are due.
// It follows what really happens: whoever runs an action tells it. Used by
// whichever thread acts, one at a time.

#ifndef WANE_CASE_MODEL_H
#define WANE_CASE_MODEL_H

#include "case.h"

struct case_model;

// For one case. NULL: no memory.
struct case_model *case_model_new(const struct case_file *file,
                                  const struct case_one *one);
void case_model_free(struct case_model *model); // NULL is allowed

// Executes a step up to CASE_LAST_OF_GRAPH of thread `thread`, without
// CASE_SELF in it; others do nothing.
void case_model_step(struct case_model *model, const struct case_step *step,
                     uint32_t thread);

// How many roots `thread` has on the object.
uint32_t case_model_roots(const struct case_model *model, uint32_t object,
                          uint32_t thread);
// One root more or less that is no thread's: an action has its object in hand.
void case_model_hold(struct case_model *model, uint32_t object, int change);
uint32_t case_model_edge(const struct case_model *model, uint32_t object,
                         uint32_t slot);
bool case_model_born(const struct case_model *model, uint32_t object);

enum case_fate {
  CASE_HELD,    // some root reaches it
  CASE_FALLS,   // it does not, and no cycle holds it: counting frees it
  CASE_IN_RING, // garbage that is in a cycle or held by one
};
enum case_fate case_model_fate(struct case_model *model, uint32_t object);

// Is there a way from one object to the other, by references and from the key
// of an ephemeron to its value?
bool case_model_reaches(struct case_model *model, uint32_t from, uint32_t to);

// --- finalizers, callbacks, weak references --------------------------------

// A collection follows. Garbage of a fate up to `claimed` is due from now on
// (CASE_HELD: nothing is); garbage that is not may be finalized, too.
void case_model_collects(struct case_model *model, enum case_fate claimed);
// An action has run: what is garbage now may be finalized.
void case_model_acted(struct case_model *model);

// The finalizer or the callback of `object` runs. NULL, or why it must not.
const char *case_model_called(struct case_model *model, uint32_t object);
// The ephemeron lets its value go.
void case_model_release(struct case_model *model, uint32_t ephemeron);
bool case_model_released(struct case_model *model, uint32_t ephemeron);
// Finalizers and callbacks that a collection owed and that did not run.
uint32_t case_model_missing(struct case_model *model, uint32_t action);
// Those that nobody owes and that did not run, though their object is garbage.
uint32_t case_model_uncalled(struct case_model *model);

// What the weak reference refers to, or the ephemeron's key.
uint32_t case_model_target(const struct case_model *model, uint32_t object);
uint32_t case_model_value(const struct case_model *model, uint32_t ephemeron);
// It must give NULL: it gave NULL once, or it has a callback and its object is
// being finalized or was dead.
bool case_model_cleared(const struct case_model *model, uint32_t weak);
void case_model_gave_null(struct case_model *model, uint32_t weak);
// It is held, and was not when some collection began: a finalizer saved it.
bool case_model_was_garbage(const struct case_model *model, uint32_t object);
// The object's death was owed by the last collection.
bool case_model_due(const struct case_model *model, uint32_t object);

#endif
