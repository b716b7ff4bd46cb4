// doctor_kernel.c: counters, addresses, and machines that are not real ones.
// SPDX-License-Identifier: MIT
#include "doctor_look.h"

#include <linux/perf_event.h>
#include <stdio.h>
#include <string.h>

static enum doctor_severity paranoid(const struct doctor_look *look,
                                     char found[DOCTOR_FOUND])
{
  double level;
  if (!doctor_number(look->place, "/proc/sys/kernel/perf_event_paranoid",
                     &level))
    return DOCTOR_UNKNOWN;
  snprintf(found, DOCTOR_FOUND, "%.0f", level);
  return level > 2 ? DOCTOR_WARNING : level > 1 ? DOCTOR_NOTE : DOCTOR_OK;
}

#define MISSES(cache)                                                          \
  (PERF_COUNT_HW_CACHE_##cache | PERF_COUNT_HW_CACHE_OP_READ << 8 |            \
   PERF_COUNT_HW_CACHE_RESULT_MISS << 16)

// Those that results have a metric for.
static enum doctor_severity counters(const struct doctor_look *look,
                                     char found[DOCTOR_FOUND])
{
  static const struct {
    const char *name;
    uint32_t type;
    uint64_t config;
  } all[] = {
      {"cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES},
      {"instructions", PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS},
      {"llc_miss", PERF_TYPE_HW_CACHE, MISSES(LL)},
      {"dtlb_miss", PERF_TYPE_HW_CACHE, MISSES(DTLB)},
  };
  enum { ALL = sizeof all / sizeof all[0] };
  size_t opened = 0, n = 0;
  if (!look->place->open_counter) return DOCTOR_UNKNOWN;
  for (size_t i = 0; i < ALL; i++) {
    if (look->place->open_counter(all[i].type, all[i].config)) continue;
    n += (size_t)snprintf(found + n, DOCTOR_FOUND - n, "%s%s",
                          opened++ ? ", " : "", all[i].name);
  }
  if (!opened) snprintf(found, DOCTOR_FOUND, "none open");
  return opened == ALL ? DOCTOR_OK : DOCTOR_NOTE;
}

static enum doctor_severity aslr(const struct doctor_look *look,
                                 char found[DOCTOR_FOUND])
{
  static const char *const modes[] = {"off", "without the heap", "on"};
  double mode;
  if (!doctor_number(look->place, "/proc/sys/kernel/randomize_va_space",
                     &mode) ||
      !(mode >= 0 && mode <= 2))
    return DOCTOR_UNKNOWN;
  snprintf(found, DOCTOR_FOUND, "%s", modes[(int)mode]);
  return mode == 2 ? DOCTOR_OK : DOCTOR_NOTE;
}

// x86 says so among the processor's flags.
static enum doctor_severity machine(const struct doctor_look *look,
                                    char found[DOCTOR_FOUND])
{
  char flags[4096], type[64];
  bool virtual = doctor_line(look->place, "/sys/hypervisor/type", type,
                             sizeof type) &&
                 *type;
  if (!virtual &&
      !doctor_field(look->place, "/proc/cpuinfo", "flags", flags, sizeof flags))
    return DOCTOR_UNKNOWN;
  if (!virtual) {
    virtual = strstr(flags, " hypervisor") != NULL;
    snprintf(type, sizeof type, "unknown host");
  }
  snprintf(found, DOCTOR_FOUND, "%s", "real");
  if (virtual) snprintf(found, DOCTOR_FOUND, "virtual (%s)", type);
  return virtual ? DOCTOR_WARNING : DOCTOR_OK;
}

// Without any of these files it may still be one, of a kind not known here.
static enum doctor_severity container(const struct doctor_look *look,
                                      char found[DOCTOR_FOUND])
{
  static const char *const files[] = {"/.dockerenv", "/run/.containerenv",
                                      "/run/systemd/container"};
  static const char *const names[] = {"docker", "podman", "systemd"};
  if (!doctor_exists(look->place, "/proc/self")) return DOCTOR_UNKNOWN;
  for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
    if (doctor_exists(look->place, files[i])) {
      snprintf(found, DOCTOR_FOUND, "%s", names[i]);
      return DOCTOR_NOTE;
    }
  snprintf(found, DOCTOR_FOUND, "none found");
  return DOCTOR_OK;
}

const struct doctor_check doctor_kernel_checks[] = {
    {"perf_event_paranoid",
     "above 2 there are no hardware counters, above 1 none of what the kernel "
     "does for the runs",
     "echo 1 >/proc/sys/kernel/perf_event_paranoid", paranoid},
    {"counters",
     "metrics perf.* of counters that do not open are NA: costs are times "
     "alone",
     "perf_event_paranoid; a virtual machine needs its host's leave", counters},
    {"aslr",
     "with fixed addresses every invocation has the same layout, whose luck "
     "looks like a result",
     "echo 2 >/proc/sys/kernel/randomize_va_space", aslr},
    {"machine",
     "a virtual machine's processors and memory are the host's to give: time "
     "is taken away unseen, and nodes may be made up",
     "a real machine, or say so", machine},
    {"container",
     "a container's limits, file systems and system-call filters are part of "
     "what is measured",
     "run outside, or say so", container},
    {0},
};
