// case_model.c: reachability and Kahn's algorithm over the graph of a case.
// SPDX-License-Identifier: MIT
//
// The fate of all objects is worked out at once and kept until the graph
// changes: cases ask about thousands of objects in a row.

#include "case_model.h"

#include <stdlib.h>

struct node {
  size_t slots; // index of its first slot in model->slots
  uint32_t n_slots;
  uint32_t rooted; // threads and counts, summed
  uint32_t roots[CASE_THREADS];
  uint32_t from_garbage; // edges from unreachable objects
  enum case_fate fate;
  bool born;
};

struct case_model {
  size_t first, n; // objects [first, first + n) of the file
  struct node *nodes;
  uint32_t *slots; // targets, or CASE_NIL
  uint32_t *queue; // room for every node
  bool settled;    // `fate` is right
};

struct case_model *case_model_new(const struct case_file *file,
                                  const struct case_one *one)
{
  struct case_model *model = calloc(1, sizeof *model);
  if (!model) return NULL;
  size_t n = one->n_objects, n_slots = 0;
  model->first = one->first_object;
  model->n = n;
  model->nodes = calloc(n + 1, sizeof *model->nodes);
  model->queue = calloc(n + 1, sizeof *model->queue);
  for (size_t i = 0; i < n && model->nodes; i++) {
    model->nodes[i].slots = n_slots;
    model->nodes[i].n_slots = file->objects[model->first + i].slots;
    n_slots += model->nodes[i].n_slots;
  }
  model->slots = malloc((n_slots + 1) * sizeof *model->slots);
  if (!model->nodes || !model->queue || !model->slots) {
    case_model_free(model);
    return NULL;
  }
  for (size_t i = 0; i < n_slots; i++) model->slots[i] = CASE_NIL;
  return model;
}

void case_model_free(struct case_model *model)
{
  if (!model) return;
  free(model->nodes);
  free(model->slots);
  free(model->queue);
  free(model);
}

static struct node *node_of(const struct case_model *model, uint32_t object)
{
  return &model->nodes[object - model->first];
}

void case_model_step(struct case_model *model, const struct case_step *step,
                     uint32_t thread)
{
  if (step->op > CASE_DROP) return;
  struct node *node = node_of(model, step->object);
  int change = 0;
  if (step->op == CASE_NEW) {
    node->born = true;
    change = 1;
  } else if (step->op == CASE_SET) {
    model->slots[node->slots + step->slot] = step->target;
  } else {
    change = step->op == CASE_ROOT ? 1 : -1;
  }
  node->roots[thread] += (uint32_t)change;
  node->rooted += (uint32_t)change;
  model->settled = false;
}

uint32_t case_model_roots(const struct case_model *model, uint32_t object,
                          uint32_t thread)
{
  return node_of(model, object)->roots[thread];
}

// Marks what the queue's first `n` nodes reach.
static void mark(struct case_model *model, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    const struct node *node = &model->nodes[model->queue[i]];
    for (uint32_t s = 0; s < node->n_slots; s++) {
      uint32_t target = model->slots[node->slots + s];
      if (target == CASE_NIL) continue;
      struct node *to = node_of(model, target);
      if (to->fate == CASE_HELD) continue;
      to->fate = CASE_HELD;
      model->queue[n++] = target - (uint32_t)model->first;
    }
  }
}

// Takes `by` to the count of edges from garbage of each child; queues those
// that fall to zero.
static size_t count_children(struct case_model *model, const struct node *node,
                             uint32_t by, size_t n)
{
  for (uint32_t s = 0; s < node->n_slots; s++) {
    uint32_t target = model->slots[node->slots + s];
    if (target == CASE_NIL) continue;
    struct node *to = node_of(model, target);
    to->from_garbage += by;
    if (by == 1 || to->from_garbage || to->fate != CASE_IN_RING) continue;
    to->fate = CASE_FALLS;
    model->queue[n++] = target - (uint32_t)model->first;
  }
  return n;
}

static void settle(struct case_model *model)
{
  size_t n = 0;
  for (size_t i = 0; i < model->n; i++) {
    struct node *node = &model->nodes[i];
    node->from_garbage = 0;
    node->fate = node->rooted ? CASE_HELD : CASE_IN_RING;
    if (node->rooted) model->queue[n++] = (uint32_t)i;
  }
  mark(model, n);
  for (size_t i = 0; i < model->n; i++)
    if (model->nodes[i].fate != CASE_HELD)
      count_children(model, &model->nodes[i], 1, 0);
  n = 0;
  for (size_t i = 0; i < model->n; i++) {
    struct node *node = &model->nodes[i];
    if (node->fate != CASE_IN_RING || node->from_garbage) continue;
    node->fate = CASE_FALLS;
    model->queue[n++] = (uint32_t)i;
  }
  for (size_t i = 0; i < n; i++)
    n = count_children(model, &model->nodes[model->queue[i]], UINT32_MAX, n);
  model->settled = true;
}

enum case_fate case_model_fate(struct case_model *model, uint32_t object)
{
  if (node_of(model, object)->rooted) return CASE_HELD;
  if (!model->settled) settle(model);
  return node_of(model, object)->fate;
}
