// topology.h: what the files of this folder share; hwloc's only door.
// SPDX-License-Identifier: MIT

#ifndef WANE__TOPOLOGY_TOPOLOGY_H
#define WANE__TOPOLOGY_TOPOLOGY_H

#include <wane/topology.h>

#include <hwloc.h>

struct wane_topology {
  hwloc_topology_t hwloc;
  enum wane_topology_mode mode;
  char source[1024], why[1200];
  uint32_t nodes, pus;
  hwloc_obj_t node[WANE_NODES_MAX];     // by logical number
  hwloc_cpuset_t local[WANE_NODES_MAX]; // PUs of which it is the node
  uint32_t distance[WANE_NODES_MAX][WANE_NODES_MAX];
  bool has_distances;
};

struct wane_placement {
  const struct wane_topology *topology;
  char *policy;
  uint32_t mutators, workers;
  hwloc_cpuset_t *set; // mutators, then workers; NULL: policy none
};

// So much of what a user wrote is repeated in a sentence.
#define WANE__QUOTE "\"%.64s\""

// Ranges of a list, one after the other. False: it is at its end, or `bad`.
struct wane__list {
  const char *at, *end;
  bool bad;
};
bool wane__list_next(struct wane__list *list, uint32_t *first, uint32_t *last);
// "0-1,3" as a set of logical nodes. 0: it is not one, or not of these nodes.
uint64_t wane__list_nodes(const struct wane_topology *t, const char *text,
                          size_t length);

// The other way: ranges that follow each other become one. False: no room.
struct wane__list_text {
  char *text;
  size_t size, length;
  bool some; // first-last is still to be written
  uint32_t first, last;
};
bool wane__list_put(struct wane__list_text *text, uint32_t first,
                    uint32_t last);
bool wane__list_end(struct wane__list_text *text);
#define WANE__NODES_TEXT 256 // holds any set of nodes
void wane__list_of_nodes(uint64_t nodes, char text[WANE__NODES_TEXT]);

// The nodes that have PUs of their own.
uint64_t wane__nodes_with_pus(const struct wane_topology *t);

// The whole of a file that is not absurd for a topology, with a 0 behind it;
// the caller frees it. NULL, and one sentence.
char *wane__xml_read(const char *source, const char *path, size_t *n,
                     char *error, size_t error_size);

// Does `work` come back, true and without a word on stderr? In a process of
// its own. False also where there can be no such process.
bool wane__survives(bool (*work)(void *context), void *context);

// The matrix of distances. False: it is nonsense, and a sentence.
bool wane__distances_find(struct wane_topology *t, char *error,
                          size_t error_size);

// One PU for each of `n` threads, as far from each other as it goes; from the
// other end if `reverse`. Some node has PUs. False: no memory.
bool wane__scatter(const struct wane_topology *t, hwloc_cpuset_t *set,
                   uint32_t n, bool reverse);

// Where a thread may be; NULL: anywhere.
hwloc_const_cpuset_t wane__placement_set(const struct wane_placement *p,
                                         enum wane_place_role role,
                                         uint32_t index);

#endif
