// handshake.pml: attach, detach, claim, exit, under a store buffer.
// SPDX-License-Identifier: MIT
//
// Two threads of the program and the coordinator, as in runtime/thread.c, on
// the memory of store_buffer.pml. Thread 1 is born at some time. Each thread
// makes OPS steps (a safepoint, or detach and attach), then exits, stays
// detached for ever or polls for ever. The coordinator asks ROUNDS times.
//
// Notes [dekker] and [ack] of runtime/thread.h and [poll] of wane.h are what
// is searched: hs_req, state and poll are seq_cst, hs_ack is a release store.
// The owner's and the claimer's plain data (`acked`, what they hand over) are
// not in the queues: they travel with the state, and queues keep their order.
// The wake-up of the coordinator is one released store (in C it is a mutex and
// a counter), and its sleep has no timeout, which in C would hide a wake-up
// that is lost. Nor does a condition variable wake anybody by itself.
//
// STOP: the coordinator may stop the world in any round.
//
// Not modelled: fork; what is handed over (counting.pml, satb.pml).
//
// Mutants: 1 detach stores its state without a fence, 2 attach looks at its
// state and then sets it, 3 poll is cleared without a fence, 4 poll is cleared
// after hs_req was looked at, 5 the ack comes before the packet, 6 the claimer
// lets go before it has handed over, 7 who waits to attach is only woken,
// 8 release does not take the lock, 9 exit wakes nobody, 10 a thread that
// leaves files its last packet with the round it has answered, 11 it leaves
// the registry first, 12 a thread is born with an epoch read before the lock,
// 13 detach does not look at hs_req, 14 hs_req comes after poll,
// 15 (STOP) who is born does not wait while the world is stopped,
// 16 (STOP) a detached thread that is claimed is released at once,
// 17 the coordinator looks for news only when it goes to sleep.
//
// RELEASE_REQ: the coordinator's stores to hs_req and poll are no fences. That
// holds here, since it locks the registry twice before it looks: on x86 it must
// see its own unlock, and with it all that it stored before. C11 does not
// promise as much, so the code does not count on it.

#include "common.pml"

#ifndef OPS
#define OPS 2
#endif
#ifndef ROUNDS
#define ROUNDS 2
#endif

hidden byte S6_a_claimed_thread_does_not_run;
hidden byte S6_nobody_runs_in_a_stopped_world;
hidden byte S9_all_that_were_asked_handed_over;
hidden byte S9_no_packet_comes_after_its_round;
hidden byte L2_a_handshake_ends;
hidden byte L5_who_waits_to_attach_is_claimed_twice_at_most;
hidden byte R1_no_thread_is_claimed;
hidden byte R2_no_claim_meets_a_thread_that_wants_back;
hidden byte R3_no_thread_leaves_while_it_is_asked;
hidden byte R4_no_thread_stops;
hidden byte R6_who_waits_to_attach_is_claimed_once_at_most;
hidden byte R5_no_thread_hands_over_twice_in_a_round;

#define CPUS 3
#define COORDINATOR 2
#define STATE(t) (t)
#define HS_REQ(t) (2 + (t))
#define HS_ACK(t) (4 + (t))
#define POLL(t) (6 + (t))
#define LOCK(t) (8 + (t)) // the thread's own
#define REGISTRY 10       // the registry's lock
#define NEWS 11           // `acks` is not what the coordinator saw
#define PLACES 12
#include "store_buffer.pml"

#define ATTACHED 0
#define DETACHED 1
#define SUSPENDED 2
#define EXITED 3

// Under a lock, or its owner's.
byte acked[2];
bit waiting[2];
bit asleep[2]; // in a condition variable
bit registered[2];
byte epoch;
byte stopping; // the last epoch that stops the world
bit world_stopped;

// The proof's own.
bit runs[2];     // between attach and detach, and not stopped
bit claimed[2];  // the coordinator is at its buffers
byte packets[2]; // epochs of those in the inbox: a mask
byte asked;      // who was registered when the round began
byte ended;      // rounds whose handshake is over
byte suffered[2]; // claims, by who waits to attach; the first is why it does
bit over;

// The inbox is an exchange: a fence.
inline hand_over(who, e, by)
{
  d_step {
    FENCED(by) ->
    MUST(S9_no_packet_comes_after_its_round, (e) > ended);
    WITNESS(95, R5_no_thread_hands_over_twice_in_a_round ||
            !(packets[who] >> (e) & 1));
    packets[who] = packets[who] | (1 << (e))
  }
}

inline wake_coordinator(p) { store(p, NEWS, 1) }

inline starts_to_run()
{
  MUST(S6_a_claimed_thread_does_not_run, !claimed[t]);
  runs[t] = 1
}

// pthread_cond_wait: until the state is ATTACHED. Under the thread's lock.
inline sleep_until_woken()
{
  d_step { HAS_ROOM(t) -> asleep[t] = 1; put(t, LOCK(t), 0) };
  !asleep[t];
  lock(LOCK(t))
}

inline stop_here()
{
  lock(LOCK(t));
  d_step { waiting[t] = 1; runs[t] = 0 };
  store_seq_cst(t, STATE(t), SUSPENDED);
  store(t, HS_ACK(t), acked[t]);
  wake_coordinator(t);
  do
  :: LOAD(t, STATE(t)) == ATTACHED -> break
  :: LOAD(t, STATE(t)) != ATTACHED -> sleep_until_woken()
  od;
  atomic {
    HAS_ROOM(t) ->
    waiting[t] = 0;
    starts_to_run();
    put(t, LOCK(t), 0)
  }
}

// No other request comes before it has answered: both looks at hs_req are one.
inline acknowledge()
{
#if MUTANT == 5
  store(t, HS_ACK(t), request);
#endif
  acked[t] = request;
  hand_over(t, request, t);
#ifdef STOP
  if
  :: stopping == request ->
    WITNESS(94, R4_no_thread_stops);
    stop_here()
  :: else ->
    store(t, HS_ACK(t), request);
    wake_coordinator(t)
  fi;
#else
  store(t, HS_ACK(t), request);
  wake_coordinator(t);
#endif
  request = 0
}

inline answer_if_asked()
{
  request = LOAD(t, HS_REQ(t));
  if
  :: request != acked[t] -> acknowledge()
  :: else -> request = 0
  fi
}

inline safepoint()
{
  if
  :: LOAD(t, POLL(t)) ->
#if MUTANT == 3
    store(t, POLL(t), 0);
#elif MUTANT != 4
    store_seq_cst(t, POLL(t), 0);
#endif
    answer_if_asked();
#if MUTANT == 4
    store_seq_cst(t, POLL(t), 0)
#endif
  :: else
  fi
}

inline detach()
{
#if MUTANT == 1
  d_step { HAS_ROOM(t) -> runs[t] = 0; put(t, STATE(t), DETACHED) };
#else
  d_step { FENCED(t) -> runs[t] = 0; mem[STATE(t)] = DETACHED };
#endif
#if MUTANT != 13
  // `acked` as it was while the thread was attached.
  if
  :: LOAD(t, HS_REQ(t)) != request -> wake_coordinator(t)
  :: else
  fi;
#endif
  request = 0
}

// The compare-exchange from DETACHED to ATTACHED. `back`: it succeeded.
inline take_state_back()
{
#if MUTANT == 2
  back = (LOAD(t, STATE(t)) == DETACHED);
  if
  :: back -> d_step { FENCED(t) -> mem[STATE(t)] = ATTACHED; starts_to_run() }
  :: else
  fi
#else
  d_step {
    FENCED(t) ->
    back = (mem[STATE(t)] == DETACHED);
    if
    :: back -> mem[STATE(t)] = ATTACHED; starts_to_run()
    :: else
    fi
  }
#endif
}

inline attach()
{
  take_state_back();
  if
  :: back
  :: else ->
    d_step { WITNESS(92, R2_no_claim_meets_a_thread_that_wants_back) };
    lock(LOCK(t));
    d_step { waiting[t] = 1; suffered[t] = 1 };
    do
    :: atomic { LOAD(t, STATE(t)) == ATTACHED -> starts_to_run(); break }
    :: LOAD(t, STATE(t)) != ATTACHED ->
       take_state_back();
       if
       :: back -> break
       :: else -> sleep_until_woken()
       fi
    od;
    atomic {
      HAS_ROOM(t) ->
      waiting[t] = 0;
      suffered[t] = 0;
      put(t, LOCK(t), 0)
    }
  fi;
  back = 0;
  answer_if_asked()
}

// A thread that is not born yet touches nothing of its own.
inline birth()
{
#if MUTANT == 12
  request = epoch;
  lock(REGISTRY);
#else
  lock(REGISTRY);
  request = epoch;
#endif
#if defined(STOP) && MUTANT != 15
  do
  :: world_stopped -> store(t, REGISTRY, 0); !world_stopped; lock(REGISTRY)
  :: else -> break
  od;
  request = epoch;
#endif
  d_step {
    HAS_ROOM(t) ->
    acked[t] = request;
    mem[HS_REQ(t)] = request;
    mem[HS_ACK(t)] = request;
    mem[STATE(t)] = ATTACHED;
    registered[t] = 1;
    request = 0;
    MUST(S6_nobody_runs_in_a_stopped_world,
         !(world_stopped && ended == epoch));
    starts_to_run();
    put(t, REGISTRY, 0)
  }
}

inline exit()
{
  lock(REGISTRY);
#ifdef STOP
  do
  :: world_stopped ->
    store(t, REGISTRY, 0);
    safepoint();
    lock(REGISTRY)
  :: else -> break
  od;
#endif
  request = LOAD(t, HS_REQ(t));
#if MUTANT == 11
  registered[t] = 0;
  store(t, REGISTRY, 0);
#endif
  if
  :: request != acked[t] ->
    d_step { WITNESS(93, R3_no_thread_leaves_while_it_is_asked) };
    hand_over(t, request, t)
#if MUTANT == 10
  :: request == acked[t] -> hand_over(t, acked[t], t)
#else
  :: request == acked[t] -> hand_over(t, acked[t] + 1, t)
#endif
  fi;
  d_step { FENCED(t) -> mem[STATE(t)] = EXITED; runs[t] = 0 };
#if MUTANT != 11
  d_step { HAS_ROOM(t) -> registered[t] = 0; put(t, REGISTRY, 0) };
#endif
#if MUTANT != 9
  wake_coordinator(t)
#endif
}

proctype mutator(byte t)
{
  byte request, left = OPS;
  bit back;
  if
  :: t == 0
  :: t == 1 -> birth()
  fi;
  do
  :: left -> left--; safepoint()
  :: left -> left--; request = acked[t]; detach(); attach()
  :: !left -> break
  :: !left -> request = acked[t]; detach(); goto gone
  :: exit(); goto gone
  od;
end: // it polls, whatever comes
  do
  :: LOAD(t, POLL(t)) -> safepoint()
  :: 0 // Spin wants a second way, or it forgets the label
  od;
gone:
  skip
}

// --- the coordinator --------------------------------------------------------

#define ME COORDINATOR

inline ask_one(it)
{
  if
  :: registered[it] ->
    asked = asked | (1 << it);
#if MUTANT == 14
    store_seq_cst(ME, POLL(it), 1);
    store_seq_cst(ME, HS_REQ(it), epoch)
#elif defined(RELEASE_REQ)
    store(ME, HS_REQ(it), epoch);
    store(ME, POLL(it), 1)
#else
    store_seq_cst(ME, HS_REQ(it), epoch);
    store_seq_cst(ME, POLL(it), 1)
#endif
  :: else
  fi
}

inline request_all()
{
  lock(REGISTRY);
  d_step {
    epoch++;
    world_stopped = stops;
    asked = 0
  };
  ask_one(0);
  ask_one(1);
  store(ME, REGISTRY, 0)
}

// Lets go of a claimed or stopped thread.
inline release(it)
{
#if MUTANT != 8
  lock(LOCK(it));
#endif
#if MUTANT == 7
  store_seq_cst(ME, STATE(it), DETACHED);
#elif MUTANT == 8
  wants = waiting[it];
  store_seq_cst(ME, STATE(it), (wants -> ATTACHED : DETACHED));
#else
  store_seq_cst(ME, STATE(it), (waiting[it] -> ATTACHED : DETACHED));
#endif
  asleep[it] = 0; // pthread_cond_signal
#if MUTANT != 8
  store(ME, LOCK(it), 0)
#endif
}

inline claim(it)
{
  d_step {
    FENCED(ME) ->
    got = (mem[STATE(it)] == DETACHED);
    if
    :: got ->
      WITNESS(91, R1_no_thread_is_claimed);
      MUST(S6_a_claimed_thread_does_not_run, !runs[it]);
      mem[STATE(it)] = SUSPENDED;
      claimed[it] = 1;
      suffered[it] = suffered[it] + (suffered[it] > 0);
      WITNESS(96, R6_who_waits_to_attach_is_claimed_once_at_most ||
              suffered[it] <= 1);
      MUST(L5_who_waits_to_attach_is_claimed_twice_at_most, suffered[it] <= 2)
    :: else
    fi
  };
  if
  :: got ->
#if MUTANT == 6
    release(it);
#endif
    hand_over(it, epoch, ME);
    d_step { HAS_ROOM(ME) ->
      acked[it] = epoch; claimed[it] = 0; put(ME, HS_ACK(it), epoch) };
#if MUTANT != 6
#if MUTANT == 16
    release(it)
#else
    if
    :: stops
    :: else -> release(it)
    fi
#endif
#endif
  :: else -> all = 0
  fi
}

inline look_at(it)
{
  if
  :: !registered[it] || LOAD(ME, HS_ACK(it)) == epoch
  :: else -> claim(it)
  fi
}

inline await()
{
  do
  ::
#if MUTANT != 17
    mem[NEWS] = 0; // what it has seen
#endif
    lock(REGISTRY);
    all = 1;
    look_at(0);
    look_at(1);
    store(ME, REGISTRY, 0);
    if
    :: all -> break
    :: else
    fi;
#if MUTANT == 17
    mem[NEWS] = 0;
#endif
    mem[NEWS] == 1
  od;
  atomic {
    ended++;
    MUST(S9_all_that_were_asked_handed_over,
         (packets[0] >> epoch & 1) >= (asked & 1));
    MUST(S9_all_that_were_asked_handed_over,
         (packets[1] >> epoch & 1) >= (asked >> 1));
    MUST(S6_nobody_runs_in_a_stopped_world,
         !(stops && (runs[0] || runs[1])))
  }
}

inline resume_one(it)
{
  if
  :: registered[it] && LOAD(ME, STATE(it)) == SUSPENDED -> release(it)
  :: else
  fi
}

inline resume()
{
  lock(REGISTRY);
  d_step {
    MUST(S6_nobody_runs_in_a_stopped_world, !(runs[0] || runs[1]));
    world_stopped = 0
  };
  resume_one(0);
  resume_one(1);
  store(ME, REGISTRY, 0)
}

proctype coordinator()
{
  bit got, all, stops, wants;
  do
  :: epoch == ROUNDS -> break
  :: else ->
#ifdef STOP
    if
    :: stops = 1; stopping = epoch + 1
    :: stops = 0
    fi;
#endif
    request_all();
    await();
    if
    :: stops -> resume()
    :: else
    fi
  od;
  over = 1
}

// Nobody can do anything.
proctype watch()
{
end:
  timeout -> MUST(L2_a_handshake_ends, over && !asleep[0] && !asleep[1])
}

init
{
  atomic {
    registered[0] = 1;
    runs[0] = 1;
    run memory();
    run mutator(0);
    run mutator(1);
    run coordinator();
    run watch()
  }
}
