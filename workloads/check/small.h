// small.h: every graph of a few objects, and every short program on it.
// SPDX-License-Identifier: MIT
//
// Knows nothing of the runtime. A program begins with a graph all of whose
// objects are in a register, 0 in the first, and takes `steps` steps. Programs
// are numbered; of graphs that differ only in the names of their objects one
// has numbers.

#ifndef WANE_CHECK_SMALL_H
#define WANE_CHECK_SMALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SMALL_OBJECTS 4
#define SMALL_SLOTS 2
#define SMALL_STEPS 4
#define SMALL_NIL 0xff // no object

struct small_space {
  uint32_t objects, slots, steps;
  uint32_t *graphs; // codes, one for each shape
  size_t n_graphs;
  uint32_t n_steps;     // kinds of steps
  uint64_t n_sequences; // n_steps to the power of steps
  uint64_t n;           // programs
};

// 0 or -ENOMEM.
int small_open(struct small_space *space, uint32_t objects, uint32_t slots,
               uint32_t steps);
void small_close(struct small_space *space);

struct small_graph {
  uint8_t slot[SMALL_OBJECTS][SMALL_SLOTS]; // an object, or SMALL_NIL
  uint8_t rooted;                           // a bit for each object
};

enum small_op { SMALL_DROP, SMALL_SET, SMALL_LOAD };
struct small_step {
  uint8_t op, object, slot, target; // LOAD: into the register of what is there
};

// The graph a program begins with.
void small_graph(const struct small_space *space, uint64_t program,
                 struct small_graph *graph);
struct small_step small_step(const struct small_space *space, uint64_t program,
                             uint32_t step);
// Takes a step on the model. False: it names an object that is in no register,
// or does nothing; such programs are left out.
bool small_take(const struct small_step *step, struct small_graph *graph);
// Are all its steps possible?
bool small_valid(const struct small_space *space, uint64_t program);

// Bits: what roots reach; and what is garbage that no dead cycle keeps.
uint8_t small_reachable(const struct small_space *space,
                        const struct small_graph *graph);
uint8_t small_peeled(const struct small_space *space,
                     const struct small_graph *graph);

// "a(b,nil) b(a,a): drop a; b.0 = nil".
void small_print(const struct small_space *space, uint64_t program, char *text,
                 size_t size);

#endif
