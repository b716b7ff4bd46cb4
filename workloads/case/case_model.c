// case_model.c: reachability and Kahn's algorithm over the graph of a case.
// SPDX-License-Identifier: MIT
//
// The fate of all objects is worked out at once and kept until the graph
// changes: cases ask about thousands of objects in a row. The value of an
// ephemeron is held when both its key and the ephemeron are; and it does not
// fall before both have, since the runtime keeps it for the key until the
// ephemeron is freed.

#include "case_model.h"

#include <stdlib.h>

struct node {
  size_t slots; // index of its first slot in model->slots
  uint32_t n_slots;
  uint32_t rooted; // threads and counts, summed
  uint32_t roots[CASE_THREADS];
  uint32_t from_garbage; // edges from unreachable objects
  enum case_fate fate;
  uint32_t target, value; // of a weak reference, an ephemeron; or CASE_NIL
  uint32_t pairs, next;   // ephemerons whose key it is, a list; or CASE_NIL
  bool born;
  bool seen;     // was garbage when the last collection or action began
  bool due;      // and the collector claimed that it would go
  bool called;   // its finalizer or callback
  bool cleared;  // a weak reference that must give NULL
  bool released; // an ephemeron without a value
  bool old;      // was born when the last collection began
  bool saved;    // was garbage when some collection began
  bool marked;   // by case_model_reaches
};

struct case_model {
  const struct case_file *file;
  size_t first, n; // objects [first, first + n) of the file
  struct node *nodes;
  uint32_t *slots;        // targets, or CASE_NIL
  uint32_t *queue;        // room for every node
  bool settled;           // `fate` is right
  enum case_fate claimed; // of the last collection
};

struct case_model *case_model_new(const struct case_file *file,
                                  const struct case_one *one)
{
  struct case_model *model = calloc(1, sizeof *model);
  if (!model) return NULL;
  size_t n = one->n_objects, n_slots = 0;
  model->file = file;
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
  for (size_t i = 0; i < n; i++) {
    struct node *node = &model->nodes[i];
    node->target = node->value = node->pairs = node->next = CASE_NIL;
  }
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

static const struct case_object *object_of(const struct case_model *model,
                                           const struct node *node)
{
  return &model->file->objects[model->first + (size_t)(node - model->nodes)];
}

static void give_birth(struct case_model *model, const struct case_step *step)
{
  struct node *node = node_of(model, step->object);
  node->born = true;
  if (step->op == CASE_NEW) return;
  node->target = step->target;
  if (step->op == CASE_NEW_WEAK) {
    model->slots[node->slots] = step->other;
    return;
  }
  struct node *key = node_of(model, step->target);
  node->value = step->other;
  node->next = key->pairs;
  key->pairs = step->object;
}

void case_model_step(struct case_model *model, const struct case_step *step,
                     uint32_t thread)
{
  if (step->op > CASE_LAST_OF_GRAPH) return;
  struct node *node = node_of(model, step->object);
  int change = 0;
  if (step->op == CASE_SET) {
    model->slots[node->slots + step->slot] = step->target;
  } else if (step->op == CASE_ROOT || step->op == CASE_DROP) {
    change = step->op == CASE_ROOT ? 1 : -1;
  } else {
    give_birth(model, step);
    change = 1;
  }
  node->roots[thread] += (uint32_t)change;
  node->rooted += (uint32_t)change;
  model->settled = false;
}

void case_model_hold(struct case_model *model, uint32_t object, int change)
{
  node_of(model, object)->rooted += (uint32_t)change;
  model->settled = false;
}

uint32_t case_model_edge(const struct case_model *model, uint32_t object,
                         uint32_t slot)
{
  return model->slots[node_of(model, object)->slots + slot];
}

bool case_model_born(const struct case_model *model, uint32_t object)
{
  return node_of(model, object)->born;
}

uint32_t case_model_roots(const struct case_model *model, uint32_t object,
                          uint32_t thread)
{
  return node_of(model, object)->roots[thread];
}

// Calls `each` with what the object's slots refer to.
static size_t
each_target(struct case_model *model, const struct node *node, size_t n,
            size_t (*each)(struct case_model *model, uint32_t to, size_t n))
{
  for (uint32_t s = 0; s < node->n_slots; s++) {
    uint32_t target = model->slots[node->slots + s];
    if (target != CASE_NIL) n = each(model, target, n);
  }
  return n;
}

// Queues an object that is held, once.
static size_t mark_one(struct case_model *model, uint32_t object, size_t n)
{
  struct node *to = node_of(model, object);
  if (to->fate == CASE_HELD) return n;
  to->fate = CASE_HELD;
  model->queue[n++] = object - (uint32_t)model->first;
  return n;
}

// The value of a pair that both its key and its ephemeron hold.
static size_t mark_pair(struct case_model *model, const struct node *pair,
                        size_t n)
{
  if (pair->value == CASE_NIL || pair->released || pair->fate != CASE_HELD ||
      node_of(model, pair->target)->fate != CASE_HELD)
    return n;
  return mark_one(model, pair->value, n);
}

// Marks what the queue's first `n` nodes reach.
static void mark(struct case_model *model, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    const struct node *node = &model->nodes[model->queue[i]];
    n = each_target(model, node, n, mark_one);
    n = mark_pair(model, node, n);
    for (uint32_t e = node->pairs; e != CASE_NIL; e = node_of(model, e)->next)
      n = mark_pair(model, node_of(model, e), n);
  }
}

static size_t count_up(struct case_model *model, uint32_t object, size_t n)
{
  node_of(model, object)->from_garbage++;
  return n;
}

// Queues what falls to zero.
static size_t count_down(struct case_model *model, uint32_t object, size_t n)
{
  struct node *to = node_of(model, object);
  if (--to->from_garbage || to->fate != CASE_IN_RING) return n;
  to->fate = CASE_FALLS;
  model->queue[n++] = object - (uint32_t)model->first;
  return n;
}

// `each` for all that a garbage object keeps from falling.
static size_t
each_held(struct case_model *model, const struct node *node, size_t n,
          size_t (*each)(struct case_model *model, uint32_t to, size_t n))
{
  n = each_target(model, node, n, each);
  if (node->value != CASE_NIL && !node->released)
    n = each(model, node->value, n);
  for (uint32_t e = node->pairs; e != CASE_NIL; e = node_of(model, e)->next) {
    const struct node *pair = node_of(model, e);
    if (!pair->released) n = each(model, pair->value, n);
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
      (void)each_held(model, &model->nodes[i], 0, count_up);
  n = 0;
  for (size_t i = 0; i < model->n; i++) {
    struct node *node = &model->nodes[i];
    if (node->fate != CASE_IN_RING || node->from_garbage) continue;
    node->fate = CASE_FALLS;
    model->queue[n++] = (uint32_t)i;
  }
  for (size_t i = 0; i < n; i++)
    n = each_held(model, &model->nodes[model->queue[i]], n, count_down);
  model->settled = true;
}

enum case_fate case_model_fate(struct case_model *model, uint32_t object)
{
  if (node_of(model, object)->rooted) return CASE_HELD;
  if (!model->settled) settle(model);
  return node_of(model, object)->fate;
}

static size_t follow(struct case_model *model, uint32_t object, size_t n)
{
  struct node *node = node_of(model, object);
  if (node->marked) return n;
  node->marked = true;
  model->queue[n++] = object - (uint32_t)model->first;
  return n;
}

bool case_model_reaches(struct case_model *model, uint32_t from, uint32_t to)
{
  for (size_t i = 0; i < model->n; i++) model->nodes[i].marked = false;
  size_t n = follow(model, from, 0);
  for (size_t i = 0; i < n; i++)
    n = each_held(model, &model->nodes[model->queue[i]], n, follow);
  return node_of(model, to)->marked;
}

// --- finalizers, callbacks, weak references --------------------------------

void case_model_collects(struct case_model *model, enum case_fate claimed)
{
  if (!model->settled) settle(model);
  model->claimed = claimed;
  for (size_t i = 0; i < model->n; i++) {
    struct node *node = &model->nodes[i];
    node->seen = node->born && node->fate != CASE_HELD;
    node->saved |= node->seen;
    node->old = node->born;
    node->due = node->seen && node->fate <= claimed;
  }
}

void case_model_acted(struct case_model *model)
{
  if (!model->settled) settle(model);
  for (size_t i = 0; i < model->n; i++) {
    struct node *node = &model->nodes[i];
    node->seen |= node->born && node->fate != CASE_HELD;
  }
}

// The cells with a callback of one object turn NULL at one instant; one that
// an action made later need not.
static void clear_callbacks(struct case_model *model, uint32_t object)
{
  for (size_t i = 0; i < model->n; i++) {
    struct node *node = &model->nodes[i];
    const struct case_object *o = object_of(model, node);
    if (o->kind == CASE_WEAK_REFERENCE && o->action != CASE_NIL && node->old &&
        node->target == object)
      node->cleared = true;
  }
}

const char *case_model_called(struct case_model *model, uint32_t object)
{
  struct node *node = node_of(model, object);
  bool weak = object_of(model, node)->kind == CASE_WEAK_REFERENCE;
  uint32_t subject = weak ? node->target : object;
  if (node->called) return "twice";
  node->called = true;
  clear_callbacks(model, subject);
  node->cleared = weak;
  return node_of(model, subject)->seen ? NULL : "while roots reach the object";
}

bool case_model_was_garbage(const struct case_model *model, uint32_t object)
{
  return node_of(model, object)->saved;
}

void case_model_release(struct case_model *model, uint32_t ephemeron)
{
  node_of(model, ephemeron)->released = true;
  model->settled = false;
}

bool case_model_released(struct case_model *model, uint32_t ephemeron)
{
  return node_of(model, ephemeron)->released;
}

// Its own fate decides for a finalizer, its object's for a callback, which is
// owed only as long as the weak reference itself is held.
static bool owes(struct case_model *model, const struct node *node)
{
  const struct case_object *o = object_of(model, node);
  if (node->called || !node->born || o->action == CASE_NIL) return false;
  if (o->kind != CASE_WEAK_REFERENCE) return node->due;
  uint32_t self = (uint32_t)(o - model->file->objects);
  return case_model_fate(model, self) == CASE_HELD &&
         node_of(model, node->target)->due;
}

uint32_t case_model_missing(struct case_model *model, uint32_t action)
{
  uint32_t missing = 0;
  for (size_t i = 0; i < model->n; i++)
    missing += object_of(model, &model->nodes[i])->action == action &&
               owes(model, &model->nodes[i]);
  return missing;
}

uint32_t case_model_uncalled(struct case_model *model)
{
  uint32_t n = 0;
  if (!model->settled) settle(model);
  for (size_t i = 0; i < model->n; i++) {
    const struct node *node = &model->nodes[i];
    const struct case_object *o = object_of(model, node);
    bool weak = o->kind == CASE_WEAK_REFERENCE;
    if (o->action == CASE_NIL || node->called || !node->born) continue;
    n += (weak ? node_of(model, node->target) : node)->fate > model->claimed;
  }
  return n;
}

uint32_t case_model_target(const struct case_model *model, uint32_t object)
{
  return node_of(model, object)->target;
}

uint32_t case_model_value(const struct case_model *model, uint32_t ephemeron)
{
  return node_of(model, ephemeron)->value;
}

bool case_model_cleared(const struct case_model *model, uint32_t weak)
{
  return node_of(model, weak)->cleared;
}

void case_model_gave_null(struct case_model *model, uint32_t weak)
{
  node_of(model, weak)->cleared = true;
}

bool case_model_due(const struct case_model *model, uint32_t object)
{
  return node_of(model, object)->due;
}
