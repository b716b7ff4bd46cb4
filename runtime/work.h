// work.h: packets of grey references, and who has them.
// SPDX-License-Identifier: MIT
//
// A worker pushes to and pops from its open packet without synchronisation.
// Full packets lie in its list, under a lock of its own, where other workers
// steal them whole; a worker that others wait for gives half of its open one.
// Who may steal from whom, and in which order, says steal.h. There is one more
// list for each of its domains: what was sent to that node, and what assistants
// of that node left. After Ossia et al., "A parallel, incremental and
// concurrent GC for servers" (PLDI 2002), with a list per worker instead of one
// pool; sending after Gidra et al., "NumaGiC: a garbage collector for big data
// on big NUMA machines" (ASPLOS 2015).

#ifndef WANE__WORK_H
#define WANE__WORK_H

#include "config.h"

#include <wane/topology.h>

#include <pthread.h>

#define WANE__PACKET_ITEMS 510

struct wane__work_packet {
  struct wane__work_packet *next;
  uint32_t n; // items [0, n)
  uint64_t items[WANE__PACKET_ITEMS];
};

struct wane__work_list {
  _Alignas(64) pthread_mutex_t lock; // of `full`
  struct wane__work_packet *full;    // newest first
  uint32_t domain, node; // where it is
};

// Its own but for `domain`, `node` and `list`, which do not change in a run.
struct wane__worker {
  _Alignas(64) struct wane__work_packet *open; // never NULL while a run lasts
  bool holding;                                // Note [outstanding]
  uint64_t steals;
  uint32_t domain, node; // WANE_NODE_ANY: on none in particular
  struct wane__work_list *list; // to which full packets go
  // Bits: other nodes that have a worker, and where it sends at the moment what
  // is at home there.
  uint64_t peers, sends;
  uint64_t unsent; // bits: `out` has a packet
  struct wane__work_packet *out[WANE_NODES_MAX];
};

int wane__work_start(uint32_t workers);
void wane__work_stop(void);
void wane__work_forked(void); // in the child: locks are made new

// The coordinator's worker, for what is pushed between runs.
struct wane__worker *wane__work_own(void);
// No item anywhere? Between runs.
bool wane__work_none(void);
// Drops every item for which `keep` is false. Between runs.
void wane__work_filter(bool (*keep)(uint64_t item));
void wane__work_clear(void); // drops all of them

// Coordinator: runs `drain` as every worker at once. `drain` pops until
// wane__work_refill says false: nothing is left, or `stop` (asked now and
// then) said so. True: nothing is left.
bool wane__work_run(void (*drain)(struct wane__worker *w),
                    bool (*stop)(void));
// Any other thread: takes part in the run of the moment, if there is one that
// admits assistants; `drain` must return after a bounded amount of work, and
// what it leaves in its packet goes to the others.
bool wane__work_assist(void (*drain)(struct wane__worker *w));
// Is there such a run? By the next moment it may be over.
bool wane__work_assistable(void);
void wane__work_admit_assistants(bool yes); // between runs

// The open packet is empty: another one, one's own or stolen; waits while
// others may still bring work. False: the run is over for this worker.
bool wane__work_refill(struct wane__worker *w);
// Asks `stop`, and gives half of the open packet to whoever waits for work.
// False: the run is over. Once per packet or so.
bool wane__work_share(struct wane__worker *w);

bool wane__work_push_slow(struct wane__worker *w, uint64_t item);

// False: no packet can be had (wane_config.mark_bytes).
static inline bool wane__work_push(struct wane__worker *w, uint64_t item)
{
  struct wane__work_packet *open = w->open;
  if (WANE_UNLIKELY(open->n == WANE__PACKET_ITEMS))
    return wane__work_push_slow(w, item);
  open->items[open->n++] = item;
  return true;
}

// The node is one of `peers`. What is sent is seen there when its packet is
// full, somebody there waits, or the worker has nothing else to do or its part
// of the run is over. False: no packet can be had.
bool wane__work_send(struct wane__worker *w, uint32_t node, uint64_t item);

static inline bool wane__work_is_one_of(uint64_t nodes, uint32_t node)
{
  return node < WANE_NODES_MAX && nodes >> node & 1;
}

uint64_t wane__work_steals(void); // packets stolen so far

#endif
