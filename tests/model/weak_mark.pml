// weak_mark.pml: weak references at the end of a concurrent marking.
// SPDX-License-Identifier: MIT
//
// Two mutators, one collector that marks and frees again and again. Nothing
// is counted. Between a thread's answer to the first handshake of a cycle
// and the first after it, each of its stores logs the value it overwrites,
// and each of its weak_gets logs what it hands out.
//
// A cycle: a handshake that turns logging on; one that takes the roots, which
// are grey with what it logged and with the global slot; tracing; then rounds
// whose logs are shaded. When nothing is grey and a whole round has shaded
// nothing, a record, PENDING, goes into the cells of all that is unmarked,
// and there is one more round. If that round logged nothing unmarked and
// PENDING -> DEAD succeeds, the cells are cleared and the unmarked is freed;
// else the record is taken out, what was logged is shaded, and marking goes
// on. What a thread rescues after its answer is in its next log.
//
// QUIET_IS_LAST: the records go in as soon as nothing is grey; the round that
//                must shade nothing and the last one are the same.
// NEW_CELLS:     threads may make a third cell for what they hold.
//
// Not modelled: allocation (new objects are born marked), decrements.
//
// Searched to the end: SHAPE=1 OPS=5, SHAPE=2 and 3 OPS=2, and with the
// options above (README.md has the states); any number of rounds.
//
// Mutants: 2 a plain store instead of PENDING -> DEAD, 3 weak_get does not
// log, 4 cells cleared one by one without a record, 5 a record used again at
// once, 6 no handshake between the record and DEAD, 7 records leave the cells
// before the targets, 9 the last round's log is not looked at, 10 weak_get
// takes PENDING for alive, 11 logging is turned on by the handshake that
// takes the roots, 14 a weak_get that found a record does not log,
// 16 a rescued record is used again as it is.

#define LIMIT 8 // rounds, once all is dropped

#include "weak_world.pml"

bit logs; // the collector's word; a thread learns it when it answers
bit logging[THREADS];
byte logged[THREADS];
byte shaded; // this round's log

inline count_new(v) { skip }

inline log_old(o)
{
  if
  :: logging[t] -> logged[t] = logged[t] | ONLY(o)
  :: else
  fi
}

inline hand_over()
{
  shaded = shaded | logged[t];
  logged[t] = 0;
  logging[t] = logs
}

inline weak_got(o)
{
#if MUTANT == 14
  if
  :: reading[t] == NONE -> log_old(o)
  :: else
  fi;
#elif MUTANT != 3
  log_old(o);
#endif
  weak_end()
}

inline weak_count() { skip }

#include "weak_mutator.pml"

inline handshake()
{
  shaded = 0;
  ask();
  await()
}

// What is not marked yet becomes grey.
inline shade(what)
{
  MUST(S1_no_freed_object_is_used, !((what) & freed));
  grey = grey | ((what) & ~marked & ALL);
  marked = marked | (what)
}

inline follow()
{
  do
  :: d_step { HAS(grey, 1) -> grey = grey & ~1; shade(ONLY(slot[1])) }
#if OBJECTS > 1
  :: d_step { HAS(grey, 2) -> grey = grey & ~2; shade(ONLY(slot[2])) }
#endif
  :: grey == 0 -> break
  od
}

// `pass`: there was a whole round that shaded nothing.
inline mark()
{
  do
  :: follow();
#ifdef QUIET_IS_LAST
    break
#else
    handshake();
    d_step {
      pass = !(shaded & ~marked);
      shade(shaded)
    };
    if
    :: pass -> break
    :: else
    fi
#endif
  od
}

// What is unmarked dies, if no weak_get can have got any of it: `pass`.
inline finish()
{
  d_step { set = ALL & ~marked & ~gone; pass = 1 };
#if MUTANT == 4
  clear_without_record();
#else
  fresh_record(k);
  install();
#endif
#if MUTANT != 6
  handshake();
#if MUTANT != 9
  pass = !(shaded & set);
#endif
#endif
#if MUTANT != 4
  if
  :: pass -> condemn()
  :: else
  fi;
  if
  :: pass -> clear_cells()
  :: else -> uninstall()
  fi;
#endif
  if
  :: pass -> d_step { free_set(set); gone = gone | set }
  :: else -> d_step { shade(shaded) }
  fi;
  d_step { set = 0; k = 0 }
}

proctype collector()
{
  byte marked, grey, rooted, gone, retired, quiet;
  byte i, k, set;
  bit pass;
  do
  :: gone == ALL -> break
  :: else ->
    if
    :: skip
    :: handshake() // logging off
    fi;
#if MUTANT != 11
    logs = 1;
    handshake();
#endif
    logs = 1;
    handshake();
    d_step { marked = gone; shade(rooted | shaded) };
    d_step { shade(ONLY(slot[0])) };
    do
    :: mark();
      if
      :: (ALL & ~marked) == 0 -> break
      :: else ->
        finish();
        if
        :: pass -> break
        :: else
        fi
      fi
    od;
    logs = 0;
    d_step { marked = 0; grey = 0; pass = 0 }
  od
}

init
{
  atomic {
    start();
    run mutator(0);
    run mutator(1);
    run collector()
  }
}
