// strategy.h: who goes on: random walk, PCT, few preemptions, replay.
// SPDX-License-Identifier: MIT
//
// A schedule is the list of decisions that differ from the default. By default
// a thread goes on as long as it can, and then the next one by number does.

#ifndef WANE_EXPLORE_STRATEGY_H
#define WANE_EXPLORE_STRATEGY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STRATEGY_THREADS 16 // in a run, at most
#define STRATEGY_DEPTH 8    // of PCT, and preemptions, at most

// Thread `thread` at its point `offset` after `anchor`: `to` goes on.
struct strategy_decision {
  uint32_t anchor, offset;
  uint8_t thread, to;
};

// Which points a program passes: for each thread and code address, how often;
// and which words are touched by whom. A point is in conflict if its word is
// also touched by another thread, and written by one of them: where threads
// meet a preemption matters most. Kept over the runs of one program.
#define STRATEGY_PLACES 4096
#define STRATEGY_WORDS 4096
struct strategy_profile {
  uint32_t n[2][STRATEGY_THREADS]; // points; [1]: in conflict
  uint32_t used, words_used;
  struct strategy_place {
    const void *place; // NULL: free
    uint32_t thread, n;
    bool conflict;
  } places[STRATEGY_PLACES];
  struct strategy_word {
    const volatile void *word; // NULL: free
    uint32_t threads; // a bit for each that touched it
    bool written;
  } words[STRATEGY_WORDS];
  // Where they stand, in the order of their first touch: addresses differ from
  // process to process, and what is learned must not.
  uint16_t order[STRATEGY_WORDS / 2];
};

// A point of a run: a code address, and the word that is touched or NULL.
struct strategy_point {
  const void *place;
  const volatile void *word;
  bool writes;
  bool begins; // an operation of the program
};

// The thread passed it. `known`: what earlier runs have shown, or NULL.
void strategy_passed(struct strategy_profile *run,
                     const struct strategy_profile *known, uint32_t thread,
                     const struct strategy_point *point);
// `all` learns what one run passed.
void strategy_learn(struct strategy_profile *all,
                    const struct strategy_profile *run);

enum strategy_kind {
  STRATEGY_DEFAULT, // no decision
  // At each point, or at each in conflict, with a probability that is drawn for
  // the run, any thread.
  STRATEGY_WALK,
  // Random priorities, lowered at depth - 1 random points. Points are drawn
  // by thread first, and then by number or by place, those in conflict more
  // often, so that the few of a mutator and the rare ones of a long round have
  // their chance. A bug of depth d is
  // found with probability at least 1 / (threads * points ^ (d - 1)) where they
  // are drawn by number alone:
  // Burckhardt, Kothari, Musuvathi, Nagarakatte, ASPLOS 2010.
  STRATEGY_PCT,
  // `depth` preemptions at random points, anything where a thread blocks:
  // Musuvathi, Qadeer, PLDI 2007.
  STRATEGY_BOUNDED,
  // Any thread where an operation of the program begins or somebody was woken,
  // one time in two to six; and `depth` - 1 preemptions as above. What depends
  // on the order of whole steps is found soon, and windows within them often.
  STRATEGY_STEPS,
  STRATEGY_REPLAY, // the given decisions
};

struct strategy {
  enum strategy_kind kind;
  uint64_t seed;
  uint32_t depth;
  const struct strategy_profile *profile; // NULL: there is none yet
  const struct strategy_decision *decisions;
  uint32_t n_decisions;
};

void strategy_start(const struct strategy *s);
// A thread came into being, or can go on again.
void strategy_born(uint32_t thread);
void strategy_woken(void);
// It gives its turn away of itself: it must not have it back at once.
void strategy_yielded(uint32_t thread);
// Must strategy_next be asked at this point of a thread that can go on?
bool strategy_alarm(const struct strategy_decision *at,
                    const struct strategy_point *point);
// Who goes on? `enabled`: a bit for each thread that can; not zero. The
// default is `at->to`.
uint32_t strategy_next(const struct strategy_decision *at, uint32_t enabled,
                       bool can_go_on);

const char *strategy_name(enum strategy_kind kind);

// xorshift*, Marsaglia, Vigna; one state for all choices of a run.
static inline uint64_t strategy_mix(uint64_t x)
{
  x += UINT64_C(0x9e3779b97f4a7c15);
  x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
  return x ^ x >> 31;
}
static inline uint64_t strategy_random(uint64_t *state, uint64_t below)
{
  *state = strategy_mix(*state);
  return below ? *state % below : 0;
}

#endif
