// list.c: lists of numbers, as "0,2,4-7".
// SPDX-License-Identifier: MIT
//
// Digits, commas and dashes: no space, no sign, no open end, nothing empty.
// hwloc reads such lists too, but takes more than that for one.

#include "topology.h"

#define MOST 1000000000 // far beyond every number there is

static bool number(struct wane__list *list, uint32_t *n)
{
  const char *start = list->at;
  for (*n = 0; list->at < list->end; list->at++) {
    char c = *list->at;
    if (c < '0' || c > '9') break;
    if (*n < MOST) *n = *n * 10 + (uint32_t)(c - '0');
  }
  return list->at > start;
}

static bool range(struct wane__list *list, uint32_t *first, uint32_t *last)
{
  if (!number(list, first)) return false;
  *last = *first;
  if (list->at < list->end && *list->at == '-') {
    list->at++;
    if (!number(list, last) || *last < *first) return false;
  }
  if (list->at == list->end) return true;
  return *list->at++ == ',' && list->at < list->end;
}

bool wane__list_next(struct wane__list *list, uint32_t *first, uint32_t *last)
{
  if (list->at == list->end) return false;
  if (range(list, first, last)) return true;
  list->bad = true;
  return false;
}

uint64_t wane__list_nodes(const struct wane_topology *t, const char *text,
                          size_t length)
{
  struct wane__list list = {.at = text, .end = text + length};
  uint64_t nodes = 0;
  uint32_t first, last;
  while (wane__list_next(&list, &first, &last)) {
    if (last >= t->nodes) return 0;
    for (uint32_t i = first; i <= last; i++) nodes |= (uint64_t)1 << i;
  }
  return list.bad ? 0 : nodes;
}
