// work.pml: packets of grey references, and when there are none left.
// SPDX-License-Identifier: MIT
//
// Two workers, a coordinator that runs them until nothing is left, and, with
// ASSIST, a thread that helps (runtime/work.c, Note [outstanding]). An item
// brings up to two others when it is looked at, TOTAL of them in all; a packet
// holds two. A full packet goes to its worker's list, from where it is stolen
// whole; who is waited for gives half of its open one; who finds nothing waits.
//
// STOP: the run may be stopped at any time (a slice ends); it goes on with the
// next one, as often as STOP says.
//
// What a worker does with its own open packet is one step. Not modelled:
// marker.c's queues (they are part of the open packet), that no packet can be
// had, the spinning before a waiter sleeps, items that die between runs.
// Condition variables wake nobody by themselves. All is sequentially
// consistent, as the counters are. That `hungry` is raised before the last look
// does not matter for the end of a run, since who lets go last wakes all; it
// matters for sharing, which no assertion here is about.
//
// Mutants: 1 `outstanding` is raised when others can see the packet already,
// 2 a packet's unit is given back before its taker has one, 3 who lets go last
// wakes nobody, 4 who is about to sleep does not look again, 5 the other worker
// waits, so all is done (ASSIST), 6 a wake-up does not take the lock, 7 an
// assistant keeps what is left (ASSIST), 8 the end of a run does not wait for
// assistants (ASSIST STOP=1), 9 an assistant looks whether it is admitted, then
// says that it is inside (ASSIST STOP=1), 10 only workers count, not packets in
// lists, 11 a stop wakes nobody (STOP=1), 12 after a stop a worker keeps its
// unit (STOP=1), 13 a packet is taken without the lock, 14 half is given, and
// kept.

#include "common.pml"

#ifndef TOTAL
#define TOTAL 3
#endif
#ifndef STOP
#define STOP 0
#endif

#define ITEMS 2 // in a packet
#ifdef ASSIST
#define ALL_WORKERS 3
#else
#define ALL_WORKERS 2
#endif

hidden byte S20_nothing_outstanding_means_no_work;
hidden byte S21_what_is_outstanding_is_counted_once;
hidden byte S22_no_item_is_lost;
hidden byte L2_a_run_ends;
hidden byte R1_no_packet_is_stolen;
hidden byte R2_no_half_is_given;
hidden byte R3_nobody_sleeps;
hidden byte R4_no_assistant_leaves_anything;
hidden byte R5_no_run_is_stopped_with_work_left;

// A worker's own.
byte open[3]; // items in its open packet
bit holding[3];

// Lists: items of each packet, newest first.
byte first[3];
byte second[3];

short outstanding;
byte queued, hungry;
bit stopping;
bit admits; // `open` in C
byte inside;
bit locked;
bit asleep[4]; // the workers, and the coordinator

bit go[2];
byte items = 1; // the proof's: all there are
byte more = TOTAL;
byte stops_left = STOP;
bit over;

inline lock() { d_step { !locked -> locked = 1 } }

inline broadcast()
{
  asleep[0] = 0;
  asleep[1] = 0;
  asleep[3] = 0
}

inline wake_all()
{
#if MUTANT == 6
  d_step { broadcast() }
#else
  lock();
  d_step { broadcast(); locked = 0 }
#endif
}

inline push_list(w, n)
{
  d_step {
    assert(!second[w]);
    second[w] = first[w];
    first[w] = n
  }
}

inline publish(w, n)
{
#if MUTANT != 1 && MUTANT != 10
  outstanding++;
#endif
  push_list(w, n);
#if MUTANT == 1
  outstanding++;
#endif
  queued++;
  if
  :: hungry -> wake_all()
  :: else
  fi
}

// list_take: `got` items.
inline list_take(w)
{
#if MUTANT == 13
  got = first[w];
  if
  :: got -> d_step { first[w] = second[w]; second[w] = 0 }
  :: else
  fi;
#else
  d_step {
    got = first[w];
    first[w] = second[w];
    second[w] = 0
  };
#endif
  if
  :: got -> queued--
  :: else
  fi
}

// Its own list, then the others'.
inline find()
{
  list_take(t);
  i = 1;
  do
  :: got || i == ALL_WORKERS -> break
  :: else ->
    if
    :: queued ->
      list_take((t + i) % ALL_WORKERS);
      i++;
      d_step { WITNESS(91, R1_no_packet_is_stolen || !got) }
    :: !queued -> break
    fi
  od;
  i = 0
}

// The packet's unit becomes the worker's.
inline take_over()
{
#if MUTANT == 2
  outstanding--;
  if
  :: holding[t]
  :: else -> outstanding++
  fi;
#elif MUTANT == 10
  if
  :: holding[t]
  :: else -> outstanding++
  fi;
#else
  if
  :: holding[t] -> outstanding--
  :: else
  fi;
#endif
  d_step { holding[t] = 1; open[t] = got; got = 0 }
}

inline let_go(w)
{
  if
  :: holding[w] ->
    d_step {
      holding[w] = 0;
      outstanding--;
      MUST(S21_what_is_outstanding_is_counted_once, outstanding >= 0);
      last = (outstanding == 0)
    };
    if
    :: last ->
      last = 0;
#if MUTANT != 3
      wake_all()
#endif
    :: else
    fi
  :: else
  fi
}

// `pass`: nothing_to_wait_for.
inline look_round()
{
  if
  :: queued -> pass = 1
  :: else ->
    if
    :: !outstanding -> pass = 1
    :: else -> pass = stopping
    fi
  fi
}

inline wait_for_work()
{
  lock();
  hungry++;
#if MUTANT != 4
  look_round();
#endif
  if
  :: pass -> pass = 0
  :: else ->
    d_step {
      WITNESS(93, R3_nobody_sleeps);
      asleep[t] = 1;
      locked = 0
    };
    !asleep[t];
    lock()
  fi;
  d_step { hungry--; locked = 0 }
}

// `pass`: there is work.
inline refill()
{
  do
  :: find();
    if
    :: got -> take_over(); pass = 1; break
    :: else
    fi;
    let_go(t);
    if
#if MUTANT == 5
    :: hungry == 1 ->
#else
    :: !outstanding ->
#endif
      d_step { MUST(S20_nothing_outstanding_means_no_work, !items) };
      break
    :: else ->
      if
      :: stopping -> break
      :: else -> wait_for_work()
      fi
    fi
  od
}

// An item is looked into. A full packet is published; the item that did not
// fit is the first of the next.
inline look_into_one()
{
  atomic {
    open[t]--;
    items--;
    if
    :: skip
    :: more -> n = 1
    :: more > 1 -> n = 2
    fi;
    more = more - n;
    items = items + n;
    if
    :: open[t] + n <= ITEMS -> open[t] = open[t] + n; n = 0
    :: else -> n = open[t] + n - ITEMS; open[t] = ITEMS
    fi
  };
  if
  :: n -> publish(t, ITEMS); d_step { open[t] = n; n = 0 }
  :: else
  fi
}

inline give_half()
{
  n = open[t] / 2;
  if
  :: n ->
    d_step { WITNESS(92, R2_no_half_is_given) };
#if MUTANT != 14
    open[t] = open[t] - n;
#endif
    publish(t, n);
    n = 0
  :: else
  fi
}

// `pass`: the run goes on for this worker.
inline share()
{
  pass = 1;
  if
  :: stopping -> pass = 0
  :: else ->
    if
    :: t == 0 && stops ->
      stops = 0;
      stopping = 1;
#if MUTANT != 11
      wake_all();
#endif
      pass = 0
    :: else ->
      if
      :: hungry ->
        if
        :: !queued -> give_half()
        :: else
        fi
      :: else
      fi
    fi
  fi
}

proctype worker(byte t)
{
  byte got, n, i;
  bit last, pass, stops;
end:
  do
  :: go[t] ->
    do
    ::
      // The packet may be left before it is empty: to look at the others.
      do
      :: open[t] -> look_into_one()
      :: !open[t] -> break
      :: open[t] -> break
      od;
      if
      :: t == 0 && stops_left -> stops_left--; stops = 1
      :: 1
      fi;
      share();
      if
      :: !pass -> break
      :: pass && open[t] -> pass = 0
      :: pass && !open[t] ->
        pass = 0;
        refill();
        if
        :: pass -> pass = 0
        :: else -> break
        fi
      fi
    od;
    go[t] = 0
  od
}

inline put_aside(w)
{
  if
  :: open[w] ->
    d_step { n = open[w]; open[w] = 0 };
    publish(w, n);
    n = 0
  :: else
  fi
}

#ifdef ASSIST
proctype assistant(byte t)
{
  byte got, n, i;
  bit last, pass;
end:
  do
  :: admits || over ->
    if
    :: over -> break
    :: else
    fi;
#if MUTANT == 9
    pass = admits;
    inside++;
#else
    inside++;
    pass = admits;
#endif
    if
    :: pass ->
      pass = 0;
      find();
      if
      :: got ->
        holding[t] = 1;
        d_step { open[t] = got; got = 0 };
        look_into_one();
#if MUTANT != 7
        d_step { WITNESS(94, R4_no_assistant_leaves_anything || !open[t]) };
        put_aside(t);
#endif
        let_go(t)
      :: else
      fi
    :: else
    fi;
    inside--;
    wake_all()
  od
}
#endif

#define PACKETS                                                                \
  ((first[0] > 0) + (first[1] > 0) + (first[2] > 0) + (second[0] > 0) +        \
   (second[1] > 0) + (second[2] > 0))

proctype coordinator()
{
  byte n;
  bit last, none;
  do
  :: none -> break
  :: else ->
    stopping = 0;
    put_aside(1);
    if
    :: open[0] -> holding[0] = 1; outstanding++
    :: else
    fi;
    admits = 1;
    d_step { go[0] = 1; go[1] = 1 };
    !go[0] && !go[1];
    admits = 0;
#if defined(ASSIST) && MUTANT != 8
    lock();
    do
    :: inside -> d_step { asleep[3] = 1; locked = 0 }; !asleep[3]; lock()
    :: else -> break
    od;
    locked = 0;
#endif
#if MUTANT != 12
    let_go(0);
    let_go(1);
#endif
    atomic {
      none = (!open[0] && !open[1] && !queued);
      MUST(S22_no_item_is_lost, !none || !items);
      MUST(S20_nothing_outstanding_means_no_work, none || stopping);
      MUST(S21_what_is_outstanding_is_counted_once,
           outstanding == PACKETS && queued == PACKETS);
      WITNESS(95, R5_no_run_is_stopped_with_work_left || none)
    }
  od;
  over = 1
}

// Nobody can do anything.
proctype watch()
{
end:
  timeout -> MUST(L2_a_run_ends, over)
}

init
{
  atomic {
    open[0] = 1;
    run worker(0);
    run worker(1);
#ifdef ASSIST
    run assistant(2);
#endif
    run coordinator();
    run watch()
  }
}
