// replay_roots.c: roots taken away by a thread that does not hold them.
// SPDX-License-Identifier: MIT

#include "replay_roots.h"

void replay_unroot_foreign(struct replay_thread *t, struct replay_handle *h)
{
  struct replay_thread *holder = &t->copy->threads[h->thread];
  // Note [root sets] (roots.h): release; the count that replay_bury gave is
  // seen by the snapshot that misses the entry.
  atomic_store_explicit(&holder->roots.refs[h->index], NULL,
                        memory_order_release);
  holder->root_handle[h->index] = GCT_NIL;
  holder->holes[holder->n_holes++] = h->index;
}

void replay_roots_compact(struct replay_thread *t)
{
  while (t->n_holes) {
    size_t index = t->holes[--t->n_holes];
    size_t n = replay_set_count(&t->roots);
    while (n && t->root_handle[n - 1] == GCT_NIL) n--; // holes at the end
    // Note [own set]
    atomic_store_explicit(&t->roots.n, n, memory_order_relaxed);
    if (index < n) replay_root_fill(t, index);
  }
}
