// strategy.c: who goes on: random walk, PCT, few preemptions, replay.
// SPDX-License-Identifier: MIT
//
// Called by the thread that has the turn, so nothing here is shared.

#include "strategy.h"

#include <stdlib.h>

#define BUCKETS 4096 // of the table that finds a decision by its place

static struct {
  struct strategy s;
  uint64_t random;
  uint64_t one_in;                   // WALK: any thread at one point in so many
  uint64_t change[STRATEGY_DEPTH];   // PCT, BOUNDED: points, ascending
  uint32_t n_change, next_change;
  int64_t priority[STRATEGY_THREADS]; // PCT; the highest one goes on
  int64_t lowest;
  bool woken;
  uint32_t bucket[BUCKETS]; // REPLAY: index + 1 of a decision
} state;

static uint64_t draw(uint64_t below)
{
  return strategy_random(&state.random, below);
}

static uint32_t bucket_of(const struct strategy_decision *at)
{
  uint64_t key = (uint64_t)at->thread << 56 | (uint64_t)at->anchor << 28;
  return (uint32_t)(strategy_mix(key ^ at->offset) % BUCKETS);
}

static void index_decisions(void)
{
  if (state.s.n_decisions >= BUCKETS) state.s.n_decisions = BUCKETS - 1;
  for (uint32_t i = 0; i < state.s.n_decisions; i++) {
    uint32_t at = bucket_of(&state.s.decisions[i]);
    while (state.bucket[at]) at = (at + 1) % BUCKETS;
    state.bucket[at] = i + 1;
  }
}

static const struct strategy_decision *
find(const struct strategy_decision *at)
{
  for (uint32_t b = bucket_of(at); state.bucket[b]; b = (b + 1) % BUCKETS) {
    const struct strategy_decision *d =
        &state.s.decisions[state.bucket[b] - 1];
    if (d->thread == at->thread && d->anchor == at->anchor &&
        d->offset == at->offset)
      return d;
  }
  return NULL;
}

static int ascending(const void *a, const void *b)
{
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return x < y ? -1 : x > y;
}

void strategy_start(const struct strategy *s)
{
  static const uint64_t rates[] = {2, 4, 12, 40, 150};
  state.s = *s;
  state.random = strategy_mix(s->seed);
  state.one_in = rates[draw(sizeof rates / sizeof *rates)];
  state.n_change = s->kind == STRATEGY_PCT ? s->depth - 1 : s->depth;
  if (state.n_change > STRATEGY_DEPTH) state.n_change = STRATEGY_DEPTH;
  if (s->kind != STRATEGY_PCT && s->kind != STRATEGY_BOUNDED)
    state.n_change = 0;
  for (uint32_t i = 0; i < state.n_change; i++)
    state.change[i] = draw(s->points ? s->points : 1);
  qsort(state.change, state.n_change, sizeof *state.change, ascending);
  if (s->kind == STRATEGY_REPLAY) index_decisions();
}

void strategy_born(uint32_t thread)
{
  // Above all that were lowered, in random order; ties go by number.
  state.priority[thread] = 1 + (int64_t)draw(1000);
  state.woken = true;
}

void strategy_woken(void)
{
  state.woken = true;
}

void strategy_yielded(uint32_t thread)
{
  state.priority[thread] = --state.lowest;
}

bool strategy_alarm(uint64_t point, const struct strategy_decision *at)
{
  switch (state.s.kind) {
  case STRATEGY_WALK: return draw(state.one_in) == 0;
  case STRATEGY_REPLAY: return find(at) != NULL;
  case STRATEGY_PCT:
    if (state.next_change < state.n_change &&
        point >= state.change[state.next_change]) {
      state.next_change++;
      state.priority[at->thread] = --state.lowest;
      return true;
    }
    return state.woken;
  case STRATEGY_BOUNDED:
    if (state.next_change == state.n_change ||
        point < state.change[state.next_change])
      return false;
    state.next_change++;
    return true;
  default: return false;
  }
}

static uint32_t any_of(uint32_t enabled)
{
  uint64_t skip = draw((uint64_t)__builtin_popcount(enabled));
  while (skip--) enabled &= enabled - 1;
  return (uint32_t)__builtin_ctz(enabled);
}

static uint32_t highest_of(uint32_t enabled)
{
  uint32_t best = (uint32_t)__builtin_ctz(enabled);
  for (uint32_t i = best + 1; i < STRATEGY_THREADS; i++)
    if (enabled >> i & 1 && state.priority[i] > state.priority[best]) best = i;
  return best;
}

uint32_t strategy_next(const struct strategy_decision *at, uint32_t enabled,
                       bool can_go_on)
{
  uint32_t others = enabled & ~(1u << at->thread);
  state.woken = false;
  switch (state.s.kind) {
  case STRATEGY_WALK: return any_of(enabled);
  case STRATEGY_PCT: return highest_of(enabled);
  case STRATEGY_BOUNDED:
    return any_of(can_go_on && others ? others : enabled);
  case STRATEGY_REPLAY: {
    const struct strategy_decision *d = find(at);
    return d && enabled >> d->to & 1 ? d->to : at->to;
  }
  default: return at->to;
  }
}

const char *strategy_name(enum strategy_kind kind)
{
  static const char *const names[] = {"default", "walk", "pct", "bounded",
                                      "replay"};
  return names[kind];
}
