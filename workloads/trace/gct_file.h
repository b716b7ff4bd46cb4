// gct_file.h: what an open trace holds; shared by the reader's own files.
// SPDX-License-Identifier: MIT
//
// Private to the library. Nothing here changes after gct_open returned, so
// any thread may read it without a lock.
#ifndef WANE_GCT_FILE_H
#define WANE_GCT_FILE_H

#include "gct_decode.h"

#define GCT__MAX_TYPE_ID (1u << 20)

struct gct__chunk {
  uint64_t offset; // of its head in the file
  struct gct__head head;
};

struct gct_file {
  struct gct_info info;
  struct gct__header header;
  struct gct__limits limits;
  const uint8_t *bytes;
  size_t size;
  bool mapped;               // bytes are ours to unmap
  struct gct__chunk *chunks; // info.n_chunks, in file order
  uint32_t *by_thread;       // chunk numbers of EVTS, thread after thread
  uint32_t first_chunk[GCT_MAX_THREADS + 1]; // into by_thread
  struct gct_thread threads[GCT_MAX_THREADS];
  struct gct_type *types;
  struct gct_meta *meta;
  struct gct_checkpoint *checkpoints;
  uint32_t *type_index;
  uint32_t n_records; // oracle records read so far
  char **strings;     // copies of TYPE and META payloads, cut into words
  uint32_t n_strings;
};

// A reusable place to unpack chunks into; one per stream.
struct gct__unpacker {
  void *zstd; // ZSTD_DCtx, made when first needed
  uint8_t *raw;
  size_t capacity;
};

void gct__unpacker_free(struct gct__unpacker *unpacker);

// Checks the chunk's CRC and unpacks it to unpacker->raw, with zero padding
// behind it. Returns 0 or a negative errno with *error filled.
int gct__unpack(struct gct__unpacker *unpacker, const struct gct_file *file,
                const struct gct__chunk *chunk, struct gct_error *error);

// "EVTS", "END": the type without what does not print.
void gct__chunk_name(const char type[4], char name[8]);

// As gct__bad, for a chunk.
int gct__bad_chunk(struct gct_error *error, const struct gct__chunk *chunk,
                   const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// gct_chunks.c: heads, frames, sequence numbers; fills header, chunks,
// threads and limits.thread_index.
int gct__read_frames(struct gct_file *file, struct gct_error *error);

// gct_tables.c: TYPE, META, CKPT and END payloads.
int gct__read_tables(struct gct_file *file, struct gct_error *error);

#endif
