// topology.c: reads a topology, and finds out whether one can bind on it.
// SPDX-License-Identifier: MIT
//
// On a topology that is not this machine's, hwloc's binding calls succeed and
// do nothing; its support bits are the only sign. So the mode is settled here,
// once, and everything that binds asks for it first.

#include "topology.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MOST_OBJECTS 4096 // of one kind, in a description

// --- mode -------------------------------------------------------------------

__attribute__((format(printf, 2, 3))) static void deny(struct wane_topology *t,
                                                       const char *format, ...)
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

// Puts a page onto the first node, strictly and as a wish: hwloc learns at the
// first wish which calls the kernel has, and it is better that no other thread
// is there then.
static bool may_bind_memory(struct wane_topology *t, void *page, size_t bytes)
{
  static const int flags[] = {HWLOC_MEMBIND_STRICT, 0};
  for (int i = 0; i < 2; i++)
    if (hwloc_set_area_membind(t->hwloc, page, bytes, t->node[0]->nodeset,
                               HWLOC_MEMBIND_BIND,
                               flags[i] | HWLOC_MEMBIND_BYNODESET))
      return false;
  return true;
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
  } else if (!may_bind_memory(t, page, bytes)) {
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

// The variable that makes hwloc read something else instead of this machine;
// NULL: there is none.
static const char *stand_in(void)
{
  static const char *const names[] = {"HWLOC_SYNTHETIC", "HWLOC_XMLFILE",
                                      "HWLOC_FSROOT", "HWLOC_CPUID_PATH"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    const char *value = getenv(names[i]);
    if (value && *value) return names[i];
  }
  return NULL;
}

__attribute__((format(printf, 2, 3))) static void
plan_only(struct wane_topology *t, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(t->why, sizeof t->why, format, arguments);
  va_end(arguments);
  t->mode = WANE_TOPOLOGY_PLAN_ONLY;
}

static void settle_mode(struct wane_topology *t)
{
  t->mode = WANE_TOPOLOGY_REAL;
  if (strcmp(t->source, "machine"))
    plan_only(t, "%s is a description, not this machine", t->source);
  else if (stand_in())
    plan_only(t, "%s in the environment stands for this machine", stand_in());
  else if (!hwloc_topology_is_thissystem(t->hwloc))
    plan_only(t, "HWLOC_THISSYSTEM or HWLOC_COMPONENTS in the environment "
                 "says that this is not this machine");
  else if (!supported(hwloc_topology_get_support(t->hwloc)))
    deny(t, "the system has no calls to bind threads and memory");
  else
    probe(t);
}

// --- nodes ------------------------------------------------------------------

// Memory that processors work from, as far as one is told otherwise.
static bool ordinary(hwloc_obj_t node)
{
  return !node->subtype || strcmp(node->subtype, "DRAM") == 0;
}

// Is node a nearer to a PU that both cover? The one with fewer PUs is. Where
// two cover the same ones (memory without processors hangs where it is best
// reached from), ordinary memory is, and then what the system numbered first.
static bool nearer(hwloc_obj_t a, hwloc_obj_t b)
{
  int wa = hwloc_bitmap_weight(a->cpuset), wb = hwloc_bitmap_weight(b->cpuset);
  if (wa != wb) return wa < wb;
  if (ordinary(a) != ordinary(b)) return ordinary(a);
  return a->os_index < b->os_index;
}

// As hwloc has them, but those whose PUs are all forbidden to us come last:
// hwloc has them first on the machine, and last in an XML file of it.
static void number_nodes(struct wane_topology *t)
{
  hwloc_obj_t node = NULL;
  uint32_t n = 0;
  int os;
  while ((node = hwloc_get_next_obj_by_type(t->hwloc, HWLOC_OBJ_NUMANODE,
                                            node)))
    if (!hwloc_bitmap_iszero(node->cpuset)) t->node[n++] = node;
  hwloc_bitmap_foreach_begin(os, hwloc_topology_get_topology_nodeset(t->hwloc))
    node = hwloc_get_numanode_obj_by_os_index(t->hwloc, (unsigned)os);
    if (node && hwloc_bitmap_iszero(node->cpuset)) t->node[n++] = node;
  hwloc_bitmap_foreach_end();
}

static int find_nodes(struct wane_topology *t)
{
  int n = hwloc_get_nbobjs_by_type(t->hwloc, HWLOC_OBJ_NUMANODE);
  int pus = hwloc_get_nbobjs_by_type(t->hwloc, HWLOC_OBJ_PU);
  if (n < 1 || n > WANE_NODES_MAX || pus < 1) return -ERANGE;
  t->nodes = (uint32_t)n;
  t->pus = (uint32_t)pus;
  number_nodes(t);
  for (uint32_t i = 0; i < t->nodes; i++)
    if (!(t->local[i] = hwloc_bitmap_alloc())) return -ENOMEM;
  hwloc_obj_t pu = NULL;
  while ((pu = hwloc_get_next_obj_by_type(t->hwloc, HWLOC_OBJ_PU, pu))) {
    uint32_t best = WANE_NODE_ANY;
    for (uint32_t i = 0; i < t->nodes; i++)
      if (hwloc_bitmap_isset(t->node[i]->cpuset, pu->os_index) &&
          (best == WANE_NODE_ANY || nearer(t->node[i], t->node[best])))
        best = i;
    if (best != WANE_NODE_ANY) hwloc_bitmap_set(t->local[best], pu->os_index);
  }
  return 0;
}

// --- open and close ---------------------------------------------------------

static bool not_readable(const struct wane_topology *t, char *error,
                         size_t error_size)
{
  const char *expected =
      strncmp(t->source, "synthetic:", 10) == 0
          ? "a description as hwloc has them, such as \"synthetic:numa:2 "
            "core:4 pu:1\""
      : strncmp(t->source, "xml:", 4) == 0 ? "XML as hwloc writes it"
                                           : "a machine that hwloc can read";
  snprintf(error, error_size, "topology " WANE__QUOTE ": expected %s",
           t->source, expected);
  return false;
}

// More objects than any machine has: to read them would take all day, and all
// memory. A level's number stands behind its colon; what is in brackets is no
// level.
static bool too_many(const char *text)
{
  uint64_t n = 1;
  int depth = 0;
  for (; *text; text++) {
    depth += (*text == '(' || *text == '[') - (*text == ')' || *text == ']');
    if (*text != ':' || depth) continue;
    uint64_t here = strtoull(text + 1, NULL, 10);
    if (here > MOST_OBJECTS || n * here > MOST_OBJECTS) return true;
    n *= here;
  }
  return false;
}

static bool describe(struct wane_topology *t, const char *text, char *error,
                     size_t error_size)
{
  if (!too_many(text))
    return !hwloc_topology_set_synthetic(t->hwloc, text) ||
           not_readable(t, error, error_size);
  snprintf(error, error_size,
           "topology " WANE__QUOTE ": expected at most %d of anything",
           t->source, MOST_OBJECTS);
  return false;
}

struct xml {
  char *text;
  size_t n;
};

static bool look(struct wane_topology *t, char *error, size_t error_size);

// Does with it all that is done to topologies. False: hwloc refuses it.
static bool try_xml(void *context)
{
  const struct xml *xml = context;
  static struct wane_topology t = {.source = "xml:"};
  char error[256];
  if (hwloc_topology_init(&t.hwloc) ||
      hwloc_topology_set_xmlbuffer(t.hwloc, xml->text, (int)xml->n) ||
      hwloc_topology_load(t.hwloc))
    return false;
  hwloc_topology_check(t.hwloc); // aborts where things do not fit together
  if (!look(&t, error, sizeof error)) return true; // says so again, aloud
  for (uint32_t i = 0; i < t.pus; i++) wane_topology_pu(&t, i);
  free(wane_topology_summary(&t));
  free(wane_topology_xml(&t));
  wane_placement_free(
      wane_placement_plan(&t, "scatter", t.pus, 1, error, sizeof error));
  return true;
}

static bool give_xml(struct wane_topology *t, const char *path, char *error,
                     size_t error_size)
{
  struct xml xml;
  xml.text = wane__xml_read(t->source, path, &xml.n, error, error_size);
  if (!xml.text) return false;
  bool good = wane__survives(try_xml, &xml) &&
              !hwloc_topology_set_xmlbuffer(t->hwloc, xml.text, (int)xml.n);
  free(xml.text); // hwloc has its own copy
  return good || not_readable(t, error, error_size);
}

static bool set_source(struct wane_topology *t, char *error, size_t error_size)
{
  if (strcmp(t->source, "machine") == 0) return true;
  if (strncmp(t->source, "synthetic:", 10) == 0)
    return describe(t, t->source + 10, error, error_size);
  if (strncmp(t->source, "xml:", 4) == 0)
    return give_xml(t, t->source + 4, error, error_size);
  snprintf(error, error_size,
           "topology " WANE__QUOTE
           ": expected machine, synthetic:DESCRIPTION or xml:FILE",
           t->source);
  return false;
}

// A stand-in that hwloc cannot read is passed over in silence, and the machine
// comes instead.
static bool fell_back(const struct wane_topology *t)
{
  const char *name = stand_in();
  return strcmp(t->source, "machine") == 0 && name &&
         hwloc_topology_is_thissystem(t->hwloc) && !getenv("HWLOC_THISSYSTEM");
}

// What a cgroup forbids, hwloc has left out already; not so what the calling
// thread was started with (taskset, numactl, a batch system).
static bool restrict_to_binding(struct wane_topology *t)
{
  if (strcmp(t->source, "machine") || stand_in() ||
      !hwloc_topology_is_thissystem(t->hwloc))
    return true;
  hwloc_cpuset_t set = hwloc_bitmap_alloc();
  if (!set) return false;
  bool good = hwloc_get_cpubind(t->hwloc, set, HWLOC_CPUBIND_THREAD) ||
              !hwloc_topology_restrict(t->hwloc, set, 0);
  hwloc_bitmap_free(set);
  return good;
}

static bool look(struct wane_topology *t, char *error, size_t error_size)
{
  if (fell_back(t)) {
    snprintf(error, error_size,
             "topology \"machine\": %s is set, but what it names cannot be "
             "read",
             stand_in());
    return false;
  }
  // Distances and such are worked out when they are first asked for, unless
  // one asks for it: then many threads may read.
  if (!restrict_to_binding(t) || hwloc_topology_refresh(t->hwloc)) {
    snprintf(error, error_size, "topology: no memory");
    return false;
  }
  int status = find_nodes(t);
  if (status == -ERANGE)
    snprintf(error, error_size,
             "topology " WANE__QUOTE
             ": %d nodes and %d PUs, expected 1 to %d and 1 or more",
             t->source, hwloc_get_nbobjs_by_type(t->hwloc, HWLOC_OBJ_NUMANODE),
             hwloc_get_nbobjs_by_type(t->hwloc, HWLOC_OBJ_PU), WANE_NODES_MAX);
  else if (status)
    snprintf(error, error_size, "topology: no memory");
  return status == 0 && wane__distances_find(t, error, error_size);
}

static bool load(struct wane_topology *t, char *error, size_t error_size)
{
  if (hwloc_topology_init(&t->hwloc)) {
    t->hwloc = NULL;
    snprintf(error, error_size, "topology: no memory");
    return false;
  }
  if (!set_source(t, error, error_size)) return false;
  if (hwloc_topology_load(t->hwloc)) return not_readable(t, error, error_size);
  return look(t, error, error_size);
}

struct wane_topology *wane_topology_open(const char *source, char *error,
                                         size_t error_size)
{
  struct wane_topology *t = calloc(1, sizeof *t);
  if (!source) source = "machine";
  if (!t || strlen(source) >= sizeof t->source) {
    snprintf(error, error_size, "topology " WANE__QUOTE ": %s", source,
             t ? "more than 1000 letters" : "no memory");
    free(t);
    return NULL;
  }
  strcpy(t->source, source);
  if (!load(t, error, error_size)) {
    wane_topology_close(t);
    return NULL;
  }
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

uint64_t wane__nodes_with_pus(const struct wane_topology *t)
{
  uint64_t nodes = 0;
  for (uint32_t i = 0; i < t->nodes; i++)
    if (!hwloc_bitmap_iszero(t->local[i])) nodes |= (uint64_t)1 << i;
  return nodes;
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

struct wane_topology_pu wane_topology_pu(const struct wane_topology *t,
                                         uint32_t pu)
{
  hwloc_obj_t o = hwloc_get_obj_by_type(t->hwloc, HWLOC_OBJ_PU, pu);
  hwloc_obj_t core =
      hwloc_get_ancestor_obj_by_type(t->hwloc, HWLOC_OBJ_CORE, o);
  hwloc_obj_t package =
      hwloc_get_ancestor_obj_by_type(t->hwloc, HWLOC_OBJ_PACKAGE, o);
  return (struct wane_topology_pu){
      .os_index = o->os_index,
      .node = wane_topology_node_of_cpu(t, o->os_index),
      .core = core ? core->logical_index : pu,
      .package = package ? package->logical_index : 0,
  };
}

char *wane_topology_node_cpus(const struct wane_topology *t, uint32_t node)
{
  return list_of(t->local[node]);
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
    snprintf(text, sizeof text, "%u node%s, %u PU%s, not all alike", t->nodes,
             t->nodes == 1 ? "" : "s", t->pus, t->pus == 1 ? "" : "s");
  return strdup(text);
}

// The API's number is not the library's; that is only in what it makes.
static char library[32];

static void ask_library(void)
{
  hwloc_topology_t any;
  snprintf(library, sizeof library, "unknown");
  if (hwloc_topology_init(&any)) return;
  if (!hwloc_topology_set_synthetic(any, "numa:1 pu:1") &&
      !hwloc_topology_load(any)) {
    const char *text =
        hwloc_obj_get_info_by_name(hwloc_get_root_obj(any), "hwlocVersion");
    if (text) snprintf(library, sizeof library, "%s", text);
  }
  hwloc_topology_destroy(any);
}

const char *wane_topology_library(void)
{
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, ask_library);
  return library;
}
