// space.c: reserves the heap; which block is whose node's.
// SPDX-License-Identifier: MIT

#include "space.h"

#include "heap.h"
#include "policy.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define RESERVATION_LEAST ((uint64_t)1 << 30)
#define HUGE_PAGE ((uint64_t)2 << 20)
#define SCRATCH_SHIFT 14 // 4096 cells of 4 bytes a block

// Chunks are an eight-thousandth of the reservation, 8 MiB of 64 GiB: what lies
// idle in them is little, a sweep meets several nodes' in each of its slices,
// and they are few. The kernel keeps a list of areas for each process, by
// default 65530, of which a chunk may need five.
#define CHUNK_SHIFT 13

struct wane_gc_heap wane_gc_heap;
struct wane__block *wane__blocks;

static struct {
  void *reservation;
  size_t reserved, meta_bytes, gc_bytes, scratch_bytes, mark_bytes;
  char *scratch;
  uint32_t n_blocks; // blocks that fit the reservation
  uint32_t fresh;    // first block that was never used
  uint32_t chunk, pools;
  uint8_t target[WANE_NODES_MAX + 1]; // pool of a thread, by its node's row
} space;

static void *reserve(size_t bytes)
{
  void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return p == MAP_FAILED ? NULL : p;
}

static void unreserve(void *p, size_t bytes)
{
  if (p) munmap(p, bytes);
}

static bool reserve_all(uint64_t bytes)
{
  space.n_blocks = (uint32_t)(bytes >> WANE_BLOCK_SHIFT);
  space.reserved = bytes + HUGE_PAGE;
  space.meta_bytes = space.n_blocks * sizeof(struct wane__block);
  space.gc_bytes = space.n_blocks * sizeof(struct wane_gc_block);
  space.scratch_bytes = (size_t)space.n_blocks << SCRATCH_SHIFT;
  space.reservation = reserve(space.reserved);
  wane__blocks = reserve(space.meta_bytes);
  wane_gc_heap.blocks = reserve(space.gc_bytes);
  space.scratch = reserve(space.scratch_bytes);
  space.mark_bytes = (size_t)space.n_blocks * WANE__MARK_BYTES;
  wane_gc_heap.marks = reserve(space.mark_bytes);
  if (wane__numa.topology) wane__numa.homes = reserve(space.n_blocks);
  if (space.reservation && wane__blocks && wane_gc_heap.blocks &&
      space.scratch && wane_gc_heap.marks &&
      (wane__numa.homes || !wane__numa.topology))
    return true;
  wane__space_stop();
  return false;
}

// --- homes -------------------------------------------------------------------

// Note [homes]
static void set_homes(uint32_t index, uint32_t n, uint8_t home)
{
  for (uint32_t i = index; i < index + n; i++)
    atomic_store_explicit(&wane__numa.homes[i], home, memory_order_relaxed);
}

static uint8_t home_of_node(uint32_t node)
{
  return node < wane__numa.nodes ? (uint8_t)node : WANE__HOME_NONE;
}

// What stands beside blocks [begin, end).
static int bind_metadata(uint32_t begin, uint32_t end, uint32_t node)
{
  uint32_t target = wane__policy_target(WANE__METADATA, node);
  const struct {
    void *base;
    size_t each; // bytes for a block
  } arrays[] = {
      {wane__blocks, sizeof(struct wane__block)},
      {wane_gc_heap.blocks, sizeof(struct wane_gc_block)},
      {space.scratch, (size_t)1 << SCRATCH_SHIFT},
      {wane_gc_heap.marks, WANE__MARK_BYTES},
  };
  int status = 0;
  for (size_t i = 0; !status && i < sizeof arrays / sizeof arrays[0]; i++)
    status = wane__policy_bind(WANE__METADATA, target,
                               (char *)arrays[i].base + begin * arrays[i].each,
                               (char *)arrays[i].base + end * arrays[i].each);
  return status;
}

static int bind_objects(uint32_t begin, uint32_t end, uint32_t node)
{
  return wane__policy_bind(WANE__OBJECTS,
                           wane__policy_target(WANE__OBJECTS, node),
                           wane__block_base(begin), wane__block_base(end));
}

uint32_t wane__space_pool_of(uint32_t index)
{
  if (space.pools == 1) return 0;
  // Note [homes]
  return wane__numa_row(atomic_load_explicit(&wane__numa.homes[index],
                                             memory_order_relaxed));
}

uint32_t wane__space_target(uint32_t node)
{
  return space.target[wane__numa_row(node)];
}

uint32_t wane__space_take_fresh(uint32_t n, uint32_t node)
{
  if (n > space.n_blocks - space.fresh) return WANE__NO_BLOCK;
  uint32_t index = space.fresh;
  space.fresh += n;
  if (!space.chunk) return index;
  // What is refused was reported, and is where the kernel puts it.
  if (wane__policy_per_node(WANE__OBJECTS)) wane__space_move(index, n, node);
  if (wane__policy_per_node(WANE__METADATA))
    (void)bind_metadata(index, index + n, node);
  return index;
}

void wane__space_move(uint32_t index, uint32_t n, uint32_t node)
{
  set_homes(index, n, home_of_node(wane__policy_target(WANE__OBJECTS, node)));
  (void)bind_objects(index, index + n, node);
}

void wane__space_touch(uint32_t index, uint32_t n, uint32_t node)
{
  if (!wane__numa.homes || wane__policy_per_node(WANE__OBJECTS)) return;
#if WANE_MUTANT == 61 // what went back keeps its home
  if (wane__numa.homes[index] != WANE__HOME_NONE) return;
#endif
  set_homes(index, n,
            wane__policy_pages(WANE__OBJECTS)
                ? WANE__HOME_PAGES
                : home_of_node(wane__policy_touched(WANE__OBJECTS, node)));
}

void wane__space_return(uint32_t index, uint32_t n)
{
  size_t bytes = (size_t)n << WANE_BLOCK_SHIFT;
  WANE__UNPOISON(wane__block_base(index), bytes);
  madvise(wane__block_base(index), bytes, MADV_DONTNEED);
}

void wane__space_forget(uint32_t index, uint32_t n)
{
  if (!wane__numa.homes || wane__policy_per_node(WANE__OBJECTS)) return;
#if WANE_MUTANT == 61
  n = 0;
#endif
  set_homes(index, n, WANE__HOME_NONE);
}

// --- life --------------------------------------------------------------------

static void start_pools(void)
{
  bool per_node = wane__policy_per_node(WANE__OBJECTS);
  space.pools = 1;
  space.chunk = 0;
  memset(space.target, 0, sizeof space.target);
  if (per_node || wane__policy_per_node(WANE__METADATA)) {
    space.chunk = 1;
    while (space.chunk << (CHUNK_SHIFT + 1) <= space.n_blocks)
      space.chunk *= 2;
  }
  if (!per_node) return;
  space.pools = wane__numa.nodes + 1;
  for (uint32_t i = 0; i < space.pools; i++) {
    uint32_t node = i < wane__numa.nodes ? i : WANE_NODE_ANY;
    space.target[i] = (uint8_t)wane__numa_row(
        wane__policy_target(WANE__OBJECTS, node));
  }
}

// Where pieces are bound as they are needed, a huge page over the border of one
// would take the next one along to its node. EINVAL: there are no huge pages.
static void keep_pages_small(void)
{
  if (!wane__policy_per_node(WANE__METADATA) || wane__numa.model) return;
  (void)madvise(wane__blocks, space.meta_bytes, MADV_NOHUGEPAGE);
  (void)madvise(wane_gc_heap.blocks, space.gc_bytes, MADV_NOHUGEPAGE);
  (void)madvise(space.scratch, space.scratch_bytes, MADV_NOHUGEPAGE);
  (void)madvise(wane_gc_heap.marks, space.mark_bytes, MADV_NOHUGEPAGE);
}

// Policies that do not depend on who asks hold for all of the heap.
static int bind_all(void)
{
  int status = 0;
  if (!wane__policy_per_node(WANE__OBJECTS))
    status = bind_objects(0, space.n_blocks, WANE_NODE_ANY);
  if (!status && !wane__policy_per_node(WANE__METADATA))
    status = bind_metadata(0, space.n_blocks, WANE_NODE_ANY);
  return wane__config.numa->strict && status != -ENOTSUP ? status : 0;
}

int wane__space_start(uint64_t bytes, bool limited, char *error,
                      size_t error_size)
{
  // Without a limit less will do where address space is short.
  while (!reserve_all(bytes)) {
    if (!limited && bytes > RESERVATION_LEAST) {
      bytes /= 2;
      continue;
    }
    snprintf(error, error_size,
             "cannot reserve %llu MiB of address space for the heap: %s",
             (unsigned long long)(bytes >> 20), strerror(errno));
    return -ENOMEM;
  }
  uint64_t base = (uint64_t)(uintptr_t)space.reservation;
  wane_gc_heap.base =
      (char *)(uintptr_t)((base + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1));
  space.fresh = 0;
  wane__policy_start();
  start_pools();
  if (!wane__numa.homes) return 0;
  set_homes(0, space.n_blocks, WANE__HOME_NONE);
  keep_pages_small();
  int status = bind_all();
  if (!status) {
    wane__policy_start_spread(wane_gc_heap.base);
    return 0;
  }
  snprintf(error, error_size,
           "the system does not place the heap's memory as it was asked to: %s",
           strerror(-status));
  wane__space_stop();
  return status;
}

void wane__space_stop(void)
{
  if (space.reservation && wane__blocks) // only what was ever used
    WANE__UNPOISON(wane_gc_heap.base, (size_t)space.fresh << WANE_BLOCK_SHIFT);
  unreserve(space.reservation, space.reserved);
  unreserve(wane__blocks, space.meta_bytes);
  unreserve(wane_gc_heap.blocks, space.gc_bytes);
  unreserve(space.scratch, space.scratch_bytes);
  unreserve(wane_gc_heap.marks, space.mark_bytes);
  unreserve(wane__numa.homes, space.n_blocks);
  space.reservation = NULL;
  space.scratch = NULL;
  wane__blocks = NULL;
  wane_gc_heap.blocks = NULL;
  wane_gc_heap.marks = NULL;
  wane__numa.homes = NULL;
  space.fresh = 0;
}

uint32_t wane__space_blocks(void)
{
  return space.n_blocks;
}

uint32_t wane__space_fresh(void)
{
  return space.fresh;
}

uint32_t wane__space_chunk(void)
{
  return space.chunk;
}

uint32_t wane__space_pools(void)
{
  return space.pools;
}

char *wane__space_scratch(uint32_t index)
{
  return space.scratch + ((size_t)index << SCRATCH_SHIFT);
}
