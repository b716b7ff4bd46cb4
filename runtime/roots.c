// roots.c: root sets, handles, and the end of a shadow stack.
// SPDX-License-Identifier: MIT

#include "roots.h"

#include "thread.h"

#include <pthread.h>
#include <stdlib.h>

// A slot outside the heap. It is counted like any other, so what it refers to
// has escaped; it holds nothing that could be part of a cycle itself.
struct wane_handle {
  struct wane_slot slot;
  struct wane_handle *prev, *next; // all handles; under the lock
};

static struct {
  pthread_mutex_t lock;
  struct wane_handle *first;
} handles = {.lock = PTHREAD_MUTEX_INITIALIZER};

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
  pthread_mutex_lock(&handles.lock);
  handle->prev = NULL;
  handle->next = handles.first;
  if (handles.first) handles.first->prev = handle;
  handles.first = handle;
  pthread_mutex_unlock(&handles.lock);
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
  uint32_t kernel = wane__kernel(m);
  if (kernel != WANE_BARRIER_RC_LOG) {
    (void)wane__exchange_uncounted(m, kernel, &handle->slot, value);
    return;
  }
  if (value && wane__inc(m, value)) WANE_COUNT(m, inc_biased);
  // Note [publish]: as wane_exchange.
  wane_ref old = atomic_exchange_explicit(&handle->slot.wane__value, value,
                                          memory_order_acq_rel);
  if (old) wane__log_dec(m, old);
}

void wane_handle_free(struct wane_mutator *m, struct wane_handle *handle)
{
  wane_handle_set(m, handle, NULL);
  pthread_mutex_lock(&handles.lock);
  if (handle->prev)
    handle->prev->next = handle->next;
  else
    handles.first = handle->next;
  if (handle->next) handle->next->prev = handle->prev;
  pthread_mutex_unlock(&handles.lock);
  free(handle);
}

void wane__handles_each(void (*each)(wane_ref o, void *context), void *context)
{
  pthread_mutex_lock(&handles.lock);
  for (struct wane_handle *h = handles.first; h; h = h->next) {
    wane_ref o = wane_load(&h->slot);
    if (o) each(o, context);
  }
  pthread_mutex_unlock(&handles.lock);
}

void wane__handles_lock(void)
{
  pthread_mutex_lock(&handles.lock);
}

void wane__handles_unlock(void)
{
  pthread_mutex_unlock(&handles.lock);
}
