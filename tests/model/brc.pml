// brc.pml: biased reference counting as published, with its merge queue.
// SPDX-License-Identifier: MIT
//
// Not what the runtime does: increments there are biased, but no mutator
// decrements (counting.pml). This is the protocol that it is compared with,
// after Choi, Shull and Torrellas (PACT 2018) in the form of CPython 3.13: one
// object, its owner (thread 0) and two others. Each reference is counted. The
// owner counts in `biased`; others in `shared`, a word of a count and a state.
// Whose decrement would take `shared` below zero gives its reference to the
// owner's queue instead; the owner merges both halves at a safepoint, and so
// does who finds the owner gone, under the queue's lock. An owner whose half
// becomes zero merges by itself.
//
// Each thread takes OPS steps: it counts one more reference or hands one to
// another thread; thread 2 may have MORE. Then it drops all it has. The owner
// drains its queue at any time, and leaves when it has nothing left.
//
// IMMORTALS: the owner may make the object immortal, once.
//
// Not modelled: memory order, try_inc and its state MAYBE_WEAK, destructors
// that resurrect, a queue for which there is no memory, owners' ids used again.
//
// That an implicit merge looks at the whole word, not at the count alone, makes
// no difference here: what is queued has a unit, so with `biased` zero the
// count is not. It is needed for MAYBE_WEAK.
//
// Mutants: 1 a queued object that became immortal is merged all the same, 2 an
// owner that leaves does not look at its queue again, 3 a stranger merges what
// an owner that has left had made immortal, 4 the owner's id is cleared after
// the merge, 5 what a decrement has left is read again, 6 the owner is looked
// up before the lock, 7 the queue does not inherit a reference, 8 who finds the
// object queued queues it again, 9 an implicit merge is a plain store, 10 a
// foreign decrement is a load and a store, 11 an explicit merge is a plain
// store, 12 a merge does not add what the owner counted.

#include "common.pml"

#ifndef OPS
#define OPS 1
#endif

hidden byte S1_no_freed_object_is_used;
hidden byte S2_nothing_is_freed_twice;
hidden byte S3_no_merged_count_below_zero;
hidden byte S5_merged_means_nobodys;
hidden byte S11_what_is_immortal_is_not_merged;
hidden byte L1_garbage_is_freed;
hidden byte R1_nothing_is_queued;
hidden byte R2_no_stranger_merges;
hidden byte R3_no_queue_meets_a_merged_object;
hidden byte R4_no_shared_count_is_negative;
hidden byte R5_nothing_immortal_is_in_a_queue;

#ifndef MORE
#define MORE 0 // more steps of thread 2
#endif

#define OWNER 0
#define IMMORTAL 100

#define DEFAULT 0
#define QUEUED 2
#define MERGED 3

// The word: state and count change together.
#define WORD(n, state) (4 * (n) + (state))
#define STATE_OF(w) ((w) & 3)
#define COUNT_OF(w) ((w) >> 2)

short shared; // WORD
short biased;
bit owned = 1; // the object names its owner
byte has[3] = 0; // references of each thread
byte queue;    // references that the owner's queue inherited: 0 or 1
bit locked;
bit registered = 1; // the owner has not left
byte freed;
bit immortal;
byte left[3];
bit gone[3];

inline touch() { MUST(S1_no_freed_object_is_used, !freed) }

inline free_it()
{
  MUST(S2_nothing_is_freed_twice, !freed);
  MUST(S1_no_freed_object_is_used, !has[0] && !has[1] && !has[2]);
  MUST(S11_what_is_immortal_is_not_merged, !immortal);
  freed = 1
}

inline lock() { d_step { !locked -> locked = 1 } }

// A new word is put in place of `seen`; `done`: it was still there.
inline cas(new)
{
  touch();
  done = (shared == seen);
  if
  :: done ->
    shared = new;
    MUST(S3_no_merged_count_below_zero,
         STATE_OF(shared) != MERGED || COUNT_OF(shared) >= 0);
    MUST(S5_merged_means_nobodys,
         STATE_OF(shared) != MERGED || (!owned && !biased) || MUTANT == 4);
    WITNESS(94, R4_no_shared_count_is_negative || COUNT_OF(shared) >= 0)
  :: else
  fi
}

// --- counting ---------------------------------------------------------------

// By who has a reference.
inline inc()
{
  d_step { touch(); mine = owned && t == OWNER && biased != IMMORTAL;
           done = (biased == IMMORTAL) };
  if
  :: done
  :: mine -> d_step { touch(); biased++ }
  :: !mine && !done -> d_step { touch(); shared = shared + 4 }
  fi;
  d_step { has[t]++; mine = 0; done = 0 }
}

// Both halves become one word. The caller has the owner's authority.
inline explicit_merge(extra)
{
  d_step {
    touch();
    MUST(S11_what_is_immortal_is_not_merged, biased != IMMORTAL);
    part = biased;
#if MUTANT == 12
    part = 0;
#endif
    biased = 0;
#if MUTANT != 4
    owned = 0
#endif
  };
  d_step { touch(); seen = shared };
  do
  :: d_step {
#if MUTANT == 11
       shared = WORD(COUNT_OF(seen) + part + (extra), MERGED);
       done = 1
#else
       cas(WORD(COUNT_OF(seen) + part + (extra), MERGED))
#endif
     };
     if
     :: done -> break
     :: else -> d_step { touch(); seen = shared }
     fi
  od;
#if MUTANT == 4
  atomic { touch(); owned = 0 };
#endif
  // From here on, unless nothing is left, the object is not looked at.
  atomic {
    zero = (COUNT_OF(seen) + part + (extra) == 0);
    done = 0;
    part = 0;
    seen = 0
  }
}

// The owner's half has become zero.
inline implicit_merge()
{
  d_step { touch(); seen = shared };
  if
  :: seen == WORD(0, DEFAULT) -> d_step { free_it() }
  :: seen != WORD(0, DEFAULT) ->
#if MUTANT != 4
    d_step { touch(); owned = 0 };
#endif
    do
    :: d_step {
#if MUTANT == 9
         shared = WORD(COUNT_OF(seen), MERGED);
         done = 1
#else
         cas(WORD(COUNT_OF(seen), MERGED))
#endif
       };
       if
       :: done -> break
       :: else -> d_step { touch(); seen = shared }
       fi
    od;
#if MUTANT == 4
    atomic { touch(); owned = 0 };
#endif
    if
    :: COUNT_OF(seen) == 0 -> d_step { free_it() }
    :: else
    fi
  fi;
  atomic { seen = 0; done = 0 }
}

// Not the owner, or no longer. `queues`: the reference is the queue's now.
inline dec_shared()
{
  d_step { touch(); seen = shared };
  do
  :: d_step {
       queues = (COUNT_OF(seen) == 0 &&
#if MUTANT == 8
                 STATE_OF(seen) != MERGED);
#else
                 STATE_OF(seen) == DEFAULT);
#endif
#if MUTANT == 10
       done = 1;
#else
       if
       :: queues -> cas(WORD(0, QUEUED))
       :: else -> cas(seen - 4)
       fi
#endif
     };
     if
     :: done -> break
     :: else -> d_step { touch(); seen = shared }
     fi
  od;
#if MUTANT == 10
  atomic { shared = (queues -> WORD(0, QUEUED) : seen - 4) };
#endif
#if MUTANT == 5
  atomic { zero = (!queues && shared == MERGED) };
#else
  atomic { zero = (!queues && seen - 4 == MERGED) };
#endif
  d_step { done = 0; seen = 0 };
  if
  :: zero -> d_step { free_it(); zero = 0 }
  :: else
  fi
}

// The reference is in nobody's hand: it is the queue's.
inline enqueue()
{
  d_step {
    WITNESS(91, R1_nothing_is_queued);
    touch();
    mine = owned
  };
  if
  :: !mine -> // merged meanwhile
    d_step { WITNESS(93, R3_no_queue_meets_a_merged_object) };
    dec_shared();
  :: mine ->
#if MUTANT == 6
    mine = registered;
    lock();
#else
    lock();
    mine = registered;
#endif
    if
    :: mine ->
      d_step {
        queue++;
        locked = 0
      }
    :: !mine ->
      // The owner may have made it immortal and left.
      d_step { touch(); done = (biased == IMMORTAL) };
      if
#if MUTANT != 3
      :: done -> done = 0; locked = 0
      :: !done ->
#else
      :: done = 0;
#endif
        d_step { WITNESS(92, R2_no_stranger_merges) };
#if MUTANT == 7
        explicit_merge(0);
#else
        explicit_merge(-1);
#endif
        locked = 0;
        if
        :: zero -> d_step { free_it(); zero = 0 }
        :: else
        fi
      fi
    fi
  fi;
  d_step { queues = 0; mine = 0 }
}

inline dec()
{
  d_step { touch(); has[t]--; mine = owned && t == OWNER;
           done = (biased == IMMORTAL) };
  if
  :: done -> done = 0
  :: mine && !done ->
    d_step { touch(); biased--; zero = (biased == 0) };
    if
    :: zero -> zero = 0; implicit_merge()
    :: else
    fi
  :: !mine && !done ->
    dec_shared();
    if
    :: queues -> enqueue()
    :: else
    fi
  fi;
  mine = 0
}

// --- the owner --------------------------------------------------------------

// The queue becomes a list of its own under the lock.
inline drain()
{
  lock();
  d_step { taken = queue; queue = 0; locked = 0 };
  do
  :: taken ->
    taken--;
    d_step {
      touch();
      done = (biased == IMMORTAL);
      WITNESS(95, R5_nothing_immortal_is_in_a_queue || !done)
    };
    if
#if MUTANT != 1
    :: done -> done = 0
    :: !done ->
#else
    :: done = 0;
#endif
#if MUTANT == 7
      explicit_merge(0);
#else
      explicit_merge(-1);
#endif
      if
      :: zero -> d_step { free_it(); zero = 0 }
      :: else
      fi
    fi
  :: else -> break
  od
}

// After it, the owner counts like everybody else.
inline leave()
{
  do
  :: drain();
#if MUTANT == 2
     registered = 0;
     break
#else
     lock();
     if
     :: queue -> locked = 0
     :: else -> d_step { registered = 0; locked = 0 }; break
     fi
#endif
  od
}

inline become_immortal()
{
  d_step {
    touch();
    if
    :: owned -> biased = IMMORTAL; immortal = 1
    :: else
    fi
  }
}

proctype thread(byte t)
{
  short seen, part;
  byte taken;
  bit done, mine, zero, queues;
  do
  :: atomic { left[t] && has[t] -> left[t]-- }; inc()
  :: d_step { left[t] && has[t] && !gone[0] ->
       left[t]--; has[t]--; has[0]++ }
  :: d_step { left[t] && has[t] && !gone[1] ->
       left[t]--; has[t]--; has[1]++ }
  :: d_step { left[t] && has[t] && !gone[2] ->
       left[t]--; has[t]--; has[2]++ }
#ifdef IMMORTALS
  :: atomic { t == OWNER && left[t] && has[t] && !immortal -> left[t]-- };
     become_immortal()
#endif
  :: has[t] -> dec()
  :: t == OWNER && queue -> drain()
  :: d_step { t == OWNER && !has[t] -> gone[t] = 1 }; leave(); break
  :: d_step { t != OWNER && !has[t] && !has[0] && !has[1] && !has[2] ->
       gone[t] = 1 }; break
  od
}

// Nobody can do anything: all is dropped, and the object is free, or immortal.
proctype watch()
{
end:
  timeout ->
  MUST(L1_garbage_is_freed, freed || immortal)
}

init
{
  atomic {
    // Who made it has counted a reference for each.
    has[0] = 1;
    biased = 1;
    if
    :: skip
    :: has[1] = 1; biased++
    fi;
    if
    :: skip
    :: has[2] = 1; biased++
    fi;
    left[0] = OPS;
    left[1] = OPS;
    left[2] = OPS + MORE;
    run thread(0);
    run thread(1);
    run thread(2);
    run watch()
  }
}
