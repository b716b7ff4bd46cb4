// numa_kernel.c: what the kernel says of nodes and pages, machine-wide.
// SPDX-License-Identifier: MIT
//
// Small files of /proc and /sys, outside the timed region. Any thread.
#include "numa_kernel.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const numa_stat_names[NUMA_STATS] = {
    "numa_hit",       "numa_miss",  "numa_foreign",
    "interleave_hit", "local_node", "other_node"};

bool numa_kernel_stats(uint32_t os_node, uint64_t stats[NUMA_STATS])
{
  char path[80], line[128], name[32];
  unsigned found = 0;
  uint64_t value;
  snprintf(path, sizeof path, "/sys/devices/system/node/node%u/numastat",
           os_node);
  FILE *in = fopen(path, "re");
  if (!in) return false;
  while (fgets(line, sizeof line, in)) {
    if (sscanf(line, "%31s %" SCNu64, name, &value) != 2) continue;
    for (int i = 0; i < NUMA_STATS; i++) {
      if (strcmp(name, numa_stat_names[i])) continue;
      stats[i] = value;
      found |= 1u << i;
    }
  }
  fclose(in);
  return found == (1u << NUMA_STATS) - 1;
}

// "7f... default anon=3 dirty=3 N0=2 N1=1 kernelpagesize_kB=4"
static void add_mapping(char *line, uint64_t *bytes, uint32_t n)
{
  const char *size = strstr(line, " kernelpagesize_kB=");
  uint64_t page = size ? strtoull(size + 19, NULL, 10) * 1024 : 0;
  char *rest = line;
  for (char *word; (word = strsep(&rest, " "));) {
    char *end;
    if (*word != 'N') continue;
    unsigned long node = strtoul(word + 1, &end, 10);
    if (end == word + 1 || *end != '=' || node >= n) continue;
    bytes[node] += page * strtoull(end + 1, NULL, 10);
  }
}

bool numa_kernel_maps(uint64_t *bytes, uint32_t n)
{
  FILE *in = fopen("/proc/self/numa_maps", "re");
  char *line = NULL;
  size_t room = 0;
  if (!in) return false;
  memset(bytes, 0, n * sizeof *bytes);
  while (getline(&line, &room, in) >= 0) add_mapping(line, bytes, n);
  bool good = !ferror(in);
  free(line);
  fclose(in);
  return good;
}

bool numa_kernel_emulated(char why[128])
{
  char line[4096], model[96];
  bool found = false;
  FILE *in = fopen("/proc/cmdline", "re");
  if (in) {
    found = fgets(line, sizeof line, in) && strstr(line, "numa=fake");
    fclose(in);
  }
  if (found) snprintf(why, 128, "the kernel was started with numa=fake");
  in = found ? NULL : fopen("/proc/cpuinfo", "re");
  if (!in) return found;
  while (!found && fgets(line, sizeof line, in)) {
    found = sscanf(line, "model name : %95[^\n]", model) == 1 &&
            strncmp(model, "QEMU", 4) == 0;
    if (found) snprintf(why, 128, "the processor is \"%s\"", model);
  }
  fclose(in);
  return found;
}

void numa_kernel_thp(char text[32])
{
  char line[128] = "";
  FILE *in = fopen("/sys/kernel/mm/transparent_hugepage/enabled", "re");
  *text = '\0';
  if (!in) return;
  // "always [madvise] never": the one in brackets.
  if (fgets(line, sizeof line, in)) {
    const char *from = strchr(line, '[');
    if (from) snprintf(text, 32, "%.*s", (int)strcspn(from + 1, "]"), from + 1);
  }
  fclose(in);
}

int numa_kernel_balancing(void)
{
  int value = -1;
  FILE *in = fopen("/proc/sys/kernel/numa_balancing", "re");
  if (!in) return -1;
  if (fscanf(in, "%d", &value) != 1) value = -1;
  fclose(in);
  return value;
}
