// mutator.h: the part of a mutator thread that the inline fast paths touch.
// SPDX-License-Identifier: MIT
//
// One per attached thread, written by that thread only, except `poll`. The
// fields are the runtime's: programs pass the pointer on and look at none.

#ifndef WANE_MUTATOR_H
#define WANE_MUTATOR_H

#include <wane/object.h>

#define WANE_SIZE_CLASSES 64

// Barrier kernels. A collector plugin names one; `bare` builds fix it to
// WANE_BARRIER_RC_LOG at compile time.
enum wane_barrier {
  WANE_BARRIER_NONE = 0,   // plain release stores, nothing counted
  WANE_BARRIER_RC_LOG = 1, // biased eager increments, deferred decrements
  WANE_BARRIER_LOG = 2,    // while the collector marks: the old value is
                           // logged; otherwise as NONE. Nothing is counted
  // Beside one of these: every store is seen by numa.c. Of no plugin's concern.
  WANE_BARRIER_OBSERVED = 16,
};

// A run of free, zeroed cells of one size class: cur <= end, both cell
// boundaries. Everything below `cur` since the last handshake is young.
struct wane_span {
  char *cur;
  char *end;
};

// How often each operation ran. Compiled out of `bare` builds.
struct wane_counts {
  uint64_t inc_biased;     // owner's increments, plain
  uint64_t inc_shared;     // foreign increments, atomic
  uint64_t store_private;  // stores into objects nobody else can see
  uint64_t store_escaped;  // stores by atomic exchange
  // Stores together with the owner's increment they made: one event, one
  // addition on the hot path. In totals they are part of the three above.
  uint64_t biased_private, biased_escaped;
  uint64_t dec_logged;     // deferred decrements
  uint64_t closers;        // objects flagged as possible cycle closers
  uint64_t spills;         // biased halves moved into the shared half
  uint64_t stuck;          // counts that saturated: objects now immortal
  uint64_t alloc_objects;  // births
  uint64_t alloc_bytes;    // bytes of their cells
  uint64_t safepoint_slow; // polls that found a request
  uint64_t assists;        // log chunks applied by this thread while allocating
  uint64_t stalls;         // times it had to wait for the collector
  uint64_t stall_ns;       // and for how long
};

struct wane_mutator {
  uint32_t own;          // owner id << WANE_OWNER_SHIFT
  uint32_t local_limit;  // a biased count that reaches it spills (with atomic
                         // counts: a count that reaches it saturates)
  uint32_t barrier;      // enum wane_barrier; LOG only from the ack on that
                         // says marking, NONE until then
  _Atomic uint32_t poll; // nonzero: take the slow path at the next safepoint
  wane_ref *root_top;    // shadow stack: next free slot, grows upwards
  wane_ref *root_end;
  wane_ref *log_cur; // decrement log: next free entry of the open chunk
  wane_ref *log_end;
  wane_ref *closer_cur; // closer log, likewise; both NULL: nobody wants it
  wane_ref *closer_end;
  bool marking; // the collector marks; changes at acks only
  // Of `barrier`: LOG or OBSERVED; OBSERVED. In bytes of their own, so that
  // each path of a store tests memory once and keeps nothing in a register.
  bool besides, observed;
  struct wane_counts counts;
  struct wane_span span[WANE_SIZE_CLASSES];
};

#if WANE_BARE
#define WANE_COUNT(m, field) ((void)(m))
#define WANE_COUNT_STORE(m, biased, kind) ((void)(m), (void)(biased))
#else
#define WANE_COUNT(m, field) ((void)((m)->counts.field++))
#define WANE_COUNT_STORE(m, biased, kind)                                      \
  ((void)((biased) ? (m)->counts.biased_##kind++                               \
                   : (m)->counts.store_##kind++))
#endif

// The ABI word of a plugin: a version, and what its inline code takes for
// granted besides: how counts are kept, whether the barrier is fixed, where a
// mutator's fields are.
#if WANE_BARE
#define WANE_ABI_BARE 1u
#else
#define WANE_ABI_BARE 0u
#endif
#define WANE_ABI(version)                                                      \
  ((uint32_t)(version) | (WANE_ATOMIC_COUNTS ? 1u : 0u) << 8 |                 \
   WANE_ABI_BARE << 9 | (uint32_t)sizeof(struct wane_mutator) << 16)
#define WANE_ABI_VERSION(abi) ((abi)&0xffu)

#endif
