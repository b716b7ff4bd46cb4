// rec_object.c: from birth to burial.
// SPDX-License-Identifier: MIT
#include "rec.h"

#include "internal/pycore_object.h"
#include "internal/pycore_gc.h"

#define MAX_OBJECTS ((size_t)1 << 27)

struct rec_object *rec_objects;
uint32_t rec_n_objects = 1;
struct rec_list rec_dirty_objects, rec_dirty_counts, rec_dirty_buffers;
struct rec_list rec_dying;
static struct rec_list free_objects;

uint32_t rec_object_of(const void *p)
{
  const struct rec_block *block = rec_block_at((uintptr_t)p);
  if (!block || !block->object) return 0;
  const struct rec_object *o = &rec_objects[block->object];
  return o->op == p && !(o->flags & REC_DYING) ? block->object : 0;
}

void rec_read_again(uint32_t id)
{
  if (rec_objects[id].flags & (REC_READ_AGAIN | REC_DYING)) return;
  rec_objects[id].flags |= REC_READ_AGAIN;
  rec_push(&rec_dirty_objects, id);
}

void rec_count_again(uint32_t id)
{
  if (rec_objects[id].flags & (REC_COUNT_AGAIN | REC_DYING)) return;
  rec_objects[id].flags |= REC_COUNT_AGAIN;
  rec_push(&rec_dirty_counts, id);
}

// How many slots a new object announces; more may come to be used.
static uint32_t slots_at_birth(const struct rec_object *o)
{
  const PyTypeObject *type = Py_TYPE(o->op);
  if (!(o->flags & REC_CONTAINER)) return 0;
  Py_ssize_t words = type->tp_basicsize / 8 - 2;
  if (type->tp_itemsize == 8) words += Py_ABS(Py_SIZE(o->op));
  return words > 0 && words < GCT_MAX_SLOTS ? (uint32_t)words : 0;
}

// The trace gets to know the object: as born now, and held by this thread.
static void announce(uint32_t id)
{
  struct rec_object *o = &rec_objects[id];
  o->handle = rec_new_handle();
  rec_emit_alloc(id, slots_at_birth(o));
  rec_hold_one(id);
  rec_count_again(id);
  if (o->flags & REC_CONTAINER) rec_read_again(id);
  bool ran = (o->flags & REC_CONTAINER) && PyObject_IS_GC(o->op) &&
             _PyGC_FINALIZED(o->op);
  if (!(o->flags & REC_FINALIZES) || ran) return;
  o->flags |= REC_REGISTERED;
  rec_emit(GCT_FINALIZER, 0, o->handle);
}

static void resized(uint32_t id)
{
  struct rec_object *o = &rec_objects[id];
  o->flags |= REC_WHOLE;
  rec_count_again(id);
  if (o->flags & REC_CONTAINER) rec_read_again(id);
  if (rec_recording && o->told != o->block->bytes + o->buffers) {
    o->told = o->block->bytes + o->buffers;
    rec_emit_resize(id, o->told);
  }
}

void rec_born(PyObject *op)
{
  struct rec_block *block = rec_block_at((uintptr_t)op);
  if (!block) return; // static: as old as the interpreter
  if (!rec_objects)
    rec_objects = rec_map(MAX_OBJECTS * sizeof *rec_objects, "objects");
  if (block->object && (rec_objects[block->object].flags & REC_DYING))
    rec_unmap(block->object); // kept for reuse by its destructor
  if (block->object) {        // resized while being made, or resurrected
    resized(block->object);
    return;
  }
  uint32_t id = free_objects.n ? free_objects.items[--free_objects.n]
                               : rec_n_objects++;
  if (id == MAX_OBJECTS) rec_give_up("more than %zu objects", MAX_OBJECTS);
  PyTypeObject *type = Py_TYPE(op);
  rec_disown(block);
  block->object = id;
  rec_objects[id] = (struct rec_object){
      .op = op,
      .block = block,
      .type = rec_type_of(type),
      .told = block->bytes,
      // Code objects hold references and are not the collector's.
      .flags = (PyType_IS_GC(type) || type == &PyCode_Type ? REC_CONTAINER
                                                           : 0) |
               (type->tp_finalize || type->tp_del ? REC_FINALIZES : 0)};
  if (rec_recording) announce(id);
}

void rec_die(uint32_t id)
{
  struct rec_object *o = &rec_objects[id];
  if (o->flags & REC_DYING) return;
  if (!(o->flags & REC_DOOMED)) rec_uncount_edges(id);
  o->flags |= REC_DYING;
  if (rec_clearing) o->flags |= REC_BY_CYCLE;
  rec_push(&rec_dying, id);
  if (!rec_recording) rec_bury();
}

void rec_dies(PyObject *op)
{
  uint32_t id = rec_object_of(op);
  // A finalizer may bring it back: then what counts is that it is freed.
  if (id && !Py_TYPE(op)->tp_finalize && !Py_TYPE(op)->tp_del) rec_die(id);
}

void rec_unmap(uint32_t id)
{
  struct rec_block *block = rec_objects[id].block;
  rec_die(id);
  block->object = 0; // `id` may be buried by now
}

void rec_move(struct rec_block *from, struct rec_block *to)
{
  struct rec_object *o = &rec_objects[from->object];
  o->op = (PyObject *)((uintptr_t)o->op + to->address - from->address);
  o->block = to;
  to->object = from->object;
  from->object = 0;
}

void rec_finalizer(PyObject *op)
{
  uint32_t id = rec_object_of(op);
  struct rec_object *o = &rec_objects[id];
  if (!id || !rec_recording || !(o->flags & REC_REGISTERED)) return;
  if (o->n_roots == 0) { // who runs it holds it
    rec_emit_root(id, 0, 0);
    rec_hold_one(id);
  }
  o->flags &= ~REC_REGISTERED;
  rec_emit(GCT_FINALIZER, GCT_ENDS, o->handle);
  rec_count_again(id);
}

static void bury(uint32_t id)
{
  struct rec_object *o = &rec_objects[id];
  while (o->first_in) rec_cut_edge(o->first_in);
  for (uint32_t i = 0; i < o->n_slots; i++)
    if (o->slots[i]) rec_cut_edge(o->slots[i]);
  free(o->slots);
  free(o->pieces);
  if (rec_recording) rec_emit_free(id);
  rec_forget_holds(id);
  if (o->block->object == id) o->block->object = 0;
  o->op = NULL;
  o->slots = NULL;
  o->pieces = NULL;
  o->n_pieces = 0;
  o->n_slots = o->room = 0;
  rec_push(&free_objects, id);
}

void rec_bury(void)
{
  for (size_t i = 0; i < rec_dying.n; i++) bury(rec_dying.items[i]);
  rec_dying.n = 0;
}

void rec_objects_begin(void)
{
  rec_edges_begin();
  for (uint32_t id = 1; id < rec_n_objects; id++) {
    struct rec_object *o = &rec_objects[id];
    if (!o->op) continue;
    free(o->slots);
    free(o->pieces);
    rec_forget_holds(id);
    *o = (struct rec_object){
        .op = o->op,
        .block = o->block,
        .type = rec_type_of(Py_TYPE(o->op)),
        .told = o->block->bytes,
        .buffers = o->buffers,
        .flags = (o->flags & (REC_CONTAINER | REC_FINALIZES)) | REC_WHOLE};
    announce(id);
  }
}
