// small_world.c: a program that uses all of the runtime.
// SPDX-License-Identifier: MIT
//
// It survives being refused memory, and allocates nothing itself, so that all
// that fails is the runtime's. Nodes carry a number; what a thread was given is
// noted in an array on its stack and compared in the end with what the heap
// holds.

#include "small_world.h"

#include <wane/collector.h>
#include <wane/wane.h>

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct node {
  struct wane_object header;
  struct wane_slot left, right;
  uint64_t id;
};

static struct {
  const struct wane_type *node, *special, *array;
  struct wane_handle *shared;
  struct wane_weak *weak[2];
  struct wane_ephemeron *ephemeron;
  _Atomic unsigned finalized, called;
  _Atomic bool wrong;
} w;

__attribute__((format(printf, 1, 2))) static void wrong(const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  fputs("small_world: ", stderr);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  va_end(arguments);
  w.wrong = true;
}

static struct node *as_node(wane_ref o)
{
  return (struct node *)(void *)o;
}

static struct wane_slot *left(wane_ref o)
{
  return &as_node(o)->left;
}

static struct wane_slot *element(wane_ref array, uint32_t i)
{
  char *slots = (char *)array + sizeof(struct wane_array);
  return (struct wane_slot *)(void *)slots + i;
}

// --- types -------------------------------------------------------------------

static void on_finalize(struct wane_mutator *m, wane_ref o)
{
  WANE_ROOTS(m, r, 1);
  if (as_node(o)->id != 77) wrong("a finalizer got object %d", 77);
  r[0] = wane_alloc(m, w.node);
  w.finalized++;
}

static void on_clear(struct wane_mutator *m, struct wane_weak *cell,
                     void *context)
{
  (void)m;
  (void)cell;
  if (context != &w) wrong("a callback got another context");
  w.called++;
}

// False: no memory.
static bool register_types(const struct wane_collector *collector)
{
  static const uint32_t offsets[] = {offsetof(struct node, left),
                                     offsetof(struct node, right)};
  struct wane_type_spec node = {.name = "node",
                                .size = sizeof(struct node),
                                .n_refs = 2,
                                .ref_offsets = offsets};
  struct wane_type_spec special = node, array = {.name = "array"};
  special.name = "special";
  special.weakable = true;
  special.finalize = on_finalize;
  array.size = sizeof(struct wane_array);
  array.array_offset = sizeof(struct wane_array);
  w.special = NULL;
  int status = wane_type_register(&node, &w.node);
  if (!status) status = wane_type_register(&array, &w.array);
  if (!status && collector->claims & WANE_CLAIM_WEAK)
    status = wane_type_register(&special, &w.special);
  if (status && status != -ENOMEM) wrong("wane_type_register: %d", status);
  return !status;
}

// --- what threads do ---------------------------------------------------------

#define KEPT 24

static wane_ref new_node(struct wane_mutator *m, uint64_t id)
{
  wane_ref o = wane_alloc(m, w.node);
  if (o) as_node(o)->id = id;
  return o;
}

// Rings of two, kept or dropped; every third is handed on by the handle.
static void rings(struct wane_mutator *m, wane_ref *kept, uint64_t *ids,
                  uint64_t base)
{
  WANE_ROOTS(m, r, 2);
  for (uint64_t i = 0; i < 100; i++) {
    r[0] = new_node(m, base + 2 * i);
    r[1] = r[0] ? new_node(m, base + 2 * i + 1) : NULL;
    if (!r[1]) continue;
    wane_init(m, r[0], left(r[0]), r[1]);
    wane_store(m, r[1], left(r[1]), r[0]);
    if (w.shared && i % 3 == 0) {
      wane_ref other = wane_handle_get(w.shared);
      if (other) wane_store(m, r[0], &as_node(r[0])->right, other);
      wane_handle_set(m, w.shared, i % 12 ? r[0] : NULL);
    }
    kept[i % KEPT] = r[0];
    ids[i % KEPT] = base + 2 * i;
    if (i == 50) wane_collect(m);
  }
}

static void arrays(struct wane_mutator *m, uint64_t base)
{
  WANE_ROOTS(m, r, 2);
  r[0] = wane_alloc_array(m, w.array, 9000, 0); // a large object
  if (!r[0]) return;
  for (uint32_t i = 0; i < 9000; i += 100) {
    r[1] = new_node(m, base + i);
    if (r[1]) wane_init(m, r[0], element(r[0], i), r[1]);
  }
  wane_array_clear(m, r[0], element(r[0], 0), 1); // moved into: NULL before
  wane_array_move(m, r[0], element(r[0], 0), element(r[0], 100), 900);
  wane_collect(m);
  for (uint32_t i = 1000; i < 9000; i += 100) {
    wane_ref o = wane_load(element(r[0], i));
    if (o && as_node(o)->id != base + i) wrong("an element is another's");
  }
}

static void use(struct wane_mutator *m, uint64_t base)
{
  WANE_ROOTS(m, kept, KEPT);
  uint64_t ids[KEPT] = {0};
  rings(m, kept, ids, base);
  arrays(m, base + 1000000);
  wane_collect(m);
  for (int i = 0; i < KEPT; i++) {
    if (!kept[i]) continue;
    wane_ref other = wane_load(left(kept[i]));
    if (as_node(kept[i])->id != ids[i] || !other ||
        as_node(other)->id != ids[i] + 1 || wane_load(left(other)) != kept[i])
      wrong("a ring that is held is not what it was");
  }
}

static void *thread_main(void *argument)
{
  uint64_t base = (uint64_t)(uintptr_t)argument * 10000000;
  struct wane_mutator *m = wane_thread_start("helper");
  if (!m) return NULL;
  use(m, base);
  wane_thread_exit(m);
  return NULL;
}

// Cells that were refused are NULL.
static void special_objects(struct wane_mutator *m)
{
  WANE_ROOTS(m, r, 2);
  r[0] = wane_alloc(m, w.special);
  if (!r[0]) return;
  as_node(r[0])->id = 77;
  w.weak[0] = wane_weak_new(m, r[0], on_clear, &w);
  w.weak[1] = wane_weak_new(m, r[0], NULL, NULL);
  r[1] = new_node(m, 5);
  w.ephemeron = r[1] ? wane_ephemeron_new(m, r[0], r[1]) : NULL;
  r[1] = NULL;
  wane_collect(m);
  for (int i = 0; i < 2; i++)
    if (w.weak[i] && wane_weak_get(m, w.weak[i]) != r[0])
      wrong("a weak reference to what is held is cleared");
  wane_ref value = w.ephemeron ? wane_ephemeron_get(m, w.ephemeron) : NULL;
  if (w.ephemeron && (!value || as_node(value)->id != 5))
    wrong("the value of a key that is held is gone");
}

static void free_cells(struct wane_mutator *m)
{
  for (int i = 0; i < 2; i++) wane_weak_free(m, w.weak[i]);
  wane_ephemeron_free(m, w.ephemeron);
  w.weak[0] = w.weak[1] = NULL;
  w.ephemeron = NULL;
}

static void use_threads(struct wane_mutator *m)
{
  pthread_t threads[2];
  bool started[2];
  for (uintptr_t i = 0; i < 2; i++)
    started[i] =
        !pthread_create(&threads[i], NULL, thread_main, (void *)(i + 1));
  use(m, 0);
  wane_detach(m);
  for (int i = 0; i < 2; i++)
    if (started[i]) pthread_join(threads[i], NULL);
  wane_attach(m);
}

static void count_one(wane_ref object, size_t cell_bytes, void *context)
{
  (void)object;
  (void)cell_bytes;
  ++*(uint64_t *)context;
}

// --- the end -----------------------------------------------------------------

// All that was dropped is gone, but for what an empty log has made immortal.
static void nothing_left(struct wane_mutator *m,
                         const struct wane_collector *collector)
{
  struct wane_stats stats;
  wane_collect(m);
  wane_finalizers_wait(m);
  wane_collect(m);
  wane_stats_read(&stats);
  if (collector->claims & WANE_CLAIM_COMPLETE && stats.live_objects &&
      !stats.mutators.stuck)
    wrong("%llu objects are left", (unsigned long long)stats.live_objects);
  wane_detach(m);
  uint64_t walked = 0;
  wane_heap_walk(count_one, &walked);
  wane_attach(m);
  if (collector->claims & WANE_CLAIM_COMPLETE && walked &&
      !stats.mutators.stuck)
    wrong("%llu objects are in the heap", (unsigned long long)walked);
}

static enum small_world live(const struct wane_collector *collector)
{
  struct wane_mutator *m = wane_thread_start("main");
  if (!m) return SMALL_NO_THREAD;
  enum small_world outcome = SMALL_NO_TYPE;
  if (register_types(collector)) {
    w.shared = wane_handle_new(m, NULL);
    use_threads(m);
    if (w.special) special_objects(m);
    wane_collect(m);
    if (w.special) {
      wane_finalizers_wait(m);
      wane_collect(m);
      free_cells(m);
    }
    if (w.shared) wane_handle_free(m, w.shared);
    nothing_left(m, collector);
    outcome = SMALL_DONE;
  }
  wane_thread_exit(m);
  return outcome;
}

enum small_world small_world(const char *name)
{
  char error[256] = "";
  memset(&w, 0, sizeof w);
  const struct wane_collector *collector =
      wane_collector_open(name, error, sizeof error);
  if (!collector) {
    if (!*error) wrong("no sentence says why the plugin was refused");
    return w.wrong ? SMALL_WRONG : SMALL_NO_PLUGIN;
  }
  struct wane_config config = {.collector = collector,
                               .workers = 2,
                               .young_bytes = 64 << 10,
                               .event_ring = 64,
                               .log_chunk = 64,
                               .verify = 8,
                               .heap_limit = 64 << 20};
  int status = wane_start(&config, error, sizeof error);
  if (status) {
    if (status != -ENOMEM && status != -EAGAIN)
      wrong("wane_start gave %d (%s)", status, error);
    if (!*error) wrong("no sentence says why the start was refused");
    return w.wrong ? SMALL_WRONG : SMALL_NO_START;
  }
  enum small_world outcome = live(collector);
  wane_stop();
  return w.wrong ? SMALL_WRONG : outcome;
}
