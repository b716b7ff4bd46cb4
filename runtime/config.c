// config.c: configuration, reports, clocks: what everything else stands on.
// SPDX-License-Identifier: MIT

#include "config.h"

#include "ring.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct wane_config wane__config;

static void report_sentence(const char *sentence)
{
  if (wane__config.report)
    wane__config.report(sentence, wane__config.report_context);
  else
    fprintf(stderr, "wane: %s\n", sentence);
}

void wane__report(const char *format, ...)
{
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  report_sentence(text);
}

#define LAST_EVENTS 8 // that a fatal sentence comes with

_Noreturn void wane__fatal(const char *file, int line, const char *format, ...)
{
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  wane__ring_tell_last(LAST_EVENTS);
  // The last line is what the harness shows.
  fprintf(stderr,
          "wane: %s:%d: %s (the heap cannot be trusted any more; run again "
          "with the same --seed to replay)\n",
          file, line, text);
  abort();
}

_Noreturn void wane__no_memory(const char *file, int line, const char *format,
                               ...)
{
  char text[256];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  fprintf(stderr, "wane: %s:%d: no memory for %s: nothing can go on\n", file,
          line, text);
  abort();
}

void *wane__table_alloc_at(const char *file, int line, void *old, size_t bytes)
{
  void *p = realloc(old, bytes);
  if (!p) wane__no_memory(file, line, "%zu bytes of a table", bytes);
  return p;
}

static uint64_t clock_ns(clockid_t clock)
{
  struct timespec t = {0};
  clock_gettime(clock, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint64_t wane__now_ns(void)
{
  return clock_ns(CLOCK_MONOTONIC);
}

uint64_t wane__thread_cpu_ns(void)
{
  return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

uint64_t wane__cpu_ns_of(pthread_t thread)
{
  clockid_t clock;
  return pthread_getcpuclockid(thread, &clock) ? 0 : clock_ns(clock);
}

uint64_t wane__process_cpu_ns(void)
{
  return clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

const char *wane_counting(void)
{
  return WANE_ATOMIC_COUNTS ? "atomic" : "biased";
}

const char *wane_variety(void)
{
  return WANE_VARIETY;
}
