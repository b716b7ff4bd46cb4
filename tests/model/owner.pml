// owner.pml: references that are sent to the node that owns them.
// SPDX-License-Identifier: MIT
//
// Workers on two nodes, and a coordinator that runs them until nothing is left
// (runtime/work.c, Note [outstanding], steal=owner). An item that is looked at
// brings up to two others, TOTAL of them in all, each at home on either node.
// What is at home on the other goes into a packet of the worker's own, which
// nobody sees until it is published in that node's inbox: when it is full, when
// somebody waits, when the worker has nothing else to do, and when its part of
// the run ends. A worker takes from its node's inbox; when it finds nothing
// there it may be patient or take from the other's: then it is a thief, which
// keeps what it meets. work.pml has the rest: lists, halves, assistants.
//
// WORKERS: 2, one on each node; 3: two on node 0. STOP: as in work.pml.
//
// LOCAL: steal=local-only. Nobody sends in a run; the coordinator has dealt out
// an item to node 1, and may have another. A third node has no worker, and in
// its inbox may lie what an assistant has left there.
//
// Not modelled: that no packet can be had (what cannot be sent is kept).
//
// Mutants: 1 a worker lets go before it sends what it has, 2 a part of a run
// ends without sending, and nobody asks what was not sent (STOP=1), 3 a packet
// can be seen before it is counted, 4 nobody reaches a node without a worker
// (LOCAL), 5 who lets go last wakes nobody, 6 who is about to sleep does not
// look again, 7 who asks whether anything is left does not look at what was
// dealt out (LOCAL), 8 a thief gives a unit back before it has one.

#include "common.pml"

#ifndef TOTAL
#define TOTAL 3
#endif
#ifndef STOP
#define STOP 0
#endif
#ifndef WORKERS
#define WORKERS 2
#endif

#define ITEMS 2 // in a packet
#define NODE(w) ((w) == 1) // of three, 0 and 2 are on node 0
#define NODES 3
#define NOBODYS 2 // a node without a worker

hidden byte S20_nothing_outstanding_means_no_work;
hidden byte S21_what_is_outstanding_is_counted_once;
hidden byte S22_no_item_is_lost;
hidden byte L2_a_run_ends;
hidden byte R1_nothing_is_sent;
hidden byte R2_there_is_no_thief;
hidden byte R3_nobody_sleeps;
hidden byte R4_no_part_ends_with_something_unsent;
hidden byte R5_what_is_nobodys_is_not_met;

// A worker's own.
byte open[3];
byte out[3]; // items for the other node
bit holding[3];
bit thief[3];

// Inboxes: items of each packet, newest first.
byte first[NODES];
byte second[NODES];
byte third[NODES];
byte queued[NODES];

short outstanding;
byte hungry;
bit stopping;
bit locked;
bit asleep[3];

bit go[3];
byte items;
byte more = TOTAL;
byte stops_left = STOP;
bit over;

inline lock() { d_step { !locked -> locked = 1 } }

inline wake_all()
{
  lock();
  d_step { asleep[0] = 0; asleep[1] = 0; asleep[2] = 0; locked = 0 }
}

inline publish(to, n)
{
#if MUTANT != 3
  outstanding++;
#endif
  d_step {
    assert(!third[to]);
    third[to] = second[to];
    second[to] = first[to];
    first[to] = n
  };
#if MUTANT == 3
  outstanding++;
#endif
  queued[to]++;
  if
  :: hungry -> wake_all()
  :: else
  fi
}

inline send_all(w)
{
  if
  :: out[w] ->
    d_step {
      WITNESS(91, R1_nothing_is_sent);
      sent = out[w];
      out[w] = 0
    };
    publish(1 - NODE(w), sent);
    sent = 0
  :: else
  fi
}

inline take(from)
{
  d_step {
    got = first[from];
    first[from] = second[from];
    second[from] = third[from];
    third[from] = 0
  };
  if
  :: got -> queued[from]--
  :: else
  fi
}

// From its own node's inbox, then perhaps from what else is in reach.
inline find()
{
  take(NODE(t));
  d_step { thief[t] = 0 };
#ifdef LOCAL
#if MUTANT != 4
  if
  :: !got && queued[NOBODYS] ->
    take(NOBODYS);
    d_step { WITNESS(95, R5_what_is_nobodys_is_not_met || !got) }
  :: else
  fi
#endif
#else
  if
  :: !got && queued[1 - NODE(t)] ->
    if
    :: take(1 - NODE(t));
      d_step {
        thief[t] = (got > 0);
        WITNESS(92, R2_there_is_no_thief || !got)
      }
    :: skip // patient
    fi
  :: else
  fi
#endif
}

inline take_over()
{
#if MUTANT == 8
  if
  :: thief[t] -> outstanding--
  :: else
  fi;
  if
  :: holding[t] && !thief[t] -> outstanding--
  :: !holding[t] && thief[t] -> outstanding++
  :: else
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
#if MUTANT != 5
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
#ifdef LOCAL
#if MUTANT == 4
  pass = queued[NODE(t)];
#else
  pass = (queued[NODE(t)] || queued[NOBODYS]);
#endif
#else
  pass = (queued[0] || queued[1]);
#endif
  if
  :: pass
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
#if MUTANT != 6
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
#if MUTANT != 1
  send_all(t);
#endif
  do
  :: find();
    if
    :: got -> take_over(); pass = 1; break
    :: else
    fi;
    let_go(t);
#if MUTANT == 1
    send_all(t);
#endif
    if
    :: !outstanding ->
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

// An item is looked into: what it brings is kept, or is for the other node.
inline look_into_one()
{
  atomic {
    open[t]--;
    items--;
    if
    :: skip
    :: more && open[t] < ITEMS -> more--; items++; open[t]++
#ifndef LOCAL
    :: more && !thief[t] && out[t] < ITEMS ->
      more--;
      items++;
      out[t]++
    :: more > 1 && !thief[t] && out[t] < ITEMS && open[t] < ITEMS ->
      more = more - 2;
      items = items + 2;
      open[t]++;
      out[t]++
#endif
    fi
  };
  if
  :: out[t] == ITEMS -> send_all(t)
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
      wake_all();
      pass = 0
    :: else ->
      if
      :: hungry && !queued[1 - NODE(t)] -> send_all(t)
      :: else
      fi
    fi
  fi
}

proctype worker(byte t)
{
  byte got, sent;
  bit last, pass, stops;
end:
  do
  :: go[t] ->
    do
    ::
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
#if MUTANT != 2
    skip;
    d_step { WITNESS(94, R4_no_part_ends_with_something_unsent || !out[t]) };
    send_all(t);
#endif
    go[t] = 0
  od
}

#define PACKETS_OF(n) ((first[n] > 0) + (second[n] > 0) + (third[n] > 0))
#define PACKETS (PACKETS_OF(0) + PACKETS_OF(1) + PACKETS_OF(2))
#define QUEUED (queued[0] + queued[1] + queued[2])

// What a worker left in its open packet: its unit was given back.
inline begin(w)
{
  if
  :: open[w] -> holding[w] = 1; outstanding++
  :: else
  fi;
  thief[w] = 0
}

// wane__work_none
inline ask()
{
  atomic {
    none = (!open[0] && !open[1] && !open[2] && !QUEUED);
#if MUTANT != 2 && MUTANT != 7
    none = none && !out[0] && !out[1] && !out[2];
#endif
    MUST(S22_no_item_is_lost, !none || !items)
  }
}

proctype coordinator()
{
  byte sent;
  bit last, none;
  ask();
  do
  :: none -> break
  :: else ->
    stopping = 0;
    send_all(0); // what was dealt out
    begin(0);
    begin(1);
    begin(2);
    d_step { go[0] = 1; go[1] = 1; go[2] = (WORKERS == 3) };
    !go[0] && !go[1] && !go[2];
    let_go(0);
    let_go(1);
    let_go(2);
    ask();
    d_step {
      MUST(S20_nothing_outstanding_means_no_work, none || stopping);
      MUST(S21_what_is_outstanding_is_counted_once,
           outstanding == PACKETS && QUEUED == PACKETS)
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
#ifdef LOCAL
    out[0] = 1;
    items = 1;
    if
    :: open[0] = 1; items++
    :: skip
    fi;
    if
    :: first[NOBODYS] = 1; queued[NOBODYS] = 1; outstanding = 1; items++
    :: skip
    fi;
#else
    open[0] = 1;
    items = 1;
#endif
    run worker(0);
    run worker(1);
#if WORKERS == 3
    run worker(2);
#endif
    run coordinator();
    run watch()
  }
}
