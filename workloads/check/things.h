// things.h: objects that know when they are freed too early, or twice.
// SPDX-License-Identifier: MIT
//
// Every object is a *thing*: it has a number and a canary, and a table beside
// the heap says whether its death hook ran. So each look at one tells whether
// it was freed while somebody could reach it. Any thread; what is wrong goes
// to run->fail.

#ifndef WANE_CHECK_THINGS_H
#define WANE_CHECK_THINGS_H

#include <wane/workload.h>

enum thing_kind {
  THING_PAIR,   // two slots at fixed places
  THING_TRACED, // two slots, found by a trace function
  THING_WIDE,   // an array of slots
  THING_LEAF,   // none; its type says acyclic
  THING_WEAK,   // a pair that may have weak references
  THING_KINDS
};
#define THING_FIXED 2

struct thing {
  struct wane_array head; // length: number of slots; aux: its kind
  uint64_t id;            // from 1
  uint64_t canary;
  struct wane_slot slots[];
};

// Registers the types and makes room for `ids` things. Returns 0, or nonzero
// after run->fail. things_weak is false afterwards if the collector refuses
// types with weak references.
int things_start(struct wane_workload_run *run, uint64_t ids);
void things_stop(void);
extern bool things_weak;

// A safepoint; `n`: slots of a WIDE one. NULL: no memory, or no number left.
wane_ref things_new(struct wane_mutator *m, enum thing_kind kind, uint32_t n);

static inline struct thing *thing_of(wane_ref o)
{
  return (struct thing *)(void *)o;
}

// The number of what `o` refers to, 0 for NULL; fails the run, and says
// `where`, if it is no living thing.
uint64_t things_id(wane_ref o, const char *where);
// Fails the run; the first sentence counts. Any thread.
void things_fail(const char *format, ...)
    __attribute__((format(printf, 1, 2)));
bool things_failed(void);
bool things_dead(uint64_t id);
uint64_t things_born(void); // the highest number given so far
uint64_t things_died(void);
// No object became immortal because a thread could not log what it overwrote
// (a full pool, DESIGN.md, "When the log is full"): such a one is never freed.
bool things_all_mortal(void);

#endif
