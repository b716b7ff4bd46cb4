// apply.h: applies a batch of logged decrements, together with whoever helps.
// SPDX-License-Identifier: MIT

#ifndef WANE__APPLY_H
#define WANE__APPLY_H

#include "log.h"
#include "vector.h"

struct wane__apply_result {
  struct wane__vector zero;   // counts that reached zero, mature objects only
  struct wane__vector purple; // decremented to nonzero, if wanted
  uint64_t applied;
};

// Coordinator: applies every entry of the list; workers and allocating
// mutators take chunks too. Results are appended to `result`.
void wane__apply(struct wane__chunk *list, bool want_purple,
                 struct wane__apply_result *result);

// Mutator under pressure: applies one chunk of the batch in progress. The
// number of entries, 0 when there was none to take.
uint64_t wane__apply_assist(void);

// One decrement by the collector: the count left.
int64_t wane__decrement(wane_ref o);

void wane__apply_stop(void);

#endif
