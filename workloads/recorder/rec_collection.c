// rec_collection.c: what CPython's own collector finds and clears.
// SPDX-License-Identifier: MIT
//
// What it finds unreachable is suspect until its finalizers have run; what
// they do is the program's doing and recorded like everything. What is garbage
// after that is doomed: nobody can reach it, and that tp_clear takes it apart
// is not told. References of the doomed count no more, so what they alone hold
// outside would look rooted: there is no safepoint until all are cleared.
#include "rec.h"

static struct rec_list suspects, doomed;

void rec_collection(int generation, int begins)
{
  if (!rec_recording) return;
  if (begins) rec_sync();
  for (size_t i = 0; !begins && i < suspects.n; i++)
    rec_objects[suspects.items[i]].flags &= ~REC_SUSPECT;
  suspects.n = 0;
  rec_emit(GCT_GC, begins ? 0 : GCT_ENDS, (uint32_t)generation);
}

void rec_unreachable(PyObject *op)
{
  uint32_t id = rec_recording ? rec_object_of(op) : 0;
  if (!id) return;
  rec_objects[id].flags |= REC_SUSPECT;
  rec_push(&suspects, id);
}

void rec_garbage(PyObject *op)
{
  uint32_t id = rec_recording ? rec_object_of(op) : 0;
  if (!id) return;
  if (doomed.n == 0) rec_sync(); // what finalizers did
  rec_uncount_edges(id);
  rec_objects[id].flags |= REC_DOOMED;
  rec_push(&doomed, id);
}

void rec_clear(int begins)
{
  rec_clearing = begins;
  if (begins) return;
  // Who is still there was resurrected by tp_clear: very rare.
  for (size_t i = 0; i < doomed.n; i++) {
    struct rec_object *o = &rec_objects[doomed.items[i]];
    if (!o->op || (o->flags & REC_DYING)) continue;
    o->flags &= ~REC_DOOMED;
    o->flags |= REC_WHOLE;
    rec_recount_edges(doomed.items[i]);
    rec_read_again(doomed.items[i]);
    rec_count_again(doomed.items[i]);
  }
  doomed.n = 0;
  rec_sync();
}
