// gct_relax.c: what each event needs of the events of other threads.
// SPDX-License-Identifier: MIT
//
// The argument for 1 of gct_relax.h. Let an event of thread T use object x, in
// an order that the waits allow, and let its witness be a root of r and the
// references r -> ... -> x. All of these had begun in the canonical order, and
// what began them is waited for. What ended one of them later waits for this
// event, since T was noted as a user. A slot's writes are in one order, so its
// reference is still there. Roots of r are counted, but each end comes after
// the beginning it was paired with (gct_roots.h), so as long as one pair is
// open the count is not 0. Hence r is rooted, and x is reachable. Whose handle
// is on the way was touched, so its FREE comes later too.
#include "gct_format.h"
#include "gct_held.h"
#include "gct_revive.h"

#include <errno.h>
#include <stdlib.h>

#define PROGRESS_EVERY 65536

struct pass {
  const struct gct_info *info;
  struct gct_walk *walk;
  struct gct_relax *relax;
  struct gct__clocks clocks;
  struct gct__held held;
  uint32_t thread; // of the event at hand
  uint64_t seq;    // events of that thread with it
  uint64_t births;
  unsigned without;
  uint32_t fence[GCT_MAX_THREADS]; // thread + 1 that it has to wait for
  uint64_t fence_seq;
};

static void need(struct pass *pass, struct gct__place place,
                 enum gct_relax_kind kind)
{
  if (pass->without >> kind & 1) return;
  gct__clocks_need(&pass->clocks, pass->thread, place.thread, place.seq,
                   (uint8_t)kind);
}

static void need_all(struct pass *pass, uint32_t uses, enum gct_relax_kind kind)
{
  for (; uses != GCT_NIL; uses = pass->held.uses[uses].next)
    need(pass, pass->held.uses[uses].last, kind);
}

static void note(struct pass *pass, uint32_t *uses)
{
  gct__held_note(&pass->held, uses, pass->thread, pass->seq);
}

static struct gct__place here(const struct pass *pass)
{
  return (struct gct__place){(uint32_t)pass->seq, (uint16_t)pass->thread};
}

static struct gct__object *object_of(struct pass *pass, uint32_t handle)
{
  return &pass->held.objects[handle];
}

// ---- barriers

// All that was before comes before, all that is behind comes behind.
static void fence(struct pass *pass)
{
  for (uint32_t i = 0; i < pass->info->n_threads; i++) {
    if (i == pass->thread) continue;
    uint64_t done = pass->clocks.threads[i].done;
    need(pass, (struct gct__place){(uint32_t)done, (uint16_t)i},
         GCT_RELAX_BARRIER);
    pass->fence[i] = pass->thread + 1;
  }
  pass->fence[pass->thread] = 0;
  pass->fence_seq = pass->seq;
}

static void pass_fence(struct pass *pass)
{
  uint32_t by = pass->fence[pass->thread];
  if (!by) return;
  need(pass, (struct gct__place){(uint32_t)pass->fence_seq, (uint16_t)(by - 1)},
       GCT_RELAX_BARRIER);
  pass->fence[pass->thread] = 0;
}

// ---- uses

// The event names this object.
static void touch(struct pass *pass, uint32_t handle)
{
  struct gct__object *object = object_of(pass, handle);
  note(pass, &object->touches);
  if (object->maker != pass->thread) pass->relax->shared[object->birth] = true;
}

// The reference is part of this event's witness.
static void rely_on_edge(struct pass *pass, struct gct__edge *edge)
{
  need(pass, edge->written, GCT_RELAX_BEGIN);
  note(pass, &edge->uses);
  note(pass, &object_of(pass, edge->owner)->touches);
}

static void rely_on_root(struct pass *pass, struct gct_root *root)
{
  uint32_t uses = root->mine ? root->mine - 1 : GCT_NIL;
  struct gct__place began = {(uint32_t)root->seq + 1, root->thread};
  need(pass, began, GCT_RELAX_BEGIN);
  note(pass, &uses);
  root->mine = uses + 1;
  if (root->thread != pass->thread) pass->relax->relied[root->number] = true;
}

// The event uses this object, which therefore must be reachable.
static void use(struct pass *pass, uint32_t handle)
{
  struct gct__held *held = &pass->held;
  touch(pass, handle);
  if (!gct__held_climb(held, &pass->clocks, pass->thread, handle)) {
    pass->relax->unwitnessed++;
    fence(pass);
    return;
  }
  for (uint32_t i = 0; i < held->n_path; i++)
    rely_on_edge(pass, &held->edges[held->path[i]]);
  rely_on_root(pass, &held->roots.pool[held->top]);
}

// ---- events

static void begin_root(struct pass *pass, uint32_t handle)
{
  uint32_t root =
      gct_roots_begin(&pass->held.roots, handle, pass->thread, pass->seq - 1);
  pass->held.full |= root == GCT_NIL;
}

static void end_root(struct pass *pass, uint32_t handle)
{
  struct gct__held *held = &pass->held;
  touch(pass, handle);
  uint32_t index = gct_roots_end(&held->roots, handle, pass->thread);
  if (index == GCT_NIL) return;
  const struct gct_root *root = &held->roots.pool[index];
  uint32_t uses = root->mine ? root->mine - 1 : GCT_NIL;
  need(pass, (struct gct__place){(uint32_t)root->seq + 1, root->thread},
       GCT_RELAX_BEGIN);
  need_all(pass, uses, GCT_RELAX_END);
  gct__held_forget(held, &uses);
}

static void allocate(struct pass *pass, const struct gct_event *event)
{
  struct gct__object *object = object_of(pass, event->handle);
  need(pass, object->freed, GCT_RELAX_REUSE);
  object->birth = pass->births++;
  object->maker = (uint16_t)pass->thread;
  object->sized = object->weak = object->finalizer = (struct gct__place){0};
  begin_root(pass, event->handle);
}

static void write_slot(struct pass *pass, const struct gct_event *event)
{
  struct gct__held *held = &pass->held;
  struct gct__object *owner = object_of(pass, event->handle);
  use(pass, event->handle);
  if (event->target != GCT_NIL) use(pass, event->target);
  need(pass, owner->sized, GCT_RELAX_SIZE);
  note(pass, &owner->writes);
  struct gct__edge *edge = gct__held_slot(held, event->handle, event->slot);
  if (!edge) return;
  need(pass, edge->written, GCT_RELAX_SLOT);
  need_all(pass, edge->uses, GCT_RELAX_END);
  gct__held_point(held, edge, event->target);
  edge->written = here(pass);
}

// Loaded from a slot: then that reference is the one that counts.
static void take_root(struct pass *pass, const struct gct_event *event)
{
  struct gct__held *held = &pass->held;
  if (event->flags & GCT_LOADED) {
    use(pass, event->target);
    struct gct__edge *edge = gct__held_slot(held, event->target, event->slot);
    if (edge) rely_on_edge(pass, edge);
  }
  use(pass, event->handle);
  begin_root(pass, event->handle);
}

static void resize(struct pass *pass, const struct gct_event *event)
{
  struct gct__object *object = object_of(pass, event->handle);
  use(pass, event->handle);
  need(pass, object->sized, GCT_RELAX_SIZE);
  need_all(pass, object->writes, GCT_RELAX_SIZE);
  object->sized = here(pass);
}

static void set_weak(struct pass *pass, const struct gct_event *event)
{
  struct gct__object *object = object_of(pass, event->handle);
  use(pass, event->handle);
  if (event->target != GCT_NIL) use(pass, event->target);
  need(pass, object->weak, GCT_RELAX_WEAK);
  object->weak = here(pass);
}

static void finalizer(struct pass *pass, const struct gct_event *event)
{
  struct gct__object *object = object_of(pass, event->handle);
  use(pass, event->handle);
  need(pass, object->finalizer, GCT_RELAX_FINALIZER);
  object->finalizer = here(pass);
}

// Nobody mentions it any more: it may be garbage by now, so it is only
// touched.
static void bury(struct pass *pass, uint32_t handle)
{
  struct gct__object *object = object_of(pass, handle);
  touch(pass, handle);
  need_all(pass, object->touches, GCT_RELAX_DEATH);
  gct__held_bury(&pass->held, handle);
  object->freed = here(pass);
}

static void take_event(struct pass *pass, const struct gct_event *event,
                       bool checkpoint)
{
  pass_fence(pass);
  switch (event->op) {
  case GCT_ALLOC:
    allocate(pass, event);
    break;
  case GCT_WRITE:
    write_slot(pass, event);
    break;
  case GCT_ROOT:
    take_root(pass, event);
    break;
  case GCT_UNROOT:
    end_root(pass, event->handle);
    break;
  case GCT_DROP:
    end_root(pass, event->handle);
    bury(pass, event->handle);
    break;
  case GCT_FREE:
    bury(pass, event->handle);
    break;
  case GCT_WEAK:
    set_weak(pass, event);
    break;
  case GCT_RESIZE:
    resize(pass, event);
    break;
  case GCT_FINALIZER:
    finalizer(pass, event);
    break;
  case GCT_PIN:
    use(pass, event->handle);
    break;
  case GCT_EXT: // whose it was, only the canonical order says
    if (gct__revived(pass->walk, pass->info, event) != GCT_NIL) fence(pass);
    break;
  case GCT_CHECKPOINT:
    if (checkpoint) fence(pass);
    break;
  default:
    break;
  }
}

// ---- the pass

static int walk(struct pass *pass, gct_progress *progress, void *context,
                struct gct_error *error)
{
  struct gct_walk *walk = pass->walk;
  uint64_t done = 0;
  bool good = true;
  for (const struct gct_event *e;
       good && (e = gct_walk_next(walk, &pass->thread));) {
    pass->seq = pass->clocks.threads[pass->thread].done + 1;
    if (pass->seq == UINT32_MAX)
      return gct_walk_fail(walk, error, "more events than a WAIT can name");
    take_event(pass, e, gct_walk_checkpoint(walk));
    good = gct__clocks_done(&pass->clocks, pass->thread,
                            &pass->relax->threads[pass->thread]) &&
           !pass->held.full;
    if (++done % PROGRESS_EVERY == 0 && progress)
      progress(context, done, pass->info->n_events);
  }
  if (!good) return gct__system(error, ENOMEM);
  if (!gct_walk_error(walk)) return 0;
  *error = *gct_walk_error(walk);
  return -EBADMSG;
}

static void sum_up(struct pass *pass)
{
  struct gct_relax *relax = pass->relax;
  for (uint32_t i = 0; i < relax->n_threads; i++) {
    if (relax->critical < pass->clocks.threads[i].depth)
      relax->critical = pass->clocks.threads[i].depth;
    for (size_t j = 0; j < relax->threads[i].n; j++)
      relax->by_kind[relax->threads[i].waits[j].kind]++;
  }
}

static int run(struct pass *pass, const struct gct_file *file,
               gct_progress *progress, void *context, struct gct_error *error)
{
  const struct gct_info *info = pass->info;
  struct gct_relax *relax = pass->relax;
  relax->n_threads = info->n_threads;
  relax->threads = calloc(info->n_threads + 1u, sizeof *relax->threads);
  relax->shared = calloc(info->n_births + 1, sizeof *relax->shared);
  relax->relied =
      calloc(info->n_births + info->by_op[GCT_ROOT] + 1, sizeof *relax->relied);
  bool good = gct__clocks_new(&pass->clocks, info->n_threads) &&
              gct__held_new(&pass->held, info->max_handles);
  pass->walk = gct_walk_open(file, error);
  int result;
  if (good && relax->threads && relax->shared && relax->relied && pass->walk)
    result = walk(pass, progress, context, error);
  else
    result = gct__system(error, ENOMEM);
  if (result == 0) sum_up(pass);
  gct_walk_close(pass->walk);
  return result;
}

int gct_relax_make(const struct gct_file *file, unsigned without,
                   gct_progress *progress, void *context,
                   struct gct_relax *relax, struct gct_error *error)
{
  struct pass *pass = calloc(1, sizeof *pass);
  *relax = (struct gct_relax){0};
  if (!pass) return gct__system(error, ENOMEM);
  pass->info = gct_info(file);
  pass->relax = relax;
  pass->without = without;
  int result = run(pass, file, progress, context, error);
  gct__clocks_free(&pass->clocks);
  gct__held_free(&pass->held);
  free(pass);
  if (result != 0) gct_relax_free(relax);
  return result;
}

void gct_relax_free(struct gct_relax *relax)
{
  for (uint32_t i = 0; relax->threads && i < relax->n_threads; i++)
    free(relax->threads[i].waits);
  free(relax->threads);
  free(relax->shared);
  free(relax->relied);
  *relax = (struct gct_relax){0};
}

uint64_t gct_relax_count(const struct gct_relax *relax)
{
  uint64_t n = 0;
  for (uint32_t i = 0; i < relax->n_threads; i++) n += relax->threads[i].n;
  return n;
}

const char *gct_relax_name(enum gct_relax_kind kind)
{
  static const char *const names[GCT_RELAX_KINDS] = {
      [GCT_RELAX_BEGIN] = "begin",    [GCT_RELAX_END] = "end",
      [GCT_RELAX_SLOT] = "slot",      [GCT_RELAX_DEATH] = "death",
      [GCT_RELAX_REUSE] = "reuse",    [GCT_RELAX_SIZE] = "size",
      [GCT_RELAX_WEAK] = "weak",      [GCT_RELAX_FINALIZER] = "finalizer",
      [GCT_RELAX_BARRIER] = "barrier"};
  return names[kind];
}
