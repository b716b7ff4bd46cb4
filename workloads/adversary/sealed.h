// sealed.h: objects that notice when their memory is no longer theirs.
// SPDX-License-Identifier: MIT
//
// An object has a number, and a seal that is made from the number: whoever
// reads the object knows by the seal that it is whole, and by the number that
// it is the one it should be. Memory that was freed and is used again has
// another number, or zeros, whose seal is wrong.

#ifndef WORKLOAD_SEALED_H
#define WORKLOAD_SEALED_H

#include <wane/workload.h>

#include "../program.h"

struct sealed {
  struct wane_object header;
  uint64_t number; // both written once, before the object is published
  uint64_t seal;
  uint64_t aux; // the workload's own; whoever has the object to itself writes
  struct wane_slot ref[];
};

static inline struct sealed *sealed(wane_ref o)
{
  return (struct sealed *)(void *)o;
}

// Registers a type: what `spec` says (name, weakable, finalize), with `refs`
// slots, at most 8, and `payload` bytes behind them. 0; ENOTSUP, which setup
// hands on, when the collector knows no such types; or EINVAL after run->fail.
int sealed_type(struct wane_workload_run *run,
                const struct wane_type_spec *spec, uint32_t refs,
                uint32_t payload, const struct wane_type **type);

// Registers a type of arrays of references.
int sealed_array_type(struct wane_workload_run *run,
                      const struct wane_type **type);

// A safepoint. NULL: out of memory.
static inline wane_ref sealed_new(struct wane_mutator *m,
                                  const struct wane_type *type, uint64_t number)
{
  wane_ref o = wane_alloc(m, type);
  if (WANE_UNLIKELY(!o)) return NULL;
  sealed(o)->number = number;
  sealed(o)->seal = ~mix_bits(number);
  return o;
}

// Is `o` a whole object, whichever?
static inline bool sealed_whole(wane_ref o)
{
  return o && sealed(o)->seal == ~mix_bits(sealed(o)->number);
}

// Is it whole, and number `number`?
static inline bool sealed_is(wane_ref o, uint64_t number)
{
  return sealed_whole(o) && sealed(o)->number == number;
}

static inline wane_ref sealed_load(wane_ref o, uint32_t i)
{
  return wane_load(&sealed(o)->ref[i]);
}

static inline void sealed_store(struct wane_mutator *m, wane_ref o, uint32_t i,
                                wane_ref value)
{
  wane_store(m, o, &sealed(o)->ref[i], value);
}

// Builds a ring by slot 0: `n` objects with the numbers `first` and on, the
// first of which is returned and is in `root[0]`. NULL: out of memory.
wane_ref sealed_ring(struct wane_mutator *m, const struct wane_type *type,
                     uint64_t n, uint64_t first, wane_ref *root);

// Is it such a ring still? No safepoint.
bool sealed_ring_is(wane_ref head, uint64_t n, uint64_t first);

// The sum of the numbers first .. first + n - 1, modulo 2^64.
static inline uint64_t sealed_sum(uint64_t first, uint64_t n)
{
  return n * first + (n % 2 ? (n - 1) / 2 * n : n / 2 * (n - 1));
}

#endif
