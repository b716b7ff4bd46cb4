// type.c: registration of types; a table that grows in place and never moves.
// SPDX-License-Identifier: MIT
//
// Readers index it without synchronisation: an object of a type can only be
// reached through a store that was published after the type was registered
// (Note [publish]), so its entry is always in place.

#include "type.h"

#include "heap.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define TYPES_MAX 65536

// Of the object whose death hook this thread runs.
static _Thread_local enum wane_freed_by freed_by;

static struct {
  pthread_mutex_t lock;
  const struct wane_type **table;
  uint32_t n; // entry 0 is no type: a cell that was never formatted
  _Atomic bool special;    // any is; Note [types with death]
  _Atomic bool with_death; // Note [types with death]: relaxed; whoever is to
                           // see it met an object that was born later
} types = {.lock = PTHREAD_MUTEX_INITIALIZER};

int wane__types_start(void)
{
  types.n = 1;
  types.table = calloc(TYPES_MAX, sizeof *types.table);
  if (!types.table) return -ENOMEM;
  atomic_store_explicit(&types.with_death, false, memory_order_relaxed);
  atomic_store_explicit(&types.special, false, memory_order_relaxed);
  wane_gc_heap.types = types.table;
  return 0;
}

void wane__types_stop(void)
{
  for (uint32_t i = 1; i < types.n; i++) {
    const struct wane_type *type = types.table[i];
    free((void *)(uintptr_t)type->name);
    free((void *)(uintptr_t)type->ref_offsets);
    free((void *)(uintptr_t)type);
  }
  free(types.table);
  types.table = NULL;
  types.n = 0;
  wane_gc_heap.types = NULL;
}

// What is wrong with the specification, or NULL.
static const char *fault(const struct wane_type_spec *s)
{
  if (!s->name || !*s->name || strlen(s->name) > 63)
    return "its name must have 1 to 63 bytes";
  if (s->size < sizeof(struct wane_object))
    return "its size must hold the 16-byte header";
  if (s->size > (1u << 30)) return "its size must be at most 1 GiB";
  if (s->n_refs && !s->ref_offsets) return "ref_offsets is NULL";
  for (uint32_t i = 0; i < s->n_refs; i++) {
    uint32_t at = s->ref_offsets[i];
    if (at % 8 || at < sizeof(struct wane_object) || at + 8 > s->size)
      return "a reference offset is not 8-aligned inside the object";
    for (uint32_t j = 0; j < i; j++)
      if (s->ref_offsets[j] == at) return "a reference offset occurs twice";
  }
  if (!s->array_offset) return NULL;
  if (s->array_offset % 8 || s->array_offset < sizeof(struct wane_array))
    return "array_offset must be 8-aligned and at least 24";
  if (s->array_offset < s->size && s->size > sizeof(struct wane_array))
    return "array_offset must not lie inside the fixed part";
  return NULL;
}

// Where the fixed slots begin if they stand in a row, in order; else 0.
static uint32_t row_of(const struct wane_type_spec *spec)
{
  for (uint32_t i = 1; i < spec->n_refs; i++)
    if (spec->ref_offsets[i] != spec->ref_offsets[i - 1] + 8) return 0;
  return spec->n_refs ? spec->ref_offsets[0] : sizeof(struct wane_object);
}

static struct wane_type *make(const struct wane_type_spec *spec)
{
  struct wane_type *type = calloc(1, sizeof *type);
  uint32_t *offsets = malloc(spec->n_refs * sizeof *offsets + 1);
  char *name = strdup(spec->name);
  if (!type || !offsets || !name) {
    free(type);
    free(offsets);
    free(name);
    return NULL;
  }
  if (spec->n_refs)
    memcpy(offsets, spec->ref_offsets, spec->n_refs * sizeof *offsets);
  type->name = name;
  type->ref_offsets = offsets;
  type->n_refs = spec->n_refs;
  type->refs_begin = row_of(spec);
  type->special = spec->weakable || spec->finalize;
  type->weakable = spec->weakable;
  type->fixed_only = !spec->array_offset && !spec->trace && !type->special;
  type->own_flags = spec->acyclic ? WANE_ACYCLIC : 0;
  type->size = spec->size;
  type->array_offset = spec->array_offset;
  type->trace = spec->trace;
  type->death = spec->death;
  type->finalize = spec->finalize;
  if (spec->size <= WANE__SMALL_MAX) {
    type->size_class = wane__size_class(spec->size);
    type->cell = wane__class_cell(type->size_class);
  } else {
    // No class has this index: its span is always empty, so that wane_alloc
    // falls through to the slow path.
    type->size_class = WANE_SIZE_CLASSES - 1;
  }
  return type;
}

// A collector that frees special objects like others would leave their weak
// cells dangling. One that never frees does no harm.
static bool refuses_special(const struct wane_type_spec *spec)
{
  const struct wane_collector *c = wane__config.collector;
  if (!(spec->weakable || spec->finalize) || !c) return false;
  bool frees = c->barrier == WANE_BARRIER_RC_LOG || c->collect;
  return frees && !(c->claims & WANE_CLAIM_WEAK);
}

int wane_type_register(const struct wane_type_spec *spec,
                       const struct wane_type **out)
{
  const char *why = fault(spec);
  if (why) {
    wane__report("type \"%s\" refused: %s", spec->name ? spec->name : "",
                 why);
    return -EINVAL;
  }
  if (refuses_special(spec)) {
    wane__report("type \"%s\" refused: collector %s knows no weak references "
                 "and finalizers",
                 spec->name, wane__config.collector->name);
    return -ENOTSUP;
  }
  struct wane_type *type = make(spec);
  if (!type) return -ENOMEM;
  pthread_mutex_lock(&types.lock);
  int error = types.n == TYPES_MAX ? -ENOSPC : 0;
  if (!error) {
    type->index = types.n;
    types.table[types.n++] = type;
  }
  pthread_mutex_unlock(&types.lock);
  if (error) {
    free((void *)(uintptr_t)type->name);
    free((void *)(uintptr_t)type->ref_offsets);
    free(type);
    return error;
  }
  // Note [types with death]
  if (type->death)
    atomic_store_explicit(&types.with_death, true, memory_order_relaxed);
  if (type->special)
    atomic_store_explicit(&types.special, true, memory_order_relaxed);
  *out = type;
  return 0;
}

bool wane__types_with_death(void)
{
  // Note [types with death]
  return atomic_load_explicit(&types.with_death, memory_order_relaxed);
}

void wane__type_death(const struct wane_type *type, wane_ref o,
                      enum wane_freed_by by)
{
#if WANE_MUTANT == 69 // whoever freed the first one frees all
  if (freed_by) by = freed_by;
#endif
  freed_by = by;
  type->death(o);
}

enum wane_freed_by wane_freed_by(void)
{
  return freed_by;
}

bool wane_gc_any_special(void)
{
  // Note [types with death]
  return atomic_load_explicit(&types.special, memory_order_relaxed);
}

const struct wane_type *wane_type_of(wane_ref object)
{
  return wane_gc_heap.types[object->type];
}
