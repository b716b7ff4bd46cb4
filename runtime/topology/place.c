// place.c: where threads go: plans, on any topology.
// SPDX-License-Identifier: MIT

#include "topology.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_THREADS 100000 // of either kind

struct plan {
  struct wane_placement *p;
  const char *text; // behind the policy's name
  char *error;
  size_t error_size;
};

__attribute__((format(printf, 2, 3))) static bool
refuse(const struct plan *plan, const char *format, ...)
{
  va_list arguments;
  int n = snprintf(plan->error, plan->error_size,
                   "thread policy " WANE__QUOTE ": ", plan->p->policy);
  if (n < 0 || (size_t)n >= plan->error_size) return false;
  va_start(arguments, format);
  vsnprintf(plan->error + n, plan->error_size - (size_t)n, format, arguments);
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

static bool none(const struct plan *plan)
{
  free(plan->p->set);
  plan->p->set = NULL;
  return true;
}

static bool compact(const struct plan *plan)
{
  struct wane_placement *p = plan->p;
  for (uint32_t i = 0; i < threads_of(p); i++)
    if (!set_to(&p->set[i],
                hwloc_get_obj_by_type(p->topology->hwloc, HWLOC_OBJ_PU,
                                      i % p->topology->pus)
                    ->cpuset))
      return false;
  return true;
}

static bool some_node_has_pus(const struct plan *plan)
{
  return wane__nodes_with_pus(plan->p->topology) ||
         refuse(plan, "no node has a PU that we may use");
}

static bool scatter(const struct plan *plan)
{
  struct wane_placement *p = plan->p;
  return some_node_has_pus(plan) &&
         wane__scatter(p->topology, p->set, p->mutators, false) &&
         wane__scatter(p->topology, p->set + p->mutators, p->workers, true);
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

static bool per_node(const struct plan *plan)
{
  struct wane_placement *p = plan->p;
  uint64_t nodes = wane__nodes_with_pus(p->topology);
  return some_node_has_pus(plan) && over_nodes(p, nodes, 0, p->mutators) &&
         over_nodes(p, nodes, p->mutators, threads_of(p));
}

// The next threads, from *i on, onto the PUs of a range.
static bool onto_range(const struct plan *plan, uint32_t *i, uint32_t first,
                       uint32_t last)
{
  struct wane_placement *p = plan->p;
  hwloc_const_cpuset_t all =
      hwloc_topology_get_topology_cpuset(p->topology->hwloc);
  for (uint32_t cpu = first; cpu <= last; cpu++) {
    if (!hwloc_bitmap_isset(all, cpu))
      return refuse(plan, "there is no PU %u, or we may not use it", cpu);
    if (*i == threads_of(p)) continue; // more than we need
    if (!(p->set[*i] = hwloc_bitmap_alloc())) return false;
    hwloc_bitmap_only(p->set[(*i)++], cpu);
  }
  return true;
}

// "0,2,4-7": in the order as written, and again from its begin. It is written
// anew, never longer, over what was read.
static bool list(const struct plan *plan)
{
  struct wane_placement *p = plan->p;
  size_t length = strlen(plan->text);
  struct wane__list list = {.at = plan->text, .end = plan->text + length};
  char *copy = calloc(1, length + 1);
  struct wane__list_text text = {.text = copy, .size = length + 1};
  uint32_t i = 0, first, last;
  bool good = copy != NULL;
  while (good && wane__list_next(&list, &first, &last))
    good =
        onto_range(plan, &i, first, last) && wane__list_put(&text, first, last);
  if (good && (list.bad || !length))
    good = refuse(plan, "expected the system's numbers of PUs, such as "
                        "list:0,2,4-7");
  for (uint32_t given = i; good && i < threads_of(p); i++)
    good = set_to(&p->set[i], p->set[i % given]);
  if (good && (good = wane__list_end(&text)))
    strcpy(p->policy + (plan->text - p->policy), copy);
  free(copy);
  return good;
}

// Logical nodes, one of which has PUs, out of [*text, *text + length).
static bool read_nodes(const struct plan *plan, const char *text, size_t length,
                       uint64_t *nodes)
{
  const struct wane_topology *t = plan->p->topology;
  int shown = length < 32 ? (int)length : 32;
  *nodes = wane__list_nodes(t, text, length);
  if (!*nodes)
    return refuse(plan, "expected nodes out of 0-%u, found \"%.*s\"",
                  t->nodes - 1, shown, text);
  if (*nodes & wane__nodes_with_pus(t)) return true;
  return refuse(plan, "no node of \"%.*s\" has a PU", shown, text);
}

static bool write_apart(struct wane_placement *p, uint64_t mutators,
                        uint64_t collectors)
{
  char m[WANE__NODES_TEXT], c[WANE__NODES_TEXT], text[2 * WANE__NODES_TEXT];
  wane__list_of_nodes(mutators, m);
  wane__list_of_nodes(collectors, c);
  snprintf(text, sizeof text, "mutators@%.200s/collectors@%.200s", m, c);
  free(p->policy);
  p->policy = strdup(text);
  return p->policy != NULL;
}

static bool apart(const struct plan *plan)
{
  static const char second[] = "/collectors@";
  struct wane_placement *p = plan->p;
  const char *slash = strstr(plan->text, second);
  uint64_t mutators, collectors;
  if (!slash) return refuse(plan, "expected mutators@NODES/collectors@NODES");
  const char *rest = slash + sizeof second - 1;
  return read_nodes(plan, plan->text, (size_t)(slash - plan->text),
                    &mutators) &&
         read_nodes(plan, rest, strlen(rest), &collectors) &&
         over_nodes(p, mutators & wane__nodes_with_pus(p->topology), 0,
                    p->mutators) &&
         over_nodes(p, collectors & wane__nodes_with_pus(p->topology),
                    p->mutators, threads_of(p)) &&
         write_apart(p, mutators, collectors);
}

static const struct {
  const char *name;
  bool whole; // nothing follows it
  bool (*plan)(const struct plan *plan);
} policies[] = {
    {"none", true, none},       {"compact", true, compact},
    {"scatter", true, scatter}, {"per-node", true, per_node},
    {"list:", false, list},     {"mutators@", false, apart},
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
  return refuse(plan, "expected none, compact, scatter, per-node, list:CPUS or "
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
  if (mutators > MOST_THREADS || workers > MOST_THREADS) {
    snprintf(error, error_size,
             "thread policy " WANE__QUOTE ": expected at most %d threads",
             policy, MOST_THREADS);
  } else if (p) {
    *p = (struct wane_placement){topology, strdup(policy), mutators, workers,
                                 NULL};
    p->set = calloc(threads_of(p) + 1, sizeof(hwloc_cpuset_t));
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
hwloc_const_cpuset_t wane__placement_set(const struct wane_placement *p,
                                         enum wane_place_role role,
                                         uint32_t index)
{
  if (!p->set) return NULL;
  if (role == WANE_PLACE_MUTATOR)
    return p->mutators ? p->set[index % p->mutators] : NULL;
  if (!p->workers) return NULL;
  return p
      ->set[p->mutators + (role == WANE_PLACE_WORKER ? index % p->workers : 0)];
}

uint32_t wane_placement_node(const struct wane_placement *p,
                             enum wane_place_role role, uint32_t index)
{
  hwloc_const_cpuset_t set = wane__placement_set(p, role, index);
  for (uint32_t i = 0; set && i < p->topology->nodes; i++)
    if (hwloc_bitmap_isincluded(set, p->topology->local[i])) return i;
  return WANE_NODE_ANY;
}

char *wane_placement_cpus(const struct wane_placement *p,
                          enum wane_place_role role, uint32_t index)
{
  hwloc_const_cpuset_t set = wane__placement_set(p, role, index);
  char *text = NULL;
  if (!set) return strdup("");
  return hwloc_bitmap_list_asprintf(&text, set) < 0 ? NULL : text;
}
