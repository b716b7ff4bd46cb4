// micro_allocs.c: making and losing an object, beside malloc and free.
// SPDX-License-Identifier: MIT
//
// One operation allocates an object of so many bytes, writes a word of it and
// loses it. What the runtime saves by not freeing, its collector pays later on
// another thread: the CPU time over a whole run, drained at its end, is the
// figure to compare. The table warns when a run had fewer than 10 rounds,
// because then the drain weighs too much. Our objects come zeroed and with a
// header in their bytes; those of malloc do not.
//
// Mimalloc is opened by hand and privately: the library replaces malloc in any
// process that links it, and glibc's own would be measured no more.

#include "micro.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCKS = 10000 }; // that live at once in the batch variants

// --- ours ------------------------------------------------------------------

static void alloc_loop(struct gbench_state *state, struct wane_mutator *m,
                       const struct wane_type *type)
{
  struct micro_meter meter;
  bool failed = false;
  micro_meter_start(&meter, m);
  while (!failed && gbench_keep_running(state, MICRO_BATCH))
    for (int i = 0; i < MICRO_BATCH; i++) {
      wane_ref o = wane_alloc(m, type);
      if (WANE_UNLIKELY(!o)) {
        gbench_skip(state, "out of memory");
        failed = true;
        break;
      }
      GBENCH_KEEP(o);
    }
  micro_meter_stop(&meter, state, m);
}

static void alloc(struct gbench_state *state, const struct micro_case *self)
{
  struct micro_runtime runtime;
  if (!micro_begin(state, &runtime, NULL)) return;
  const struct wane_type *type;
  const struct wane_type_spec spec = {
      .name = "micro_bytes", .size = (uint32_t)self->arg, .acyclic = true};
  if (wane_type_register(&spec, &type))
    gbench_skip(state, "the runtime refused a type");
  else
    alloc_loop(state, runtime.m, type);
  micro_end(&runtime);
}

// --- malloc ----------------------------------------------------------------

static struct {
  void *(*malloc)(size_t);
  void (*free)(void *);
} mimalloc;

// Looked for once. Debian calls it libmimalloc.so.2.
static bool mimalloc_available(void)
{
  static bool tried;
  if (tried) return mimalloc.free != NULL;
  tried = true;
  void *library = dlopen("libmimalloc.so.2", RTLD_NOW | RTLD_LOCAL);
  if (!library) library = dlopen("libmimalloc.so", RTLD_NOW | RTLD_LOCAL);
  if (!library) return false;
  void *allocates = dlsym(library, "mi_malloc");
  void *frees = dlsym(library, "mi_free");
  if (!allocates || !frees) return false;
  memcpy(&mimalloc.malloc, &allocates, sizeof allocates); // as POSIX has it
  memcpy(&mimalloc.free, &frees, sizeof frees);
  return true;
}

// Each block is freed before the next one is made. Both functions are called
// through pointers that the compiler cannot see through, so it removes neither.
static void pair(struct gbench_state *state, size_t bytes,
                 void *(*allocate)(size_t), void (*release)(void *))
{
  struct micro_meter meter;
  GBENCH_KEEP(&allocate);
  GBENCH_KEEP(&release);
  micro_meter_start(&meter, NULL);
  while (gbench_keep_running(state, MICRO_BATCH))
    for (int i = 0; i < MICRO_BATCH; i++) {
      uint64_t *block = allocate(bytes);
      if (WANE_LIKELY(block)) *block = 1;
      GBENCH_KEEP(block);
      release(block);
    }
  micro_meter_stop(&meter, state, NULL);
}

// 10,000 blocks, then all of them freed in the same order.
static void batch(struct gbench_state *state, size_t bytes,
                  void *(*allocate)(size_t), void (*release)(void *))
{
  static void *blocks[BLOCKS];
  struct micro_meter meter;
  GBENCH_KEEP(&allocate);
  GBENCH_KEEP(&release);
  micro_meter_start(&meter, NULL);
  while (gbench_keep_running(state, BLOCKS)) {
    for (int i = 0; i < BLOCKS; i++) {
      uint64_t *block = allocate(bytes);
      if (WANE_LIKELY(block)) *block = 1;
      blocks[i] = block;
    }
    for (int i = 0; i < BLOCKS; i++) release(blocks[i]);
  }
  micro_meter_stop(&meter, state, NULL);
}

static void glibc_pair(struct gbench_state *state,
                       const struct micro_case *self)
{
  pair(state, (size_t)self->arg, malloc, free);
}

static void glibc_batch(struct gbench_state *state,
                        const struct micro_case *self)
{
  batch(state, (size_t)self->arg, malloc, free);
}

static void mimalloc_pair(struct gbench_state *state,
                          const struct micro_case *self)
{
  pair(state, (size_t)self->arg, mimalloc.malloc, mimalloc.free);
}

static void mimalloc_batch(struct gbench_state *state,
                           const struct micro_case *self)
{
  batch(state, (size_t)self->arg, mimalloc.malloc, mimalloc.free);
}

#define SIZE(n)                                                                \
  {"alloc/" #n,                                                                \
   alloc,                                                                      \
   n,                                                                          \
   {"mimalloc/" #n, "mimalloc_10000/" #n, "glibc/" #n, "glibc_10000/" #n},     \
   NULL},                                                                      \
      {"mimalloc/" #n, mimalloc_pair, n, {NULL}, mimalloc_available},          \
      {"mimalloc_10000/" #n, mimalloc_batch, n, {NULL}, mimalloc_available},   \
      {"glibc/" #n, glibc_pair, n, {NULL}, NULL},                              \
  {                                                                            \
    "glibc_10000/" #n, glibc_batch, n, {NULL}, NULL                            \
  }

static const struct micro_case cases[] = {SIZE(24),   SIZE(32),  SIZE(40),
                                          SIZE(64),   SIZE(128), SIZE(256),
                                          SIZE(1024), SIZE(8192)};
const struct micro_cases micro_allocs = {cases, sizeof cases / sizeof cases[0]};
