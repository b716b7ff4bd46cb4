// topology.h: the machine's nodes and processors, and threads placed on them.
// SPDX-License-Identifier: MIT
//
// A node is memory that is equally far from a set of processors. Nodes have a
// logical number, 0 .. n - 1, which everything here means, and the system's
// own, which may be sparse (`os_index`). So have processing units (PUs).
// The source of all this is hwloc; runtime/topology/ is the only folder that
// knows.
//
// A topology is immutable once it is open: any thread may read it.

#ifndef WANE_TOPOLOGY_H
#define WANE_TOPOLOGY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef WANE_API
#define WANE_API __attribute__((visibility("default")))
#endif

#define WANE_NODES_MAX 64
#define WANE_NODE_ANY UINT32_MAX // no node in particular, or not known

struct wane_topology;

enum wane_topology_mode {
  WANE_TOPOLOGY_REAL,      // this machine, and it lets us bind
  WANE_TOPOLOGY_PLAN_ONLY, // a description of another: binding is refused
  WANE_TOPOLOGY_DENIED,    // this machine, but the system refuses to bind
};

struct wane_topology_node {
  uint32_t os_index;
  uint64_t bytes;   // 0: not known
  uint32_t pus;     // that are local to it, and allowed
  bool memory_only; // has none of its own
};

struct wane_topology_pu {
  uint32_t os_index;
  uint32_t node;          // WANE_NODE_ANY: its node's memory is forbidden
  uint32_t core, package; // logical numbers
};

// `source`: NULL or "machine"; "synthetic:DESCRIPTION" as hwloc has them;
// "xml:FILE". Only what the calling thread is allowed to use is in it: what
// neither a cgroup nor its own affinity (taskset) forbids; so open it before
// binding. NULL, and one sentence that names the place. An XML file is first
// tried in a process of its own: the calling process forks.
//
// hwloc's variables in the environment: where HWLOC_SYNTHETIC, HWLOC_XMLFILE,
// HWLOC_FSROOT or HWLOC_CPUID_PATH stands for the machine, "machine" is what
// they tell of, and plan-only, whatever HWLOC_THISSYSTEM says; if what they
// name cannot be read, it is refused. HWLOC_THISSYSTEM=0 makes a plan-only
// topology of this machine. The two other sources are plan-only always.
WANE_API struct wane_topology *
wane_topology_open(const char *source, char *error, size_t error_size);
WANE_API void wane_topology_close(struct wane_topology *topology);

WANE_API enum wane_topology_mode
wane_topology_mode(const struct wane_topology *topology);
// "real", "plan-only", "denied".
WANE_API const char *wane_topology_mode_name(enum wane_topology_mode mode);
// One sentence: why it is not real; "" if it is.
WANE_API const char *wane_topology_why(const struct wane_topology *topology);
// "machine", "synthetic:..." or "xml:FILE", as opened.
WANE_API const char *
wane_topology_source(const struct wane_topology *topology);

WANE_API uint32_t wane_topology_nodes(const struct wane_topology *topology);
WANE_API uint32_t wane_topology_pus(const struct wane_topology *topology);
WANE_API struct wane_topology_node
wane_topology_node(const struct wane_topology *topology, uint32_t node);
// PU by its logical number, 0 .. pus - 1: neighbours are near.
WANE_API struct wane_topology_pu
wane_topology_pu(const struct wane_topology *topology, uint32_t pu);
// The PUs of a node by the system's numbers, as "0-3,8"; the caller frees it.
// NULL: no memory.
WANE_API char *wane_topology_node_cpus(const struct wane_topology *topology,
                                       uint32_t node);
// As firmware has it: 10 is local, 21 is 2.1 times as far. Where nothing is
// told (wane_topology_has_distances is false): 10, and 20 for all others.
WANE_API uint32_t wane_topology_distance(const struct wane_topology *topology,
                                         uint32_t from, uint32_t to);
WANE_API bool
wane_topology_has_distances(const struct wane_topology *topology);
// Node of a PU by the system's number; WANE_NODE_ANY: no such PU.
WANE_API uint32_t
wane_topology_node_of_cpu(const struct wane_topology *topology,
                          uint32_t os_cpu);
// Node by the system's number; WANE_NODE_ANY: there is none.
WANE_API uint32_t wane_topology_node_of_os(const struct wane_topology *topology,
                                           uint32_t os_node);

// One line ("Package:2 [NUMANode] L3Cache:1 Core:4 PU:2"), and the whole as
// XML that "xml:FILE" reads; serial numbers and such are not in it. The caller
// frees them. NULL: no memory.
WANE_API char *wane_topology_summary(const struct wane_topology *topology);
WANE_API char *wane_topology_xml(const struct wane_topology *topology);
// "2.9.0", of the library that read it.
WANE_API const char *wane_topology_library(void);

// --- placement ---------------------------------------------------------------

enum wane_place_role {
  WANE_PLACE_MUTATOR,   // index: the harness's number of it
  WANE_PLACE_WORKER,    // a collector thread; 0 is the coordinator
  WANE_PLACE_FINALIZER, // index 0
};

struct wane_placement;

// Where each thread goes. `policy`:
//   none                    nowhere in particular
//   compact                 core after core, PU after PU, node after node
//   scatter                 as far from each other as it goes: nodes have
//                           equal shares as long as there are PUs for them;
//                           mutators from the first PU on, workers from the
//                           last
//   per-node                thread i is on any PU of node i mod n
//   list:CPUS               thread i on the i-th PU of "0,2,4-7", the system's
//                           numbers, and again from its begin; mutators
//                           first, workers after them
//   mutators@A/collectors@B mutators on the nodes A, all else on the nodes B;
//                           "0-1,3", logical numbers
// Nodes without PUs are left out. Works in every mode. NULL and a sentence.
WANE_API struct wane_placement *
wane_placement_plan(const struct wane_topology *topology, const char *policy,
                    uint32_t mutators, uint32_t workers, char *error,
                    size_t error_size);
WANE_API void wane_placement_free(struct wane_placement *placement);
// The policy, in the one way it is written.
WANE_API const char *
wane_placement_policy(const struct wane_placement *placement);
// Node on which a thread shall be; WANE_NODE_ANY: none in particular.
WANE_API uint32_t wane_placement_node(const struct wane_placement *placement,
                                      enum wane_place_role role,
                                      uint32_t index);
// Its PUs, the system's numbers, as "0-3"; "" for policy none. The caller
// frees it. NULL: no memory.
WANE_API char *wane_placement_cpus(const struct wane_placement *placement,
                                   enum wane_place_role role, uint32_t index);
// Binds the calling thread, and reads back what the kernel made of it. 0;
// -ENOTSUP: the topology is not real (nothing was done); -EXDEV: it was bound,
// but what was read back is not what was asked for; another -errno. A sentence
// in the three last cases.
WANE_API int wane_placement_bind(const struct wane_placement *placement,
                                 enum wane_place_role role, uint32_t index,
                                 char *error, size_t error_size);

// --- memory ------------------------------------------------------------------

enum wane_memory_kind {
  WANE_MEMORY_OS_DEFAULT,  // nothing is asked of the system
  WANE_MEMORY_FIRST_TOUCH, // where the thread runs that writes it first,
                           // whatever the process was started with
  WANE_MEMORY_LOCAL,       // on the node of the thread it is for, or where
                           // there is room, and it is used again by threads of
                           // that node only
  WANE_MEMORY_BIND,        // on these nodes or nowhere
  WANE_MEMORY_INTERLEAVE,  // page after page over these nodes
  WANE_MEMORY_PREFERRED,   // on this node, or where there is room
  WANE_MEMORY_NEXT_NODE,   // as LOCAL, but on the next node: anti-local
  WANE_MEMORY_WORST,       // as LOCAL, but on the farthest node; both of the
                           // nodes that have PUs
};

struct wane_memory_policy {
  enum wane_memory_kind kind;
  uint64_t nodes; // bit i: logical node i. BIND, INTERLEAVE, PREFERRED
};

// "local", "bind:0-1", "interleave:0,2", "interleave" (all nodes) ... 0, or
// -EINVAL and a sentence.
WANE_API int wane_memory_parse(const struct wane_topology *topology,
                               const char *text,
                               struct wane_memory_policy *policy, char *error,
                               size_t error_size);
// The one way it is written. Returns what snprintf would.
WANE_API int wane_memory_print(const struct wane_memory_policy *policy,
                               char *text, size_t size);
// The node that a policy gives to what a thread of node `of` asks for;
// WANE_NODE_ANY for OS_DEFAULT, and for sets of several nodes.
WANE_API uint32_t wane_memory_target(const struct wane_topology *topology,
                                     const struct wane_memory_policy *policy,
                                     uint32_t of);
// Tells the system where the pages of [begin, begin + bytes) are to be, which
// nobody has touched; `target` is used where wane_memory_target gave it. Whole
// pages. 0; -ENOTSUP: the topology is not real (nothing was done); -errno.
WANE_API int wane_memory_bind(const struct wane_topology *topology,
                              const struct wane_memory_policy *policy,
                              uint32_t target, void *begin, size_t bytes);
// In which order the kernel goes round the nodes of a policy: a page at
// address a is on order[(a / 4096) % n]. `page` is one under that policy, in
// the area meant: it is touched, and the kernel says where it is. NULL: as
// a kernel does that has nothing else in mind. Returns n; 0: the policy goes
// round no nodes.
WANE_API uint32_t wane_memory_order(const struct wane_topology *topology,
                                    const struct wane_memory_policy *policy,
                                    void *page,
                                    uint32_t order[WANE_NODES_MAX]);
// Asks the kernel on which node each of `n` pages is: logical numbers into
// `node`; WANE_NODE_ANY: not there yet, or a node that is not in the topology.
// 0 or -errno. In any mode but plan-only.
WANE_API int wane_memory_where(const struct wane_topology *topology,
                               void *const *pages, size_t n, uint32_t *node);

#endif
