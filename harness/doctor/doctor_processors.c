// doctor_processors.c: clock speeds, siblings, clocks, which ones we may use.
// SPDX-License-Identifier: MIT
#include "doctor_look.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CPUS "/sys/devices/system/cpu/"

unsigned doctor_cpus(const char *list)
{
  unsigned n = 0;
  for (;;) {
    char *end;
    unsigned long first = strtoul(list, &end, 10), last = first;
    if (end == list) return 0;
    if (*end == '-') {
      list = end + 1;
      last = strtoul(list, &end, 10);
      if (end == list) return 0;
    }
    if (last < first || last > 1u << 20) return 0;
    n += (unsigned)(last - first) + 1;
    if (!*end) return n;
    if (*end != ',') return 0;
    list = end + 1;
  }
}

bool doctor_has_cpu(const char *list, unsigned long cpu)
{
  for (;; list++) {
    char *end;
    unsigned long first = strtoul(list, &end, 10), last = first;
    if (end == list) return false;
    if (*end == '-') last = strtoul(end + 1, &end, 10);
    if (cpu >= first && cpu <= last) return true;
    if (*end != ',') return false;
    list = end;
  }
}

// The governors that occur, each once.
static enum doctor_severity governor(const struct doctor_look *look,
                                     char found[DOCTOR_FOUND])
{
  char line[64], path[96];
  bool fixed = true;
  found[0] = '\0';
  for (unsigned cpu = 0; cpu < 4096; cpu++) {
    snprintf(path, sizeof path, CPUS "cpu%u", cpu);
    if (!doctor_exists(look->place, path)) break;
    snprintf(path, sizeof path, CPUS "cpu%u/cpufreq/scaling_governor", cpu);
    if (!doctor_line(look->place, path, line, sizeof line)) continue;
    fixed = fixed && strcmp(line, "performance") == 0;
    size_t n = strlen(found);
    if (!strstr(found, line))
      snprintf(found + n, DOCTOR_FOUND - n, "%s%s", n ? ", " : "", line);
  }
  if (!*found) return DOCTOR_UNKNOWN;
  return fixed ? DOCTOR_OK : DOCTOR_WARNING;
}

static enum doctor_severity turbo(const struct doctor_look *look,
                                  char found[DOCTOR_FOUND])
{
  double off, on;
  if (doctor_number(look->place, CPUS "intel_pstate/no_turbo", &off))
    on = off == 0;
  else if (!doctor_number(look->place, CPUS "cpufreq/boost", &on))
    return DOCTOR_UNKNOWN;
  snprintf(found, DOCTOR_FOUND, "%s", on != 0 ? "on" : "off");
  return on != 0 ? DOCTOR_WARNING : DOCTOR_OK;
}

static enum doctor_severity smt(const struct doctor_look *look,
                                char found[DOCTOR_FOUND])
{
  double on;
  if (!doctor_number(look->place, CPUS "smt/active", &on))
    return DOCTOR_UNKNOWN;
  snprintf(found, DOCTOR_FOUND, "%s", on != 0 ? "on" : "off");
  return on != 0 ? DOCTOR_NOTE : DOCTOR_OK;
}

static enum doctor_severity isolated(const struct doctor_look *look,
                                     char found[DOCTOR_FOUND])
{
  if (!doctor_exists(look->place, CPUS "isolated")) return DOCTOR_UNKNOWN;
  char line[DOCTOR_FOUND] = "";
  doctor_line(look->place, CPUS "isolated", line, sizeof line);
  snprintf(found, DOCTOR_FOUND, "%s", *line ? line : "none");
  return *line ? DOCTOR_OK : DOCTOR_NOTE;
}

static enum doctor_severity affinity(const struct doctor_look *look,
                                     char found[DOCTOR_FOUND])
{
  char allowed[160], online[64];
  unsigned all = 0;
  if (!doctor_field(look->place, "/proc/self/status", "Cpus_allowed_list",
                    allowed, sizeof allowed) ||
      !look->cpus)
    return DOCTOR_UNKNOWN;
  if (doctor_line(look->place, CPUS "online", online, sizeof online))
    all = doctor_cpus(online);
  if (!all) return DOCTOR_UNKNOWN;
  snprintf(found, DOCTOR_FOUND, "%s: %u of %u", allowed, look->cpus, all);
  if (look->cpus == 1) return DOCTOR_WARNING;
  return look->cpus < all ? DOCTOR_NOTE : DOCTOR_OK;
}

static enum doctor_severity clocksource(const struct doctor_look *look,
                                        char found[DOCTOR_FOUND])
{
  static const char *const fast[] = {"tsc", "kvm-clock", "arch_sys_counter",
                                     "hyperv_clocksource_tsc_page"};
  if (!doctor_line(look->place,
                   "/sys/devices/system/clocksource/clocksource0/"
                   "current_clocksource",
                   found, DOCTOR_FOUND))
    return DOCTOR_UNKNOWN;
  for (size_t i = 0; i < sizeof fast / sizeof fast[0]; i++)
    if (strcmp(found, fast[i]) == 0) return DOCTOR_OK;
  return DOCTOR_WARNING;
}

const struct doctor_check doctor_processor_checks[] = {
    {"governor",
     "clock speed that follows the load makes a run's time depend on what ran "
     "before it",
     "cpupower frequency-set -g performance", governor},
    {"turbo",
     "clock speed that depends on heat and on how many cores are busy favours "
     "short runs and few threads",
     "echo 1 >" CPUS "intel_pstate/no_turbo, or echo 0 >" CPUS "cpufreq/boost",
     turbo},
    {"smt",
     "two threads on one core slow each other down, so speed-ups over threads "
     "depend on where they happen to be",
     "echo off >" CPUS "smt/control, or pin to one thread per core", smt},
    {"affinity",
     "with fewer processors than threads, collector and mutators take turns: "
     "on one, nothing is concurrent",
     "taskset, the cpuset of the container, or fewer threads", affinity},
    {"isolation",
     "on processors that are not isolated, the kernel and other processes "
     "interrupt runs now and then, which the tail of pauses and latencies "
     "shows",
     "isolcpus= and nohz_full= on the kernel's command line, then taskset",
     isolated},
    {"clocksource",
     "a slow clock takes a microsecond per reading, which short pauses and "
     "requests are measured with",
     "clocksource=tsc on the kernel's command line, if the machine's is "
     "stable",
     clocksource},
    {0},
};
