// world.h: a running runtime with self-checking objects and an oracle.
// SPDX-License-Identifier: MIT
//
// Every object a test makes is a *thing*: it has a number and a canary, and a
// table beside the heap says whether its death hook ran. So each look at a
// thing tells whether it was freed too early, and each death whether it comes
// twice. The oracle (world_audit) stops the world, walks the heap and knows
// nothing of counts: it finds what is reachable, what is garbage, and how many
// references each object really has.
//
// Failures are recorded in world_log from any thread (collector threads run
// the death hooks) and asserted by the test's own thread.

#ifndef WANE_TESTS_WORLD_H
#define WANE_TESTS_WORLD_H

#include <check.h>

#include <wane/collector.h>
#include <wane/wane.h>

extern struct check_log world_log;

// What a test runs on. `collector` NULL: config.collector, or counting only.
struct world_setup {
  const char *collector;
  const char *label; // of the variation, for messages
  struct wane_config config;
};

struct world {
  bool counts;   // references are counted
  bool acyclic;  // acyclic garbage is freed
  bool complete; // all garbage is
  bool weak;     // there may be things of the last two kinds
};
extern struct world world;

// Starts the runtime and registers the types; the test fails if it cannot.
void world_start(const struct world_setup *setup);
// Ends it. No mutator is left.
void world_stop(void);
// Names of the collectors in the build tree, NULL at the end; at least one.
const char *const *world_collectors(void);

// --- things ------------------------------------------------------------------

enum thing_kind {
  THING_PAIR,   // three fixed slots
  THING_TRACED, // the same, found by a trace function
  THING_WIDE,   // an array of slots
  THING_LEAF,   // none; acyclic
  THING_KINDS,
  THING_WEAK = THING_KINDS, // a pair that may have weak references
  THING_FINAL,              // the same with a finalizer: see world_finalized
  THING_TYPES,
};
#define THING_FIXED 3 // slots of a pair

struct thing {
  struct wane_array head; // length: number of slots; aux: its kind
  uint64_t id;            // from 1
  uint64_t canary;
  struct wane_slot slots[];
};

#define WORLD_IDS ((uint64_t)1 << 24)

// A new thing; `n` slots if it is WIDE. A safepoint. NULL: out of memory.
wane_ref world_new(struct wane_mutator *m, enum thing_kind kind, uint32_t n);
// The same where memory must not run out: ends the process if it does.
wane_ref world_need(struct wane_mutator *m, enum thing_kind kind, uint32_t n)
    __attribute__((returns_nonnull));

static inline struct thing *thing_of(wane_ref o)
{
  return (struct thing *)(void *)o;
}
static inline uint32_t thing_length(wane_ref o)
{
  return thing_of(o)->head.length;
}
static inline struct wane_slot *thing_slot(wane_ref o, uint32_t i)
{
  return &thing_of(o)->slots[i];
}

// Records a failure if `o` is no living thing. Attached threads; `o` not NULL.
bool world_check(wane_ref o);
#define THING(o) (world_check(o), thing_of(o))
// The number of a thing, 0 for NULL; checked.
uint64_t world_id(wane_ref o);

bool world_dead(uint64_t id);
uint64_t world_born(void); // the highest number given so far
uint64_t world_died(void);
// Has its finalizer run? That it runs twice, or for what is dead, is recorded.
bool world_finalized(uint64_t id);
// What finalizers do, or NULL.
void world_on_finalize(void (*hook)(struct wane_mutator *m, wane_ref o));
// From now on the death of this thing is a failure (until world_let_go).
void world_hold(uint64_t id);
void world_let_go(uint64_t id);

// --- the oracle --------------------------------------------------------------

struct world_audit {
  uint64_t objects;   // not known to be dead
  uint64_t reachable; // of them, from the given references
  uint64_t garbage;   // the rest ...
  uint64_t acyclic;   // ... and of that, what no dead cycle keeps
};

// Stops the world and looks at all of the heap. `counted`: what handles hold;
// `rooted`: what uncounted roots hold (NULL entries are skipped). Records a
// failure for each dangling reference, wrong count, dead or unreachable
// reference. `m` is the caller's mutator, detached meanwhile, or NULL. No
// other thread may write slots during the call.
struct world_audit world_audit(struct wane_mutator *m, const wane_ref *counted,
                               size_t n_counted, const wane_ref *rooted,
                               size_t n_rooted);

// wane_collect, then an audit, then: nothing is left that the collector
// claims to free.
struct world_audit world_settle(struct wane_mutator *m,
                                const wane_ref *counted, size_t n_counted,
                                const wane_ref *rooted, size_t n_rooted);

// --- threads -----------------------------------------------------------------

// A thread whose body runs as an attached mutator called `name`.
struct world_thread {
  pthread_t thread;
  const char *name;
  void (*body)(struct wane_mutator *m, void *argument);
  void *argument;
};
void world_spawn(struct world_thread *t);
// From a mutator: detached meanwhile. `m` may be NULL.
void world_join(struct wane_mutator *m, struct world_thread *t);

// How much work a test does: `n`, less in the slow varieties of the build.
uint64_t world_scaled(uint64_t n);

#endif
