// counting.pml: biased increments, deferred decrements, trial deletion.
// SPDX-License-Identifier: MIT
//
// Two mutators and a coordinator, as runtime/DESIGN.md has them ("Counting",
// "Trial deletion"). Object 1 is thread 0's, object 2 thread 1's. A store
// counts the new value (its owner in `biased`, which C calls `local`, others in
// `shared`), exchanges the slot and logs the old value (barrier.h). A round
// (engine.c): all answer; last round's log is applied, one decrement at a time
// (apply.h); the zero-count table is looked at again and what is dead goes, its
// references taken back at once (release.c, cascade.h); the closers of the
// round before are told, and the graph below all closers is read: its slots,
// each once, then its counts; what no unit from outside and no root leads to
// goes (collectors/trial_deletion). All of it while the mutators run.
//
// TWICE: a thread that has answered may hand over again before the round has
//        all its answers: a claim can do that (handshake.pml, R5).
// SPILL: `local` overflows at 3 (Note [spill]).
// MOVES: object 1 has two slots, and wane_array_move between them (Note
//        [array moves]); needs SHAPE=1.
//
// Coarser than the code: a graph is one group (groups that are freed early
// only save time); a decrement reads `local`, then tests and lowers `shared` in
// one step, but for the plain store of Note [last unit], which is a third; a
// child of the dead is always decremented so. Not modelled: allocation (objects
// start in the zero-count table), the nursery, the walk, weak references
// (weak_rc.pml), references out of a dead cycle, a third object.
//
// Mutants (runtime's WANE_MUTANT in brackets): 1 no round's delay (3),
// 2 counts before edges (4), 3 publish before count (1), 4 a move that is not
// told (MOVES) (7), 5 roots are not looked at (5), 6 a mutator decrements (6),
// 7 load, then store (2), 8 the owner's half is cleared before it is moved
// (SPILL) (10), 9 `shared` is read before `local` (SPILL) (8), 10 the table
// forgets (13), 11 a foreign store flags no closer (14), 12 it is tested before
// the increment whether a store closes a cycle (SHAPE=1) (9), 13 closers are
// forgotten when they survive (11), 14 the last unit of a rooted object is
// taken back by a plain store, 15 what was looked at again is taken for waiting
// in the table still.

#include "common.pml"

#ifndef SHAPE
#define SHAPE 2
#endif
#ifndef OPS
#define OPS 2
#endif
#ifndef MORE
#define MORE 0 // more operations of thread 0
#endif
#ifndef LIMIT
#define LIMIT 2 // rounds, once all is dropped
#endif

// SHAPE 1: X alone, no edge.
// SHAPE 2: X and Y refer to each other at first; both are flagged.
// SHAPE 3: X and Y, no edges at first, nothing has escaped.
// SHAPE 4: X refers to itself, Y to X; both are flagged.
#if SHAPE == 1
#define OBJECTS 1
#define ALL 1
#else
#define OBJECTS 2
#define ALL 3
#endif

#include "heap.pml"

hidden byte S3_no_count_below_zero;
hidden byte R1_nothing_dies_by_count;
hidden byte R2_no_cycle_is_found;
hidden byte R3_no_cycle_is_found_alive;
hidden byte R4_nothing_waits_in_the_table;
hidden byte R5_no_graph_is_torn_by_a_store;
hidden byte R6_no_move_is_met;

#define OWNER(o) ((o) - 1)
short biased[OBJECTS + 1];
short shared[OBJECTS + 1];
byte escaped; // sets of objects
byte flagged; // closers
byte logged[2 * (OBJECTS + 1)]; // decrements: thread t's of o at OBJECTS*t+o
byte fresh[OBJECTS + 1];        // of this round
byte flags[2];                  // closers that a thread has logged
byte told;                      // of this round
#define LOGGED(t, o) logged[OBJECTS * (t) + (o)]

#ifdef MOVES
byte second;   // the second slot of object 1
byte begun;    // moves, counted modulo 4
byte finished;
bit locked;    // by the program
#endif

// Places of a thread.
#define SPILLED 2 // the moved units are in `shared`
#define LATE 3    // mutant 3: published, not counted
#define LOADED 4  // mutant 7: it has read what it will overwrite
#define MOVED 5   // one of a move's two stores is done
#define BACK 6    // both are

// --- a store ----------------------------------------------------------------

// Note [closers]: in an object that has escaped.
inline flag(v)
{
  if
  :: s != 0 && v != NONE && !HAS(flagged, s) &&
#if MUTANT == 11
       t == OWNER(s) &&
#endif
#if MUTANT == 12
       before
#else
       HAS(escaped, s)
#endif
     ->
    flagged = flagged | ONLY(s);
    flags[t] = flags[t] | ONLY(s)
  :: else
  fi
}

// Leaves the store where it goes on.
inline count_new(v)
{
#if MUTANT == 12
  before = HAS(escaped, s) != 0;
#endif
  if
  :: t != OWNER(v) -> shared[v]++
#ifdef SPILL
  :: t == OWNER(v) && biased[v] == 2 ->
    escaped = escaped | ONLY(v);
#if MUTANT == 8
    biased[v] = 1;
#else
    shared[v] = shared[v] + 2; // what `local` holds
#endif
    at = SPILLED
  :: t == OWNER(v) && biased[v] != 2 ->
#else
  :: t == OWNER(v) ->
#endif
    escaped = escaped | ONLY(v);
    biased[v]++
  fi
}

inline log_old(o)
{
#if MUTANT == 6
  shared[o] = shared[o] - (o != NONE);
#else
  LOGGED(t, o) = LOGGED(t, o) + (o != NONE)
#endif
}

#include "mutator.pml"

inline put_in(v)
{
  flag(v);
#ifdef MOVES
  locked = locked & (s != 1);
#endif
#if MUTANT == 7
  log_old(old);
  slot[s] = v;
  old = NONE;
  s = 0;
  v = NONE;
  at = IDLE
#else
  exchange()
#endif
}

// The program locks an array that it moves. Nothing is stored to the second
// slot, nor to the first while the second is in use.
#ifdef MOVES
#define CLOSED(s) (s == 1 && (locked || second != NONE))
#else
#define CLOSED(s) 0
#endif

inline store()
{
  choose_slot(s);
  if
  :: CLOSED(s) -> s = 0
  :: !CLOSED(s) ->
#ifdef MOVES
    locked = locked | (s == 1);
#endif
    if
    :: v = NONE
    :: choose_held(v)
    fi;
#if MUTANT == 7
    old = slot[s];
    at = LOADED;
    if
    :: v != NONE -> count_new(v)
    :: else
    fi
#elif MUTANT == 3
    at = EXCHANGE
#else
    if
    :: v == NONE -> put_in(v)
    :: else -> at = EXCHANGE; count_new(v)
    fi
#endif
  fi
}

#if MUTANT == 3
inline put_early()
{
  flag(v);
  log_old(slot[s]);
  slot[s] = v;
  s = 0;
  at = (v == NONE -> IDLE : LATE)
}
#endif

inline hand_over()
{
  fresh[1] = fresh[1] + LOGGED(t, 1);
  LOGGED(t, 1) = 0;
#if OBJECTS > 1
  fresh[2] = fresh[2] + LOGGED(t, 2);
  LOGGED(t, 2) = 0;
#endif
  told = told | flags[t];
  flags[t] = 0
}

#ifdef MOVES
inline count_move(n)
{
#if MUTANT != 4
  n = (n + 1) % 4
#else
  skip
#endif
}
#endif

proctype mutator(byte t)
{
  byte at, s, v, old;
  bit before;
end:
  do
  :: atomic { at == IDLE && asked[t] -> answer() }
#ifdef TWICE
  :: atomic { at == IDLE && !asked[t] && asked[1 - t] -> answer() }
#endif
  :: atomic { FREE_TO_ACT -> left[t]--; load() }
  :: atomic { FREE_TO_ACT -> left[t]--; store() }
#if MUTANT == 3
  :: d_step { at == EXCHANGE -> put_early() }
  :: d_step { at == LATE -> at = IDLE; count_new(v); v = NONE }
#else
  :: d_step { at == EXCHANGE || at == LOADED -> put_in(v) }
#endif
#ifdef SPILL
  :: d_step { at == SPILLED ->
#if MUTANT == 8
       shared[v] = shared[v] + 2;
#else
       biased[v] = 1;
#endif
       at = EXCHANGE }
#endif
#ifdef MOVES
  :: d_step { FREE_TO_ACT && HAS(held[t], 1) && !locked ->
       left[t]--; locked = 1; count_move(begun); at = MOVED }
  :: d_step { at == MOVED ->
       if
       :: second == NONE -> second = slot[1]; s = 1
       :: else -> slot[1] = second; s = 0
       fi;
       at = BACK }
  :: d_step { at == BACK ->
       if
       :: s == 1 -> slot[1] = NONE
       :: else -> second = NONE
       fi;
       s = 0; locked = 0; count_move(finished); at = IDLE }
#endif
  :: d_step { at == IDLE && !done[t] ->
       left[t] = 0; held[t] = 0; done[t] = 1; exchange() }
  od
}

// --- the coordinator's round ------------------------------------------------

// wane_gc_count: local, then shared.
inline read_count(o)
{
#if MUTANT == 9
  n = shared[o];
  n = n + biased[o]
#else
  n = biased[o];
  n = n + shared[o]
#endif
}

// A count is zero outside of a table.
inline is_zero(o)
{
  if
  :: HAS(rooted, o) ->
#if MUTANT != 10
    table = table | ONLY(o);
#endif
    WITNESS(94, R4_nothing_waits_in_the_table)
  :: else -> zero = zero | ONLY(o)
  fi
}

// wane__decrement: `local` first, and the last unit by a plain store.
inline decrement(o)
{
  MUST(S1_no_freed_object_is_used, !HAS(freed, o));
#if MUTANT == 9
  n = shared[o] - 1;
  shared[o] = n;
  atomic { n = n + biased[o]
#else
  n = biased[o];
#if MUTANT == 14
  if
  :: n + shared[o] == 1 -> // between the two, it may be counted
    atomic { shared[o] = -n; n = 0 }
  :: else -> atomic { shared[o]--; n = n + shared[o] }
  fi;
  atomic {
    skip
#else
  atomic {
    if
    :: n + shared[o] == 1 && !HAS(rooted, o) -> at_last = 1
    :: else -> shared[o]--; n = n + shared[o]
    fi
  };
  // Note [last unit]: nobody else can write it meanwhile.
  if
  :: at_last -> atomic { shared[o] = -n; n = 0; at_last = 0 }
  :: else
  fi;
  atomic {
    skip
#endif
#endif
    ;
    MUST(S3_no_count_below_zero, n >= 0);
    if
    :: n == 0 && !HAS(table, o) -> is_zero(o)
    :: else
    fi;
    n = 0
  }
}

inline apply(o)
{
  do
  :: former[o] -> former[o]--; decrement(o)
  :: else -> break
  od
}

// One dead object: its reference is taken back, its cell goes.
inline let_die(o)
{
  atomic {
    HAS(zero, o) ->
    WITNESS(91, R1_nothing_dies_by_count);
    zero = zero & ~ONLY(o);
    d_step {
      free_set(ONLY(o));
      gone = gone | ONLY(o)
    };
    target = slot[o]
  };
  if
  :: target == NONE || target == o
  :: else -> decrement(target)
  fi;
  target = NONE
}

inline drain()
{
  do
  :: let_die(1)
#if OBJECTS > 1
  :: let_die(2)
#endif
  :: !zero -> break
  od
}

inline look_again(o)
{
  if
  :: HAS(table, o) ->
#if MUTANT != 15
    table = table & ~ONLY(o);
#endif
    read_count(o);
    atomic {
      if
      :: n == 0 -> is_zero(o)
      :: else
      fi;
      n = 0
    }
  :: else
  fi
}

// --- trial deletion ---------------------------------------------------------

// Its slots are read, each once; what they refer to is in the graph.
inline read_edge(o)
{
#if MUTANT == 2
  read_count(o);
  early[o] = n;
  n = 0;
#endif
  atomic {
    edge[o] = slot[o];
    MUST(S1_no_freed_object_is_used, !(ONLY(edge[o]) & freed));
    graph = graph | ONLY(o) | ONLY(edge[o])
  }
}

#ifdef MOVES
// wane_gc_moves_begin, its slots, wane_gc_moves_end. One slot is read last to
// first or first to last.
inline read_object_1()
{
  target = finished;
  atomic {
    n = begun;
    if
    :: target != n -> torn = 1
    :: else
    fi;
    target = NONE
  };
  edge[1] = slot[1];
  twice = second;
  atomic {
    if
    :: begun != n ->
      torn = 1
    :: else
    fi;
    n = 0;
    WITNESS(96, R6_no_move_is_met || !torn);
    graph = 1;
    if
    :: torn -> live = 1; edge[1] = NONE; twice = NONE
    :: else
    fi;
    torn = 0
  }
}
#endif

inline read_graph()
{
#ifdef MOVES
  if
  :: HAS(seeds & ~gone, 1) -> read_object_1()
  :: else
  fi
#else
  if
  :: HAS(seeds & ~gone, 1) -> read_edge(1)
  :: else
  fi;
#if OBJECTS > 1
  if
  :: HAS((seeds & ~gone) | graph, 2) ->
    read_edge(2);
    if
    :: HAS(graph, 1) && !HAS(seeds, 1) -> read_edge(1)
    :: else
    fi
  :: else
  fi
#endif
#endif
}

#if OBJECTS == 1
#ifdef MOVES
#define INSIDE(o) ((edge[1] == (o)) + (twice == (o)))
#else
#define INSIDE(o) (edge[1] == (o))
#endif
#else
#define INSIDE(o) ((edge[1] == (o)) + (edge[2] == (o)))
#endif

// graph_external: what holds it from outside.
inline hold(o)
{
  if
  :: HAS(graph, o) ->
#if MUTANT == 2
    n = early[o];
    early[o] = 0;
#else
    read_count(o);
#endif
    atomic {
      MUST(S3_no_edge_without_its_unit, n >= INSIDE(o));
      if
      :: n > INSIDE(o) || n == 0 || HAS(rooted, o) -> live = live | ONLY(o)
      :: else
      fi;
      n = 0
    }
  :: else
  fi
}

inline collect()
{
  read_graph();
  hold(1);
#if OBJECTS > 1
  hold(2);
#endif
  atomic {
    // Along the edges as they were read.
    if
    :: HAS(live, 1) -> live = live | ONLY(edge[1])
    :: else
    fi;
#if OBJECTS > 1
    if
    :: HAS(live, 2) -> live = live | ONLY(edge[2])
    :: else
    fi;
    if
    :: HAS(live, 1) -> live = live | ONLY(edge[1])
    :: else
    fi;
#endif
    set = graph & ~live;
    WITNESS(92, R2_no_cycle_is_found || !set);
    WITNESS(93, R3_no_cycle_is_found_alive || !graph || set);
    WITNESS(95, R5_no_graph_is_torn_by_a_store || !graph ||
            edge[1] == slot[1]);
    graph = 0;
    live = 0;
#ifdef MOVES
    twice = NONE;
#endif
#if OBJECTS > 1
    edge[2] = NONE;
#endif
    edge[1] = NONE;
    free_set(set);
    gone = gone | set;
    set = 0
  }
}

proctype coordinator()
{
  byte former[OBJECTS + 1]; // decrements of the round before
  byte edge[OBJECTS + 1];   // as they were read
#if MUTANT == 2
  short early[OBJECTS + 1];
#endif
#ifdef MOVES
  byte twice; // what was read of the second slot
  bit torn;
#endif
  byte rooted, gone, zero, table = ALL;
  byte seeds, later; // closers that are listed; of the last round
  byte graph, live, set, target, quiet;
  short n;
  bit at_last;
  do
  :: gone == ALL -> break
  :: else ->
    ask();
    d_step {
      !asked[0] && !asked[1];
#if MUTANT != 5
      rooted = snapshot
#endif
    };
#if MUTANT == 1
    former[1] = fresh[1];
    fresh[1] = 0;
#if OBJECTS > 1
    former[2] = fresh[2];
    fresh[2] = 0;
#endif
#endif
    apply(1);
#if OBJECTS > 1
    apply(2);
#endif
    look_again(1);
#if OBJECTS > 1
    look_again(2);
#endif
    drain();
    atomic {
      former[1] = fresh[1];
      fresh[1] = 0;
#if OBJECTS > 1
      former[2] = fresh[2];
      fresh[2] = 0;
#endif
      seeds = (seeds | later) & ~gone;
      later = told;
      told = 0
    };
    collect();
#if MUTANT == 13
    seeds = 0
#endif
  od
}

init
{
  atomic {
    if
    :: skip
    :: slot[0] = 1
    fi;
    if
    :: skip
    :: held[0] = 1
    fi;
#if SHAPE == 2
    slot[1] = 2;
    slot[2] = 1;
    biased[2] = 1;
    biased[1] = 1;
    flagged = 3;
    flags[0] = 3;
#elif SHAPE == 3
    if
    :: skip
    :: held[1] = 2
    fi;
#elif SHAPE == 4
    slot[1] = 1;
    slot[2] = 1;
    biased[1] = 2;
    flagged = 3;
    flags[0] = 3;
    held[1] = 2;
#endif
    biased[1] = biased[1] + (slot[0] == 1);
    escaped = (biased[1] > 0);
#if SHAPE == 2
    escaped = 3;
#endif
    left[0] = OPS + MORE;
    left[1] = OPS;
    run mutator(0);
    run mutator(1);
    run coordinator()
  }
}
