// mark.h: tracing: what is grey, what is marked, when nothing is left.
// SPDX-License-Identifier: MIT

#ifndef WANE__MARK_H
#define WANE__MARK_H

#include "log.h"
#include "release.h"

int wane__mark_start(void);
void wane__mark_stop(void);

// Between the beginning of a trace and the end of its sweep.
bool wane__mark_active(void);
bool wane__mark_runs(void); // and before it is over
bool wane__mark_over(void); // nothing is left to mark; the sweep is not over

// Coordinator, between two calls of wane_gc_mark. While a trace is active:
// makes `o` grey unless it is marked.
void wane__shade(wane_ref o);
void wane__shade_log(const struct wane__chunk *list);
// Some reference was overwritten and could not be logged: what has been marked
// so far proves nothing (Note [log lost], mark.c).
void wane__mark_log_lost(void);
// The cells of a span that was handed over: objects that were born since the
// trace began, or cells that it must not see as garbage.
void wane__mark_span(const struct wane_gc_span *span);
// Of those, the ones that are to be looked into all the same, after the dead
// among them are gone: in the round after a trace began. Note [early births]
bool wane__mark_wants_born(void);
void wane__shade_span(const struct wane_gc_span *span);

// What the running or else the last trace looked at, in bytes of cells. Any
// thread.
uint64_t wane__marked_bytes(void);
// A mutator's help: looks at `bytes` of objects, more or less. How many it
// did; 0: there was nothing to do at the moment.
uint64_t wane__mark_assist(uint64_t bytes);

// sweep.c's.
void wane__sweep_start(void);
void wane__mark_finished(void);
// Blocks below this one have been swept.
extern uint32_t wane__swept;

static inline _Atomic uint64_t *wane__mark_words(uint32_t block)
{
  return &wane_gc_heap.marks[(size_t)block * (WANE__MARK_BYTES / 8)];
}

// Which of `cells`, bits of a word of cells of `bytes` each, are marked?
static inline uint64_t wane__marked_cells(uint32_t block, size_t bytes,
                                          uint32_t word, uint64_t cells)
{
  const _Atomic uint64_t *marks = wane__mark_words(block);
  uint64_t marked = 0;
  for (; cells; cells &= cells - 1) {
    size_t cell = word * 64 + (size_t)__builtin_ctzl(cells);
    size_t grain = cell * bytes / WANE__MARK_GRAIN;
    uint64_t bits = // Note [marks]
        atomic_load_explicit(&marks[grain / 64], memory_order_relaxed);
    marked |= (bits >> grain % 64 & 1) << cell % 64;
  }
  return marked;
}

// Which cells of a word are used and not marked?
static inline uint64_t wane__dead_cells(uint32_t block, size_t bytes,
                                        uint32_t word)
{
  uint64_t used = // Note [cells]
      atomic_load_explicit(&wane__blocks[block].bits[word].used,
                           memory_order_relaxed);
  return used & ~wane__marked_cells(block, bytes, word, used);
}

#endif
