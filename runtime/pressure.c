// pressure.c: triggers and back-pressure.
// SPDX-License-Identifier: MIT
//
// Three kinds of bytes wait for the collector: young objects not examined,
// log chunks not applied, and garbage that only an unapplied decrement keeps.
// The last cannot be known without touching the objects, so it is estimated:
// pending log entries times the bytes that an applied entry freed lately
// (exponential mean over rounds).
//   soft   = the threshold   ask for a round
//   medium = 2 x             help: apply a chunk of decrements that are safe
//   hard   = 8 x             wait, detached, until a round is done, at most a
//                            millisecond for every 64 KiB
//   full   = 16 x            wait until a round is done
// A round may take long, so the third step slows a thread down to 64 MB/s
// instead of stopping it; the fourth is the bound. The same two hold a thread
// back that outruns a tracing cycle, at 1 and 2 times the room the cycle gets.
// Waiting happens here, in allocation, never in the barrier: a store may run
// under a lock that another attached thread spins on.

#include "pressure.h"

#include "apply.h"
#include "cycle.h"
#include "external.h"
#include "mark.h"
#include "round.h"
#include "work.h"

#define FLUSH_BYTES (64u << 10)
#define MEDIUM 2
#define HARD 8
#define FULL 16
#define HARD_NS 1000000 // waited at HARD, for each FLUSH_BYTES
#define ASSIST_MOST ((uint64_t)1 << 20) // bytes marked in one go

// Note [pressure]: plain sums, relaxed at every end; a trigger that is one
// flush late is only late. They order nothing.
static struct {
  _Atomic uint64_t young;        // bytes since the last round began
  _Atomic uint64_t examined;     // bytes that a round has begun to look at
  _Atomic uint64_t pending;      // log entries handed over, not applied
  _Atomic uint64_t bytes_per_k;  // bytes freed per 1024 applied entries
  _Atomic uint64_t stall_max_ns;
  _Atomic uint64_t live;     // bytes in use when the last round ended
  _Atomic uint64_t external; // and outside the heap
} pressure;

void wane__pressure_start(void)
{
  // Note [pressure]
  atomic_store_explicit(&pressure.young, 0, memory_order_relaxed);
  atomic_store_explicit(&pressure.examined, 0, memory_order_relaxed);
  atomic_store_explicit(&pressure.pending, 0, memory_order_relaxed);
  atomic_store_explicit(&pressure.bytes_per_k, 0, memory_order_relaxed);
  atomic_store_explicit(&pressure.live, 0, memory_order_relaxed);
  atomic_store_explicit(&pressure.external, 0, memory_order_relaxed);
  wane__pressure_reset_stats();
}

void wane__pressure_reset_stats(void)
{
  // Note [pressure]
  atomic_store_explicit(&pressure.stall_max_ns, 0, memory_order_relaxed);
}

uint64_t wane__stall_max_ns(void)
{
  // Note [pressure]
  return atomic_load_explicit(&pressure.stall_max_ns, memory_order_relaxed);
}

static uint64_t young_bytes(void)
{
  // Note [pressure]
  return atomic_load_explicit(&pressure.young, memory_order_relaxed);
}

static uint64_t deferred_bytes(void)
{
  // Note [pressure]
  uint64_t entries =
      atomic_load_explicit(&pressure.pending, memory_order_relaxed);
  uint64_t rate =
      atomic_load_explicit(&pressure.bytes_per_k, memory_order_relaxed);
  return entries * rate / 1024;
}

void wane__pressure_round_begins(void)
{
  // Note [pressure]
  atomic_store_explicit(&pressure.examined, young_bytes(),
                        memory_order_relaxed);
  atomic_store_explicit(&pressure.young, 0, memory_order_relaxed);
}

uint64_t wane__pressure_used(void)
{
  // Note [pressure]
  return young_bytes() +
         atomic_load_explicit(&pressure.live, memory_order_relaxed);
}

void wane_heap_now(struct wane_heap_sizes *sizes)
{
  // Note [pressure]: between two of a round's stores the sum is off by what is
  // young, for an instant.
  uint64_t examined =
      atomic_load_explicit(&pressure.examined, memory_order_relaxed);
  sizes->reserved_bytes = wane__heap_committed();
  sizes->meta_bytes = wane__chunk_bytes();
  // Without rounds nobody tells what is born: nothing goes, and blocks fill up.
  sizes->used_bytes = wane__round_possible() ? wane__pressure_used() + examined
                                             : sizes->reserved_bytes;
}

bool wane__pressure_cycle_due(void)
{
  return wane__cycle_due(wane__pressure_used());
}

// Small objects can hold a lot elsewhere: its growth starts rounds as that of
// the young does.
void wane__pressure_external(void)
{
  // Note [pressure]
  uint64_t before =
      atomic_load_explicit(&pressure.external, memory_order_relaxed);
  uint64_t now = wane_external_total();
  if (wane__round_counts() && now > before &&
      now - before >= wane__config.young_bytes)
    wane__round_request(WANE_CAUSE_ALLOC_BYTES);
  else if (wane__pressure_cycle_due())
    wane__round_request(WANE_CAUSE_ALLOC_BYTES);
}

void wane__pressure_round_ended(uint64_t applied, uint64_t freed,
                                uint64_t pending, uint64_t live_bytes)
{
  // Note [pressure]
  atomic_store_explicit(&pressure.live, live_bytes, memory_order_relaxed);
  atomic_store_explicit(&pressure.examined, 0, memory_order_relaxed);
  atomic_store_explicit(&pressure.external, wane_external_total(),
                        memory_order_relaxed);
  wane__cycle_round_ended(wane__pressure_used());
  // Note [pressure]
  atomic_store_explicit(&pressure.pending, pending, memory_order_relaxed);
  if (applied < 64) return;
  uint64_t old =
      atomic_load_explicit(&pressure.bytes_per_k, memory_order_relaxed);
  uint64_t now = freed * 1024 / applied;
  atomic_store_explicit(&pressure.bytes_per_k, (3 * old + now) / 4,
                        memory_order_relaxed);
  if (deferred_bytes() > wane__config.deferred_bytes)
    wane__round_request(WANE_CAUSE_DEFERRED);
}

bool wane__pressure_anything(void)
{
  // Note [pressure]
  return young_bytes() || wane__chunk_bytes() ||
         atomic_load_explicit(&pressure.pending, memory_order_relaxed);
}

// The largest of the three, in units of its own threshold.
static double load_factor(void)
{
  double load = (double)young_bytes() / (double)wane__config.young_bytes;
  double log = (double)wane__chunk_bytes() / (double)wane__config.log_bytes;
  double dead = (double)deferred_bytes() / (double)wane__config.deferred_bytes;
  if (log > load) load = log;
  return dead > load ? dead : load;
}

static struct wane_event begin(int kind)
{
  return (struct wane_event){.kind = (uint8_t)kind,
                             .t_begin_ns = wane__now_ns(),
                             .cpu_ns = wane__event_cpu_ns()};
}

static void end(struct wane__thread *t, struct wane_event *e)
{
  e->cpu_ns = wane__event_cpu_ns() - e->cpu_ns;
  e->t_end_ns = wane__now_ns();
  wane__ring_put(t->ring, e);
}

static void end_stall(struct wane__thread *t, struct wane_event *e,
                      enum wane_cause cause)
{
  e->cause = (uint8_t)cause;
  end(t, e);
  uint64_t took = e->t_end_ns - e->t_begin_ns;
  WANE_COUNT(&t->m, stalls);
#if !WANE_BARE
  t->m.counts.stall_ns += took;
#endif
  // Note [pressure]
  uint64_t max =
      atomic_load_explicit(&pressure.stall_max_ns, memory_order_relaxed);
  while (took > max && !atomic_compare_exchange_weak_explicit(
                           &pressure.stall_max_ns, &max, took,
                           memory_order_relaxed, memory_order_relaxed))
    continue;
}

// Asks for a round and waits, detached, until `rounds` more have ended, or for
// that long.
static void wait_rounds(struct wane__thread *t, enum wane_cause cause,
                        uint64_t rounds, uint64_t most_ns)
{
  struct wane_event e = begin(WANE_EVENT_STALL);
  uint64_t until = wane__round_ended() + rounds;
  t->stalled = true;
  wane_detach(&t->m);
  while (wane__round_ended() < until && wane__round_wait(cause, until, most_ns))
    continue;
  wane_attach(&t->m);
  t->stalled = false;
  end_stall(t, &e, cause);
}

static void assist(struct wane__thread *t)
{
  if (!wane__apply_open()) return; // clocks are dearer than this look
  struct wane_event e = begin(WANE_EVENT_ASSIST);
  e.items = wane__apply_assist();
  if (!e.items) return;
  end(t, &e);
  WANE_COUNT(&t->m, assists);
}

// Marks what it owes for `allocated` bytes, as far as there is work to be had.
static void assist_marking(struct wane__thread *t, uint64_t allocated)
{
  uint64_t owed = wane__cycle_owed(wane__pressure_used(), allocated);
  if (!owed) {
    t->mark_debt = 0; // debts end with the cycle, and when marking is ahead
    return;
  }
  owed += t->mark_debt;
  t->mark_debt = owed;
  if (!wane__work_assistable()) return;
  struct wane_event e = begin(WANE_EVENT_ASSIST);
  e.items = wane__mark_assist(owed < ASSIST_MOST ? owed : ASSIST_MOST);
  t->mark_debt = owed > e.items ? owed - e.items : 0;
  if (!e.items) return;
  end(t, &e);
  wane__cycle_assisted(e.items, e.t_end_ns - e.t_begin_ns);
  WANE_COUNT(&t->m, assists);
}

static void stress(struct wane__thread *t)
{
  if (--t->stress) return;
  t->stress = wane__config.stress_alloc;
  wait_rounds(t, WANE_CAUSE_STRESS, 1, WANE__NEVER_NS);
}

// Having allocated `fresh` bytes, it waits for a round; for all of it, or a
// while.
static void hold_back(struct wane__thread *t, uint64_t fresh, bool all)
{
  wait_rounds(t, WANE_CAUSE_ALLOC_BYTES, 1,
              all ? WANE__NEVER_NS : fresh / FLUSH_BYTES * HARD_NS);
}

// Tells of `fresh` bytes, and does what is due then.
static void tell(struct wane__thread *t, uint64_t fresh)
{
  // Note [pressure]
  uint64_t young = fresh + atomic_fetch_add_explicit(&pressure.young, fresh,
                                                     memory_order_relaxed);
  t->unflushed_bytes = 0;
  assist_marking(t, fresh);
  // Marking gets help, a sweep does not: both may be outrun.
  double cycle = wane__cycle_overrun(wane__pressure_used());
#if WANE_MUTANT == 57
  cycle = 0;
#endif
  if (!wane__round_counts()) {
    if (wane__pressure_cycle_due())
      wane__round_request(WANE_CAUSE_ALLOC_BYTES);
    if (cycle >= 1) hold_back(t, fresh, cycle >= 2);
    return;
  }
  if (young < wane__config.young_bytes && !wane__round_busy()) return;
  if (young >= wane__config.young_bytes)
    wane__round_request(WANE_CAUSE_ALLOC_BYTES);
  double load = load_factor();
#if WANE_MUTANT == 19
  if (load >= FULL) load = HARD;
#endif
  if (load >= HARD || cycle >= 1)
    hold_back(t, fresh, load >= FULL || cycle >= 2);
  else if (load >= MEDIUM)
    assist(t);
}

void wane__pressure_allocating(struct wane__thread *t)
{
  if (!wane__round_possible()) return;
  if (WANE_UNLIKELY(t->stress)) stress(t);
  if (t->unflushed_bytes >= FLUSH_BYTES) tell(t, t->unflushed_bytes);
}

// Threads may be too many and too short to allocate FLUSH_BYTES each. The
// whole of a block that an exiting thread had waits for the next round, when
// its young objects are looked at, so all of it is told.
void wane__pressure_exiting(struct wane__thread *t)
{
  uint64_t fresh = t->unflushed_bytes + t->left_bytes;
  t->left_bytes = 0;
  if (fresh && wane__round_possible()) tell(t, fresh);
}

bool wane__pressure_exhausted(struct wane__thread *t, uint32_t turn)
{
  // Two turns: what the first could not free because a root or an edge of the
  // moment held it, the second can.
  if (turn >= 2 || !wane__round_possible()) return false;
  struct wane_event e = begin(WANE_EVENT_STALL);
  t->stalled = true;
  wane_detach(&t->m);
  wane__round_collect(WANE_CAUSE_HEAP_FULL);
  wane_attach(&t->m);
  t->stalled = false;
  end_stall(t, &e, WANE_CAUSE_HEAP_FULL);
  return true;
}

void wane__pressure_wait_log(struct wane__thread *t)
{
  t->must_wait = false;
  if (!wane__round_possible()) return;
  // One to take, one to apply.
  wait_rounds(t, WANE_CAUSE_DEC_BACKLOG, 2, WANE__NEVER_NS);
  if (!t->spare) t->spare = wane__chunk_take();
}
