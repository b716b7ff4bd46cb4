// guard.c: what a plugin gives the services, looked at before it is believed.
// SPDX-License-Identifier: MIT

#include "guard.h"

#include "config.h"
#include "type.h"
#include "verify.h"

#include <wane/collector.h>

// Of the thread that calls the plugin; others have none.
static _Thread_local struct {
  enum wane__callback callback;
  const struct wane_round *round;
} here;

static const char *plugin(void)
{
  return wane__config.collector ? wane__config.collector->name : "?";
}

static bool in_heap(wane_ref o)
{
  size_t offset = (size_t)((char *)o - wane_gc_heap.base);
  return offset >> WANE_BLOCK_SHIFT < wane__heap_blocks_ever();
}

void wane__guard_enter(enum wane__callback callback,
                       const struct wane_round *r)
{
  here.callback = callback;
  here.round = r;
}

void wane__guard_leave(void)
{
  here.callback = WANE__CALL_NONE;
}

_Noreturn void wane__guard_fail(const char *service, wane_ref o,
                                const char *what)
{
  wane__verify_tell(o);
  wane__fatal(__FILE__, __LINE__, "plugin %s: %s(%p): %s", plugin(), service,
              (void *)o, what);
}

void wane__guard_call(const char *service, unsigned callbacks,
                      const struct wane_round *r)
{
  if (here.callback == WANE__CALL_NONE)
    wane__fatal(__FILE__, __LINE__,
                "plugin %s: %s is called from no callback, or not on the "
                "thread that the callback runs on",
                plugin(), service);
  if (!(here.callback & callbacks))
    wane__fatal(__FILE__, __LINE__,
                "plugin %s: %s is called from a callback that may not do that",
                plugin(), service);
  if (r != here.round)
    wane__fatal(__FILE__, __LINE__,
                "plugin %s: %s is called with another round than the callback "
                "was given",
                plugin(), service);
}

// Of a thread that has answered and goes on: what it allocates since can be
// read, stored into another thread's object and die with it before the round
// ends, and has been counted. A cell that is empty may look like it.
static bool may_be_young(wane_ref o)
{
  uint32_t next, state = wane__heap_block_state(wane__block_index(o), &next);
  return (state == WANE__BLOCK_OWNED || state == WANE__BLOCK_LARGE) &&
         atomic_load(&o->own) & WANE_ESCAPED;
}

void wane__guard_object(const char *service, wane_ref o, bool young_too)
{
  if (!in_heap(o))
    wane__guard_fail(service, o, "that is not in the heap");
  if (!wane_gc_at_cell(o))
    wane__guard_fail(service, o, "no object begins there");
  const struct wane__block *b = &wane__blocks[wane__block_index(o)];
  uint32_t cell = wane_gc_cell_of(wane_gc_block_of(o), o);
  // Note [cells]
  if (atomic_load_explicit(&b->bits[cell >> 6].held, memory_order_acquire) >>
          (cell & 63) &
      1)
    wane__guard_fail(service, o, "that object was freed before");
  if (!wane__used(b->bits, cell) && !(young_too && may_be_young(o)))
    wane__guard_fail(service, o, "no object is there, or none that its thread "
                                 "has handed over");
}

void wane__guard_cells(const char *service, uint32_t block, uint32_t word,
                       uint64_t cells)
{
  if (block >= wane__heap_blocks_ever() || word >= WANE__CELLS_MAX / 64)
    wane__fatal(__FILE__, __LINE__,
                "plugin %s: %s: block %u, word %u: there is none", plugin(),
                service, block, word);
  // Note [cells]
  uint64_t used = atomic_load_explicit(&wane__blocks[block].bits[word].used,
                                       memory_order_acquire);
  if (cells & ~used)
    wane__fatal(__FILE__, __LINE__,
                "plugin %s: %s: block %u, word %u: no object is in some of the "
                "cells",
                plugin(), service, block, word);
  // Note [cells]
  if (cells & atomic_load_explicit(&wane__blocks[block].bits[word].rooted,
                                   memory_order_relaxed))
    wane__fatal(__FILE__, __LINE__,
                "plugin %s: %s: block %u, word %u: roots of this round hold "
                "some of them",
                plugin(), service, block, word);
}
