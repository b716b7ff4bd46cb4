// gct_stream.c: the events of one thread, chunk by chunk, batch by batch.
// SPDX-License-Identifier: MIT
//
// A stream owns everything that changes while it is read: a zstd context, one
// unpacked chunk, one batch of 1024 decoded events (20 KiB, half an L1 cache).
// The file is only read, so streams of one file need no lock between them.
#include "gct_file.h"

#include <errno.h>
#include <stdlib.h>
#include <zstd.h>

#define BATCH 1024

// Invariant: batch <= open.cursor <= open.limit, and batch[0] is event
// `batch_seq` of the thread. chunk_end is the seq of the chunk's last event
// plus one; decoder is inside that chunk.
struct stream {
  struct gct_stream open; // first, so that the two are one address
  const struct gct_file *file;
  uint32_t thread, next_chunk; // next_chunk: into file->by_thread
  const struct gct__chunk *chunk;
  uint64_t batch_seq, chunk_end;
  struct gct__decoder decoder;
  struct gct__unpacker unpacker;
  struct gct_error error; // reason[0] != 0 once the stream is broken
  struct gct_event batch[BATCH];
};

void gct__unpacker_free(struct gct__unpacker *unpacker)
{
  ZSTD_freeDCtx(unpacker->zstd);
  free(unpacker->raw);
}

static int make_room(struct gct__unpacker *unpacker, size_t bytes,
                     struct gct_error *error)
{
  if (!unpacker->zstd) unpacker->zstd = ZSTD_createDCtx();
  if (!unpacker->zstd) return gct__system(error, ENOMEM);
  if (unpacker->capacity >= bytes) return 0;
  uint8_t *raw = realloc(unpacker->raw, bytes);
  if (!raw) return gct__system(error, ENOMEM);
  unpacker->raw = raw;
  unpacker->capacity = bytes;
  return 0;
}

int gct__unpack(struct gct__unpacker *unpacker, const struct gct_file *file,
                const struct gct__chunk *chunk, struct gct_error *error)
{
  const struct gct__head *head = &chunk->head;
  const uint8_t *p = file->bytes + chunk->offset;
  const uint8_t *payload = p + GCT__HEAD_BYTES;
  if (gct__head_crc(p, payload, head->stored) != head->crc)
    return gct__bad_chunk(error, chunk, "CRC mismatch");
  int result = make_room(unpacker, (size_t)head->raw + GCT__PADDING, error);
  if (result != 0) return result;
  if (head->codec == 0) {
    memcpy(unpacker->raw, payload, head->raw);
  } else {
    size_t n = ZSTD_decompressDCtx(unpacker->zstd, unpacker->raw, head->raw,
                                   payload, head->stored);
    if (ZSTD_isError(n))
      return gct__bad_chunk(error, chunk, "zstd: %s", ZSTD_getErrorName(n));
    if (n != head->raw)
      return gct__bad_chunk(error, chunk, "%zu bytes unpacked, expected %u", n,
                            head->raw);
  }
  memset(unpacker->raw + head->raw, 0, GCT__PADDING);
  return 0;
}

struct gct_stream *gct_stream_open(const struct gct_file *file, uint32_t thread,
                                   struct gct_error *error)
{
  if (thread >= file->info.n_threads) {
    gct__bad(error, 0, "file", "there is no thread number %u", thread);
    return NULL;
  }
  struct stream *s = calloc(1, sizeof *s);
  if (!s) {
    gct__system(error, ENOMEM);
    return NULL;
  }
  s->file = file;
  s->thread = thread;
  s->next_chunk = file->first_chunk[thread];
  s->open.cursor = s->open.limit = s->batch;
  return &s->open;
}

void gct_stream_close(struct gct_stream *stream)
{
  struct stream *s = (struct stream *)stream;
  if (!s) return;
  gct__unpacker_free(&s->unpacker);
  free(s);
}

// Unpacks the thread's next chunk. Returns false at the end or on an error.
static bool next_chunk(struct stream *s)
{
  if (s->next_chunk == s->file->first_chunk[s->thread + 1]) return false;
  uint32_t number = s->file->by_thread[s->next_chunk];
  s->chunk = &s->file->chunks[number];
  if (gct__unpack(&s->unpacker, s->file, s->chunk, &s->error) != 0)
    return false;
  s->next_chunk++;
  s->chunk_end += s->chunk->head.n_events;
  gct__decoder_start(&s->decoder, s->unpacker.raw, s->chunk->head.raw,
                     &s->file->limits);
  return true;
}

// Checks a batch just decoded against the chunk's count.
static void check_batch(struct stream *s, size_t n)
{
  uint64_t left = s->chunk_end - s->batch_seq;
  bool done = s->decoder.at == s->decoder.end;
  if (s->decoder.why[0])
    gct__bad_chunk(&s->error, s->chunk, "event %lu of thread %u: %s",
                   (unsigned long)(s->batch_seq + n), s->chunk->head.thread,
                   s->decoder.why);
  else if (n > left || done != (n == left))
    gct__bad_chunk(&s->error, s->chunk,
                   "%s events than the %u that the head says",
                   done && n < left ? "fewer" : "more",
                   s->chunk->head.n_events);
}

size_t gct_fill(struct gct_stream *stream)
{
  struct stream *s = (struct stream *)stream;
  s->batch_seq += (uint64_t)(s->open.limit - s->batch);
  s->open.cursor = s->open.limit = s->batch;
  if (s->error.reason[0]) return 0;
  if (s->batch_seq == s->chunk_end && !next_chunk(s)) return 0;
  size_t n = gct__decode(&s->decoder, s->batch, BATCH);
  check_batch(s, n);
  if (s->error.reason[0]) return 0;
  s->open.limit = s->batch + n;
  return n;
}

const struct gct_error *gct_stream_error(const struct gct_stream *stream)
{
  const struct stream *s = (const struct stream *)stream;
  return s->error.reason[0] ? &s->error : NULL;
}

uint64_t gct_stream_seq(const struct gct_stream *stream)
{
  const struct stream *s = (const struct stream *)stream;
  return s->batch_seq + (uint64_t)(s->open.cursor - s->batch);
}

void gct_stream_where(const struct gct_stream *stream, struct gct_error *error)
{
  const struct stream *s = (const struct stream *)stream;
  error->offset = s->chunk ? s->chunk->offset : 0;
  snprintf(error->chunk, sizeof error->chunk, "EVTS");
}

const uint8_t *gct_stream_bytes(const struct gct_stream *stream,
                                const struct gct_event *event)
{
  const struct stream *s = (const struct stream *)stream;
  return s->unpacker.raw + event->raw;
}
