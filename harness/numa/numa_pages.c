// numa_pages.c: where a sample of the heap's pages is, by the kernel's word.
// SPDX-License-Identifier: MIT
//
// Every k-th page of the blocks in use, so that large and small blocks, and
// their first and last pages, count as they should. Outside the timed region,
// on a thread that is no mutator.
#include "numa_watch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST 4096 // pages that are asked for

struct sample {
  size_t page_bytes;
  size_t seen;     // pages of blocks in use
  size_t every, n; // every k-th is taken; how many are
  void *page[MOST];
  uint32_t home[MOST], where[MOST];
};

static void count_pages(void *begin, size_t bytes, uint32_t home, void *context)
{
  struct sample *s = context;
  (void)begin;
  (void)home;
  s->seen += bytes / s->page_bytes;
}

static void take_pages(void *begin, size_t bytes, uint32_t home, void *context)
{
  struct sample *s = context;
  for (size_t at = 0; at + s->page_bytes <= bytes; at += s->page_bytes) {
    if (s->seen++ % s->every || s->n == MOST) continue;
    char *page = (char *)begin + at;
    s->page[s->n] = page;
    // A block that is spread over nodes: each page has its own.
    s->home[s->n++] =
        home == WANE_NODE_ANY ? wane_numa_home((wane_ref)page) : home;
  }
}

static void missing(const struct numa_rows *rows, const char *reason)
{
  const struct numa_row row = {"numa.pages", NUMA_NODE_ALL,   NUMA_NODE_ALL,
                               NAN,          NUMA_MOVE_PAGES, false,
                               reason};
  numa_rows_put(rows, &row);
  numa_ratio_report(rows, "numa.pages_mismatch", NAN, NUMA_MOVE_PAGES, reason);
}

static uint32_t row_of(uint32_t node, uint32_t n)
{
  return node < n - 1 ? node : n - 1;
}

// Pages of a block that nobody has touched yet are on no node: column "any".
static void report_matrix(const struct numa_rows *rows, const struct sample *s)
{
  uint32_t n = wane_topology_nodes(rows->setup->topology) + 1;
  uint64_t *cells = calloc((size_t)n * n, sizeof *cells);
  struct numa_row row = {"numa.pages",    NUMA_NODE_ALL, NUMA_NODE_ALL, 0,
                         NUMA_MOVE_PAGES, true,          NULL};
  double right = 0, wrong = 0;
  if (!cells) {
    missing(rows, "no memory");
    return;
  }
  for (size_t i = 0; i < s->n; i++) {
    uint32_t home = row_of(s->home[i], n), where = row_of(s->where[i], n);
    cells[home * n + where]++;
    if (home < n - 1 && where < n - 1) *(home == where ? &right : &wrong) += 1;
  }
  row.value = (double)s->n;
  numa_rows_put(rows, &row);
  for (uint32_t i = 0; i < n * n; i++) {
    if (!cells[i]) continue;
    row.from = i / n + 1 < n ? i / n : WANE_NODE_ANY;
    row.to = i % n + 1 < n ? i % n : WANE_NODE_ANY;
    row.value = (double)cells[i];
    numa_rows_put(rows, &row);
  }
  const char *reason = numa_single(rows->setup);
  if (!reason && right + wrong == 0) reason = "no page with a home is there";
  numa_ratio_report(rows, "numa.pages_mismatch",
                    reason ? NAN : wrong / (right + wrong), NUMA_MOVE_PAGES,
                    reason);
  free(cells);
}

void numa_pages_report(const struct numa_rows *rows)
{
  if (rows->setup->mode == NUMA_MODEL) {
    missing(rows, "a model binds nothing");
    return;
  }
  struct sample *s = calloc(1, sizeof *s);
  if (!s) {
    missing(rows, "no memory");
    return;
  }
  s->page_bytes = (size_t)sysconf(_SC_PAGESIZE);
  wane_numa_blocks(count_pages, s);
  s->every = s->seen / MOST + 1;
  s->seen = 0;
  wane_numa_blocks(take_pages, s);
  int status =
      wane_memory_where(rows->setup->topology, s->page, s->n, s->where);
  if (status)
    missing(rows, strerror(-status));
  else
    report_matrix(rows, s);
  free(s);
}
