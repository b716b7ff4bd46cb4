// replay_lives_gather.c: what the marks of all copies say together.
// SPDX-License-Identifier: MIT
//
// Bytes allocated until some moment are known where a mark was met: the sum
// over the copies, each as of its last mark before.

#include "replay_lives.h"

#include <stdlib.h>

static uint64_t time_of(const struct replay_lives *lives, size_t mark)
{
  const struct replay_mark *m = &lives->marks->marks[mark];
  const struct replay_life *life = &lives->lives[m->sample];
  return m->dead ? life->t_dead : life->t_alloc;
}

// What the copy had allocated at that moment.
static uint64_t allocated_at(const struct replay_copy *copy, uint64_t ns)
{
  const struct replay_lives *lives = copy->lives;
  const struct replay_marks *m = lives->marks;
  size_t low = 0, high = m->n; // the first mark that was met later
  if (ns >= copy->end_ns) return m->allocated;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (time_of(lives, middle) <= ns)
      low = middle + 1;
    else
      high = middle;
  }
  return low ? m->marks[low - 1].allocated : 0;
}

static uint64_t all_allocated_at(const struct replay *replay, uint64_t ns)
{
  uint64_t sum = 0;
  for (uint32_t i = 0; i < replay->n_copies; i++)
    sum += allocated_at(&replay->copies[i], ns);
  return sum;
}

static struct wane_life life_of(const struct replay *replay,
                                const struct replay_copy *copy, uint32_t sample)
{
  const struct replay_marks *m = replay->marks;
  const struct replay_life *from = &copy->lives->lives[sample];
  // Note [lives]
  uint64_t freed = atomic_load_explicit(&from->freed, memory_order_relaxed);
  struct wane_life life = {
      .object = copy->number * replay->plan.info->n_births + m->birth[sample],
      .size = m->size[sample],
      .t_alloc_ns = from->t_alloc,
      .t_dead_ns = from->t_dead,
      .t_reclaimed_ns = freed >> 2,
      .freed_by = (uint32_t)freed & 3};
  if (life.t_dead_ns && life.t_reclaimed_ns)
    life.dead_bytes = all_allocated_at(replay, life.t_reclaimed_ns) -
                      all_allocated_at(replay, life.t_dead_ns);
  return life;
}

static int by_birth(const void *a, const void *b)
{
  const struct wane_life *x = a, *y = b;
  if (x->t_alloc_ns != y->t_alloc_ns)
    return x->t_alloc_ns > y->t_alloc_ns ? 1 : -1;
  return (x->object > y->object) - (x->object < y->object);
}

// A mark that some copy met.
struct met {
  uint64_t ns, live; // of that copy
  uint32_t copy;
  size_t mark;
};

static int by_time(const void *a, const void *b)
{
  const struct met *x = a, *y = b;
  if (x->ns != y->ns) return x->ns > y->ns ? 1 : -1;
  if (x->copy != y->copy) return x->copy > y->copy ? 1 : -1;
  return (x->mark > y->mark) - (x->mark < y->mark);
}

static bool gather_live(const struct replay *replay, struct wane_live *live,
                        size_t n)
{
  const struct replay_marks *m = replay->marks;
  struct met *met = malloc((n + 1) * sizeof *met);
  uint64_t of_copy[REPLAY_MAX_COPIES] = {0}, sum = 0;
  if (!met) return false;
  for (uint32_t c = 0; c < replay->n_copies; c++)
    for (size_t i = 0; i < m->n; i++)
      met[c * m->n + i] = (struct met){time_of(replay->copies[c].lives, i),
                                       m->marks[i].live, c, i};
  if (n && replay->n_copies > 1) qsort(met, n, sizeof *met, by_time);
  for (size_t i = 0; i < n; i++) {
    sum += met[i].live - of_copy[met[i].copy];
    of_copy[met[i].copy] = met[i].live;
    live[i] = (struct wane_live){met[i].ns, sum};
  }
  free(met);
  return true;
}

const struct wane_lives *replay_lives_gather(struct replay *replay)
{
  const struct replay_marks *m = replay->marks;
  struct replay_gathered *to = &replay->gathered;
  size_t n = (size_t)replay->n_copies * m->n_samples;
  size_t n_live = (size_t)replay->n_copies * m->n;
  if (!to->lives) to->lives = malloc((n + 1) * sizeof *to->lives);
  if (!to->live) to->live = malloc((n_live + 1) * sizeof *to->live);
  if (!to->lives || !to->live || !gather_live(replay, to->live, n_live))
    return NULL;
  for (uint32_t c = 0; c < replay->n_copies; c++)
    for (uint32_t i = 0; i < m->n_samples; i++)
      to->lives[(size_t)c * m->n_samples + i] =
          life_of(replay, &replay->copies[c], i);
  if (n && replay->n_copies > 1)
    qsort(to->lives, n, sizeof *to->lives, by_birth);
  to->all = (struct wane_lives){m->every, n, n_live, to->lives, to->live};
  return &to->all;
}
