// preload.c: a disk that fills up, a kill in the middle, clocks, bindings.
// SPDX-License-Identifier: MIT
//
// LD_PRELOAD for a program whose output is watched; what it starts runs
// without. FAULT_KILL=n: SIGKILL at the n-th write, sync, cut or rename of a
// file; a write does half of its work before. FAULT_FULL=n: n bytes fit onto
// the disk. FAULT_CLOCK=n: clocks jump at every n-th look at them: the time of
// day forth and back by a day, the monotonic one forth by a millisecond, up to
// half a second. FAULT_AFFINITY=1: threads may not be bound; 2: it is said that
// they are, and they are not. These two stay in what is started. Any thread.

#include <dlfcn.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int64_t kill_at, room = -1, jump_every, affinity;
static _Atomic int64_t steps, looks;

static int64_t number(const char *name)
{
  const char *text = getenv(name);
  return text ? strtoll(text, NULL, 10) : -1;
}

__attribute__((constructor)) static void begin(void)
{
  kill_at = number("FAULT_KILL");
  room = number("FAULT_FULL");
  jump_every = number("FAULT_CLOCK");
  affinity = number("FAULT_AFFINITY");
  if (jump_every <= 0 && affinity <= 0) unsetenv("LD_PRELOAD");
}

static bool is_file(int fd)
{
  struct stat s;
  return fstat(fd, &s) == 0 && S_ISREG(s.st_mode);
}

static bool dies_here(void)
{
  return kill_at > 0 && ++steps == kill_at;
}

#define DOOR __attribute__((visibility("default")))

DOOR ssize_t write(int fd, const void *bytes, size_t n)
{
  if (is_file(fd)) {
    if (dies_here()) {
      (void)syscall(SYS_write, fd, bytes, n / 2);
      raise(SIGKILL);
    }
    if (room == 0 && n) {
      errno = ENOSPC;
      return -1;
    }
    if (room >= 0) {
      if ((int64_t)n > room) n = (size_t)room;
      room -= (int64_t)n;
    }
  }
  return syscall(SYS_write, fd, bytes, n);
}

DOOR int fdatasync(int fd)
{
  if (dies_here()) raise(SIGKILL);
  return (int)syscall(SYS_fdatasync, fd);
}

DOOR int ftruncate(int fd, off_t length)
{
  if (is_file(fd) && dies_here()) raise(SIGKILL);
  return (int)syscall(SYS_ftruncate, fd, length);
}

DOOR int rename(const char *from, const char *to)
{
  if (dies_here()) raise(SIGKILL);
  return (int)syscall(SYS_rename, from, to);
}

DOOR int clock_gettime(clockid_t clock, struct timespec *t)
{
  int result = (int)syscall(SYS_clock_gettime, clock, t);
  bool cpu = clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC;
  if (jump_every <= 0 || result || cpu) return result;
  int64_t jumps = (++looks + jump_every - 1) / jump_every;
  if (clock == CLOCK_REALTIME) {
    t->tv_sec += jumps % 2 ? 86400 : -86400;
  } else { // the kernel's own, by which it wakes who waits, does not jump
    t->tv_nsec += (jumps < 500 ? jumps : 500) * 1000000;
    t->tv_sec += t->tv_nsec / 1000000000;
    t->tv_nsec %= 1000000000;
  }
  return result;
}

DOOR int sched_setaffinity(pid_t thread, size_t bytes, const cpu_set_t *set)
{
  if (affinity == 2) return 0;
  if (affinity != 1)
    return (int)syscall(SYS_sched_setaffinity, thread, bytes, set);
  errno = EPERM;
  return -1;
}
