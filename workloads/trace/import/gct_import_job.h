// gct_import_job.h: one import under way, and what all formats need.
// SPDX-License-Identifier: MIT
//
// Private to the importers. The first failure sticks in the job; functions
// return false after it, and callers only have to return.
#ifndef WANE_GCT_IMPORT_JOB_H
#define WANE_GCT_IMPORT_JOB_H

#include "gct_import.h"
#include "gct_writer.h"

// Ids of 64 bits to numbers of 32: open addressing, any key, no removal.
struct gct__ids {
  struct gct__id *places;
  uint64_t n, capacity; // capacity: 0 or a power of 2
};

// Where the number of `key` is, GCT_NIL in it when the key is new: the caller
// has to put another one there. NULL: no memory. Valid until the next call.
uint32_t *gct__ids_at(struct gct__ids *ids, uint64_t key);
// The number, or GCT_NIL.
uint32_t gct__ids_get(const struct gct__ids *ids, uint64_t key);
void gct__ids_free(struct gct__ids *ids);

// Types by name. Their number is bounded: what comes later is all one type.
#define GCT__IMPORT_TYPES 4096u
#define GCT__IMPORT_NAME 96u // bytes of a name that are kept

struct gct__types {
  struct gct_type *types; // names are the table's own
  uint32_t *index;        // what the writer calls it; GCT_NIL: unused
  uint32_t n;
  uint64_t others; // how often a name had no room
  struct gct__ids by_name;
};

struct gct__job {
  const uint8_t *bytes;
  size_t n;
  bool mapped;
  const char *format; // for errors
  const struct gct_import_options *options;
  struct gct_import_result *result;
  struct gct_error *error;
  int code; // 0 or a negative errno
  struct gct_writer *writer;
  struct gct__types types;
  uint64_t ticks, released;
};

// Notes why the input is refused. Returns false.
bool gct__job_fail(struct gct__job *job, uint64_t offset, const char *format,
                   ...) __attribute__((format(printf, 3, 4)));
bool gct__job_no_memory(struct gct__job *job);
// calloc that notes its failure; never NULL for 0 elements.
void *gct__job_array(struct gct__job *job, uint64_t n, size_t size);
// Doubles *array when its n elements are all it has room for.
bool gct__job_grow(struct gct__job *job, void *array, uint64_t n, size_t size);

// A new counter of the result, 0.
uint64_t *gct__job_count(struct gct__job *job, const char *key,
                         const char *what);

// Says that `done` of `all` is done; cheap. The first half is reading.
void gct__job_progress(struct gct__job *job, bool reading, uint64_t done,
                       uint64_t all);
// The bytes before `offset` are not needed soon: they need not be resident.
void gct__job_release(struct gct__job *job, uint64_t offset);

// The type of that name; control characters are replaced, and what is beyond
// the bound dropped. GCT_NIL: no memory, noted.
uint32_t gct__job_type(struct gct__job *job, const char *name, size_t n);
// Hands types over to the writer, those with `used` set.
void gct__job_register_types(struct gct__job *job, const bool *used);

// Opens the writer: everything about the input is known by now.
bool gct__job_open(struct gct__job *job, const char *output);
void gct__job_event(struct gct__job *job, uint32_t thread,
                    const struct gct_event *event);
void gct__job_checkpoint(struct gct__job *job, const uint32_t *threads,
                         uint32_t n_threads, const struct gct_oracle *oracle);

// The formats. Each reads all of job->bytes and writes the events to a writer
// that it opens with gct__job_open when nothing of the input is in doubt.
bool gct__import_heapsnapshot(struct gct__job *job, const char *output);
bool gct__import_hprof(struct gct__job *job, const char *output);
bool gct__import_elephant_tracks(struct gct__job *job, const char *output);
bool gct__import_garcosim(struct gct__job *job, const char *output);

#endif
