// replay_roots.h: the roots of one replayed thread, and how they are given up.
// SPDX-License-Identifier: MIT
//
// Which entry a root has is the plan's choice (replay_census.c). Taking one
// away is where a replayer can go wrong, for three reasons:
//
// 1. Batches (replay_settles). Until the batch is over, what lost a root or a
//    slot may be needed again. It stays in the thread's *limbo*, a second root
//    set that is emptied when the state is consistent. Under relaxed order
//    the pass knows whether there are such batches; if not there is no limbo.
// 2. Roots of the trace belong to an object, not to a thread: B may work on
//    what only A's set holds. Roots are not counted, and a handshake looks at
//    one thread after the other: B is seen, takes x out of A's p, A goes on,
//    drops p and is seen: x was in no snapshot. So a root that another thread
//    may have used is given up the counted way: stored into the slot of this
//    thread's *grave* first. The next one replaces it there, and that decrement
//    is applied one round later, when B has been seen again. Under strict order
//    that is a root that was there before this slice; under relaxed order one
//    that is part of the witness of another thread's use.
// 3. A root may be taken away by a thread that does not hold it. Then the
//    holder's entry is set to NULL, the only thing that is allowed, after the
//    object was counted as in 2.
//
// All functions: the calling thread is the one whose event it is; none is a
// safepoint.

#ifndef WANE_REPLAY_ROOTS_H
#define WANE_REPLAY_ROOTS_H

#include "replay.h"

// Note [own set]: relaxed; a set's owner is the only one to write it, but for
// NULLs, and its ack orders its writes before the snapshot.
static inline size_t replay_set_count(const struct wane_root_set *set)
{
  return atomic_load_explicit(&set->n, memory_order_relaxed);
}

static inline void replay_set_resize(struct wane_root_set *set, size_t n)
{
  atomic_store_explicit(&set->n, n, memory_order_relaxed); // Note [own set]
}

// NULL: a hole.
static inline wane_ref replay_set_get(const struct wane_root_set *set, size_t i)
{
  // Note [own set]
  return atomic_load_explicit(&set->refs[i], memory_order_relaxed);
}

static inline void replay_limbo_push(struct replay_thread *t, wane_ref o)
{
  size_t n = replay_set_count(&t->limbo);
  // Note [own set]
  atomic_store_explicit(&t->limbo.refs[n], o, memory_order_relaxed);
  replay_set_resize(&t->limbo, n + 1);
}

// One more root, where this step says.
static inline void replay_root(struct replay_set *set, uint32_t step,
                               uint32_t handle, wane_ref o)
{
  size_t index = step & REPLAY_INDEX;
  set->handle[index] = handle;
  // Note [own set]
  atomic_store_explicit(&set->set.refs[index], o, memory_order_relaxed);
  if (index >= replay_set_count(&set->set))
    replay_set_resize(&set->set, index + 1);
}

// Gives `o` a count that lasts until the round after the next grave. By its
// maker at birth: other threads may use it from now on (replay_census.c).
static inline void replay_bury(struct replay_thread *t, wane_ref o)
{
  wane_store(t->m, *t->grave, replay_slots(*t->grave), o);
}

// Takes away the root that another thread's set holds.
static inline void replay_unroot_foreign(struct wane_root_set *set,
                                         size_t index)
{
  // Note [root sets] (roots.h): release; the count that replay_bury gave is
  // seen by the snapshot that misses the entry.
  atomic_store_explicit(&set->refs[index], NULL, memory_order_release);
}

static inline void replay_unroot_own(struct wane_root_set *set, size_t index)
{
  // Note [own set]
  atomic_store_explicit(&set->refs[index], NULL, memory_order_relaxed);
  size_t n = replay_set_count(set);
  if (index + 1 != n) return;
  while (n && !replay_set_get(set, n - 1)) n--;
  replay_set_resize(set, n);
}

#endif
