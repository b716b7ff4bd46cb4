// rec_list.c: growing arrays, mapped tables, and the end.
// SPDX-License-Identifier: MIT
#include "rec.h"

#include <stdarg.h>
#include <sys/mman.h>

void rec_give_up(const char *format, ...)
{
  va_list arguments;
  fputs("recorder: ", stderr);
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fputc('\n', stderr);
  rec_emit_abandon();
  _exit(3);
}

void *rec_map(size_t bytes, const char *what)
{
  void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (p == MAP_FAILED)
    rec_give_up("no address space for %s: %zu GiB (is there a limit on "
                "virtual memory?)",
                what, bytes >> 30);
  return p;
}

void rec_push(struct rec_list *list, uint32_t item)
{
  if (list->n == list->room) {
    list->room = list->room ? 2 * list->room : 1024;
    list->items = realloc(list->items, list->room * sizeof *list->items);
    if (!list->items) rec_give_up("out of memory");
  }
  list->items[list->n++] = item;
}
