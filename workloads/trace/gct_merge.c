// gct_merge.c: normalise each input, lay the streams side by side, finish.
// SPDX-License-Identifier: MIT
//
// Both ends are gct_cut of a whole trace. Before, it gives every input its
// checkpoints in every thread; so a stream can be copied as it is, checkpoints
// behind an input's end being appended, and no WAIT changes its number. After,
// it walks the result in its canonical order, which is what births are
// numbered in and what no input alone can tell, and computes the oracles.
#include "gct_merge.h"
#include "gct_cut.h"
#include "gct_format.h"
#include "gct_writer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

struct input {
  struct gct_file *file; // normalised
  const struct gct_info *info;
  uint32_t first_thread, first_handle;
  uint32_t *types; // by index of the input: index of the result
};

struct merge {
  struct input *inputs;
  uint32_t n_inputs;
  char *part;             // where a trace is that nobody else shall see
  struct gct_type *types; // of the result; names are the inputs'
  uint32_t n_types, n_threads, n_checkpoints;
  uint64_t header_flags;
  struct gct_writer *writer;
  struct gct_cut_result cut; // the last one
  gct_progress *progress;
  void *context;
  uint64_t done, all; // events to be cut
  struct gct_error *error;
};

static void show(void *context, uint64_t done, uint64_t all)
{
  struct merge *merge = context;
  (void)all;
  merge->progress(merge->context, merge->done + done, merge->all);
}

// gct_cut of a whole trace, in the sums of progress.
static int normalise(struct merge *merge, const struct gct_file *file,
                     const char *path, int level)
{
  struct gct_cut_options options = {.level = level};
  int result = gct_cut(file, path, &options, merge->progress ? show : NULL,
                       merge, &merge->cut, merge->error);
  merge->done += gct_info(file)->n_events;
  return result;
}

// A name of our own beside the result; what is written there replaces it.
static int make_part(struct merge *merge, const char *path)
{
  size_t n = strlen(path) + sizeof ".merge-XXXXXX";
  merge->part = malloc(n);
  if (!merge->part) return gct__system(merge->error, ENOMEM);
  snprintf(merge->part, n, "%s.merge-XXXXXX", path);
  int fd = mkstemp(merge->part);
  if (fd < 0) {
    int number = errno;
    free(merge->part);
    merge->part = NULL;
    return gct__system(merge->error, number);
  }
  close(fd);
  return 0;
}

// ---- before: tables of the result

// The index in the result of a type that describes instances as this one.
static uint32_t unite_type(struct merge *merge, const struct gct_type *type)
{
  for (uint32_t i = 0; i < merge->n_types; i++) {
    const struct gct_type *other = &merge->types[i];
    if (other->flags == type->flags && other->size == type->size &&
        other->slots == type->slots && strcmp(other->name, type->name) == 0)
      return i;
  }
  merge->types[merge->n_types] = *type;
  merge->types[merge->n_types].id = merge->n_types;
  return merge->n_types++;
}

static int unite_types(struct merge *merge)
{
  size_t room = 1;
  for (uint32_t k = 0; k < merge->n_inputs; k++)
    room += merge->inputs[k].info->n_types;
  merge->types = calloc(room, sizeof *merge->types);
  if (!merge->types) return gct__system(merge->error, ENOMEM);
  for (uint32_t k = 0; k < merge->n_inputs; k++) {
    struct input *input = &merge->inputs[k];
    input->types = calloc(input->info->n_types + 1u, sizeof *input->types);
    if (!input->types) return gct__system(merge->error, ENOMEM);
    for (uint32_t i = 0; i < input->info->n_types; i++)
      input->types[i] = unite_type(merge, &input->info->types[i]);
  }
  return 0;
}

static int too_large(struct merge *merge, uint64_t n, const char *what,
                     uint64_t limit)
{
  gct__bad(merge->error, 0, "file",
           "the inputs have %" PRIu64 " %s together, the limit is %" PRIu64, n,
           what, limit);
  return -EFBIG;
}

// Gives each input its threads and handles.
static int lay_out(struct merge *merge)
{
  uint64_t threads = 0, handles = 0, limit = GCT__SPARE_HANDLES;
  merge->header_flags = GCT_EXACT_SLOTS | GCT_ALWAYS_HELD;
  for (uint32_t k = 0; k < merge->n_inputs; k++) {
    struct input *input = &merge->inputs[k];
    const struct gct_info *info = input->info = gct_info(input->file);
    input->first_thread = (uint32_t)threads;
    input->first_handle = (uint32_t)handles;
    threads += info->n_threads;
    handles += info->max_handles;
    limit += info->n_births;
    merge->header_flags &= info->header_flags;
    if (info->n_checkpoints > merge->n_checkpoints)
      merge->n_checkpoints = info->n_checkpoints;
  }
  merge->n_threads = (uint32_t)threads;
  if (limit >= UINT32_MAX) limit = UINT32_MAX - 1;
  if (threads > GCT_MAX_THREADS)
    return too_large(merge, threads, "threads", GCT_MAX_THREADS);
  if (handles > limit) return too_large(merge, handles, "handles", limit);
  return unite_types(merge);
}

// ---- the streams side by side

static int put_meta(struct merge *merge, uint32_t k, const char *key,
                    const char *value)
{
  size_t n = strlen(key) + sizeof "input.4294967295.";
  char *named = malloc(n);
  if (!named) return gct__system(merge->error, ENOMEM);
  snprintf(named, n, "input.%" PRIu32 ".%s", k + 1, key);
  gct_writer_meta(merge->writer, named, value);
  free(named);
  return 0;
}

static int put_tables(struct merge *merge)
{
  int result = 0;
  for (uint32_t i = 0; i < merge->n_threads; i++)
    gct_writer_thread(merge->writer, i);
  for (uint32_t i = 0; i < merge->n_types; i++)
    gct_writer_type(merge->writer, &merge->types[i]);
  for (uint32_t k = 0; k < merge->n_inputs && result == 0; k++) {
    const struct input *input = &merge->inputs[k];
    const struct gct_info *info = input->info;
    char threads[32];
    for (uint32_t i = 0; i < info->n_meta && result == 0; i++)
      result = put_meta(merge, k, info->meta[i].key, info->meta[i].value);
    if (result != 0 || info->n_threads == 0) continue;
    snprintf(threads, sizeof threads, "%" PRIu32 "-%" PRIu32,
             input->first_thread, input->first_thread + info->n_threads - 1);
    result = put_meta(merge, k, "threads", threads);
  }
  return result;
}

// The event as it is in the result.
static struct gct_event translate(const struct input *input,
                                  const struct gct_event *event)
{
  struct gct_event e = *event;
  bool loaded = e.op == GCT_ROOT && e.flags & GCT_LOADED;
  bool points = (e.op == GCT_WRITE || e.op == GCT_WEAK) && e.target != GCT_NIL;
  if (e.op == GCT_WAIT) e.thread += (uint16_t)input->first_thread;
  if (e.op == GCT_ALLOC) e.type = input->types[e.type];
  if (gct__has_handle(e.op)) e.handle += input->first_handle;
  if (loaded || points) e.target += input->first_handle;
  return e;
}

static int put_thread(struct merge *merge, const struct input *input,
                      uint32_t thread)
{
  uint32_t at = input->first_thread + thread;
  struct gct_stream *stream =
      gct_stream_open(input->file, thread, merge->error);
  if (!stream) return -ENOMEM;
  for (const struct gct_event *e; (e = gct_next(stream));) {
    struct gct_event moved = translate(input, e);
    gct_writer_event(merge->writer, at, &moved,
                     e->op == GCT_EXT ? gct_stream_bytes(stream, e) : NULL);
  }
  gct_stream_close(stream);
  for (uint32_t i = input->info->n_checkpoints; i < merge->n_checkpoints; i++) {
    struct gct_event end = {.op = GCT_CHECKPOINT, .number = i};
    gct_writer_event(merge->writer, at, &end, NULL);
  }
  return 0;
}

static int put_streams(struct merge *merge)
{
  const struct gct_writer_options options = {.header_flags =
                                                 merge->header_flags};
  int result =
      gct_writer_open(merge->part, &options, &merge->writer, merge->error);
  if (result != 0) return result;
  result = put_tables(merge);
  for (uint32_t k = 0; k < merge->n_inputs; k++)
    for (uint32_t i = 0; i < merge->inputs[k].info->n_threads && result == 0;
         i++)
      result = put_thread(merge, &merge->inputs[k], i);
  if (result == 0) return gct_writer_close(merge->writer, merge->error);
  gct_writer_abandon(merge->writer);
  return result;
}

// ---- the whole

// Brings the inputs into one form. *failed: which of them could not be.
static int open_inputs(struct merge *merge,
                       const struct gct_file *const *inputs, uint32_t *failed)
{
  int result = 0;
  for (*failed = 0; *failed < merge->n_inputs && result == 0; ++*failed) {
    struct input *input = &merge->inputs[*failed];
    result = normalise(merge, inputs[*failed], merge->part, 0);
    if (result == 0) result = gct_open(merge->part, &input->file, merge->error);
    if (result != 0) break;
  }
  return result;
}

static int run(struct merge *merge, const struct gct_file *const *inputs,
               const char *path, int level, uint32_t *failed)
{
  struct gct_file *whole;
  int result = make_part(merge, path);
  if (result == 0) result = open_inputs(merge, inputs, failed);
  if (result == 0) result = lay_out(merge);
  if (result == 0) result = put_streams(merge);
  if (result == 0) result = gct_open(merge->part, &whole, merge->error);
  if (result != 0) return result;
  merge->all = merge->done + gct_info(whole)->n_events;
  result = normalise(merge, whole, path, level);
  gct_close(whole);
  return result;
}

int gct_merge(const struct gct_file *const *inputs, uint32_t n_inputs,
              const char *path, int level, gct_progress *progress,
              void *context, struct gct_merge_result *result,
              struct gct_error *error)
{
  struct merge merge = {.n_inputs = n_inputs,
                        .progress = progress,
                        .context = context,
                        .error = error};
  int status = -ENOMEM;
  *result = (struct gct_merge_result){.failed = n_inputs};
  for (uint32_t k = 0; k < n_inputs; k++)
    merge.all += 2 * gct_info(inputs[k])->n_events; // once more in the whole
  merge.inputs = calloc(n_inputs, sizeof *merge.inputs);
  if (merge.inputs)
    status = run(&merge, inputs, path, level, &result->failed);
  else
    gct__system(error, ENOMEM);
  for (uint32_t k = 0; k < n_inputs && merge.inputs; k++) {
    gct_close(merge.inputs[k].file);
    free(merge.inputs[k].types);
  }
  if (merge.part) unlink(merge.part);
  result->events = merge.cut.events;
  result->checkpoints = merge.cut.checkpoints;
  result->final = merge.cut.final;
  result->threads = merge.n_threads;
  free(merge.part);
  free(merge.types);
  free(merge.inputs);
  return status;
}
