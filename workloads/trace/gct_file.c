// gct_file.c: opening a trace: map it, check all of it, fill the info.
// SPDX-License-Identifier: MIT
//
// The order matters: the frame first (gct_chunks.c), then the tables that
// events refer to (gct_tables.c), then every event once, so that nothing of a
// malformed file is ever replayed. The price is one decoding pass, about
// 10 ns per event.
#include "gct_file.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

// The checkpoint events met so far; how often each number, and the largest
// number plus one in each thread.
struct seen {
  uint32_t *times;
  uint32_t n, room;
};

// Notes checkpoint `number`, which must grow within a thread and be small
// enough that the file can have all those before it.
static int note_checkpoint(struct seen *seen, uint32_t number, uint32_t *next,
                           uint64_t n_events, struct gct_error *error)
{
  if (number < *next || number >= n_events) {
    snprintf(error->reason, sizeof error->reason,
             "checkpoint %u, expected %u or later", number, *next);
    return -EBADMSG;
  }
  *next = number + 1;
  if (number >= seen->room) {
    size_t room = 2 * (size_t)number + 16;
    uint32_t *times = realloc(seen->times, room * sizeof *times);
    if (!times) return gct__system(error, ENOMEM);
    memset(times + seen->room, 0, (room - seen->room) * sizeof *times);
    seen->times = times;
    seen->room = (uint32_t)room;
  }
  seen->times[number]++;
  if (number >= seen->n) seen->n = number + 1;
  return 0;
}

// Decodes all events of one thread.
static int scan_thread(struct gct_file *file, uint32_t thread,
                       struct seen *seen, struct gct_error *error)
{
  struct gct_stream *stream = gct_stream_open(file, thread, error);
  uint32_t next = 0;
  int result = 0;
  if (!stream) return -ENOMEM;
  for (size_t n; result == 0 && (n = gct_fill(stream)) > 0;) {
    for (size_t i = 0; i < n && result == 0; i++) {
      const struct gct_event *event = &stream->cursor[i];
      file->info.by_op[event->op]++;
      if (event->op != GCT_CHECKPOINT) continue;
      gct_stream_where(stream, error);
      result = note_checkpoint(seen, event->number, &next, file->info.n_events,
                               error);
    }
    stream->cursor = stream->limit;
  }
  if (result == 0 && gct_stream_error(stream)) {
    *error = *gct_stream_error(stream);
    result = -EBADMSG;
  }
  gct_stream_close(stream);
  return result;
}

// Joins checkpoint events with oracle records.
static int join_checkpoints(struct gct_file *file, const struct seen *seen,
                            struct gct_error *error)
{
  uint32_t threads = file->info.n_threads;
  if (file->n_records != 0 && file->n_records != seen->n)
    return gct__bad(error, 0, "CKPT",
                    "%u checkpoints in the events, %u oracle records", seen->n,
                    file->n_records);
  if (file->n_records == 0) {
    free(file->checkpoints); // a CKPT chunk may hold none
    file->checkpoints = calloc(seen->n + 1u, sizeof *file->checkpoints);
    if (!file->checkpoints) return gct__system(error, ENOMEM);
  }
  for (uint32_t i = 0; i < seen->n; i++) {
    uint32_t times = seen->times[i];
    if (times != 1 && times != threads)
      return gct__bad(error, 0, "EVTS",
                      "checkpoint %u stands in %u of %u threads", i, times,
                      threads);
    file->checkpoints[i].oracle.number = i;
    file->checkpoints[i].threads = times;
  }
  file->info.n_checkpoints = seen->n;
  return 0;
}

// What the header claims against what the chunks hold. It counts all events
// but WAITs, as the first recorder did.
static int check_header(const struct gct_file *file, struct gct_error *error)
{
  const struct gct__header *header = &file->header;
  const struct gct_info *info = &file->info;
  uint64_t events = info->n_events - info->by_op[GCT_WAIT];
  if (header->n_events != events)
    return gct__bad(error, 0, "header", "%lu events, but the chunks have %lu",
                    (unsigned long)header->n_events, (unsigned long)events);
  if (header->n_threads < info->n_threads)
    return gct__bad(error, 0, "header", "%u threads, but %u have events",
                    header->n_threads, info->n_threads);
  if (header->max_handles > info->n_births + GCT__SPARE_HANDLES)
    return gct__bad(error, 0, "header", "max_handles %u with %lu births",
                    header->max_handles, (unsigned long)info->n_births);
  return 0;
}

static int scan_events(struct gct_file *file, struct gct_error *error)
{
  struct seen seen = {0};
  int result = 0;
  for (uint32_t i = 0; i < file->info.n_threads && result == 0; i++)
    result = scan_thread(file, i, &seen, error);
  file->info.n_births = file->info.by_op[GCT_ALLOC];
  if (result == 0) result = check_header(file, error);
  if (result == 0) result = join_checkpoints(file, &seen, error);
  free(seen.times);
  return result;
}

static void finish_info(struct gct_file *file)
{
  struct gct_info *info = &file->info;
  info->major = file->header.major;
  info->minor = file->header.minor;
  info->header_flags = file->header.flags;
  info->file_bytes = file->size;
  info->declared_threads = file->header.n_threads;
  info->max_handles = file->header.max_handles;
  info->threads = file->threads;
  info->types = file->types;
  info->meta = file->meta;
  info->checkpoints = file->checkpoints;
}

static int read_all(struct gct_file *file, struct gct_error *error)
{
  int result = gct__read_frames(file, error);
  file->limits.max_handles = file->header.max_handles;
  if (result == 0) result = gct__read_tables(file, error);
  if (result == 0) result = scan_events(file, error);
  finish_info(file);
  return result;
}

static int open_bytes(const void *bytes, size_t n, bool mapped,
                      struct gct_file **out, struct gct_error *error)
{
  struct gct_file *file = calloc(1, sizeof *file);
  if (!file) {
    if (mapped) munmap((void *)(uintptr_t)bytes, n);
    return gct__system(error, ENOMEM);
  }
  file->bytes = bytes;
  file->size = n;
  file->mapped = mapped;
  int result = read_all(file, error);
  if (result == 0)
    *out = file;
  else
    gct_close(file);
  return result;
}

int gct_open_memory(const void *bytes, size_t n, struct gct_file **file,
                    struct gct_error *error)
{
  return open_bytes(bytes, n, false, file, error);
}

int gct_open(const char *path, struct gct_file **file, struct gct_error *error)
{
  void *bytes;
  size_t n;
  int result = gct__map(path, &bytes, &n, error);
  return result == 0 ? open_bytes(bytes, n, n > 0, file, error) : result;
}

void gct_close(struct gct_file *file)
{
  if (!file) return;
  for (uint32_t i = 0; i < file->n_strings; i++) free(file->strings[i]);
  free(file->strings);
  free(file->chunks);
  free(file->by_thread);
  free(file->types);
  free(file->meta);
  free(file->checkpoints);
  free(file->type_index);
  if (file->mapped) munmap((void *)(uintptr_t)file->bytes, file->size);
  free(file);
}

const struct gct_info *gct_info(const struct gct_file *file)
{
  return &file->info;
}
