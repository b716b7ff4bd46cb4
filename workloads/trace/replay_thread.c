// replay_thread.c: the events of one recorded thread, on its own mutator.
// SPDX-License-Identifier: MIT
//
// The hot loop of a replay. Nothing is allocated but the objects of the trace;
// the slow ways out (a lost object, the end of a slice) are out of line.

#include "replay.h"
#include "replay_roots.h"

#include <errno.h>
#include <stdio.h>

// How often a thread looks for the baton before it detaches and sleeps. The
// recorded program's threads take turns every few hundred events, a copy has
// one runner, and cores may be few: looking longer would steal its time.
#define LOOKS 64

// --- errors ----------------------------------------------------------------

static struct wane_workload_run *run_of(const struct replay_thread *t)
{
  return t->copy->replay->run;
}

// Ends the copy, and the other copies soon.
__attribute__((cold)) static int give_up(struct replay_thread *t, int status)
{
  t->copy->status = status;
  // Note [stop]
  atomic_store_explicit(&t->copy->replay->stop, status, memory_order_relaxed);
  return status;
}

// An event names an object that the collector has freed, or damaged.
__attribute__((cold, noinline)) static int lost(struct replay_thread *t,
                                                const struct gct_event *event,
                                                uint32_t handle,
                                                const char *fault)
{
  const struct replay_plan *plan = &t->copy->replay->plan;
  uint32_t birth = t->copy->handles[handle].birth;
  uint64_t seq =
      gct_stream_seq(t->stream) + (uint64_t)(event - t->stream->cursor);
  run_of(t)->fail(run_of(t),
                  "object %u (type %s, born as no. %u) %s: event %llu (%s) of "
                  "thread %u, copy %u",
                  handle, plan->info->types[plan->type[birth]].name, birth,
                  fault, (unsigned long long)seq, gct_op_name(event->op),
                  plan->info->threads[t->thread].id, t->copy->number);
  return give_up(t, EPROTO);
}

static int freed(struct replay_thread *t, const struct gct_event *event,
                 uint32_t handle)
{
  return lost(t, event, handle, "was freed while the trace still uses it");
}

// --- events ----------------------------------------------------------------

// Note [weak handle]
static inline wane_ref ref_of(struct replay_handle *h)
{
  return atomic_load_explicit(&h->ref, memory_order_relaxed);
}

static inline uint32_t birth_of(wane_ref o)
{
  return ((const struct wane_array *)(const void *)o)->aux;
}

static int do_alloc(struct replay_thread *t, const struct gct_event *e)
{
  struct replay_copy *copy = t->copy;
  const struct replay *replay = copy->replay;
  uint32_t birth = (uint32_t)t->birth;
  uint32_t slots = replay->plan.slots[birth];
  size_t size = sizeof(struct replay_object) + slots * sizeof(wane_ref);
  size_t recorded = (size_t)e->words * 8;
  wane_ref o = wane_alloc_array(t->m, replay->types[e->type], slots,
                                recorded > size ? recorded - size : 0);
  if (WANE_UNLIKELY(!o)) return give_up(t, ENOMEM);
  struct replay_object *object = (struct replay_object *)(void *)o;
  object->head.aux = birth;
  object->words = e->words;
  object->type = (uint16_t)e->type;
  object->copy = (uint16_t)copy->number;
  struct replay_handle *h = &copy->handles[e->handle];
  // Note [weak handle]
  atomic_store_explicit(&h->ref, o, memory_order_relaxed);
  h->birth = birth;
  h->roots = 0;
  h->flags = slots ? 0 : REPLAY_LEAF;
  replay_root(t, h, e->handle, o);
  if (WANE_UNLIKELY(replay->plan.passed[birth])) replay_bury(t, o);
  t->birth++;
  t->births++;
  return 0;
}

static inline int do_write(struct replay_thread *t, const struct gct_event *e)
{
  struct replay_handle *handles = t->copy->handles;
  wane_ref owner = ref_of(&handles[e->handle]), target = NULL;
  if (WANE_UNLIKELY(!owner)) return freed(t, e, e->handle);
  if (WANE_UNLIKELY(birth_of(owner) != handles[e->handle].birth))
    return lost(t, e, e->handle, "has another birth number");
  if (e->target != GCT_NIL) {
    target = ref_of(&handles[e->target]);
    if (WANE_UNLIKELY(!target)) return freed(t, e, e->target);
  }
  wane_ref old =
      wane_exchange(t->m, owner, &replay_slots(owner)[e->slot], target);
  if (old) replay_limbo_push(t, old);
  return 0;
}

// A root that was read from a slot: the slot must still say so.
static int do_load(struct replay_thread *t, const struct gct_event *e,
                   wane_ref o)
{
  wane_ref owner = ref_of(&t->copy->handles[e->target]);
  if (!owner) return freed(t, e, e->target);
  if (e->slot < ((struct wane_array *)(void *)owner)->length &&
      wane_load(&replay_slots(owner)[e->slot]) == o)
    return 0;
  return lost(t, e, e->target, "does not refer to what the trace reads there");
}

static inline int do_root(struct replay_thread *t, const struct gct_event *e)
{
  struct replay_handle *h = &t->copy->handles[e->handle];
  wane_ref o = ref_of(h);
  if (WANE_UNLIKELY(!o)) return freed(t, e, e->handle);
  int status = e->flags & GCT_LOADED ? do_load(t, e, o) : 0;
  replay_root(t, h, e->handle, o);
  return status;
}

static inline int do_unroot(struct replay_thread *t, const struct gct_event *e)
{
  struct replay_handle *h = &t->copy->handles[e->handle];
  wane_ref o = ref_of(h);
  if (WANE_UNLIKELY(!o)) return freed(t, e, e->handle);
  // A leaf that is not mentioned again need not survive the batch.
  replay_unroot(t, h, o, e->op == GCT_UNROOT || !(h->flags & REPLAY_LEAF));
  return 0;
}

// The finaliser registry's root: until the finaliser ran or the object ended.
static int do_registry(struct replay_thread *t, const struct gct_event *e)
{
  struct replay_handle *h = &t->copy->handles[e->handle];
  bool begins = e->op == GCT_FINALIZER && !(e->flags & GCT_ENDS);
  if (begins == ((h->flags & REPLAY_REGISTERED) != 0)) return 0;
  wane_ref o = ref_of(h);
  if (!o) return freed(t, e, e->handle);
  h->flags ^= REPLAY_REGISTERED;
  if (begins)
    replay_root(t, h, e->handle, o);
  else
    replay_unroot(t, h, o, true);
  return 0;
}

// Both ends must be there.
static int do_weak(struct replay_thread *t, const struct gct_event *e)
{
  struct replay_handle *handles = t->copy->handles;
  if (!ref_of(&handles[e->handle])) return freed(t, e, e->handle);
  if (e->target != GCT_NIL && !ref_of(&handles[e->target]))
    return freed(t, e, e->target);
  if (!t->copy->replay->weak) return 0;
  int status = replay_weak_set(t->copy, t->m, e);
  return status ? give_up(t, status) : 0;
}

// The last event of an object that the registry holds or that was a weak
// reference.
static int do_end(struct replay_thread *t, const struct gct_event *e)
{
  struct replay_copy *copy = t->copy;
  if (copy->handles[e->handle].flags & REPLAY_WEAK &&
      !replay_weak_drop(copy, t->m, e->handle))
    return give_up(t, EPROTO);
  return do_registry(t, e);
}

// A checkpoint is complete when all threads that have it have met.
static int do_checkpoint(struct replay_thread *t, const struct gct_event *e)
{
  struct replay_copy *copy = t->copy;
  const struct gct_checkpoint *c =
      &copy->replay->plan.info->checkpoints[e->number];
  if (++copy->arrived < c->threads) return 0;
  copy->arrived = 0;
  if (!run_of(t)->verify) return 0;
  uint64_t begin = replay_clock(CLOCK_MONOTONIC), held;
  uint64_t cpu = replay_clock(CLOCK_THREAD_CPUTIME_ID);
  char when[32];
  snprintf(when, sizeof when, "checkpoint %u", e->number);
  bool good =
      replay_verify(copy, when, c->has_oracle ? &c->oracle : NULL, &held) &&
      replay_weak_verify(copy, t->m, when, false);
  copy->checkpoints += c->has_oracle;
  copy->verify_ns += replay_clock(CLOCK_MONOTONIC) - begin;
  copy->verify_cpu_ns += replay_clock(CLOCK_THREAD_CPUTIME_ID) - cpu;
  return good ? 0 : give_up(t, EPROTO);
}

static inline int do_event(struct replay_thread *t, const struct gct_event *e,
                           const struct gct_event *before)
{
  const struct replay_plan *plan = &t->copy->replay->plan;
  int status;
  switch (e->op) {
  case GCT_ALLOC:
    if (replay_settles(plan, e, before)) replay_set_empty(&t->limbo);
    return do_alloc(t, e);
  case GCT_WRITE:
    return do_write(t, e);
  case GCT_ROOT:
    return do_root(t, e);
  case GCT_UNROOT:
    return do_unroot(t, e);
  case GCT_DROP:
    status = do_unroot(t, e);
    if (status || !(t->copy->handles[e->handle].flags &
                    (REPLAY_REGISTERED | REPLAY_WEAK)))
      return status;
    return do_end(t, e);
  case GCT_FREE:
    return do_end(t, e);
  case GCT_FINALIZER:
    return do_registry(t, e);
  case GCT_WEAK:
    return do_weak(t, e);
  case GCT_WAIT:
    t->waits++;
    replay_set_empty(&t->limbo);
    return 0;
  case GCT_MARK:
    replay_set_empty(&t->limbo);
    return 0;
  case GCT_CHECKPOINT:
    replay_set_empty(&t->limbo);
    return do_checkpoint(t, e);
  case GCT_RESIZE:
    return ref_of(&t->copy->handles[e->handle]) ? 0 : freed(t, e, e->handle);
  default:
    return 0; // THREAD, GC, EXT
  }
}

// --- slices ----------------------------------------------------------------

// Executes `n` events of the present batch.
static int run_batch(struct replay_thread *t, size_t n)
{
  const struct gct_event *e = t->stream->cursor, *end = e + n;
  const struct gct_event *before = &t->last;
  int status = 0;
  for (; e != end && status == 0; e++) {
    status = do_event(t, e, before);
    before = e;
  }
  t->last = *before;
  t->stream->cursor = e;
  return status;
}

// The stream ended early: the file changed since it was checked.
static int cut_short(struct replay_thread *t)
{
  const struct gct_error *error = gct_stream_error(t->stream);
  run_of(t)->fail(run_of(t), "%s: %s", t->copy->replay->plan.path,
                  error ? error->reason : "the stream ended early");
  return give_up(t, EIO);
}

static int run_slice(struct replay_thread *t)
{
  const struct gct_slice *slice =
      &t->copy->replay->plan.schedule.slices[t->slice];
  t->birth = slice->birth;
  for (uint64_t left = slice->n_events; left;) {
    if (t->stream->cursor == t->stream->limit && !gct_fill(t->stream))
      return cut_short(t);
    size_t n = (size_t)(t->stream->limit - t->stream->cursor);
    if (n > left) n = left;
    int status = run_batch(t, n);
    if (status) return status;
    left -= n;
    wane_safepoint(t->m);
    // Note [stop]
    status = atomic_load_explicit(&t->copy->replay->stop, memory_order_relaxed);
    if (status) return give_up(t, status);
  }
  return 0;
}

// Waits until this thread has the baton, or the copy is over.
static void await_baton(struct replay_thread *t)
{
  for (int i = 0; i < LOOKS; i++) {
    if (sem_trywait(&t->turn) == 0) return;
    wane_safepoint(t->m);
  }
  wane_detach(t->m);
  while (sem_wait(&t->turn) != 0) continue; // a signal
  wane_attach(t->m);
}

// Puts everything that is rooted into one array behind a counted handle, so
// that the threads can go. A safepoint; the caller holds the baton.
static int keep_roots(struct replay_thread *t)
{
  struct replay_copy *copy = t->copy;
  uint32_t n = copy->replay->plan.info->max_handles, rooted = 0, at = 0;
  for (uint32_t i = 0; i < n; i++) rooted += copy->handles[i].roots != 0;
  wane_ref array = wane_alloc_array(t->m, copy->replay->keeper, rooted, 0);
  if (!array) return give_up(t, ENOMEM);
  for (uint32_t i = 0; i < n; i++)
    if (copy->handles[i].roots)
      wane_init(t->m, array, &replay_slots(array)[at++],
                ref_of(&copy->handles[i]));
  wane_handle_set(t->m, copy->kept, array);
  return 0;
}

// After a slice: passes the baton on and returns true, or ends the copy.
static bool pass_baton(struct replay_thread *t, int status)
{
  struct replay_copy *copy = t->copy;
  const struct gct_schedule *schedule = &copy->replay->plan.schedule;
  uint32_t next = t->slice + 1;
  if (status == 0 && next < schedule->n_slices) {
    if (copy->number == 0)
      run_of(t)->progress(run_of(t), (double)next / schedule->n_slices);
    sem_post(&copy->threads[schedule->slices[next].thread].turn);
    return true;
  }
  copy->end_ns = replay_clock(CLOCK_MONOTONIC);
  if (status == 0) keep_roots(t);
  copy->over = true;
  for (uint32_t i = 0; i < copy->replay->plan.info->n_threads; i++)
    if (i != t->thread) sem_post(&copy->threads[i].turn);
  return false;
}

// One slice, with the baton. Returns false when the copy is over.
static bool take_turn(struct replay_thread *t)
{
  if (t->copy->over) return false;
  int status = 0;
  if (!*t->grave) {
    *t->grave = wane_alloc_array(t->m, t->copy->replay->keeper, 1, 0);
    if (!*t->grave) status = give_up(t, ENOMEM);
  }
  replay_roots_compact(t);
  return pass_baton(t, status ? status : run_slice(t));
}

// All slices of this thread, and the wait for the copy's end.
static void run_slices(struct replay_thread *t)
{
  const struct gct_schedule *schedule = &t->copy->replay->plan.schedule;
  uint32_t slice = schedule->first[t->thread];
  if (slice == 0) t->copy->begin_ns = replay_clock(CLOCK_MONOTONIC);
  for (; slice != GCT_NIL; slice = schedule->slices[slice].next) {
    if (slice != 0) await_baton(t);
    t->slice = slice;
    if (!take_turn(t)) return;
  }
  await_baton(t);
}

int replay_thread_run(struct replay_thread *t, struct wane_mutator *m)
{
  uint64_t cpu = replay_clock(CLOCK_THREAD_CPUTIME_ID);
  WANE_ROOTS(m, grave, 1);
  t->m = m;
  t->grave = grave;
  wane_root_set_add(m, &t->roots);
  wane_root_set_add(m, &t->limbo);
  run_slices(t);
  // The array behind `kept` has counted all that these held.
  replay_set_empty(&t->roots);
  replay_set_empty(&t->limbo);
  wane_root_set_remove(m, &t->limbo);
  wane_root_set_remove(m, &t->roots);
  t->cpu_ns = replay_clock(CLOCK_THREAD_CPUTIME_ID) - cpu;
  return t->copy->status;
}
