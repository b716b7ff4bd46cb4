// gct_format.c: heads and headers between bytes and structs.
// SPDX-License-Identifier: MIT
//
// Fields are read and written one by one, so the file is the same whatever
// the machine's byte order and the compiler's padding.
#include "gct_format.h"

#include <errno.h>

const uint8_t gct__magic[8] = {0x89, 'G', 'C', 'T', '\r', '\n', 0x1a, '\n'};

bool gct__take_varint(const uint8_t **at, const uint8_t *end, uint64_t *value)
{
  uint64_t x = 0;
  for (unsigned shift = 0; *at < end && shift < 64; shift += 7) {
    uint8_t byte = *(*at)++;
    if (shift == 63 && byte > 1) return false;
    x |= (uint64_t)(byte & 127) << shift;
    if (byte < 128) {
      *value = x;
      return byte != 0 || shift == 0;
    }
  }
  return false;
}

void gct__unpack_header(const uint8_t *p, struct gct__header *header)
{
  *header = (struct gct__header){
      .major = gct__get16(p + 8),
      .minor = gct__get16(p + 10),
      .flags = gct__get64(p + 16),
      .n_threads = gct__get32(p + 24),
      .max_handles = gct__get32(p + 28),
      .n_events = gct__get64(p + 32),
      .index_offset = gct__get64(p + 40),
  };
}

void gct__pack_header(const struct gct__header *header, uint8_t *p)
{
  memset(p, 0, GCT__HEADER_BYTES);
  memcpy(p, gct__magic, sizeof gct__magic);
  gct__put(p + 8, header->major, 2);
  gct__put(p + 10, header->minor, 2);
  gct__put(p + 12, GCT__HEADER_BYTES, 4);
  gct__put(p + 16, header->flags, 8);
  gct__put(p + 24, header->n_threads, 4);
  gct__put(p + 28, header->max_handles, 4);
  gct__put(p + 32, header->n_events, 8);
  gct__put(p + 40, header->index_offset, 8);
  gct__put(p + 56, gct__header_crc(p), 4);
}

uint32_t gct__header_crc(const uint8_t *p)
{
  uint8_t copy[GCT__HEADER_BYTES];
  memcpy(copy, p, sizeof copy);
  memset(copy + 56, 0, 4);
  return gct__crc32c(0, copy, sizeof copy);
}

void gct__unpack_head(const uint8_t *p, struct gct__head *head)
{
  memcpy(head->type, p, 4);
  head->codec = gct__get16(p + 4);
  head->flags = gct__get16(p + 6);
  head->thread = gct__get32(p + 8);
  head->n_events = gct__get32(p + 12);
  head->stored = gct__get32(p + 16);
  head->raw = gct__get32(p + 20);
  head->seq = gct__get64(p + 24);
  head->crc = gct__get32(p + 32);
}

void gct__pack_head(const struct gct__head *head, const uint8_t *payload,
                    uint8_t *p)
{
  memset(p, 0, GCT__HEAD_BYTES);
  memcpy(p, head->type, 4);
  gct__put(p + 4, head->codec, 2);
  gct__put(p + 6, head->flags, 2);
  gct__put(p + 8, head->thread, 4);
  gct__put(p + 12, head->n_events, 4);
  gct__put(p + 16, head->stored, 4);
  gct__put(p + 20, head->raw, 4);
  gct__put(p + 24, head->seq, 8);
  gct__put(p + 32, gct__head_crc(p, payload, head->stored), 4);
}

uint32_t gct__head_crc(const uint8_t *p, const uint8_t *payload,
                       uint32_t stored)
{
  uint8_t copy[GCT__HEAD_BYTES];
  memcpy(copy, p, sizeof copy);
  memset(copy + 32, 0, 4);
  return gct__crc32c(gct__crc32c(0, copy, sizeof copy), payload, stored);
}

uint16_t gct__usual_flags(const char type[4])
{
  bool critical =
      gct__is(type, "TYPE") || gct__is(type, "EVTS") || gct__is(type, "END ");
  return critical ? GCT__CRITICAL : 0;
}

int gct__bad(struct gct_error *error, uint64_t offset, const char *chunk,
             const char *format, ...)
{
  va_list arguments;
  error->offset = offset;
  snprintf(error->chunk, sizeof error->chunk, "%s", chunk);
  va_start(arguments, format);
  vsnprintf(error->reason, sizeof error->reason, format, arguments);
  va_end(arguments);
  return -EBADMSG;
}

int gct__system(struct gct_error *error, int number)
{
  gct__bad(error, 0, "file", "%s", strerror(number));
  return -number;
}

static const char *const op_names[GCT_OPS] = {
    "wait", "alloc", "write", "root", "unroot",    "free",   "weak", "resize",
    "gc",   "drop",  "ckpt",  "mark", "finalizer", "thread", "pin",  "ext",
};

const char *gct_op_name(unsigned op)
{
  return op < GCT_OPS ? op_names[op] : NULL;
}
