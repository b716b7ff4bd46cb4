// finding.c: a program and a schedule that fails, cut down.
// SPDX-License-Identifier: MIT
//
// Decisions are named by the operation in which they fall, so most of them
// still mean the same when another operation goes. Where one does not, a few
// random schedules with few preemptions are tried instead.

#include "finding.h"

#include <string.h>
#include <sys/resource.h>

#define TRIES 40 // schedules of a smaller program, before it counts as correct

double finding_clock(void)
{
  static const int who[] = {RUSAGE_SELF, RUSAGE_CHILDREN};
  double seconds = 0;
  for (int i = 0; i < 2; i++) {
    struct rusage u;
    if (getrusage(who[i], &u)) continue;
    seconds += (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec);
    seconds += (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
  }
  return seconds;
}

void finding_take(struct finding *f, const struct program *program,
                  const struct sched_record *r)
{
  f->program = *program;
  f->n_decisions = r->n_decisions;
  memcpy(f->decisions, r->decisions, r->n_decisions * sizeof *r->decisions);
  f->outcome = r->outcome;
  f->hash = r->hash;
  memcpy(f->why, r->why, sizeof f->why);
}

static const struct sched_record *
replay(const struct program *p, const struct strategy_decision *d, uint32_t n)
{
  return child_run(p, &(struct strategy){.kind = STRATEGY_REPLAY,
                                         .decisions = d,
                                         .n_decisions = n});
}

const struct sched_record *finding_run(const struct finding *f)
{
  return replay(&f->program, f->decisions, f->n_decisions);
}

struct search {
  struct finding *f;
  uint64_t seed;
  uint32_t runs;
  double until;
};

// Does it still fail with these? Then they are taken.
static bool fails(struct search *s, const struct program *p,
                  const struct strategy_decision *d, uint32_t n)
{
  if (finding_clock() > s->until) return false;
  s->runs++;
  const struct sched_record *r = replay(p, d, n);
  if (!child_failed(r) || r->n_decisions > n) return false;
  finding_take(s->f, p, r);
  return true;
}

// Without some of the decisions: halves, quarters, ... single ones.
static bool fewer_decisions(struct search *s)
{
  static struct strategy_decision rest[SCHED_DECISIONS];
  struct finding *f = s->f;
  bool any = false;
  uint32_t size = f->n_decisions;
  while (size) {
    bool cut = false;
    for (uint32_t at = 0; at < f->n_decisions; at += cut ? 0 : size) {
      uint32_t end = at + size < f->n_decisions ? at + size : f->n_decisions;
      uint32_t tail = f->n_decisions - end;
      memcpy(rest, f->decisions, at * sizeof *rest);
      memcpy(rest + at, f->decisions + end, tail * sizeof *rest);
      cut = fails(s, &f->program, rest, at + tail);
      any |= cut;
    }
    size = size == 1 ? 0 : (size + 1) / 2;
  }
  return any;
}

// The same schedule first, then random ones with as few preemptions.
static bool fails_somehow(struct search *s, const struct program *p)
{
  static struct strategy_decision old[SCHED_DECISIONS];
  uint32_t n = s->f->n_decisions;
  memcpy(old, s->f->decisions, n * sizeof *old);
  if (fails(s, p, old, n)) return true;
  static struct strategy_profile profile;
  memset(&profile, 0, sizeof profile);
  for (uint32_t i = 0; i < TRIES && finding_clock() < s->until; i++) {
    s->runs++;
    s->seed = strategy_mix(s->seed);
    const struct sched_record *r =
        child_run(p, &(struct strategy){.kind = STRATEGY_BOUNDED,
                                        .seed = s->seed,
                                        .depth = i ? 1 + i % 3 : 0,
                                        .profile = &profile});
    if (child_failed(r) && r->n_decisions <= n + 1) {
      finding_take(s->f, p, r);
      return true;
    }
    strategy_learn(&profile, &r->profile);
  }
  return false;
}

static bool fewer_operations(struct search *s)
{
  bool any = false;
  for (uint32_t list = PROGRAM_THREADS + 1; list-- > 0;) {
    uint32_t size = s->f->program.lists[list].n;
    while (size) {
      bool cut = false;
      for (uint32_t at = 0; at < s->f->program.lists[list].n;
           at += cut ? 0 : size) {
        struct program p = s->f->program;
        struct op_list *l = &p.lists[list];
        uint32_t end = at + size < l->n ? at + size : l->n;
        memmove(l->ops + at, l->ops + end, (l->n - end) * sizeof *l->ops);
        l->n -= end - at;
        cut = fails_somehow(s, &p);
        any |= cut;
      }
      size = size == 1 ? 0 : (size + 1) / 2;
    }
  }
  return any;
}

static void plainer_settings(struct search *s)
{
  struct program p;
#define TRY(field, value)                                                      \
  p = s->f->program;                                                           \
  if (p.field != (value)) {                                                    \
    p.field = (value);                                                         \
    (void)fails_somehow(s, &p);                                                \
  }
  TRY(times, 1)
  TRY(nodes, 0)
  TRY(workers, 1)
  TRY(pacing, 0)
  TRY(slow, 0)
  TRY(young, 0)
  TRY(stress_alloc, 0)
  TRY(log_pool, 0)
  TRY(shared_limit, 0)
  TRY(local_limit, 0)
  TRY(resurrects, false)
  TRY(mark_slice, 0)
#undef TRY
}

uint32_t finding_minimise(struct finding *f, uint64_t seed, double seconds)
{
  struct search s = {.f = f, .seed = seed,
                     .until = finding_clock() + seconds};
  fewer_decisions(&s);
  plainer_settings(&s);
  while (fewer_operations(&s) && finding_clock() < s.until) continue;
  while (fewer_decisions(&s)) continue;
  return s.runs;
}
