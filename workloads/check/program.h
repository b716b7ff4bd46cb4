// program.h: a random program: operations as data, any subset of which runs.
// SPDX-License-Identifier: MIT
//
// Operations name registers, not objects, and what cannot be done (a slot of
// nothing) is left out when it is met. So whichever of them are taken away,
// the rest is still a program: that is what makes a failure easy to shorten.

#ifndef WANE_CHECK_PROGRAM_H
#define WANE_CHECK_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROGRAM_STACK 6 // registers of a thread on its shadow stack
#define PROGRAM_SET 2   // and in its root set
#define PROGRAM_REGISTERS (PROGRAM_STACK + PROGRAM_SET)
#define PROGRAM_HANDLES 4 // of all threads
#define PROGRAM_CELLS 4   // weak cells, of all threads
#define PROGRAM_RING 5    // longest ring

// a, b, c: registers, and n a number; or as the comment says.
enum op {
  OP_NEW,         // a = a new thing of kind b with n slots
  OP_NEW_FILLED,  // the same, its slots initialised from registers, by c
  OP_STORE,       // a[n] = b
  OP_CLEAR,       // a[n] = nil
  OP_SELF,        // a[n] = a
  OP_FILL,        // all slots of a = b
  OP_LOAD,        // b = a[n]
  OP_EXCHANGE,    // a[n] <-> b
  OP_COMPARE,     // a[n] = c if it is b
  OP_MOVE,        // a: some slots move, by n
  OP_CLEAR_RANGE, // a: some slots become nil, by n
  OP_DROP,        // a = nil
  OP_COPY,        // b = a
  OP_HANDLE_SET,  // handle n = a
  OP_HANDLE_GET,  // a = handle n
  OP_HANDLE_NEW,  // handle n is freed; a new one = a
  OP_RING,        // a = a ring of n pairs; not kept if b is even
  OP_GUEST,       // another thread: handle n, its first slot, = a new pair
  OP_WEAK_NEW,    // cell n is freed; a new one for a
  OP_WEAK_GET,    // a = cell n
  OP_SAFEPOINT,
  OP_BLINK,   // detach, attach
  OP_COLLECT, // and then all that is due must be gone
  OPS
};

struct operation {
  uint8_t op, thread, a, b, c;
  uint32_t n;
};

struct program {
  struct operation *operations;
  size_t n;
  bool *keep; // false: left out
};

// The program of a seed: `n` operations for `threads` threads. `simple`: only
// what threads may do at the same time to the same objects. Returns 0 or
// -ENOMEM.
int program_make(struct program *p, uint64_t seed, size_t n, uint32_t threads,
                 bool simple);
void program_free(struct program *p);

// Leaves out all but "0-99+120" (ranges from 0, in any order). "": nothing is
// left out. Returns 0, or -EINVAL with a sentence.
int program_keep(struct program *p, const char *ranges, char *error,
                 size_t size);

// "#17 thread 1: r3[2] = r0".
void program_print(const struct program *p, size_t i, char *text, size_t size);

#endif
