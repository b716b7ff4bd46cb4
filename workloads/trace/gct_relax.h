// gct_relax.h: a trace's threads set free but for what its meaning needs.
// SPDX-License-Identifier: MIT
//
// The recorded order of a program under a global lock is total, and nearly all
// of it is accident. This pass walks the canonical order once and finds, for
// each thread, where it must wait for which event of another, so that in every
// order that these waits allow
//   1. each object that an event uses is reachable from a root at that moment,
//   2. the graph at each checkpoint and at the end is the canonical one.
// WAITs of the file play no part but to define the canonical order.
//
// How. Each use of an object has a witness: a chain of references from a root
// to it, that was there in the canonical order. What began the root and the
// references must come before the use, what ends them after it; then the chain
// is there in every order. The cheapest witness is a root of the using thread
// itself; then nobody is waited for. That an object is born before it is used
// follows: whoever takes a root of it or refers to it relies on what did so
// before, and its ALLOC was the first. Other dependencies are those of one
// place being written twice: a slot, the size of an object, a weak reference, a
// finalizer, a handle. Checkpoints are barriers. A use without a witness (the
// trace is wrong there, or was recorded too coarsely, or the way is too long)
// becomes a barrier, too.
// What follows from other waits is left out: vector clocks.
#ifndef WANE_GCT_RELAX_H
#define WANE_GCT_RELAX_H

#include "gct_cut.h"

// The kinds of dependency.
enum gct_relax_kind {
  GCT_RELAX_BEGIN,     // a root or reference before the uses that rely on it
  GCT_RELAX_END,       // and its end behind them
  GCT_RELAX_SLOT,      // writes to one slot
  GCT_RELAX_DEATH,     // FREE and DROP after all uses by others
  GCT_RELAX_REUSE,     // ALLOC after FREE of the same handle
  GCT_RELAX_SIZE,      // RESIZE and WRITEs of one object
  GCT_RELAX_WEAK,      // WEAK of one object
  GCT_RELAX_FINALIZER, // FINALIZER of one object
  GCT_RELAX_BARRIER,   // checkpoints, and uses without a witness
  GCT_RELAX_KINDS
};

// Before event `at` of its own a thread waits until `thread` has executed
// `seq` events; numbers as WAITs in the file have them.
struct gct_relax_wait {
  uint64_t at;
  uint32_t seq;
  uint16_t thread;
  uint8_t kind; // of the dependency that asked for it
};

struct gct_relax_waits {
  struct gct_relax_wait *waits; // `at` never falls
  size_t n, room;
};

struct gct_relax {
  uint32_t n_threads;
  struct gct_relax_waits *threads;
  bool *shared; // by birth: other threads than its maker name it
  bool *relied; // by root, numbered as in gct_roots.h: other threads than
                // its own have it in a witness
  uint64_t by_kind[GCT_RELAX_KINDS]; // waits
  uint64_t unwitnessed;              // uses without a witness
  uint64_t critical; // events on the longest path through all threads
};

// Runs the pass. The file has passed gct_verify. `without`: a bit for each
// kind that is left out (for tests; else 0). Returns 0 or a negative errno with
// *error filled. One pass a thread.
int gct_relax_make(const struct gct_file *file, unsigned without,
                   gct_progress *progress, void *context,
                   struct gct_relax *relax, struct gct_error *error);
void gct_relax_free(struct gct_relax *relax);

// All waits.
uint64_t gct_relax_count(const struct gct_relax *relax);

// The word for a kind.
const char *gct_relax_name(enum gct_relax_kind kind);

// Writes the trace to `path` with these waits instead of its own: a file whose
// order is partial. Births have other numbers there, hence other oracles; they
// are computed afresh. The recorded order is not kept. Returns as gct_cut does;
// *made is what it says of the new file.
int gct_relax_write(const struct gct_file *file, const struct gct_relax *relax,
                    const char *path, int level, gct_progress *progress,
                    void *context, struct gct_cut_result *made,
                    struct gct_error *error);

#endif
