// program.h: a small program of a few mutator threads, as data.
// SPDX-License-Identifier: MIT
//
// Made from a seed out of idioms that collectors are known to trip over, mixed
// with arbitrary operations. Any list of operations is a valid program, so the
// minimiser may take away what it likes: an operation whose roots are NULL
// does nothing.

#ifndef WANE_EXPLORE_PROGRAM_H
#define WANE_EXPLORE_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define PROGRAM_ROOTS 4   // of each thread, on its shadow stack
#define PROGRAM_HANDLES 3 // everybody's
#define PROGRAM_CELLS 6   // weak cells: 3 of everybody, then one a thread
#define PROGRAM_SHARED_CELLS 3
#define PROGRAM_SLOTS 3   // of each object but a leaf, at least
#define PROGRAM_WIDTHS 5  // so many sizes of arrays: program_width
#define PROGRAM_THREADS 3 // main among them
#define PROGRAM_EPHEMERONS 2
#define PROGRAM_OPS 96    // of a list

enum thing_kind {
  THING_PAIR,
  THING_WIDE, // an array; who writes to it holds a lock
  THING_LEAF,
  THING_WEAK,  // a pair that may have weak references
  THING_FINAL, // and a finalizer
  THING_KINDS,
};

// Names and operands: see program.c.
enum op_kind {
  OP_ALLOC, OP_LOAD, OP_STORE, OP_CLEAR, OP_DROP, OP_COPY, OP_HGET, OP_HSET,
  OP_HCLEAR, OP_MOVE, OP_CAS, OP_WNEW, OP_WGET, OP_POLL, OP_NAP, OP_ASK,
  OP_COLLECT, OP_BURST, OP_LOOK, OP_BIG, OP_ANSWER, OP_FILL, OP_WIPE, OP_CHAIN,
  OP_HUGE, OP_ENEW, OP_EGET, OP_ESET,
  OP_KINDS,
};

struct op {
  uint16_t id; // from 1, of its own in the program
  uint8_t kind, a, b, c;
  bool quiet; // no safepoint after it
};

// The name of an operation in one of its turns, for decisions: PROGRAM_OP
// gives its id again.
#define PROGRAM_ANCHOR(turn, id) ((uint32_t)(turn) << 20 | (id))
#define PROGRAM_OP(anchor) ((anchor) & 0xfffff)

struct op_list {
  uint32_t n;
  struct op ops[PROGRAM_OPS];
};

struct program {
  char collector[32], options[64];
  uint32_t log_chunk, local_limit, shared_limit, stress_alloc, workers, verify;
  uint32_t mark_slice, mark_bytes, log_pool, tick_ns, young, pacing;
  // Of a model, thread i on node i mod nodes; 0: none is looked at. Policies:
  // enum wane_steal, and one of run.c's for memory.
  uint32_t nodes, steal, memory;
  uint32_t times; // that the threads go through their lists
  uint32_t slow; // handshakes that every other finalizer waits for
  bool resurrects; // finalizers put their object into handle 2
  // lists[0]: main before the others exist; lists[1]: main beside them;
  // lists[2] and up: the others. A thread whose list is empty is not started.
  struct op_list lists[PROGRAM_THREADS + 1];
};

// What the collector can do.
struct program_for {
  bool weak, counts, traces;
};

// generate.c
void program_make(struct program *p, uint64_t seed, const char *collector,
                  const struct program_for *what);
// Slots of an array that is allocated with this operand.
uint32_t program_width(uint32_t operand);
uint32_t program_operations(const struct program *p);
// One operation for people, without an end of line.
void program_print_op(FILE *out, const struct op *op);
// A program as text; reads what it wrote. False: the text is no program.
void program_write(FILE *out, const struct program *p);
bool program_read(FILE *in, struct program *p);

#endif
