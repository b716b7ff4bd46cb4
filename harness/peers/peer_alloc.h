// peer_alloc.h: the allocator of one peer, behind three names.
// SPDX-License-Identifier: MIT
//
// A peer does the work of a workload in plain C. Which allocator serves it is
// fixed when it is compiled: PEER_MIMALLOC, PEER_GLIBC (explicit free) or
// PEER_BOEHM (Boehm's conservative collector, one marker; free is nothing).
// Included before <pthread.h>, because Boehm's header wraps pthread_create.

#ifndef PEER_ALLOC_H
#define PEER_ALLOC_H

#include <stddef.h>
#include <stdint.h>

#if defined(PEER_MIMALLOC)

#include <mimalloc.h>
#define PEER_FREES 1
static inline void peer_start(void) {}
// Uninitialised memory that may hold pointers; NULL: out of memory.
static inline void *peer_new(size_t bytes)
{
  return mi_malloc(bytes);
}
// The same for bytes without pointers.
static inline void *peer_new_plain(size_t bytes)
{
  return mi_malloc(bytes);
}
static inline void peer_free(void *p)
{
  mi_free(p);
}

#elif defined(PEER_GLIBC)

#include <stdlib.h>
#define PEER_FREES 1
static inline void peer_start(void) {}
static inline void *peer_new(size_t bytes)
{
  return malloc(bytes);
}
static inline void *peer_new_plain(size_t bytes)
{
  return malloc(bytes);
}
static inline void peer_free(void *p)
{
  free(p);
}

#elif defined(PEER_BOEHM)

#define GC_THREADS
#include <gc.h>
#define PEER_FREES 0
static inline void peer_start(void)
{
  GC_set_markers_count(1);
  GC_INIT();
  GC_allow_register_threads();
}
static inline void *peer_new(size_t bytes)
{
  return GC_MALLOC(bytes);
}
static inline void *peer_new_plain(size_t bytes)
{
  return GC_MALLOC_ATOMIC(bytes);
}
static inline void peer_free(void *p)
{
  (void)p;
}

#else
#error "define PEER_MIMALLOC, PEER_GLIBC or PEER_BOEHM"
#endif

#endif
