// model.c: reachability in a copy of the graph.
// SPDX-License-Identifier: MIT

#include "model.h"

#include <stdlib.h>
#include <string.h>

static void *checked(void *p)
{
  if (!p) abort();
  return p;
}

void model_start(struct model *model, uint32_t n_roots)
{
  *model = (struct model){.n_roots = n_roots};
  model->roots = checked(calloc(n_roots, sizeof *model->roots));
}

void model_stop(struct model *model)
{
  for (uint32_t i = 1; i <= model->n; i++) free(model->objects[i].slots);
  free(model->objects);
  free(model->roots);
  free(model->stack);
}

void model_add(struct model *model, uint32_t id, uint32_t n)
{
  if (id != model->n + 1) abort(); // one thread at a time
  model->n = id;
  if (id >= model->capacity) {
    model->capacity = model->capacity ? model->capacity * 2 : 1024;
    model->objects = checked(realloc(
        model->objects, model->capacity * sizeof *model->objects));
    model->stack =
        checked(realloc(model->stack, model->capacity * sizeof(uint32_t)));
  }
  model->objects[id] = (struct model_object){
      .n = n, .slots = checked(calloc(n + 1, sizeof(uint32_t)))};
}

static void mark(struct model *model, uint32_t root)
{
  uint32_t depth = 0;
  if (!root || model->objects[root].reachable) return;
  model->objects[root].reachable = true;
  model->stack[depth++] = root;
  while (depth) {
    struct model_object *o = &model->objects[model->stack[--depth]];
    for (uint32_t i = 0; i < o->n; i++) {
      uint32_t to = o->slots[i];
      if (!to || model->objects[to].reachable) continue;
      model->objects[to].reachable = true;
      model->stack[depth++] = to;
    }
  }
}

static void peel(struct model *model)
{
  uint32_t depth = 0;
  for (uint32_t id = 1; id <= model->n; id++) {
    struct model_object *o = &model->objects[id];
    for (uint32_t i = 0; !o->reachable && i < o->n; i++)
      if (o->slots[i]) model->objects[o->slots[i]].dead_in++;
  }
  for (uint32_t id = 1; id <= model->n; id++)
    if (!model->objects[id].reachable && !model->objects[id].dead_in)
      model->stack[depth++] = id;
  while (depth) {
    struct model_object *o = &model->objects[model->stack[--depth]];
    o->peeled = true;
    for (uint32_t i = 0; i < o->n; i++) {
      uint32_t to = o->slots[i];
      if (to && --model->objects[to].dead_in == 0 &&
          !model->objects[to].reachable)
        model->stack[depth++] = to;
    }
  }
}

void model_judge(struct model *model)
{
  for (uint32_t id = 1; id <= model->n; id++) {
    model->objects[id].reachable = model->objects[id].peeled = false;
    model->objects[id].dead_in = 0;
  }
  for (uint32_t i = 0; i < model->n_roots; i++) mark(model, model->roots[i]);
  peel(model);
}
