// check_search.h: tries of a shorter command, and the shortest that failed.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_CHECK_SEARCH_H
#define WANE_HARNESS_CHECK_SEARCH_H

#include "check_reduce.h"

#include <stdbool.h>

struct search {
  const struct trial *base; // what failed first
  enum run_status status;   // it must end so; RUN_OK: and leave something
  int tries;                // so many runs must be well until one is believed
  double end_s;             // no run begins after that, see search_over
  struct reduction *r;
  // The shortest that failed.
  struct trial best;
  struct outcome outcome;
};

double search_now(void); // seconds
bool search_over(const struct search *s); // no time is left, or interrupted

// The word after -w: its index.
size_t search_workload(const struct trial *trial);
// `trial` becomes `base` with another workload, which it takes over.
void search_with_workload(const struct trial *base, char *workload,
                          struct trial *trial);

// Does it fail as the first did? Then it is the best there is. Takes the trial
// over.
bool search_fails_so(struct search *s, struct trial trial);
// The same of `base` with another option of its workload; NULL: as it is.
bool search_fails(struct search *s, const char *option);

#endif
