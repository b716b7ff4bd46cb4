// gct_deaths.c: when each object of a trace came to be out of reach.
// SPDX-License-Identifier: MIT
//
// One walk notes the ends of roots in the objects and the ends of references in
// a list. Then the latest moments flow along the references, the latest object
// first (Dijkstra's search with min for the sum): what is taken out of the heap
// is final, since a reference never gives more than its owner has.
#include "gct_deaths.h"
#include "gct_format.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

// A reference that has ended, or GCT_NEVER: with its owner.
struct edge {
  uint64_t end;
  uint32_t target; // birth
  uint32_t next;   // of the same owner, or GCT_NIL
};

// What is known of a handle while the trace is walked through.
struct holding {
  uint32_t birth, roots;
  uint32_t *targets; // by slot: birth + 1, or 0
  uint32_t n;
  size_t room;
  bool live, registered;
};

struct entry {
  uint64_t at;
  uint32_t birth;
};

// Births that linger in a thread.
struct limbo {
  uint32_t *births;
  size_t n, room;
};

struct deaths {
  const struct gct_holder *holder;
  struct gct_life *lives;
  struct holding *handles;
  uint32_t *first; // by birth: its references
  struct edge *edges;
  size_t n_edges, room_edges;
  struct entry *heap;
  size_t n_heap, room_heap;
  struct limbo limbo[GCT_MAX_THREADS];
  uint32_t grave[GCT_MAX_THREADS]; // birth + 1, or 0
  uint32_t thread;                 // whose event it is
  struct gct_event before[GCT_MAX_THREADS];
  uint64_t now, births;
  bool exhausted;
};

// The items, with room for one more than `n`; NULL, for good: no memory.
static void *grow(struct deaths *d, void *items, size_t *room, size_t n,
                  size_t size)
{
  if (n < *room) return items;
  size_t more = 2 * n + 64;
  void *grown = realloc(items, more * size);
  if (grown) *room = more;
  d->exhausted |= !grown;
  return grown;
}

// ---- the walk

// It was in reach until then.
static void reached(struct deaths *d, uint32_t birth, uint64_t at)
{
  if (d->lives[birth].dead < at) d->lives[birth].dead = at;
}

static void add_edge(struct deaths *d, uint32_t owner, uint32_t target,
                     uint64_t end)
{
  if (owner == target || d->n_edges == GCT_NIL) {
    d->exhausted |= d->n_edges == GCT_NIL;
    return;
  }
  struct edge *edges =
      grow(d, d->edges, &d->room_edges, d->n_edges, sizeof *edges);
  if (!edges) return;
  d->edges = edges;
  d->edges[d->n_edges] = (struct edge){end, target, d->first[owner]};
  d->first[owner] = (uint32_t)d->n_edges++;
}

// A root of it begins or ends.
static void bury(struct deaths *d, uint32_t who, const struct gct_event *event,
                 uint32_t birth)
{
  const struct gct_holder *holder = d->holder;
  uint32_t *grave = &d->grave[who];
  if (!holder || !holder->buries(holder->context, d->thread, event, birth))
    return;
  if (*grave) reached(d, *grave - 1, d->now);
  *grave = birth + 1;
}

// It has lost a root, or a reference to it.
static void lose(struct deaths *d, uint32_t who,
                 const struct gct_event *event, uint32_t birth)
{
  const struct gct_holder *holder = d->holder;
  struct limbo *limbo = &d->limbo[who];
  if (event->op != GCT_WRITE) bury(d, who, event, birth);
  if (!holder || !holder->lingers(holder->context, event, birth)) {
    // A reference is in the list of edges.
    if (event->op != GCT_WRITE) reached(d, birth, d->now);
    return;
  }
  uint32_t *births =
      grow(d, limbo->births, &limbo->room, limbo->n, sizeof *births);
  if (!births) return;
  limbo->births = births;
  limbo->births[limbo->n++] = birth;
}

static void let_go(struct deaths *d, struct limbo *limbo, uint64_t at)
{
  while (limbo->n) reached(d, limbo->births[--limbo->n], at);
}

static void bear(struct deaths *d, uint32_t who, const struct gct_event *event)
{
  struct holding *h = &d->handles[event->handle];
  h->birth = (uint32_t)d->births++;
  h->roots = 1;
  h->live = true;
  h->registered = false;
  h->n = 0; // slots beyond are cleared when they come
  d->lives[h->birth] = (struct gct_life){d->now, 0, event->words};
  bury(d, who, event, h->birth);
}

// Its references end when it is out of reach.
static void leave(struct deaths *d, struct holding *h)
{
  for (uint32_t i = 0; i < h->n; i++)
    if (h->targets[i]) add_edge(d, h->birth, h->targets[i] - 1, GCT_NEVER);
  h->live = false;
}

static void write_slot(struct deaths *d, uint32_t who,
                       const struct gct_event *event)
{
  struct holding *h = &d->handles[event->handle];
  uint32_t target =
      event->target == GCT_NIL ? 0 : d->handles[event->target].birth + 1;
  uint32_t *targets =
      grow(d, h->targets, &h->room, event->slot, sizeof *targets);
  if (!targets) return;
  h->targets = targets;
  if (event->slot >= h->n) {
    memset(h->targets + h->n, 0,
           (event->slot + 1 - h->n) * sizeof *h->targets);
    h->n = event->slot + 1;
  }
  uint32_t old = h->targets[event->slot];
  h->targets[event->slot] = target;
  if (!old) return;
  add_edge(d, h->birth, old - 1, d->now);
  lose(d, who, event, old - 1);
}

static void unregister(struct deaths *d, uint32_t who,
                       const struct gct_event *event)
{
  // As with any root but that of a DROP, all of it may be needed again.
  struct gct_event end = {.op = GCT_UNROOT, .handle = event->handle};
  struct holding *h = &d->handles[event->handle];
  if (h->registered) lose(d, who, &end, h->birth);
  h->registered = false;
}

// ROOT, UNROOT, DROP, FREE, FINALIZER.
static void hold(struct deaths *d, uint32_t who,
                 const struct gct_event *event)
{
  struct holding *h = &d->handles[event->handle];
  if (event->op == GCT_ROOT) {
    h->roots++;
    bury(d, who, event, h->birth);
  }
  if (event->op == GCT_UNROOT || event->op == GCT_DROP) {
    h->roots--;
    lose(d, who, event, h->birth);
  }
  if (event->op == GCT_FINALIZER) {
    if (event->flags & GCT_ENDS)
      unregister(d, who, event);
    else if (!h->registered)
      bury(d, who, event, h->birth);
    h->registered = !(event->flags & GCT_ENDS);
  }
  if (event->op == GCT_DROP || event->op == GCT_FREE) {
    unregister(d, who, event);
    leave(d, h);
  }
}

static void apply(struct deaths *d, uint32_t who,
                  const struct gct_event *event)
{
  switch (event->op) {
  case GCT_ALLOC:
    bear(d, who, event);
    return;
  case GCT_WRITE:
    write_slot(d, who, event);
    return;
  case GCT_ROOT:
  case GCT_UNROOT:
  case GCT_DROP:
  case GCT_FREE:
  case GCT_FINALIZER:
    hold(d, who, event);
    return;
  default:
    return;
  }
}

static void take(struct deaths *d, uint32_t thread,
                 const struct gct_event *event)
{
  const struct gct_holder *holder = d->holder;
  uint32_t who = holder && holder->together ? 0 : thread;
  d->thread = thread;
  if (holder && holder->settles(holder->context, event, &d->before[thread]))
    let_go(d, &d->limbo[who], d->now);
  apply(d, who, event);
  d->before[thread] = *event;
  d->now++;
}

static void conclude(struct deaths *d, uint32_t max_handles)
{
  for (uint32_t i = 0; i < GCT_MAX_THREADS; i++) {
    let_go(d, &d->limbo[i], d->now);
    if (d->grave[i]) reached(d, d->grave[i] - 1, d->now);
  }
  for (uint32_t i = 0; i < max_handles; i++) {
    struct holding *h = &d->handles[i];
    if (!h->live) continue;
    if (h->roots || h->registered) reached(d, h->birth, GCT_NEVER);
    leave(d, h);
  }
}

// ---- along the references

static void push(struct deaths *d, uint64_t at, uint32_t birth)
{
  struct entry *heap =
      grow(d, d->heap, &d->room_heap, d->n_heap, sizeof *heap);
  if (!heap) return;
  d->heap = heap;
  size_t i = d->n_heap++;
  for (; i && d->heap[(i - 1) / 2].at < at; i = (i - 1) / 2)
    d->heap[i] = d->heap[(i - 1) / 2];
  d->heap[i] = (struct entry){at, birth};
}

static struct entry pop(struct deaths *d)
{
  struct entry top = d->heap[0], last = d->heap[--d->n_heap];
  size_t i = 0;
  for (size_t child; (child = 2 * i + 1) < d->n_heap; i = child) {
    if (child + 1 < d->n_heap && d->heap[child + 1].at > d->heap[child].at)
      child++;
    if (d->heap[child].at <= last.at) break;
    d->heap[i] = d->heap[child];
  }
  d->heap[i] = last;
  return top;
}

static void follow(struct deaths *d, struct entry owner)
{
  for (uint32_t i = d->first[owner.birth]; i != GCT_NIL; i = d->edges[i].next) {
    const struct edge *e = &d->edges[i];
    uint64_t at = e->end < owner.at ? e->end : owner.at;
    if (at <= d->lives[e->target].dead) continue;
    d->lives[e->target].dead = at;
    if (d->first[e->target] != GCT_NIL) push(d, at, e->target);
  }
}

static void spread(struct deaths *d)
{
  for (uint32_t i = 0; i < d->births; i++)
    if (d->first[i] != GCT_NIL) push(d, d->lives[i].dead, i);
  while (d->n_heap && !d->exhausted) {
    struct entry top = pop(d);
    // Else it was pushed again since, higher.
    if (top.at == d->lives[top.birth].dead) follow(d, top);
  }
}

// ---- all

static int walk_through(struct deaths *d, const struct gct_file *file,
                        struct gct_error *error)
{
  struct gct_walk *walk = gct_walk_open(file, error);
  uint32_t thread;
  if (!walk) return -ENOMEM;
  for (const struct gct_event *e;
       !d->exhausted && (e = gct_walk_next(walk, &thread));)
    take(d, thread, e);
  int result = gct_walk_error(walk) ? -EBADMSG : 0;
  if (result) *error = *gct_walk_error(walk);
  gct_walk_close(walk);
  return result;
}

static void release(struct deaths *d, uint32_t max_handles)
{
  for (uint32_t i = 0; d->handles && i < max_handles; i++)
    free(d->handles[i].targets);
  for (uint32_t i = 0; i < GCT_MAX_THREADS; i++) free(d->limbo[i].births);
  free(d->handles);
  free(d->first);
  free(d->edges);
  free(d->heap);
  free(d);
}

int gct_deaths_make(const struct gct_file *file,
                    const struct gct_holder *holder, struct gct_life **lives,
                    struct gct_error *error)
{
  const struct gct_info *info = gct_info(file);
  *lives = NULL;
  struct deaths *d = calloc(1, sizeof *d);
  if (!d) return gct__system(error, ENOMEM);
  d->holder = holder;
  d->lives = calloc(info->n_births + 1, sizeof *d->lives);
  d->first = malloc((info->n_births + 1) * sizeof *d->first);
  d->handles = calloc(info->max_handles + (size_t)1, sizeof *d->handles);
  d->exhausted = !d->lives || !d->first || !d->handles;
  for (uint64_t i = 0; !d->exhausted && i < info->n_births; i++)
    d->first[i] = GCT_NIL;
  for (uint32_t i = 0; i < GCT_MAX_THREADS; i++) d->before[i].op = GCT_WAIT;
  int result = d->exhausted ? 0 : walk_through(d, file, error);
  if (!result && !d->exhausted) {
    conclude(d, info->max_handles);
    spread(d);
  }
  if (d->exhausted) result = gct__system(error, ENOMEM);
  *lives = d->lives;
  release(d, info->max_handles);
  if (!result) return 0;
  free(*lives);
  *lives = NULL;
  return result;
}
