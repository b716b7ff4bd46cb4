// weak_storm.c: weak references to dying cycles are read all the time.
// SPDX-License-Identifier: MIT
//
// Each mutator makes small cycles, gives each two weak references, into two
// of its objects, and lets it go. All read those that are there: what a read
// gives must be whole, with all that it reaches; some of it is kept for a
// while. A cycle dies as a whole, so when the first of the two references
// gives NULL the second must do so, too, which is read after it; and what gave
// NULL stays NULL. Some references have callbacks, which are called once at
// most.
//
// A request is a read. How many of them found something differs from run to
// run; the checksum is that of the cycles.

#include "crew.h"
#include "sealed.h"

#include <stdlib.h>

enum { CYCLES, NODES, PLACES, READS, KEEP, N_OPTIONS };
static const struct wane_option options[N_OPTIONS] = {
    [CYCLES] = {.name = "cycles",
                .type = WANE_OPTION_INT,
                .value = "200k",
                .help = "cycles each mutator makes",
                .min = 1,
                .max = 0x1p40},
    [NODES] = {.name = "nodes",
               .type = WANE_OPTION_INT,
               .value = "3",
               .help = "objects of a cycle",
               .min = 1,
               .max = 1 << 20},
    [PLACES] = {.name = "places",
                .type = WANE_OPTION_INT,
                .value = "64k",
                .help = "cycles that have weak references at a time",
                .min = 1,
                .max = 1 << 24},
    [READS] = {.name = "reads",
               .type = WANE_OPTION_INT,
               .value = "8",
               .help = "reads after each new cycle",
               .min = 0,
               .max = 1e9},
    [KEEP] = {.name = "keep",
              .type = WANE_OPTION_INT,
              .value = "16",
              .help = "objects that each mutator keeps for a while",
              .min = 1,
              .max = 1 << 20},
};

static const struct wane_type *node_type, *table_type;

// Two references to one cycle. All under `lock`, which nobody keeps over a
// safepoint; they are made, read and freed under it.
struct place {
  pthread_mutex_t lock;
  struct wane_weak *first, *second;
  uint64_t number; // of the cycle's first object
  bool gone;       // the first gave NULL
};

static struct place *places;
static _Atomic uint64_t found, asked, calls, callbacks;

static uint64_t option(const struct wane_workload_run *run, int i)
{
  return (uint64_t)run->options[i].integer;
}

static void on_death(struct wane_mutator *m, struct wane_weak *cell,
                     void *context)
{
  (void)m, (void)cell, (void)context;
  atomic_fetch_add(&calls, 1);
}

// r[0]: the cycle being made; r[1]: what is kept.
struct reader {
  struct wane_workload_run *run;
  struct wane_mutator *m;
  wane_ref *r;
  uint64_t random;
};

// The cycle `head` gets references in place of somebody else's.
static int publish(struct reader *w, wane_ref head, uint64_t number)
{
  struct place *p = &places[random_below(&w->random, option(w->run, PLACES))];
  bool calls_back = next_random(&w->random) % 4 == 0;
  pthread_mutex_lock(&p->lock);
  wane_weak_free(w->m, p->first);
  wane_weak_free(w->m, p->second);
  p->first = wane_weak_new(w->m, head, NULL, NULL);
  p->second = wane_weak_new(w->m, sealed_load(head, 0),
                            calls_back ? on_death : NULL, NULL);
  p->number = number;
  p->gone = false;
  bool made = p->first && p->second;
  pthread_mutex_unlock(&p->lock);
  if (calls_back) atomic_fetch_add(&callbacks, 1);
  return made ? 0 : ENOMEM;
}

// NULL, or what is wrong with what a place gives.
static const char *fault(struct reader *w, struct place *p, wane_ref a,
                         wane_ref b)
{
  uint64_t n = option(w->run, NODES);
  if (!a && b) return "a part of a dead cycle";
  if (a && p->gone) return "what was gone";
  p->gone = !a;
  if (a && !sealed_ring_is(a, n, p->number)) return "a cycle that is not whole";
  if (b && !sealed_is(b, p->number + (n > 1)))
    return "an object that is not whole";
  return NULL;
}

static int look(struct reader *w)
{
  struct place *p = &places[random_below(&w->random, option(w->run, PLACES))];
  const char *what = NULL;
  wane_ref a = NULL, b = NULL;
  pthread_mutex_lock(&p->lock);
  if (p->first && p->second) {
    a = wane_weak_get(w->m, p->first);
    b = wane_weak_get(w->m, p->second);
    what = fault(w, p, a, b);
  }
  pthread_mutex_unlock(&p->lock);
  if (what)
    return crew_fail(w->run, "weak_storm: a weak reference gives %s", what);
  atomic_fetch_add(&asked, 1);
  if (!a) return 0;
  atomic_fetch_add(&found, 1);
  uint64_t at = random_below(&w->random, 8 * option(w->run, KEEP));
  if (at < option(w->run, KEEP))
    wane_store(w->m, w->r[1], &array_slots(w->r[1])[at], a);
  return 0;
}

static int storm(struct reader *w, uint32_t index)
{
  struct crew_share *share = &crew_of(w->run)->share[index];
  uint64_t n = option(w->run, CYCLES), nodes = option(w->run, NODES);
  for (uint64_t i = 0; i < n; i++) {
    uint64_t first = (index * n + i) * nodes;
    wane_ref head = sealed_ring(w->m, node_type, nodes, first, w->r);
    if (!head) return ENOMEM;
    share->built += sealed_sum(first, nodes);
    int result = publish(w, head, first);
    w->r[0] = NULL;
    if (result) return result;
    if (!sealed_ring_is(head, nodes, first)) // until the next safepoint
      return crew_fail(w->run, "weak_storm: a new cycle is not whole");
    share->seen += sealed_sum(first, nodes);
    uint64_t start = now_ns();
    for (uint64_t k = 0; k < option(w->run, READS); k++) {
      result = look(w);
      if (result) return result;
      wane_safepoint(w->m);
      uint64_t end = now_ns();
      crew_request(w->run, share, start, end);
      start = end;
    }
    if (index == 0 && i % 256 == 0)
      w->run->progress(w->run, (double)i / (double)n);
  }
  return 0;
}

static int body(struct wane_workload_run *run, struct wane_mutator *m,
                uint32_t index)
{
  WANE_ROOTS(m, r, 2);
  struct reader reader = {
      .run = run, .m = m, .r = r, .random = run->seed + index};
  r[1] = wane_alloc_array(m, table_type, (uint32_t)option(run, KEEP), 0);
  return crew_end(run, r[1] ? storm(&reader, index) : ENOMEM);
}

static int prepare(struct wane_workload_run *run)
{
  places = calloc(option(run, PLACES), sizeof *places);
  for (uint64_t i = 0; places && i < option(run, PLACES); i++)
    pthread_mutex_init(&places[i].lock, NULL);
  if (places) return crew_prepare(run);
  run->fail(run, "weak_storm: no memory for %" PRIu64 " places",
            option(run, PLACES));
  return ENOMEM;
}

static void dispose(struct wane_workload_run *run)
{
  for (uint64_t i = 0; places && i < option(run, PLACES); i++)
    pthread_mutex_destroy(&places[i].lock);
  free(places);
  places = NULL;
  crew_dispose(run);
}

static int setup(struct wane_workload_run *run, struct wane_mutator *m)
{
  const struct wane_type_spec spec = {.name = "observed", .weakable = true};
  (void)m;
  crew_begin(run);
  found = asked = calls = callbacks = 0;
  int result = sealed_array_type(run, &table_type);
  return result ? result : sealed_type(run, &spec, 1, 0, &node_type);
}

// Nothing holds the cycles any more.
static int check_gone(struct wane_workload_run *run, struct wane_mutator *m)
{
  wane_collect(m);
  for (uint64_t i = 0; i < option(run, PLACES); i++) {
    struct place *p = &places[i];
    if (p->first && wane_weak_get(m, p->first))
      return crew_fail(run,
                       "weak_storm: object %" PRIu64
                       " is still there after a collection",
                       p->number);
  }
  return 0;
}

static int check(struct wane_workload_run *run, struct wane_mutator *m)
{
  int result = run->complete && crew_counts_right() ? check_gone(run, m) : 0;
  if (result) return result;
  wane_finalizers_wait(m);
  if (calls > callbacks)
    return crew_fail(run,
                     "weak_storm: %" PRIu64 " calls of %" PRIu64 " callbacks",
                     calls, callbacks);
  run->note(run,
            "%" PRIu64 " of %" PRIu64 " reads found something, %" PRIu64
            " of %" PRIu64 " callbacks were called",
            found, asked, calls, callbacks);
  return crew_check(run);
}

static int finish(struct wane_workload_run *run, struct wane_mutator *m)
{
  for (uint64_t i = 0; i < option(run, PLACES); i++) {
    wane_weak_free(m, places[i].first);
    wane_weak_free(m, places[i].second);
    places[i].first = places[i].second = NULL;
  }
  return 0;
}

WANE_WORKLOAD_EXPORT = {
    .size = sizeof(struct wane_workload),
    .abi = WANE_WORKLOAD_ABI,
    .name = "weak_storm",
    .help = "weak references to dying cycles, read all the time",
    .options = options,
    .n_options = N_OPTIONS,
    .prepare = prepare,
    .setup = setup,
    .body = body,
    .check = check,
    .finish = finish,
    .dispose = dispose,
};
