// gct_slots.c: how large each object gets, known before it is born.
// SPDX-License-Identifier: MIT
//
// The recorder announces the slots that an object's own memory has; lists and
// dictionaries then grow into buffers of theirs. A replayer whose objects have
// a fixed size wants the final number at ALLOC.
#include "gct_format.h"
#include "gct_order.h"

#include <errno.h>
#include <stdlib.h>

static void raise_to(uint32_t *slots, uint32_t n)
{
  if (*slots < n) *slots = n;
}

int gct_slots_needed_in(const struct gct_file *file, uint64_t events,
                        uint32_t **slots, struct gct_error *error)
{
  const struct gct_info *info = gct_info(file);
  uint64_t *birth_of = calloc(info->max_handles + 1u, sizeof *birth_of);
  uint32_t *needed = calloc(info->n_births + 1, sizeof *needed);
  struct gct_walk *walk = gct_walk_open(file, error);
  int result = walk && birth_of && needed ? 0 : gct__system(error, ENOMEM);
  uint64_t births = 0;
  uint32_t thread;
  for (const struct gct_event *e;
       result == 0 && events-- > 0 && (e = gct_walk_next(walk, &thread));) {
    if (e->op == GCT_ALLOC) {
      birth_of[e->handle] = births;
      needed[births++] = e->slots;
    } else if (e->op == GCT_WRITE) {
      raise_to(&needed[birth_of[e->handle]], e->slot + 1);
    } else if (e->op == GCT_RESIZE) {
      raise_to(&needed[birth_of[e->handle]], e->slots);
    }
  }
  if (result == 0 && gct_walk_error(walk)) {
    *error = *gct_walk_error(walk);
    result = -EBADMSG;
  }
  gct_walk_close(walk);
  free(birth_of);
  *slots = needed;
  if (result != 0) {
    free(needed);
    *slots = NULL;
  }
  return result;
}

int gct_slots_needed(const struct gct_file *file, uint32_t **slots,
                     struct gct_error *error)
{
  return gct_slots_needed_in(file, UINT64_MAX, slots, error);
}
