// lifetimes.c: how long the dead stay, and how much they hold.
// SPDX-License-Identifier: MIT
//
// An object floats from its death until it is freed, or to the end of the run.
// Main thread of the child, after the drain.
#include "lifetimes.h"

#include "stats.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

static bool is_dead(const struct wane_life *life)
{
  return life->t_dead_ns != 0;
}

static bool is_freed(const struct wane_life *life,
                     const struct lifetimes_run *run)
{
  return life->t_reclaimed_ns != 0 && life->t_reclaimed_ns <= run->drained_ns;
}

uint64_t lifetimes_live_at(const struct wane_lives *lives, uint64_t ns)
{
  size_t low = 0, high = lives->n_live; // the first that is later
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (lives->live[middle].t_ns <= ns)
      low = middle + 1;
    else
      high = middle;
  }
  return low ? lives->live[low - 1].bytes : 0;
}

uint64_t lifetimes_readings(const struct wane_lives *lives)
{
  uint64_t readings = 0;
  for (size_t i = 0; lives && i < lives->n; i++)
    readings += 1u + (lives->lives[i].t_dead_ns != 0) +
                (lives->lives[i].t_reclaimed_ns != 0);
  return readings;
}

// --- spreads ---------------------------------------------------------------

static int by_value(const void *a, const void *b)
{
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return (x > y) - (x < y);
}

static void spread(uint64_t *values, size_t n, struct lifetimes_spread *s)
{
  *s = (struct lifetimes_spread){.count = n};
  if (!n) return;
  qsort(values, n, sizeof *values, by_value);
  for (size_t i = 0; i < n; i++) s->total += (double)values[i];
  s->max = values[n - 1];
  s->p50 = (double)values[stats_rank(n, 0.5)];
  s->p90 = (double)values[stats_rank(n, 0.9)];
  s->p99 = (double)values[stats_rank(n, 0.99)];
  s->p99_9 = (double)values[stats_rank(n, 0.999)];
  s->p99_99 = (double)values[stats_rank(n, 0.9999)];
}

static void count(const struct wane_lives *lives,
                  const struct lifetimes_run *run, uint64_t *values,
                  struct lifetimes_sums *sums)
{
  size_t n = 0;
  for (size_t i = 0; i < lives->n; i++) {
    const struct wane_life *life = &lives->lives[i];
    if (!is_dead(life)) continue;
    sums->deaths++;
    if (!is_freed(life, run)) {
      sums->censored++;
      continue;
    }
    sums->drained += life->t_reclaimed_ns > run->end_ns;
    values[n++] = life->t_reclaimed_ns - life->t_dead_ns;
  }
  spread(values, n, &sums->ns);
  n = 0;
  for (size_t i = 0; i < lives->n; i++)
    if (is_dead(&lives->lives[i]) && is_freed(&lives->lives[i], run))
      values[n++] = lives->lives[i].dead_bytes;
  spread(values, n, &sums->bytes);
}

// --- what floats -----------------------------------------------------------

struct step {
  uint64_t ns;
  int64_t bytes;
};

static int by_time(const void *a, const void *b)
{
  const struct step *x = a, *y = b;
  return (x->ns > y->ns) - (x->ns < y->ns);
}

static void take_floating(const struct wane_lives *lives,
                          const struct lifetimes_run *run, struct step *steps,
                          struct lifetimes_sums *sums)
{
  size_t n = 0;
  for (size_t i = 0; i < lives->n; i++) {
    const struct wane_life *life = &lives->lives[i];
    if (!is_dead(life) || life->t_dead_ns >= run->end_ns) continue;
    int64_t bytes = (int64_t)(life->size * lives->every);
    steps[n++] = (struct step){life->t_dead_ns, bytes};
    bool freed = is_freed(life, run) && life->t_reclaimed_ns < run->end_ns;
    uint64_t until = freed ? life->t_reclaimed_ns : run->end_ns;
    if (freed) steps[n++] = (struct step){until, -bytes};
    sums->floating_auc +=
        (double)bytes * (double)(until - life->t_dead_ns) * 1e-9;
  }
  if (n) qsort(steps, n, sizeof *steps, by_time);
  int64_t floating = 0;
  for (size_t i = 0; i < n; i++) {
    floating += steps[i].bytes;
    bool last = i + 1 == n || steps[i + 1].ns != steps[i].ns;
    if (last && (double)floating > sums->floating_max)
      sums->floating_max = (double)floating;
  }
  double seconds = (double)(run->end_ns - run->begin_ns) * 1e-9;
  sums->floating_mean = sums->floating_auc / seconds;
}

int lifetimes_sum(const struct wane_lives *lives,
                  const struct lifetimes_run *run, struct lifetimes_sums *sums)
{
  *sums = (struct lifetimes_sums){0};
  uint64_t *values = malloc((lives->n + 1) * sizeof *values);
  struct step *steps = malloc((2 * lives->n + 1) * sizeof *steps);
  bool good = values && steps;
  if (good) {
    count(lives, run, values, sums);
    take_floating(lives, run, steps, sums);
  }
  free(values);
  free(steps);
  return good ? 0 : -ENOMEM;
}

// --- out -------------------------------------------------------------------

static void put(struct reporter *reporter, const char *metric, const char *stat,
                bool known, double value)
{
  reporter_value(reporter, metric, "process", stat, known ? value : NAN);
}

static void put_spread(struct reporter *r, const char *metric, bool known,
                       const struct lifetimes_spread *s)
{
  bool any = known && s->count > 0;
  put(r, metric, "count", known, (double)s->count);
  put(r, metric, "total", any, s->total);
  put(r, metric, "mean", any, s->total / (double)s->count);
  put(r, metric, "p50", any, s->p50);
  put(r, metric, "p90", any, s->p90);
  put(r, metric, "p99", any, s->p99);
  put(r, metric, "p99_9", any, s->p99_9);
  put(r, metric, "p99_99", any, s->p99_99);
  put(r, metric, "max", any, (double)s->max);
}

int lifetimes_report(const struct wane_lives *lives,
                     const struct lifetimes_run *run,
                     struct reporter *reporter)
{
  struct lifetimes_sums s = {0};
  bool known = lives != NULL;
  int result = known ? lifetimes_sum(lives, run, &s) : 0;
  if (result) return result;
  put_spread(reporter, "garbage.promptness", known, &s.ns);
  put_spread(reporter, "garbage.promptness_bytes", known, &s.bytes);
  put(reporter, "garbage.floating", "auc", known, s.floating_auc);
  put(reporter, "garbage.floating", "mean", known, s.floating_mean);
  put(reporter, "garbage.floating", "max", known, s.floating_max);
  put(reporter, "garbage.deaths", "count", known, (double)s.deaths);
  put(reporter, "garbage.drained", "count", known, (double)s.drained);
  put(reporter, "garbage.censored", "count", known, (double)s.censored);
  put(reporter, "garbage.every", "total", known, known ? lives->every : 0);
  return 0;
}

static void write_time(FILE *out, bool known, uint64_t ns,
                       const struct lifetimes_run *run)
{
  if (known)
    fprintf(out, ",%" PRId64, (int64_t)(ns - run->begin_ns));
  else
    fputs(",NA", out);
}

static const char *name_of(const struct wane_life *life)
{
  static const char *const names[] = {[WANE_FREED_BY_RC] = "rc",
                                      [WANE_FREED_BY_CYCLE] = "cycle",
                                      [WANE_FREED_BY_SWEEP] = "sweep"};
  const char *name = life->freed_by < sizeof names / sizeof names[0]
                         ? names[life->freed_by]
                         : NULL;
  return name ? name : "NA";
}

int lifetimes_rows(const struct wane_lives *lives,
                   const struct lifetimes_run *run, uint32_t iteration,
                   void (*row)(const char *text, void *context), void *context)
{
  char text[256];
  for (size_t i = 0; lives && i < lives->n; i++) {
    const struct wane_life *life = &lives->lives[i];
    bool dead = is_dead(life), freed = dead && is_freed(life, run);
    FILE *out = fmemopen(text, sizeof text, "w");
    if (!out) return -ENOMEM;
    fprintf(out, "%" PRIu32 ",%" PRIu64 ",%" PRIu64, iteration, life->object,
            life->size);
    write_time(out, true, life->t_alloc_ns, run);
    write_time(out, dead, life->t_dead_ns, run);
    write_time(out, freed, life->t_reclaimed_ns, run);
    if (freed)
      fprintf(out, ",%" PRIu64 ",%s", life->dead_bytes, name_of(life));
    else
      fputs(",NA,NA", out);
    fclose(out);
    row(text, context);
  }
  return 0;
}
