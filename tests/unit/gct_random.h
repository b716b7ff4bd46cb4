// gct_random.h: a random program on many threads, as a trace.
// SPDX-License-Identifier: MIT
//
// Whatever a trace may say of a heap, said at random: roots that are counted,
// taken by one thread and given up by another, loaded from slots; objects that
// grow and shrink; weak references, finalizers, handles used again. Nothing is
// used that cannot be reached.
#ifndef WANE_TESTS_GCT_RANDOM_H
#define WANE_TESTS_GCT_RANDOM_H

#include <stdint.h>
#include <string.h>

#include "gct_writer.h"

enum { RANDOM_HANDLES = 48, RANDOM_SLOTS = 6, RANDOM_TYPES = 2 };

struct random_object {
  uint32_t slots[RANDOM_SLOTS]; // handle + 1, or 0
  uint32_t n_slots, roots;
  bool live, reached, registered;
};

struct random_program {
  struct gct_writer *writer;
  uint32_t thread;
  uint64_t *random;
  struct random_object objects[RANDOM_HANDLES];
};

static uint32_t random_below(struct random_program *p, uint32_t n)
{
  return (uint32_t)(gct_mix((*p->random)++) % n);
}

static void random_put(struct random_program *p, struct gct_event event)
{
  gct_writer_event(p->writer, p->thread, &event, NULL);
}

static void random_reach(struct random_program *p, uint32_t handle)
{
  struct random_object *o = &p->objects[handle];
  if (o->reached) return;
  o->reached = true;
  for (uint32_t i = 0; i < RANDOM_SLOTS; i++)
    if (o->slots[i]) random_reach(p, o->slots[i] - 1);
}

// Buries what cannot be reached any more.
static void random_settle(struct random_program *p)
{
  for (uint32_t i = 0; i < RANDOM_HANDLES; i++) p->objects[i].reached = false;
  for (uint32_t i = 0; i < RANDOM_HANDLES; i++)
    if (p->objects[i].roots) random_reach(p, i);
  for (uint32_t i = 0; i < RANDOM_HANDLES; i++) {
    if (!p->objects[i].live || p->objects[i].reached) continue;
    random_put(p, (struct gct_event){.op = GCT_FREE, .handle = i});
    p->objects[i] = (struct random_object){0};
  }
}

// Some object that can be reached, or RANDOM_HANDLES.
static uint32_t random_pick(struct random_program *p)
{
  uint32_t from = random_below(p, RANDOM_HANDLES);
  for (uint32_t i = 0; i < RANDOM_HANDLES; i++) {
    uint32_t handle = (from + i) % RANDOM_HANDLES;
    if (p->objects[handle].live) return handle;
  }
  return RANDOM_HANDLES;
}

static void random_alloc(struct random_program *p)
{
  uint32_t handle = random_below(p, RANDOM_HANDLES);
  struct random_object *o = &p->objects[handle];
  if (o->live) return;
  uint32_t type = random_below(p, RANDOM_TYPES);
  *o = (struct random_object){
      .n_slots = type ? 2 + random_below(p, 3) : 0, .roots = 1, .live = true};
  random_put(p, (struct gct_event){.op = GCT_ALLOC,
                                   .handle = handle,
                                   .slots = o->n_slots,
                                   .type = type,
                                   .words = 3 + o->n_slots});
}

static void random_write(struct random_program *p, uint32_t owner)
{
  struct random_object *o = &p->objects[owner];
  if (!o->n_slots) return;
  uint32_t slot = random_below(p, o->n_slots);
  uint32_t target = random_below(p, 4) ? random_pick(p) : GCT_NIL;
  o->slots[slot] = target == GCT_NIL ? 0 : target + 1;
  random_put(p, (struct gct_event){.op = GCT_WRITE,
                                   .flags = target == GCT_NIL ? GCT_TO_NIL : 0,
                                   .handle = owner,
                                   .slot = slot,
                                   .target = target});
}

// Takes a root of the object, or of what one of its slots holds.
static void random_root(struct random_program *p, uint32_t handle)
{
  struct random_object *o = &p->objects[handle];
  struct gct_event e = {.op = GCT_ROOT, .handle = handle};
  if (o->n_slots) {
    uint32_t slot = random_below(p, o->n_slots);
    if (o->slots[slot])
      e = (struct gct_event){.op = GCT_ROOT,
                             .flags = GCT_LOADED,
                             .handle = o->slots[slot] - 1,
                             .slot = slot,
                             .target = handle};
  }
  if (p->objects[e.handle].roots == 3) return;
  p->objects[e.handle].roots++;
  random_put(p, e);
}

static void random_unroot(struct random_program *p, uint32_t handle)
{
  if (!p->objects[handle].roots) return;
  p->objects[handle].roots--;
  random_put(p, (struct gct_event){.op = GCT_UNROOT, .handle = handle});
}

static void random_resize(struct random_program *p, uint32_t handle)
{
  struct random_object *o = &p->objects[handle];
  if (!o->n_slots) return;
  uint32_t least = 1;
  for (uint32_t i = 0; i < RANDOM_SLOTS; i++)
    if (o->slots[i]) least = i + 1;
  o->n_slots = least + random_below(p, RANDOM_SLOTS + 1 - least);
  random_put(p, (struct gct_event){.op = GCT_RESIZE,
                                   .flags = GCT_WITH_SLOTS,
                                   .handle = handle,
                                   .slots = o->n_slots,
                                   .words = 9});
}

static void random_other(struct random_program *p, uint32_t handle)
{
  struct random_object *o = &p->objects[handle];
  struct gct_event weak = {.op = GCT_WEAK,
                           .flags = random_below(p, 2) ? GCT_WITH_CALLBACK : 0,
                           .handle = handle,
                           .target = random_pick(p)};
  struct gct_event finalizer = {.op = GCT_FINALIZER,
                                .flags = o->registered ? GCT_ENDS : 0,
                                .handle = handle};
  if (random_below(p, 2)) {
    if (random_below(p, 4) == 0) weak.target = GCT_NIL;
    random_put(p, weak);
  } else {
    o->registered = !o->registered;
    random_put(p, finalizer);
  }
}

static void random_step(struct random_program *p)
{
  random_settle(p);
  uint32_t handle = random_pick(p);
  switch (handle == RANDOM_HANDLES ? 0 : random_below(p, 12)) {
  case 0:
  case 1:
  case 2:
    random_alloc(p);
    break;
  case 3:
  case 4:
  case 5:
    random_write(p, handle);
    break;
  case 6:
  case 7:
    random_root(p, handle);
    break;
  case 8:
  case 9:
    random_unroot(p, handle);
    break;
  case 10:
    random_resize(p, handle);
    break;
  default:
    random_other(p, handle);
    break;
  }
}

// Writes such a trace, in which the threads' turns last a few events. Returns
// as gct_writer_close does.
static int random_trace(const char *path, uint32_t threads, int steps,
                        uint64_t *random, struct gct_error *error)
{
  struct gct_writer_options options = {
      .level = 1, .header_flags = GCT_EXACT_SLOTS | GCT_ALWAYS_HELD};
  struct gct_type plain = {.id = 1, .name = "str"};
  struct gct_type tracked = {.id = 2, .flags = 5, .name = "dict"};
  struct random_program p = {.random = random};
  int result = gct_writer_open(path, &options, &p.writer, error);
  if (result != 0) return result;
  for (uint32_t i = 0; i < threads; i++) gct_writer_thread(p.writer, 10 + i);
  gct_writer_type(p.writer, &plain);
  gct_writer_type(p.writer, &tracked);
  for (int i = 0; i < steps; i++) {
    random_step(&p);
    uint32_t from = p.thread, to = random_below(&p, threads);
    if (to == from || random_below(&p, 4)) continue;
    p.thread = to;
    random_put(&p, (struct gct_event){
                       .op = GCT_WAIT,
                       .thread = (uint16_t)from,
                       .seq = (uint32_t)gct_writer_seq(p.writer, from)});
  }
  return gct_writer_close(p.writer, error);
}

#endif
