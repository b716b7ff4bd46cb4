// work.h: packets of grey references, and who has them.
// SPDX-License-Identifier: MIT
//
// A worker pushes to and pops from its open packet without synchronisation.
// Full packets lie in its list, under a lock of its own, where other workers
// steal them whole; a worker that others wait for gives half of its open one.
// After Ossia et al., "A parallel, incremental and concurrent GC for servers"
// (PLDI 2002), with a list per worker instead of one pool.

#ifndef WANE__WORK_H
#define WANE__WORK_H

#include "config.h"

#include <pthread.h>

#define WANE__PACKET_ITEMS 510

struct wane__work_packet {
  struct wane__work_packet *next;
  uint32_t n; // items [0, n)
  uint64_t items[WANE__PACKET_ITEMS];
};

struct wane__worker {
  // The worker's own.
  struct wane__work_packet *open; // never NULL while a run lasts
  bool holding;                   // Note [outstanding]
  uint64_t steals;
  // Under the lock.
  _Alignas(64) pthread_mutex_t lock;
  struct wane__work_packet *full; // newest first
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

uint64_t wane__work_steals(void); // packets stolen so far

#endif
