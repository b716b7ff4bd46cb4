// model.h: what the heap should look like: the same graph, kept beside it.
// SPDX-License-Identifier: MIT
//
// Objects are numbers (their thing's id), references are numbers, 0 is NULL.
// One thread at a time.

#ifndef WANE_CHECK_MODEL_H
#define WANE_CHECK_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct model_object {
  uint32_t n;
  uint32_t *slots;
  bool reachable;
  bool peeled; // garbage that no dead cycle keeps
  uint32_t dead_in;
};

struct model {
  struct model_object *objects; // by number; objects[0] is unused
  uint32_t n, capacity;         // numbers 1..n exist
  uint32_t *roots;              // of all threads, then of all handles
  uint32_t n_roots;
  uint32_t *stack;
};

void model_start(struct model *model, uint32_t n_roots);
void model_stop(struct model *model);
// Object `id`, the next number, has `n` empty slots.
void model_add(struct model *model, uint32_t id, uint32_t n);
static inline uint32_t *model_slot(struct model *model, uint32_t id,
                                   uint32_t slot)
{
  return &model->objects[id].slots[slot];
}
// Works out `reachable` and `peeled` of every object.
void model_judge(struct model *model);

#endif
