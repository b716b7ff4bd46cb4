// abuser.c: plugins that do what they may not do with the interface.
// SPDX-License-Identifier: MIT
//
// A counting collector that finds no cycles, and claims none; then one mistake,
// by the number in wrong.txt. Without one (WRONG is 0) it is right.

#include <wane/collector.h>

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#define BUG(n) (WRONG == (n))
#define TEXT(n) #n
#define NAME(n) "wrong_" TEXT(n)
#define TABLE 4096

static struct {
  wane_ref seen[TABLE]; // candidates
  size_t n, table;
  int64_t share;
  unsigned rounds;
  struct wane_round *round;
  int *words;
} a;

// The options of 45 and 46 have bounds at which these break.
static const struct wane_option options[] = {
    {.name = "table",
     .type = WANE_OPTION_INT,
     .value = "16",
     .help = "entries",
     .min = 1,
     .max = 1024},
    {.name = "share",
     .type = WANE_OPTION_INT,
     .value = "4",
     .help = "one in so many",
     .min = 0,
     .max = 8},
};

__attribute__((constructor)) static void load(void)
{
  if (BUG(37)) abort();
}

__attribute__((destructor)) static void unload(void)
{
  if (BUG(70)) abort();
}

static void *for_ever(void *unused)
{
  for (;;) pause();
  return unused;
}

static int start(const union wane_value *values, void **state)
{
  (void)state;
  a.n = a.rounds = 0;
  a.table = BUG(45) ? 64 : (size_t)values[0].integer;
  a.words = calloc(a.table, sizeof *a.words);
  if (!a.words) return -ENOMEM;
  for (int64_t i = 0; i < values[0].integer; i++)
    if (BUG(45) && i >= 64) abort(); // it would write past its table
  a.share = values[1].integer;
  if (!BUG(46) && !a.share) a.share = 1;
  pthread_t thread;
  if (BUG(59)) return -pthread_create(&thread, NULL, for_ever, NULL);
  return 0;
}

static void stop(void *state)
{
  (void)state;
  int *volatile words = a.words;
  free(words);
  if (BUG(49)) free(words); // glibc ends the process
}

static void closers(void *state, const wane_ref *objects, size_t n)
{
  (void)state;
  for (size_t i = 0; i < n && a.n < TABLE; i++) a.seen[a.n++] = objects[i];
  if (BUG(33) && a.round && n) wane_gc_free(a.round, objects, 1);
}

static bool due(void *state)
{
  (void)state;
  return a.rounds++ % 4 == 0;
}

static void *from_elsewhere(void *o)
{
  wane_gc_dec(a.round, o);
  return NULL;
}

// The last candidate that is there still.
static wane_ref some_object(void)
{
  while (a.n) {
    wane_ref o = a.seen[--a.n];
    if (wane_gc_at_cell(o) && wane_gc_count(o) > 0) return o;
  }
  return NULL;
}

static void spoil(wane_ref o)
{
  pthread_t thread;
  static struct wane_object no_object;
  wane_ref nowhere = &no_object;
  const struct wane_type *type = wane_gc_type(o);
  if (BUG(31)) wane_gc_free(a.round, &o, 1);
  if (BUG(32) && !pthread_create(&thread, NULL, from_elsewhere, o))
    pthread_join(thread, NULL);
  if (BUG(35)) wane_gc_dec(a.round, o);
  if (BUG(36)) wane_gc_free(a.round, &nowhere, 1);
  char *slot = (char *)o + (type->n_refs ? type->ref_offsets[0] : 0);
  if (BUG(40) && type->n_refs)
    atomic_store(&((struct wane_slot *)(void *)slot)->wane__value, NULL);
  if (BUG(41)) atomic_fetch_add(&o->shared, 1);
  if (BUG(42)) wane_gc_condemn(a.round, (wane_ref[]){nowhere}, 1);
}

static void collect(void *state, struct wane_round *round, bool full)
{
  (void)state;
  (void)full;
  a.round = round;
  if (BUG(46)) a.words[0] += (int)(100 / a.share);
  if (BUG(38)) pause();
  if (BUG(39)) _exit(0);
  if (BUG(47)) pthread_exit(NULL);
  wane_ref o = some_object();
  if (o) spoil(o);
  a.n = 0;
}

// A young object of which nobody will ask.
static bool unheld_leaf(wane_ref o)
{
  bool leaf = atomic_load(&o->own) & WANE_ACYCLIC;
  return leaf && wane_gc_count(o) == 0 && !wane_gc_rooted(o);
}

static void young_word(struct wane_round *round, uint32_t block, uint32_t word,
                       uint64_t used)
{
  size_t size = wane_gc_cell_size(&wane_gc_heap.blocks[block]);
  char *base = wane_gc_heap.base + (size_t)block * WANE_BLOCK_BYTES;
  for (uint64_t left = used; left; left &= left - 1) {
    uint64_t cell = left & -left;
    size_t at = word * 64 + (size_t)__builtin_ctzl(cell);
    wane_ref o = (wane_ref)(void *)(base + at * size);
    if (BUG(43) && wane_gc_count(o) == 0) // a root may hold it
      wane_gc_free_cells(round, block, word, cell);
    if (!BUG(44) || !unheld_leaf(o)) continue;
    wane_gc_free_cells(round, block, word, cell);
    wane_gc_free_cells(round, block, word, cell);
  }
}

static void young(void *state, struct wane_round *round,
                  const struct wane_gc_span *spans, size_t n,
                  uint64_t n_closers, uint64_t born)
{
  (void)state;
  (void)n_closers;
  (void)born;
  for (size_t i = 0; i < n && (BUG(43) || BUG(44)); i++)
    for (uint32_t w = spans[i].begin >> 6; w <= (spans[i].end - 1u) >> 6; w++) {
      const struct wane_gc_bits *bits =
          &wane_gc_heap.blocks[spans[i].block].bits[w];
      young_word(round, spans[i].block, w,
                 atomic_load(&bits->used) & wane_gc_span_mask(&spans[i], w));
    }
}

WANE_COLLECTOR_EXPORT = {
    .size = sizeof(struct wane_collector),
    .abi = WANE_COLLECTOR_ABI,
    .name = NAME(WRONG),
    .help = "a counting collector for tests, right or wrong",
    .barrier = WANE_BARRIER_RC_LOG,
    .needs = WANE_NEED_CLOSERS | WANE_NEED_SCRATCH,
    .claims = WANE_CLAIM_ACYCLIC | WANE_CLAIM_WEAK |
              (BUG(23) ? WANE_CLAIM_COMPLETE : 0),
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .start = start,
    .stop = stop,
    .closers = closers,
    .due = due,
    .young = young,
    .collect = collect,
};
