// finalizers.c: finalizers that save, allocate, block and tear apart.
// SPDX-License-Identifier: MIT
//
// Each mutator makes small cycles whose objects all have finalizers, and lets
// them go. A finalizer finds its object and all that this reaches whole (some
// object of the cycle may be finalized already, none is freed), and then does
// one of these, by the object's number: it saves itself, or another object of
// the cycle; takes its own object out of the cycle; allocates; makes weak
// references to what is dying; blocks for a while; takes a lock that a parked
// mutator holds; asks for a collection. What was saved is dropped later.
//
// With a collector that frees all garbage each finalizer must have run exactly
// once when all is over. A request is the making of a cycle.

#include "crew.h"
#include "sealed.h"

#include <stdlib.h>

enum { CYCLES, NODES, PARK, N_OPTIONS };
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
               .help = "objects of a cycle; 1: none, an object by itself",
               .min = 1,
               .max = 1 << 20},
    [PARK] = {.name = "park",
              .type = WANE_OPTION_INT,
              .value = "1k",
              .help = "cycles from one time a mutator parks to the next",
              .min = 1,
              .max = 0x1p40},
};
enum { NEXT, OTHER };             // slots; OTHER is NULL until somebody tears
enum { SAVED = 64, LITTER = 50 }; // places; garbage of one finalizer
enum { BLOCKS = 512 };            // of so many finalizers one blocks
static const struct timespec a_while = {.tv_nsec = 200000};

static const struct wane_type *node_type, *plain_type, *table_type;
static struct wane_handle *saved; // an array of SAVED objects
static pthread_mutex_t app_lock = PTHREAD_MUTEX_INITIALIZER;
static struct wane_workload_run *the_run;
static _Atomic uint64_t finalized, finalized_sum;

static uint64_t option(const struct wane_workload_run *run, int i)
{
  return (uint64_t)run->options[i].integer;
}

// --- finalizers: on their own thread ---------------------------------------

// Is it whole, and all that it reaches by NEXT? A cycle may have been torn.
static bool neighbours_whole(wane_ref o)
{
  wane_ref at = o;
  for (uint64_t i = 0; i <= option(the_run, NODES); i++) {
    if (!sealed_whole(at)) return false;
    wane_ref other = sealed_load(at, OTHER);
    if (other && !sealed_whole(other)) return false;
    at = sealed_load(at, NEXT);
    if (!at || at == o) return true;
  }
  return true;
}

static void save(struct wane_mutator *m, wane_ref o, wane_ref what)
{
  wane_ref table = wane_handle_get(saved);
  uint64_t at = sealed(o)->number % SAVED;
  wane_store(m, table, &array_slots(table)[at], what);
}

static void tear(struct wane_mutator *m, wane_ref o)
{
  wane_ref next = sealed_load(o, NEXT);
  if (!next) return;
  sealed_store(m, o, NEXT, NULL);
  sealed_store(m, next, OTHER, o);
}

static void allocate(struct wane_mutator *m, wane_ref o)
{
  WANE_ROOTS(m, r, 2);
  r[0] = o;
  for (int i = 0; i < LITTER; i++)
    if (!sealed_ring(m, plain_type, 2, 0, &r[1])) return;
  if (!sealed_whole(r[0]))
    crew_fail(the_run, "finalizers: an object was freed "
                       "while it was finalized");
}

static void observe(struct wane_mutator *m, wane_ref o)
{
  struct wane_weak *weak = wane_weak_new(m, o, NULL, NULL);
  if (!weak) return;
  if (wane_weak_get(m, weak) != o)
    crew_fail(the_run, "finalizers: a weak reference made in a finalizer does "
                       "not give its object");
  wane_weak_free(m, weak);
}

static void block(struct wane_mutator *m, wane_ref o, bool lock)
{
  WANE_ROOTS(m, r, 1);
  r[0] = o;
  wane_detach(m);
  if (lock) {
    pthread_mutex_lock(&app_lock); // a parked mutator may have it
    pthread_mutex_unlock(&app_lock);
  } else {
    nanosleep(&a_while, NULL);
  }
  wane_attach(m);
  if (!sealed_whole(r[0]))
    crew_fail(the_run, "finalizers: an object was freed "
                       "while its finalizer blocked");
}

static void act(struct wane_mutator *m, wane_ref o)
{
  uint64_t what = mix_bits(sealed(o)->number);
  wane_ref next = sealed_load(o, NEXT);
  switch (what % 8) {
  case 0:
    save(m, o, o);
    break;
  case 1:
    save(m, o, next);
    break;
  case 2:
    tear(m, o);
    break;
  case 3:
    allocate(m, o);
    break;
  case 4:
    observe(m, o);
    break;
  case 5:
    if (what / 8 % BLOCKS < 2) block(m, o, what / 8 % BLOCKS);
    break;
  default:
    break;
  }
}

static void finalize(struct wane_mutator *m, wane_ref o)
{
  if (!the_run) return; // what an earlier iteration left
  if (!neighbours_whole(o))
    crew_fail(the_run, "finalizers: an object, or what it refers to, is not "
                       "whole when it is finalized");
  else if (sealed(o)->aux++)
    crew_fail(the_run, "finalizers: object %" PRIu64 " was finalized twice",
              sealed(o)->number);
  atomic_fetch_add(&finalized, 1);
  atomic_fetch_add(&finalized_sum, sealed(o)->number);
  if (!crew_stopped(the_run)) act(m, o);
}

// --- mutators --------------------------------------------------------------

// Has the lock while it is detached; finalizers wait for it.
static void park(struct wane_mutator *m)
{
  wane_detach(m);
  pthread_mutex_lock(&app_lock);
  nanosleep(&a_while, NULL);
  pthread_mutex_unlock(&app_lock);
  wane_attach(m);
}

// One object by itself, or a cycle.
static bool make(struct wane_workload_run *run, struct wane_mutator *m,
                 wane_ref *r, uint64_t first)
{
  uint64_t n = option(run, NODES);
  if (n > 1) return sealed_ring(m, node_type, n, first, r);
  r[0] = sealed_new(m, node_type, first);
  return r[0];
}

static int body(struct wane_workload_run *run, struct wane_mutator *m,
                uint32_t index)
{
  struct crew_share *share = &crew_of(run)->share[index];
  uint64_t n = option(run, CYCLES), nodes = option(run, NODES);
  uint64_t random = run->seed + index, start = now_ns();
  WANE_ROOTS(m, r, 2);
  r[1] = wane_handle_get(saved);
  for (uint64_t i = 0; i < n; i++) {
    uint64_t first = (index * n + i) * nodes;
    if (crew_stopped(run)) return crew_stopped(run);
    if (!make(run, m, r, first)) return crew_end(run, ENOMEM);
    share->built += sealed_sum(first, nodes);
    // What somebody saved goes.
    uint64_t at = random_below(&random, SAVED);
    wane_ref old = wane_exchange(m, r[1], &array_slots(r[1])[at], NULL);
    if (old && !sealed_whole(old))
      return crew_fail(run, "finalizers: what was saved is not whole");
    if (i % option(run, PARK) == 0) park(m);
    uint64_t end = now_ns();
    crew_request(run, share, start, end);
    start = end;
    if (index == 0 && i % 256 == 0) run->progress(run, (double)i / (double)n);
  }
  return 0;
}

static int setup(struct wane_workload_run *run, struct wane_mutator *m)
{
  const struct wane_type_spec spec = {
      .name = "mortal", .weakable = true, .finalize = finalize};
  const struct wane_type_spec plain = {.name = "litter"};
  crew_begin(run);
  finalized = finalized_sum = 0;
  int result = sealed_array_type(run, &table_type);
  if (!result) result = sealed_type(run, &plain, 1, 0, &plain_type);
  if (!result) result = sealed_type(run, &spec, 2, 0, &node_type);
  if (result) return result;
  the_run = run;
  wane_ref o = wane_alloc_array(m, table_type, SAVED, 0);
  saved = o ? wane_handle_new(m, o) : NULL;
  return saved ? 0 : ENOMEM;
}

// Drops what was saved and collects, until a turn finalizes nothing new.
static void settle(struct wane_mutator *m)
{
  uint64_t before;
  do {
    before = finalized;
    for (uint32_t i = 0; i < SAVED; i++) {
      wane_ref table = wane_handle_get(saved);
      wane_store(m, table, &array_slots(table)[i], NULL);
    }
    wane_collect(m);
    wane_finalizers_wait(m);
  } while (finalized != before);
}

static int check(struct wane_workload_run *run, struct wane_mutator *m)
{
  struct crew *crew = crew_of(run);
  uint64_t n = option(run, CYCLES) * option(run, NODES) * run->mutators;
  bool all = run->complete || (run->reclaims && option(run, NODES) == 1);
  uint64_t sum = 0;
  settle(m);
  all = all && crew_counts_right();
  if (crew_stopped(run)) return crew_stopped(run);
  for (uint32_t i = 0; i < crew->n; i++) sum += crew->share[i].built;
  if (finalized > n || (all && finalized != n))
    return crew_fail(
        run, "finalizers: %" PRIu64 " of %" PRIu64 " finalizers have run",
        finalized, n);
  run->note(run, "%" PRIu64 " of %" PRIu64 " finalizers have run", finalized,
            n);
  crew->share[0].seen = all ? finalized_sum : sum;
  return crew_check(run);
}

static int finish(struct wane_workload_run *run, struct wane_mutator *m)
{
  (void)run;
  wane_finalizers_wait(m);
  if (saved) wane_handle_free(m, saved);
  saved = NULL;
  return 0;
}

static void dispose(struct wane_workload_run *run)
{
  the_run = NULL;
  crew_dispose(run);
}

WANE_WORKLOAD_EXPORT = {
    .size = sizeof(struct wane_workload),
    .abi = WANE_WORKLOAD_ABI,
    .name = "finalizers",
    .help = "finalizers that save, allocate, block and tear apart",
    .options = options,
    .n_options = N_OPTIONS,
    .prepare = crew_prepare,
    .setup = setup,
    .body = body,
    .check = check,
    .finish = finish,
    .dispose = dispose,
};
