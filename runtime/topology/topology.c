// topology.c: reads a topology, and finds out whether one can bind on it.
// SPDX-License-Identifier: MIT
//
// On a topology that is not this machine's, hwloc's binding calls succeed and
// do nothing; its support bits are the only sign. So the mode is settled here,
// once, and everything that binds asks for it first.

#include "topology.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define LOCAL 10  // firmware's distances
#define REMOTE 20 // where it tells none

// --- mode -------------------------------------------------------------------

__attribute__((format(printf, 2, 3))) static void
deny(struct wane_topology *t, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(t->why, sizeof t->why, format, arguments);
  va_end(arguments);
  t->mode = WANE_TOPOLOGY_DENIED;
}

static bool supported(const struct hwloc_topology_support *s)
{
  return s->cpubind->set_thisthread_cpubind &&
         s->cpubind->get_thisthread_cpubind && s->membind->set_area_membind &&
         s->membind->bind_membind && s->membind->interleave_membind;
}

// Asks for what we have already: a container may refuse even that.
static void probe(struct wane_topology *t)
{
  hwloc_cpuset_t set = hwloc_bitmap_alloc();
  size_t bytes = (size_t)sysconf(_SC_PAGESIZE);
  char *page = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  void *pages[1] = {page};
  uint32_t where;
  int status;
  if (!set || page == MAP_FAILED) {
    deny(t, "no memory to try whether the system lets us bind");
  } else if (hwloc_get_cpubind(t->hwloc, set, HWLOC_CPUBIND_THREAD) ||
             hwloc_set_cpubind(t->hwloc, set, HWLOC_CPUBIND_THREAD)) {
    deny(t, "the system refuses to bind a thread: %s", strerror(errno));
  } else if (hwloc_set_area_membind(t->hwloc, page, bytes, t->node[0]->nodeset,
                                    HWLOC_MEMBIND_BIND,
                                    HWLOC_MEMBIND_BYNODESET |
                                        HWLOC_MEMBIND_STRICT)) {
    deny(t, "the system refuses to bind memory: %s", strerror(errno));
  } else {
    *page = 1;
    status = wane_memory_where(t, pages, 1, &where);
    if (status)
      deny(t, "the system does not tell where a page is: %s",
           strerror(-status));
  }
  if (page != MAP_FAILED) munmap(page, bytes);
  hwloc_bitmap_free(set);
}

static void settle_mode(struct wane_topology *t)
{
  t->mode = WANE_TOPOLOGY_REAL;
  if (!hwloc_topology_is_thissystem(t->hwloc)) {
    t->mode = WANE_TOPOLOGY_PLAN_ONLY;
    snprintf(t->why, sizeof t->why, "%s does not describe this machine",
             strcmp(t->source, "machine") ? t->source : "the environment");
  } else if (!supported(hwloc_topology_get_support(t->hwloc))) {
    deny(t, "the system has no calls to bind threads and memory");
  } else {
    probe(t);
  }
}

// --- nodes ------------------------------------------------------------------

// Is node a nearer to a PU that both cover? The one with fewer PUs is; where
// two cover the same ones (memory without processors hangs where it is best
// reached from), the one that the system numbered first.
static bool nearer(hwloc_obj_t a, hwloc_obj_t b)
{
  int wa = hwloc_bitmap_weight(a->cpuset), wb = hwloc_bitmap_weight(b->cpuset);
  return wa != wb ? wa < wb : a->os_index < b->os_index;
}

static int find_nodes(struct wane_topology *t)
{
  int n = hwloc_get_nbobjs_by_type(t->hwloc, HWLOC_OBJ_NUMANODE);
  if (n < 1 || n > WANE_NODES_MAX) return -ERANGE;
  t->nodes = (uint32_t)n;
  for (uint32_t i = 0; i < t->nodes; i++) {
    t->node[i] = hwloc_get_obj_by_type(t->hwloc, HWLOC_OBJ_NUMANODE, i);
    if (!(t->local[i] = hwloc_bitmap_alloc())) return -ENOMEM;
  }
  hwloc_obj_t pu = NULL;
  while ((pu = hwloc_get_next_obj_by_type(t->hwloc, HWLOC_OBJ_PU, pu))) {
    uint32_t best = WANE_NODE_ANY;
    for (uint32_t i = 0; i < t->nodes; i++)
      if (hwloc_bitmap_isset(t->node[i]->cpuset, pu->os_index) &&
          (best == WANE_NODE_ANY || nearer(t->node[i], t->node[best])))
        best = i;
    t->pus++;
    if (best != WANE_NODE_ANY)
      hwloc_bitmap_set(t->local[best], pu->os_index);
  }
  return 0;
}

static uint32_t index_of(const struct wane_topology *t, hwloc_obj_t node)
{
  for (uint32_t i = 0; i < t->nodes; i++)
    if (t->node[i] == node) return i;
  return WANE_NODE_ANY;
}

// Rows follow the matrix's own list of nodes.
static void find_distances(struct wane_topology *t)
{
  struct hwloc_distances_s *d = NULL;
  unsigned n = 1;
  for (uint32_t i = 0; i < t->nodes; i++)
    for (uint32_t j = 0; j < t->nodes; j++)
      t->distance[i][j] = i == j ? LOCAL : REMOTE;
  if (hwloc_distances_get_by_type(t->hwloc, HWLOC_OBJ_NUMANODE, &n, &d,
                                  HWLOC_DISTANCES_KIND_MEANS_LATENCY, 0) ||
      n < 1 || !d)
    return;
  t->has_distances = true;
  for (unsigned i = 0; i < d->nbobjs; i++)
    for (unsigned j = 0; j < d->nbobjs; j++) {
      uint32_t a = index_of(t, d->objs[i]), b = index_of(t, d->objs[j]);
      if (a != WANE_NODE_ANY && b != WANE_NODE_ANY)
        t->distance[a][b] = (uint32_t)d->values[i * d->nbobjs + j];
    }
  hwloc_distances_release(t->hwloc, d);
}

// --- open and close ---------------------------------------------------------

static int set_source(struct wane_topology *t, char *error, size_t error_size)
{
  int status = 0;
  if (strncmp(t->source, "synthetic:", 10) == 0) {
    status = hwloc_topology_set_synthetic(t->hwloc, t->source + 10);
    if (status)
      snprintf(error, error_size,
               "topology \"%s\": expected a description as hwloc has them, "
               "such as \"synthetic:numa:2 core:4 pu:1\"",
               t->source);
  } else if (strncmp(t->source, "xml:", 4) == 0) {
    status = hwloc_topology_set_xml(t->hwloc, t->source + 4);
    if (status)
      snprintf(error, error_size, "topology \"%s\": cannot be read: %s",
               t->source, strerror(errno));
  } else if (strcmp(t->source, "machine")) {
    status = -1;
    snprintf(error, error_size,
             "topology \"%s\": expected machine, synthetic:DESCRIPTION or "
             "xml:FILE",
             t->source);
  }
  return status;
}

static bool load(struct wane_topology *t, char *error, size_t error_size)
{
  if (hwloc_topology_init(&t->hwloc)) {
    t->hwloc = NULL;
    snprintf(error, error_size, "topology: no memory");
    return false;
  }
  if (set_source(t, error, error_size)) return false;
  if (hwloc_topology_load(t->hwloc)) {
    snprintf(error, error_size, "topology \"%s\": cannot be read: %s",
             t->source, strerror(errno));
    return false;
  }
  int status = find_nodes(t);
  if (status == -ERANGE)
    snprintf(error, error_size, "topology \"%s\": expected 1 to %d nodes",
             t->source, WANE_NODES_MAX);
  else if (status)
    snprintf(error, error_size, "topology: no memory");
  return status == 0;
}

struct wane_topology *wane_topology_open(const char *source, char *error,
                                         size_t error_size)
{
  struct wane_topology *t = calloc(1, sizeof *t);
  if (!source) source = "machine";
  if (!t || strlen(source) >= sizeof t->source) {
    snprintf(error, error_size, "topology: %s",
             t ? "its description is too long" : "no memory");
    free(t);
    return NULL;
  }
  strcpy(t->source, source);
  if (!load(t, error, error_size)) {
    wane_topology_close(t);
    return NULL;
  }
  find_distances(t);
  settle_mode(t);
  return t;
}

void wane_topology_close(struct wane_topology *t)
{
  if (!t) return;
  for (uint32_t i = 0; i < t->nodes; i++) hwloc_bitmap_free(t->local[i]);
  if (t->hwloc) hwloc_topology_destroy(t->hwloc);
  free(t);
}

// --- what it says -----------------------------------------------------------

enum wane_topology_mode wane_topology_mode(const struct wane_topology *t)
{
  return t->mode;
}

const char *wane_topology_mode_name(enum wane_topology_mode mode)
{
  static const char *const names[] = {"real", "plan-only", "denied"};
  return names[mode];
}

const char *wane_topology_why(const struct wane_topology *t)
{
  return t->why;
}

const char *wane_topology_source(const struct wane_topology *t)
{
  return t->source;
}

uint32_t wane_topology_nodes(const struct wane_topology *t)
{
  return t->nodes;
}

uint32_t wane_topology_pus(const struct wane_topology *t)
{
  return t->pus;
}

struct wane_topology_node wane_topology_node(const struct wane_topology *t,
                                             uint32_t node)
{
  int pus = hwloc_bitmap_weight(t->local[node]);
  return (struct wane_topology_node){
      .os_index = t->node[node]->os_index,
      .bytes = t->node[node]->attr->numanode.local_memory,
      .pus = (uint32_t)pus,
      .memory_only = pus == 0,
  };
}

static char *list_of(hwloc_const_bitmap_t set)
{
  char *text = NULL;
  return hwloc_bitmap_list_asprintf(&text, set) < 0 ? NULL : text;
}

char *wane_topology_node_cpus(const struct wane_topology *t, uint32_t node)
{
  return list_of(t->local[node]);
}

uint32_t wane_topology_distance(const struct wane_topology *t, uint32_t from,
                                uint32_t to)
{
  return t->distance[from][to];
}

bool wane_topology_has_distances(const struct wane_topology *t)
{
  return t->has_distances;
}

uint32_t wane_topology_node_of_cpu(const struct wane_topology *t,
                                   uint32_t os_cpu)
{
  for (uint32_t i = 0; i < t->nodes; i++)
    if (hwloc_bitmap_isset(t->local[i], os_cpu)) return i;
  return WANE_NODE_ANY;
}

uint32_t wane_topology_node_of_os(const struct wane_topology *t,
                                  uint32_t os_node)
{
  for (uint32_t i = 0; i < t->nodes; i++)
    if (t->node[i]->os_index == os_node) return i;
  return WANE_NODE_ANY;
}

char *wane_topology_summary(const struct wane_topology *t)
{
  char text[512];
  int n = hwloc_topology_export_synthetic(
      t->hwloc, text, sizeof text,
      HWLOC_TOPOLOGY_EXPORT_SYNTHETIC_FLAG_NO_ATTRS);
  if (n < 0) // not symmetric
    snprintf(text, sizeof text, "%u nodes, %u PUs, not all alike", t->nodes,
             t->pus);
  return strdup(text);
}

char *wane_topology_xml(const struct wane_topology *t)
{
  char *buffer, *copy;
  int n;
  if (hwloc_topology_export_xmlbuffer(t->hwloc, &buffer, &n, 0)) return NULL;
  copy = strdup(buffer);
  hwloc_free_xmlbuffer(t->hwloc, buffer);
  return copy;
}

const char *wane_topology_library(void)
{
  static char text[16]; // the same, whoever writes it
  unsigned v = hwloc_get_api_version();
  snprintf(text, sizeof text, "%u.%u.%u", v >> 16, v >> 8 & 255, v & 255);
  return text;
}
