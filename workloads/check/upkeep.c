// upkeep.c: what a collector does unasked, and what it keeps for itself.
// SPDX-License-Identifier: MIT
//
// Three things that no verdict about an object can say:
//
// - Rings are made and dropped, up to `garbage` megabytes of them. Nobody asks
//   for a collection and memory does not run short. A collector that frees
//   cycles may let many of them pile up, but begins at some time.
// - A small heap is collected `collections` times. What the process has from
//   malloc must not grow meanwhile: neither the runtime nor a collector may
//   keep something of each collection.
// - When the runtime has stopped, no thread is left.
//
// One mutator.

#include <wane/workload.h>

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <pthread.h>
#include <time.h>

enum { GARBAGE, RING, COLLECTIONS, N_OPTIONS };
static const struct wane_option options[N_OPTIONS] = {
    [GARBAGE] = {.name = "garbage",
                 .type = WANE_OPTION_INT,
                 .value = "512",
                 .help = "megabytes of dead rings, at most",
                 .min = 0,
                 .max = 1 << 20},
    [RING] = {.name = "ring",
              .type = WANE_OPTION_INT,
              .value = "10",
              .help = "objects in each",
              .min = 1,
              .max = 1 << 20},
    [COLLECTIONS] = {.name = "collections",
                     .type = WANE_OPTION_INT,
                     .value = "600",
                     .help = "of a small heap",
                     .min = 0,
                     .max = 1 << 30},
};

#define MEGABYTE (UINT64_C(1) << 20)
#define NODE 32        // bytes of an object
#define LIVE 64        // of them in the small heap
#define WARM 3         // one collection in so many warms up
#define MAY_GROW 65536 // bytes; a table may have been made larger once
#define PATIENCE 200   // times 10 ms for threads to be gone

static uint64_t option(const struct wane_workload_run *run, int i)
{
  return (uint64_t)run->options[i].integer;
}

static const struct wane_type *node_type;

static struct wane_slot *next_of(wane_ref o)
{
  return (struct wane_slot *)(void *)(o + 1);
}

// r[0]: its first object; r[1]: its last.
static bool make_ring(struct wane_mutator *m, uint64_t n, wane_ref *r)
{
  r[0] = r[1] = wane_alloc(m, node_type);
  for (uint64_t i = 1; r[1] && i < n; i++) {
    wane_ref new = wane_alloc(m, node_type);
    if (!new) return false;
    wane_store(m, r[1], next_of(r[1]), new);
    r[1] = new;
  }
  if (!r[1]) return false;
  wane_store(m, r[1], next_of(r[1]), r[0]);
  return true;
}

// --- unasked -----------------------------------------------------------------

// Who is slow to begin gets more of it, up to `garbage`.
static bool make_garbage(struct wane_workload_run *run, struct wane_mutator *m,
                         wane_ref *r)
{
  uint64_t all = option(run, GARBAGE) * MEGABYTE, made = 0;
  struct wane_stats stats = {0};
  if (!run->complete) return true; // it would stay, and slow down the rest
  wane_stats_reset();
  for (uint64_t i = 0; made < all && !stats.freed_objects_cycle; i++) {
    if (!make_ring(m, option(run, RING), r)) return false;
    made += option(run, RING) * NODE;
    r[0] = r[1] = NULL;
    wane_safepoint(m);
    if (i % 1024 == 0) wane_stats_read(&stats);
  }
  wane_stats_read(&stats);
  if (all && !stats.freed_objects_cycle)
    run->fail(run,
              "upkeep: %" PRIu64 " MB of dead cycles were made and none was "
              "freed: nobody asked, and it did not collect",
              made / MEGABYTE);
  return true;
}

// --- its own memory ----------------------------------------------------------

static uint64_t own_bytes(void)
{
  struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

// A ring that stays, and one that was dropped, for each collection.
static bool collect_often(struct wane_workload_run *run,
                          struct wane_mutator *m, wane_ref *r)
{
  uint64_t n = option(run, COLLECTIONS), before = 0;
  if (!make_ring(m, LIVE, r)) return false;
  for (uint64_t i = 0; i < n; i++) {
    if (!make_ring(m, LIVE, r + 2)) return false;
    wane_store(m, r[0], next_of(r[0]) + 1, r[2]);
    wane_store(m, r[0], next_of(r[0]) + 1, NULL);
    r[2] = r[3] = NULL;
    wane_collect(m);
    if (i == n / WARM) before = own_bytes();
    if (i % 64 == 0) run->progress(run, (double)i / (double)n);
  }
  uint64_t after = own_bytes(), rest = n - n / WARM;
  if (before && after > before + MAY_GROW)
    run->fail(run,
              "upkeep: %" PRIu64 " collections of the same small heap have "
              "taken %" PRIu64 " bytes from malloc and not given them back",
              rest, after - before);
  return true;
}

// --- threads -----------------------------------------------------------------

static unsigned threads(void)
{
  unsigned n = 0;
  DIR *folder = opendir("/proc/self/task");
  if (!folder) return 0;
  for (struct dirent *entry; (entry = readdir(folder));)
    n += entry->d_name[0] != '.';
  closedir(folder);
  return n;
}

// Before the runtime starts. A sanitizer has one of its own, from the first
// that a program makes on.
static unsigned threads_before;

static void *nothing(void *context)
{
  return context;
}

static void count_before(void)
{
  const struct timespec moment = {0, 2000000};
  pthread_t first;
  if (!pthread_create(&first, NULL, nothing, NULL)) pthread_join(first, NULL);
  threads_before = threads();
  for (int i = 0; i < 5 && threads_before > 1; i++) { // it may be listed still
    nanosleep(&moment, NULL);
    unsigned now = threads();
    if (now < threads_before) threads_before = now;
  }
}

// The runtime has stopped. A thread that was joined may still be listed for a
// moment.
static void dispose(struct wane_workload_run *run)
{
  const struct timespec moment = {0, 10000000};
  unsigned left = threads();
  for (int i = 0; left > threads_before && i < PATIENCE; i++) {
    nanosleep(&moment, NULL);
    left = threads();
  }
  if (left > threads_before)
    run->fail(run, "upkeep: %u threads are left after the runtime has stopped",
              left - threads_before);
}

// -----------------------------------------------------------------------------

static int body(struct wane_workload_run *run, struct wane_mutator *m,
                uint32_t index)
{
  WANE_ROOTS(m, r, 4);
  (void)index;
  bool memory = make_garbage(run, m, r);
  r[0] = r[1] = NULL;
  wane_collect(m);
  if (memory) memory = collect_often(run, m, r);
  return memory ? 0 : ENOMEM;
}

static int prepare(struct wane_workload_run *run)
{
  run->mutators = 1;
  count_before();
  return 0;
}

static int setup(struct wane_workload_run *run, struct wane_mutator *m)
{
  static const uint32_t offsets[2] = {sizeof(struct wane_object),
                                      sizeof(struct wane_object) +
                                          sizeof(struct wane_slot)};
  const struct wane_type_spec spec = {
      .name = "node", .size = NODE, .n_refs = 2, .ref_offsets = offsets};
  (void)m;
  if (!wane_type_register(&spec, &node_type)) return 0;
  run->fail(run, "upkeep: its type could not be registered");
  return EINVAL;
}

WANE_WORKLOAD_EXPORT = {
    .size = sizeof(struct wane_workload),
    .abi = WANE_WORKLOAD_ABI,
    .name = "upkeep",
    .help = "what a collector does unasked, and what it keeps for itself",
    .options = options,
    .n_options = N_OPTIONS,
    .prepare = prepare,
    .setup = setup,
    .body = body,
    .dispose = dispose,
};
