// weak_rc.pml: weak references and death in two rounds, under counting.
// SPDX-License-Identifier: MIT
//
// Two mutators, one collector. A store counts the new value, exchanges the
// slot and logs the old value; mutators never decrement. A round asks, waits
// for both answers, tests again what is condemned, applies the log of the
// round before, and tries every set of objects. A set that passes and has
// weak cells is condemned: a record, PENDING, in each of its cells. One round
// later it is tested again; if it passes and PENDING -> DEAD succeeds, its
// cells are cleared and it is freed, else the record is taken out again.
//
// COUNTED_GET: weak_get counts what it hands out and logs a decrement.
// NEW_CELLS: threads may make a third cell for what they hold. It carries no
//            record if its set is condemned already. So a weak_get before
//            that must leave a trace: COUNTED_GET comes with it.
// RECHECK: instead, a condemned set with a cell that lacks its record lives.
// TEST_LATE: the second test comes after the log of the round before.
//
// Searched to the end: SHAPE=1 OPS=4, SHAPE=2, 3 and 4 OPS=2, and with the
// options above (README.md has the states); any number of rounds.
//
// Mutants: 1 no second round, 2 a plain store instead of PENDING -> DEAD,
// 4 cells cleared one by one without a record, 5 a record used again at once,
// 7 records leave the cells before the targets, 8 no second test,
// 10 weak_get takes PENDING for alive, 12 the second test does not look at
// this round's roots, 13 the second test does not look at the counts,
// 16 a rescued record is used again as it is, 17 NEW_CELLS with neither
// COUNTED_GET nor RECHECK.

#define LIMIT 4 // rounds, once all is dropped

#if defined(NEW_CELLS) && !defined(RECHECK) && MUTANT != 17
#define COUNTED_GET
#endif

#include "weak_world.pml"

// Units of each object, as the collector sees them; logged decrements: of
// each thread, and of this round. [NONE] stays zero.
byte count[OBJECTS + 1];
byte log0[OBJECTS + 1];
byte log1[OBJECTS + 1];
byte fresh[OBJECTS + 1];

inline count_new(v) { count[v]++ }

inline log_old(o)
{
  if
  :: o == NONE
  :: o != NONE && t == 0 -> log0[o]++
  :: o != NONE && t == 1 -> log1[o]++
  fi
}

inline take(o)
{
  fresh[o] = fresh[o] + (t == 0 -> log0[o] : log1[o]);
  if
  :: t == 0 -> log0[o] = 0
  :: else -> log1[o] = 0
  fi
}

inline hand_over()
{
  take(1);
#if OBJECTS > 1
  take(2)
#endif
}

inline weak_got(o)
{
#ifdef COUNTED_GET
  v = o;
  at = COUNT
#else
  weak_end()
#endif
}

// Count-neutral: the unit is there until the log is applied.
inline weak_count()
{
  count[v]++;
  log_old(v);
  v = NONE;
  weak_end()
}

#include "weak_mutator.pml"

// Edges first, then counts, each read by itself.
inline read_edge(o)
{
  if
  :: d_step { HAS(set, o) -> edges = edges + (HAS(set, slot[o]) != 0) }
  :: else
  fi
}

inline read_count(o)
{
  if
  :: d_step { HAS(set, o) -> units = units + count[o] }
  :: else
  fi
}

inline test_set()
{
  read_edge(1);
#if OBJECTS > 1
  read_edge(2);
#endif
  read_count(1);
#if OBJECTS > 1
  read_count(2);
#endif
  d_step {
    MUST(S3_no_edge_without_its_unit, units >= edges);
    pass = (units == edges);
    units = 0;
    edges = 0
  }
}

inline take_back(o)
{
  MUST(S1_no_freed_object_is_used, !HAS(freed, o));
  count[o]--
}

// What it refers to outside of itself is taken back, and it is gone.
inline free_it()
{
  d_step {
#if OBJECTS > 1
    if
    :: set == 1 && slot[1] == 2 -> take_back(2)
    :: set == 2 && slot[2] == 1 -> take_back(1)
    :: else
    fi;
#endif
    free_set(set);
    gone = gone | set
  }
}

inline die()
{
  condemn();
  if
  :: pass -> clear_cells(); free_it()
  :: else -> uninstall()
  fi;
  condemned[k] = 0
}

#define LACKS_RECORD(c) (HAS(set, target[c]) && record[c] != k)
#define FAIL(c) pass = 0

// Round k+1 for what was condemned in round k.
inline decide(n)
{
  if
  :: condemned[n] ->
    d_step { k = n; set = condemned[n]; pass = 0 };
#if MUTANT == 8
    pass = 1;
#elif MUTANT == 12
    test_set();
#elif MUTANT == 13
    pass = !(rooted & set);
#else
    if
    :: rooted & set
    :: else -> test_set()
    fi;
#endif
#ifdef RECHECK
    EACH_CELL(LACKS_RECORD, FAIL);
#endif
#if MUTANT == 4
    if
    :: pass -> free_it()
    :: else
    fi;
    d_step { state[k] = NOBODYS; condemned[k] = 0 };
#else
    if
    :: pass -> die()
    :: else -> uninstall(); condemned[k] = 0
    fi;
#endif
    d_step { k = 0; set = 0; pass = 0 }
  :: else
  fi
}

inline decide_all()
{
  decide(1);
  decide(2);
#if OBJECTS > 1
  decide(3);
  decide(4)
#endif
}

#ifdef NEW_CELLS
#define THIRD_TARGET target[2]
#else
#define THIRD_TARGET NONE
#endif
#define HAS_CELL                                                               \
  (HAS(set, target[0]) || HAS(set, target[1]) || HAS(set, THIRD_TARGET))
#if OBJECTS == 1
#define CONDEMNED (condemned[1] | condemned[2])
#else
#define CONDEMNED (condemned[1] | condemned[2] | condemned[3] | condemned[4])
#endif

// Round k. A set without cells dies at once.
inline try(candidates)
{
  if
  :: !((candidates) & (gone | rooted | CONDEMNED)) ->
    set = candidates;
    test_set();
    if
    :: pass && HAS_CELL ->
      fresh_record(k);
      condemned[k] = set;
#if MUTANT == 4
      clear_without_record();
#else
      install();
#endif
#if MUTANT == 1
      die();
#endif
    :: pass && !HAS_CELL -> free_it()
    :: else
    fi;
    d_step { k = 0; set = 0; pass = 0 }
  :: else
  fi
}

inline apply(o)
{
  MUST(S1_no_freed_object_is_used, !(former[o] && HAS(freed, o)));
  count[o] = count[o] - former[o];
  former[o] = fresh[o];
  fresh[o] = 0
}

proctype collector()
{
  byte condemned[RECORDS + 1]; // the set that each record stands for
  byte former[OBJECTS + 1];    // decrements of the round before
  byte rooted, gone, retired, quiet;
  byte i, k, set, edges, units;
  bit pass;
  do
  :: gone == ALL -> break
  :: else ->
    ask();
    await();
#ifndef TEST_LATE
    decide_all();
#endif
    d_step {
      apply(1);
#if OBJECTS > 1
      apply(2)
#endif
    };
#ifdef TEST_LATE
    decide_all();
#endif
    try(1);
#if OBJECTS > 1
    try(2);
    try(3)
#endif
  od
}

init
{
  atomic {
    start();
    count[1] = (slot[0] == 1) + (SHAPE == 2 || SHAPE == 4);
#if SHAPE == 2 || SHAPE == 4
    count[2] = 1;
#endif
    run mutator(0);
    run mutator(1);
    run collector()
  }
}
