// gct_sink.h: a trace file being written, frame by frame.
// SPDX-License-Identifier: MIT
//
// Private to the library; the writer and the text reader stand on it. The
// file appears under its name only when everything is in it: until then it is
// a temporary file beside it, removed on any failure. The first failure
// sticks; later calls do nothing and gct__sink_finish returns it.
#ifndef WANE_GCT_SINK_H
#define WANE_GCT_SINK_H

#include "gct_format.h"

struct gct__sink {
  char *path, *temporary;
  FILE *file;
  void *zstd; // ZSTD_CCtx, or NULL for codec 0
  int level;
  bool check; // read the file back before it gets its name
  uint8_t *packed;
  size_t capacity;
  uint64_t n_chunks;
  int result; // 0 or a negative errno
  struct gct_error error;
};

// level 0: codec 0; else zstd. Returns 0 or a negative errno.
int gct__sink_open(struct gct__sink *sink, const char *path, int level,
                   struct gct_error *error);

// Writes one chunk. Of *head it takes type, flags, thread, n_events and seq.
void gct__sink_chunk(struct gct__sink *sink, const struct gct__head *head,
                     const uint8_t *payload, size_t n);

// Writes END with header->n_events and these chunk flags.
void gct__sink_end(struct gct__sink *sink, const struct gct__header *header,
                   uint16_t flags);

// Notes a failure that is not the sink's own.
void gct__sink_fail(struct gct__sink *sink, int result, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// Puts the header in place and the file under its name, or removes it all.
int gct__sink_finish(struct gct__sink *sink, const struct gct__header *header,
                     struct gct_error *error);

// Removes what was written.
void gct__sink_abandon(struct gct__sink *sink);

#endif
