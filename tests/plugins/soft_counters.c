// soft_counters.c: hardware counters for machines that have none.
// SPDX-License-Identifier: MIT
//
// Loaded before the program: whatever counter it opens, it gets the kernel's
// own count of CPU time. So what is read can be compared with the clocks.
#include <dlfcn.h>
#include <linux/perf_event.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <unistd.h>

__attribute__((visibility("default"))) long syscall(long number, ...)
{
  static long (*next)(long, ...);
  long arg[6];
  va_list list;
  va_start(list, number);
  for (int i = 0; i < 6; i++) arg[i] = va_arg(list, long);
  va_end(list);
  if (!next) *(void **)&next = dlsym(RTLD_NEXT, "syscall");
  if (number == SYS_perf_event_open) {
    struct perf_event_attr *attr = (void *)arg[0];
    attr->type = PERF_TYPE_SOFTWARE;
    attr->config = PERF_COUNT_SW_TASK_CLOCK;
  }
  return next(number, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
}
