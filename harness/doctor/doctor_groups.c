// doctor_groups.c: limits of control groups, of both versions.
// SPDX-License-Identifier: MIT
//
// The limit that counts is the least of the group's own and those of the groups
// around it. A container may see its group's files at the root, whatever
// /proc/self/cgroup calls it.
#include "doctor_look.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GROUPS "/sys/fs/cgroup"

// One limit, as both versions have it.
struct limit {
  const char *controller; // version 1: "cpu" in "2:cpu,cpuacct:/a"
  // The limit and what is used of it in a folder; INFINITY: none. false: there
  // is no such file.
  bool (*read)(const struct doctor_place *place, const char *folder, bool first,
               double *limit, double *used);
};

static bool number_in(const struct doctor_place *place, const char *folder,
                      const char *name, double *number)
{
  char path[2048];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return doctor_number(place, path, number);
}

// "max 100000" or "50000 100000".
static bool cpu_max(const struct doctor_place *place, const char *folder,
                    double *limit)
{
  char path[2048], line[64], *end;
  snprintf(path, sizeof path, "%s/cpu.max", folder);
  if (!doctor_line(place, path, line, sizeof line)) return false;
  *limit = INFINITY;
  if (strncmp(line, "max", 3) == 0) return true;
  double quota = strtod(line, &end), period = strtod(end, NULL);
  *limit = quota / period;
  return period > 0;
}

static bool read_cpu(const struct doctor_place *place, const char *folder,
                     bool first, double *limit, double *used)
{
  double quota, period;
  *used = 0;
  if (!first) return cpu_max(place, folder, limit);
  if (!number_in(place, folder, "cpu.cfs_quota_us", &quota) ||
      !number_in(place, folder, "cpu.cfs_period_us", &period) || period <= 0)
    return false;
  *limit = quota < 0 ? INFINITY : quota / period;
  return true;
}

// Files that were read and can be dropped at once are no use of memory.
static double droppable(const struct doctor_place *place, const char *folder,
                        bool first)
{
  char path[2048], line[64];
  snprintf(path, sizeof path, "%s/memory.stat", folder);
  return doctor_word(place, path,
                     first ? "total_inactive_file" : "inactive_file", line,
                     sizeof line)
             ? strtod(line, NULL)
             : 0;
}

// Version 1 says "none" by a number that no machine has.
static bool read_memory(const struct doctor_place *place, const char *folder,
                        bool first, double *limit, double *used)
{
  char path[2048], line[64];
  const char *name = first ? "memory.limit_in_bytes" : "memory.max";
  *used = 0;
  snprintf(path, sizeof path, "%s/%s", folder, name);
  if (!doctor_line(place, path, line, sizeof line)) return false;
  *limit = strcmp(line, "max") == 0 ? INFINITY : strtod(line, NULL);
  if (*limit >= 0x1p60) *limit = INFINITY;
  number_in(place, folder, first ? "memory.usage_in_bytes" : "memory.current",
            used);
  *used = fmax(0, *used - droppable(place, folder, first));
  return *limit > 0;
}

// Is `one` among "cpu,cpuacct"?
static bool is_among(const char *list, const char *one)
{
  size_t n = strlen(one);
  for (const char *at = list;; at++) {
    size_t length = strcspn(at, ",");
    if (length == n && strncmp(at, one, n) == 0) return true;
    at += length;
    if (!*at) return false;
  }
}

// The group that has the controller, e.g. "/user.slice"; version 2's has none
// of its own. doctor_field reads "KEY: VALUE"; here keys are hierarchies.
static bool group_of(const struct doctor_place *place, const char *controller,
                     char *group, size_t size)
{
  char key[16], line[1024];
  for (int id = 0; id < 64; id++) {
    snprintf(key, sizeof key, "%d", id);
    if (!doctor_field(place, "/proc/self/cgroup", key, line, sizeof line))
      continue;
    char *colon = strchr(line, ':');
    if (!colon) continue;
    *colon = '\0';
    if (!is_among(line, controller)) continue;
    snprintf(group, size, "%s", colon + 1);
    return true;
  }
  return false;
}

// From the group up to the root. `room`: least that is left below a limit, as
// a part of it. false: there was nothing to read.
static bool least_limit(const struct doctor_place *place,
                        const struct limit *what, const char *base, char *group,
                        bool first, double *least, double *room)
{
  char folder[1536];
  bool known = false;
  *least = INFINITY;
  *room = 1;
  for (;;) {
    double limit, used;
    snprintf(folder, sizeof folder, "%s%s", base,
             strcmp(group, "/") ? group : "");
    if (what->read(place, folder, first, &limit, &used)) {
      known = true;
      *least = fmin(*least, limit);
      if (isfinite(limit)) *room = fmin(*room, 1 - used / limit);
    }
    char *slash = strrchr(group, '/');
    if (!slash) return known;
    *slash = '\0';
  }
}

static bool find_limit(const struct doctor_place *place,
                       const struct limit *what, double *least, double *room)
{
  char group[1024], base[64];
  if (group_of(place, what->controller, group, sizeof group)) {
    snprintf(base, sizeof base, GROUPS "/%s", what->controller);
    return least_limit(place, what, base, group, true, least, room);
  }
  if (!group_of(place, "", group, sizeof group) ||
      !doctor_exists(place, GROUPS "/cgroup.controllers"))
    return false;
  // The root has no such files: nothing there is no limit, not a riddle.
  least_limit(place, what, GROUPS, group, false, least, room);
  return true;
}

static enum doctor_severity cpu_limit(const struct doctor_look *look,
                                      char found[DOCTOR_FOUND])
{
  static const struct limit what = {"cpu", read_cpu};
  double least, room;
  if (!find_limit(look->place, &what, &least, &room) || !look->cpus)
    return DOCTOR_UNKNOWN;
  snprintf(found, DOCTOR_FOUND, "none");
  if (!isfinite(least)) return DOCTOR_OK;
  snprintf(found, DOCTOR_FOUND, "%.2f processors, of %u", least, look->cpus);
  return least < look->cpus ? DOCTOR_REFUSE : DOCTOR_OK;
}

static enum doctor_severity memory_limit(const struct doctor_look *look,
                                         char found[DOCTOR_FOUND])
{
  static const struct limit what = {"memory", read_memory};
  double least, room;
  if (!find_limit(look->place, &what, &least, &room)) return DOCTOR_UNKNOWN;
  snprintf(found, DOCTOR_FOUND, "none");
  if (!isfinite(least)) return DOCTOR_OK;
  snprintf(found, DOCTOR_FOUND, "%.0f MiB, %.0f%% of it free", least / 0x1p20,
           100 * fmax(room, 0));
  return room < 0.1 ? DOCTOR_REFUSE : DOCTOR_NOTE;
}

const struct doctor_check doctor_group_checks[] = {
    {"cpu_limit",
     "when the group has used up its time, the kernel stops all its threads "
     "for the rest of a period: pauses that no collector made",
     "cpu.max of the control group (docker --cpus, a scheduler's request)",
     cpu_limit},
    {"memory_limit",
     "a heap that meets the group's limit is swapped out, or its process is "
     "killed",
     "memory.max of the control group (docker --memory, a scheduler's request)",
     memory_limit},
    {0},
};
