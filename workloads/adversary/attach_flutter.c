// attach_flutter.c: threads detach and attach all the time, rounds run.
// SPDX-License-Identifier: MIT
//
// A thread of the workload's, which is no mutator, asks for one collection
// after another. The mutators come and go meanwhile, each with an object that
// nothing but its roots holds while it is away. A request is the time to
// attach: a thread that a round has claimed, or a stopped world keeps out,
// must get in again although the next round begins at once (CPython
// gh-151518). The longest of them is the number to look at.

#include "crew.h"
#include "sealed.h"

enum { TURNS, N_OPTIONS };
static const struct wane_option options[N_OPTIONS] = {
    [TURNS] = {.name = "turns",
               .type = WANE_OPTION_INT,
               .value = "4m",
               .help = "times each mutator detaches",
               .min = 1,
               .max = 0x1p40},
};

static const struct wane_type *node_type;
static pthread_t collector;
static _Atomic bool over;
static _Atomic uint32_t busy; // bodies that run

static void *collect_all_the_time(void *argument)
{
  (void)argument;
  while (!atomic_load(&over)) wane_collect_foreign();
  return NULL;
}

static int flutter(struct wane_workload_run *run, struct wane_mutator *m,
                   uint32_t index)
{
  struct crew_share *share = &crew_of(run)->share[index];
  uint64_t n = (uint64_t)run->options[TURNS].integer;
  WANE_ROOTS(m, r, 1);
  for (uint64_t i = 0; i < n; i++) {
    uint64_t number = index * n + i;
    r[0] = sealed_new(m, node_type, number);
    if (!r[0]) return ENOMEM;
    sealed_store(m, r[0], 0, r[0]);
    share->built += number;
    wane_detach(m);
    uint64_t start = now_ns();
    wane_attach(m);
    crew_request(run, share, start, now_ns());
    if (!sealed_is(r[0], number) || sealed_load(r[0], 0) != r[0])
      return crew_fail(run,
                       "attach_flutter: object %" PRIu64
                       " of a detached thread is not whole",
                       number);
    share->seen += number;
    if (index == 0 && i % 1024 == 0) run->progress(run, (double)i / (double)n);
  }
  return 0;
}

// The first body starts the collections and the last one ends them.
static int body(struct wane_workload_run *run, struct wane_mutator *m,
                uint32_t index)
{
  if (index == 0 &&
      pthread_create(&collector, NULL, collect_all_the_time, NULL))
    return crew_fail(run, "attach_flutter: a thread could not be created");
  int result = crew_end(run, flutter(run, m, index));
  if (atomic_fetch_sub(&busy, 1) == 1) atomic_store(&over, true);
  if (index != 0) return result;
  wane_detach(m);
  pthread_join(collector, NULL);
  wane_attach(m);
  return result;
}

static int setup(struct wane_workload_run *run, struct wane_mutator *m)
{
  const struct wane_type_spec spec = {.name = "flutter"};
  (void)m;
  crew_begin(run);
  atomic_store(&over, false);
  atomic_store(&busy, run->mutators);
  return sealed_type(run, &spec, 1, 0, &node_type);
}

static int check(struct wane_workload_run *run, struct wane_mutator *m)
{
  (void)m;
  return crew_check(run);
}

WANE_WORKLOAD_EXPORT = {
    .size = sizeof(struct wane_workload),
    .abi = WANE_WORKLOAD_ABI,
    .name = "attach_flutter",
    .help = "threads detach and attach all the time, rounds run",
    .options = options,
    .n_options = N_OPTIONS,
    .prepare = crew_prepare,
    .setup = setup,
    .body = body,
    .check = check,
    .dispose = crew_dispose,
};
