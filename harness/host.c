// host.c: what is known of the machine, for run.json.
// SPDX-License-Identifier: MIT
//
// Small files of /proc and /sys, read once before and after the experiment,
// never within the timed region. Main thread of the parent.
#include "host.h"

#include <ctype.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

extern char **environ;

// --- small files -----------------------------------------------------------

static void trim(char *text)
{
  size_t n = strlen(text);
  while (n && isspace((unsigned char)text[n - 1])) text[--n] = '\0';
}

// The first line of a file, or null.
static json_t *first_line(const char *path)
{
  char line[512];
  FILE *in = fopen(path, "re");
  if (!in) return json_null();
  bool got = fgets(line, sizeof line, in) != NULL;
  fclose(in);
  if (!got) return json_null();
  trim(line);
  json_t *text = json_string(line);
  return text ? text : json_null();
}

// What follows `key` and `separator` in a file of "key: value" lines, without
// quotes; null when it is not there.
static json_t *field_of(const char *path, const char *key, char separator)
{
  char line[1024];
  json_t *found = NULL;
  FILE *in = fopen(path, "re");
  if (!in) return json_null();
  while (!found && fgets(line, sizeof line, in)) {
    char *at = strchr(line, separator);
    if (!at) continue;
    *at++ = '\0';
    trim(line);
    if (strcmp(line, key) != 0) continue;
    trim(at);
    at += strspn(at, " \t\"");
    size_t n = strlen(at);
    if (n && at[n - 1] == '"') at[n - 1] = '\0';
    found = json_string(at);
  }
  fclose(in);
  return found ? found : json_null();
}

// --- facts -----------------------------------------------------------------

static void put(json_t *object, const char *key, json_t *value)
{
  json_object_set_new(object, key, value);
}

static void put_kernel(json_t *facts)
{
  struct utsname name;
  if (uname(&name)) return;
  put(facts, "host", json_string(name.nodename));
  put(facts, "kernel", json_string(name.release));
  put(facts, "kernel_version", json_string(name.version));
  put(facts, "machine", json_string(name.machine));
  put(facts, "distribution", field_of("/etc/os-release", "PRETTY_NAME", '='));
}

static void put_processors(json_t *facts)
{
  char *cpus = host_cpus();
  put(facts, "cpu_model", field_of("/proc/cpuinfo", "model name", ':'));
  put(facts, "microcode", field_of("/proc/cpuinfo", "microcode", ':'));
  put(facts, "hypervisor", first_line("/sys/hypervisor/type"));
  put(facts, "cpus_online", json_integer(sysconf(_SC_NPROCESSORS_ONLN)));
  put(facts, "cpus_allowed", cpus ? json_string(cpus) : json_null());
  put(facts, "smt", first_line("/sys/devices/system/cpu/smt/active"));
  put(facts, "numa_nodes", first_line("/sys/devices/system/node/online"));
  put(facts, "governor",
      first_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"));
  put(facts, "no_turbo",
      first_line("/sys/devices/system/cpu/intel_pstate/no_turbo"));
  free(cpus);
}

static void put_settings(json_t *facts)
{
  struct sysinfo info;
  put(facts, "ram_bytes",
      sysinfo(&info) ? json_null()
                     : json_integer((json_int_t)info.totalram * info.mem_unit));
  put(facts, "thp", first_line("/sys/kernel/mm/transparent_hugepage/enabled"));
  put(facts, "aslr", first_line("/proc/sys/kernel/randomize_va_space"));
  put(facts, "clocksource",
      first_line("/sys/devices/system/clocksource/clocksource0/"
                 "current_clocksource"));
  put(facts, "perf_event_paranoid",
      first_line("/proc/sys/kernel/perf_event_paranoid"));
  put(facts, "overcommit", first_line("/proc/sys/vm/overcommit_memory"));
}

json_t *host_facts(void)
{
  json_t *facts = json_object();
  put_kernel(facts);
  put_processors(facts);
  put_settings(facts);
  return facts;
}

json_t *host_load(void)
{
  double load[3];
  if (getloadavg(load, 3) != 3) return json_null();
  return json_pack("[f, f, f]", load[0], load[1], load[2]);
}

// --- environment, processors -----------------------------------------------

static bool allowed(const char *variable)
{
  static const char *const list[] = {"WANE_",       "MALLOC_", "OMP_", "HWLOC_",
                                     "LD_PRELOAD=", "LC_ALL="};
  for (size_t i = 0; i < sizeof list / sizeof list[0]; i++)
    if (strncmp(variable, list[i], strlen(list[i])) == 0) return true;
  return false;
}

json_t *host_environment(void)
{
  json_t *all = json_object();
  for (char **at = environ; *at; at++) {
    const char *equals = strchr(*at, '=');
    if (!equals || !allowed(*at)) continue;
    char *name = strndup(*at, (size_t)(equals - *at));
    if (name) put(all, name, json_string(equals + 1));
    free(name);
  }
  return all;
}

char *host_cpus(void)
{
  cpu_set_t set;
  char *text = NULL;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  if (!out) return NULL;
  const char *separator = "";
  if (sched_getaffinity(0, sizeof set, &set)) CPU_ZERO(&set);
  for (int first = 0; first < CPU_SETSIZE; first++) {
    if (!CPU_ISSET(first, &set)) continue;
    int last = first;
    while (last + 1 < CPU_SETSIZE && CPU_ISSET(last + 1, &set)) last++;
    fprintf(out, "%s%d", separator, first);
    if (last > first) fprintf(out, "-%d", last);
    separator = ",";
    first = last;
  }
  if (fclose(out) == 0) return text;
  free(text);
  return NULL;
}
