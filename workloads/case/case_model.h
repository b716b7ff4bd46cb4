// case_model.h: the graph a case describes, without a heap: what must be there.
// SPDX-License-Identifier: MIT
//
// `expect alive` is a promise of the collector only for what roots reach; a
// concurrent collector may take the rest at any time, not just at `collect`.
// And a collector that only counts owes the death of garbage that no cycle
// holds. The model answers both. Used by whichever thread acts, one at a time.

#ifndef WANE_CASE_MODEL_H
#define WANE_CASE_MODEL_H

#include "case.h"

struct case_model;

// For one case. NULL: no memory.
struct case_model *case_model_new(const struct case_file *file,
                                  const struct case_one *one);
void case_model_free(struct case_model *model); // NULL is allowed

// Executes a NEW, SET, ROOT or DROP of thread `thread`; others do nothing.
void case_model_step(struct case_model *model, const struct case_step *step,
                     uint32_t thread);

// How many roots `thread` has on the object.
uint32_t case_model_roots(const struct case_model *model, uint32_t object,
                          uint32_t thread);

enum case_fate {
  CASE_HELD,    // some root reaches it
  CASE_FALLS,   // it does not, and no cycle holds it: counting frees it
  CASE_IN_RING, // garbage that is in a cycle or held by one
};
enum case_fate case_model_fate(struct case_model *model, uint32_t object);

#endif
