// interpose.c: makes the n-th allocation of this process fail.
// SPDX-License-Identifier: MIT
//
// The program's own definitions come before those of libc, and of a
// sanitizer's library, for it and for every plugin it loads. They call what
// they stand before. Built without the sanitizers' checks: it runs before they
// are ready. Any thread.

#include "interpose.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#if FAULT_SANITIZED
#define REAL(name) __interceptor_##name
#define REAL_ALIGNED REAL(aligned_alloc)
#else
#define REAL(name) __libc_##name
#define REAL_ALIGNED __libc_memalign
#endif

extern void *REAL(malloc)(size_t bytes);
extern void *REAL(calloc)(size_t n, size_t bytes);
extern void *REAL(realloc)(void *old, size_t bytes);
extern void *REAL_ALIGNED(size_t alignment, size_t bytes);

static _Atomic bool armed, for_good;
static _Atomic uint64_t calls, at;
static _Atomic int64_t mapped;

void interpose_arm(uint64_t n, bool on)
{
  calls = 0;
  at = n;
  for_good = on;
  armed = true;
}

uint64_t interpose_disarm(void)
{
  armed = false;
  return calls;
}

int64_t interpose_mapped(void)
{
  return mapped;
}

static bool fails(void)
{
  if (!armed) return false;
  uint64_t n = atomic_fetch_add(&calls, 1) + 1;
  if (n != at && !(for_good && n > at)) return false;
  errno = ENOMEM;
  return true;
}

#define DOOR __attribute__((visibility("default")))

DOOR void *malloc(size_t bytes)
{
  return fails() ? NULL : REAL(malloc)(bytes);
}

DOOR void *calloc(size_t n, size_t bytes)
{
  return fails() ? NULL : REAL(calloc)(n, bytes);
}

DOOR void *realloc(void *old, size_t bytes)
{
  return fails() ? NULL : REAL(realloc)(old, bytes);
}

DOOR void *aligned_alloc(size_t alignment, size_t bytes)
{
  return fails() ? NULL : REAL_ALIGNED(alignment, bytes);
}

// A sanitizer's own does not come by malloc.
DOOR char *strdup(const char *text)
{
  size_t bytes = strlen(text) + 1;
  char *copy = malloc(bytes);
  return copy ? memcpy(copy, text, bytes) : NULL;
}

// --- what is found by name ---------------------------------------------------

static void *next(const char *name)
{
  void *found = dlsym(RTLD_NEXT, name);
  if (!found) abort();
  return found;
}

DOOR void *mmap(void *where, size_t bytes, int protection, int flags, int fd,
                off_t offset)
{
  static void *(*_Atomic real)(void *, size_t, int, int, int, off_t);
  if (!real)
    real = (void *(*)(void *, size_t, int, int, int, off_t))(uintptr_t)next(
        "mmap");
  if (fails()) return MAP_FAILED;
  void *p = real(where, bytes, protection, flags, fd, offset);
  if (p != MAP_FAILED) mapped += (int64_t)bytes;
  return p;
}

DOOR int munmap(void *p, size_t bytes)
{
  static int (*_Atomic real)(void *, size_t);
  if (!real) real = (int (*)(void *, size_t))(uintptr_t)next("munmap");
  int result = real(p, bytes);
  if (!result) mapped -= (int64_t)bytes;
  return result;
}

DOOR int pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                        void *(*run)(void *), void *argument)
{
  typedef int create(pthread_t *, const pthread_attr_t *, void *(*)(void *),
                     void *);
  static create *_Atomic real;
  if (!real) real = (create *)(uintptr_t)next("pthread_create");
  return fails() ? EAGAIN : real(thread, attributes, run, argument);
}
