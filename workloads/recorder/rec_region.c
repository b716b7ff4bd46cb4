// rec_region.c: from any address to its block, in constant time.
// SPDX-License-Identifier: MIT
//
// All of Python's object memory comes from one region of 64 GiB at a fixed
// address, so that addresses, and all that a program makes of them (the order
// of a set), are the same in each recording. It is cut into spans of 64 KiB. A
// span holds blocks of one size, or is a part of one large block. The records
// of a span's blocks lie in a row, in the order of their addresses.
#include "rec.h"

#include <sys/mman.h>

#define SPAN ((size_t)64 << 10)
#define SPANS (REC_REGION_BYTES / SPAN)
#define SMALL 32768u // largest size class
#define CLASSES 85   // 64 in steps of 16, then 4 per doubling; and 0
#define LARGE 0xffff
#define MAX_BLOCKS (REC_REGION_BYTES / 64)

struct span {
  uint16_t class;  // 0: not used
  uint32_t blocks; // number of its first block's record
  uint32_t spans;  // of a large block, in its first span: how many
  uint32_t first;  // of a large block: its first span
};

struct size_class {
  uint32_t bytes, inverse; // offset * inverse >> 32 = offset / bytes
  uintptr_t next, end;     // never used yet
  struct rec_list free;
};

static struct span *spans;
static struct rec_block *blocks;
static uint32_t n_blocks = 1;
static size_t n_spans;
static struct size_class classes[CLASSES];
static uint8_t class_of[SMALL / 16 + 1];
static struct rec_list free_large[256]; // by spans, of exactly that many
static struct rec_list free_huge;       // of more

void rec_region_open(void)
{
  void *p = mmap((void *)REC_REGION, REC_REGION_BYTES, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE |
                     MAP_FIXED_NOREPLACE,
                 -1, 0);
  if (p != (void *)REC_REGION)
    rec_give_up("no address space for 64 GiB at %p", (void *)REC_REGION);
  spans = rec_map(SPANS * sizeof *spans, "spans");
  blocks = rec_map(MAX_BLOCKS * sizeof *blocks, "blocks");
  int n = 0;
  for (uint32_t bytes = 16; bytes <= 1024; bytes += 16)
    classes[++n].bytes = bytes;
  for (uint32_t base = 1024; base < SMALL; base *= 2)
    for (uint32_t i = 1; i <= 4; i++) classes[++n].bytes = base + base / 4 * i;
  for (int i = 1; i <= n; i++)
    classes[i].inverse =
        (uint32_t)((((uint64_t)1 << 32) + classes[i].bytes - 1) /
                   classes[i].bytes);
  for (uint32_t i = 1, class = 1; i <= SMALL / 16; i++) {
    while (classes[class].bytes < 16 * i) class++;
    class_of[i] = (uint8_t)class;
  }
}

static size_t take_spans(size_t n)
{
  size_t first = n_spans;
  if (n > SPANS - n_spans) return SPANS;
  n_spans += n;
  return first;
}

static uint32_t take_blocks(uint32_t n)
{
  uint32_t first = n_blocks;
  if (n > MAX_BLOCKS - n_blocks) rec_give_up("too many blocks of memory");
  n_blocks += n;
  return first;
}

static struct rec_block *alloc_small(unsigned number)
{
  struct size_class *class = &classes[number];
  if (class->free.n) return &blocks[class->free.items[--class->free.n]];
  if (class->next + class->bytes > class->end) {
    size_t at = take_spans(1);
    if (at == SPANS) return NULL;
    uint32_t n = (uint32_t)(SPAN / class->bytes);
    spans[at] = (struct span){.class = (uint16_t)number,
                              .blocks = take_blocks(n)};
    class->next = REC_REGION + at * SPAN;
    class->end = class->next + SPAN;
    for (uint32_t i = 0; i < n; i++)
      blocks[spans[at].blocks + i].address =
          class->next + (size_t)i * class->bytes;
  }
  struct rec_block *block = rec_block_at(class->next);
  class->next += class->bytes;
  return block;
}

static struct span *span_of(const struct rec_block *block)
{
  return &spans[(block->address - REC_REGION) / SPAN];
}

// A freed block of n spans, or up to an eighth more; NULL if there is none.
static struct rec_block *reuse_huge(size_t n)
{
  for (size_t i = 0; i < free_huge.n; i++) {
    struct rec_block *block = &blocks[free_huge.items[i]];
    size_t has = span_of(block)->spans;
    if (has < n || has > n + n / 8) continue;
    free_huge.items[i] = free_huge.items[--free_huge.n];
    return block;
  }
  return NULL;
}

static struct rec_block *alloc_large(size_t bytes)
{
  size_t n = (bytes + SPAN - 1) / SPAN;
  if (n < 256 && free_large[n].n)
    return &blocks[free_large[n].items[--free_large[n].n]];
  struct rec_block *old = n < 256 ? NULL : reuse_huge(n);
  if (old) return old;
  size_t at = take_spans(n);
  if (at == SPANS) return NULL;
  uint32_t number = take_blocks(1);
  for (size_t i = 0; i < n; i++)
    spans[at + i] = (struct span){.class = LARGE,
                                  .blocks = number,
                                  .spans = (uint32_t)n,
                                  .first = (uint32_t)at};
  blocks[number].address = REC_REGION + at * SPAN;
  return &blocks[number];
}

void *rec_region_alloc(size_t bytes)
{
  if (bytes == 0) bytes = 1;
  struct rec_block *block = bytes <= SMALL
                                ? alloc_small(class_of[(bytes + 15) / 16])
                                : alloc_large(bytes);
  if (!block) return NULL;
  *block = (struct rec_block){
      .address = block->address, .bytes = bytes, .low = UINT32_MAX};
  // Fresh, so that no word in it is an old pointer.
  rec_fill((void *)block->address, 0, bytes);
  return (void *)block->address;
}

size_t rec_region_room(const struct rec_block *block)
{
  const struct span *span = span_of(block);
  return span->class == LARGE ? span->spans * SPAN
                              : classes[span->class].bytes;
}

void rec_region_free(struct rec_block *block)
{
  struct span *span = span_of(block);
  block->bytes = 0;
  block->object = block->owner = 0;
  if (span->class != LARGE)
    rec_push(&classes[span->class].free, rec_block_number(block));
  else if (span->spans < 256)
    rec_push(&free_large[span->spans], rec_block_number(block));
  else
    rec_push(&free_huge, rec_block_number(block));
  // Rare, and large: the memory goes back, the addresses stay.
  if (span->class == LARGE && span->spans >= 256)
    madvise((void *)block->address, span->spans * SPAN, MADV_DONTNEED);
}

struct rec_block *rec_block_at(uintptr_t address)
{
  if (!rec_in_region(address)) return NULL;
  const struct span *span = &spans[(address - REC_REGION) / SPAN];
  if (!span->class) return NULL;
  if (span->class == LARGE) return &blocks[span->blocks];
  uint64_t offset = address & (SPAN - 1);
  return &blocks[span->blocks +
                 (offset * classes[span->class].inverse >> 32)];
}

uint32_t rec_block_number(const struct rec_block *block)
{
  return (uint32_t)(block - blocks);
}

struct rec_block *rec_block(uint32_t number)
{
  return &blocks[number];
}
