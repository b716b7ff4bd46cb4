// clocks.c: the clocks and counters of the operating system.
// SPDX-License-Identifier: MIT
//
// Any thread. Nothing here runs within the timed region but the clocks.
#include "clocks.h"

#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static uint64_t read_clock(clockid_t clock)
{
  struct timespec t;
  clock_gettime(clock, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint64_t clocks_wall_ns(void)
{
  return read_clock(CLOCK_MONOTONIC);
}

uint64_t clocks_process_ns(void)
{
  return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

uint64_t clocks_thread_ns(void)
{
  return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

// proc(5): writing 5 to clear_refs sets VmHWM to the present size.
bool clocks_rss_reset(void)
{
  int fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  bool reset = write(fd, "5", 1) == 1;
  close(fd);
  return reset;
}

uint64_t clocks_rss_peak(void)
{
  FILE *in = fopen("/proc/self/status", "re");
  char line[256];
  unsigned long long kib = 0;
  if (!in) return 0;
  while (fgets(line, sizeof line, in) && sscanf(line, "VmHWM: %llu", &kib) != 1)
    ;
  fclose(in);
  return kib * 1024;
}
