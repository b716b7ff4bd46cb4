// satb.pml: a trace that rides on the log, while objects die by count.
// SPDX-License-Identifier: MIT
//
// Two mutators and a coordinator, as in runtime/DESIGN.md ("Tracing"), with
// the collector concurrent_mark_sweep. A store counts the new value, exchanges
// the slot and logs the old value. A round, in the order of engine.c: all
// answer; what was born is the engine's, and marked while a trace is active
// (nursery.c); the log is shaded, and last round's is applied; what dies takes
// its references back, and what survives that is shaded (release.c); births of
// the round after a trace began are grey (mark.c, Note [early births]); then
// the trace: it begins with the roots, the log and the global slot, which
// stands for the handles; marks in slices that may end at any point; is over
// when nothing is grey and a whole round has named nothing new; and is swept.
//
// TWICE: a thread that has answered may hand over again before the round has
//        all its answers: a claim can do that (handshake.pml, R5).
//
// Coarser than the code: a count is one number, and goes down in one step
// (counting.pml has its halves); a slot's object is looked into in one step,
// since it has one slot; sweeping is not cut into slices; cells are not used
// again. Not modelled: packets and their want of room (work.pml), a log entry
// that is lost, array moves, weak references (weak_mark.pml), a trace beside
// which nothing is counted (weak_mark.pml), a third object.
//
// Mutants (runtime's WANE_MUTANT in brackets): 1 roots are not shaded (41),
// 2 the log of the first round is not (42), 3 those of later rounds are not
// (45), 4 over as soon as nothing is grey (44), 5 over in the next round,
// whatever it names (43), 6 a store of NULL does not log (46), 7 what survives
// a dead object is not shaded (47), 8 a stuck one is not (SHAPE=4) (54),
// 9 early births are not looked into (SHAPE=1) (49), 10 births are not marked
// (SHAPE=1) (48), 11 what was grey and died is looked into (53), 12 what
// survives because a root holds it is not shaded.

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
#define LIMIT 4 // rounds, once all is dropped
#endif

// SHAPE 1: X is old; Y may be allocated, by either thread.
// SHAPE 2: X and Y refer to each other at first.
// SHAPE 3: X refers to Y.
// SHAPE 4: X refers to Y, whose count is stuck.
#define OBJECTS 2
#define ALL 3
#include "heap.pml"

hidden byte S3_no_count_below_zero;
hidden byte R1_nothing_grey_dies;
hidden byte R2_nothing_is_swept;
hidden byte R3_no_log_names_what_is_not_marked;
hidden byte R4_no_early_birth_is_looked_into;
hidden byte R5_no_survivor_is_newly_marked;
hidden byte R6_no_trace_needs_three_rounds;

#if SHAPE == 4
#define STUCK 2
#else
#define STUCK 0
#endif

byte count[OBJECTS + 1];
byte unborn;
byte young[2];                  // born since a thread's last hand-over
byte handed;                    // in this round
byte logged[2 * (OBJECTS + 1)]; // decrements: thread t's of o at OBJECTS*t+o
byte fresh[OBJECTS + 1];        // of this round
#define LOGGED(t, o) logged[OBJECTS * (t) + (o)]

inline count_new(v)
{
  count[v] = count[v] + (v != STUCK)
}

inline log_old(o)
{
#if MUTANT == 6
  LOGGED(t, o) = LOGGED(t, o) + (o != NONE && v != NONE)
#else
  LOGGED(t, o) = LOGGED(t, o) + (o != NONE)
#endif
}

inline hand_over()
{
  fresh[1] = fresh[1] + LOGGED(t, 1);
  LOGGED(t, 1) = 0;
  fresh[2] = fresh[2] + LOGGED(t, 2);
  LOGGED(t, 2) = 0;
  handed = handed | young[t];
  young[t] = 0
}

#include "mutator.pml"

proctype mutator(byte t)
{
  byte at, s, v;
end:
  do
  :: atomic { at == IDLE && asked[t] -> answer() }
#ifdef TWICE
  :: atomic { at == IDLE && !asked[t] && asked[1 - t] -> answer() }
#endif
  :: atomic { FREE_TO_ACT -> left[t]--; load() }
  :: atomic { FREE_TO_ACT -> left[t]--; store_begin() }
  :: d_step { at == EXCHANGE -> exchange() }
#if SHAPE == 1
  :: d_step { FREE_TO_ACT && unborn ->
       left[t]--;
       young[t] = unborn; held[t] = held[t] | unborn; unborn = 0 }
#endif
  :: d_step { at == IDLE && !done[t] ->
       left[t] = 0; held[t] = 0; done[t] = 1; exchange() }
  od
}

// --- the coordinator's round ------------------------------------------------

// wane__shade: `what` is a set.
inline shade(what)
{
  grey = grey | ((what) & ~marked);
  marked = marked | (what)
}

// What has lost a reference to a dead object that may not be looked into.
inline keep_marking(o)
{
  WITNESS(95, R5_no_survivor_is_newly_marked ||
          !(marking && !HAS(marked, o)));
  if
  :: marking -> shade(ONLY(o))
  :: else
  fi
}

// A count is zero outside of a table, or it went down and is not.
inline went_down(o)
{
  if
  :: o == STUCK ->
#if MUTANT != 8
    if
    :: cascade -> keep_marking(o)
    :: else
    fi
#endif
  :: o != STUCK && count[o] == 0 && HAS(rooted, o) ->
    table = table | ONLY(o);
#if MUTANT != 12
    keep_marking(o)
#endif
  :: o != STUCK && count[o] == 0 && !HAS(rooted, o) ->
    zero = zero | ONLY(o)
  :: o != STUCK && count[o] != 0 ->
#if MUTANT != 7
    if
    :: cascade -> keep_marking(o)
    :: else
    fi
#endif
  fi
}

inline decrement(o)
{
  MUST(S1_no_freed_object_is_used, !HAS(freed, o));
  if
  :: o == STUCK
  :: else ->
    MUST(S3_no_count_below_zero, count[o] > 0);
    count[o]--
  fi;
  went_down(o)
}

inline apply(o)
{
  do
  :: d_step { former[o] -> former[o]--; decrement(o) }
  :: else -> break
  od
}

inline let_die(o)
{
  d_step {
    HAS(zero, o) ->
    WITNESS(91, R1_nothing_grey_dies || !(marking && HAS(grey, o)));
    zero = zero & ~ONLY(o);
    free_set(ONLY(o));
    gone = gone | ONLY(o);
    cascade = 1;
    if
    :: slot[o] == NONE || slot[o] == o
    :: else -> decrement(slot[o])
    fi;
    cascade = 0
  }
}

inline drain()
{
  do
  :: let_die(1)
  :: let_die(2)
  :: !zero -> break
  od
}

// The zero-count table, and the young.
inline look_at(o)
{
  d_step {
    if
    :: HAS(table, o) && !HAS(gone, o) ->
      table = table & ~ONLY(o);
      if
      :: o != STUCK && count[o] == 0 -> went_down(o)
      :: else
      fi
    :: else
    fi
  }
}

// One slice: it may end before all is done, if somebody wants a round.
inline slice()
{
  do
  :: d_step { HAS(grey, 1) -> grey = grey & ~1; look_into(1) }
  :: d_step { HAS(grey, 2) -> grey = grey & ~2; look_into(2) }
  :: !grey -> break
  :: grey && !(done[0] && done[1]) -> break
  od
}

inline look_into(o)
{
  MUST(S1_no_freed_object_is_used, !HAS(freed, o));
  MUST(S1_no_freed_object_is_used, !(ONLY(slot[o]) & freed));
  WITNESS(94, R4_no_early_birth_is_looked_into || !HAS(early, o));
  early = early & ~ONLY(o);
  shade(ONLY(slot[o]))
}

inline begin()
{
  tracing = 1;
  marking = 1;
  drained = 0;
  begun = 1;
  wants_born = 1;
  rounds = 1;
  marked = 0;
  d_step {
#if MUTANT != 1
    shade(rooted);
#endif
#if MUTANT != 2
    shade((former[1] > 0) | (former[2] > 0) << 1);
#endif
    skip
  };
  d_step { shade(ONLY(slot[0])) }
}

// What is unmarked goes; what it refers to among the marked is taken back.
inline sweep()
{
  d_step {
    set = used & ~marked & ~gone;
    WITNESS(92, R2_nothing_is_swept || !set);
    WITNESS(96, R6_no_trace_needs_three_rounds || rounds <= 3);
    marking = 0;
    free_set(set);
    gone = gone | set;
    table = table & ~set;
    if
    :: HAS(set, 1) && HAS(marked & ~gone, slot[1]) -> decrement(slot[1])
    :: else
    fi;
    if
    :: HAS(set, 2) && HAS(marked & ~gone, slot[2]) -> decrement(slot[2])
    :: else
    fi;
    set = 0;
    marked = 0;
    tracing = 0;
    drained = 0
  };
  drain()
}

// wane_gc_mark: `pass`: it is over.
inline mark()
{
  atomic {
    rounds = rounds + (rounds < 4);
#if MUTANT != 11
    grey = grey & ~freed;
#endif
#if MUTANT == 5
    pass = drained;
#else
    pass = drained && !begun && !grey;
#endif
    begun = 0
  };
  if
  :: pass
  :: else ->
    slice();
    drained = !grey;
#if MUTANT == 4
    pass = drained
#endif
  fi;
  if
  :: pass -> grey = 0; pass = 0; sweep()
  :: else
  fi
}

proctype coordinator()
{
  byte former[OBJECTS + 1]; // decrements of the round before
  byte rooted, used = ALL & ~unborn, table = ALL & ~unborn, zero, gone, quiet;
  byte marked, grey, early, set, rounds;
  bit tracing, marking, drained, begun, wants_born, pass, cascade;
  do
  :: (gone | unborn) == ALL && done[0] && done[1] -> break
  :: else ->
    ask();
    d_step {
      !asked[0] && !asked[1];
      rooted = snapshot;
      used = used | handed;
      table = table | handed; // the walk looks at the young
#if MUTANT != 10
      if
      :: tracing -> marked = marked | handed
      :: else
      fi;
#endif
#if MUTANT != 3
      if
      :: marking ->
        set = ((fresh[1] > 0) | (fresh[2] > 0) << 1);
        WITNESS(93, R3_no_log_names_what_is_not_marked || !(set & ~marked));
        shade(set);
        set = 0
      :: else
      fi
#endif
    };
    apply(1);
    apply(2);
    atomic {
      former[1] = fresh[1];
      fresh[1] = 0;
      former[2] = fresh[2];
      fresh[2] = 0
    };
    drain();
    look_at(1);
    look_at(2);
    drain();
    atomic {
#if MUTANT != 9
      if
      :: wants_born ->
        grey = grey | (handed & ~gone);
        early = handed & ~gone
      :: else
      fi;
#endif
      wants_born = 0;
      handed = 0
    };
    if
    :: tracing -> mark()
    :: !tracing && !(done[0] && done[1])
    :: !tracing -> begin(); mark()
    fi
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
    :: held[1] = 1
    fi;
#if SHAPE == 1
    unborn = 2;
#elif SHAPE == 2
    slot[1] = 2;
    slot[2] = 1;
    count[2] = 1;
    count[1] = 1;
#elif SHAPE == 3
    slot[1] = 2;
    count[2] = 1;
#else
    slot[1] = 2;
#endif
    count[1] = count[1] + (slot[0] == 1);
    left[0] = OPS + MORE;
    left[1] = OPS;
    run mutator(0);
    run mutator(1);
    run coordinator()
  }
}
