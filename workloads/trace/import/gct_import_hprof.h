// gct_import_hprof.h: what the two halves of the HPROF reader share.
// SPDX-License-Identifier: MIT
#ifndef WANE_GCT_IMPORT_HPROF_H
#define WANE_GCT_IMPORT_HPROF_H

#include "gct_import_graph.h"

// Reads big-endian numbers; the first read beyond the end fails the job.
struct gct__hprof_reader {
  struct gct__job *job;
  const uint8_t *at, *end;
  uint32_t id_bytes;
};

// A number of n <= 8 bytes; 0 after a failure.
uint64_t gct__hprof_take(struct gct__hprof_reader *r, uint64_t n);
uint64_t gct__hprof_take_id(struct gct__hprof_reader *r);
// Steps over n bytes and returns where they are, or NULL.
const uint8_t *gct__hprof_skip(struct gct__hprof_reader *r, uint64_t n);
bool gct__hprof_fail(const struct gct__hprof_reader *r, const char *why);

enum { GCT__HPROF_OBJECT = 2 }; // the basic type of references

// Bytes of a value of a basic type, 0 if there is no such type.
uint64_t gct__hprof_value_bytes(uint8_t basic_type, uint32_t id_bytes);

struct gct__hprof_string {
  const char *at;
  size_t n;
};

struct gct__hprof_class {
  uint64_t id, super_id;
  uint32_t super;     // an index, GCT_NIL: none, or not in the dump
  uint32_t type;      // of the job's table
  uint32_t n_fields;  // its own ones that are references
  uint32_t own_bytes; // of all its own fields in an instance
  uint64_t first_field;
  uint64_t bytes;  // with those of all superclasses
  bool partial;    // some superclass is not in the dump
  bool named_weak; // java.lang.ref.WeakReference or one of its like
  bool is_weak;    // is or extends one: its referent is a weak reference
};

// A reference among a class's own fields.
struct gct__hprof_field {
  uint64_t name;
  uint32_t offset;
  bool is_referent; // that of java.lang.ref.Reference
};

struct gct__hprof_classes {
  struct gct__job *job;
  struct gct__ids by_id;
  struct gct__hprof_class *classes;
  struct gct__hprof_field *fields;
  uint32_t n;
  uint64_t n_fields;
  struct gct__ids string_of; // id to an index of strings
  struct gct__hprof_string *strings;
  uint32_t n_strings;
  struct gct__ids name_of; // class id to an index of loads
  uint64_t *loads;         // ids of strings
  uint32_t n_loads;
};

// The records STRING and LOAD CLASS.
bool gct__hprof_add_string(struct gct__hprof_classes *c,
                           struct gct__hprof_reader *record);
bool gct__hprof_add_load(struct gct__hprof_classes *c,
                         struct gct__hprof_reader *record);

// The references of a class object, as far as they are in the dump's format.
typedef bool gct__hprof_reference(void *context, uint64_t id);

// Reads a CLASS DUMP behind its tag and id. What the class object refers to
// goes to `each`, if that is not NULL; *static_bytes is the size of its static
// fields. With `add`, the class is added.
bool gct__hprof_class_dump(struct gct__hprof_classes *c,
                           struct gct__hprof_reader *r, uint64_t id, bool add,
                           gct__hprof_reference *each, void *context,
                           uint64_t *static_bytes);

// When all classes and strings are there: names, superclasses, sizes.
bool gct__hprof_resolve(struct gct__hprof_classes *c);
void gct__hprof_classes_free(struct gct__hprof_classes *c);

#endif
