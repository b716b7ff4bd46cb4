// sealed.c: types and rings of objects that notice.
// SPDX-License-Identifier: MIT
//
// Mutator threads only.

#include "sealed.h"

#include <errno.h>

int sealed_type(struct wane_workload_run *run,
                const struct wane_type_spec *spec, uint32_t refs,
                uint32_t payload, const struct wane_type **type)
{
  uint32_t offsets[8];
  struct wane_type_spec all = *spec;
  for (uint32_t i = 0; i < refs; i++)
    offsets[i] =
        (uint32_t)(offsetof(struct sealed, ref) + i * sizeof(struct wane_slot));
  all.size = (uint32_t)(sizeof(struct sealed) +
                        refs * sizeof(struct wane_slot) + payload);
  all.n_refs = refs;
  all.ref_offsets = offsets;
  int result = wane_type_register(&all, type);
  if (result == 0 || result == -ENOTSUP) return -result;
  run->fail(run, "the type %s could not be registered", spec->name);
  return EINVAL;
}

int sealed_array_type(struct wane_workload_run *run,
                      const struct wane_type **type)
{
  const struct wane_type_spec spec = {.name = "sealed_array",
                                      .size = sizeof(struct wane_array),
                                      .array_offset =
                                          sizeof(struct wane_array)};
  if (wane_type_register(&spec, type) == 0) return 0;
  run->fail(run, "the type %s could not be registered", spec.name);
  return EINVAL;
}

wane_ref sealed_ring(struct wane_mutator *m, const struct wane_type *type,
                     uint64_t n, uint64_t first, wane_ref *root)
{
  wane_ref head = sealed_new(m, type, first), last = head;
  root[0] = head;
  if (WANE_UNLIKELY(!head)) return NULL;
  for (uint64_t i = 1; i < n; i++) {
    wane_ref next = sealed_new(m, type, first + i);
    if (WANE_UNLIKELY(!next)) return NULL;
    sealed_store(m, last, 0, next);
    last = next;
  }
  sealed_store(m, last, 0, head);
  return head;
}

bool sealed_ring_is(wane_ref head, uint64_t n, uint64_t first)
{
  wane_ref o = head;
  for (uint64_t i = 0; i < n; i++) {
    if (!sealed_is(o, first + i)) return false;
    o = sealed_load(o, 0);
  }
  return o == head;
}
