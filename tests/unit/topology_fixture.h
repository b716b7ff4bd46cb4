// topology_fixture.h: topologies for tests: files, random ones, seccomp.
// SPDX-License-Identifier: MIT

#ifndef WANE_TESTS_UNIT_TOPOLOGY_FIXTURE_H
#define WANE_TESTS_UNIT_TOPOLOGY_FIXTURE_H

#include "check.h"

#include <wane/topology.h>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

// "sparse" as the source that is tests/topologies/sparse.xml.
__attribute__((unused)) static const char *fixture_source(const char *name)
{
  static char text[512];
  const char *root = getenv("WANE_SOURCE_DIR");
  if (strchr(name, ':') || strcmp(name, "machine") == 0) return name;
  snprintf(text, sizeof text, "xml:%s/tests/topologies/%s.xml",
           root ? root : ".", name);
  return text;
}

__attribute__((unused)) static struct wane_topology *
fixture_open(const char *name)
{
  char error[256] = "";
  struct wane_topology *t =
      wane_topology_open(fixture_source(name), error, sizeof error);
  if (!t) fail_msg("%s: %s", name, error);
  return t;
}

// The topology of .NET's mishap: two packages of 28 cores, whose second
// threads are numbered after all first ones: 0-27,56-83 and 28-55,84-111.
__attribute__((unused)) static const char *fixture_dotnet(void)
{
  static char text[900];
  int n = snprintf(text, sizeof text,
                   "synthetic:pack:2 [numa] core:28 pu:2(indexes=");
  for (int core = 0; core < 56; core++)
    n += snprintf(text + n, sizeof text - (size_t)n, "%s%d,%d", core ? "," : "",
                  core, core + 56);
  snprintf(text + n, sizeof text - (size_t)n, ")");
  return text;
}

// "indexes=4,0,2": `n` numbers below `n` * `sparse`, in any order.
__attribute__((unused)) static int fixture_indexes(struct check_random *random,
                                                   char *text, size_t size,
                                                   uint32_t n, uint32_t sparse)
{
  uint32_t number[256];
  int length = snprintf(text, size, "indexes=");
  for (uint32_t i = 0; i < n; i++)
    number[i] = i * sparse + (uint32_t)check_below(random, sparse);
  for (uint32_t i = n; i > 1; i--) {
    uint32_t j = (uint32_t)check_below(random, i), other = number[j];
    number[j] = number[i - 1];
    number[i - 1] = other;
  }
  for (uint32_t i = 0; i < n; i++)
    length += snprintf(text + length, size - (size_t)length, "%s%u",
                       i ? "," : "", number[i]);
  return length;
}

// All alike, but its numbers are not: at most 16 nodes and 128 PUs.
__attribute__((unused)) static const char *
fixture_random(struct check_random *random)
{
  static char text[1000];
  char nodes[300], pus[600];
  uint32_t packages = 1 + (uint32_t)check_below(random, 4);
  uint32_t groups = 1 + (uint32_t)check_below(random, 4);
  uint32_t cores = 1 + (uint32_t)check_below(random, 4);
  uint32_t threads = 1 + (uint32_t)check_below(random, 2);
  uint32_t n = packages * groups;
  fixture_indexes(random, nodes, sizeof nodes, n,
                  1 + (uint32_t)check_below(random, 3));
  fixture_indexes(random, pus, sizeof pus, n * cores * threads, 1);
  snprintf(text, sizeof text, "synthetic:pack:%u numa:%u(%s) core:%u pu:%u(%s)",
           packages, groups, nodes, cores, threads, pus);
  return text;
}

// From here on this process gets `result` from a system call, and the kernel
// does nothing; there is no way back. False: no such filters here.
__attribute__((unused)) static bool fixture_forbid(long call, unsigned result)
{
  struct sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | result),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
  return !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) &&
         !prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

// A real topology of this machine; NULL, and a line that says why not.
__attribute__((unused)) static struct wane_topology *fixture_real(void)
{
  struct wane_topology *t = fixture_open("machine");
  if (wane_topology_mode(t) == WANE_TOPOLOGY_REAL) return t;
  print_message("skipped: nothing can be bound here: %s\n",
                wane_topology_why(t));
  wane_topology_close(t);
  return NULL;
}

#endif
