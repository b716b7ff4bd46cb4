// strategy.c: who goes on: random walk, PCT, few preemptions, replay.
// SPDX-License-Identifier: MIT
//
// Called by the thread that has the turn, so nothing here is shared.

#include "strategy.h"

#define SPENT UINT32_MAX
#define BUCKETS 4096 // of the table that finds a decision by its place

// The `left`-th point of a thread, at a place or (NULL) anywhere, in conflict
// or not necessarily. Or every other point at a place: `left` is 0.
struct change {
  uint32_t thread, left;
  const void *place;
  bool conflict;
};

static struct {
  struct strategy s;
  uint64_t random;
  uint64_t one_in; // WALK: any thread at one point in so many ...
  uint64_t step;   // STEPS: at one beginning in so many
  bool preempted;  // STEPS: within an operation, so somebody else goes on
  bool conflicts;  // ... of those in conflict
  struct change change[STRATEGY_DEPTH]; // PCT, BOUNDED
  uint32_t n_change;
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

// --- where to change ---------------------------------------------------------

static struct strategy_place *place_of(struct strategy_profile *p,
                                       uint32_t thread, const void *place,
                                       bool conflict)
{
  uint64_t key = strategy_mix((uint64_t)(uintptr_t)place ^
                              (uint64_t)thread << 56 ^
                              (uint64_t)conflict << 55);
  uint32_t at = (uint32_t)(key % STRATEGY_PLACES);
  while (p->places[at].place &&
         (p->places[at].place != place || p->places[at].thread != thread ||
          p->places[at].conflict != conflict))
    at = (at + 1) % STRATEGY_PLACES;
  return &p->places[at];
}

static struct strategy_place *place_add(struct strategy_profile *p,
                                        uint32_t thread, const void *place,
                                        bool conflict)
{
  struct strategy_place *at = place_of(p, thread, place, conflict);
  if (at->place) return at;
  if (p->used > STRATEGY_PLACES / 2) return NULL;
  p->used++;
  *at = (struct strategy_place){
      .place = place, .thread = thread, .conflict = conflict};
  return at;
}

static uint32_t word_at(const struct strategy_profile *p,
                        const volatile void *word)
{
  uint32_t at =
      (uint32_t)(strategy_mix((uint64_t)(uintptr_t)word) % STRATEGY_WORDS);
  while (p->words[at].word && p->words[at].word != word)
    at = (at + 1) % STRATEGY_WORDS;
  return at;
}

static void touch(struct strategy_profile *p, const volatile void *word,
                  uint32_t threads, bool written)
{
  uint32_t at = word_at(p, word);
  struct strategy_word *w = &p->words[at];
  if (!w->word) {
    if (p->words_used == STRATEGY_WORDS / 2) return;
    p->order[p->words_used++] = (uint16_t)at;
    w->word = word;
  }
  w->threads |= threads;
  w->written |= written;
}

static bool in_conflict(const struct strategy_profile *known, uint32_t thread,
                        const volatile void *word)
{
  if (!known || !word) return false;
  const struct strategy_word *w = &known->words[word_at(known, word)];
  return w->word && w->written && w->threads & ~(1u << thread);
}

void strategy_passed(struct strategy_profile *run,
                     const struct strategy_profile *known, uint32_t thread,
                     const struct strategy_point *point)
{
  bool conflict = in_conflict(known, thread, point->word);
  struct strategy_place *at = place_add(run, thread, point->place, false);
  if (at) at->n++;
  at = conflict ? place_add(run, thread, point->place, true) : NULL;
  if (at) at->n++;
  run->n[0][thread]++;
  run->n[1][thread] += conflict;
  if (point->word) touch(run, point->word, 1u << thread, point->writes);
}

void strategy_learn(struct strategy_profile *all,
                    const struct strategy_profile *run)
{
  for (uint32_t c = 0; c < 2; c++)
    for (uint32_t i = 0; i < STRATEGY_THREADS; i++)
      if (all->n[c][i] < run->n[c][i]) all->n[c][i] = run->n[c][i];
  for (uint32_t i = 0; i < STRATEGY_PLACES; i++) {
    const struct strategy_place *from = &run->places[i];
    if (!from->place) continue;
    struct strategy_place *to =
        place_add(all, from->thread, from->place, from->conflict);
    if (to && to->n < from->n) to->n = from->n;
  }
  for (uint32_t i = 0; i < run->words_used; i++) {
    const struct strategy_word *w = &run->words[run->order[i]];
    touch(all, w->word, w->threads, w->written);
  }
}

static struct change draw_change(const struct strategy_profile *p)
{
  uint32_t threads[STRATEGY_THREADS], n = 0;
  for (uint32_t i = 0; i < STRATEGY_THREADS; i++)
    if (p->n[0][i]) threads[n++] = i;
  if (!n) return (struct change){.left = 1};
  uint32_t thread = threads[draw(n)];
  bool conflict = p->n[1][thread] && draw(4);
  struct change change = {.thread = thread,
                          .left =
                              1 + (uint32_t)draw(p->n[conflict][thread]),
                          .conflict = conflict};
  if (draw(2)) return change;
  uint32_t places = 0;
  for (uint32_t i = 0; i < STRATEGY_PLACES; i++)
    places += p->places[i].place && p->places[i].thread == thread &&
              p->places[i].conflict == conflict;
  uint64_t skip = draw(places);
  for (uint32_t i = 0; i < STRATEGY_PLACES; i++) {
    const struct strategy_place *at = &p->places[i];
    if (!at->place || at->thread != thread || at->conflict != conflict ||
        skip--)
      continue;
    change.place = at->place;
    change.left = draw(2) ? 1 + (uint32_t)draw(at->n) : 0;
    break;
  }
  return change;
}

// Is it time?
static bool changes(const struct strategy_decision *at,
                    const struct strategy_point *point)
{
  bool any = false;
  for (uint32_t i = 0; i < state.n_change; i++) {
    struct change *c = &state.change[i];
    if (c->thread != at->thread || c->left == SPENT ||
        (c->place && c->place != point->place) ||
        (c->conflict && !in_conflict(state.s.profile, at->thread, point->word)))
      continue;
    if (c->left && --c->left == 0) {
      c->left = SPENT;
      any = true;
    } else if (!c->left) {
      any |= draw(2);
    }
  }
  return any;
}

void strategy_start(const struct strategy *s)
{
  static const uint64_t rates[] = {2, 4, 12, 40, 150};
  static const uint64_t steps[] = {2, 2, 3, 6};
  state.s = *s;
  state.random = strategy_mix(s->seed);
  state.one_in = rates[draw(sizeof rates / sizeof *rates)];
  state.conflicts = draw(2);
  state.step = steps[draw(sizeof steps / sizeof *steps)];
  state.n_change = s->kind == STRATEGY_BOUNDED ? s->depth : s->depth - 1;
  if (state.n_change > STRATEGY_DEPTH) state.n_change = STRATEGY_DEPTH;
  if (s->kind == STRATEGY_DEFAULT || s->kind == STRATEGY_WALK ||
      s->kind == STRATEGY_REPLAY)
    state.n_change = 0;
  if (!s->profile) state.n_change = 0;
  for (uint32_t i = 0; i < state.n_change; i++)
    state.change[i] = draw_change(s->profile);
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

static bool step_begins(const struct strategy_point *point)
{
  bool begins = point->begins || state.woken;
  state.woken = false;
  return begins && draw(state.step) == 0;
}

bool strategy_alarm(const struct strategy_decision *at,
                    const struct strategy_point *point)
{
  switch (state.s.kind) {
  case STRATEGY_WALK:
    if (state.conflicts &&
        !in_conflict(state.s.profile, at->thread, point->word))
      return false;
    return draw(state.one_in) == 0;
  case STRATEGY_REPLAY: return find(at) != NULL;
  case STRATEGY_PCT:
    if (changes(at, point)) {
      state.priority[at->thread] = --state.lowest;
      return true;
    }
    return state.woken;
  case STRATEGY_BOUNDED: return changes(at, point);
  case STRATEGY_STEPS:
    state.preempted = changes(at, point);
    return step_begins(point) | state.preempted;
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
  case STRATEGY_STEPS: {
    bool other = state.preempted && can_go_on && others;
    state.preempted = false;
    return any_of(other ? others : enabled);
  }
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
  static const char *const names[] = {"default", "walk",  "pct",
                                      "bounded", "steps", "replay"};
  return names[kind];
}
