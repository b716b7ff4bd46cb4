// candidates.h: the closers, by age.
// SPDX-License-Identifier: MIT

#ifndef TRIAL_DELETION_CANDIDATES_H
#define TRIAL_DELETION_CANDIDATES_H

#include <wane/collector.h>

struct list {
  wane_ref *items; // may hold objects that were freed: see candidate_valid
  size_t n, capacity;
};

void list_push(struct list *list, wane_ref o);
void list_free(struct list *list);

// Is the entry still the object that was listed? Freed cells have scratch 0.
bool candidate_valid(wane_ref o);

#endif
