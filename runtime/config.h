// config.h: the effective configuration of this run.
// SPDX-License-Identifier: MIT

#ifndef WANE__CONFIG_H
#define WANE__CONFIG_H

#include <wane/wane.h>

#include <pthread.h>

// Written by wane_start before any other thread exists, constant afterwards.
extern struct wane_config wane__config;

// Tells the person at the terminal (or config.report) one sentence.
void wane__report(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

// The world is broken: says where and why, how to replay, and aborts.
_Noreturn void wane__fatal(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// An assertion of the runtime. Compiled, but not evaluated, in release.
#if WANE_CHECKED
#define WANE_CHECK(condition, why)                                             \
  ((condition) ? (void)0 : wane__fatal(__FILE__, __LINE__, "%s", (why)))
#else
#define WANE_CHECK(condition, why) ((void)sizeof((condition) ? 1 : 0))
#endif

// Ends the process with "no memory for ..." where no answer can be given
// without it. The heap is whole; see "When memory runs out" in DESIGN.md.
_Noreturn void wane__no_memory(const char *file, int line, const char *format,
                               ...) __attribute__((format(printf, 3, 4)));

// malloc and realloc for the collector's own tables, or wane__no_memory.
#define wane__table_alloc(old, bytes)                                          \
  wane__table_alloc_at(__FILE__, __LINE__, (old), (bytes))
void *wane__table_alloc_at(const char *file, int line, void *old, size_t bytes);

uint64_t wane__now_ns(void);        // CLOCK_MONOTONIC
uint64_t wane__thread_cpu_ns(void);  // CPU time of the calling thread
uint64_t wane__process_cpu_ns(void); // of all threads
uint64_t wane__cpu_ns_of(pthread_t thread); // of one that was not joined yet

// For an event only: a bare build, which writes none, makes no system call.
static inline uint64_t wane__event_cpu_ns(void)
{
#if WANE_BARE
  return 0;
#else
  return wane__thread_cpu_ns();
#endif
}

#endif
