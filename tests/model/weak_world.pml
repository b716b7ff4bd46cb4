// weak_world.pml: objects, weak cells, records, handshakes, what must hold.
// SPDX-License-Identifier: MIT
//
// What weak_rc.pml and weak_mark.pml share, beside heap.pml, which see for what
// a step is. No answer falls into a weak_get or a store.
//
// Bounds: SHAPE (below), and OPS operations of each thread.

#include "common.pml"

#ifndef SHAPE
#define SHAPE 2
#endif
#ifndef OPS
#define OPS 2
#endif

// SHAPE 1: X alone, both cells are its own.
// SHAPE 2: X and Y refer to each other at first; a cell for each.
// SHAPE 3: X and Y, no edges at first; a cell for each: two sets that die
//          each by itself, with a record each.
// SHAPE 4: X and Y refer to each other at first; both cells are X's.
#if SHAPE == 1
#define OBJECTS 1
#define ALL 1
#else
#define OBJECTS 2
#define ALL 3
#endif
#if SHAPE == 2 || SHAPE == 3
#define SECOND_TARGET 2
#else
#define SECOND_TARGET 1
#endif

// NEW_CELLS: a thread may make a third cell, once, for what it holds.
#ifdef NEW_CELLS
#define CELLS 3
#else
#define CELLS 2
#endif

#define RECORDS (2 * OBJECTS) // two for each set: one may wait for a round

#include "heap.pml"

// The state of a record. NOBODYS: its memory may be used again.
#define NOBODYS 0
#define PENDING 1
#define RESCUED 2
#define DEAD 3

// Weak cells. `meant` is what a cell was made for and says so for ever.
byte target[CELLS];
byte meant[CELLS];
byte record[CELLS];
byte state[RECORDS + 1];
byte reading[THREADS]; // the record that a weak_get has in its hand

byte nulled; // what a weak_get has found gone

// What must hold, beside what heap.pml has (README.md).
hidden byte S7_once_gone_for_ever_gone;
hidden byte S8_what_is_reachable_is_not_gone;
hidden byte S10_no_record_is_given_back_under_a_reader;

// Places of a thread, beside IDLE and EXCHANGE.
#define LOAD_STATE 2  // weak_get: a record was found
#define RESCUE 3      // it was pending
#define LOAD_TARGET 4 // there was no record, or it was rescued
#define COUNT 5       // the target is in hand

// All have answered: what was retired before they were asked is given back.
inline await()
{
  d_step {
    !asked[0] && !asked[1];
    rooted = snapshot;
    for (i : 1 .. RECORDS) {
      if
      :: retired & (1 << i) -> give_back(i)
      :: else
      fi
    }
    retired = 0;
    i = 0
  }
}

inline give_back(i)
{
  MUST(S10_no_record_is_given_back_under_a_reader,
       reading[0] != i && reading[1] != i);
  state[i] = NOBODYS
}

inline retire(k)
{
#if MUTANT == 5 // its memory is used again at once
  d_step { give_back(k) }
#elif MUTANT == 16 // it is used again as it is
  skip
#else
  retired = retired | (1 << k)
#endif
}

inline fresh_record(k)
{
  d_step {
    k = 1;
#if MUTANT == 16
    if
    :: state[1] == NOBODYS -> state[1] = PENDING
    :: else
    fi
#else
    do
    :: state[k] != NOBODYS -> k++; assert(k <= RECORDS)
    :: else -> break
    od;
    state[k] = PENDING
#endif
  }
}

// Something done to each cell that fits, one step for each.
#define ONE_CELL(c, fits, act) d_step { if :: fits(c) -> act(c) :: else fi }
#ifdef NEW_CELLS
#define EACH_CELL(fits, act)                                                   \
  ONE_CELL(0, fits, act);                                                      \
  ONE_CELL(1, fits, act);                                                      \
  ONE_CELL(2, fits, act)
#else
#define EACH_CELL(fits, act)                                                   \
  ONE_CELL(0, fits, act);                                                      \
  ONE_CELL(1, fits, act)
#endif
#define IS_IN_SET(c) HAS(set, target[c])
#define HAS_RECORD(c) (record[c] == k)
#define SET_RECORD(c) record[c] = k
#define NO_RECORD(c) record[c] = NONE
#define NO_TARGET(c) target[c] = NONE

inline install() { EACH_CELL(IS_IN_SET, SET_RECORD) }

inline uninstall() { EACH_CELL(HAS_RECORD, NO_RECORD); retire(k) }

// PENDING -> DEAD; `pass`: it did.
inline condemn()
{
  d_step {
    if
#if MUTANT != 2 // a plain store
    :: state[k] != PENDING -> pass = 0
#endif
    :: else -> state[k] = DEAD; pass = 1
    fi
  }
}

// After DEAD. Targets go first: who finds no record must find no target.
inline clear_cells()
{
#if MUTANT == 7 // records go first
  EACH_CELL(HAS_RECORD, NO_RECORD);
  EACH_CELL(IS_IN_SET, NO_TARGET);
#else
  EACH_CELL(HAS_RECORD, NO_TARGET);
  EACH_CELL(HAS_RECORD, NO_RECORD);
#endif
  retire(k)
}

// Targets to NULL one by one: what the record is there to avoid (mutant 4).
inline clear_without_record() { EACH_CELL(IS_IN_SET, NO_TARGET) }

// Any heap of this shape.
inline start()
{
  target[0] = 1;
  meant[0] = 1;
  target[1] = SECOND_TARGET;
  meant[1] = SECOND_TARGET;
#if SHAPE == 2 || SHAPE == 4
  slot[1] = 2;
  slot[2] = 1;
#endif
  if
  :: skip
  :: slot[0] = 1
  fi;
  if
  :: skip
  :: held[0] = 1
  fi;
  left[0] = OPS;
  left[1] = OPS
}
