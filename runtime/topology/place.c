// place.c: where threads go: planned on any topology, done on a real one.
// SPDX-License-Identifier: MIT

#include "topology.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct wane_placement {
  const struct wane_topology *topology;
  char *policy;
  uint32_t mutators, workers;
  hwloc_cpuset_t *set; // mutators, then workers; NULL: policy none
};

__attribute__((format(printf, 4, 5))) static bool
refuse(const char *policy, char *error, size_t error_size, const char *format,
       ...)
{
  va_list arguments;
  int n = snprintf(error, error_size, "thread policy \"%s\": ", policy);
  if (n < 0 || (size_t)n >= error_size) return false;
  va_start(arguments, format);
  vsnprintf(error + n, error_size - (size_t)n, format, arguments);
  va_end(arguments);
  return false;
}

static uint32_t threads_of(const struct wane_placement *p)
{
  return p->mutators + p->workers;
}

static bool set_to(hwloc_cpuset_t *set, hwloc_const_bitmap_t value)
{
  *set = hwloc_bitmap_dup(value);
  return *set != NULL;
}

// --- policies; each false: no memory, or refused with a sentence ------------

struct plan {
  struct wane_placement *p;
  const char *text; // behind the policy's name
  char *error;
  size_t error_size;
};

static bool none(const struct plan *plan)
{
  free(plan->p->set);
  plan->p->set = NULL;
  return true;
}

static bool compact(const struct plan *plan)
{
  struct wane_placement *p = plan->p;
  hwloc_topology_t h = p->topology->hwloc;
  for (uint32_t i = 0; i < threads_of(p); i++)
    if (!set_to(&p->set[i], hwloc_get_obj_by_type(h, HWLOC_OBJ_PU,
                                                  i % p->topology->pus)
                                ->cpuset))
      return false;
  return true;
}

// The places under which hwloc shall spread threads: what holds each node's
// PUs, each once.
static uint32_t roots_of(const struct wane_topology *t,
                         hwloc_obj_t root[WANE_NODES_MAX])
{
  uint32_t n = 0;
  for (uint32_t i = 0; i < t->nodes; i++) {
    hwloc_obj_t o = t->node[i];
    if (hwloc_bitmap_iszero(t->local[i])) continue;
    while (hwloc_obj_type_is_memory(o->type)) o = o->parent;
    bool known = false;
    for (uint32_t j = 0; j < n; j++)
      known |= hwloc_bitmap_intersects(root[j]->cpuset, o->cpuset);
    if (!known) root[n++] = o;
  }
  return n;
}

static bool spread(const struct wane_topology *t, hwloc_cpuset_t *set,
                   uint32_t n, unsigned long flags)
{
  hwloc_obj_t root[WANE_NODES_MAX];
  uint32_t n_roots = roots_of(t, root);
  if (!n) return true;
  if (hwloc_distrib(t->hwloc, root, n_roots, set, n, INT_MAX, flags))
    return false;
  for (uint32_t i = 0; i < n; i++) {
    if (!set[i]) return false;
    hwloc_bitmap_singlify(set[i]);
  }
  return true;
}

static bool scatter(const struct plan *plan)
{
  struct wane_placement *p = plan->p;
  return spread(p->topology, p->set, p->mutators, 0) &&
         spread(p->topology, p->set + p->mutators, p->workers,
                HWLOC_DISTRIB_FLAG_REVERSE);
}

// Threads [begin, end) on the nodes of a set, one after the other.
static bool over_nodes(struct wane_placement *p, uint64_t nodes, uint32_t begin,
                       uint32_t end)
{
  const struct wane_topology *t = p->topology;
  uint32_t node = t->nodes - 1;
  for (uint32_t i = begin; i < end; i++) {
    do node = (node + 1) % t->nodes;
    while (!(nodes >> node & 1));
    if (!set_to(&p->set[i], t->local[node])) return false;
  }
  return true;
}

static uint64_t nodes_with_pus(const struct wane_topology *t)
{
  uint64_t nodes = 0;
  for (uint32_t i = 0; i < t->nodes; i++)
    if (!hwloc_bitmap_iszero(t->local[i])) nodes |= (uint64_t)1 << i;
  return nodes;
}

static bool per_node(const struct plan *plan)
{
  struct wane_placement *p = plan->p;
  uint64_t nodes = nodes_with_pus(p->topology);
  return over_nodes(p, nodes, 0, p->mutators) &&
         over_nodes(p, nodes, p->mutators, threads_of(p));
}

// "0,2,4-7": in the order as written.
static bool list(const struct plan *plan)
{
  struct wane_placement *p = plan->p;
  hwloc_const_cpuset_t all = hwloc_topology_get_topology_cpuset(
      p->topology->hwloc);
  const char *at = plan->text;
  uint32_t i = 0, n = threads_of(p);
  while (*at) {
    char *end;
    unsigned long first = strtoul(at, &end, 10), last = first;
    if (end == at) break;
    if (*end == '-') {
      at = end + 1;
      last = strtoul(at, &end, 10);
      if (end == at || last < first) break;
    }
    for (unsigned long cpu = first; cpu <= last; cpu++) {
      if (cpu > INT_MAX || !hwloc_bitmap_isset(all, (unsigned)cpu))
        return refuse(p->policy, plan->error, plan->error_size,
                      "there is no PU %lu, or we may not use it", cpu);
      if (i == n) continue; // more than we need
      if (!(p->set[i] = hwloc_bitmap_alloc())) return false;
      hwloc_bitmap_only(p->set[i++], (unsigned)cpu);
    }
    at = end + (*end == ',');
    if (*end && *end != ',') break;
  }
  if (*at || !i)
    return refuse(p->policy, plan->error, plan->error_size,
                  "expected the system's numbers of PUs, such as list:0,2,4-7");
  for (uint32_t given = i; i < n; i++)
    if (!set_to(&p->set[i], p->set[i % given])) return false;
  return true;
}

// Logical nodes with PUs, out of [*text, *text + length).
static bool read_nodes(const struct plan *plan, const char *text, size_t length,
                       uint64_t *nodes)
{
  const struct wane_topology *t = plan->p->topology;
  struct wane_memory_policy policy;
  char bind[128], sentence[256];
  int n = snprintf(bind, sizeof bind, "bind:%.*s", (int)length, text);
  if (n < 0 || (size_t)n >= sizeof bind ||
      wane_memory_parse(t, bind, &policy, sentence, sizeof sentence))
    return refuse(plan->p->policy, plan->error, plan->error_size,
                  "expected nodes out of 0-%u, found \"%.*s\"", t->nodes - 1,
                  (int)length, text);
  *nodes = policy.nodes & nodes_with_pus(t);
  if (*nodes) return true;
  return refuse(plan->p->policy, plan->error, plan->error_size,
                "no node of \"%.*s\" has a PU", (int)length, text);
}

static bool apart(const struct plan *plan)
{
  static const char second[] = "/collectors@";
  struct wane_placement *p = plan->p;
  const char *slash = strstr(plan->text, second);
  uint64_t mutators, collectors;
  if (!slash)
    return refuse(p->policy, plan->error, plan->error_size,
                  "expected mutators@NODES/collectors@NODES");
  const char *rest = slash + sizeof second - 1;
  return read_nodes(plan, plan->text, (size_t)(slash - plan->text),
                    &mutators) &&
         read_nodes(plan, rest, strlen(rest), &collectors) &&
         over_nodes(p, mutators, 0, p->mutators) &&
         over_nodes(p, collectors, p->mutators, threads_of(p));
}

static const struct {
  const char *name;
  bool whole; // nothing follows it
  bool (*plan)(const struct plan *plan);
} policies[] = {
    {"none", true, none},         {"compact", true, compact},
    {"scatter", true, scatter},   {"per-node", true, per_node},
    {"list:", false, list},       {"mutators@", false, apart},
};
enum { N_POLICIES = sizeof policies / sizeof policies[0] };

static bool make_plan(struct plan *plan)
{
  const char *text = plan->p->policy;
  for (int i = 0; i < N_POLICIES; i++) {
    size_t n = strlen(policies[i].name);
    if (strncmp(text, policies[i].name, n)) continue;
    if (policies[i].whole && text[n]) continue;
    plan->text = text + n;
    return policies[i].plan(plan);
  }
  return refuse(text, plan->error, plan->error_size,
                "expected none, compact, scatter, per-node, list:CPUS or "
                "mutators@NODES/collectors@NODES");
}

// --- the plan ---------------------------------------------------------------

struct wane_placement *wane_placement_plan(const struct wane_topology *topology,
                                           const char *policy,
                                           uint32_t mutators, uint32_t workers,
                                           char *error, size_t error_size)
{
  struct wane_placement *p = calloc(1, sizeof *p);
  struct plan plan = {p, "", error, error_size};
  *error = '\0';
  if (p) {
    *p = (struct wane_placement){topology, strdup(policy), mutators, workers,
                                 NULL};
    p->set = calloc(threads_of(p), sizeof(hwloc_cpuset_t));
    if (p->policy && p->set && make_plan(&plan)) return p;
  }
  if (!*error) snprintf(error, error_size, "thread policy: no memory");
  wane_placement_free(p);
  return NULL;
}

void wane_placement_free(struct wane_placement *p)
{
  if (!p) return;
  for (uint32_t i = 0; p->set && i < threads_of(p); i++)
    hwloc_bitmap_free(p->set[i]);
  free(p->set);
  free(p->policy);
  free(p);
}

const char *wane_placement_policy(const struct wane_placement *p)
{
  return p->policy;
}

// More threads than were planned go round.
static hwloc_const_cpuset_t set_of(const struct wane_placement *p,
                                   enum wane_place_role role, uint32_t index)
{
  if (!p->set) return NULL;
  if (role == WANE_PLACE_MUTATOR)
    return p->mutators ? p->set[index % p->mutators] : NULL;
  if (!p->workers) return NULL;
  return p->set[p->mutators +
                (role == WANE_PLACE_WORKER ? index % p->workers : 0)];
}

uint32_t wane_placement_node(const struct wane_placement *p,
                             enum wane_place_role role, uint32_t index)
{
  hwloc_const_cpuset_t set = set_of(p, role, index);
  for (uint32_t i = 0; set && i < p->topology->nodes; i++)
    if (hwloc_bitmap_isincluded(set, p->topology->local[i])) return i;
  return WANE_NODE_ANY;
}

char *wane_placement_cpus(const struct wane_placement *p,
                          enum wane_place_role role, uint32_t index)
{
  hwloc_const_cpuset_t set = set_of(p, role, index);
  char *text = NULL;
  if (!set) return strdup("");
  return hwloc_bitmap_list_asprintf(&text, set) < 0 ? NULL : text;
}

// --- the deed ---------------------------------------------------------------

// Where is the calling thread, by what the kernel says, and may it be only
// there?
static int read_back(const struct wane_topology *t, hwloc_const_cpuset_t set,
                     char *error, size_t error_size)
{
  hwloc_cpuset_t may = hwloc_bitmap_alloc(), is = hwloc_bitmap_alloc();
  int status = may && is ? 0 : -ENOMEM;
  if (!status &&
      (hwloc_get_cpubind(t->hwloc, may, HWLOC_CPUBIND_THREAD) ||
       hwloc_get_last_cpu_location(t->hwloc, is, HWLOC_CPUBIND_THREAD)))
    status = -errno;
  if (!status &&
      (!hwloc_bitmap_isequal(may, set) || !hwloc_bitmap_isincluded(is, set))) {
    char asked[128], got[128];
    hwloc_bitmap_list_snprintf(asked, sizeof asked, set);
    hwloc_bitmap_list_snprintf(got, sizeof got, may);
    snprintf(error, error_size,
             "asked for PUs %s, the kernel says %s: the thread is not where it "
             "should be",
             asked, got);
    status = -EXDEV;
  } else if (status) {
    snprintf(error, error_size, "cannot be read back: %s", strerror(-status));
  }
  hwloc_bitmap_free(may);
  hwloc_bitmap_free(is);
  return status;
}

int wane_placement_bind(const struct wane_placement *p,
                        enum wane_place_role role, uint32_t index, char *error, size_t error_size)
{
  const struct wane_topology *t = p->topology;
  hwloc_const_cpuset_t set = set_of(p, role, index);
  if (!set) return 0;
  if (t->mode != WANE_TOPOLOGY_REAL) {
    snprintf(error, error_size, "threads cannot be bound: %s", t->why);
    return -ENOTSUP;
  }
  if (hwloc_set_cpubind(t->hwloc, set,
                        HWLOC_CPUBIND_THREAD | HWLOC_CPUBIND_STRICT)) {
    int status = -errno;
    snprintf(error, error_size, "thread cannot be bound: %s",
             strerror(-status));
    return status;
  }
  return read_back(t, set, error, error_size);
}
