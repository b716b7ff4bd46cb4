// case.h: a file of heap scenarios after parsing: cases, objects, steps.
// SPDX-License-Identifier: MIT
//
// A case is a list of steps on named objects: allocate, store, root, drop,
// collect, and what must then be true; and lists of steps that finalizers and
// weak callbacks take, its actions. The parser unrolls `repeat`, resolves
// names and finds every slot number, so that the runner has nothing left to
// look up. The language is described in README.md.

#ifndef WANE_CASE_H
#define WANE_CASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CASE_THREADS 8u            // `thread 0` .. `thread 7`
#define CASE_NIL UINT32_MAX        // no object, no action
#define CASE_SELF (UINT32_MAX - 1) // in an action: the object it is run for
#define CASE_FULL 10u              // `collect` without gen=
#define CASE_MAX_SLOT 65535u       // highest slot number
#define CASE_MAX_STEPS (1u << 24)

// Weak references and ephemerons are objects too: they have roots and die.
enum case_op {
  CASE_NEW,           // object
  CASE_SET,           // object.slot = target
  CASE_ROOT,          // object: one more root of this thread
  CASE_DROP,          // object: one less
  CASE_NEW_WEAK,      // object refers to target; `other`: its cbref
  CASE_NEW_EPHEMERON, // object; target is its key, `other` its value
  CASE_LAST_OF_GRAPH = CASE_NEW_EPHEMERON,
  CASE_COLLECT, // number: a generation, or CASE_FULL
  CASE_CHURN,   // number of garbage objects
  CASE_THREAD,  // number of the thread that acts from here on
  CASE_READ,    // the weak reference `object` into reading `number`
  CASE_FIRST_EXPECTATION,
  CASE_ALIVE = CASE_FIRST_EXPECTATION, // object must be there
  CASE_DEAD,                           // object must be gone
  CASE_EDGE,                           // object.slot must be target
  CASE_WEAK_IS,    // the weak reference `object` must give target
  CASE_CALLS,      // action `action` must have run `number` times
  CASE_READING_IS, // reading `number` must have given target
  CASE_RECLAIMED,  // number: for collectors that count as CPython's does
};

// What a case needs beyond objects, slots, roots and collections.
enum case_feature {
  CASE_FINALIZERS = 1u << 0,
  CASE_WEAK_CALLBACKS = 1u << 1,
  CASE_EPHEMERONS = 1u << 2,
  CASE_GENERATIONS = 1u << 3,
  CASE_WEAK = 1u << 4,
  CASE_TEARDOWN = 1u << 5,
  CASE_FEATURES = 6,
  // For these a collector must know special objects (wane/weak.h).
  CASE_SPECIAL =
      CASE_FINALIZERS | CASE_WEAK_CALLBACKS | CASE_EPHEMERONS | CASE_WEAK
};

struct case_step {
  uint32_t op;   // enum case_op
  uint32_t line; // in the file, from 1
  union {
    uint32_t object; // index into case_file.objects, or CASE_SELF
    uint32_t action; // index into case_file.actions
  };
  uint32_t target; // as object, or CASE_NIL
  union {
    uint32_t slot;
    uint32_t number;
    uint32_t other; // as target
  };
};

enum case_kind { CASE_PLAIN, CASE_WEAK_REFERENCE, CASE_EPHEMERON };

struct case_object {
  char *name;
  uint32_t kind;                // enum case_kind
  uint32_t action;              // its finalizer or callback, or CASE_NIL
  uint32_t maker;               // the action that makes it, or CASE_NIL
  bool weakable;                // something refers to it weakly
  uint32_t line;                // of its `new`
  uint32_t slots;               // slots it gets; of a weak reference: cbref
  uint32_t bytes;               // plain bytes behind them
  bool fixed;                   // `slots=` was given
  uint32_t roots[CASE_THREADS]; // the parser's; 0 again once parsed
};

// What a finalizer or a weak callback does.
struct case_action {
  char *name;
  uint32_t line;
  char *text; // its steps, a line each
  size_t first_step, n_steps;
};

struct case_one {
  char *name;
  char *source; // its `src` line, or NULL
  uint32_t line;
  uint32_t features; // enum case_feature, or-ed
  uint32_t threads;  // 1 + highest `thread`
  uint32_t n_readings;
  size_t first_step, n_steps;
  size_t first_object, n_objects;
  size_t first_action, n_actions;
};

struct case_file {
  char *path;
  struct case_one *cases;
  size_t n_cases, room_cases;
  struct case_step *steps; // of all cases
  size_t n_steps, room_steps;
  struct case_object *objects; // of all cases
  size_t n_objects, room_objects;
  struct case_action *actions; // of all cases
  size_t n_actions, room_actions;
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
