// futile_scans.c: a large live graph is made a candidate again and again.
// SPDX-License-Identifier: MIT
//
// A graph of cycles stays alive, whole, to the end. The mutators go about in
// it, each with a reference in an object of its own, so that counts in the
// graph go up and down at random, and store references into its objects and
// take them out again: everything that makes a collector suspect an object,
// and look at all that it reaches, for nothing. Some garbage is made on the
// way, so that there is something to find. cycle.traversed says what was
// looked at, a request is a step.

#include "crew.h"
#include "sealed.h"

enum { NODES, STEPS, GARBAGE, N_OPTIONS };
static const struct wane_option options[N_OPTIONS] = {
    [NODES] = {.name = "nodes",
               .type = WANE_OPTION_INT,
               .value = "256k",
               .help = "objects of the graph",
               .min = 16,
               .max = 1 << 30},
    [STEPS] = {.name = "steps",
               .type = WANE_OPTION_INT,
               .value = "2m",
               .help = "steps of each mutator in it",
               .min = 1,
               .max = 0x1p40},
    [GARBAGE] = {.name = "garbage",
                 .type = WANE_OPTION_INT,
                 .value = "8",
                 .help = "steps to each garbage cycle of three",
                 .min = 1,
                 .max = 0x1p40},
};
enum { NEXT, CHORD, TOUCHED }; // slots; the first two stay as they are

static const struct wane_type *node_type, *table_type;

static uint64_t option(const struct wane_workload_run *run, int i)
{
  return (uint64_t)run->options[i].integer;
}

// r[0]: the graph's array; r[1]: the object with the reference; r[2]: garbage.
static int step(struct wane_workload_run *run, struct wane_mutator *m,
                wane_ref *r, uint64_t i, uint64_t *random, uint64_t *number)
{
  wane_ref at = sealed_load(r[1], 0);
  if (!sealed_is(at, *number))
    return crew_fail(run, "futile_scans: object %" PRIu64 " is not whole",
                     *number);
  wane_ref next = sealed_load(at, next_random(random) & 1 ? NEXT : CHORD);
  if (!sealed_whole(next))
    return crew_fail(run,
                     "futile_scans: what object %" PRIu64 " refers to is "
                     "not whole",
                     *number);
  sealed_store(m, r[1], 0, next);
  *number = sealed(next)->number;
  sealed_store(m, next, TOUCHED, i & 1 ? at : NULL);
  if (i % option(run, GARBAGE)) {
    wane_safepoint(m);
    return 0;
  }
  bool made = sealed_ring(m, node_type, 3, 0, &r[2]);
  r[2] = NULL;
  return made ? 0 : ENOMEM;
}

static int steps(struct wane_workload_run *run, struct wane_mutator *m,
                 wane_ref *r, uint32_t index)
{
  struct crew_share *share = &crew_of(run)->share[index];
  uint64_t n = option(run, STEPS), random = run->seed + index;
  uint64_t number = random_below(&random, option(run, NODES));
  sealed_store(m, r[1], 0, wane_load(&array_slots(r[0])[number]));
  uint64_t start = now_ns();
  for (uint64_t i = 0; i < n; i++) {
    int result = step(run, m, r, i, &random, &number);
    if (result) return result;
    share->built += number;
    share->seen += number;
    uint64_t end = now_ns();
    crew_request(run, share, start, end);
    start = end;
    if (index == 0 && i % 4096 == 0) run->progress(run, (double)i / (double)n);
  }
  return 0;
}

static int body(struct wane_workload_run *run, struct wane_mutator *m,
                uint32_t index)
{
  WANE_ROOTS(m, r, 3);
  r[0] = crew_array(run);
  r[1] = sealed_new(m, node_type, UINT64_MAX);
  return crew_end(run, r[1] ? steps(run, m, r, index) : ENOMEM);
}

// A ring of all with a chord from each object to a random one.
static int build(struct wane_workload_run *run, struct wane_mutator *m)
{
  uint64_t n = option(run, NODES), random = run->seed;
  WANE_ROOTS(m, r, 1);
  r[0] = crew_array(run);
  for (uint64_t i = 0; i < n; i++) {
    wane_ref o = sealed_new(m, node_type, i);
    if (!o) return ENOMEM;
    wane_store(m, r[0], &array_slots(r[0])[i], o);
  }
  for (uint64_t i = 0; i < n; i++) {
    struct wane_slot *slots = array_slots(r[0]);
    wane_ref o = wane_load(&slots[i]);
    sealed_store(m, o, NEXT, wane_load(&slots[(i + 1) % n]));
    sealed_store(m, o, CHORD, wane_load(&slots[random_below(&random, n)]));
    wane_safepoint(m);
  }
  return 0;
}

static int setup(struct wane_workload_run *run, struct wane_mutator *m)
{
  const struct wane_type_spec spec = {.name = "suspect"};
  crew_begin(run);
  int result = sealed_array_type(run, &table_type);
  if (!result) result = sealed_type(run, &spec, 3, 0, &node_type);
  if (!result) result = crew_array_new(run, m, table_type, option(run, NODES));
  return result ? result : build(run, m);
}

// The graph is all there.
static int check(struct wane_workload_run *run, struct wane_mutator *m)
{
  uint64_t n = option(run, NODES);
  WANE_ROOTS(m, r, 1);
  r[0] = crew_array(run);
  for (uint64_t i = 0; i < n; i++) {
    wane_ref o = wane_load(&array_slots(r[0])[i]);
    if (!sealed_is(o, i) || !sealed_is(sealed_load(o, NEXT), (i + 1) % n) ||
        !sealed_whole(sealed_load(o, CHORD)))
      return crew_fail(
          run, "futile_scans: object %" PRIu64 " of the graph is not whole", i);
    wane_safepoint(m);
  }
  return crew_check(run);
}

WANE_WORKLOAD_EXPORT = {
    .size = sizeof(struct wane_workload),
    .abi = WANE_WORKLOAD_ABI,
    .name = "futile_scans",
    .help = "a large live graph, suspected again and again",
    .options = options,
    .n_options = N_OPTIONS,
    .prepare = crew_prepare,
    .setup = setup,
    .body = body,
    .check = check,
    .finish = crew_finish,
    .dispose = crew_dispose,
};
