// rec_root.c: references that no object holds, and whose they are.
// SPDX-License-Identifier: MIT
//
// An object's reference count, less the edges that count, is how many
// references stacks and C variables hold: its *external* count. Between two
// safepoints only one thread runs, so a difference is that thread's doing: a
// gain is added to its share; a loss is taken from its share, and from the
// others' when it gave up what they had taken (a queue's item, a new thread's
// argument). A thread with a share is a root: ROOT when its share becomes 1 or
// more, UNROOT when it becomes 0.
#include "rec.h"

struct rec_list rec_gained, rec_lost;

static struct rec_hold *hold_of(struct rec_object *o, uint32_t thread)
{
  if (o->hold.count == 0 || o->hold.thread == thread) {
    o->hold.thread = thread;
    return &o->hold;
  }
  struct rec_hold *unused = NULL;
  for (uint32_t i = 0; i < o->n_more_holds; i++) {
    if (o->more_holds[i].thread == thread) return &o->more_holds[i];
    if (!o->more_holds[i].count) unused = &o->more_holds[i];
  }
  if (!unused) {
    uint32_t n = o->n_more_holds++;
    o->more_holds =
        realloc(o->more_holds, o->n_more_holds * sizeof *o->more_holds);
    if (!o->more_holds) rec_give_up("out of memory");
    unused = &o->more_holds[n];
  }
  *unused = (struct rec_hold){.thread = thread};
  return unused;
}

static int64_t give_up(struct rec_object *o, struct rec_hold *hold,
                       int64_t references)
{
  int64_t given = references < hold->count ? references : hold->count;
  if (given == 0) return references;
  hold->count -= (uint32_t)given;
  if (hold->count == 0) {
    o->n_roots--;
    rec_push(&rec_lost, (uint32_t)(o - rec_objects));
  }
  return references - given;
}

static void gain(struct rec_object *o, uint32_t thread, int64_t references)
{
  struct rec_hold *hold = hold_of(o, thread);
  if (hold->count == 0) {
    o->n_roots++;
    rec_push(&rec_gained, (uint32_t)(o - rec_objects));
  }
  hold->count += (uint32_t)references;
}

static void lose(struct rec_object *o, uint32_t thread, int64_t references)
{
  if (o->hold.thread == thread) references = give_up(o, &o->hold, references);
  for (uint32_t i = 0; references && i < o->n_more_holds; i++)
    if (o->more_holds[i].thread == thread)
      references = give_up(o, &o->more_holds[i], references);
  references = give_up(o, &o->hold, references);
  for (uint32_t i = 0; references && i < o->n_more_holds; i++)
    references = give_up(o, &o->more_holds[i], references);
}

void rec_count(uint32_t id)
{
  struct rec_object *o = &rec_objects[id];
  int64_t references = Py_REFCNT(o->op);
  int64_t external = references - o->n_counted;
  if (references == 0) { // its destructor is at work, and has no way back
    rec_die(id);
    return;
  }
  // The table of interned strings is the interpreter's, and not read.
  if (external < 0) external = 0;
  if (external > o->external) gain(o, rec_thread(), external - o->external);
  if (external < o->external) lose(o, rec_thread(), o->external - external);
  o->external = external;
}

void rec_hold_one(uint32_t id)
{
  struct rec_object *o = &rec_objects[id];
  struct rec_hold *hold = hold_of(o, rec_thread());
  o->n_roots += hold->count++ == 0;
  o->external++;
}

void rec_forget_holds(uint32_t id)
{
  struct rec_object *o = &rec_objects[id];
  free(o->more_holds);
  o->more_holds = NULL;
  o->hold = (struct rec_hold){0};
  o->n_more_holds = o->n_roots = 0;
  o->external = 0;
}
