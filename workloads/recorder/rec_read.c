// rec_read.c: what an object refers to, from its memory.
// SPDX-License-Identifier: MIT
//
// Lists, dictionaries and sets keep their references in a buffer, of which
// only what was stored to since the last time is read; their slots are the
// places there (a dictionary's entry i has slots 2i, key, and 2i+1, value).
// Tuples and code objects have places too. All others are asked by
// tp_traverse, as CPython's collector asks them.
#include "rec.h"

#include "internal/pycore_dict.h"
#include "internal/pycore_object.h"

#define FEW 16u // entries that are read all of

static PyObject *interned;

void rec_set_interned(PyObject *table)
{
  if (interned == table) return;
  interned = table;
  uint32_t id = rec_object_of(table);
  if (id && rec_recording) rec_read_again(id);
}

bool rec_is_interned(PyObject *op)
{
  return op == interned;
}

// ---- buffers

void rec_disown(struct rec_block *block)
{
  if (!block->owner) return;
  struct rec_object *owner = &rec_objects[block->owner];
  owner->buffers -=
      block->bytes < owner->buffers ? block->bytes : owner->buffers;
  block->owner = 0;
}

void rec_own(uint32_t id, uintptr_t address)
{
  struct rec_block *block = rec_block_at(address);
  if (!block || !block->bytes || block->object || block->owner == id) return;
  rec_disown(block);
  block->owner = id;
  rec_objects[id].buffers += block->bytes;
}

// Whether the first words of an object's memory point into this block.
static bool points_into(const struct rec_object *o,
                        const struct rec_block *block)
{
  size_t bytes = o->block->bytes < 1024 ? o->block->bytes : 1024;
  const uintptr_t *words = (const uintptr_t *)o->block->address;
  for (size_t i = 0; i < bytes / sizeof *words; i++)
    if (words[i] - block->address < block->bytes) return true;
  return false;
}

// Buffers that this object points to are its, unless the present owner still
// points to them. A generator's memory holds a stack with old words in it.
static void adopt_buffers(uint32_t id)
{
  const struct rec_object *o = &rec_objects[id];
  const PyTypeObject *type = Py_TYPE(o->op);
  size_t bytes = o->block->bytes < 1024 ? o->block->bytes : 1024;
  const uintptr_t *words = (const uintptr_t *)o->block->address;
  if (type->tp_flags & Py_TPFLAGS_MANAGED_DICT)
    rec_own(id, (uintptr_t)*_PyObject_ValuesPointer(o->op));
  if (type == &PyGen_Type || type == &PyCoro_Type ||
      type == &PyAsyncGen_Type || type == &PyFrame_Type)
    return;
  for (size_t i = 0; i < bytes / sizeof *words; i++) {
    const struct rec_block *block = rec_block_at(words[i]);
    if (!block || !block->bytes || block->object || block->owner == id)
      continue;
    if (block->owner && points_into(&rec_objects[block->owner], block))
      continue;
    rec_own(id, words[i]);
  }
}

// ---- tables: places in a buffer

struct table {
  uintptr_t buffer;  // where its entries are
  uintptr_t entries; // and the first of them
  uint32_t n, bytes; // entries, and the size of one
};

// Which entries have to be read: [*low, *high).
static void stored_range(struct rec_object *o, const struct table *table,
                         uint32_t *low, uint32_t *high)
{
  *low = 0;
  *high = table->n;
  if (o->buffer != table->buffer || table->n <= FEW || (o->flags & REC_WHOLE))
    return;
  const struct rec_block *block = rec_block_at(table->buffer);
  uint32_t base = (uint32_t)(table->entries - block->address);
  uint32_t old = o->n_buffer < table->n ? o->n_buffer : table->n;
  *low = old; // what is new at the end
  if (o->low >= o->high || o->high <= base) return;
  uint32_t first = o->low > base ? (o->low - base) / table->bytes : 0;
  uint32_t last = (o->high - base + table->bytes - 1) / table->bytes;
  if (first < *low) *low = first;
  if (old == table->n && last < table->n) *high = last;
  if (*low > *high) *low = *high;
}

static void was_read(struct rec_object *o, const struct table *table)
{
  o->buffer = table->buffer;
  o->n_buffer = table->n;
  o->low = UINT32_MAX;
  o->high = 0;
}

static void found(PyObject *op)
{
  rec_push(&rec_found, op ? rec_object_of(op) : 0);
}

static void read_list(uint32_t id)
{
  struct rec_object *o = &rec_objects[id];
  const PyListObject *list = (const PyListObject *)o->op;
  struct table table = {(uintptr_t)list->ob_item, (uintptr_t)list->ob_item,
                        (uint32_t)Py_SIZE(list), sizeof(PyObject *)};
  uint32_t low, high;
  if (table.buffer) rec_own(id, table.buffer);
  stored_range(o, &table, &low, &high);
  for (uint32_t i = low; i < high; i++) found(list->ob_item[i]);
  rec_diff_at(id, low, table.n);
  was_read(o, &table);
}

static void read_dict(uint32_t id)
{
  struct rec_object *o = &rec_objects[id];
  const PyDictObject *dict = (const PyDictObject *)o->op;
  PyDictKeysObject *keys = dict->ma_keys;
  bool unicode = DK_IS_UNICODE(keys);
  struct table table = {
      (uintptr_t)keys,
      unicode ? (uintptr_t)DK_UNICODE_ENTRIES(keys)
              : (uintptr_t)DK_ENTRIES(keys),
      (uint32_t)keys->dk_nentries,
      unicode ? sizeof(PyDictUnicodeEntry) : sizeof(PyDictKeyEntry)};
  uint32_t low = 0, high = table.n;
  if (dict->ma_values) { // the keys are shared with others
    rec_own(id, (uintptr_t)dict->ma_values);
    table.buffer = 0;
    for (uint32_t i = 0; i < high; i++) {
      found(NULL);
      found(dict->ma_values->values[i]);
    }
  } else {
    rec_own(id, table.buffer);
    struct rec_block *block = rec_block_at(table.buffer);
    if (block) { // the index in front of the entries changes with each of them
      block->base = (uint32_t)(table.entries - block->address);
      stored_range(o, &table, &low, &high);
    }
    for (uint32_t i = low; i < high; i++) {
      PyObject *key = unicode ? DK_UNICODE_ENTRIES(keys)[i].me_key
                              : DK_ENTRIES(keys)[i].me_key;
      PyObject *value = unicode ? DK_UNICODE_ENTRIES(keys)[i].me_value
                                : DK_ENTRIES(keys)[i].me_value;
      found(value ? key : NULL);
      found(value);
    }
  }
  rec_diff_at(id, 2 * low, 2 * table.n);
  was_read(o, &table);
}

static void read_set(uint32_t id)
{
  struct rec_object *o = &rec_objects[id];
  const PySetObject *set = (const PySetObject *)o->op;
  struct table table = {(uintptr_t)set->table, (uintptr_t)set->table,
                        (uint32_t)set->mask + 1, sizeof(setentry)};
  uint32_t low = 0, high = table.n;
  if (set->table != set->smalltable) {
    rec_own(id, table.buffer);
    stored_range(o, &table, &low, &high);
  }
  for (uint32_t i = low; i < high; i++) found(set->table[i].key);
  rec_diff_at(id, low, table.n);
  was_read(o, &table);
}

static void read_tuple(uint32_t id)
{
  PyObject *op = rec_objects[id].op;
  for (Py_ssize_t i = 0; i < Py_SIZE(op); i++) found(PyTuple_GET_ITEM(op, i));
  rec_diff_at(id, 0, (uint32_t)rec_found.n);
}

static void read_code(uint32_t id)
{
  const PyCodeObject *code = (const PyCodeObject *)rec_objects[id].op;
  PyObject *const fields[] = {
      code->co_consts,          code->co_names,
      code->co_exceptiontable,  code->co_localsplusnames,
      code->co_localspluskinds, code->co_filename,
      code->co_name,            code->co_qualname,
      code->co_linetable,       code->_co_code};
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) found(fields[i]);
  rec_diff_at(id, 0, (uint32_t)rec_found.n);
}

// ---- everything else

static int visit(PyObject *op, void *context)
{
  (void)context;
  uint32_t id = rec_object_of(op);
  if (id) rec_push(&rec_found, id);
  return 0;
}

// A dictionary's own traversal leaves out keys that are strings, since those
// cannot be part of a cycle.
static void visit_string_keys(PyObject *op)
{
  const PyDictObject *dict = (const PyDictObject *)op;
  PyDictKeysObject *keys = dict->ma_keys;
  if (dict->ma_values || !DK_IS_UNICODE(keys)) return;
  for (Py_ssize_t i = 0; i < keys->dk_nentries; i++) {
    const PyDictUnicodeEntry *entry = &DK_UNICODE_ENTRIES(keys)[i];
    if (entry->me_key && entry->me_value) visit(entry->me_key, NULL);
  }
}

static void read_any(uint32_t id)
{
  PyObject *op = rec_objects[id].op;
  PyTypeObject *type = Py_TYPE(op);
  adopt_buffers(id);
  type->tp_traverse(op, visit, NULL);
  if (PyDict_Check(op)) visit_string_keys(op);
  rec_diff_set(id);
}

void rec_read(uint32_t id)
{
  struct rec_object *o = &rec_objects[id];
  PyTypeObject *type = Py_TYPE(o->op);
  rec_found.n = 0;
  if (o->op == interned) {
    rec_diff_at(id, 0, 0); // what it holds weakly is not held
  } else if (type == &PyCode_Type) {
    read_code(id);
  } else if (type == &PyTuple_Type) {
    read_tuple(id);
  } else if (type == &PyDict_Type) {
    read_dict(id);
  } else if (!_PyObject_GC_IS_TRACKED(o->op)) {
    // Not made yet, or not any more: its references are roots.
    rec_diff_at(id, 0, 0);
    return;
  } else if (type == &PyList_Type) {
    read_list(id);
  } else if (type == &PySet_Type || type == &PyFrozenSet_Type) {
    read_set(id);
  } else if (rec_is_deque(type)) {
    rec_read_deque(id);
  } else if (type->tp_traverse) {
    read_any(id);
  }
  o->flags = (o->flags | REC_READ) & ~REC_WHOLE;
}
