// gct.h: reading recorded heap traces (format GCT 1).
// SPDX-License-Identifier: MIT
//
// A trace is one stream of events per thread of the recorded program, plus
// tables. `gct_open` maps a file and checks every byte of it (magic, CRCs,
// sizes, sequence numbers, each event's operands), so a file that opens is
// structurally sound. After that the file is immutable: any number of threads
// may each own streams over it, and streams share nothing.
//
//     struct gct_stream *s = gct_stream_open(file, 0, &error);
//     for (const struct gct_event *e; (e = gct_next(s));) replay(e);
//     if (gct_stream_error(s)) ...
//
// What a replayer has to know beyond the events:
//   * Threads are numbered 0 .. n_threads-1 here, whatever the file calls
//     them; `gct_thread.id` is the file's own name.
//   * WAIT(thread, seq): go on only when that thread has executed `seq`
//     events (its own WAITs and checkpoints count).
//   * A CHECKPOINT is a barrier of all threads. `gct_checkpoint.threads` says
//     how the file writes it: in every thread (n_threads; meet there, compare,
//     go on together) or in one thread only (1; the order pass of gct_order.h
//     proves that WAITs hold all the others at that moment, so the thread
//     that meets it compares alone).
//   * Births are numbered in the total order of the trace; gct_order.h gives
//     the first birth number of every slice of every thread.
// A file that opens may still be wrong in meaning (a handle used after FREE,
// WAITs that form a cycle): gct_verify.h checks that.
#ifndef WANE_GCT_H
#define WANE_GCT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gct_oracle.h"

#define GCT_MAJOR 1
#define GCT_MINOR 1             // what the writer writes; any minor is read
#define GCT_MAX_THREADS 256u    // file thread ids are below this
#define GCT_MAX_SLOTS (1u << 27)
#define GCT_NIL UINT32_MAX      // no target
#define GCT_EXT_REVIVED 1u // EXT: handle (u32) was given up, and came back

// Why and where a file was refused. Printed as FILE:offset:chunk: reason.
struct gct_error {
  uint64_t offset;  // of the chunk in the file, in bytes; of text: the line
  char chunk[16];   // its type, "header", "file", or "line"; of an import: the
                    // format of the file
  char reason[160]; // one sentence, no newline
};

enum gct_op {
  GCT_WAIT = 0,        // thread, seq
  GCT_ALLOC = 1,       // handle, type, words, slots: born rooted
  GCT_WRITE = 2,       // handle.slot = target
  GCT_ROOT = 3,        // handle; with GCT_LOADED: was read from target.slot
  GCT_UNROOT = 4,      // handle
  GCT_FREE = 5,        // handle is not mentioned any more
  GCT_WEAK = 6,        // handle is a weak reference to target
  GCT_RESIZE = 7,      // handle, words, slots if GCT_WITH_SLOTS
  GCT_GC = 8,          // number = generation: the recorded program collected
  GCT_DROP = 9,        // handle: UNROOT and FREE
  GCT_CHECKPOINT = 10, // number: barrier of all threads, see above
  GCT_MARK = 11,       // number = phase of the program
  GCT_FINALIZER = 12,  // handle: registered, or ran with GCT_ENDS
  GCT_THREAD = 13,     // starts, or ends with GCT_ENDS
  GCT_PIN = 14,        // handle: pinned, or unpinned with GCT_ENDS
  GCT_EXT = 15,        // number = extension opcode; to be ignored
  GCT_OPS = 16
};

// The high nibble of an opcode byte; what a bit means depends on the opcode.
enum {
  GCT_SAME_OWNER = 0x10,   // WRITE, encoding only: owner as in last WRITE
  GCT_NEXT_SLOT = 0x20,    // WRITE, encoding only: last slot + 1
  GCT_TO_NIL = 0x40,       // WRITE: target is GCT_NIL
  GCT_INITIALISING = 0x80, // WRITE: the first one to a new object's slot
  GCT_LOADED = 0x10,       // ROOT
  GCT_BY_CYCLE = 0x10,     // FREE, DROP: died in a cycle collection
  GCT_WITH_SLOTS = 0x10,   // RESIZE
  GCT_WITH_CALLBACK = 0x10, // WEAK
  GCT_ENDS = 0x10          // GC, FINALIZER, THREAD, PIN
};

// One decoded event, 20 bytes. Operands an opcode does not have are 0.
struct gct_event {
  uint8_t op;      // enum gct_op
  uint8_t flags;   // as above
  uint16_t thread; // WAIT: which thread, 0 .. n_threads-1
  union {
    uint32_t handle; // always below max_handles
    uint32_t seq;    // WAIT
    uint32_t number; // GC, CHECKPOINT, MARK, EXT
  };
  union {
    uint32_t slot;  // WRITE, ROOT: below GCT_MAX_SLOTS
    uint32_t slots; // ALLOC, RESIZE: at most GCT_MAX_SLOTS
    uint32_t length; // EXT: payload bytes
  };
  union {
    uint32_t target; // WRITE, WEAK: a handle or GCT_NIL; ROOT: the owner
    uint32_t type;   // ALLOC: index into info->types
    uint32_t raw;    // EXT: where the payload is, see gct_stream_bytes
  };
  uint32_t words; // ALLOC, RESIZE: size in units of 8 bytes
};

enum {
  GCT_TYPE_TRACKED = 1,     // may hold references and be part of a cycle
  GCT_TYPE_FINALIZABLE = 2, // its instances have a finaliser
  GCT_TYPE_WEAKABLE = 4,    // weak references to them are possible
  GCT_TYPE_OPAQUE = 8       // its slots are not known
};

struct gct_type {
  uint32_t id;    // the file's own number
  uint32_t flags; // GCT_TYPE_*
  uint32_t size;  // bytes of every instance; 0 = varies
  uint32_t slots; // slots of every instance; 0 = varies
  const char *name;
};

struct gct_meta {
  const char *key, *value;
};

struct gct_thread {
  uint32_t id; // the file's own number
  uint32_t n_chunks;
  uint64_t n_events;
};

struct gct_checkpoint {
  struct gct_oracle oracle; // only `number` is set when !has_oracle
  bool has_oracle;
  uint32_t threads; // streams in which it stands: 1 or all
};

// Bits of the header flags.
enum {
  // No WRITE goes beyond the slots that ALLOC or RESIZE announced. Without it
  // (the first recorder's files) an object grows by being written to.
  GCT_EXACT_SLOTS = 1,
  // After every single event, whatever is used later is held by a root or a
  // reference. Without it that holds only between runs (see gct_cut.h), so a
  // replay must not collect, nor count to zero, inside one.
  GCT_ALWAYS_HELD = 2
};

// Everything about an open file but its events. Lives as long as the file.
struct gct_info {
  uint16_t major, minor;
  uint64_t header_flags; // GCT_EXACT_SLOTS, GCT_ALWAYS_HELD
  uint64_t file_bytes, raw_bytes; // raw_bytes: events before compression
  uint32_t n_chunks;
  uint32_t n_threads;        // threads that have events
  uint32_t declared_threads; // what the header says: >= n_threads
  uint32_t max_handles;      // size of a replayer's handle table
  uint64_t n_events;         // WAITs included (the header leaves them out)
  uint64_t n_births;
  uint64_t by_op[GCT_OPS]; // events of each opcode
  uint32_t n_types, n_meta, n_checkpoints;
  const struct gct_thread *threads;
  const struct gct_type *types;
  const struct gct_meta *meta;
  const struct gct_checkpoint *checkpoints;
};

struct gct_file;

// Opens and checks a file. Returns 0, or a negative errno with *error filled:
// -EBADMSG for a malformed file, another one for what the system refused.
// *file is set only on success. The file must not shrink while it is open.
int gct_open(const char *path, struct gct_file **file,
             struct gct_error *error);

// The same over bytes that the caller keeps alive and unchanged.
int gct_open_memory(const void *bytes, size_t n, struct gct_file **file,
                    struct gct_error *error);

// Closes; all its streams must be closed before. NULL is allowed.
void gct_close(struct gct_file *file);

const struct gct_info *gct_info(const struct gct_file *file);

// The public part of a stream: decoded events not yet handed out.
struct gct_stream {
  const struct gct_event *cursor, *limit;
};

// A stream over the events of thread 0 .. n_threads-1, for one owner thread.
// NULL when out of memory, with *error filled. About 1 MiB each.
struct gct_stream *gct_stream_open(const struct gct_file *file,
                                   uint32_t thread, struct gct_error *error);
void gct_stream_close(struct gct_stream *stream);

// Decodes the next batch (up to 1024 events, never across a chunk) once the
// previous one is used up. Returns how many there are, 0 at the end or on an
// error. Events of a batch live until the next fill.
size_t gct_fill(struct gct_stream *stream);

// The next event, or NULL at the end or on an error. About 10 ns, nearly all
// of it in gct_fill; the event lives until the next call.
static inline const struct gct_event *gct_next(struct gct_stream *stream)
{
  if (stream->cursor == stream->limit && gct_fill(stream) == 0) return NULL;
  return stream->cursor++;
}

// NULL, or why the stream ended early. A file that opened gives no error
// unless its bytes changed since.
const struct gct_error *gct_stream_error(const struct gct_stream *stream);

// How many events gct_next has handed out: the seq that WAITs speak of.
uint64_t gct_stream_seq(const struct gct_stream *stream);

// Fills offset and chunk of *error with the place of the last event.
void gct_stream_where(const struct gct_stream *stream,
                      struct gct_error *error);

// The payload of a GCT_EXT event of the current batch (event->length bytes).
const uint8_t *gct_stream_bytes(const struct gct_stream *stream,
                                const struct gct_event *event);

// "wait", "alloc", ...: the words of the text form. NULL above 15.
const char *gct_op_name(unsigned op);

#endif
