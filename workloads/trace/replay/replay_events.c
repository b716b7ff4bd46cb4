// replay_events.c: what each event of a trace does to the heap.
// SPDX-License-Identifier: MIT
//
// The hot loop of a replay. Nothing is allocated but the objects of the trace;
// the slow ways out (a lost object, the end of a batch) are out of line.

#include "replay_lives.h"
#include "replay_roots.h"

#include <errno.h>
#include <stdio.h>

// --- errors ----------------------------------------------------------------

static struct wane_workload_run *run_of(const struct replay_thread *t)
{
  return t->copy->replay->run;
}

// An event names an object that the collector has freed, or damaged.
__attribute__((cold, noinline)) static int lost(struct replay_thread *t,
                                                const struct gct_event *event,
                                                uint32_t handle,
                                                const char *fault)
{
  const struct replay_plan *plan = t->plan;
  const struct replay_input *input = t->input;
  uint32_t birth = t->handles[handle].birth;
  uint64_t seq =
      gct_stream_seq(input->stream) + (uint64_t)(event - input->stream->cursor);
  run_of(t)->fail(run_of(t),
                  "object %u (type %s, born as no. %u) %s: event %llu (%s) of "
                  "thread %u, copy %u",
                  handle, plan->info->types[plan->type[birth]].name, birth,
                  fault, (unsigned long long)seq, gct_op_name(event->op),
                  plan->info->threads[input->thread].id, t->copy->number);
  return replay_give_up(t, EPROTO);
}

static int freed(struct replay_thread *t, const struct gct_event *event,
                 uint32_t handle)
{
  return lost(t, event, handle, "was freed while the trace still uses it");
}

// The stream ended early: the file changed since it was checked.
__attribute__((cold)) static int cut_short(struct replay_thread *t)
{
  const struct gct_error *error = gct_stream_error(t->input->stream);
  run_of(t)->fail(run_of(t), "%s: %s", t->plan->path,
                  error ? error->reason : "the stream ended early");
  return replay_give_up(t, EIO);
}

// --- roots -----------------------------------------------------------------

// Note [weak handle]
static inline wane_ref ref_of(struct replay_handle *h)
{
  return atomic_load_explicit(&h->ref, memory_order_relaxed);
}

static inline uint32_t birth_of(wane_ref o)
{
  return ((const struct wane_array *)(const void *)o)->aux;
}

static inline void take_root(struct replay_thread *t, struct replay_set *set,
                             const struct gct_event *e, wane_ref o)
{
  replay_root(set, *t->input->step++, e->handle, o);
  if (t->counts) t->handles[e->handle].roots++;
}

// `needed`: the object or what it refers to may be used again in this batch.
static inline void give_root(struct replay_thread *t, bool registry,
                             const struct gct_event *e, wane_ref o, bool needed)
{
  uint32_t step = *t->input->step++;
  struct replay_thread *holder = t;
  if (WANE_UNLIKELY(step >> 24 != t->number))
    holder = &t->copy->threads[step >> 24];
  struct wane_root_set *set =
      registry ? &holder->registry.set : &holder->roots.set;
  if (needed && t->limbo.refs) replay_limbo_push(t, o);
  if (step & REPLAY_BURY) replay_bury(t, o);
  if (WANE_LIKELY(holder == t))
    replay_unroot_own(set, step & REPLAY_INDEX);
  else
    replay_unroot_foreign(set, step & REPLAY_INDEX);
  if (t->counts) t->handles[e->handle].roots--;
}

static inline void settle(struct replay_thread *t)
{
  if (t->limbo.refs) replay_set_resize(&t->limbo, 0);
}

// --- events ----------------------------------------------------------------

static int do_alloc(struct replay_thread *t, const struct gct_event *e)
{
  const struct replay_plan *plan = t->plan;
  uint32_t birth = (uint32_t)t->input->birth;
  uint32_t slots = plan->slots[birth];
  size_t tail = replay_size(slots, e->words) - replay_size(slots, 0);
  wane_ref o =
      wane_alloc_array(t->m, t->copy->replay->types[e->type], slots, tail);
  if (WANE_UNLIKELY(!o)) return replay_give_up(t, ENOMEM);
  struct replay_object *object = (struct replay_object *)(void *)o;
  object->head.aux = birth;
  object->words = e->words;
  object->type = (uint16_t)e->type;
  object->tag = t->copy->tag;
  struct replay_handle *h = &t->handles[e->handle];
  // Note [weak handle]
  atomic_store_explicit(&h->ref, o, memory_order_relaxed);
  h->birth = birth;
  h->roots = 0;
  h->leaf = slots == 0;
  h->weak = h->registered = false;
  take_root(t, &t->roots, e, o);
  if (WANE_UNLIKELY(plan->passed[birth])) replay_bury(t, o);
  t->input->birth++;
  t->input->births++;
  return 0;
}

static inline int do_write(struct replay_thread *t, const struct gct_event *e)
{
  struct replay_handle *handles = t->handles;
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
  if (old && t->limbo.refs) replay_limbo_push(t, old);
  return 0;
}

// A root that was read from a slot: the slot must still say so.
static int do_load(struct replay_thread *t, const struct gct_event *e,
                   wane_ref o)
{
  wane_ref owner = ref_of(&t->handles[e->target]);
  if (!owner) return freed(t, e, e->target);
  if (e->slot < ((struct wane_array *)(void *)owner)->length &&
      wane_load(&replay_slots(owner)[e->slot]) == o) {
    wane_access(t->m, &replay_slots(owner)[e->slot]);
    return 0;
  }
  return lost(t, e, e->target, "does not refer to what the trace reads there");
}

// What an event reads is told of: the slot that a root was read from; else the
// object that the program takes hold of, since nobody recorded where from.
static inline int do_root(struct replay_thread *t, const struct gct_event *e)
{
  wane_ref o = ref_of(&t->handles[e->handle]);
  if (WANE_UNLIKELY(!o)) return freed(t, e, e->handle);
  if (!(e->flags & GCT_LOADED)) wane_access(t->m, o);
  int status = e->flags & GCT_LOADED ? do_load(t, e, o) : 0;
  take_root(t, &t->roots, e, o);
  return status;
}

static inline int do_unroot(struct replay_thread *t, const struct gct_event *e)
{
  struct replay_handle *h = &t->handles[e->handle];
  wane_ref o = ref_of(h);
  if (WANE_UNLIKELY(!o)) return freed(t, e, e->handle);
  // A leaf that is not mentioned again need not survive the batch.
  give_root(t, false, e, o, e->op == GCT_UNROOT || !h->leaf);
  return 0;
}

// The finaliser registry's root: until the finaliser ran or the object ended.
static int do_registry(struct replay_thread *t, const struct gct_event *e)
{
  struct replay_handle *h = &t->handles[e->handle];
  bool begins = e->op == GCT_FINALIZER && !(e->flags & GCT_ENDS);
  if (begins == h->registered) return 0;
  wane_ref o = ref_of(h);
  if (!o) return freed(t, e, e->handle);
  h->registered = begins;
  if (begins)
    take_root(t, &t->registry, e, o);
  else
    give_root(t, true, e, o, true);
  return 0;
}

// Both ends must be there.
static int do_weak(struct replay_thread *t, const struct gct_event *e)
{
  struct replay_handle *handles = t->handles;
  wane_ref o = ref_of(&handles[e->handle]);
  if (!o) return freed(t, e, e->handle);
  wane_access(t->m, o);
  if (e->target != GCT_NIL && !ref_of(&handles[e->target]))
    return freed(t, e, e->target);
  if (!t->copy->replay->weak) return 0;
  int status = replay_weak_set(t->copy, t->m, e);
  return status ? replay_give_up(t, status) : 0;
}

static int do_resize(struct replay_thread *t, const struct gct_event *e)
{
  wane_ref o = ref_of(&t->handles[e->handle]);
  if (!o) return freed(t, e, e->handle);
  wane_access(t->m, o);
  return 0;
}

// The last event of an object that the registry holds or that was a weak
// reference.
static int do_end(struct replay_thread *t, const struct gct_event *e)
{
  if (t->handles[e->handle].weak && !replay_weak_drop(t->copy, t->m, e->handle))
    return replay_give_up(t, EPROTO);
  return do_registry(t, e);
}

static int do_drop(struct replay_thread *t, const struct gct_event *e)
{
  const struct replay_handle *h = &t->handles[e->handle];
  int status = do_unroot(t, e);
  return status || !(h->registered || h->weak) ? status : do_end(t, e);
}

// A checkpoint is complete when all threads that have it have met; under
// relaxed order all wait for the last one.
static int do_checkpoint(struct replay_thread *t, const struct gct_event *e)
{
  struct replay_copy *copy = t->copy;
  const struct gct_checkpoint *c = &t->plan->info->checkpoints[e->number];
  if (atomic_fetch_add(&copy->arrived, 1) + 1 < c->threads) return 0;
  atomic_store(&copy->arrived, 0);
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
  return good ? 0 : replay_give_up(t, EPROTO);
}

static inline int do_event(struct replay_thread *t, const struct gct_event *e,
                           const struct gct_event *before)
{
  switch (e->op) {
  case GCT_ALLOC:
    if (replay_settles(t->plan, e, before)) settle(t);
    return do_alloc(t, e);
  case GCT_WRITE:
    return do_write(t, e);
  case GCT_ROOT:
    return do_root(t, e);
  case GCT_UNROOT:
    return do_unroot(t, e);
  case GCT_DROP:
    return do_drop(t, e);
  case GCT_FREE:
    return do_end(t, e);
  case GCT_FINALIZER:
    return do_registry(t, e);
  case GCT_WEAK:
    return do_weak(t, e);
  case GCT_WAIT:
    t->input->waits++;
    settle(t);
    return 0;
  case GCT_MARK:
    settle(t);
    return 0;
  case GCT_CHECKPOINT:
    settle(t);
    return do_checkpoint(t, e);
  case GCT_RESIZE:
    return do_resize(t, e);
  default:
    return 0; // THREAD, GC, EXT
  }
}

// --- batches ---------------------------------------------------------------

// Executes `n` events of the present batch.
static int run_batch(struct replay_thread *t, size_t n)
{
  struct replay_input *input = t->input;
  const struct gct_event *e = input->stream->cursor, *end = e + n;
  const struct gct_event *before = &input->last;
  int status = 0;
  for (; e != end && status == 0; e++) {
    status = do_event(t, e, before);
    before = e;
  }
  input->last = *before;
  input->stream->cursor = e;
  return status;
}

// The same, with a look at the clock where that is due.
static int run_watched(struct replay_thread *t, size_t n)
{
  struct replay_lives *lives = t->copy->lives;
  int status = 0;
  while (n && status == 0) {
    size_t some = replay_lives_begin(lives, n);
    status = run_batch(t, some);
    replay_lives_end(lives, some);
    n -= some;
  }
  return status;
}

int replay_events(struct replay_thread *t, uint64_t n)
{
  struct gct_stream *stream = t->input->stream;
  while (n) {
    if (stream->cursor == stream->limit && !gct_fill(stream))
      return cut_short(t);
    size_t some = (size_t)(stream->limit - stream->cursor);
    if (some > n) some = n;
    int status = t->copy->lives ? run_watched(t, some) : run_batch(t, some);
    if (status) return status;
    n -= some;
    wane_safepoint(t->m);
    // Note [stop]
    status = atomic_load_explicit(&t->copy->replay->stop, memory_order_relaxed);
    if (status) return replay_give_up(t, status);
  }
  return 0;
}
