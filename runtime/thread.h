// thread.h: a mutator thread: its state, its buffers, what it hands over.
// SPDX-License-Identifier: MIT
//
// Everything but the atomics is the owner's while it is ATTACHED, and the
// coordinator's while the thread is SUSPENDED (claimed); the state change
// carries the ownership.

#ifndef WANE__THREAD_H
#define WANE__THREAD_H

#include "heap.h"
#include "inbox.h"
#include "numa.h"
#include "ring.h"

#include <pthread.h>

enum wane__thread_state {
  WANE__ATTACHED,  // may touch the heap
  WANE__DETACHED,  // blocked; promises not to
  WANE__SUSPENDED, // claimed by the coordinator, or stopped with the world
  WANE__EXITED,
};

// Allocation in one size class: cells [begin, span.cur) are young and not
// handed over yet; [span.cur, run_end) are free.
struct wane__open {
  uint32_t block; // WANE__NO_BLOCK: none
  uint32_t begin; // cell
  uint32_t run_end;
  bool zeroed; // fresh from the system: no need to clear
  uint8_t row; // of matrices: its thread's node when it took the block
};

struct wane__thread {
  struct wane_mutator m; // first: the public pointer is this pointer
  _Atomic uint32_t state;
  // Note [dekker]: the coordinator writes hs_req and reads state, the thread
  // writes state and reads hs_req; all four are seq_cst, so at least one of
  // them sees the other and no request sleeps unanswered.
  _Atomic uint64_t hs_req;
  // Note [ack]: released after the packet is in the inbox, acquired by the
  // coordinator: what the thread did before is visible after.
  _Atomic uint64_t hs_ack;
  uint64_t acked; // the owner's copy of hs_ack
  uint32_t id;
  char name[16];
  struct wane__thread *next; // registry; under its lock
  uint64_t reported;         // last round in which it was named as late

  wane_ref *root_base;
  struct wane_root_set *sets;
  struct wane__chunk *log;     // open chunk: [entries, m.log_cur) is filled
  struct wane__chunk *full;    // full chunks, newest first
  struct wane__chunk *closers; // open chunk
  struct wane__chunk *closers_full;
  struct wane__chunk *spare; // for the barrier when the pool is empty
  bool must_wait;            // the spare is in use: stop at a safepoint
  struct wane__young_list young;
  struct wane__open open[WANE_SIZE_CLASSES];
  uint64_t open_mask;       // size classes with an open block
  uint64_t unflushed_bytes; // young bytes not yet told to the triggers
  uint64_t left_bytes;      // of blocks it gave up, never allocated from
  uint64_t mark_debt;       // bytes it owes the marker, and found no work for
  uint32_t stress;          // allocations until the next forced round
  struct wane_counts told;  // counts as of the last hand-over
  wane__numa_cell *book;    // where its allocations are counted, or NULL
  struct wane__ring *ring;
  struct {
    wane__numa_cell *book; // NULL: to be asked for, with the node
    uint32_t node;
  } observer; // numa_observe.c

  pthread_mutex_t lock; // with `wake`: waiting to leave SUSPENDED
  pthread_cond_t wake;
  bool waiting; // under `lock`: wants to be attached
  bool stopped; // the claimer's, with `acked`: it was for a stopped world
  bool stalled; // the owner's: what it waits for now is in a STALL event
};

static inline struct wane__thread *wane__thread_of(struct wane_mutator *m)
{
  return (struct wane__thread *)(void *)m;
}

static inline void wane__barrier_set(struct wane_mutator *m, uint32_t barrier)
{
  m->barrier = barrier;
  m->observed = barrier & WANE_BARRIER_OBSERVED;
  m->besides = m->observed || barrier == WANE_BARRIER_LOG;
}

// The calling thread's own, or NULL.
struct wane__thread *wane__self(void);

int wane__threads_start(void);
bool wane__threads_stop(void); // false: some are still registered
uint32_t wane__threads_alive(void);

// Coordinator: asks all registered threads for round `epoch`; `stop`: they
// stay stopped after the ack until wane__threads_resume.
void wane__threads_request(uint64_t epoch, bool stop);
// Coordinator: returns when all have answered, exited or been claimed.
void wane__threads_await(uint64_t epoch, bool stop);
void wane__threads_resume(void);

// Owner or claimer: builds and enqueues the packet of round `epoch`.
void wane__thread_hand_over(struct wane__thread *t, uint64_t epoch,
                            bool with_roots);

// Owner or claimer: the phase that holds from this ack on. At birth: under the
// registry's lock.
void wane__thread_phase(struct wane__thread *t);

// Fork (fork.c).
void wane__threads_lock(void);
void wane__threads_unlock(void);
void wane__threads_only_self(struct wane__thread *self, uint64_t epoch);

// Sum of counts of all threads, as of their last hand-over.
void wane__counts_read(struct wane_counts *sum);
void wane__counts_reset(void);
void wane__counts_lock(void); // around fork
void wane__counts_unlock(void);
uint64_t wane__ack_max_ns(void);

#endif
