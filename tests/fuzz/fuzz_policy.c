// fuzz_policy.c: bytes as policies for threads and for memory.
// SPDX-License-Identifier: MIT
//
// On machines of 3, of 64 and of one node. What is accepted is written, read
// again, and is the same.

#include "fuzz.h"

#include <wane/topology.h>

#include <stdlib.h>
#include <string.h>

#define MOST 16384

static struct wane_topology *open_one(const char *source)
{
  char error[256];
  struct wane_topology *t = wane_topology_open(source, error, sizeof error);
  if (!t) abort();
  return t;
}

static void memory(const struct wane_topology *t, const char *text)
{
  struct wane_memory_policy policy, again;
  char error[256] = "", written[512];
  if (wane_memory_parse(t, text, &policy, error, sizeof error)) {
    if (!*error) abort();
    return;
  }
  int n = wane_memory_print(&policy, written, sizeof written);
  if (n < 1 || n >= (int)sizeof written) abort();
  if (wane_memory_parse(t, written, &again, error, sizeof error)) abort();
  if (policy.kind != again.kind || policy.nodes != again.nodes) abort();
  uint32_t nodes = wane_topology_nodes(t);
  uint32_t target = wane_memory_target(t, &policy, nodes - 1);
  if (target >= nodes && target != WANE_NODE_ANY) abort();
}

static void same(const struct wane_placement *a, const struct wane_placement *b,
                 enum wane_place_role role, uint32_t i)
{
  char *x = wane_placement_cpus(a, role, i),
       *y = wane_placement_cpus(b, role, i);
  if (!x || !y || strcmp(x, y)) abort();
  free(x);
  free(y);
}

static void threads(const struct wane_topology *t, const char *text)
{
  char error[256] = "";
  struct wane_placement *a =
      wane_placement_plan(t, text, 5, 3, error, sizeof error);
  if (!a) {
    if (!*error) abort();
    return;
  }
  struct wane_placement *b = wane_placement_plan(t, wane_placement_policy(a), 5,
                                                 3, error, sizeof error);
  if (!b || strcmp(wane_placement_policy(a), wane_placement_policy(b))) abort();
  for (uint32_t i = 0; i < 5; i++) same(a, b, WANE_PLACE_MUTATOR, i);
  for (uint32_t i = 0; i < 3; i++) same(a, b, WANE_PLACE_WORKER, i);
  wane_placement_free(a);
  wane_placement_free(b);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
  static struct wane_topology *machines[3];
  if (!machines[0]) {
    machines[0] = open_one("synthetic:numa:3(indexes=1,4,6) core:2 pu:1");
    machines[1] = open_one("synthetic:numa:64 pu:2");
    machines[2] = open_one("synthetic:pu:1");
  }
  if (n > MOST) return 0;
  char *text = calloc(1, n + 1); // of its very size
  if (!text) return 0;
  if (n) memcpy(text, bytes, n);
  for (int i = 0; i < 3; i++) {
    memory(machines[i], text);
    threads(machines[i], text);
  }
  free(text);
  return 0;
}
