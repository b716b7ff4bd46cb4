// gct_import_hprof_class.c: names and classes of a Java heap dump.
// SPDX-License-Identifier: MIT
//
// An instance's values stand in the order of its class's fields, then those of
// its superclass, and so on up. Only references matter, so a class is the list
// of the places of its own ones, and a link to its superclass.
#include "gct_import_hprof.h"

#include <stdlib.h>
#include <string.h>

#define HIGHEST 1000 // superclasses above each other; also what ends a circle

bool gct__hprof_fail(const struct gct__hprof_reader *r, const char *why)
{
  return gct__job_fail(r->job, (uint64_t)(r->at - r->job->bytes), "%s", why);
}

const uint8_t *gct__hprof_skip(struct gct__hprof_reader *r, uint64_t n)
{
  const uint8_t *at = r->at;
  if ((uint64_t)(r->end - at) < n) {
    gct__hprof_fail(r, "a record is longer than what holds it");
    r->at = r->end;
    return NULL;
  }
  r->at += n;
  return at;
}

uint64_t gct__hprof_take(struct gct__hprof_reader *r, uint64_t n)
{
  uint64_t x = 0;
  const uint8_t *at = gct__hprof_skip(r, n);
  for (uint64_t i = 0; at && i < n; i++) x = x << 8 | at[i];
  return x;
}

uint64_t gct__hprof_take_id(struct gct__hprof_reader *r)
{
  return gct__hprof_take(r, r->id_bytes);
}

uint64_t gct__hprof_value_bytes(uint8_t basic_type, uint32_t id_bytes)
{
  // object, -, boolean, char, float, double, byte, short, int, long
  static const uint8_t bytes[] = {0, 0, 0, 0, 1, 2, 4, 8, 1, 2, 4, 8};
  if (basic_type == GCT__HPROF_OBJECT) return id_bytes;
  return basic_type < sizeof bytes ? bytes[basic_type] : 0;
}

// ---- names

bool gct__hprof_add_string(struct gct__hprof_classes *c,
                           struct gct__hprof_reader *record)
{
  uint64_t id = gct__hprof_take_id(record);
  size_t n = (size_t)(record->end - record->at);
  if (c->job->code != 0) return false;
  uint32_t *index = gct__ids_at(&c->string_of, id);
  if (!index ||
      !gct__job_grow(c->job, &c->strings, c->n_strings, sizeof *c->strings))
    return gct__job_no_memory(c->job);
  c->strings[c->n_strings] =
      (struct gct__hprof_string){(const char *)record->at, n};
  *index = c->n_strings++;
  return true;
}

bool gct__hprof_add_load(struct gct__hprof_classes *c,
                         struct gct__hprof_reader *record)
{
  gct__hprof_take(record, 4);
  uint64_t id = gct__hprof_take_id(record);
  gct__hprof_take(record, 4);
  uint64_t name = gct__hprof_take_id(record);
  if (c->job->code != 0) return false;
  uint32_t *index = gct__ids_at(&c->name_of, id);
  if (!index || !gct__job_grow(c->job, &c->loads, c->n_loads, sizeof *c->loads))
    return gct__job_no_memory(c->job);
  c->loads[c->n_loads] = name;
  *index = c->n_loads++;
  return true;
}

static struct gct__hprof_string string_of(const struct gct__hprof_classes *c,
                                          uint64_t id)
{
  uint32_t i = gct__ids_get(&c->string_of, id);
  return i == GCT_NIL ? (struct gct__hprof_string){"?", 1} : c->strings[i];
}

static struct gct__hprof_string name_of(const struct gct__hprof_classes *c,
                                        uint64_t id)
{
  uint32_t i = gct__ids_get(&c->name_of, id);
  return string_of(c, i == GCT_NIL ? 0 : c->loads[i]);
}

// VMs write java/lang/Object or java.lang.Object.
static bool is(struct gct__hprof_string string, const char *word)
{
  if (string.n != strlen(word)) return false;
  for (size_t i = 0; i < string.n; i++)
    if (string.at[i] != word[i] && !(string.at[i] == '/' && word[i] == '.'))
      return false;
  return true;
}

// ---- a class dump

// One value of a static field or of the constant pool.
static bool take_value(struct gct__hprof_reader *r, gct__hprof_reference *each,
                       void *context, uint64_t *bytes)
{
  uint8_t type = (uint8_t)gct__hprof_take(r, 1);
  uint64_t n = gct__hprof_value_bytes(type, r->id_bytes);
  if (r->job->code == 0 && n == 0)
    return gct__hprof_fail(r, "unknown type of a value");
  uint64_t value = gct__hprof_take(r, n);
  *bytes += n;
  if (r->job->code != 0) return false;
  return type != GCT__HPROF_OBJECT || !each || each(context, value);
}

// Notes the references among the class's own fields, and how long they are.
static bool take_fields(struct gct__hprof_classes *c,
                        struct gct__hprof_reader *r,
                        struct gct__hprof_class *class, bool add)
{
  uint64_t n = gct__hprof_take(r, 2), bytes = 0;
  class->first_field = c->n_fields;
  for (uint64_t i = 0; i < n; i++) {
    uint64_t name = gct__hprof_take_id(r);
    uint8_t type = (uint8_t)gct__hprof_take(r, 1);
    uint64_t length = gct__hprof_value_bytes(type, r->id_bytes);
    if (r->job->code != 0) return false;
    if (length == 0) return gct__hprof_fail(r, "unknown type of a field");
    if (add && type == GCT__HPROF_OBJECT) {
      if (!gct__job_grow(c->job, &c->fields, c->n_fields, sizeof *c->fields))
        return false;
      c->fields[c->n_fields++] =
          (struct gct__hprof_field){.name = name, .offset = (uint32_t)bytes};
      class->n_fields++;
    }
    bytes += length;
  }
  class->own_bytes = (uint32_t)bytes;
  return r->job->code == 0;
}

bool gct__hprof_class_dump(struct gct__hprof_classes *c,
                           struct gct__hprof_reader *r, uint64_t id, bool add,
                           gct__hprof_reference *each, void *context,
                           uint64_t *static_bytes)
{
  struct gct__hprof_class class = {.id = id, .super = GCT_NIL};
  uint64_t ignored = 0;
  *static_bytes = 0;
  gct__hprof_take(r, 4);
  class.super_id = gct__hprof_take_id(r);
  if (each && r->job->code == 0 && !each(context, class.super_id)) return false;
  for (int i = 0; i < 3; i++) { // loader, signers, protection domain
    uint64_t value = gct__hprof_take_id(r);
    if (each && r->job->code == 0 && !each(context, value)) return false;
  }
  gct__hprof_skip(r, 2 * (uint64_t)r->id_bytes + 4);
  for (uint64_t n = gct__hprof_take(r, 2); n > 0; n--) { // constant pool
    gct__hprof_take(r, 2);
    if (!take_value(r, each, context, &ignored)) return false;
  }
  for (uint64_t n = gct__hprof_take(r, 2); n > 0; n--) { // static fields
    gct__hprof_take_id(r);
    if (!take_value(r, each, context, static_bytes)) return false;
  }
  if (!take_fields(c, r, &class, add)) return false;
  if (!add) return true;
  uint32_t *index = gct__ids_at(&c->by_id, id);
  if (!index || !gct__job_grow(c->job, &c->classes, c->n, sizeof *c->classes))
    return gct__job_no_memory(c->job);
  c->classes[c->n] = class;
  *index = c->n++;
  return true;
}

// ---- when all is there

static bool resolve_one(struct gct__hprof_classes *c,
                        struct gct__hprof_class *class)
{
  uint32_t above = 0;
  for (const struct gct__hprof_class *k = class;;) {
    class->bytes += k->own_bytes;
    class->is_weak |= k->named_weak;
    if (k->super == GCT_NIL) {
      class->partial = k->super_id != 0;
      return true;
    }
    k = &c->classes[k->super];
    if (++above > HIGHEST)
      return gct__job_fail(c->job, c->job->n,
                           "a class has more than %d superclasses", HIGHEST);
  }
}

static bool name_one(struct gct__hprof_classes *c,
                     struct gct__hprof_class *class)
{
  struct gct__hprof_string name = name_of(c, class->id);
  class->named_weak = is(name, "java.lang.ref.WeakReference") ||
                      is(name, "java.lang.ref.SoftReference") ||
                      is(name, "java.lang.ref.PhantomReference");
  class->type = gct__job_type(c->job, name.at, name.n);
  class->super = gct__ids_get(&c->by_id, class->super_id);
  if (is(name, "java.lang.ref.Reference")) {
    struct gct__hprof_field *fields = &c->fields[class->first_field];
    for (uint32_t i = 0; i < class->n_fields; i++)
      fields[i].is_referent = is(string_of(c, fields[i].name), "referent");
  }
  return c->job->code == 0;
}

bool gct__hprof_resolve(struct gct__hprof_classes *c)
{
  for (uint32_t i = 0; i < c->n; i++)
    if (!name_one(c, &c->classes[i])) return false;
  for (uint32_t i = 0; i < c->n; i++)
    if (!resolve_one(c, &c->classes[i])) return false;
  return true;
}

void gct__hprof_classes_free(struct gct__hprof_classes *c)
{
  gct__ids_free(&c->by_id);
  gct__ids_free(&c->string_of);
  gct__ids_free(&c->name_of);
  free(c->classes);
  free(c->fields);
  free(c->strings);
  free(c->loads);
}
