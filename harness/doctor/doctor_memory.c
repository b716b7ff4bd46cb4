// doctor_memory.c: pages, swap, free memory.
// SPDX-License-Identifier: MIT
#include "doctor_look.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool meminfo(const struct doctor_look *look, const char *key,
                    double *bytes)
{
  char value[64], *end;
  if (!doctor_field(look->place, "/proc/meminfo", key, value, sizeof value))
    return false;
  *bytes = strtod(value, &end) * 1024;
  return end != value;
}

// "always [madvise] never" gives "madvise".
static enum doctor_severity huge_pages(const struct doctor_look *look,
                                       char found[DOCTOR_FOUND])
{
  char line[96];
  if (!doctor_line(look->place, "/sys/kernel/mm/transparent_hugepage/enabled",
                   line, sizeof line))
    return DOCTOR_UNKNOWN;
  char *open = strchr(line, '['), *close = open ? strchr(open, ']') : NULL;
  if (!close) return DOCTOR_UNKNOWN;
  *close = '\0';
  snprintf(found, DOCTOR_FOUND, "%s", open + 1);
  return strcmp(found, "always") == 0 ? DOCTOR_WARNING : DOCTOR_OK;
}

static enum doctor_severity balancing(const struct doctor_look *look,
                                      char found[DOCTOR_FOUND])
{
  double on;
  char nodes[64];
  if (!doctor_number(look->place, "/proc/sys/kernel/numa_balancing", &on))
    return DOCTOR_UNKNOWN;
  bool one = doctor_line(look->place, "/sys/devices/system/node/online", nodes,
                         sizeof nodes) &&
             doctor_cpus(nodes) == 1;
  snprintf(found, DOCTOR_FOUND, "%s%s", on != 0 ? "on" : "off",
           on != 0 && one ? ", of one node" : "");
  return on == 0 || one ? DOCTOR_OK : DOCTOR_WARNING;
}

static enum doctor_severity swap(const struct doctor_look *look,
                                 char found[DOCTOR_FOUND])
{
  double total, free, memory;
  if (!meminfo(look, "SwapTotal", &total) ||
      !meminfo(look, "SwapFree", &free) || !meminfo(look, "MemTotal", &memory))
    return DOCTOR_UNKNOWN;
  snprintf(found, DOCTOR_FOUND, "%.0f MiB, %.0f of it used", total / 0x1p20,
           (total - free) / 0x1p20);
  if (total == 0) snprintf(found, DOCTOR_FOUND, "none");
  if (total - free > memory / 10) return DOCTOR_REFUSE;
  if (total > free) return DOCTOR_WARNING;
  return total > 0 ? DOCTOR_NOTE : DOCTOR_OK;
}

static enum doctor_severity memory(const struct doctor_look *look,
                                   char found[DOCTOR_FOUND])
{
  double total, available;
  if (!meminfo(look, "MemTotal", &total) || total <= 0 ||
      !meminfo(look, "MemAvailable", &available))
    return DOCTOR_UNKNOWN;
  snprintf(found, DOCTOR_FOUND, "%.0f of %.0f MiB available",
           available / 0x1p20, total / 0x1p20);
  if (available < total / 10) return DOCTOR_REFUSE;
  return available < total / 4 ? DOCTOR_WARNING : DOCTOR_OK;
}

static enum doctor_severity overcommit(const struct doctor_look *look,
                                       char found[DOCTOR_FOUND])
{
  static const char *const modes[] = {"heuristic", "always", "never"};
  double mode;
  if (!doctor_number(look->place, "/proc/sys/vm/overcommit_memory", &mode) ||
      !(mode >= 0 && mode <= 2))
    return DOCTOR_UNKNOWN;
  snprintf(found, DOCTOR_FOUND, "%s", modes[(int)mode]);
  return mode == 2 ? DOCTOR_WARNING : DOCTOR_OK;
}

const struct doctor_check doctor_memory_checks[] = {
    {"thp",
     "huge pages that come unasked make memory, page faults and TLB misses "
     "depend on how fragmented the machine is",
     "echo madvise >/sys/kernel/mm/transparent_hugepage/enabled", huge_pages},
    {"numa_balancing",
     "the kernel takes pages away to see who uses them, and moves them: more "
     "faults, and placements that were not asked for",
     "echo 0 >/proc/sys/kernel/numa_balancing", balancing},
    {"swap", "a heap that is swapped out turns its collector into a disk test",
     "swapoff -a", swap},
    {"free_memory",
     "where memory is short, the kernel takes it back during runs, or ends "
     "them",
     "end what uses it, or take smaller heaps", memory},
    {"overcommit",
     "address space that must be paid for when it is reserved makes large "
     "heaps fail that would never be filled",
     "echo 0 >/proc/sys/vm/overcommit_memory", overcommit},
    {0},
};
