// gct_run.h: what a recorder saw at one safepoint, put into a safe order.
// SPDX-License-Identifier: MIT
//
// Private to the library. The recorder looks at the heap only where the
// program's own collector could run, and writes all changes since the last
// look as one run of WRITE, ROOT, UNROOT, RESIZE and WEAK, behind the DROPs
// and FREEs of what has died meanwhile: first the slots, then the roots. Within
// a run an object taken from a list and now held by a local variable has, for a
// few events, neither reference nor root. A replay that counts references, or
// that collects between any two events, would reclaim it. Settling a run
// changes no state at its end:
//   * a ROOT moves to the front, unless an UNROOT of the object is before it;
//   * an object that is still used after its last root and reference went is
//     guarded: a ROOT at the front, an UNROOT at the end.
#ifndef WANE_GCT_RUN_H
#define WANE_GCT_RUN_H

#include "gct_graph.h"

struct gct__run {
  struct gct_event *events;
  size_t n, room;
  uint32_t *guards; // handles; no handle is there twice
  size_t n_guards, guard_room;
  struct gct_event *sorted;
  size_t sorted_room;
  uint64_t beyond_help; // objects that were lost before their run began
  uint64_t moved;       // ROOTs moved forward so far, over all runs
  uint32_t *stamps;     // by handle: last run that UNROOTed or guarded it
  uint32_t number;
};

// Whether this opcode belongs into a run.
bool gct__run_takes(unsigned op);

// Returns 0 or -ENOMEM.
int gct__run_open(struct gct__run *run, uint32_t max_handles);
void gct__run_close(struct gct__run *run);
int gct__run_add(struct gct__run *run, const struct gct_event *event);

// Applies the run to the graph, reordered if `settle`; run->events is then the
// new order and run->guards says what to guard. Returns NULL, or what is
// wrong with it.
const char *gct__run_apply(struct gct__run *run, struct gct_graph *graph,
                           bool settle);

// When the event frees an object with a guard: drops that guard, so that the
// caller writes its UNROOT now.
bool gct__run_ends_guard(struct gct__run *run, const struct gct_event *event);

// Empties it for the next run.
void gct__run_clear(struct gct__run *run);

#endif
