// case.h: a file of heap scenarios after parsing: cases, objects, steps.
// SPDX-License-Identifier: MIT
//
// A case is a list of steps on named objects: allocate, store, root, drop,
// collect, and what must then be true. The parser unrolls `repeat`, resolves
// names and finds every slot number, so that the runner has nothing left to
// look up. The language is described in README.md.

#ifndef WANE_CASE_H
#define WANE_CASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CASE_THREADS 8u      // `thread 0` .. `thread 7`
#define CASE_NIL UINT32_MAX  // no object
#define CASE_MAX_SLOT 65535u // highest slot number
#define CASE_MAX_STEPS (1u << 24)

enum case_op {
  CASE_NEW,  // object
  CASE_SET,  // object.slot = target
  CASE_ROOT, // object: one more root of this thread
  CASE_DROP, // object: one less
  CASE_COLLECT,
  CASE_CHURN,     // number of garbage objects
  CASE_THREAD,    // number of the thread that acts from here on
  CASE_ALIVE,     // object must be there
  CASE_DEAD,      // object must be gone
  CASE_EDGE,      // object.slot must be target
  CASE_RECLAIMED, // number: for collectors that count as CPython's does
  CASE_FOREIGN,   // belongs to a feature in `case_one.features`
};

// What a case needs beyond objects, slots, roots and collections.
enum case_feature {
  CASE_FINALIZERS = 1u << 0,
  CASE_WEAK_CALLBACKS = 1u << 1,
  CASE_EPHEMERONS = 1u << 2,
  CASE_GENERATIONS = 1u << 3,
  CASE_WEAK = 1u << 4,
  CASE_TEARDOWN = 1u << 5,
  CASE_FEATURES = 6
};

struct case_step {
  uint32_t op;     // enum case_op
  uint32_t line;   // in the file, from 1
  uint32_t object; // index into case_file.objects
  uint32_t target; // likewise, or CASE_NIL
  union {
    uint32_t slot;
    uint32_t number;
  };
};

struct case_object {
  char *name;
  uint32_t line;                // of its `new`
  uint32_t slots;               // slots it gets
  uint32_t bytes;               // plain bytes behind them
  bool fixed;                   // `slots=` was given
  uint32_t roots[CASE_THREADS]; // the parser's; 0 again once parsed
};

struct case_one {
  char *name;
  char *source; // its `src` line, or NULL
  uint32_t line;
  uint32_t features; // enum case_feature, or-ed
  uint32_t threads;  // 1 + highest `thread`
  size_t first_step, n_steps;
  size_t first_object, n_objects;
};

struct case_file {
  char *path;
  struct case_one *cases;
  size_t n_cases, room_cases;
  struct case_step *steps; // of all cases
  size_t n_steps, room_steps;
  struct case_object *objects; // of all cases
  size_t n_objects, room_objects;
};

// Reads and parses a file. Returns 0; -EBADMSG when it is malformed, with
// "FILE:line: reason near 'token'" in `error`; another negative errno when it
// cannot be read or memory is short, with a sentence too. On success the
// caller frees *file with case_file_free.
int case_file_read(const char *path, struct case_file **file, char *error,
                   size_t error_size);

// The same from `n` bytes of text that the caller keeps; `path` is for
// messages.
int case_file_parse(const char *path, const char *text, size_t n,
                    struct case_file **file, char *error, size_t error_size);

void case_file_free(struct case_file *file); // NULL is allowed

// "finalizers", ...: why a case with these features is skipped. `text` has
// room for `size` bytes.
void case_features_name(uint32_t features, char *text, size_t size);

#endif
