// replay_lives.c: marks, and what is done when a replay meets one.
// SPDX-License-Identifier: MIT

#include "replay_lives.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gct_deaths.h"

// Chosen at random, but always the same ones.
static bool is_chosen(uint64_t birth, uint32_t every)
{
  return every == 1 || (gct_mix(birth) >> 32) * every >> 32 == 0;
}

// --- what the replay holds beyond the trace ----------------------------------

struct holder {
  const struct replay_plan *plan;
  size_t step[GCT_MAX_THREADS]; // the next one of each thread
};

static bool settles(void *context, const struct gct_event *event,
                    const struct gct_event *before)
{
  const struct holder *h = context;
  return replay_settles(h->plan, event, before);
}

static bool lingers(void *context, const struct gct_event *event,
                    uint64_t birth)
{
  const struct replay_plan *plan = ((struct holder *)context)->plan;
  return plan->batches && (event->op != GCT_DROP || plan->slots[birth] != 0);
}

static bool buries(void *context, uint32_t thread,
                   const struct gct_event *event, uint64_t birth)
{
  struct holder *h = context;
  uint32_t step = h->plan->steps[thread].steps[h->step[thread]++];
  return event->op == GCT_ALLOC ? h->plan->passed[birth]
                                : (step & REPLAY_BURY) != 0;
}

// --- marks -------------------------------------------------------------------

struct death {
  uint64_t at;
  uint32_t birth;
};

static int by_event(const void *a, const void *b)
{
  const struct death *x = a, *y = b;
  if (x->at != y->at) return x->at > y->at ? 1 : -1;
  return (x->birth > y->birth) - (x->birth < y->birth);
}

// NULL: no memory. Those that come to be out of reach, in that order.
static struct death *sort_deaths(const struct gct_life *lives, uint64_t births,
                                 size_t *n)
{
  struct death *deaths = malloc((births + 1) * sizeof *deaths);
  *n = 0;
  for (uint32_t i = 0; deaths && i < births; i++)
    if (lives[i].dead != GCT_NEVER)
      deaths[(*n)++] = (struct death){lives[i].dead, i};
  if (*n) qsort(deaths, *n, sizeof *deaths, by_event);
  return deaths;
}

static uint64_t cell_of(const struct replay_plan *plan, uint32_t words,
                        uint32_t birth)
{
  size_t size = replay_size(plan->slots[birth], words);
  return wane_cell_bytes_for(size);
}

static bool choose(struct replay_marks *m, uint64_t births)
{
  m->sample = malloc((births + 1) * sizeof *m->sample);
  for (uint64_t i = 0; m->sample && i < births; i++)
    m->sample[i] = is_chosen(i, m->every) ? m->n_samples++ : GCT_NIL;
  m->birth = calloc(m->n_samples + 1u, sizeof *m->birth);
  m->size = calloc(m->n_samples + 1u, sizeof *m->size);
  m->marks = calloc(2 * (size_t)m->n_samples + 1, sizeof *m->marks);
  return m->sample && m->birth && m->size && m->marks;
}

static void put_mark(struct replay_marks *m, uint64_t at, uint32_t sample,
                     bool dead, uint64_t live)
{
  if (sample != GCT_NIL)
    m->marks[m->n++] =
        (struct replay_mark){at, m->allocated, live, sample, dead};
}

// Births and deaths in the order of events; what is born just before an event
// comes before what dies of it.
static void lay_marks(struct replay_marks *m, const struct replay_plan *plan,
                      const struct gct_life *lives, const struct death *deaths,
                      size_t n_deaths)
{
  uint64_t births = plan->info->n_births, live = 0;
  size_t d = 0;
  for (uint32_t b = 0; b < births || d < n_deaths;) {
    if (b < births && (d == n_deaths || lives[b].born < deaths[d].at)) {
      uint64_t size = cell_of(plan, lives[b].words, b);
      uint32_t sample = m->sample[b];
      m->allocated += size;
      live += size;
      if (sample != GCT_NIL) {
        m->birth[sample] = b;
        m->size[sample] = (uint32_t)size;
      }
      put_mark(m, lives[b].born + 1, sample, false, live);
      b++;
    } else {
      uint32_t birth = deaths[d].birth;
      live -= cell_of(plan, lives[birth].words, birth);
      put_mark(m, deaths[d].at, m->sample[birth], true, live);
      d++;
    }
  }
}

static int make_marks(struct replay *replay, struct replay_marks *m)
{
  const struct replay_plan *plan = &replay->plan;
  struct holder held = {.plan = plan};
  const struct gct_holder holder = {settles, lingers, buries, &held,
                                    plan->n_mutators == 1};
  struct gct_error error;
  struct gct_life *lives;
  size_t n;
  if (gct_deaths_make(plan->file, &holder, &lives, &error)) return ENOMEM;
  struct death *deaths = sort_deaths(lives, plan->info->n_births, &n);
  bool good = deaths && choose(m, plan->info->n_births);
  if (good) lay_marks(m, plan, lives, deaths, n);
  free(lives);
  free(deaths);
  return good ? 0 : ENOMEM;
}

int replay_lives_make(struct replay *replay, uint32_t every)
{
  struct replay_marks *m = calloc(1, sizeof *m);
  if (!m) return ENOMEM;
  replay->marks = m;
  m->every = every;
  int status = make_marks(replay, m);
  for (uint32_t i = 0; i < replay->n_copies && status == 0; i++) {
    struct replay_lives *lives = calloc(1, sizeof *lives);
    replay->copies[i].lives = lives;
    if (lives) lives->lives = calloc(m->n_samples + 1u, sizeof *lives->lives);
    if (!lives || !lives->lives) return ENOMEM;
    lives->marks = m;
  }
  return status;
}

void replay_lives_free(struct replay *replay)
{
  for (uint32_t i = 0; replay->copies && i < replay->n_copies; i++) {
    struct replay_lives *lives = replay->copies[i].lives;
    if (lives) free(lives->lives);
    free(lives);
  }
  if (!replay->marks) return;
  free(replay->marks->sample);
  free(replay->marks->birth);
  free(replay->marks->size);
  free(replay->marks->marks);
  free(replay->marks);
  free(replay->gathered.lives);
  free(replay->gathered.live);
}

// Touches all of it, so that no page is missing when the clock runs.
void replay_lives_reset(struct replay_lives *lives, uint16_t tag)
{
  // Note [lives]
  atomic_store_explicit(&lives->tag, tag, memory_order_relaxed);
  lives->position = lives->next = 0;
  for (uint32_t i = 0; i < lives->marks->n_samples; i++) {
    lives->lives[i].t_alloc = lives->lives[i].t_dead = 0;
    // Note [lives]
    atomic_store_explicit(&lives->lives[i].freed, 0, memory_order_relaxed);
  }
}

// --- while it runs -----------------------------------------------------------

static const struct replay_mark *due(const struct replay_lives *lives)
{
  const struct replay_marks *m = lives->marks;
  const struct replay_mark *mark = &m->marks[lives->next];
  return lives->next < m->n && mark->at == lives->position ? mark : NULL;
}

static void stamp(struct replay_lives *lives, const struct replay_mark *mark,
                  uint64_t now)
{
  struct replay_life *life = &lives->lives[mark->sample];
  *(mark->dead ? &life->t_dead : &life->t_alloc) = now;
  lives->next++;
}

uint64_t replay_lives_begin(struct replay_lives *lives, uint64_t n)
{
  const struct replay_marks *m = lives->marks;
  const struct replay_mark *mark = due(lives);
  uint64_t now = mark ? replay_clock(CLOCK_MONOTONIC) : 0;
  for (; mark; mark = due(lives)) stamp(lives, mark, now);
  if (lives->next == m->n) return n;
  uint64_t until = m->marks[lives->next].at - lives->position;
  return until < n ? until : n;
}

void replay_lives_end(struct replay_lives *lives, uint64_t n)
{
  lives->position += n;
  const struct replay_mark *mark = due(lives);
  if (!mark || mark->dead) return; // of what dies of an event to come: then
  uint64_t now = replay_clock(CLOCK_MONOTONIC);
  for (; mark && !mark->dead; mark = due(lives)) stamp(lives, mark, now);
}

void replay_lives_over(struct replay_lives *lives)
{
  if (due(lives)) (void)replay_lives_begin(lives, 1);
}

void replay_lives_freed(struct replay_lives *lives, uint32_t birth,
                        uint16_t tag)
{
  const struct replay_marks *m = lives->marks;
  if (!is_chosen(birth, m->every)) return;
  // Note [lives]
  if (atomic_load_explicit(&lives->tag, memory_order_relaxed) != tag) return;
  uint64_t now = replay_clock(CLOCK_MONOTONIC);
  // Note [lives]
  atomic_store_explicit(&lives->lives[m->sample[birth]].freed,
                        now << 2 | wane_freed_by(), memory_order_relaxed);
}
