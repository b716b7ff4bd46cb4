// gct_sink.c: frames to a temporary file, which gets its name at the end.
// SPDX-License-Identifier: MIT
//
// The header is written last (it holds the counts), into the hole left for
// it; then the file is synced and renamed, so that a reader sees either no
// file, the old one, or the whole new one.
#include "gct_sink.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

void gct__sink_fail(struct gct__sink *sink, int result, const char *format, ...)
{
  va_list arguments;
  if (sink->result != 0) return;
  sink->result = result;
  sink->error = (struct gct_error){.chunk = "file"};
  va_start(arguments, format);
  vsnprintf(sink->error.reason, sizeof sink->error.reason, format, arguments);
  va_end(arguments);
}

static void fail_system(struct gct__sink *sink)
{
  gct__sink_fail(sink, -errno, "%s", strerror(errno));
}

// A name beside the target, so that rename stays within one file system.
static FILE *open_temporary(struct gct__sink *sink)
{
  size_t n = strlen(sink->path) + sizeof ".part-XXXXXX";
  sink->temporary = malloc(n);
  if (!sink->temporary) return NULL;
  snprintf(sink->temporary, n, "%s.part-XXXXXX", sink->path);
  int fd = mkstemp(sink->temporary);
  if (fd < 0) {
    free(sink->temporary);
    sink->temporary = NULL;
    return NULL;
  }
  mode_t mask = umask(022);
  umask(mask);
  fchmod(fd, 0666 & ~mask);
  return fdopen(fd, "wb");
}

int gct__sink_open(struct gct__sink *sink, const char *path, int level,
                   struct gct_error *error)
{
  static const uint8_t hole[GCT__HEADER_BYTES];
  *sink = (struct gct__sink){.level = level, .path = strdup(path)};
  if (sink->path) sink->file = open_temporary(sink);
  if (level && sink->file) sink->zstd = ZSTD_createCCtx();
  if (!sink->file || (level && !sink->zstd) ||
      fwrite(hole, sizeof hole, 1, sink->file) != 1) {
    int number = errno ? errno : ENOMEM;
    gct__sink_abandon(sink);
    return gct__system(error, number);
  }
  return 0;
}

// Returns the packed size, or 0 when packing does not pay.
static size_t pack(struct gct__sink *sink, const uint8_t *payload, size_t n)
{
  if (!sink->level || n == 0) return 0;
  size_t bound = ZSTD_compressBound(n);
  if (bound > sink->capacity) {
    uint8_t *packed = realloc(sink->packed, bound);
    if (!packed) {
      gct__sink_fail(sink, -ENOMEM, "%s", strerror(ENOMEM));
      return 0;
    }
    sink->packed = packed;
    sink->capacity = bound;
  }
  size_t size = ZSTD_compressCCtx(sink->zstd, sink->packed, sink->capacity,
                                  payload, n, sink->level);
  return ZSTD_isError(size) || size >= n ? 0 : size;
}

void gct__sink_chunk(struct gct__sink *sink, const struct gct__head *given,
                     const uint8_t *payload, size_t n)
{
  uint8_t bytes[GCT__HEAD_BYTES];
  struct gct__head head = *given;
  if (sink->result != 0) return;
  if (n > GCT__MAX_RAW) {
    gct__sink_fail(sink, -EFBIG, "a chunk of %zu bytes, the limit is %u", n,
                   GCT__MAX_RAW);
    return;
  }
  size_t packed = pack(sink, payload, n);
  head.codec = packed != 0;
  head.raw = (uint32_t)n;
  head.stored = packed ? (uint32_t)packed : head.raw;
  if (packed) payload = sink->packed;
  gct__pack_head(&head, payload, bytes);
  if (fwrite(bytes, sizeof bytes, 1, sink->file) != 1 ||
      (head.stored && fwrite(payload, head.stored, 1, sink->file) != 1))
    fail_system(sink);
  sink->n_chunks++;
}

void gct__sink_end(struct gct__sink *sink, const struct gct__header *header,
                   uint16_t flags)
{
  uint8_t payload[20];
  struct gct__head head = {.type = {'E', 'N', 'D', ' '}, .flags = flags};
  size_t n = gct__put_varint(payload, sink->n_chunks + 1);
  n += gct__put_varint(payload + n, header->n_events);
  gct__sink_chunk(sink, &head, payload, n);
}

static void sink_free(struct gct__sink *sink)
{
  ZSTD_freeCCtx(sink->zstd);
  free(sink->packed);
  free(sink->temporary);
  free(sink->path);
  *sink = (struct gct__sink){.result = -EBADF};
}

// Header, sync, and the reader's opinion if that is wanted.
static void complete(struct gct__sink *sink, const struct gct__header *header)
{
  uint8_t bytes[GCT__HEADER_BYTES];
  struct gct_file *file;
  gct__pack_header(header, bytes);
  if (sink->result != 0) return;
  if (fseek(sink->file, 0, SEEK_SET) != 0 ||
      fwrite(bytes, sizeof bytes, 1, sink->file) != 1 ||
      fflush(sink->file) != 0 || fsync(fileno(sink->file)) != 0) {
    fail_system(sink);
    return;
  }
  if (!sink->check) return;
  sink->result = gct_open(sink->temporary, &file, &sink->error);
  if (sink->result == 0) gct_close(file);
}

int gct__sink_finish(struct gct__sink *sink, const struct gct__header *header,
                     struct gct_error *error)
{
  complete(sink, header);
  if (sink->result != 0) {
    int result = sink->result;
    *error = sink->error;
    gct__sink_abandon(sink);
    return result;
  }
  int failed = fclose(sink->file);
  sink->file = NULL;
  if (!failed) failed = rename(sink->temporary, sink->path);
  int number = errno;
  if (failed) unlink(sink->temporary);
  sink_free(sink);
  return failed ? gct__system(error, number) : 0;
}

void gct__sink_abandon(struct gct__sink *sink)
{
  if (sink->file) fclose(sink->file);
  if (sink->temporary) unlink(sink->temporary);
  sink_free(sink);
}
