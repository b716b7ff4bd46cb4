// blocked_owner.c: threads make objects and block; others drop them.
// SPDX-License-Identifier: MIT
//
// After CPython gh-157838: with biased counts, what a thread made is merged
// and freed by that thread, so what others drop piles up while it is blocked.
// Here each owner fills a table, blocks until the end, and its mutator takes
// the table apart; then comes the next owner. At any time one table per
// mutator is in use: more than some of them in memory means that the blocked
// owners' memory waits for them. That makes heap.used_peak the number to look
// at. Each owner keeps one object in a root, which must outlive everybody.

#include "crew.h"
#include "sealed.h"

#include <stdlib.h>

enum { OWNERS, BATCH, CYCLES, N_OPTIONS };
static const struct wane_option options[N_OPTIONS] = {
    [OWNERS] = {.name = "owners",
                .type = WANE_OPTION_INT,
                .value = "256",
                .help = "threads that make a table and block, per mutator",
                .min = 1,
                .max = 10000},
    [BATCH] = {.name = "batch",
               .type = WANE_OPTION_INT,
               .value = "8k",
               .help = "objects of 256 bytes in a table",
               .min = 1,
               .max = 1 << 24},
    [CYCLES] = {.name = "cycles",
                .type = WANE_OPTION_BOOL,
                .value = "no",
                .help = "each two of them refer to each other"},
};
enum { PAYLOAD = 256 - sizeof(struct sealed) - sizeof(struct wane_slot) };

static const struct wane_type *node_type, *table_type;

// The owners of one mutator. `made` and `over` are guarded by `lock`.
struct lane {
  struct wane_workload_run *run;
  struct wane_handle *table;
  pthread_mutex_t lock;
  pthread_cond_t changed;
  uint64_t made; // tables that are full
  bool over;
};

struct owner {
  struct lane *lane;
  uint64_t first; // number of its first object
  pthread_t thread;
  int result;
};

static uint64_t batch(const struct wane_workload_run *run)
{
  return (uint64_t)run->options[BATCH].integer;
}

// --- an owner --------------------------------------------------------------

static int fill(struct owner *owner, struct wane_mutator *m, wane_ref *kept)
{
  const struct wane_workload_run *run = owner->lane->run;
  bool cycles = run->options[CYCLES].boolean;
  WANE_ROOTS(m, table, 1);
  table[0] = wane_handle_get(owner->lane->table);
  for (uint64_t i = 0; i < batch(run); i++) {
    wane_ref o = sealed_new(m, node_type, owner->first + i);
    if (!o) return ENOMEM;
    if (cycles && i % 2) {
      wane_ref before = wane_load(&array_slots(table[0])[i - 1]);
      sealed_store(m, o, 0, before);
      sealed_store(m, before, 0, o);
    }
    wane_store(m, table[0], &array_slots(table[0])[i], o);
    kept[0] = o;
  }
  return 0;
}

// Says that the table is full, or never will be; blocks until all is over.
static void block(struct lane *lane, struct wane_mutator *m)
{
  if (m) wane_detach(m);
  pthread_mutex_lock(&lane->lock);
  lane->made++;
  pthread_cond_broadcast(&lane->changed);
  while (!lane->over) pthread_cond_wait(&lane->changed, &lane->lock);
  pthread_mutex_unlock(&lane->lock);
  if (m) wane_attach(m);
}

static void own(struct owner *owner, struct wane_mutator *m)
{
  struct wane_workload_run *run = owner->lane->run;
  WANE_ROOTS(m, kept, 1);
  owner->result = crew_end(run, fill(owner, m, kept));
  block(owner->lane, m);
  uint64_t last = owner->first + batch(run) - 1;
  if (!owner->result && !sealed_is(kept[0], last))
    owner->result = crew_fail(run,
                              "blocked_owner: object %" PRIu64
                              ", in a root of a blocked thread, is not whole",
                              last);
}

static void *owner_main(void *argument)
{
  struct owner *owner = argument;
  struct wane_mutator *m = wane_thread_start("owner");
  if (m) {
    own(owner, m);
    wane_thread_exit(m);
  } else {
    owner->result = crew_end(owner->lane->run, ENOMEM);
    block(owner->lane, NULL);
  }
  return NULL;
}

// --- a mutator -------------------------------------------------------------

static void await_table(struct lane *lane, struct wane_mutator *m, uint64_t n)
{
  wane_detach(m);
  pthread_mutex_lock(&lane->lock);
  while (lane->made < n) pthread_cond_wait(&lane->changed, &lane->lock);
  pthread_mutex_unlock(&lane->lock);
  wane_attach(m);
}

static void end_lane(struct lane *lane, struct wane_mutator *m,
                     struct owner *owners, uint64_t n)
{
  wane_detach(m);
  pthread_mutex_lock(&lane->lock);
  lane->over = true;
  pthread_cond_broadcast(&lane->changed);
  pthread_mutex_unlock(&lane->lock);
  for (uint64_t i = 0; i < n; i++) pthread_join(owners[i].thread, NULL);
  wane_attach(m);
}

// Takes a table apart, slot by slot.
static int drop(struct lane *lane, struct wane_mutator *m,
                struct crew_share *share, uint64_t first)
{
  WANE_ROOTS(m, table, 1);
  table[0] = wane_handle_get(lane->table);
  uint64_t start = now_ns();
  for (uint64_t i = 0; i < batch(lane->run); i++) {
    wane_ref o = wane_exchange(m, table[0], &array_slots(table[0])[i], NULL);
    if (!sealed_is(o, first + i))
      return crew_fail(lane->run,
                       "blocked_owner: object %" PRIu64 " is not whole",
                       first + i);
    share->seen += first + i;
    wane_safepoint(m);
    uint64_t end = now_ns();
    crew_request(lane->run, share, start, end);
    start = end;
  }
  return 0;
}

static int owners_in_turn(struct lane *lane, struct wane_mutator *m,
                          struct owner *owners, uint32_t index, uint64_t *n)
{
  struct wane_workload_run *run = lane->run;
  struct crew_share *share = &crew_of(run)->share[index];
  uint64_t all = (uint64_t)run->options[OWNERS].integer;
  for (uint64_t i = 0; i < all; i++) {
    uint64_t first = (index * all + i) * batch(run);
    owners[i] = (struct owner){.lane = lane, .first = first};
    if (pthread_create(&owners[i].thread, NULL, owner_main, &owners[i]))
      return crew_fail(
          run, "blocked_owner: thread %" PRIu64 " could not be created", i);
    *n = i + 1;
    await_table(lane, m, i + 1);
    if (crew_stopped(run)) return crew_stopped(run);
    share->built += sealed_sum(first, batch(run));
    int result = drop(lane, m, share, first);
    if (result) return result;
    if (index == 0) run->progress(run, (double)(i + 1) / (double)all);
  }
  return 0;
}

static int run_lane(struct lane *lane, struct wane_mutator *m,
                    struct owner *owners, uint32_t index)
{
  uint64_t n = 0;
  wane_ref table =
      wane_alloc_array(m, table_type, (uint32_t)batch(lane->run), 0);
  lane->table = table ? wane_handle_new(m, table) : NULL;
  if (!lane->table) return ENOMEM;
  int result = owners_in_turn(lane, m, owners, index, &n);
  end_lane(lane, m, owners, n);
  for (uint64_t i = 0; i < n && !result; i++) result = owners[i].result;
  wane_handle_free(m, lane->table);
  return result;
}

static int body(struct wane_workload_run *run, struct wane_mutator *m,
                uint32_t index)
{
  struct lane lane = {.run = run,
                      .lock = PTHREAD_MUTEX_INITIALIZER,
                      .changed = PTHREAD_COND_INITIALIZER};
  struct owner *owners =
      calloc((size_t)run->options[OWNERS].integer, sizeof *owners);
  int result = owners ? run_lane(&lane, m, owners, index) : ENOMEM;
  free(owners);
  return crew_end(run, result);
}

static int setup(struct wane_workload_run *run, struct wane_mutator *m)
{
  const struct wane_type_spec spec = {.name = "owned"};
  (void)m;
  crew_begin(run);
  int result = sealed_array_type(run, &table_type);
  return result ? result : sealed_type(run, &spec, 1, PAYLOAD, &node_type);
}

static int check(struct wane_workload_run *run, struct wane_mutator *m)
{
  (void)m;
  return crew_check(run);
}

WANE_WORKLOAD_EXPORT = {
    .size = sizeof(struct wane_workload),
    .abi = WANE_WORKLOAD_ABI,
    .name = "blocked_owner",
    .help = "threads make objects and block for long, others drop them",
    .options = options,
    .n_options = N_OPTIONS,
    .prepare = crew_prepare,
    .setup = setup,
    .body = body,
    .check = check,
    .dispose = crew_dispose,
};
