// gct_chunks.c: the frame of a file, before any payload is understood.
// SPDX-License-Identifier: MIT
//
// Goes from head to head through the whole file: header, CRCs, sizes, codecs,
// critical chunks, each thread's sequence numbers, END last. Only what this
// accepts is ever unpacked.
#include "gct_file.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

void gct__chunk_name(const char type[4], char name[8])
{
  size_t n = 0;
  for (; n < 4; n++) name[n] = isprint((unsigned char)type[n]) ? type[n] : '?';
  while (n > 0 && name[n - 1] == ' ') n--;
  if (n == 0) name[n++] = '?'; // four blanks
  name[n] = 0;
}

int gct__bad_chunk(struct gct_error *error, const struct gct__chunk *chunk,
                   const char *format, ...)
{
  char name[8], reason[sizeof error->reason];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(reason, sizeof reason, format, arguments);
  va_end(arguments);
  gct__chunk_name(chunk->head.type, name);
  return gct__bad(error, chunk->offset, name, "%s", reason);
}

static int read_header(struct gct_file *file, struct gct_error *error)
{
  const uint8_t *p = file->bytes;
  if (file->size < GCT__HEADER_BYTES)
    return gct__bad(error, 0, "header",
                    "%zu bytes, shorter than a header of %u", file->size,
                    GCT__HEADER_BYTES);
  if (memcmp(p, gct__magic, sizeof gct__magic) != 0)
    return gct__bad(error, 0, "header", "not a GCT file: bad magic");
  if (gct__get32(p + 56) != gct__header_crc(p))
    return gct__bad(error, 0, "header", "CRC mismatch");
  gct__unpack_header(p, &file->header);
  if (file->header.major != GCT_MAJOR)
    return gct__bad(error, 0, "header", "major version %u, expected %u",
                    file->header.major, GCT_MAJOR);
  if (gct__get32(p + 12) != GCT__HEADER_BYTES)
    return gct__bad(error, 0, "header", "header of %u bytes, expected %u",
                    gct__get32(p + 12), GCT__HEADER_BYTES);
  if (gct__get64(p + 48) != 0 || gct__get32(p + 60) != 0)
    return gct__bad(error, 0, "header", "a reserved field is not 0");
  if (file->header.n_threads > GCT_MAX_THREADS)
    return gct__bad(error, 0, "header", "%u threads, the limit is %u",
                    file->header.n_threads, GCT_MAX_THREADS);
  if (file->header.index_offset >= file->size)
    return gct__bad(error, 0, "header", "index at %lu, file has %zu bytes",
                    (unsigned long)file->header.index_offset, file->size);
  return 0;
}

static bool is_known(const char type[4])
{
  return gct__is(type, "EVTS") || gct__is(type, "TYPE") ||
         gct__is(type, "META") || gct__is(type, "CKPT") ||
         gct__is(type, "END ");
}

// Sizes and codec of a chunk whose frame is sound.
static int check_head(const struct gct__chunk *chunk, struct gct_error *error)
{
  const struct gct__head *head = &chunk->head;
  bool known = is_known(head->type);
  if (!known && (head->flags & GCT__CRITICAL))
    return gct__bad_chunk(error, chunk, "unknown critical chunk");
  if (head->flags & ~GCT__CRITICAL)
    return gct__bad_chunk(error, chunk, "unknown chunk flags %#x", head->flags);
  if (head->codec > 1)
    return gct__bad_chunk(error, chunk, "unknown codec %u", head->codec);
  if (head->raw > GCT__MAX_RAW)
    return gct__bad_chunk(error, chunk, "%u bytes unpacked, the limit is %u",
                          head->raw, GCT__MAX_RAW);
  if (head->codec == 0 && head->raw != head->stored)
    return gct__bad_chunk(error, chunk, "%u bytes stored, but %u unpacked",
                          head->stored, head->raw);
  if (known && !gct__is(head->type, "EVTS") &&
      (head->thread != 0 || head->seq != 0))
    return gct__bad_chunk(error, chunk, "belongs to a thread");
  return 0;
}

// Sequence of the thread that an EVTS chunk continues. next[] is by file id.
static int check_sequence(const struct gct__chunk *chunk, uint64_t *next,
                          struct gct_error *error)
{
  const struct gct__head *head = &chunk->head;
  if (head->thread >= GCT_MAX_THREADS)
    return gct__bad_chunk(error, chunk, "thread %u, the limit is %u",
                          head->thread, GCT_MAX_THREADS);
  if (head->seq != next[head->thread])
    return gct__bad_chunk(error, chunk,
                          "thread %u goes on at event %lu, expected %lu",
                          head->thread, (unsigned long)head->seq,
                          (unsigned long)next[head->thread]);
  if (head->n_events == 0 || head->n_events > head->raw)
    return gct__bad_chunk(error, chunk, "%u events in %u bytes", head->n_events,
                          head->raw);
  next[head->thread] += head->n_events;
  return 0;
}

// Reads the frame at `offset` into *chunk.
static int read_frame(const struct gct_file *file, uint64_t offset,
                      struct gct__chunk *chunk, struct gct_error *error)
{
  uint64_t left = file->size - offset;
  const uint8_t *p = file->bytes + offset;
  chunk->offset = offset;
  if (left < GCT__HEAD_BYTES)
    return gct__bad(error, offset, "head",
                    "%lu bytes left, a chunk head has %u: truncated",
                    (unsigned long)left, GCT__HEAD_BYTES);
  gct__unpack_head(p, &chunk->head);
  left -= GCT__HEAD_BYTES;
  if (chunk->head.stored > left)
    return gct__bad_chunk(error, chunk,
                          "%u bytes of payload, %lu are left: truncated",
                          chunk->head.stored, (unsigned long)left);
  if (gct__head_crc(p, p + GCT__HEAD_BYTES, chunk->head.stored) !=
      chunk->head.crc)
    return gct__bad_chunk(error, chunk, "CRC mismatch");
  if (gct__get32(p + 36) != 0)
    return gct__bad_chunk(error, chunk, "a reserved field is not 0");
  return check_head(chunk, error);
}

static int append(struct gct_file *file, const struct gct__chunk *chunk,
                  struct gct_error *error)
{
  uint32_t n = file->info.n_chunks;
  if ((n & (n - 1)) == 0) {
    size_t room = n ? 2 * (size_t)n : 1;
    void *grown = realloc(file->chunks, room * sizeof *file->chunks);
    if (!grown) return gct__system(error, ENOMEM);
    file->chunks = grown;
  }
  file->chunks[n] = *chunk;
  file->info.n_chunks = n + 1;
  return 0;
}

// Numbers the threads by ascending file id and lists each one's chunks.
static int index_threads(struct gct_file *file, const uint64_t *next,
                         struct gct_error *error)
{
  uint32_t n = 0, filled = 0;
  file->by_thread = calloc(file->info.n_chunks + 1, sizeof(uint32_t));
  if (!file->by_thread) return gct__system(error, ENOMEM);
  for (uint32_t id = 0; id < GCT_MAX_THREADS; id++) {
    file->limits.thread_index[id] = -1;
    if (next[id] == 0) continue;
    file->first_chunk[n] = filled;
    for (uint32_t i = 0; i < file->info.n_chunks; i++) {
      const struct gct__head *head = &file->chunks[i].head;
      if (gct__is(head->type, "EVTS") && head->thread == id)
        file->by_thread[filled++] = i;
    }
    file->threads[n] =
        (struct gct_thread){id, filled - file->first_chunk[n], next[id]};
    file->info.n_events += next[id];
    file->limits.thread_index[id] = (int16_t)n++;
  }
  file->first_chunk[n] = filled;
  file->info.n_threads = n;
  return 0;
}

int gct__read_frames(struct gct_file *file, struct gct_error *error)
{
  uint64_t next[GCT_MAX_THREADS] = {0};
  uint64_t offset = GCT__HEADER_BYTES;
  bool ended = false;
  int result = read_header(file, error);
  while (result == 0 && offset < file->size) {
    struct gct__chunk chunk;
    if (ended)
      return gct__bad(error, offset, "END", "data behind the END chunk");
    result = read_frame(file, offset, &chunk, error);
    if (result == 0 && gct__is(chunk.head.type, "EVTS"))
      result = check_sequence(&chunk, next, error);
    if (result == 0) result = append(file, &chunk, error);
    if (result != 0) return result;
    if (gct__is(chunk.head.type, "EVTS"))
      file->info.raw_bytes += chunk.head.raw;
    ended = gct__is(chunk.head.type, "END ");
    offset += GCT__HEAD_BYTES + (uint64_t)chunk.head.stored;
  }
  if (result == 0 && !ended)
    return gct__bad(error, file->size, "END",
                    "no END chunk: the file is incomplete");
  if (result == 0) result = index_threads(file, next, error);
  return result;
}
