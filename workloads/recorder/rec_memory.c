// rec_memory.c: Python's object and memory domains, on the region.
// SPDX-License-Identifier: MIT
//
// Freeing the block of an object ends its life at the latest. Growing one in
// place, or moving it, does not: a string that is resized while it is built
// stays the same object of the trace.
#include "rec.h"

static void *allocate(void *context, size_t bytes)
{
  (void)context;
  return rec_region_alloc(bytes);
}

static void *allocate_array(void *context, size_t n, size_t bytes)
{
  if (bytes && n > SIZE_MAX / bytes) return NULL;
  return allocate(context, n * bytes);
}

static void release(void *context, void *p)
{
  (void)context;
  if (!p) return;
  struct rec_block *block = rec_block_at((uintptr_t)p);
  if (!block || !block->bytes || block->address != (uintptr_t)p)
    rec_give_up("the program frees %p, which was not allocated", p);
  if (block->object) rec_unmap(block->object);
  rec_disown(block);
  rec_region_free(block);
}

static void resize_in_place(struct rec_block *block, size_t bytes)
{
  struct rec_object *owner = &rec_objects[block->owner];
  if (bytes > block->bytes)
    rec_fill((char *)block->address + block->bytes, 0, bytes - block->bytes);
  if (block->owner) owner->buffers += bytes - block->bytes;
  block->bytes = bytes;
}

static void *reallocate(void *context, void *p, size_t bytes)
{
  if (!p) return allocate(context, bytes);
  if (bytes == 0) bytes = 1;
  struct rec_block *block = rec_block_at((uintptr_t)p);
  size_t room = rec_region_room(block);
  if (bytes <= room && (bytes >= room / 2 || room <= 64)) {
    resize_in_place(block, bytes);
    return p;
  }
  void *q = rec_region_alloc(bytes);
  if (!q) return NULL;
  struct rec_block *moved = rec_block_at((uintptr_t)q);
  uint32_t owner = block->owner;
  memcpy(q, p, bytes < block->bytes ? bytes : block->bytes);
  if (block->object) rec_move(block, moved);
  release(context, p);
  if (owner) rec_own(owner, (uintptr_t)q);
  return q;
}

void rec_memory_install(void)
{
  PyMemAllocatorEx allocator = {NULL, allocate, allocate_array, reallocate,
                                release};
  PyMem_SetAllocator(PYMEM_DOMAIN_OBJ, &allocator);
  PyMem_SetAllocator(PYMEM_DOMAIN_MEM, &allocator);
}
