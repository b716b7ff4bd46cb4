// replay_lives.h: when objects of a replay were born, died, and were freed.
// SPDX-License-Identifier: MIT
//
// Of one object in `every`, chosen by its birth number, the time is read at
// birth, at the event that puts it out of reach (gct_deaths.h) and in its death
// hook. The first two are *marks*: numbers of events at which a replay under
// strict or serial order looks at the clock. Between marks it does nothing
// more than without them.

#ifndef WANE_REPLAY_LIVES_H
#define WANE_REPLAY_LIVES_H

#include "replay.h"

struct replay_mark {
  uint64_t at; // number of an event, in the canonical order
  // Before that event; bytes of cells of all objects, not only of those chosen.
  uint64_t allocated, live;
  uint32_t sample; // which of those chosen
  bool dead; // it is dead from this event on; else it was born just before it
};

// Constant, for all copies.
struct replay_marks {
  uint32_t every, n_samples;
  uint32_t *sample;      // by birth, of those chosen
  uint32_t *birth, *size; // by sample; size: of its cell
  struct replay_mark *marks;
  size_t n;
  uint64_t allocated; // in all
};

struct replay_life {
  uint64_t t_alloc, t_dead; // by the mutator
  // Note [lives]: relaxed; the one thread that frees the object writes it,
  // the host reads it after the bodies: freed or not yet is all the same then.
  // ns << 2 | enum wane_freed_by, so that both are of one moment.
  _Atomic uint64_t freed;
};

// Of a copy. All but `freed` and `tag` has one user at a time, as the copy
// itself.
struct replay_lives {
  const struct replay_marks *marks;
  uint64_t position; // events executed
  size_t next;       // mark
  // Note [lives]: what earlier iterations left may be freed at any time.
  _Atomic uint16_t tag;
  struct replay_life *lives; // by sample
};

// Before the first iteration, with the runtime started. 0 or an errno.
int replay_lives_make(struct replay *replay, uint32_t every);
void replay_lives_free(struct replay *replay);
void replay_lives_reset(struct replay_lives *lives, uint16_t tag);

// Looks at the clock if the next event is marked; returns how many of the next
// `n` (not 0) may be executed before it must be asked again.
uint64_t replay_lives_begin(struct replay_lives *lives, uint64_t n);
// `n` events were executed.
void replay_lives_end(struct replay_lives *lives, uint64_t n);
// All were.
void replay_lives_over(struct replay_lives *lives);

// The object is about to be freed. `tag`: its own.
void replay_lives_freed(struct replay_lives *lives, uint32_t birth,
                        uint16_t tag);

// What came out of it, until the next call or replay_lives_free. NULL: no
// memory. The copies have ended.
const struct wane_lives *replay_lives_gather(struct replay *replay);

#endif
