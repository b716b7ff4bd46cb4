// rec_stores.c: every store of the interpreter comes through here.
// SPDX-License-Identifier: MIT
//
// The compiler's kernel-address sanitizer calls a function before each store;
// that the functions say nothing about errors is our business. Copies are not
// instrumented, so the C library's functions have our names here. A store
// only marks what it hit; the new value is read at the next safepoint.
#include "rec.h"

static void into_object(uint32_t id, uintptr_t at, size_t bytes)
{
  struct rec_object *o = &rec_objects[id];
  uintptr_t op = (uintptr_t)o->op;
  if (at == op && bytes == sizeof(Py_ssize_t)) {
    rec_count_again(id); // its reference count
    return;
  }
  if (o->flags & REC_CONTAINER) {
    // Before the object are the collector's words. They change all the time,
    // and mean something only once: the object is tracked now.
    bool before = at + bytes <= op && at + 2 * sizeof(void *) >= op;
    if (!before || !(o->flags & REC_READ)) rec_read_again(id);
  }
  if (at <= op) rec_count_again(id);
}

static void into_buffer(struct rec_block *block, uintptr_t at, size_t bytes)
{
  uint32_t low = (uint32_t)(at - block->address);
  uint32_t high = low + (uint32_t)bytes;
  if (high > block->base) {
    if (low < block->low) block->low = low;
    if (high > block->high) block->high = high;
  }
  if (block->dirty) return;
  block->dirty = true;
  rec_push(&rec_dirty_buffers, rec_block_number(block));
}

static inline void note(uintptr_t at, size_t bytes)
{
  if (!rec_in_region(at) || !rec_recording || !bytes) return;
  struct rec_block *block = rec_block_at(at);
  if (!block || !block->bytes) return;
  if (block->object)
    into_object(block->object, at, bytes);
  else
    into_buffer(block, at, bytes);
}

#define STORE(n)                                                               \
  void __asan_store##n##_noabort(uintptr_t at);                                \
  void __asan_store##n##_noabort(uintptr_t at)                                 \
  {                                                                            \
    note(at, n);                                                               \
  }
STORE(1)
STORE(2)
STORE(4)
STORE(8)
STORE(16)

void __asan_storeN_noabort(uintptr_t at, size_t bytes);
void __asan_storeN_noabort(uintptr_t at, size_t bytes)
{
  note(at, bytes);
}

void __asan_handle_no_return(void);
void __asan_handle_no_return(void)
{
}

// Loops that must stay loops: as calls of memcpy they would call themselves.
#define PLAIN __attribute__((optimize("no-tree-loop-distribute-patterns")))

PLAIN static void copy_up(unsigned char *to, const unsigned char *from,
                          size_t n)
{
  uint64_t word;
  for (; n >= 8; n -= 8, to += 8, from += 8) {
    __builtin_memcpy(&word, from, 8);
    __builtin_memcpy(to, &word, 8);
  }
  while (n--) *to++ = *from++;
}

PLAIN static void copy_down(unsigned char *to, const unsigned char *from,
                            size_t n)
{
  uint64_t word;
  for (; n >= 8; n -= 8) {
    __builtin_memcpy(&word, from + n - 8, 8);
    __builtin_memcpy(to + n - 8, &word, 8);
  }
  while (n--) to[n] = from[n];
}

void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
  note((uintptr_t)to, n);
  copy_up(to, from, n);
  return to;
}

void *memmove(void *to, const void *from, size_t n)
{
  note((uintptr_t)to, n);
  if ((uintptr_t)to - (uintptr_t)from >= n)
    copy_up(to, from, n);
  else
    copy_down(to, from, n);
  return to;
}

PLAIN void rec_fill(void *to, int byte, size_t n)
{
  unsigned char *at = to;
  uint64_t word = (unsigned char)byte * UINT64_C(0x0101010101010101);
  for (; n >= 8; n -= 8, at += 8) __builtin_memcpy(at, &word, 8);
  while (n--) *at++ = (unsigned char)byte;
}

void *memset(void *to, int byte, size_t n)
{
  note((uintptr_t)to, n);
  rec_fill(to, byte, n);
  return to;
}
