// numa.c: nodes of threads, homes of memory, and the books of who went where.
// SPDX-License-Identifier: MIT

#include "numa.h"

#include "numa_cost.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct wane__numa wane__numa = {.nodes = 1};

// One per thread that counted anything; they stay until wane_stop.
struct book {
  struct book *next;
  enum wane_place_role role;
  double debt; // of the model's, in ns
  wane__numa_cell cells[];
};

// One per thread that was placed.
struct placed {
  struct placed *next;
  struct wane_numa_thread thread;
};

static struct {
  pthread_mutex_t lock; // of the lists
  struct book *books;
  struct placed *first, **last;
  uint64_t serial; // of this start: what a thread knows of another is void
  const struct wane_numa_config *config;
} numa = {.lock = PTHREAD_MUTEX_INITIALIZER, .last = &numa.first};

static _Thread_local struct {
  uint64_t serial;
  uint32_t node; // WANE_NODE_ANY: not placed
  enum wane_place_role role;
  struct book *book;
} self;

static void refresh_self(void)
{
  if (self.serial == numa.serial) return;
  self.serial = numa.serial;
  self.node = WANE_NODE_ANY;
  self.role = WANE_PLACE_MUTATOR;
  self.book = NULL;
}

// --- threads ----------------------------------------------------------------

static int note_thread(enum wane_place_role role, uint32_t index,
                       uint32_t asked, bool mismatch)
{
  struct placed *placed = calloc(1, sizeof *placed);
  char *cpus = wane_placement_cpus(numa.config->placement, role, index);
  if (!placed || !cpus) {
    free(placed);
    free(cpus);
    return -ENOMEM;
  }
  placed->thread = (struct wane_numa_thread){
      role, index, asked, wane__numa_here(), cpus, mismatch};
  pthread_mutex_lock(&numa.lock);
  *numa.last = placed;
  numa.last = &placed->next;
  pthread_mutex_unlock(&numa.lock);
  return 0;
}

int wane__numa_place(enum wane_place_role role, uint32_t index, char *error,
                     size_t error_size)
{
  refresh_self();
  self.role = role;
  if (!wane__numa.topology || !numa.config->placement) return 0;
  const struct wane_placement *p = numa.config->placement;
  uint32_t asked = wane_placement_node(p, role, index);
  int status = 0;
  *error = '\0';
  if (!wane__numa.model)
    status = wane_placement_bind(p, role, index, error, error_size);
  if (!status) self.node = asked;
  int noted = note_thread(role, index, asked, status != 0);
  if (status) return numa.config->strict ? status : 0;
  return noted;
}

int wane_place(uint32_t index, char *error, size_t error_size)
{
  return wane__numa_place(WANE_PLACE_MUTATOR, index, error, error_size);
}

uint32_t wane__numa_here(void)
{
  if (!wane__numa.topology) return 0;
  refresh_self();
  if (self.node != WANE_NODE_ANY || wane__numa.model) return self.node;
  int cpu = sched_getcpu();
  return cpu < 0 ? WANE_NODE_ANY
                 : wane_topology_node_of_cpu(wane__numa.topology,
                                             (uint32_t)cpu);
}

void wane_numa_threads(void (*each)(const struct wane_numa_thread *thread,
                                    void *context),
                       void *context)
{
  pthread_mutex_lock(&numa.lock);
  for (struct placed *p = numa.first; p; p = p->next) each(&p->thread, context);
  pthread_mutex_unlock(&numa.lock);
}

// --- books ------------------------------------------------------------------

size_t wane__numa_cells(void)
{
  size_t rows = wane__numa.nodes + 1;
  return WANE_NUMA_KINDS * rows * rows;
}

wane__numa_cell *wane__numa_book(void)
{
  refresh_self();
  if (self.book) return self.book->cells;
  size_t bytes =
      sizeof(struct book) + wane__numa_cells() * sizeof(wane__numa_cell);
  struct book *book = wane__table_alloc(NULL, bytes);
  memset(book, 0, bytes);
  book->role = self.role;
  pthread_mutex_lock(&numa.lock);
  book->next = numa.books;
  numa.books = book;
  pthread_mutex_unlock(&numa.lock);
  self.book = book;
  return book->cells;
}

uint32_t wane_numa_rows(void)
{
  return wane__numa.topology ? wane__numa.nodes + 1 : 1;
}

static bool kept(enum wane_numa_kind kind)
{
#if WANE_BARE // its barrier lets nobody look on
  if (kind == WANE_NUMA_STORES || kind == WANE_NUMA_LOADS ||
      kind == WANE_NUMA_INCREMENTS)
    return false;
#endif
  (void)kind;
  return wane__numa.count;
}

bool wane_numa_matrix(enum wane_numa_kind kind, uint64_t *cells)
{
  if (!kept(kind)) return false;
  size_t rows = wane_numa_rows(), n = rows * rows;
  memset(cells, 0, n * sizeof *cells);
  pthread_mutex_lock(&numa.lock);
  for (struct book *b = numa.books; b; b = b->next)
    for (size_t i = 0; i < n; i++) // Note [numa books]
      cells[i] += atomic_load_explicit(&b->cells[kind * n + i],
                                       memory_order_relaxed);
  pthread_mutex_unlock(&numa.lock);
  return true;
}

void wane_numa_reset(void)
{
  pthread_mutex_lock(&numa.lock);
  for (struct book *b = numa.books; b; b = b->next)
    for (size_t i = 0; i < wane__numa_cells(); i++) // Note [numa books]
      atomic_store_explicit(&b->cells[i], 0, memory_order_relaxed);
  pthread_mutex_unlock(&numa.lock);
  wane__numa_cost_reset();
}

void wane__numa_each_book(void (*each)(enum wane_place_role role,
                                       const uint64_t *cells, void *context),
                          void *context)
{
  size_t n = wane__numa_cells();
  uint64_t *cells = wane__table_alloc(NULL, n * sizeof *cells);
  pthread_mutex_lock(&numa.lock);
  for (struct book *b = numa.books; b; b = b->next) {
    for (size_t i = 0; i < n; i++) // Note [numa books]
      cells[i] = atomic_load_explicit(&b->cells[i], memory_order_relaxed);
    each(b->role, cells, context);
  }
  pthread_mutex_unlock(&numa.lock);
  free(cells);
}

double *wane__numa_debt(wane__numa_cell *book)
{
  char *begin = (char *)book - offsetof(struct book, cells);
  return &((struct book *)(void *)begin)->debt;
}

void wane__numa_clear(enum wane_numa_kind kind)
{
  size_t rows = wane_numa_rows(), n = rows * rows;
  pthread_mutex_lock(&numa.lock);
  for (struct book *b = numa.books; b; b = b->next)
    for (size_t i = 0; i < n; i++) // Note [numa books]
      atomic_store_explicit(&b->cells[kind * n + i], 0, memory_order_relaxed);
  pthread_mutex_unlock(&numa.lock);
}

static const char *const kind_names[] = {
    [WANE_NUMA_ALLOC_BYTES] = "alloc_bytes",
    [WANE_NUMA_ALLOC_OBJECTS] = "alloc_objects",
    [WANE_NUMA_STORES] = "stores",
    [WANE_NUMA_LOADS] = "loads",
    [WANE_NUMA_INCREMENTS] = "increments",
    [WANE_NUMA_EDGES] = "edges",
    [WANE_NUMA_DECREMENTS] = "decrements",
    [WANE_NUMA_MARKED] = "marked",
    [WANE_NUMA_FREED_OBJECTS] = "freed_objects",
    [WANE_NUMA_STEALS] = "steals",
    [WANE_NUMA_SENT] = "sent",
};

const char *wane_numa_kind_name(enum wane_numa_kind kind)
{
  return kind_names[kind];
}

uint32_t wane_numa_home(wane_ref object)
{
  return wane__numa_home_at(object);
}

// --- collector threads ------------------------------------------------------

uint32_t wane__numa_planned(enum wane_place_role role, uint32_t index)
{
  if (!wane__numa.topology || !numa.config->placement) return WANE_NODE_ANY;
  return wane_placement_node(numa.config->placement, role, index);
}

enum wane_steal wane__numa_steal(void)
{
  return wane__numa.topology ? numa.config->steal : WANE_STEAL_ANY;
}

void wane__numa_forked(void)
{
  pthread_mutex_init(&numa.lock, NULL);
}

// --- life -------------------------------------------------------------------

int wane__numa_start(const struct wane_numa_config *config, char *error,
                     size_t error_size)
{
  wane__numa = (struct wane__numa){.nodes = 1};
  numa.serial++;
  numa.config = config;
  if (!config || !config->topology) return 0;
  if (!config->model && config->placement &&
      wane_topology_mode(config->topology) == WANE_TOPOLOGY_PLAN_ONLY) {
    snprintf(error, error_size,
             "binding is refused: %s (a model of it needs no binding)",
             wane_topology_why(config->topology));
    return -ENOTSUP;
  }
  if (config->inject && !config->model) {
    snprintf(error, error_size,
             "remote accesses can be waited for in a model only: real ones "
             "take their time");
    return -EINVAL;
  }
  if (wane__numa_cost_start(config)) {
    snprintf(error, error_size, "no memory for the distances of nodes");
    return -ENOMEM;
  }
  wane__numa.inject = config->inject;
  wane__numa.topology = config->topology;
  wane__numa.nodes = wane_topology_nodes(config->topology);
  wane__numa.count = config->count || config->model;
  wane__numa.model = config->model;
  return 0;
}

void wane__numa_stop(void)
{
  while (numa.books) {
    struct book *next = numa.books->next;
    free(numa.books);
    numa.books = next;
  }
  while (numa.first) {
    struct placed *next = numa.first->next;
    free((char *)(uintptr_t)numa.first->thread.cpus);
    free(numa.first);
    numa.first = next;
  }
  numa.last = &numa.first;
  wane__numa_cost_stop();
  wane__numa = (struct wane__numa){.nodes = 1};
}
