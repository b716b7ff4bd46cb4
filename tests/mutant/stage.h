// stage.h: the stage on which a scenario plays: objects, puppets, windows.
// SPDX-License-Identifier: MIT
//
// A scenario runs in a process of its own. Its driver is the process's first
// thread, which is no mutator: it asks for rounds. Its *puppets* are mutator
// threads that do what they are told and poll safepoints in between, so the
// driver decides which operation falls between which steps of a round.
//
// What races is decided by wane__yield_hook: a hook on one thread makes a
// puppet act, or parks its own thread at a gate. Such an act is never a
// safepoint. Every wait is bounded; a window that was not reached ends the
// process as MISSED, which is no verdict on the runtime.
//
// Checks end the process at once: the first failure is the one that counts.

#ifndef WANE_TESTS_MUTANT_STAGE_H
#define WANE_TESTS_MUTANT_STAGE_H

#include <wane/wane.h>

#include <pthread.h>

// Exit codes of a scenario's process.
enum stage_exit { STAGE_OK = 0, STAGE_FAILED = 1, STAGE_MISSED = 3 };

// A scenario; `run` returns if it passed. Tables end with a NULL name.
struct scenario {
  const char *name;
  void (*run)(uint64_t seed);
};
extern const struct scenario kill_counts[], kill_rounds[], kill_cycles[],
    kill_young[], kill_weak[], kill_threads[];
extern const struct scenario kill_cpython[]; // of others
extern const struct scenario kill_marking[], kill_slices[], kill_helping[],
    kill_observed[];
extern const struct scenario kill_weak_trace[];
extern const struct scenario kill_nodes[]; // of two programs, each its own
extern const struct scenario kill_atomic[];

// --- objects -----------------------------------------------------------------

#define STAGE_SLOTS 16 // of an array

struct node {
  struct wane_object header;
  struct wane_slot a, b, c;
  uint32_t id; // 0: counted among births and deaths, but has no name
};

struct array {
  struct wane_array header; // aux: id
  struct wane_slot slots[STAGE_SLOTS];
};

static inline struct node *node(wane_ref o)
{
  return (struct node *)(void *)o;
}

static inline struct array *array(wane_ref o)
{
  return (struct array *)(void *)o;
}

// --- puppets -----------------------------------------------------------------

#define PUPPET_ROOTS 8

struct puppet {
  struct wane_mutator *m;
  wane_ref *root; // PUPPET_ROOTS of them, on its shadow stack
  void *context;  // the scenario's
  pthread_t thread;
  // The act it is to do, NULL when it has none: set by whoever wants it,
  // cleared by the puppet when it is done.
  void (*_Atomic act)(struct puppet *);
  _Atomic bool quit;
  const char *name;
};

// Starts the runtime with the collector that is linked and no rounds but those
// asked for. `config`: further settings, or NULL; it may name a collector. On
// a model of nodes, if WANE_TEST_NODES names one and `config` does not.
void stage_start(const struct wane_config *config);
// All threads' acts are done: ends the puppets and the runtime.
void stage_stop(void);

// A mutator thread that polls safepoints while it has nothing to do.
struct puppet *puppet_start(const char *name);
void puppet_stop(struct puppet *p); // it exits; no other thread may act on it
void puppet_post(struct puppet *p, void (*act)(struct puppet *));
void puppet_wait(struct puppet *p); // until the act it was told is done
void puppet_call(struct puppet *p, void (*act)(struct puppet *)); // both

// On a puppet's own thread: a new object with a name, in root `root`.
wane_ref make_node(struct puppet *p, size_t root, const char *name);
// On this node of a model; others may be made, and die, on the way.
wane_ref make_node_at(struct puppet *p, size_t root, const char *name,
                      uint32_t home);
wane_ref make_array(struct puppet *p, size_t root, const char *name);
wane_ref make_wide(struct puppet *p, size_t root, const char *name,
                   uint32_t slots);
// The same as a node, but weakable; with a finalizer too.
wane_ref make_weak(struct puppet *p, size_t root, const char *name);
wane_ref make_final(struct puppet *p, size_t root, const char *name);
// What finalizers do, on their own thread; NULL: nothing.
void finalizer_set(void (*more)(struct wane_mutator *m, wane_ref o));
// On a puppet's own thread: a nameless node, in no root yet.
wane_ref make_nameless(struct puppet *p);
// An act: clears all roots.
void drop_roots(struct puppet *p);

// --- rounds ------------------------------------------------------------------

void one_round(void); // driver: one round without cycle collection
void collect(void);   // driver: two rounds, then all garbage is gone
// Driver: all decrements that were logged are applied, all counts exact.
void settle(void);
// A puppet's thread: polls safepoints until a round has ended. A safepoint.
void wait_for_a_round(struct puppet *p);
void hook_set(void (*hook)(int place));

// A point that a thread passes once and where it may be parked.
struct gate {
  _Atomic bool reached, open;
};

bool gate_once(struct gate *g);  // reached now; true: for the first time
void gate_park(struct gate *g);  // reached; waits until it is open
void gate_await(struct gate *g); // waits until somebody reached it
void gate_open(struct gate *g);
// The window of this scenario must have been reached by now.
void gate_expect(struct gate *g);

// --- checks ------------------------------------------------------------------

// Fails the scenario: one sentence, then the process ends. Any thread.
_Noreturn void fail(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

void expect_live(const char *name);                 // it has not died
void expect_dead(const char *name);                 // it died exactly once
void expect_freed_by(const char *name, enum wane_freed_by by); // dead
void expect_count(const char *name, int64_t count); // live, and its count
void expect_finalized(const char *name, uint32_t times);
void expect_nothing_left(void); // as many deaths as births, each id at most 1

#endif
