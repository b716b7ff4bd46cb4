// rec_deque.c: what a collections.deque refers to, block by block.
// SPDX-License-Identifier: MIT
//
// A deque is a list of blocks of 64 references. A queue of many thousands that
// is asked by tp_traverse at each safepoint costs more than all else together;
// so each block has a place of 64 slots, and is read when something was stored
// into it or its part in use has changed. The layout is that of CPython 3.11's
// Modules/_collectionsmodule.c, which exports none; a type of another size is
// left to tp_traverse.
#include "rec.h"

#define LENGTH 64

struct deque_block {
  struct deque_block *left;
  PyObject *data[LENGTH];
  struct deque_block *right;
};

struct deque {
  PyVarObject head;
  struct deque_block *left, *right;
  Py_ssize_t left_index, right_index;
  size_t state;
  Py_ssize_t most, n_free;
  struct deque_block *free[16];
  PyObject *weak;
};

struct rec_piece { // a block, at its place
  uint32_t block;  // 0: the place is free
  uint32_t low, high, visit;
};

bool rec_is_deque(const PyTypeObject *type)
{
  static const PyTypeObject *deque;
  if (!deque && strcmp(type->tp_name, "collections.deque") == 0 &&
      type->tp_basicsize == sizeof(struct deque) &&
      !(type->tp_flags & Py_TPFLAGS_HEAPTYPE))
    deque = type;
  return type == deque;
}

static uint32_t free_place(struct rec_object *o)
{
  for (uint32_t i = 0; i < o->n_pieces; i++)
    if (!o->pieces[i].block) return i;
  uint32_t n = o->n_pieces++;
  o->pieces = realloc(o->pieces, o->n_pieces * sizeof *o->pieces);
  if (!o->pieces) rec_give_up("out of memory");
  o->pieces[n] = (struct rec_piece){0};
  return n;
}

static uint32_t place_of(struct rec_object *o, struct rec_block *block)
{
  uint32_t number = rec_block_number(block);
  uint32_t place = block->place;
  if (place < o->n_pieces && o->pieces[place].block == number) return place;
  place = free_place(o);
  o->pieces[place] = (struct rec_piece){.block = number};
  block->place = place;
  block->stored = true;
  rec_own((uint32_t)(o - rec_objects), block->address);
  return place;
}

static void set_piece(uint32_t id, uint32_t place, PyObject *const *data,
                      uint32_t low, uint32_t high)
{
  for (uint32_t i = 0; i < LENGTH; i++) {
    bool used = i >= low && i < high;
    rec_set_slot(id, LENGTH * place + i,
                 used ? rec_object_of(data[i]) : 0);
  }
}

void rec_read_deque(uint32_t id)
{
  static uint32_t visit;
  struct rec_object *o = &rec_objects[id];
  const struct deque *deque = (const struct deque *)o->op;
  visit++;
  for (const struct deque_block *b = deque->left;; b = b->right) {
    struct rec_block *block = rec_block_at((uintptr_t)b);
    if (!block) break; // not made yet
    uint32_t place = place_of(o, block);
    struct rec_piece *piece = &o->pieces[place];
    uint32_t low = b == deque->left ? (uint32_t)deque->left_index : 0;
    uint32_t high =
        b == deque->right ? (uint32_t)deque->right_index + 1 : LENGTH;
    piece->visit = visit;
    if (block->stored || o->flags & REC_WHOLE || low != piece->low ||
        high != piece->high)
      set_piece(id, place, b->data, low, high);
    piece->low = low;
    piece->high = high;
    block->stored = false;
    if (b == deque->right) break;
  }
  for (uint32_t i = 0; i < o->n_pieces; i++) {
    if (!o->pieces[i].block || o->pieces[i].visit == visit) continue;
    o->pieces[i].block = 0;
    set_piece(id, i, NULL, 0, 0);
  }
}
