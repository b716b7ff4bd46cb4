// kernel_word.c: where threads and pages are, by the kernel's own words.
// SPDX-License-Identifier: MIT

#include "kernel_word.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

char *kernel_file(const char *path)
{
  FILE *file = fopen(path, "r");
  char *text = NULL;
  size_t size = 0;
  if (!file) return NULL;
  if (getdelim(&text, &size, '\0', file) < 0) {
    free(text);
    text = NULL;
  }
  fclose(file);
  return text;
}

int kernel_node_of_cpu(int cpu)
{
  char path[128];
  for (int node = 0; node < KERNEL_NODES; node++) {
    snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/node%d", cpu,
             node);
    if (access(path, F_OK) == 0) return node;
  }
  return -1;
}

int kernel_here(void)
{
  unsigned cpu, node;
  return syscall(SYS_getcpu, &cpu, &node, NULL) ? -1 : (int)cpu;
}

int kernel_node_of_page(void *p)
{
  int status = 0;
  return syscall(SYS_move_pages, 0, 1UL, &p, NULL, &status, 0) ? -errno
                                                                : status;
}

size_t kernel_free_megabytes(int node)
{
  char path[128];
  unsigned long kilobytes = 0;
  snprintf(path, sizeof path, "/sys/devices/system/node/node%d/meminfo", node);
  char *text = kernel_file(path);
  const char *at = text ? strstr(text, "MemFree:") : NULL;
  if (at) sscanf(at, "MemFree: %lu", &kilobytes);
  free(text);
  return kilobytes >> 10;
}

// "7f00 prefer (many):0-1 anon=4 dirty=4 N0=2 N1=2 kernelpagesize_kB=4"
static void read_area(const char *line, struct kernel_area *area)
{
  static const char many[] = "prefer (many)";
  char *at;
  memset(area, 0, sizeof *area);
  area->begin = (uintptr_t)strtoull(line, &at, 16);
  at += *at == ' ';
  size_t skip = strncmp(at, many, sizeof many - 1) ? 0 : sizeof many - 1;
  size_t length = skip + strcspn(at + skip, " \n");
  snprintf(area->policy, sizeof area->policy, "%.*s", (int)length, at);
  area->file = strstr(at, " file=") != NULL;
  for (; (at = strstr(at, " N")); at++) {
    unsigned node;
    size_t pages;
    if (sscanf(at, " N%u=%zu", &node, &pages) == 2 && node < KERNEL_NODES)
      area->pages[node] += pages;
  }
}

bool kernel_areas(const char *path,
                  void (*each)(const struct kernel_area *area, void *context),
                  void *context)
{
  FILE *file = fopen(path, "r");
  struct kernel_area area;
  char *line = NULL;
  size_t size = 0;
  if (!file) return false;
  while (getline(&line, &size, file) > 0) {
    read_area(line, &area);
    each(&area, context);
  }
  free(line);
  fclose(file);
  return true;
}

struct search {
  uintptr_t begin;
  struct kernel_area *found;
  bool is_found;
};

static void compare(const struct kernel_area *area, void *context)
{
  struct search *search = context;
  if (area->begin != search->begin) return;
  *search->found = *area;
  search->is_found = true;
}

bool kernel_area(const void *begin, struct kernel_area *area)
{
  struct search search = {(uintptr_t)begin, area, false};
  return kernel_areas("/proc/self/numa_maps", compare, &search) &&
         search.is_found;
}
