// gct_import.h: other tools' heap dumps and traces as GCT traces.
// SPDX-License-Identifier: MIT
//
// Heap dumps become "build this graph" traces: what the dump's roots reach is
// born and linked, in an order that resembles building, and is alive in the
// end. Textual traces keep their order of events. README.md says
// what becomes what, and what is lost; how much was lost is counted.
#ifndef WANE_GCT_IMPORT_H
#define WANE_GCT_IMPORT_H

#include "gct_verify.h"

enum gct_import_format {
  GCT_IMPORT_GUESS, // from the content
  GCT_IMPORT_HEAPSNAPSHOT,
  GCT_IMPORT_HPROF,
  GCT_IMPORT_ELEPHANT_TRACKS,
  GCT_IMPORT_GARCOSIM,
  GCT_IMPORT_FORMATS
};

// In which order the objects of a heap dump are born.
enum gct_import_order {
  GCT_IMPORT_DEPTH_FIRST,    // parents first, and each child with all below it
  GCT_IMPORT_BREADTH_FIRST,  // parents first, and all children of one parent
  GCT_IMPORT_CHILDREN_FIRST, // what is below an object before the object
  GCT_IMPORT_ORDERS
};

struct gct_import_options {
  enum gct_import_format format;
  enum gct_import_order order; // of heap dumps
  int level;                   // zstd level, 0 = no compression
  bool teardown;  // at the end give up all roots; one more checkpoint then
  uint64_t every; // textual traces: a checkpoint every so many lines; 0 = none
  gct_progress *progress; // may be NULL
  void *context;
};

// Something that was counted on the way.
struct gct_import_count {
  const char *key, *what; // of a META line; in words
  uint64_t n;
};

#define GCT_IMPORT_COUNTS 32

struct gct_import_result {
  enum gct_import_format format;
  struct gct_import_count counts[GCT_IMPORT_COUNTS]; // 0 as well
  uint32_t n_counts;
  uint64_t births, events;
  struct gct_oracle final; // of the last checkpoint
  bool output_failed;      // the error is about the output, not the input
};

// "hprof", ...: as the command calls it. NULL beyond the last.
const char *gct_import_format_name(unsigned format);
const char *gct_import_order_name(unsigned order);

// Imports the file `path` and makes the trace `output`. Returns 0, or a
// negative errno with *error filled and no output: -EBADMSG for an input that
// is malformed or of no known format; then error->chunk is the format and
// error->offset the byte, or the line of a text. The input must not shrink
// meanwhile. One thread. Memory: about the input's size for a heap dump; for a
// text some 20 bytes an event, 120 an object, 20 a slot.
int gct_import(const char *path, const char *output,
               const struct gct_import_options *options,
               struct gct_import_result *result, struct gct_error *error);

// The same over bytes in memory.
int gct_import_memory(const void *bytes, size_t n, const char *output,
                      const struct gct_import_options *options,
                      struct gct_import_result *result,
                      struct gct_error *error);

#endif
