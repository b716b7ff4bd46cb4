// world.h: what one run of a program knows: its objects, threads and cells.
// SPDX-License-Identifier: MIT
//
// Every object knows its number and has a canary, and a table beside the heap
// knows which have died.

#ifndef WANE_EXPLORE_WORLD_H
#define WANE_EXPLORE_WORLD_H

#include "run.h"

#include <wane/wane.h>

#define THINGS (1 << 14)
#define RETIRED 1024

struct thing {
  struct wane_array head;
  uint32_t id, canary;
  struct wane_slot slots[];
};

struct actor {
  const struct op_list *list;
  struct wane_mutator *m;
  wane_ref *roots;
  pthread_t pthread;
  char name[8];
  uint32_t outruns; // large objects in a row, beyond all room
  uint64_t rounds;  // ended, when it allocated the last one
};

struct world {
  const struct program *program;
  const struct wane_type *types[THING_KINDS];
  struct wane_handle *handles[PROGRAM_HANDLES];
  struct wane_weak *cells[PROGRAM_CELLS];
  uint32_t cell_of[PROGRAM_CELLS]; // the number of the cell's object
  struct wane_weak *retired[RETIRED]; // for the end
  uint32_t n_retired;
  struct wane_ephemeron *ephemerons[PROGRAM_EPHEMERONS];
  struct actor actors[PROGRAM_THREADS];
  bool dead[THINGS], finalized[THINGS], vanished[THINGS];
  wane_ref objects[THINGS]; // valid while not dead
  uint32_t born, died, finalizers;
  uint64_t rounds, since; // bytes of large objects since so many had ended
  pthread_mutex_t arrays; // held by who writes to a WIDE thing
};
extern struct world world;

#define FAIL(...) sched_fail(SCHED_FAILED, __VA_ARGS__)

static inline struct thing *thing_of(wane_ref o)
{
  return (struct thing *)(void *)o;
}

// --- thing.c -----------------------------------------------------------------

// Fails unless `o` is NULL or alive.
void look(wane_ref o, const char *who, const char *what);
// Which actor has the object in a root? Or NULL.
const struct actor *holder_of(uint32_t id);
void register_types(bool weak);
// `slots` and `tail`, bytes behind them: of a THING_WIDE.
wane_ref new_thing(struct wane_mutator *m, uint32_t kind, uint32_t slots,
                   size_t tail);

// --- operate.c ---------------------------------------------------------------

// Until the thread has answered so many handshakes, or nobody asks.
void answer(struct wane_mutator *m, uint32_t n);
void operate(struct actor *a, const struct op *op);

#endif
