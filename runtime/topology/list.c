// list.c: lists of numbers, as "0,2,4-7".
// SPDX-License-Identifier: MIT
//
// Digits, commas and dashes: no space, no sign, no open end, nothing empty.
// hwloc reads such lists too, but takes more than that for one.

#include "topology.h"

#include <stdio.h>

#define MOST 100000000 // far beyond every number there is

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

// Appends a range; false: there is no room.
static bool put(struct wane__list_text *text, uint32_t first, uint32_t last)
{
  size_t room = text->size - text->length;
  const char *comma = text->length ? "," : "";
  char *to = text->text + text->length;
  int n = first == last ? snprintf(to, room, "%s%u", comma, first)
                        : snprintf(to, room, "%s%u-%u", comma, first, last);
  if (n < 0 || (size_t)n >= room) return false;
  text->length += (size_t)n;
  return true;
}

bool wane__list_put(struct wane__list_text *text, uint32_t first, uint32_t last)
{
  if (text->some && first == text->last + 1) {
    text->last = last;
    return true;
  }
  if (!wane__list_end(text)) return false;
  text->some = true;
  text->first = first;
  text->last = last;
  return true;
}

bool wane__list_end(struct wane__list_text *text)
{
  bool some = text->some;
  text->some = false;
  return !some || put(text, text->first, text->last);
}

void wane__list_of_nodes(uint64_t nodes, char text[WANE__NODES_TEXT])
{
  struct wane__list_text list = {.text = text, .size = WANE__NODES_TEXT};
  *text = '\0';
  for (uint32_t i = 0; i < WANE_NODES_MAX; i++)
    if (nodes >> i & 1) wane__list_put(&list, i, i);
  wane__list_end(&list);
}
