// hand_over.c: builds the packet of a round: roots, logs, young spans.
// SPDX-License-Identifier: MIT
//
// Runs on the thread itself at a safepoint or at its end, or on the
// coordinator for a thread it has claimed; never on both at once.

#include "hand_over.h"

#include "round.h"

#include <stdlib.h>
#include <string.h>

// Sums over threads; a thread adds what is new at each hand-over.
static struct {
  pthread_mutex_t lock;
  struct wane_counts sum;
  uint64_t ack_max_ns;
} totals = {.lock = PTHREAD_MUTEX_INITIALIZER};

void wane__young_add(struct wane__young_list *list, uint32_t block,
                     uint32_t begin, uint32_t end)
{
  if (list->n == list->capacity) {
    list->capacity = list->capacity ? list->capacity * 2 : 64;
    list->items =
        wane__table_alloc(list->items, list->capacity * sizeof *list->items);
  }
  list->items[list->n++] =
      (struct wane_gc_span){block, (uint16_t)begin, (uint16_t)end};
}

void wane__young_retire(struct wane__young_list *list, uint32_t block)
{
  if (list->n_retired == list->retired_capacity) {
    list->retired_capacity =
        list->retired_capacity ? list->retired_capacity * 2 : 64;
    list->retired = wane__table_alloc(
        list->retired, list->retired_capacity * sizeof *list->retired);
  }
  list->retired[list->n_retired++] = block;
}

void wane__young_close(struct wane__thread *t, uint32_t size_class)
{
  struct wane__open *open = &t->open[size_class];
  char *base = wane__block_base(open->block);
  uint32_t cell = wane__class_cell(size_class);
  uint32_t end = (uint32_t)(t->m.span[size_class].cur - base) / cell;
  if (end == open->begin) return;
  wane__young_add(&t->young, open->block, open->begin, end);
#if !WANE_BARE
  t->m.counts.alloc_bytes += (uint64_t)(end - open->begin) * cell;
#endif
  // Into the thread's own book, whoever closes: it is claimed, or calls.
  if (WANE_UNLIKELY(t->book)) {
    uint32_t from = open->row;
#if WANE_MUTANT == 64 // it is counted for the node of who closes
    from = wane__numa_here();
#endif
    wane__numa_count_cells(t->book, from, base + (size_t)open->begin * cell,
                           end - open->begin, cell);
  }
  open->begin = end;
}

static void close_all(struct wane__thread *t)
{
  for (uint64_t mask = t->open_mask; mask; mask &= mask - 1)
    wane__young_close(t, (uint32_t)__builtin_ctzl(mask));
}

void wane__hand_over_retire(struct wane__thread *t)
{
  close_all(t);
  for (uint64_t mask = t->open_mask; mask; mask &= mask - 1) {
    uint32_t c = (uint32_t)__builtin_ctzl(mask);
    wane__young_retire(&t->young, t->open[c].block);
    t->left_bytes += (size_t)(wane__block_base(t->open[c].block) +
                              WANE_BLOCK_BYTES - t->m.span[c].end);
    t->open[c].block = WANE__NO_BLOCK;
    t->m.span[c].cur = t->m.span[c].end = NULL;
  }
  t->open_mask = 0;
}

void wane__hand_over_exit(struct wane__thread *t)
{
  free(t->young.items);
  free(t->young.retired);
  t->young = (struct wane__young_list){0};
}

static void snapshot(struct wane__thread *t, struct wane__vector *roots)
{
#if WANE_MUTANT == 12 // a detached thread's roots are forgotten
  if (t != wane__self()) return;
#endif
  for (wane_ref *r = t->root_base; r < t->m.root_top; r++)
    if (*r) wane__vector_push(roots, *r);
  for (struct wane_root_set *set = t->sets; set; set = set->next) {
    // Note [root sets]: acquire, for entries that another thread cleared.
    size_t n = atomic_load_explicit(&set->n, memory_order_acquire);
    for (size_t i = 0; i < n; i++) {
      wane_ref o = atomic_load_explicit(&set->refs[i], memory_order_acquire);
      if (o) wane__vector_push(roots, o);
    }
  }
}

static void add_counts(struct wane_counts *sum, const struct wane_counts *now,
                       struct wane_counts *told)
{
  const uint64_t *a = (const uint64_t *)(const void *)now;
  uint64_t *b = (uint64_t *)(void *)told, *s = (uint64_t *)(void *)sum;
  for (size_t i = 0; i < sizeof *now / sizeof *a; i++) s[i] += a[i] - b[i];
  *told = *now;
}

static void tell_counts(struct wane__thread *t)
{
  struct wane_counts now = t->m.counts;
  now.inc_biased += now.biased_private + now.biased_escaped;
  now.store_private += now.biased_private;
  now.store_escaped += now.biased_escaped;
  pthread_mutex_lock(&totals.lock);
  add_counts(&totals.sum, &now, &t->told);
  pthread_mutex_unlock(&totals.lock);
}

// A log's full chunks and the open one, however little is in it. An empty one
// stays; a thread that is leaving gets no other, since it writes no more.
static struct wane__chunk *take(struct wane__chunk **full,
                                struct wane__chunk **open, wane_ref **cur,
                                wane_ref **end, bool leaving)
{
  struct wane__chunk *list = *full;
  *full = NULL;
  uint32_t n = (uint32_t)(*cur - (*open)->entries);
  if (!n) return list;
  (*open)->n = n;
  (*open)->next = list;
  list = *open;
  *open = leaving ? NULL : wane__chunk_need();
  *cur = leaving ? NULL : (*open)->entries;
  *end = leaving ? NULL : (*open)->entries + wane__config.log_chunk;
  return list;
}

static struct wane__chunk *take_log(struct wane__thread *t, bool leaving)
{
#if !WANE_BARE
  t->m.counts.dec_logged += (uint64_t)(t->m.log_cur - t->log->entries);
#endif
  return take(&t->full, &t->log, &t->m.log_cur, &t->m.log_end, leaving);
}

static struct wane__chunk *take_closers(struct wane__thread *t, bool leaving)
{
  if (!t->m.closer_cur) return NULL; // nobody wants them
  return take(&t->closers_full, &t->closers, &t->m.closer_cur,
              &t->m.closer_end, leaving);
}

void wane__thread_phase(struct wane__thread *t)
{
  uint32_t kernel = wane__round_barrier();
  t->m.marking = wane__round_marking();
  if (kernel == WANE_BARRIER_LOG && !t->m.marking) kernel = WANE_BARRIER_NONE;
#if !WANE_BARE
#if WANE_MUTANT == 66 // who hears of marking is not looked at any more
  if (wane__numa.count && !t->m.marking)
#else
  if (wane__numa.count)
#endif
    kernel |= WANE_BARRIER_OBSERVED;
#endif
  wane__barrier_set(&t->m, kernel);
  t->observer.book = NULL; // it may run elsewhere by now
}

void wane__thread_hand_over(struct wane__thread *t, uint64_t epoch,
                            bool with_roots)
{
  struct wane__packet *packet = wane__table_alloc(NULL, sizeof *packet);
  memset(packet, 0, sizeof *packet);
  packet->epoch = epoch;
  close_all(t);
  if (with_roots) snapshot(t, &packet->roots);
#if WANE_MUTANT == 50 // a claimed thread does not hear that marking began
  if (t == wane__self())
#endif
    if (with_roots) wane__thread_phase(t);
  packet->log = take_log(t, !with_roots);
  packet->closers = take_closers(t, !with_roots);
  packet->young = t->young;
  t->young = (struct wane__young_list){0};
  if (!t->spare) t->spare = wane__chunk_take();
  tell_counts(t);
  wane__inbox_put(packet); // Note [hand-over]
}

void wane__hand_over_ack_time(uint64_t ns, bool stopped)
{
  if (stopped) return;
  pthread_mutex_lock(&totals.lock);
  if (ns > totals.ack_max_ns) totals.ack_max_ns = ns;
  pthread_mutex_unlock(&totals.lock);
}

uint64_t wane__ack_max_ns(void)
{
  pthread_mutex_lock(&totals.lock);
  uint64_t ns = totals.ack_max_ns;
  pthread_mutex_unlock(&totals.lock);
  return ns;
}

void wane__counts_read(struct wane_counts *sum)
{
  pthread_mutex_lock(&totals.lock);
  *sum = totals.sum;
  pthread_mutex_unlock(&totals.lock);
}

void wane__counts_reset(void)
{
  pthread_mutex_lock(&totals.lock);
  totals.sum = (struct wane_counts){0};
  totals.ack_max_ns = 0;
  pthread_mutex_unlock(&totals.lock);
}

void wane__counts_lock(void)
{
  pthread_mutex_lock(&totals.lock);
}

void wane__counts_unlock(void)
{
  pthread_mutex_unlock(&totals.lock);
}
