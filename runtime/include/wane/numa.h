// numa.h: a runtime that knows nodes: how it is told, and what it counts.
// SPDX-License-Identifier: MIT

#ifndef WANE_NUMA_H
#define WANE_NUMA_H

#include <wane/mutator.h>
#include <wane/topology.h>

// How collector threads share work that is spread over nodes.
enum wane_steal {
  WANE_STEAL_ANY,         // whoever comes first
  WANE_STEAL_LOCAL_FIRST, // from workers of the same node, then from others
  WANE_STEAL_LOCAL_ONLY,  // never from another node that has a worker
  WANE_STEAL_OWNER,       // a reference to another node's object is sent to
                          // that node's workers (NumaGiC, ASPLOS 2015)
};

// Part of struct wane_config. All of it is kept by the caller until wane_stop.
struct wane_numa_config {
  const struct wane_topology *topology;   // NULL: nodes are not looked at
  const struct wane_placement *placement; // NULL: threads are left alone
  struct wane_memory_policy objects, metadata, logs;
  enum wane_steal steal;
  // Nothing is bound: threads and memory are where the plan says, whatever the
  // machine is like, and accesses have a modelled cost. Any topology.
  bool model;
  bool count;  // the matrices below are kept
  bool strict; // a thread that is not where it should be: wane_start fails, or
               // wane_place does; so does wane_start where the system does not
               // place the heap (later, it is reported)
  double local_ns; // of the model: an access to local memory; to remote
                   // memory it is that times distance / 10 [90]
  bool inject;     // of the model: the excess is waited for, too
};

// Places the calling thread as mutator `index`: before wane_thread_start, so
// that what that touches first is near. 0; -EXDEV, -ENOTSUP or another -errno
// and a sentence where it could not be placed; with `strict` it must not go on.
WANE_API int wane_place(uint32_t index, char *error, size_t error_size);

// What is counted, from node x to node. `from` is the node of the thread that
// does it, but for EDGES; `to` the home of the object's memory.
enum wane_numa_kind {
  WANE_NUMA_ALLOC_BYTES,   // of cells: requested on x got on; where the thread
                           // was when it took the block of them
  WANE_NUMA_ALLOC_OBJECTS, // the same
  WANE_NUMA_STORES,        // by a mutator, into an object
  WANE_NUMA_LOADS,         // of a mutator, as far as the workload tells
                           // (wane_access)
  WANE_NUMA_INCREMENTS,    // of counts, by the stores above, in what is stored
  WANE_NUMA_EDGES,         // references in the heap: from object to object
  WANE_NUMA_DECREMENTS,    // applied by collector threads (or assistants)
  WANE_NUMA_MARKED,        // objects a worker looked into
  WANE_NUMA_FREED_OBJECTS, // cells given back
  WANE_NUMA_STEALS,        // packets: thief x whose list it was
  WANE_NUMA_SENT,          // references sent to their owner's node
  WANE_NUMA_KINDS
};

// "alloc_bytes", ...
WANE_API const char *wane_numa_kind_name(enum wane_numa_kind kind);

// Number of rows (and of columns) of a matrix: the nodes, and last one for
// WANE_NODE_ANY. 1 where nodes are not looked at.
WANE_API uint32_t wane_numa_rows(void);
// The sum over all threads, alive or not, since the start or the last reset.
// cells[from * rows + to]. False: it is not counted here. Exact when no thread
// is at work, otherwise a little old. EDGES are of the last wane_numa_edges.
WANE_API bool wane_numa_matrix(enum wane_numa_kind kind, uint64_t *cells);
WANE_API void wane_numa_reset(void);
// Counts the edges of the heap as it is, world stopped. No mutator may call it.
WANE_API void wane_numa_edges(void);

// The home of an object's memory, or WANE_NODE_ANY: as the policy has it;
// wane_memory_where asks the kernel.
WANE_API uint32_t wane_numa_home(wane_ref object);

// A range of blocks and its home, for those who sample pages. Calls `each` for
// every block that is in use, a large object's as one, and page by page where
// they are spread; from a thread that is no mutator.
WANE_API void wane_numa_blocks(void (*each)(void *begin, size_t bytes,
                                            uint32_t home, void *context),
                               void *context);

// Which threads were placed, and where they are: one line each, in the order
// of their births. `asked` and `got` are nodes; `cpus` as read back.
struct wane_numa_thread {
  enum wane_place_role role;
  uint32_t index, asked, got;
  const char *cpus; // valid during the call
  bool mismatch;
};
WANE_API void
wane_numa_threads(void (*each)(const struct wane_numa_thread *thread,
                               void *context),
                  void *context);

// The model's cost: ns that accesses would have taken more than if all memory
// were local. By all mutators (the finalizer is one), all collector threads,
// and the one of either that has most. Zeros where nobody counts. What one may
// compare: DESIGN.md, "The model of remote memory".
struct wane_numa_cost {
  double mutators_ns, mutator_most_ns, collectors_ns, collector_most_ns;
  double waited_ns;             // of it, by all threads; `inject` only
  uint64_t accesses, uncovered; // that were counted; of them, those with an end
                                // that is not known, which cost nothing here
};
WANE_API struct wane_numa_cost wane_numa_cost(void);

// Does anybody count what this thread does?
static inline bool wane_access_wanted(const struct wane_mutator *m)
{
#if WANE_BARE
  (void)m;
  return false;
#else
  return WANE_UNLIKELY(m->barrier & WANE_BARRIER_OBSERVED);
#endif
}

// A workload tells of an access that the runtime does not see (a read of a
// field, say): `at` is an object, or an address inside. Nothing, where nobody
// counts; a loop that cannot afford the test asks wane_access_wanted before,
// and tells of all it reads in a loop of its own.
WANE_API void wane__access(struct wane_mutator *m, const void *at);
static inline void wane_access(struct wane_mutator *m, const void *at)
{
  if (wane_access_wanted(m)) wane__access(m, at);
}

#endif
