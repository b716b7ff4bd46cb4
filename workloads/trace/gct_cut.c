// gct_cut.c: walk, copy, stop; barriers where one thread had a checkpoint.
// SPDX-License-Identifier: MIT
//
// Any prefix of the canonical order is closed under WAIT: it holds whatever
// its events wait for. So a barrier of all threads put at any point of that
// order adds no cycle, and the graph there is exact. Putting checkpoints into
// threads shifts the numbers of the events behind them; `shift` remembers
// where, so that WAITs still mean the same event.
#include "gct_cut.h"
#include "gct_format.h"
#include "gct_revive.h"
#include "gct_run.h"
#include "gct_writer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#define PROGRESS_EVERY 65536

// Events put into (+1) or left out of (-1) a thread, by old event number.
struct shift {
  uint64_t before; // applies to old events from this number on
  int by;
};

struct cut_thread {
  bool used;      // has events in the part kept
  uint32_t index; // in the new file
  uint64_t done;  // old events passed
  struct shift *shifts;
  size_t n_shifts;
};

struct cut {
  const struct gct_file *file;
  const struct gct_info *info;
  const struct gct_cut_options *options;
  struct gct_walk *walk;
  struct gct_graph *graph;
  struct gct_writer *writer;
  uint32_t *slots; // by birth, or NULL
  struct gct__revivals revivals;
  uint64_t events, births, since_checkpoint;
  uint32_t n_checkpoints;
  struct gct__run run; // of run_thread, read but not yet written
  uint32_t run_thread;
  uint64_t run_start; // its first event's number in that thread
  uint64_t guards;
  bool settle;
  uint64_t header_flags;
  bool pending; // some threads stand at a barrier of the original
  struct gct_oracle last;
  struct cut_thread threads[GCT_MAX_THREADS];
  struct gct_error *error;
};

// The part kept ends after this many events, but for a run or a barrier that
// is to be finished.
static uint64_t limit_of(const struct gct_cut_options *options)
{
  return options->events ? options->events : UINT64_MAX;
}

// Finds the threads with events in the part kept, and how long it is.
static int measure(struct cut *cut, uint64_t *kept)
{
  struct gct_walk *walk = gct_walk_open(cut->file, cut->error);
  uint64_t n = 0, limit = limit_of(cut->options);
  uint32_t thread, standing = 0;
  bool in_run = false;
  int result = 0;
  if (!walk) return -ENOMEM;
  if (gct__revivals_open(&cut->revivals, cut->info) != 0) {
    gct_walk_close(walk);
    return gct__system(cut->error, ENOMEM);
  }
  while (n < limit || standing > 0 || in_run) {
    const struct gct_event *e = gct_walk_next(walk, &thread);
    if (!e) break;
    n++;
    in_run = gct__run_takes(e->op);
    gct__revivals_note(&cut->revivals, walk, cut->info, e);
    cut->threads[thread].used |= e->op != GCT_WAIT || e->seq > 0;
    if (e->op != GCT_CHECKPOINT) continue;
    standing = gct_walk_checkpoint(walk) ? 0 : standing + 1;
  }
  if (gct_walk_error(walk)) {
    *cut->error = *gct_walk_error(walk);
    result = -EBADMSG;
  }
  cut->settle = gct_walk_total(walk) && !cut->options->keep_order &&
                !(cut->info->header_flags & GCT_ALWAYS_HELD);
  gct_walk_close(walk);
  *kept = n;
  return result;
}

static int add_shift(struct cut *cut, struct cut_thread *thread,
                     uint64_t before, int by)
{
  size_t n = thread->n_shifts;
  if ((n & (n - 1)) == 0) {
    size_t room = n ? 2 * n : 1;
    void *grown = realloc(thread->shifts, room * sizeof *thread->shifts);
    if (!grown) return gct__system(cut->error, ENOMEM);
    thread->shifts = grown;
  }
  thread->shifts[n] = (struct shift){before, by};
  thread->n_shifts = n + 1;
  return 0;
}

// How many new events stand for the first `seq` old ones.
static uint32_t new_seq(const struct cut_thread *thread, uint32_t seq)
{
  uint32_t result = seq;
  for (size_t i = 0; i < thread->n_shifts; i++)
    if (thread->shifts[i].before < seq)
      result += (uint32_t)thread->shifts[i].by;
  return result;
}

static void put(struct cut *cut, uint32_t thread, const struct gct_event *e)
{
  const uint8_t *payload = e->op == GCT_EXT ? gct_walk_bytes(cut->walk) : NULL;
  gct_writer_event(cut->writer, cut->threads[thread].index, e, payload);
}

// Records the graph as it is now.
static int record(struct cut *cut, const struct gct_checkpoint *original)
{
  struct gct_oracle oracle = {.number = cut->n_checkpoints++};
  gct_graph_oracle(cut->graph, &oracle);
  gct_writer_checkpoint(cut->writer, &oracle);
  cut->last = oracle;
  cut->since_checkpoint = 0;
  if (!original || !original->has_oracle ||
      gct_oracle_equal(&original->oracle, &oracle))
    return 0;
  gct__bad(cut->error, 0, "CKPT",
           "checkpoint %" PRIu64 " disagrees with the events",
           original->oracle.number);
  return -EPROTO;
}

// Puts the next checkpoint into every thread but `except` (GCT_NIL: none).
static int put_barrier(struct cut *cut, uint32_t except)
{
  struct gct_event e = {.op = GCT_CHECKPOINT, .number = cut->n_checkpoints};
  int result = 0;
  for (uint32_t i = 0; i < cut->info->n_threads && result == 0; i++) {
    if (!cut->threads[i].used) continue;
    put(cut, i, &e);
    if (i != except)
      result = add_shift(cut, &cut->threads[i], cut->threads[i].done, 1);
  }
  return result;
}

static int copy_checkpoint(struct cut *cut, uint32_t thread,
                           const struct gct_event *e)
{
  const struct gct_checkpoint *original = &cut->info->checkpoints[e->number];
  struct gct_event copy = *e;
  int result = 0;
  copy.number = cut->n_checkpoints;
  if (original->threads == 1)
    result = put_barrier(cut, thread);
  else
    put(cut, thread, &copy);
  cut->pending = !gct_walk_checkpoint(cut->walk);
  return result == 0 && !cut->pending ? record(cut, original) : result;
}

static int copy_wait(struct cut *cut, uint32_t thread,
                     const struct gct_event *e)
{
  const struct cut_thread *other = &cut->threads[e->thread];
  struct gct_event copy = *e;
  if (!other->used || e->seq == 0)
    return add_shift(cut, &cut->threads[thread], cut->threads[thread].done, -1);
  copy.thread = (uint16_t)other->index;
  copy.seq = new_seq(other, e->seq);
  put(cut, thread, &copy);
  return 0;
}

// Adds or takes a root that keeps a revived object.
static int copy_revival(struct cut *cut, uint32_t thread, uint8_t op,
                        uint32_t handle)
{
  struct gct_event e = {.op = op, .handle = handle};
  const char *why = gct_graph_apply(cut->graph, &e);
  if (why) return gct_walk_fail(cut->walk, cut->error, why);
  put(cut, thread, &e);
  return 0;
}

// A birth, with a root more for each time that it is revived.
static int copy_birth(struct cut *cut, uint32_t thread,
                      const struct gct_event *e)
{
  struct gct_event copy = *e;
  unsigned times = gct__revivals_of(&cut->revivals, cut->births);
  int result = 0;
  if (cut->slots) copy.slots = cut->slots[cut->births];
  cut->births++;
  put(cut, thread, &copy);
  for (unsigned i = 0; i < times && result == 0; i++)
    result = copy_revival(cut, thread, GCT_ROOT, e->handle);
  if (times && result == 0)
    result = add_shift(cut, &cut->threads[thread], cut->threads[thread].done,
                       (int)times);
  return result;
}

// Any event that is not part of a run.
static int copy_event(struct cut *cut, uint32_t thread,
                      const struct gct_event *e)
{
  uint32_t revived = gct__revived(cut->walk, cut->info, e);
  int result = 0;
  const char *why = gct_graph_apply(cut->graph, e);
  if (why) return gct_walk_fail(cut->walk, cut->error, why);
  if (revived != GCT_NIL) {
    result = copy_revival(cut, thread, GCT_UNROOT, revived);
  } else if (e->op == GCT_ALLOC) {
    result = copy_birth(cut, thread, e);
  } else if (e->op == GCT_CHECKPOINT) {
    result = copy_checkpoint(cut, thread, e);
  } else if (e->op == GCT_WAIT) {
    result = copy_wait(cut, thread, e);
  } else {
    put(cut, thread, e);
  }
  return result;
}

static void put_guards(struct cut *cut, uint8_t op)
{
  for (size_t i = 0; i < cut->run.n_guards; i++) {
    struct gct_event e = {.op = op, .handle = cut->run.guards[i]};
    put(cut, cut->run_thread, &e);
  }
}

// Writes the run read so far.
static int end_run(struct cut *cut)
{
  struct gct__run *run = &cut->run;
  int result = 0;
  if (run->n == 0) return 0;
  const char *why = gct__run_apply(run, cut->graph, cut->settle);
  if (why)
    return gct__bad(cut->error, 0, "EVTS",
                    "run at event %" PRIu64 " of thread %u: %s", cut->run_start,
                    cut->info->threads[cut->run_thread].id, why);
  size_t guards = run->n_guards;
  put_guards(cut, GCT_ROOT);
  for (size_t i = 0; i < run->n; i++) {
    const struct gct_event *e = &run->events[i];
    struct gct_event unroot = {.op = GCT_UNROOT, .handle = e->handle};
    if (gct__run_ends_guard(run, e)) put(cut, cut->run_thread, &unroot);
    put(cut, cut->run_thread, e);
  }
  put_guards(cut, GCT_UNROOT);
  cut->guards += guards;
  if (guards)
    result = add_shift(cut, &cut->threads[cut->run_thread], cut->run_start,
                       2 * (int)guards);
  gct__run_clear(run);
  return result;
}

// Takes the next event: into the run, or behind it.
static int take_event(struct cut *cut, uint32_t thread,
                      const struct gct_event *e)
{
  bool runs = gct__run_takes(e->op);
  int result = 0;
  if (!runs || thread != cut->run_thread) result = end_run(cut);
  if (result != 0) return result;
  if (!runs) {
    result = copy_event(cut, thread, e);
  } else {
    if (cut->run.n == 0) cut->run_start = cut->threads[thread].done;
    cut->run_thread = thread;
    if (gct__run_add(&cut->run, e) != 0)
      result = gct__system(cut->error, ENOMEM);
  }
  cut->threads[thread].done++;
  if (e->op != GCT_CHECKPOINT || cut->pending) cut->since_checkpoint++;
  return result;
}

// One more checkpoint, unless no thread has an event to stand behind.
static int add_checkpoint(struct cut *cut)
{
  if (gct_writer_threads(cut->writer) == 0) return 0;
  int result = put_barrier(cut, GCT_NIL);
  return result == 0 ? record(cut, NULL) : result;
}

static int copy_events(struct cut *cut, uint64_t kept, gct_progress *progress,
                       void *context)
{
  uint64_t every = cut->options->every;
  uint32_t thread;
  int result = 0;
  while (result == 0 && cut->events < kept) {
    const struct gct_event *e = gct_walk_next(cut->walk, &thread);
    if (!e) break;
    cut->events++;
    result = take_event(cut, thread, e);
    if (result == 0 && every && cut->since_checkpoint >= every &&
        !cut->pending && cut->run.n == 0)
      result = add_checkpoint(cut);
    if (cut->events % PROGRESS_EVERY == 0 && progress)
      progress(context, cut->events, kept);
  }
  if (result == 0) result = end_run(cut);
  if (result == 0 && (cut->since_checkpoint || !cut->n_checkpoints))
    result = add_checkpoint(cut);
  return result;
}

static void put_tables(struct cut *cut)
{
  const struct gct_info *info = cut->info;
  const struct gct_cut_options *options = cut->options;
  for (uint32_t i = 0; i < info->n_threads; i++)
    if (cut->threads[i].used)
      cut->threads[i].index =
          gct_writer_thread(cut->writer, info->threads[i].id);
  for (uint32_t i = 0; i < info->n_meta; i++)
    gct_writer_meta(cut->writer, info->meta[i].key, info->meta[i].value);
  for (uint32_t i = 0; i < options->n_meta; i++)
    gct_writer_meta(cut->writer, options->meta[i].key, options->meta[i].value);
  for (uint32_t i = 0; i < info->n_types; i++)
    gct_writer_type(cut->writer, &info->types[i]);
}

// Opens what pass two needs.
static int begin(struct cut *cut, const char *path, uint64_t kept)
{
  bool exact = cut->info->header_flags & GCT_EXACT_SLOTS;
  bool fit = !exact && !cut->options->keep_slots;
  struct gct_writer_options writer = {.level = cut->options->level,
                                      .header_flags = cut->info->header_flags};
  int result = 0;
  if (fit) {
    writer.header_flags |= GCT_EXACT_SLOTS;
    result = gct_slots_needed_in(cut->file, kept, &cut->slots, cut->error);
  }
  if (result != 0) return result;
  cut->walk = gct_walk_open(cut->file, cut->error);
  if (!cut->walk) return -ENOMEM;
  cut->graph = gct_graph_new(cut->info->max_handles, exact);
  if (!cut->graph || gct__run_open(&cut->run, cut->info->max_handles) != 0)
    return gct__system(cut->error, ENOMEM);
  cut->header_flags = writer.header_flags;
  return gct_writer_open(path, &writer, &cut->writer, cut->error);
}

int gct_cut(const struct gct_file *file, const char *path,
            const struct gct_cut_options *options, gct_progress *progress,
            void *context, struct gct_cut_result *result,
            struct gct_error *error)
{
  struct cut cut = {
      .file = file, .info = gct_info(file), .options = options, .error = error};
  uint64_t kept = 0;
  int status = measure(&cut, &kept);
  if (status == 0) status = begin(&cut, path, kept);
  if (status == 0) {
    put_tables(&cut);
    status = copy_events(&cut, kept, progress, context);
    if (cut.settle && cut.run.beyond_help == 0)
      gct_writer_flags(cut.writer, cut.header_flags | GCT_ALWAYS_HELD);
    if (status == 0)
      status = gct_writer_close(cut.writer, error);
    else
      gct_writer_abandon(cut.writer);
  }
  gct_graph_free(cut.graph);
  gct_walk_close(cut.walk);
  gct__run_close(&cut.run);
  gct__revivals_close(&cut.revivals);
  free(cut.slots);
  for (uint32_t i = 0; i < cut.info->n_threads; i++)
    free(cut.threads[i].shifts);
  *result = (struct gct_cut_result){.events = cut.events,
                                    .moved = cut.run.moved,
                                    .guards = cut.guards,
                                    .beyond_help = cut.run.beyond_help,
                                    .checkpoints = cut.n_checkpoints,
                                    .final = cut.last};
  return status;
}
