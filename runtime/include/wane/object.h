// object.h: what every heap object looks like: header, flags, slots, types.
// SPDX-License-Identifier: MIT
//
// The header is 16 bytes: the biased half of the count (`local`, written by
// the owner alone), the atomic half (`shared`, everybody else's; negative is
// normal) and one word, `own`, that says in a single load whose object it is
// and whether anything about it is special. The count of an object is
// local + shared; a reader takes `local` first (runtime/DESIGN.md, Note
// [local before shared]).

#ifndef WANE_OBJECT_H
#define WANE_OBJECT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WANE_API __attribute__((visibility("default")))
#define WANE_LIKELY(x) __builtin_expect(!!(x), 1)
#define WANE_UNLIKELY(x) __builtin_expect(!!(x), 0)

// Seeded bugs: -DWANE_MUTANT=n builds a runtime that the tests must catch
// (tests/mutant). 0: none.
#ifndef WANE_MUTANT
#define WANE_MUTANT 0
#endif

// 1: no count is biased (cmake -DWANE_COUNTING=atomic). To compare with.
#ifndef WANE_ATOMIC_COUNTS
#define WANE_ATOMIC_COUNTS 0
#endif

// Checked builds let a test widen the windows between two steps.
#if WANE_CHECKED
WANE_API extern void (*_Atomic wane__yield_hook)(int place);
static inline void WANE_YIELD(int place)
{
  void (*hook)(int) = atomic_load(&wane__yield_hook);
  if (hook) hook(place);
}
#else
#define WANE_YIELD(place) ((void)0)
#endif

// `own` = owner id (upper 20 bits) | flags (lower 12 bits).
//
// Invariant: while ESCAPED is clear, only the owner writes `own` (plain
// stores); from then on it changes by read-modify-write only. Owner id 0 is
// nobody: an immortal object belongs to no one, so no thread takes the biased
// path for it.
enum wane_object_flag {
  WANE_IMMORTAL = 1u << 0, // count saturated, or static: never freed
  WANE_ESCAPED = 1u << 1,  // was stored into the heap or a handle once
  WANE_ACYCLIC = 1u << 2,  // "green": its type cannot be part of a cycle
  WANE_LARGE = 1u << 3,    // has blocks of its own
  // Of weakable types and those with a finalizer only (wane/weak.h). Each of
  // them goes with ESCAPED.
  WANE_HAS_WEAK = 1u << 4,  // has, or had, a weak cell or an ephemeron
  WANE_FINALIZED = 1u << 5, // its finalizer was queued: never again
  WANE_HAS_VALUES = 1u << 6, // is, or was, the key of an ephemeron
  WANE_CONDEMNED = 1u << 7,  // found dead once; the next round decides
};
#define WANE_OWNER_SHIFT 12
#define WANE_FLAG_MASK ((1u << WANE_OWNER_SHIFT) - 1)

struct wane_object {
  _Atomic uint32_t own;   // see above
  _Atomic uint32_t local; // owner only, relaxed stores; grows until it spills
  _Atomic int32_t shared; // everyone: foreign increments, all decrements
  uint16_t type;          // index into the type table; constant after birth
  _Atomic uint16_t closer; // 1: written to while ESCAPED, may close a cycle;
                           // only ever set, so plain relaxed stores will do
};
typedef struct wane_object *wane_ref;

// A counted reference inside an object. Only the functions of barrier.h write
// it: an uncounted write breaks the proof of the whole collector (prohibitions
// P1-P6, runtime/DESIGN.md). It starts as NULL.
struct wane_slot {
  _Atomic(wane_ref) wane__value;
};

// Objects with a trailing array of references start with this.
struct wane_array {
  struct wane_object header;
  uint32_t length; // number of slots at the type's array_offset; constant
  uint32_t aux;    // the program's own
};

// Calls `visit` once for each counted slot of `object`, and for nothing else.
typedef void (*wane_visit)(struct wane_slot *slot, void *context);

struct wane_mutator;

// Who found that an object is dead. CYCLE: a plugin, object by object (cycles,
// and in a nursery whatever was garbage by itself); SWEEP: a trace that did not
// mark it.
enum wane_freed_by {
  WANE_FREED_BY_NONE,
  WANE_FREED_BY_RC,
  WANE_FREED_BY_CYCLE,
  WANE_FREED_BY_SWEEP,
};
// From within a type's `death`: of this object.
WANE_API enum wane_freed_by wane_freed_by(void);

// What a program says of a type. Copied; `name` and `ref_offsets` too.
struct wane_type_spec {
  const char *name;            // 1 to 63 bytes
  uint32_t size;               // bytes, header included; the fixed part
  uint32_t n_refs;             // number of fixed slots ...
  const uint32_t *ref_offsets; // ... and their byte offsets, 8-aligned
  uint32_t array_offset;       // 0, or where the trailing slots begin (>= 24)
  bool acyclic; // refers to acyclic or immortal objects only, or to none
  // Optional, for what offsets cannot say. Called by collector threads while
  // the program runs: reads each slot with wane_visit only, takes no lock,
  // allocates nothing, counts nothing.
  void (*trace)(wane_ref object, wane_visit visit, void *context);
  // Optional. Called once on a collector thread just before the cell of a
  // dead object is reused; may read the object's plain bytes, not its slots,
  // and ask by whom (wane_freed_by).
  void (*death)(wane_ref object);
  // Objects may have weak references and be keys of ephemerons (wane/weak.h).
  bool weakable;
  // Optional. Called once, on a mutator thread of the runtime's, when the
  // object is garbage for the first time; may do whatever a mutator may, even
  // make it reachable again (wane/weak.h).
  void (*finalize)(struct wane_mutator *m, wane_ref object);
};

// A registered type. The fields are constant after registration.
struct wane_type {
  const char *name;
  uint32_t index;      // what object headers carry
  uint32_t own_flags;  // WANE_ACYCLIC or 0: or-ed into `own` at birth
  uint32_t size;       // bytes of the fixed part
  uint32_t cell;       // bytes of its cell, or 0: not from a size class
  uint32_t size_class; // index of its size class when cell != 0
  uint32_t n_refs;
  uint32_t refs_begin; // != 0: the fixed slots stand in a row from here
  bool fixed_only;     // no slots but the fixed ones; not special
  bool special;        // weakable, or has a finalizer
  bool weakable;
  uint32_t array_offset;
  const uint32_t *ref_offsets;
  void (*trace)(wane_ref object, wane_visit visit, void *context);
  void (*death)(wane_ref object);
  void (*finalize)(struct wane_mutator *m, wane_ref object);
};

// Registers a type for the life of the runtime (between wane_start and
// wane_stop). Any thread. Returns 0, or -EINVAL with a sentence on the
// runtime's report channel, or -ENOTSUP, likewise, if it is weakable or has a
// finalizer and the collector knows no such types, or -ENOSPC after 65,535.
WANE_API int wane_type_register(const struct wane_type_spec *spec,
                                const struct wane_type **type);

// Calls `visit` for the fixed slots of `object`, each exactly once.
static inline __attribute__((always_inline)) void
wane_each_fixed_slot(wane_ref object, const struct wane_type *type,
                     wane_visit visit, void *context)
{
  char *base = (char *)object;
  struct wane_slot *row = (struct wane_slot *)(void *)(base + type->refs_begin);
  if (WANE_LIKELY(type->refs_begin))
    for (uint32_t i = 0, n = type->n_refs; i < n; i++) visit(&row[i], context);
  else
    for (uint32_t i = 0; i < type->n_refs; i++)
      visit((struct wane_slot *)(void *)(base + type->ref_offsets[i]), context);
}

// The values of the ephemerons whose key `object` is: slots of the key that
// stand outside it (runtime/weak.c). `visit` runs under a lock.
WANE_API void wane__each_value(wane_ref object, wane_visit visit,
                               void *context);

// Calls `visit` for every counted slot of `object`, each exactly once.
static inline __attribute__((always_inline)) void
wane_each_slot(wane_ref object, const struct wane_type *type, wane_visit visit,
               void *context)
{
  char *base = (char *)object;
  wane_each_fixed_slot(object, type, visit, context);
  if (WANE_LIKELY(type->fixed_only)) return;
  if (type->array_offset) {
    struct wane_slot *slots =
        (struct wane_slot *)(void *)(base + type->array_offset);
    uint32_t n = ((struct wane_array *)(void *)object)->length;
    for (uint32_t i = 0; i < n; i++) visit(&slots[i], context);
  }
  if (type->trace) type->trace(object, visit, context);
  // Note [weak flags]: a value that is not seen was stored by somebody who
  // still can reach the key.
  if (type->weakable &&
      atomic_load_explicit(&object->own, memory_order_acquire) &
          WANE_HAS_VALUES)
    wane__each_value(object, visit, context);
}

#endif
