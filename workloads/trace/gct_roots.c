// gct_roots.c: the open roots of each object, newest first.
// SPDX-License-Identifier: MIT
#include "gct_roots.h"

#include <stdlib.h>
#include <string.h>

bool gct_roots_new(struct gct_roots *roots, uint32_t max_handles)
{
  size_t n = max_handles + (size_t)1;
  *roots = (struct gct_roots){.unused = GCT_NIL};
  roots->newest = malloc(n * sizeof *roots->newest);
  if (roots->newest) memset(roots->newest, 0xff, n * sizeof *roots->newest);
  return roots->newest != NULL;
}

void gct_roots_free(struct gct_roots *roots)
{
  free(roots->newest);
  free(roots->pool);
  *roots = (struct gct_roots){0};
}

static uint32_t take(struct gct_roots *roots)
{
  uint32_t root = roots->unused;
  if (root != GCT_NIL) {
    roots->unused = roots->pool[root].next;
    return root;
  }
  if (roots->n == roots->room) {
    uint32_t room = 2 * roots->room + 64;
    void *grown = realloc(roots->pool, room * sizeof *roots->pool);
    if (!grown) return GCT_NIL;
    roots->pool = grown;
    roots->room = room;
  }
  return roots->n++;
}

uint32_t gct_roots_begin(struct gct_roots *roots, uint32_t handle,
                         uint32_t thread, uint64_t seq)
{
  uint32_t root = take(roots);
  if (root == GCT_NIL) return GCT_NIL;
  roots->pool[root] = (struct gct_root){.number = roots->begun++,
                                        .seq = seq,
                                        .next = roots->newest[handle],
                                        .thread = (uint16_t)thread};
  roots->newest[handle] = root;
  return root;
}

uint32_t gct_roots_end(struct gct_roots *roots, uint32_t handle,
                       uint32_t thread)
{
  uint32_t *link = &roots->newest[handle];
  while (*link != GCT_NIL && roots->pool[*link].thread != thread)
    link = &roots->pool[*link].next;
  if (*link == GCT_NIL) link = &roots->newest[handle];
  uint32_t root = *link;
  if (root == GCT_NIL) return GCT_NIL;
  *link = roots->pool[root].next;
  roots->pool[root].next = roots->unused;
  roots->unused = root;
  return root;
}
