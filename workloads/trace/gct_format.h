// gct_format.h: how GCT 1 lies in bytes; shared by reader, writer and text.
// SPDX-License-Identifier: MIT
//
// Private to the library. Everything is little-endian. A file is a header of
// 64 bytes and then chunks, each a head of 40 bytes and a payload; the last
// chunk is END. See README.md for the meaning of each field.
#ifndef WANE_GCT_FORMAT_H
#define WANE_GCT_FORMAT_H

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "gct.h"

#define GCT__HEADER_BYTES 64u
#define GCT__HEAD_BYTES 40u
#define GCT__MAX_RAW (16u << 20) // no reader unpacks more from one chunk
#define GCT__CHUNK_EVENTS 65536u // the writer's limits
#define GCT__CHUNK_RAW (1u << 20)
#define GCT__ORACLE_BYTES 48u
#define GCT__EVENT_BYTES 26u // longest event but for EXT payloads
#define GCT__CRITICAL 1u     // chunk flag: who does not know it must refuse
// A handle table may be this much larger than the births could fill: enough
// for traces written by hand, too little to make a replayer run out of memory.
#define GCT__SPARE_HANDLES 65536u

extern const uint8_t gct__magic[8];

struct gct__header {
  uint16_t major, minor;
  uint64_t flags;
  uint32_t n_threads, max_handles;
  uint64_t n_events, index_offset;
};

struct gct__head {
  char type[4];
  uint16_t codec, flags; // codec: 0 raw, 1 zstd
  uint32_t thread;       // EVTS: the file's thread id, else 0
  uint32_t n_events;     // EVTS: events; CKPT: records; else 0
  uint32_t stored, raw;  // payload bytes in the file and unpacked
  uint64_t seq;          // EVTS: number of its first event in its thread
  uint32_t crc;
};

static inline uint16_t gct__get16(const uint8_t *p)
{
  return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t gct__get32(const uint8_t *p)
{
  return gct__get16(p) | (uint32_t)gct__get16(p + 2) << 16;
}

static inline uint64_t gct__get64(const uint8_t *p)
{
  return gct__get32(p) | (uint64_t)gct__get32(p + 4) << 32;
}

static inline void gct__put(uint8_t *p, uint64_t value, unsigned bytes)
{
  for (unsigned i = 0; i < bytes; i++) p[i] = (uint8_t)(value >> 8 * i);
}

// Returns the bytes written, at most 10.
static inline size_t gct__put_varint(uint8_t *p, uint64_t value)
{
  size_t n = 0;
  for (; value >= 128; value >>= 7) p[n++] = (uint8_t)(value | 128);
  p[n++] = (uint8_t)value;
  return n;
}

// Takes one LEB128 number in its shortest form, at most 64 bits, from
// [*at, end). Returns false when it is cut short, too long or padded.
bool gct__take_varint(const uint8_t **at, const uint8_t *end, uint64_t *value);

// CRC-32C of n bytes, continuing from `crc` (0 to begin).
uint32_t gct__crc32c(uint32_t crc, const void *bytes, size_t n);

// The same without the instruction, for machines (and tests) without it.
uint32_t gct__crc32c_plain(uint32_t crc, const void *bytes, size_t n);

// Unpack and pack; the CRC inside is neither checked nor trusted by unpack.
void gct__unpack_header(const uint8_t *p, struct gct__header *header);
void gct__pack_header(const struct gct__header *header, uint8_t *p);
void gct__unpack_head(const uint8_t *p, struct gct__head *head);
void gct__pack_head(const struct gct__head *head, const uint8_t *payload,
                    uint8_t *p); // fills in the CRC

// The CRC a head and its stored payload should carry.
uint32_t gct__head_crc(const uint8_t *p, const uint8_t *payload,
                       uint32_t stored);
uint32_t gct__header_crc(const uint8_t *p);

// Whether an event of this opcode names an object by `handle`.
static inline bool gct__has_handle(unsigned op)
{
  return op != GCT_WAIT && op != GCT_GC && op != GCT_CHECKPOINT &&
         op != GCT_MARK && op != GCT_THREAD && op != GCT_EXT;
}

static inline bool gct__is(const char type[4], const char *name)
{
  return memcmp(type, name, 4) == 0;
}

// The flags a chunk of this type carries unless somebody chose otherwise.
uint16_t gct__usual_flags(const char type[4]);

// Fills *error; `chunk` is at most 7 characters that print. Returns -EBADMSG.
int gct__bad(struct gct_error *error, uint64_t offset, const char *chunk,
             const char *format, ...) __attribute__((format(printf, 4, 5)));

// Maps a regular file to be read; munmap is the caller's, if *n > 0. Returns 0
// or a negative errno with *error filled.
int gct__map(const char *path, void **bytes, size_t *n,
             struct gct_error *error);

// Fills *error with what the system said. Returns -number.
int gct__system(struct gct_error *error, int number);

#endif
