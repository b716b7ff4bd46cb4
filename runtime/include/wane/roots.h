// roots.h: uncounted roots (shadow stack, root sets) and counted handles.
// SPDX-License-Identifier: MIT
//
// At a safepoint every reference a thread still wants must be in a root, a
// slot or a handle. Roots cost nothing to write; each handshake copies them.
//
//   WANE_ROOTS(m, r, 2);      // r[0], r[1]: NULL now, popped at scope end
//   r[0] = wane_alloc(m, node);
//   r[1] = wane_alloc(m, node); // a safepoint: r[0] survives it

#ifndef WANE_ROOTS_H
#define WANE_ROOTS_H

#include <wane/mutator.h>

WANE_API void wane__roots_overflow(struct wane_mutator *m);

// Pushes `n` NULL roots and returns them. Capacity: 8 Mi roots a thread;
// past it the process ends with a message (deep recursion).
static inline wane_ref *wane_roots_push(struct wane_mutator *m, size_t n)
{
  wane_ref *base = m->root_top;
  if (WANE_UNLIKELY((size_t)(m->root_end - base) < n)) wane__roots_overflow(m);
  for (size_t i = 0; i < n; i++) base[i] = NULL;
  m->root_top = base + n;
  return base;
}

// Pops back to what wane_roots_push returned.
static inline void wane_roots_pop(struct wane_mutator *m, wane_ref *base)
{
  m->root_top = base;
}

struct wane_roots_scope {
  struct wane_mutator *m;
  wane_ref *base;
};

static inline void wane__roots_leave(struct wane_roots_scope *scope)
{
  wane_roots_pop(scope->m, scope->base);
}

// Declares `name`: an array of `n` roots that lives until the block ends.
#define WANE_ROOTS(mutator, name, n)                                           \
  wane_ref *const name = wane_roots_push((mutator), (n));                      \
  __attribute__((cleanup(wane__roots_leave), unused)) struct wane_roots_scope  \
      wane__scope_##name = {(mutator), name}

// A set of roots that belongs to one thread but lives where the program wants
// it (an interpreter's frame, a replayer's table). Entries below `n` are read
// at each handshake; NULL is skipped. The owner may write any entry and `n`;
// another thread may only replace an entry by NULL.
// Note [root sets]: the owner's stores are ordered by its ack; a foreign NULL
// must be a release, it pairs with the acquire of the snapshot, so that
// whatever made the root superfluous is seen with it.
struct wane_root_set {
  _Atomic(wane_ref) *refs;
  _Atomic size_t n;
  struct wane_root_set *next; // the runtime's
};

// Registers / unregisters a set with the calling thread. Not at once with a
// handshake of that thread: call them attached.
WANE_API void wane_root_set_add(struct wane_mutator *m,
                                struct wane_root_set *set);
WANE_API void wane_root_set_remove(struct wane_mutator *m,
                                   struct wane_root_set *set);

// A counted global root; any thread may read or write it at any time, and it
// may pass references between threads.
struct wane_handle;
WANE_API struct wane_handle *wane_handle_new(struct wane_mutator *m,
                                             wane_ref value); // NULL: no memory
WANE_API wane_ref wane_handle_get(struct wane_handle *handle);
WANE_API void wane_handle_set(struct wane_mutator *m,
                              struct wane_handle *handle, wane_ref value);
WANE_API void wane_handle_free(struct wane_mutator *m,
                               struct wane_handle *handle);

#endif
