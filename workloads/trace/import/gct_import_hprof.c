// gct_import_hprof.c: Java heap dumps (HPROF 1.0.1 and 1.0.2) as a graph.
// SPDX-License-Identifier: MIT
//
// Records follow each other, big-endian; those that hold heap hold
// sub-records, one for each root and object. They are walked twice: first ids
// get numbers and classes their fields, then references become edges. Nothing
// of an object is kept but its edges.
//
// An object's sizes are those of a VM with references as long as the dump's
// ids: a header of two words, an array's of three, and the values as they are
// dumped. A class object holds its superclass, loader, signers, protection
// domain and static fields; an instance does not hold its class.
#include "gct_import_hprof.h"

#include <stdlib.h>
#include <string.h>

enum record {
  RECORD_STRING = 0x01,
  RECORD_LOAD_CLASS = 0x02,
  RECORD_HEAP = 0x0C,
  RECORD_HEAP_SEGMENT = 0x1C,
  RECORD_HEAP_END = 0x2C
};

enum sub_record {
  CLASS_DUMP = 0x20,
  INSTANCE_DUMP = 0x21,
  OBJECT_ARRAY = 0x22,
  PRIMITIVE_ARRAY = 0x23,
  PRIMITIVE_ARRAY_NO_DATA = 0xC3,
  HEAP_DUMP_INFO = 0xFE
};

// What is behind the id of a root: more ids, more bytes. The last ones are
// Android's.
static const struct root {
  uint8_t tag, ids, bytes;
} roots[] = {
    {0xFF, 0, 0}, // unknown
    {0x01, 1, 0}, // JNI global
    {0x02, 0, 8}, // JNI local
    {0x03, 0, 8}, // Java frame
    {0x04, 0, 4}, // native stack
    {0x05, 0, 0}, // sticky class
    {0x06, 0, 4}, // thread block
    {0x07, 0, 0}, // monitor used
    {0x08, 0, 8}, // thread object
    {0x89, 0, 0}, // interned string
    {0x8A, 0, 0}, // finalizing
    {0x8B, 0, 0}, // debugger
    {0x8C, 0, 0}, // reference cleanup
    {0x8D, 0, 0}, // VM internal
    {0x8E, 0, 8}, // JNI monitor
};

struct hprof {
  struct gct__job *job;
  struct gct__hprof_classes classes;
  struct gct__dump dump;
  struct gct__ids objects; // id to node
  uint32_t id_bytes;
  uint32_t n_edges, next; // next: the node of the next object, second walk
  uint64_t class_bytes;   // of an instance of java.lang.Class
  uint32_t class_type, unknown_type, primitive_types[12];
  bool second;      // walk
  uint8_t *is_root; // by node
  uint64_t *duplicates, *unknown_roots, *unknown_references, *unknown_classes,
      *partial;
};

// ---- objects

// First walk: gives the id a number. Second: is the object the one that has
// it, or a second one of the same id?
static bool begin_object(struct hprof *h, struct gct__hprof_reader *r,
                         uint64_t id, bool *is_new)
{
  if (r->job->code != 0) return false;
  if (h->second) {
    *is_new = gct__ids_get(&h->objects, id) == h->next;
    h->next += *is_new;
    return true;
  }
  if (id == 0) return gct__hprof_fail(r, "an object has the id 0");
  uint32_t *node = gct__ids_at(&h->objects, id);
  if (!node) return gct__job_no_memory(h->job);
  *is_new = *node == GCT_NIL;
  *h->duplicates += !*is_new;
  if (!*is_new) return true;
  if (h->dump.n_nodes == GCT_NIL - 1)
    return gct__hprof_fail(r, "there are more than 2^32 objects");
  *node = h->dump.n_nodes++;
  return true;
}

static uint32_t node_of(struct hprof *h, uint64_t id)
{
  if (id == 0) return GCT_NIL;
  uint32_t node = gct__ids_get(&h->objects, id);
  *h->unknown_references += node == GCT_NIL;
  return node;
}

// One more slot of the object begun last.
static bool add_slot(void *context, uint64_t id)
{
  struct hprof *h = context;
  if (h->n_edges == GCT_NIL - 1)
    return gct__job_fail(h->job, h->job->n, "more than 2^32 references");
  if (!gct__job_grow(h->job, &h->dump.edges, h->n_edges, sizeof *h->dump.edges))
    return false;
  h->dump.edges[h->n_edges++] = node_of(h, id);
  return true;
}

static bool end_object(struct hprof *h, struct gct__hprof_reader *r,
                       uint32_t type, uint64_t bytes)
{
  struct gct__dump *d = &h->dump;
  uint32_t node = h->next - 1;
  if (h->job->code != 0) return false;
  if (h->n_edges - d->first[node] > GCT_MAX_SLOTS || bytes / 8 >= UINT32_MAX)
    return gct__hprof_fail(r, "an object is too large");
  d->type[node] = type;
  d->words[node] = (uint32_t)((bytes + 7) / 8);
  d->first[node + 1] = h->n_edges;
  return true;
}

static bool class_dump(struct hprof *h, struct gct__hprof_reader *r)
{
  uint64_t id = gct__hprof_take_id(r), static_bytes;
  bool is_new;
  if (!begin_object(h, r, id, &is_new) ||
      !gct__hprof_class_dump(&h->classes, r, id, !h->second && is_new,
                             h->second && is_new ? add_slot : NULL, h,
                             &static_bytes))
    return false;
  return !h->second || !is_new ||
         end_object(h, r, h->class_type, h->class_bytes + static_bytes);
}

// The values of an instance: one class after the other, upwards.
static bool take_instance(struct hprof *h, const uint8_t *data,
                          const struct gct__hprof_class *class)
{
  const struct gct__hprof_classes *c = &h->classes;
  bool is_weak = class->is_weak;
  for (;; class = &c->classes[class->super]) {
    for (uint32_t i = 0; i < class->n_fields; i++) {
      const struct gct__hprof_field *field = &c->fields[class->first_field + i];
      struct gct__hprof_reader value = {h->job, data + field->offset,
                                        data + field->offset + h->id_bytes,
                                        h->id_bytes};
      uint64_t id = gct__hprof_take_id(&value);
      if (field->is_referent && is_weak)
        h->dump.weak[h->next - 1] = node_of(h, id);
      else if (!add_slot(h, id))
        return false;
    }
    data += class->own_bytes;
    if (class->super == GCT_NIL) return true;
  }
}

static bool instance_dump(struct hprof *h, struct gct__hprof_reader *r)
{
  uint64_t id = gct__hprof_take_id(r);
  bool is_new;
  gct__hprof_take(r, 4);
  uint64_t class_id = gct__hprof_take_id(r);
  uint64_t bytes = gct__hprof_take(r, 4);
  const uint8_t *data = gct__hprof_skip(r, bytes);
  if (!data || !begin_object(h, r, id, &is_new)) return false;
  if (!h->second || !is_new) return true;
  uint64_t size = 2 * (uint64_t)h->id_bytes + bytes;
  uint32_t i = gct__ids_get(&h->classes.by_id, class_id);
  *h->unknown_classes += i == GCT_NIL;
  if (i == GCT_NIL) return end_object(h, r, h->unknown_type, size);
  const struct gct__hprof_class *class = &h->classes.classes[i];
  *h->partial += class->partial;
  if (bytes < class->bytes || (bytes > class->bytes && !class->partial))
    return gct__hprof_fail(r, "an instance is not as long as the fields of "
                              "its class");
  return take_instance(h, data, class) && end_object(h, r, class->type, size);
}

static bool object_array(struct hprof *h, struct gct__hprof_reader *r)
{
  uint64_t id = gct__hprof_take_id(r);
  bool is_new;
  gct__hprof_take(r, 4);
  uint64_t n = gct__hprof_take(r, 4);
  uint64_t class_id = gct__hprof_take_id(r);
  const uint8_t *data = gct__hprof_skip(r, n * h->id_bytes);
  if (!data || !begin_object(h, r, id, &is_new)) return false;
  if (!h->second || !is_new) return true;
  struct gct__hprof_reader element = {h->job, data, r->at, h->id_bytes};
  for (uint64_t i = 0; i < n; i++)
    if (!add_slot(h, gct__hprof_take_id(&element))) return false;
  uint32_t class = gct__ids_get(&h->classes.by_id, class_id);
  *h->unknown_classes += class == GCT_NIL;
  return end_object(
      h, r, class == GCT_NIL ? h->unknown_type : h->classes.classes[class].type,
      (n + 3) * h->id_bytes);
}

static bool primitive_array(struct hprof *h, struct gct__hprof_reader *r,
                            bool has_data)
{
  uint64_t id = gct__hprof_take_id(r);
  bool is_new;
  gct__hprof_take(r, 4);
  uint64_t n = gct__hprof_take(r, 4);
  uint8_t type = (uint8_t)gct__hprof_take(r, 1);
  uint64_t bytes = n * gct__hprof_value_bytes(type, h->id_bytes);
  if (r->job->code == 0 &&
      (type == GCT__HPROF_OBJECT || type >= 12 || !h->primitive_types[type]))
    return gct__hprof_fail(r, "unknown type of an array");
  if (has_data) gct__hprof_skip(r, bytes);
  if (!begin_object(h, r, id, &is_new)) return false;
  return !h->second || !is_new ||
         end_object(h, r, h->primitive_types[type], 3 * h->id_bytes + bytes);
}

// ---- sub-records

static bool take_root(struct hprof *h, struct gct__hprof_reader *r, uint8_t tag)
{
  uint64_t id = gct__hprof_take_id(r);
  size_t i = 0;
  while (i < sizeof roots / sizeof *roots && roots[i].tag != tag) i++;
  if (i == sizeof roots / sizeof *roots)
    return gct__hprof_fail(r, "unknown kind of sub-record");
  gct__hprof_skip(r, (uint64_t)roots[i].ids * h->id_bytes + roots[i].bytes);
  if (h->job->code != 0) return false;
  if (!h->second) return true;
  uint32_t node = gct__ids_get(&h->objects, id);
  if (node == GCT_NIL) {
    ++*h->unknown_roots;
  } else if (!h->is_root[node]) {
    h->is_root[node] = 1;
    h->dump.roots[h->dump.n_roots++] = node;
  }
  return true;
}

static bool take_sub_record(struct hprof *h, struct gct__hprof_reader *r)
{
  uint8_t tag = (uint8_t)gct__hprof_take(r, 1);
  switch (tag) {
  case CLASS_DUMP:
    return class_dump(h, r);
  case INSTANCE_DUMP:
    return instance_dump(h, r);
  case OBJECT_ARRAY:
    return object_array(h, r);
  case PRIMITIVE_ARRAY:
    return primitive_array(h, r, true);
  case PRIMITIVE_ARRAY_NO_DATA:
    return primitive_array(h, r, false);
  case HEAP_DUMP_INFO:
    return gct__hprof_skip(r, 4 + (uint64_t)h->id_bytes) != NULL;
  default:
    return take_root(h, r, tag);
  }
}

static bool take_heap(struct hprof *h, struct gct__hprof_reader *record)
{
  while (record->at < record->end) {
    if (!take_sub_record(h, record)) return false;
    gct__job_progress(h->job, true,
                      (uint64_t)(record->at - h->job->bytes) / 2 +
                          (h->second ? h->job->n / 2 : 0),
                      h->job->n);
  }
  return true;
}

// ---- records

struct seen {
  bool heap, segments, end;
};

static bool take_record(struct hprof *h, struct gct__hprof_reader *r,
                        struct seen *seen)
{
  const uint8_t *begin = r->at;
  uint8_t tag = (uint8_t)gct__hprof_take(r, 1);
  gct__hprof_take(r, 4);
  uint64_t length = gct__hprof_take(r, 4);
  uint64_t left = (uint64_t)(r->end - r->at);
  if (h->job->code != 0 || length > left)
    return gct__job_fail(h->job, (uint64_t)(begin - h->job->bytes),
                         "the file is cut short: a record of kind 0x%02x and "
                         "%lu bytes, %lu are left",
                         tag, (unsigned long)length, (unsigned long)left);
  struct gct__hprof_reader record = {h->job, r->at, r->at + length,
                                     h->id_bytes};
  r->at += length;
  gct__job_release(h->job, (uint64_t)(begin - h->job->bytes));
  bool heap = tag == RECORD_HEAP || tag == RECORD_HEAP_SEGMENT;
  seen->heap |= heap;
  if (tag == RECORD_HEAP_SEGMENT) seen->segments = true;
  if (heap) seen->end = false;
  if (tag == RECORD_HEAP_END) seen->end = true;
  if (heap) return take_heap(h, &record);
  if (tag == RECORD_STRING && !h->second)
    return gct__hprof_add_string(&h->classes, &record);
  if (tag == RECORD_LOAD_CLASS && !h->second)
    return gct__hprof_add_load(&h->classes, &record);
  if (tag == 0 || tag > 0x2C)
    return gct__job_fail(h->job, (uint64_t)(begin - h->job->bytes),
                         "unknown kind of record: 0x%02x", tag);
  return true;
}

static bool walk(struct hprof *h, uint64_t from)
{
  struct gct__hprof_reader r = {h->job, h->job->bytes + from,
                                h->job->bytes + h->job->n, h->id_bytes};
  struct seen seen = {0};
  while (r.at < r.end)
    if (!take_record(h, &r, &seen)) return false;
  if (!seen.heap) return gct__hprof_fail(&r, "there is no heap in the file");
  if (seen.segments && !seen.end)
    return gct__hprof_fail(&r, "the file is cut short: no HEAP_DUMP_END "
                               "behind the last segment");
  return true;
}

// The magic with its 0, the size of ids, and the time.
static bool take_header(struct hprof *h, uint64_t *length)
{
  static const char *const magic[] = {
      "JAVA PROFILE 1.0.1", "JAVA PROFILE 1.0.2", "JAVA PROFILE 1.0.3"};
  const size_t n = strlen(magic[0]) + 1;
  struct gct__job *job = h->job;
  bool good = false;
  for (int i = 0; i < 3 && job->n >= n; i++)
    good |= memcmp(job->bytes, magic[i], n) == 0;
  if (!good)
    return gct__job_fail(job, 0,
                         "does not begin with JAVA PROFILE 1.0.1, "
                         "1.0.2 or 1.0.3");
  struct gct__hprof_reader r = {job, job->bytes + n, job->bytes + job->n, 4};
  h->id_bytes = (uint32_t)gct__hprof_take(&r, 4);
  gct__hprof_take(&r, 8);
  if (job->code == 0 && h->id_bytes != 4 && h->id_bytes != 8)
    return gct__job_fail(job, n, "ids have %u bytes, expected 4 or 8",
                         h->id_bytes);
  *length = (uint64_t)(r.at - job->bytes);
  return job->code == 0;
}

static bool make_types(struct hprof *h)
{
  static const char *const names[12] = {
      [4] = "[Z", [5] = "[C", [6] = "[F",  [7] = "[D",
      [8] = "[B", [9] = "[S", [10] = "[I", [11] = "[J"};
  h->unknown_type = gct__job_type(h->job, "(unknown class)", 15);
  h->class_type = gct__job_type(h->job, "java/lang/Class", 15);
  for (int i = 0; i < 12; i++)
    if (names[i]) h->primitive_types[i] = gct__job_type(h->job, names[i], 2);
  return h->job->code == 0;
}

// Between the walks: what the first one found tells how much room is needed.
static bool prepare(struct hprof *h)
{
  struct gct__dump *d = &h->dump;
  uint64_t n = d->n_nodes;
  if (!gct__hprof_resolve(&h->classes)) return false;
  h->class_bytes = 2 * h->id_bytes;
  for (uint32_t i = 0; i < h->classes.n; i++)
    if (h->classes.classes[i].type == h->class_type)
      h->class_bytes = 2 * h->id_bytes + h->classes.classes[i].bytes;
  d->type = gct__job_array(h->job, n, sizeof *d->type);
  d->words = gct__job_array(h->job, n, sizeof *d->words);
  d->first = gct__job_array(h->job, n + 1, sizeof *d->first);
  d->weak = gct__job_array(h->job, n, sizeof *d->weak);
  d->roots = gct__job_array(h->job, n, sizeof *d->roots);
  h->is_root = gct__job_array(h->job, n, sizeof *h->is_root);
  if (h->job->code != 0) return false;
  memset(d->weak, 0xFF, (size_t)n * sizeof *d->weak);
  h->second = true;
  return true;
}

static void make_counts(struct hprof *h)
{
  h->unknown_roots = gct__job_count(h->job, "import.roots_unknown",
                                    "roots left out: no such object");
  h->unknown_references = gct__job_count(h->job, "import.references_unknown",
                                         "references to objects that are not "
                                         "in the dump, made nil");
  h->unknown_classes = gct__job_count(h->job, "import.classes_unknown",
                                      "objects whose class is not in the dump: "
                                      "their references are unknown");
  h->partial = gct__job_count(h->job, "import.superclasses_unknown",
                              "objects with a superclass not in the dump: "
                              "some of their references are unknown");
  h->duplicates = gct__job_count(h->job, "import.duplicates",
                                 "objects left out: their id was there before");
}

bool gct__import_hprof(struct gct__job *job, const char *output)
{
  struct hprof h = {.job = job};
  uint64_t length = 0;
  make_counts(&h);
  bool good = take_header(&h, &length);
  h.classes.job = job;
  good = good && make_types(&h) && walk(&h, length) && prepare(&h) &&
         walk(&h, length);
  gct__ids_free(&h.objects);
  gct__hprof_classes_free(&h.classes);
  free(h.is_root);
  if (good) good = gct__dump_build(job, &h.dump, output);
  gct__dump_free(&h.dump);
  return good;
}
