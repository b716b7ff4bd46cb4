// parts.c: the folders of attempts at a cell.
// SPDX-License-Identifier: MIT
//
// What cannot be removed is in nobody's way. Main thread.
#include "parts.h"

#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void find_host(char host[65])
{
  snprintf(host, 65, "unknown");
  (void)gethostname(host, 64);
  host[64] = '\0';
}

char *parts_name(const char *folder)
{
  char host[65], *name;
  find_host(host);
  return asprintf(&name, "%s.%s.%ld.part", folder, host, (long)getpid()) < 0
             ? NULL
             : name;
}

// `end`: what follows the cell's own name and a dot.
static bool is_dead(const char *end)
{
  char host[65];
  find_host(host);
  size_t n = strlen(host);
  if (strncmp(end, host, n) || end[n] != '.') return false;
  long pid = strtol(end + n + 1, NULL, 10);
  return pid > 0 && kill((pid_t)pid, 0) && errno == ESRCH;
}

static void remove_some(const char *folder, bool dead)
{
  const char *slash = strrchr(folder, '/'), *cell = slash ? slash + 1 : folder;
  char *parent = strndup(folder, (size_t)(cell - folder)), *path;
  DIR *all = parent ? opendir(*parent ? parent : ".") : NULL;
  size_t n = strlen(cell);
  for (struct dirent *one; all && (one = readdir(all));) {
    const char *name = one->d_name;
    if (strncmp(name, cell, n) || name[n] != '.' || strlen(name) < n + 5 ||
        strcmp(name + strlen(name) - 5, ".part"))
      continue;
    if (dead && !is_dead(name + n + 1)) continue;
    if (asprintf(&path, "%s%s", parent, name) < 0) break;
    (void)files_remove(path);
    free(path);
  }
  if (all) closedir(all);
  free(parent);
}

void parts_remove_dead(const char *folder)
{
  remove_some(folder, true);
}

void parts_remove(const char *folder)
{
  remove_some(folder, false);
}
