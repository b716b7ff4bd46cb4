// gct_writer.h: writing heap traces (format GCT 1).
// SPDX-License-Identifier: MIT
//
// Register threads and types, hand in events in any order between threads,
// close. Events are as the reader gives them: `thread` and `type` are the
// indices that gct_writer_thread and gct_writer_type returned. The writer
// cuts chunks, counts, compresses, and chooses the encoding flags of WRITEs.
//
// One thread uses a writer. Calls fail silently: the first failure sticks,
// and gct_writer_close reports it and leaves no file.
#ifndef WANE_GCT_WRITER_H
#define WANE_GCT_WRITER_H

#include "gct.h"

struct gct_writer;

struct gct_writer_options {
  int level;             // zstd level 1..22; 0 means codec 0, no compression
  uint64_t header_flags; // kept for the reader
};

// Begins a file that will appear as `path` on a successful close. options may
// be NULL (level 9). Returns 0 or a negative errno with *error filled.
int gct_writer_open(const char *path, const struct gct_writer_options *options,
                    struct gct_writer **writer, struct gct_error *error);

// Registers a thread by the id it has in the file (below GCT_MAX_THREADS, each
// once). Returns its index, from 0. Only threads with events are counted.
uint32_t gct_writer_thread(struct gct_writer *writer, uint32_t id);

// Registers a type; id and name as they shall be in the file (the name is
// copied; no tab or control character). Returns its index, from 0.
uint32_t gct_writer_type(struct gct_writer *writer,
                         const struct gct_type *type);

// Adds a line of meta data; the key has neither blanks nor '='.
void gct_writer_meta(struct gct_writer *writer, const char *key,
                     const char *value);

// Appends an event to a thread's stream. `payload` is event->length bytes for
// GCT_EXT and unused otherwise.
void gct_writer_event(struct gct_writer *writer, uint32_t thread,
                      const struct gct_event *event, const uint8_t *payload);

// Changes the header flags given in the options; possible until the close.
void gct_writer_flags(struct gct_writer *writer, uint64_t header_flags);

// Threads registered so far.
uint32_t gct_writer_threads(const struct gct_writer *writer);

// Events of that thread so far: the seq for a WAIT on it.
uint64_t gct_writer_seq(const struct gct_writer *writer, uint32_t thread);

// Adds the oracle record of the next checkpoint; its number is counted here.
void gct_writer_checkpoint(struct gct_writer *writer,
                           const struct gct_oracle *oracle);

// Finishes and frees. Returns 0, or a negative errno with *error filled and
// no file left behind.
int gct_writer_close(struct gct_writer *writer, struct gct_error *error);

// Frees and leaves no file. NULL is allowed.
void gct_writer_abandon(struct gct_writer *writer);

#endif
