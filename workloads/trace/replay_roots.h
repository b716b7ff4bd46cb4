// replay_roots.h: the roots of one replayed thread, and how they are given up.
// SPDX-License-Identifier: MIT
//
// Taking a root away is where a replayer can go wrong, for three reasons:
//
// 1. Batches (replay_settles). Until the batch is over, what lost a root or a
//    slot may be needed again. It stays in the thread's *limbo*, a second root
//    set that is emptied when the state is consistent.
// 2. Roots of the trace belong to an object, not to a thread: B may work on
//    what only A's set holds. Roots are not counted, and a handshake looks at
//    one thread after the other: B is seen, takes x out of A's p, the baton
//    goes to A, A drops p and is seen: x was in no snapshot. So a root that
//    another thread may have used (it was there before this slice) is given
//    up the counted way: stored into the slot of this thread's *grave* first.
//    The next one replaces it there, and that decrement is applied one round
//    later, when B has been seen again.
// 3. A root may be taken away by a thread that does not hold it. Then the
//    holder's entry is set to NULL, the only thing that is allowed, after the
//    object was counted as in 2; the holder fills the hole when it runs next.
//
// All functions: the calling thread holds the baton; none is a safepoint.

#ifndef WANE_REPLAY_ROOTS_H
#define WANE_REPLAY_ROOTS_H

#include "replay.h"

// Note [own set]: relaxed; a set's owner is the only one to write it, but for
// NULLs, and its ack orders its writes before the snapshot.
static inline size_t replay_set_count(const struct wane_root_set *set)
{
  return atomic_load_explicit(&set->n, memory_order_relaxed);
}

static inline void replay_set_push(struct wane_root_set *set, size_t n,
                                   wane_ref o)
{
  // Note [own set]
  atomic_store_explicit(&set->refs[n], o, memory_order_relaxed);
  atomic_store_explicit(&set->n, n + 1, memory_order_relaxed);
}

static inline void replay_set_empty(struct wane_root_set *set)
{
  atomic_store_explicit(&set->n, 0, memory_order_relaxed); // Note [own set]
}

static inline void replay_limbo_push(struct replay_thread *t, wane_ref o)
{
  replay_set_push(&t->limbo, replay_set_count(&t->limbo), o);
}

// One more root.
static inline void replay_root(struct replay_thread *t, struct replay_handle *h,
                               uint32_t handle, wane_ref o)
{
  if (h->roots++) return;
  size_t n = replay_set_count(&t->roots);
  h->index = (uint32_t)n;
  h->slice = t->slice;
  h->thread = (uint8_t)t->thread;
  t->root_handle[n] = handle;
  replay_set_push(&t->roots, n, o);
}

// Moves the last root into a place of this thread's set that is free.
static inline void replay_root_fill(struct replay_thread *t, size_t index)
{
  size_t last = replay_set_count(&t->roots) - 1;
  uint32_t moved = t->root_handle[last];
  // Note [own set]
  wane_ref o = atomic_load_explicit(&t->roots.refs[last], memory_order_relaxed);
  atomic_store_explicit(&t->roots.refs[index], o, memory_order_relaxed);
  t->root_handle[index] = moved;
  if (moved != GCT_NIL) t->copy->handles[moved].index = (uint32_t)index;
  atomic_store_explicit(&t->roots.n, last, memory_order_relaxed);
}

// Gives `o` a count that lasts until the round after the next grave. By its
// maker at birth: other threads may use it from now on (replay_plan.c).
static inline void replay_bury(struct replay_thread *t, wane_ref o)
{
  wane_store(t->m, *t->grave, replay_slots(*t->grave), o);
}

// The last root of a handle that another thread's set holds.
void replay_unroot_foreign(struct replay_thread *t, struct replay_handle *h);
// Fills the holes that others left in this thread's set.
void replay_roots_compact(struct replay_thread *t);

// One root less. `needed`: the object or what it refers to may be used again.
static inline void replay_unroot(struct replay_thread *t,
                                 struct replay_handle *h, wane_ref o,
                                 bool needed)
{
  if (--h->roots) return;
  if (needed) replay_limbo_push(t, o);
  if (WANE_UNLIKELY(h->thread != t->thread)) {
    replay_bury(t, o);
    replay_unroot_foreign(t, h);
    return;
  }
  if (needed && h->slice != t->slice) replay_bury(t, o);
  replay_root_fill(t, h->index);
}

#endif
