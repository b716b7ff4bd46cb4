// rec_sync.c: a safepoint: what has changed since the last one, as events.
// SPDX-License-Identifier: MIT
//
// Everything that stores have marked is read again; then come, in this order,
// so that after each single event all that is used later is held:
//   1. ROOT of what this thread holds now, and of what would be held by
//      nothing for a moment while slots change (its *guard*);
//   2. WRITE of the slots that changed;
//   3. WEAK of weak references that changed, RESIZE of buffers;
//   4. UNROOT of guards and of what nobody on a stack holds any more;
//   5. FREE of what has died.
#include "rec.h"

bool rec_recording;
uint32_t rec_safepoint = 1;
uint64_t rec_missed, rec_reread;

bool rec_clearing;
static bool at_work;
static struct rec_list guards, weak_changes, resizes;

// Weak references of garbage are cleared by CPython's collector itself.
static void read_weak(uint32_t id)
{
  struct rec_object *o = &rec_objects[id];
  if (!PyWeakref_Check(o->op)) return;
  PyObject *referent = ((PyWeakReference *)o->op)->wr_object;
  uint32_t target = referent ? rec_object_of(referent) : 0;
  if (target == o->weak || (!target && (o->flags & REC_SUSPECT))) return;
  o->weak = target;
  rec_push(&weak_changes, id);
}

static void read_one(uint32_t id)
{
  struct rec_object *o = &rec_objects[id];
  o->flags &= ~REC_READ_AGAIN;
  if (o->flags & (REC_DYING | REC_DOOMED)) return;
  read_weak(id);
  rec_read(id);
  if (o->told == o->block->bytes + o->buffers) return;
  o->told = o->block->bytes + o->buffers;
  rec_push(&resizes, id);
}

// Buffers that a dirty buffer points to belong to its owner too, if to nobody.
static void adopt_from(const struct rec_block *block)
{
  uint32_t high = block->high < block->bytes ? block->high
                                             : (uint32_t)block->bytes;
  for (uint32_t at = block->low & ~7u; at + 8 <= high; at += 8) {
    uintptr_t word = *(const uintptr_t *)(block->address + at);
    const struct rec_block *other = rec_block_at(word);
    if (other && other != block && other->bytes && !other->object &&
        (!other->owner || !rec_objects[other->owner].op))
      rec_own(block->owner, word);
  }
}

static void read_buffer(struct rec_block *block)
{
  block->dirty = false;
  struct rec_object *o = &rec_objects[block->owner];
  bool used = block->bytes && !block->object && block->owner && o->op &&
              !(o->flags & (REC_DYING | REC_DOOMED));
  if (used) {
    PyTypeObject *type = Py_TYPE(o->op);
    if (type != &PyList_Type && type != &PyDict_Type && type != &PySet_Type)
      adopt_from(block);
    block->stored = true;
    if (block->low < o->low) o->low = block->low;
    if (block->high > o->high) o->high = block->high;
    rec_read_again(block->owner);
  }
  block->low = UINT32_MAX;
  block->high = 0;
}

static void read_all(void)
{
  // First who changed himself: he may have changed buffers.
  size_t n = rec_dirty_objects.n;
  static struct rec_list again;
  again.n = 0;
  for (size_t i = 0; i < n; i++) {
    uint32_t id = rec_dirty_objects.items[i];
    rec_objects[id].flags &= ~REC_READ_AGAIN;
    if (Py_REFCNT(rec_objects[id].op) == 0) rec_count_again(id);
    rec_push(&again, id);
  }
  rec_dirty_objects.n = 0;
  // Buffers whose owner is known already say what range to read.
  for (size_t i = 0; i < rec_dirty_buffers.n; i++) {
    struct rec_block *block = rec_block(rec_dirty_buffers.items[i]);
    if (block->owner) read_buffer(block);
  }
  for (size_t i = 0; i < again.n; i++) read_one(again.items[i]);
  for (size_t i = 0; i < rec_dirty_buffers.n; i++) {
    struct rec_block *block = rec_block(rec_dirty_buffers.items[i]);
    if (block->dirty) read_buffer(block);
  }
  for (size_t i = 0; i < rec_dirty_objects.n; i++)
    read_one(rec_dirty_objects.items[i]);
  rec_dirty_objects.n = rec_dirty_buffers.n = 0;
}

static void count_all(void)
{
  for (size_t i = 0; i < rec_dirty_counts.n; i++) {
    uint32_t id = rec_dirty_counts.items[i];
    rec_objects[id].flags &= ~REC_COUNT_AGAIN;
    if (!(rec_objects[id].flags & (REC_DYING | REC_DOOMED))) rec_count(id);
  }
  rec_dirty_counts.n = 0;
}

// What died but is still in a slot that nobody stored to, as far as we saw.
static void clear_slots_to_the_dying(void)
{
  for (size_t i = 0; i < rec_dying.n; i++)
    for (uint32_t e = rec_objects[rec_dying.items[i]].first_in, next; e;
         e = next) {
      const struct rec_edge *edge = &rec_edges[e];
      next = edge->next;
      if (!(rec_objects[edge->owner].flags & (REC_DYING | REC_DOOMED)))
        rec_set_slot(edge->owner, edge->slot, 0);
    }
}

// ---- emission

// Where the reference may have been loaded from: an edge that was there before
// this safepoint, and whose owner the program can reach.
static uint32_t loaded_from(const struct rec_object *o)
{
  int tries = 4;
  for (uint32_t e = o->first_in; e && tries; e = rec_edges[e].next) {
    const struct rec_object *owner = &rec_objects[rec_edges[e].owner];
    if (rec_edges[e].since == rec_safepoint || owner->flags & REC_DOOMED)
      continue;
    if (o->n_in == 1 || rec_is_held(rec_edges[e].owner, 64)) return e;
    tries--;
  }
  return 0;
}

// ROOT, with the slot that it was loaded from when only slots held it.
static void emit_root(uint32_t id, bool only)
{
  const struct rec_object *o = &rec_objects[id];
  uint32_t e = 0;
  if (only && o->taken_at == rec_safepoint)
    rec_emit_root(id, o->taken_owner, o->taken_slot);
  else if (only && (e = loaded_from(o)) != 0)
    rec_emit_root(id, rec_edges[e].owner, rec_edges[e].slot);
  else
    rec_emit_root(id, 0, 0);
}

static void emit_roots(void)
{
  for (size_t i = 0; i < rec_gained.n; i++) {
    struct rec_object *o = &rec_objects[rec_gained.items[i]];
    emit_root(rec_gained.items[i], o->n_roots == 1);
    o->flags |= REC_GUARDED;
  }
  // An object that only lost roots had one when the slots changed.
  for (size_t i = 0; i < rec_lost.n; i++)
    rec_objects[rec_lost.items[i]].flags |= REC_GUARDED;
  guards.n = 0;
  for (size_t i = 0; i < rec_unheld.n; i++) {
    struct rec_object *o = &rec_objects[rec_unheld.items[i]];
    if (o->flags & (REC_GUARDED | REC_DYING)) continue;
    o->flags |= REC_GUARDED;
    rec_push(&guards, rec_unheld.items[i]);
    emit_root(rec_unheld.items[i], true);
  }
  for (size_t i = 0; i < rec_gained.n; i++)
    rec_objects[rec_gained.items[i]].flags &= ~REC_GUARDED;
  for (size_t i = 0; i < rec_lost.n; i++)
    rec_objects[rec_lost.items[i]].flags &= ~REC_GUARDED;
  rec_unheld.n = rec_gained.n = 0;
}

static void emit_unroots(void)
{
  for (size_t i = 0; i < guards.n; i++) {
    struct rec_object *o = &rec_objects[guards.items[i]];
    o->flags &= ~REC_GUARDED;
    rec_emit(GCT_UNROOT, 0, o->handle);
  }
  for (size_t i = 0; i < rec_lost.n; i++) {
    struct rec_object *o = &rec_objects[rec_lost.items[i]];
    // Of the dying the last root goes together with them.
    if (o->flags & REC_DYING)
      o->n_roots++;
    else
      rec_emit(GCT_UNROOT, 0, o->handle);
  }
  rec_lost.n = 0;
}

static void emit_details(void)
{
  for (size_t i = 0; i < weak_changes.n; i++) {
    const struct rec_object *o = &rec_objects[weak_changes.items[i]];
    if (o->flags & REC_DYING) continue;
    PyWeakReference *weak = (PyWeakReference *)o->op;
    rec_emit_weak(weak_changes.items[i], o->weak, weak->wr_callback != NULL);
  }
  for (size_t i = 0; i < resizes.n; i++)
    if (!(rec_objects[resizes.items[i]].flags & REC_DYING))
      rec_emit_resize(resizes.items[i], rec_objects[resizes.items[i]].told);
  weak_changes.n = resizes.n = 0;
}

void rec_sync(void)
{
  if (!rec_recording || rec_clearing || at_work) return;
  rec_safepoint++;
  at_work = true;
  read_all();
  count_all();
  clear_slots_to_the_dying();
  count_all();
  emit_roots();
  for (size_t i = 0; i < rec_n_writes; i++) rec_emit_write(&rec_writes[i]);
  rec_n_writes = 0;
  emit_details();
  emit_unroots();
  rec_emit_revived();
  rec_bury();
  at_work = false;
}

void rec_paranoid(void)
{
  rec_sync();
  if (!rec_recording || rec_clearing || at_work) return;
  rec_safepoint++;
  for (uint32_t id = 1; id < rec_n_objects; id++) {
    struct rec_object *o = &rec_objects[id];
    bool read = o->op && (o->flags & REC_READ) &&
                !(o->flags & (REC_DYING | REC_DOOMED));
    if (!read) continue;
    size_t before = rec_n_writes;
    o->flags |= REC_WHOLE;
    rec_read(id);
    rec_reread++;
    if (rec_n_writes == before) continue;
    if (rec_missed < 8)
      fprintf(stderr, "recorder: missed %zu writes to a %s\n",
              rec_n_writes - before, Py_TYPE(o->op)->tp_name);
    rec_missed += rec_n_writes - before;
  }
  rec_sync();
}
