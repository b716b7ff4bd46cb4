// roots.c: root sets, handles, and the end of a shadow stack.
// SPDX-License-Identifier: MIT

#include "thread.h"

#include <stdlib.h>

// A slot outside the heap. It is counted like any other, so what it refers to
// has escaped; it holds nothing that could be part of a cycle itself.
struct wane_handle {
  struct wane_slot slot;
};

void wane__roots_overflow(struct wane_mutator *m)
{
  wane__fatal(__FILE__, __LINE__,
              "the shadow stack of thread \"%s\" is full (8 Mi roots): "
              "recursion too deep?",
              wane__thread_of(m)->name);
}

void wane_root_set_add(struct wane_mutator *m, struct wane_root_set *set)
{
  struct wane__thread *t = wane__thread_of(m);
  set->next = t->sets;
  t->sets = set;
}

void wane_root_set_remove(struct wane_mutator *m, struct wane_root_set *set)
{
  struct wane_root_set **link = &wane__thread_of(m)->sets;
  while (*link && *link != set) link = &(*link)->next;
  WANE_CHECK(*link, "a root set that is not registered with this thread");
  if (*link) *link = set->next;
}

struct wane_handle *wane_handle_new(struct wane_mutator *m, wane_ref value)
{
  struct wane_handle *handle = malloc(sizeof *handle);
  if (!handle) return NULL;
  atomic_init(&handle->slot.wane__value, NULL);
  wane_handle_set(m, handle, value);
  return handle;
}

wane_ref wane_handle_get(struct wane_handle *handle)
{
  return wane_load(&handle->slot);
}

void wane_handle_set(struct wane_mutator *m, struct wane_handle *handle,
                     wane_ref value)
{
  bool counting = wane__counting(m);
  if (value && counting && wane__inc(m, value)) WANE_COUNT(m, inc_biased);
  // Note [publish]: as wane_exchange.
  wane_ref old = atomic_exchange_explicit(&handle->slot.wane__value, value,
                                          memory_order_acq_rel);
  if (old && counting) wane__log_dec(m, old);
}

void wane_handle_free(struct wane_mutator *m, struct wane_handle *handle)
{
  wane_handle_set(m, handle, NULL);
  free(handle);
}
