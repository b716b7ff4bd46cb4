// engine.c: the steps of a round over the packets that threads handed over.
// SPDX-License-Identifier: MIT
//
//   1 the root snapshots become bits
//   2 what was handed over becomes the engine's
//   3 what was logged is shaded, if a trace is active;
//     last round's decrements are applied (this round's too if the world is
//     stopped); what was condemned in the last round is decided (condemn.c);
//     what reaches zero is released with its children
//   4 the young are looked at, by the plugin and by count
//   5 blocks that their threads have finished with change hands
//   6 the plugin is told of last round's candidates, those that are left
//   7 and looks for cycles
//   8 this round's decrements and candidates wait for the next
// The order is the proof's (runtime/DESIGN.md, "Rounds"). Coordinator only.

#include "engine.h"

#include "apply.h"
#include "condemn.h"
#include "cycle.h"
#include "guard.h"
#include "inbox.h"
#include "late.h"
#include "mark.h"
#include "nursery.h"
#include "pool.h"
#include "pressure.h"
#include "release.h"
#include "round.h"
#include "thread.h"
#include "verify.h"

#include <stdlib.h>
#include <string.h>

static struct {
  const struct wane_collector *collector; // NULL: counting only
  void *state;                            // the plugin's
  union wane_value *values;
  char *storage; // what string values point into
  struct wane__packet *now;   // packets of this round
  struct wane__packet *later; // of threads that left after their ack
  struct wane__chunk *pending; // decrements of the last round
  struct wane__chunk *closers; // and its candidates
  bool lost, lost_young; // some are only flagged; of this round, of before
  bool logging;    // in the last round all threads logged what they overwrote
  uint64_t pending_entries;
  struct wane__vector roots; // that have their bit set
  struct wane__apply_result applied;
  struct wane_round round;
  struct wane__ring *ring; // of this round
  struct wane_event *cycle;
  // Totals, read by others under the lock.
  pthread_mutex_t lock;
  struct wane_stats totals;
} engine = {.lock = PTHREAD_MUTEX_INITIALIZER};

// --- 0: packets --------------------------------------------------------------

static void file_packet(struct wane__packet *p, uint64_t epoch)
{
  struct wane__packet **list = p->epoch <= epoch ? &engine.now : &engine.later;
  p->next = *list;
  *list = p;
}

static void gather(uint64_t epoch)
{
  struct wane__packet *p = engine.later, *next;
  engine.now = engine.later = NULL;
  for (; p; p = next) {
    next = p->next;
    file_packet(p, epoch);
  }
  while ((p = wane__inbox_take())) file_packet(p, epoch);
}

static void discard_packets(void)
{
  struct wane__packet *next;
  for (struct wane__packet *p = engine.now; p; p = next) {
    next = p->next;
    wane__vector_free(&p->roots);
    free(p->young.items);
    free(p->young.retired);
    free(p);
  }
  engine.now = NULL;
}

// --- 1: roots ----------------------------------------------------------------

static _Atomic uint64_t *rooted_word(wane_ref o, uint32_t *cell)
{
  struct wane_gc_block *block = wane_gc_block_of(o);
  *cell = wane_gc_cell_of(block, o);
  return &block->bits[*cell >> 6].rooted;
}

static void set_root_bits(struct wane_event *cycle)
{
  uint32_t cell;
  for (size_t i = 0; i < engine.roots.n; i++) {
    // The whole word: every bit in it is of the old snapshots. Note [cells]
    atomic_store_explicit(rooted_word(engine.roots.items[i], &cell), 0,
                          memory_order_relaxed);
  }
  engine.roots.n = 0;
  for (struct wane__packet *p = engine.now; p; p = p->next) {
    for (size_t i = 0; i < p->roots.n; i++) {
      _Atomic uint64_t *word = rooted_word(p->roots.items[i], &cell);
      wane__bit_set(word, cell);
      wane__vector_push(&engine.roots, p->roots.items[i]);
    }
  }
  cycle->items = engine.roots.n;
}

// --- 3: decrements -----------------------------------------------------------

static struct wane__chunk *take_logs(uint64_t *entries)
{
  struct wane__chunk *all = NULL;
  *entries = 0;
  for (struct wane__packet *p = engine.now; p; p = p->next) {
    while (p->log) {
      struct wane__chunk *next = p->log->next;
      p->log->next = all;
      all = p->log;
      *entries += all->n;
      p->log = next;
    }
  }
  return all;
}

static void apply(struct wane__chunk *list)
{
  struct wane_round *r = &engine.round;
  struct wane__apply_result *a = &engine.applied;
  wane__apply(list, r->want_purple, a);
  for (size_t i = 0; i < a->zero.n; i++)
    wane__release_zero(r, a->zero.items[i]);
  for (size_t i = 0; i < a->purple.n; i++)
    wane__vector_push(&r->purple, a->purple.items[i]);
  a->zero.n = a->purple.n = 0;
  wane__chunk_give(list);
}

// --- 4, 5: the young ---------------------------------------------------------

static void admit(void)
{
  for (struct wane__packet *p = engine.now; p; p = p->next)
    wane__nursery_admit(&engine.round, &p->young);
}

static uint64_t entries_of(const struct wane__chunk *list)
{
  uint64_t n = 0;
  for (; list; list = list->next) n += list->n;
  return n;
}

static void young(void)
{
  for (struct wane__packet *p = engine.now; p; p = p->next)
    wane__nursery_release(&engine.round, &p->young, entries_of(p->closers),
                          engine.collector, engine.state);
}

static void change_hands(void)
{
  for (struct wane__packet *p = engine.now; p; p = p->next)
    for (size_t i = 0; i < p->young.n_retired; i++)
      wane__heap_classify(p->young.retired[i]);
}

// --- 6: candidates -----------------------------------------------------------
// A closer of this round may be so young that its thread hands it over in the
// next, and many are dead by then: so they wait a round, as decrements do, and
// the plugin is told of the survivors. A cell that was given to another closer
// meanwhile names that one, who comes twice.

static void tell_closers(struct wane__chunk *list)
{
  wane__late_doing("closers");
  for (struct wane__chunk *k = list; k; k = k->next) {
    size_t n = 0;
    for (uint32_t i = 0; i < k->n; i++)
      if (wane__still_there(k->entries[i]) &&
          wane__is_closer(k->entries[i])) // Note [closers]
        k->entries[n++] = k->entries[i];
    if (n) engine.collector->closers(engine.state, k->entries, n);
  }
  wane__late_doing(WANE__ENGINE);
  wane__chunk_give(list);
}

// Tells the plugin of what is in a list and still there; empties it.
static void tell(struct wane__vector *list,
                 void (*callback)(void *state, const wane_ref *objects,
                                  size_t n))
{
  size_t n = 0;
  wane__late_doing(callback == engine.collector->purple ? "purple" : "closers");
  for (size_t i = 0; i < list->n; i++)
    if (wane__still_there(list->items[i])) list->items[n++] = list->items[i];
  list->n = 0;
  if (n) callback(engine.state, list->items, n);
  wane__late_doing(WANE__ENGINE);
}

static void candidates(bool stopped)
{
  const struct wane_collector *c = engine.collector;
  struct wane__chunk *fresh = NULL, *next;
  for (struct wane__packet *p = engine.now; p; p = p->next) {
    for (; p->closers; p->closers = next) {
      next = p->closers->next;
      p->closers->next = fresh;
      fresh = p->closers;
    }
  }
  if (!c || !(c->needs & WANE_NEED_CLOSERS)) {
    wane__chunk_give(fresh);
    wane__condemn_again()->n = 0;
    return;
  }
  tell(wane__condemn_again(), c->closers);
  tell_closers(engine.closers);
  engine.closers = stopped ? NULL : fresh;
  if (stopped) tell_closers(fresh);
  engine.lost |= engine.lost_young;
  engine.lost_young = wane__round_closers_lost();
  engine.lost |= stopped && engine.lost_young;
}

// --- 7: the plugin -----------------------------------------------------------

static void tell_purple(void)
{
  tell(&engine.round.purple, engine.collector->purple);
}

static void tell_if_closer(wane_ref o, size_t cell_bytes, void *context)
{
  (void)cell_bytes;
  (void)context;
  if (wane__is_closer(o)) // Note [closers]
    engine.collector->closers(engine.state, &o, 1);
}

static void collect(bool full)
{
  struct wane_round *r = &engine.round;
  uint64_t before;
  // No chunk could be had for some: find them by their flag.
  if (engine.lost) wane__heap_each_used(tell_if_closer, NULL);
  engine.lost = false;
  do { // full: what a cascade set free may have been a cycle's last support
    wane__late_doing("collect");
    wane__guard_enter(WANE__CALL_COLLECT, r);
    engine.collector->collect(engine.state, r, full);
    wane__guard_leave();
    wane__late_doing(WANE__ENGINE);
    before = r->rc_objects + r->cycle_objects;
    wane__release_drain(r);
    wane__condemn_settle(r);
    if (r->want_purple) tell_purple();
  } while (full && !(engine.collector->needs & WANE_NEED_MARKS) &&
           r->rc_objects + r->cycle_objects != before);
}

// --- the round ---------------------------------------------------------------

uint64_t wane__engine_cpu_ns(void)
{
  return wane__thread_cpu_ns() + wane__pool_cpu_ns();
}

// From where the last one ended: until the round is over, that is what is in
// the cycle's t_end_ns and cpu_ns.
static void phase(struct wane__ring *ring, struct wane_event *cycle, int name,
                  uint64_t items)
{
#if WANE_BARE // for events only
  (void)ring;
  (void)cycle;
  (void)name;
  (void)items;
#else
  struct wane_event e = *cycle;
  e.kind = WANE_EVENT_PHASE;
  e.phase = (uint8_t)name;
  e.role = WANE_ROLE_COORDINATOR;
  e.t_request_ns = 0;
  uint64_t cpu = wane__engine_cpu_ns();
  e.cpu_ns = cpu - cycle->cpu_ns;
  e.t_begin_ns = cycle->t_end_ns;
  e.t_end_ns = wane__now_ns();
  e.items = items;
  cycle->cpu_ns = cpu;
  cycle->t_end_ns = e.t_end_ns;
  wane__ring_put(ring, &e);
#endif
}

struct wane_event wane__engine_part_begin(void)
{
  struct wane_event part = *engine.cycle;
  part.kind = WANE_EVENT_PHASE;
  part.role = WANE_ROLE_COORDINATOR;
  part.t_request_ns = part.items = 0;
  part.cpu_ns = wane__engine_cpu_ns();
  part.t_begin_ns = wane__now_ns();
  return part;
}

void wane__engine_part_end(struct wane_event *part, enum wane_event_phase phase)
{
  part->phase = (uint8_t)phase;
  part->t_end_ns = wane__now_ns();
  part->cpu_ns = wane__engine_cpu_ns() - part->cpu_ns;
  wane__ring_put(engine.ring, part);
}

static void add_totals(const struct wane_event *cycle, bool stopped,
                       bool collected, bool full)
{
  struct wane_round *r = &engine.round;
  struct wane_stats *t = &engine.totals;
  pthread_mutex_lock(&engine.lock);
  t->rounds++;
  t->cycle_collections += collected;
  t->full_collections += full;
  t->world_stops += stopped;
  t->decs_applied += engine.applied.applied;
  t->decs_cascade += r->cascade;
  t->freed_objects_rc += r->rc_objects;
  t->freed_bytes_rc += r->rc_bytes;
  t->freed_objects_cycle += r->cycle_objects;
  t->freed_bytes_cycle += r->cycle_bytes;
  t->cycle_candidates += r->candidates;
  t->cycle_traced += r->traced;
  t->cycle_edges += r->edges;
  t->roots_scanned += engine.roots.n;
  t->live_objects = r->live_objects;
  t->heap_used_bytes = r->live_bytes;
  if (cycle->used_before_bytes > t->heap_used_peak_bytes)
    t->heap_used_peak_bytes = cycle->used_before_bytes;
  pthread_mutex_unlock(&engine.lock);
}

static void begin_counts(struct wane_round *r)
{
  r->born_objects = r->born_bytes = r->rc_objects = r->rc_bytes = 0;
  r->cycle_objects = r->cycle_bytes = 0;
  r->cascade = r->candidates = r->traced = r->edges = 0;
  engine.applied.applied = 0;
}

static void shade(const struct wane__chunk *fresh)
{
  struct wane_round *r = &engine.round;
  r->log_lost = wane__round_log_lost_once();
  if (r->log_lost) wane__mark_log_lost();
#if WANE_MUTANT == 45
  fresh = NULL;
#endif
  if (r->marking) wane__shade_log(fresh);
}

static void decrements(bool stopped)
{
  struct wane_round *r = &engine.round;
  uint64_t entries;
  struct wane__chunk *fresh = take_logs(&entries);
#if WANE_MUTANT == 3
  stopped = true; // no round's delay
#endif
  shade(fresh);
  if (r->counting)
    apply(engine.pending);
  else
    wane__chunk_give(engine.pending);
  if (stopped && r->counting) {
    apply(fresh);
    fresh = NULL;
    entries = 0;
  }
  engine.pending = fresh;
  engine.pending_entries = r->counting ? entries : 0;
  r->log = fresh;
}

// Note [early births]
static void shade_born(void)
{
  for (struct wane__packet *p = engine.now; p; p = p->next)
    for (size_t i = 0; i < p->young.n; i++)
      wane__shade_span(&p->young.items[i]);
}

// Whatever died by count, among the old and among the young.
static uint64_t count(struct wane__ring *ring, struct wane_event *cycle)
{
  struct wane_round *r = &engine.round;
  wane__condemn_decide(r);
  wane__release_zct(r);
  phase(ring, cycle, WANE_PHASE_DECREMENT, engine.applied.applied);
  wane__release_drain(r);
  uint64_t by_decrements = r->rc_bytes;
  phase(ring, cycle, WANE_PHASE_RELEASE, r->cascade);
  young();
  wane__condemn_settle(r);
  return by_decrements;
}

void wane__engine_round(uint64_t epoch, bool stopped, bool want_collect,
                        bool full, struct wane__ring *ring,
                        struct wane_event *cycle)
{
  wane__verify_round = epoch;
  struct wane_round *r = &engine.round;
  bool collects = want_collect && engine.collector && engine.collector->collect;
  engine.ring = ring;
  engine.cycle = cycle;
  wane__late_doing(WANE__ENGINE);
  begin_counts(r);
  r->stopped = stopped;
  r->full = full;
  r->swept = false;
  r->logged = r->counting || engine.logging;
  engine.logging = wane__round_marking();
  WANE_YIELD(6);
  gather(epoch);
  wane__condemn_begin(stopped);
  set_root_bits(cycle);
  admit();
  decrements(stopped);
  uint64_t by_decrements = r->counting ? count(ring, cycle) : 0;
  if (wane__mark_wants_born()) shade_born();
  change_hands();
  candidates(stopped);
  discard_packets();
  phase(ring, cycle, WANE_PHASE_YOUNG, r->born_objects);
  if (r->want_purple) tell_purple();
  cycle->used_before_bytes = r->live_bytes + r->born_bytes;
  if (collects) {
    collect(full);
    cycle->objects = r->traced;
    cycle->edges = r->edges;
    phase(ring, cycle, WANE_PHASE_COLLECT, r->candidates);
  }
  wane__heap_trim();
  cycle->freed_objects = r->rc_objects + r->cycle_objects;
  cycle->freed_bytes = r->rc_bytes + r->cycle_bytes;
  r->live_objects += r->born_objects - cycle->freed_objects;
  r->live_bytes += r->born_bytes - cycle->freed_bytes;
  cycle->used_after_bytes = r->live_bytes;
  wane__pressure_round_ended(engine.applied.applied, by_decrements,
                             engine.pending_entries, r->live_bytes);
  if (r->swept)
    wane__cycle_ended(r->live_bytes, engine.roots.n * sizeof(wane_ref));
  add_totals(cycle, stopped, collects, full && collects);
  wane__late_doing(NULL);
}

void wane__engine_verify(void *unused)
{
  (void)unused;
  wane__verify(&engine.round);
}

bool wane__engine_due(void)
{
  const struct wane_collector *c = engine.collector;
  if (!c || !c->due) return false;
  wane__late_doing("due");
  bool due = c->due(engine.state);
  wane__late_doing(NULL);
  return due;
}

void wane__engine_lock(void)
{
  pthread_mutex_lock(&engine.lock);
}

void wane__engine_unlock(void)
{
  pthread_mutex_unlock(&engine.lock);
}

void wane__engine_handshake_took(uint64_t ns)
{
  pthread_mutex_lock(&engine.lock);
  if (ns > engine.totals.handshake_max_ns) engine.totals.handshake_max_ns = ns;
  pthread_mutex_unlock(&engine.lock);
}

// --- life --------------------------------------------------------------------

int wane__engine_start(const struct wane_collector *collector,
                       const char *options, char *error, size_t error_size)
{
  memset(&engine.round, 0, sizeof engine.round);
  memset(&engine.totals, 0, sizeof engine.totals);
  engine.collector = collector;
  engine.state = NULL;
  engine.values = NULL;
  engine.storage = NULL;
  engine.logging = false;
  engine.round.counting = true;
  engine.round.roots = &engine.roots;
  if (!collector) return 0;
  engine.round.counting = collector->barrier == WANE_BARRIER_RC_LOG;
  engine.round.want_purple = collector->needs & WANE_NEED_PURPLE;
  engine.values = calloc(collector->n_options + 1, sizeof *engine.values);
  if (!engine.values) return -12;
  int status = wane_options_parse(collector->name, collector->options,
                                  collector->n_options, options,
                                  engine.values, &engine.storage, error,
                                  error_size);
  if (!status && collector->start)
    status = collector->start(engine.values, &engine.state);
  if (status) { // nothing of it is running
    free(engine.values);
    free(engine.storage);
    engine.values = NULL;
    engine.storage = NULL;
    engine.collector = NULL;
  }
  return status;
}

void wane__engine_stop(void)
{
  if (engine.collector && engine.collector->stop)
    engine.collector->stop(engine.state);
  gather(UINT64_MAX);
  for (struct wane__packet *p = engine.now; p; p = p->next)
    wane__chunk_give(p->closers);
  uint64_t entries;
  wane__chunk_give(take_logs(&entries));
  discard_packets();
  wane__chunk_give(engine.pending);
  wane__chunk_give(engine.closers);
  engine.pending = engine.closers = NULL;
  wane__condemn_stop();
  engine.lost = engine.lost_young = false;
  wane__vector_free(&engine.roots);
  wane__vector_free(&engine.applied.zero);
  wane__vector_free(&engine.applied.purple);
  free(engine.round.zero.items);
  engine.round.zero = (struct wane__places){0};
  wane__vector_free(&engine.round.zct);
  wane__vector_free(&engine.round.purple);
  free(engine.values);
  free(engine.storage);
  engine.collector = NULL;
}

void wane_stats_read(struct wane_stats *stats)
{
  pthread_mutex_lock(&engine.lock);
  *stats = engine.totals;
  pthread_mutex_unlock(&engine.lock);
  wane__condemn_add_stats(stats);
  wane__counts_read(&stats->mutators);
  stats->heap_committed_bytes = wane__heap_committed();
  stats->heap_committed_peak_bytes = wane__heap_peak();
  stats->meta_peak_bytes = wane__chunk_peak_bytes();
  stats->collector_cpu_ns = wane__round_cpu_ns() + wane__pool_clock_ns();
  stats->ack_max_ns = wane__ack_max_ns();
  stats->stall_max_ns = wane__stall_max_ns();
}

void wane_stats_reset(void)
{
  pthread_mutex_lock(&engine.lock);
  uint64_t live = engine.totals.live_objects;
  uint64_t used = engine.totals.heap_used_bytes;
  memset(&engine.totals, 0, sizeof engine.totals);
  engine.totals.live_objects = live;
  engine.totals.heap_used_bytes = used;
  pthread_mutex_unlock(&engine.lock);
  wane__counts_reset();
  wane__condemn_reset_stats();
  wane__heap_peak_reset();
  wane__pressure_reset_stats();
}
