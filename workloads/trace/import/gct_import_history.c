// gct_import_history.c: collects the events of a text trace, and writes them.
// SPDX-License-Identifier: MIT
//
// Reading fills `ops`; then deaths, or ranks, are found; then the ops are run
// once more on a heap that writes. All threads' events are in one order, which
// WAITs keep.
#include "gct_import_history.h"

#include <stdlib.h>

// ---- collecting

void gct__history_begin(struct gct__history *h)
{
  struct gct__job *job = h->job;
  h->folded_threads = gct__job_count(job, "import.threads_folded",
                                     "threads beyond 256, made one");
  if (h->has_roots) {
    h->kept = gct__job_count(job, "import.kept",
                             "objects kept by a root of their own: used when "
                             "nothing reached them any more");
    return;
  }
  h->put_off = gct__job_count(job, "import.deaths_put_off",
                              "deaths put off: the object was used later");
  h->cut =
      gct__job_count(job, "import.cut", "references to dead objects made nil");
  h->old_differs =
      gct__job_count(job, "import.old_differs",
                     "updates of a field that held something else than they "
                     "say: the trace missed others");
}

void gct__history_end(struct gct__history *h)
{
  free(h->ops);
  free(h->things);
  free(h->lives);
  gct__ids_free(&h->threads);
}

uint32_t gct__history_thing(struct gct__history *h, uint32_t type,
                            uint64_t bytes, uint32_t slots)
{
  uint32_t n = h->n_things;
  if (n == GCT__UNTOLD)
    return gct__job_fail(h->job, 0, "more than 2^32 objects"), GCT_NIL;
  if (!gct__job_grow(h->job, &h->things, n, sizeof *h->things) ||
      !gct__job_grow(h->job, &h->lives, n, sizeof *h->lives))
    return GCT_NIL;
  h->things[n] = (struct gct__thing){type, (uint32_t)((bytes + 7) / 8), slots};
  h->lives[n] = (struct gct__life){GCT_NIL, GCT_NIL, GCT_NIL, GCT_NIL, 0};
  return h->n_things++;
}

bool gct__history_add(struct gct__history *h, const struct gct__op *op)
{
  if (h->n_ops == GCT__UNTOLD)
    return gct__job_fail(h->job, 0, "more than 2^32 events");
  if (!gct__job_grow(h->job, &h->ops, h->n_ops, sizeof *h->ops)) return false;
  h->ops[h->n_ops++] = *op;
  if (op->kind == GCT__CHECK) return true;
  struct gct__life *life = &h->lives[op->thing];
  uint32_t now = h->n_ops - 1;
  if (op->kind == GCT__BIRTH) life->thread = op->thread;
  if (op->kind == GCT__ROOT && life->first_held == GCT_NIL)
    life->first_held = now;
  life->last_use = now;
  if (op->kind != GCT__WRITE || op->target == GCT_NIL) return true;
  life = &h->lives[op->target];
  life->last_use = now;
  if (life->first_held == GCT_NIL) life->first_held = now;
  return true;
}

bool gct__history_thread(struct gct__history *h, uint64_t id, uint8_t *thread)
{
  uint32_t *number = gct__ids_at(&h->threads, id);
  if (!number) return gct__job_no_memory(h->job);
  if (*number == GCT_NIL && h->n_threads < GCT_MAX_THREADS) {
    *number = h->n_threads++;
  } else if (*number == GCT_NIL) {
    *number = GCT_MAX_THREADS - 1;
    ++*h->folded_threads;
  }
  *thread = (uint8_t)*number;
  return true;
}

void gct__history_use(struct gct__history *h, uint32_t thing)
{
  h->lives[thing].last_use = h->n_ops - 1;
}

void gct__history_death(struct gct__history *h, uint32_t thing)
{
  h->lives[thing].death = h->n_ops - 1;
}

// ---- groups of objects that die after the same op

static int by_size(const void *a, const void *b)
{
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return (x > y) - (x < y);
}

void gct__sort_numbers(uint64_t *numbers, uint32_t n)
{
  qsort(numbers, n, sizeof *numbers, by_size);
}

bool gct__deaths_sort(const struct gct__history *h, struct gct__deaths *deaths)
{
  *deaths = (struct gct__deaths){.n = h->n_things};
  deaths->order = gct__job_array(h->job, h->n_things, sizeof *deaths->order);
  deaths->group = gct__job_array(h->job, h->n_things, sizeof *deaths->group);
  if (!deaths->order || !deaths->group) return false;
  for (uint32_t i = 0; i < h->n_things; i++)
    deaths->order[i] = (uint64_t)h->lives[i].death << 32 | i;
  gct__sort_numbers(deaths->order, h->n_things);
  return true;
}

bool gct__deaths_next(struct gct__deaths *deaths, uint32_t op)
{
  deaths->n_group = 0;
  while (deaths->at < deaths->n && deaths->order[deaths->at] >> 32 == op)
    deaths->group[deaths->n_group++] = (uint32_t)deaths->order[deaths->at++];
  return deaths->n_group > 0;
}

void gct__deaths_free(struct gct__deaths *deaths)
{
  free(deaths->order);
  free(deaths->group);
}

// ---- running

// Gives up the root of birth if that is due.
static void end_birth_root(const struct gct__history *h, struct gct__heap *heap,
                           uint32_t thing, uint32_t now)
{
  if (thing != GCT_NIL && h->lives[thing].birth_end == now)
    gct__heap_unroot(heap, thing);
}

bool gct__history_run(const struct gct__history *h, struct gct__heap *heap,
                      uint32_t now)
{
  const struct gct__op *op = &h->ops[now];
  const struct gct__life *life = &h->lives[op->thing];
  uint32_t target = op->kind == GCT__WRITE ? op->target : GCT_NIL;
  switch (op->kind) {
  case GCT__BIRTH:
    if (!gct__heap_birth(heap, op->thing)) return false;
    break;
  case GCT__WRITE:
    if (!gct__heap_write(heap, op->thing, op->slot, target)) return false;
    break;
  case GCT__ROOT:
    // That of birth becomes this one.
    if (life->birth_end == now && life->thread == op->thread) return true;
    gct__heap_root(heap, op->thing);
    break;
  case GCT__UNROOT:
    gct__heap_unroot(heap, op->thing);
    break;
  default:
    return true;
  }
  end_birth_root(h, heap, op->thing, now);
  if (target != op->thing) end_birth_root(h, heap, target, now);
  return true;
}

// ---- writing

struct writing {
  struct gct__history *h;
  struct gct__heap heap;
  struct gct__deaths deaths;
  uint32_t *ranks;   // histories with deaths
  uint32_t *holders; // slots of objects of higher rank that hold a thing
};

static bool holds(const struct writing *w, uint32_t owner, uint32_t target)
{
  return target != GCT_NIL && w->ranks[owner] > w->ranks[target];
}

// A write by which objects may lose their last holder, and take a root, or
// get their first, and give it up.
static bool write_held(struct writing *w, const struct gct__op *op)
{
  uint32_t old = gct__heap_target(&w->heap, op->thing, op->slot);
  bool first = holds(w, op->thing, op->target) && w->holders[op->target]++ == 0;
  if (holds(w, op->thing, old) && --w->holders[old] == 0)
    gct__heap_root(&w->heap, old);
  if (!gct__heap_write(&w->heap, op->thing, op->slot, op->target)) return false;
  if (first) gct__heap_unroot(&w->heap, op->target);
  return true;
}

static bool write_op(struct writing *w, uint32_t now)
{
  struct gct__history *h = w->h;
  const struct gct__op *op = &h->ops[now];
  bool good = true;
  if (op->kind != GCT__CHECK) gct__heap_thread(&w->heap, op->thread);
  if (op->kind == GCT__CHECK)
    gct__heap_checkpoint(&w->heap);
  else if (!h->has_roots && op->kind == GCT__WRITE)
    good = write_held(w, op);
  else
    good = gct__history_run(h, &w->heap, now);
  if (good && gct__deaths_next(&w->deaths, now))
    gct__heap_bury(&w->heap, w->deaths.group, w->deaths.n_group);
  gct__job_progress(h->job, false, now, h->n_ops);
  return good && h->job->code == 0;
}

static bool write_all(struct writing *w)
{
  struct gct__history *h = w->h;
  for (uint32_t i = 0; i < h->n_ops; i++)
    if (!write_op(w, i)) return false;
  gct__heap_checkpoint(&w->heap);
  if (!h->job->options->teardown) return true;
  if (gct__deaths_next(&w->deaths, GCT_NIL))
    gct__heap_bury(&w->heap, w->deaths.group, w->deaths.n_group);
  gct__heap_checkpoint(&w->heap);
  return h->job->code == 0;
}

static bool open_output(struct gct__history *h, const char *output)
{
  struct gct__types *types = &h->job->types;
  if (!gct__job_open(h->job, output)) return false;
  bool *used = gct__job_array(h->job, types->n, sizeof *used);
  if (!used) return false;
  for (uint32_t i = 0; i < h->n_things; i++) {
    used[h->things[i].type] = true;
    if (h->things[i].slots > 0)
      types->types[h->things[i].type].flags |= GCT_TYPE_TRACKED;
  }
  gct__job_register_types(h->job, used);
  free(used);
  for (uint32_t i = 0; i < h->n_threads; i++)
    gct_writer_thread(h->job->writer, i);
  return types->index != NULL;
}

static bool write_history(struct writing *w, const char *output)
{
  struct gct__history *h = w->h;
  w->ranks = gct__job_array(h->job, h->n_things, sizeof *w->ranks);
  w->holders = gct__job_array(h->job, h->n_things, sizeof *w->holders);
  if (!w->ranks || !w->holders) return false;
  if (h->has_roots ? !gct__history_lives(h) : !gct__history_ranks(h, w->ranks))
    return false;
  return open_output(h, output) && gct__deaths_sort(h, &w->deaths) &&
         gct__heap_begin(&w->heap, h->job, h->things, h->n_things, h->n_threads,
                         true) &&
         write_all(w);
}

bool gct__history_write(struct gct__history *h, const char *output)
{
  struct writing w = {.h = h};
  if (h->n_ops == 0) return gct__job_fail(h->job, 0, "there are no events");
  bool good = write_history(&w, output);
  gct__heap_end(&w.heap);
  gct__deaths_free(&w.deaths);
  free(w.ranks);
  free(w.holders);
  return good;
}
