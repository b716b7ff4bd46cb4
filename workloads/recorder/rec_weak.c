// rec_weak.c: objects that come back from behind the trace's back.
// SPDX-License-Identifier: MIT
//
// A dead cycle keeps what it refers to alive until CPython's collector comes
// by. Meanwhile a weak reference, or the table of interned strings, can hand
// such an object out again, after a replay's collector has freed it. So each
// time an object is reached through what does not keep it alive, the edges are
// followed backwards: if they lead to no root, the trace had given it up, and
// a mark (GCT_EXT) makes `wane trace record` keep it rooted from its birth to
// the mark.
#include "rec.h"

#define FAR 65536u // objects; who is that far from a root is given up as lost

static struct rec_list queue, revived;
static uint32_t *seen, seen_room, visit;

static void first_visit(uint32_t id)
{
  if (id >= seen_room) {
    uint32_t room = 2 * id + 1024;
    seen = realloc(seen, room * sizeof *seen);
    if (!seen) rec_give_up("out of memory");
    for (; seen_room < room; seen_room++) seen[seen_room] = 0;
  }
  if (seen[id] == visit) return;
  seen[id] = visit;
  rec_push(&queue, id);
}

bool rec_is_held(uint32_t id, size_t far)
{
  queue.n = 0;
  visit++;
  first_visit(id);
  for (size_t i = 0; i < queue.n && i < far; i++) {
    const struct rec_object *o = &rec_objects[queue.items[i]];
    if (o->n_roots || (o->flags & REC_REGISTERED)) return true;
    for (uint32_t e = o->first_in; e; e = rec_edges[e].next)
      first_visit(rec_edges[e].owner);
  }
  return false;
}

void rec_revived(PyObject *op)
{
  uint32_t id = rec_recording ? rec_object_of(op) : 0;
  if (id && !rec_is_held(id, FAR)) rec_push(&revived, id);
}

void rec_emit_revived(void)
{
  for (size_t i = 0; i < revived.n; i++) {
    const struct rec_object *o = &rec_objects[revived.items[i]];
    if (o->op && !(o->flags & REC_DYING)) rec_emit_revival(o->handle);
  }
  revived.n = 0;
}
