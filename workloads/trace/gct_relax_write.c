// gct_relax_write.c: a trace with no more WAITs than its meaning needs.
// SPDX-License-Identifier: MIT
//
// The events are those of the original, thread by thread; its WAITs give way to
// the pass's, and each checkpoint stands in every thread, where it is a barrier
// that needs no WAIT. Births are numbered in the canonical order of the new
// file, which is another one, so its oracles are computed by walking it: it is
// written without them, and then copied by gct_cut, which does that.
#include "gct_cut.h"
#include "gct_format.h"
#include "gct_relax.h"
#include "gct_writer.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

struct copy {
  const struct gct_info *info;
  const struct gct_relax *relax;
  struct gct_writer *writer;
  uint32_t
      *place[GCT_MAX_THREADS];    // old number of an event: new events with it
  uint32_t done[GCT_MAX_THREADS]; // old events
  uint32_t barrier[GCT_MAX_THREADS]; // of these, before the last checkpoint
  size_t waits[GCT_MAX_THREADS];     // passed
};

static void put(struct copy *copy, uint32_t thread, const struct gct_event *e,
                const uint8_t *payload)
{
  gct_writer_event(copy->writer, thread, e, payload);
}

// The waits before the thread's next event, but what a barrier does already.
static void put_waits(struct copy *copy, uint32_t thread, bool barrier)
{
  const struct gct_relax_waits *waits = &copy->relax->threads[thread];
  size_t *at = &copy->waits[thread];
  for (; *at < waits->n && waits->waits[*at].at == copy->done[thread]; ++*at) {
    const struct gct_relax_wait *wait = &waits->waits[*at];
    if (barrier || wait->seq <= copy->barrier[wait->thread]) continue;
    struct gct_event e = {.op = GCT_WAIT,
                          .thread = wait->thread,
                          .seq = copy->place[wait->thread][wait->seq - 1]};
    put(copy, thread, &e, NULL);
  }
}

static void put_checkpoint(struct copy *copy, uint32_t thread,
                           const struct gct_event *e, bool complete)
{
  bool alone = copy->info->checkpoints[e->number].threads == 1;
  for (uint32_t i = 0; i < copy->info->n_threads; i++)
    if (alone || i == thread) put(copy, i, e, NULL);
  for (uint32_t i = 0; i < copy->info->n_threads && complete; i++)
    copy->barrier[i] = copy->done[i] + (i == thread);
}

static void put_event(struct copy *copy, struct gct_walk *walk, uint32_t thread,
                      const struct gct_event *e)
{
  bool checkpoint = e->op == GCT_CHECKPOINT;
  put_waits(copy, thread, checkpoint);
  if (checkpoint)
    put_checkpoint(copy, thread, e, gct_walk_checkpoint(walk));
  else if (e->op != GCT_WAIT)
    put(copy, thread, e, e->op == GCT_EXT ? gct_walk_bytes(walk) : NULL);
  copy->place[thread][copy->done[thread]++] =
      (uint32_t)gct_writer_seq(copy->writer, thread);
}

static void put_tables(struct copy *copy)
{
  const struct gct_info *info = copy->info;
  for (uint32_t i = 0; i < info->n_threads; i++)
    gct_writer_thread(copy->writer, info->threads[i].id);
  for (uint32_t i = 0; i < info->n_meta; i++)
    gct_writer_meta(copy->writer, info->meta[i].key, info->meta[i].value);
  for (uint32_t i = 0; i < info->n_types; i++)
    gct_writer_type(copy->writer, &info->types[i]);
}

// Everything but the oracles.
static int write_events(struct copy *copy, const struct gct_file *file,
                        const char *path, struct gct_error *error)
{
  struct gct_writer_options options = {
      .level = 1, .header_flags = copy->info->header_flags};
  struct gct_walk *walk = gct_walk_open(file, error);
  uint32_t thread;
  bool good = walk != NULL;
  for (uint32_t i = 0; i < copy->info->n_threads && good; i++) {
    copy->place[i] =
        calloc(copy->info->threads[i].n_events + 1, sizeof *copy->place[i]);
    good = copy->place[i] != NULL;
  }
  int result = good ? gct_writer_open(path, &options, &copy->writer, error)
                    : gct__system(error, ENOMEM);
  if (result == 0) {
    put_tables(copy);
    for (const struct gct_event *e; (e = gct_walk_next(walk, &thread));)
      put_event(copy, walk, thread, e);
    result = gct_writer_close(copy->writer, error);
  }
  gct_walk_close(walk);
  for (uint32_t i = 0; i < copy->info->n_threads; i++) free(copy->place[i]);
  return result;
}

static int add_oracles(const char *from, const char *path, int level,
                       gct_progress *progress, void *context,
                       struct gct_cut_result *made, struct gct_error *error)
{
  struct gct_meta meta = {"order", "relaxed"};
  struct gct_cut_options options = {.level = level,
                                    .keep_slots = true,
                                    .keep_order = true,
                                    .meta = &meta,
                                    .n_meta = 1};
  struct gct_file *file;
  int result = gct_open(from, &file, error);
  if (result != 0) return result;
  result = gct_cut(file, path, &options, progress, context, made, error);
  gct_close(file);
  return result;
}

int gct_relax_write(const struct gct_file *file, const struct gct_relax *relax,
                    const char *path, int level, gct_progress *progress,
                    void *context, struct gct_cut_result *made,
                    struct gct_error *error)
{
  struct copy *copy = calloc(1, sizeof *copy);
  size_t room = strlen(path) + 32;
  char *draft = malloc(room);
  int result = gct__system(error, ENOMEM);
  if (copy && draft) {
    copy->info = gct_info(file);
    copy->relax = relax;
    snprintf(draft, room, "%s.%ld.draft", path, (long)getpid());
    result = write_events(copy, file, draft, error);
    if (result == 0)
      result = add_oracles(draft, path, level, progress, context, made, error);
    unlink(draft);
  }
  free(draft);
  free(copy);
  return result;
}
