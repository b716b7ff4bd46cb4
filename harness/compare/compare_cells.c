// compare_cells.c: which invocations of A and B are of the same cell.
// SPDX-License-Identifier: MIT
//
// Heaps are the same if their factors are; without factors, if their bytes are.
// What must be equal for numbers to be about the same thing, but is no part of
// what a cell is called (variety, seed, topology, placement, class), makes a
// cell incomparable, and it says so. Main thread.
#include "compare.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// --- what a workload is called ---------------------------------------------

// "file=/x/a.gct;nodes=each" without "/x/": results of two machines, or of two
// working copies, are about the same trace.
static void forget_folders(char *size)
{
  for (char *item = size; *item;) {
    size_t n = strcspn(item, ";");
    if (strncmp(item, "file=", 5) == 0) {
      char *from = item + 5, *end = item + n, *base = from;
      for (char *at = from; at < end; at++)
        if (*at == '/') base = at + 1;
      memmove(from, base, strlen(base) + 1);
      n -= (size_t)(base - from);
    }
    item += n + (item[n] == ';');
  }
}

char *compare_workload(const struct report_run *run)
{
  const char *size = run->field[REPORT_SIZE];
  bool plain = strcmp(size, "default") == 0 || strcmp(size, "NA") == 0;
  char *text, *copy = strdup(size);
  if (!copy) return NULL;
  forget_folders(copy);
  if (asprintf(&text, "%s%s%s", run->field[REPORT_BENCHMARK], plain ? "" : ", ",
               plain ? "" : copy) < 0)
    text = NULL;
  free(copy);
  return text;
}

// --- order -----------------------------------------------------------------

struct item {
  const struct report_run *run;
  char *workload;
};

static int by_number(double a, double b) // NaN behind all
{
  if (isnan(a) || isnan(b)) return isnan(a) - isnan(b);
  return (a > b) - (a < b);
}

static int by_cell(const struct item *a, const struct item *b)
{
  static const enum report_field fields[] = {
      REPORT_CONFIG, REPORT_NUMA_MODE, REPORT_NUMA_POLICY, REPORT_THREAD_POLICY,
      REPORT_GC_POLICY};
  const struct report_run *x = a->run, *y = b->run;
  int order = strcmp(x->field[REPORT_SUITE], y->field[REPORT_SUITE]);
  if (!order) order = strcmp(a->workload, b->workload);
  for (size_t i = 0; !order && i < sizeof fields / sizeof fields[0]; i++)
    order = strcmp(x->field[fields[i]], y->field[fields[i]]);
  if (!order) order = by_number(x->mutators, y->mutators);
  if (!order) order = by_number(x->hfac, y->hfac);
  if (!order && isnan(x->hfac))
    order = strcmp(x->field[REPORT_HEAP_BYTES], y->field[REPORT_HEAP_BYTES]);
  return order;
}

static int by_all(const void *x, const void *y)
{
  const struct item *a = x, *b = y;
  int order = by_cell(a, b);
  if (!order)
    order =
        (a->run->source > b->run->source) - (a->run->source < b->run->source);
  return order ? order : (a->run > b->run) - (a->run < b->run);
}

// --- whether it can be compared --------------------------------------------

static bool has(const struct compare_side *side, enum report_field field,
                const char *value)
{
  for (size_t i = 0; i < side->n; i++)
    if (strcmp(side->runs[i]->field[field], value) == 0) return true;
  return false;
}

// A value of `side` that the other one has nowhere, or NULL.
static const char *only_of(const struct compare_side *side,
                           const struct compare_side *other,
                           enum report_field field)
{
  for (size_t i = 0; i < side->n; i++)
    if (!has(other, field, side->runs[i]->field[field]))
      return side->runs[i]->field[field];
  return NULL;
}

static int explain(struct compare_cell *cell, const char *format,
                   const char *first, const char *second)
{
  int n = asprintf(&cell->why, format, first, second);
  if (n < 0) cell->why = NULL;
  return n < 0 ? -ENOMEM : 0;
}

static int judge_sides(struct compare_cell *cell)
{
  for (int i = 0; i < 2; i++) {
    const struct compare_side *side = &cell->side[i];
    const char *name = i ? "B" : "A";
    if (side->n) continue;
    if (!side->left_out) return explain(cell, "not in %s%s", name, "");
    return explain(cell, "nothing in %s counts: %s", name, side->reason);
  }
  return 0;
}

static int judge(struct compare_cell *cell)
{
  static const struct {
    enum report_field field;
    const char *format;
  } same[] = {
      {REPORT_VARIETY, "different builds: %s in A, %s in B"},
      {REPORT_SEED, "different seeds: %s in A, %s in B"},
      {REPORT_TOPOLOGY, "different topologies: %s in A, %s in B"},
      {REPORT_PLACEMENT, "different placements: %s in A, %s in B"},
      {REPORT_HEAP_MODE, "different kinds of heap: %s in A, %s in B"},
  };
  const struct compare_side *a = &cell->side[0], *b = &cell->side[1];
  int result = judge_sides(cell);
  for (size_t i = 0; !result && !cell->why && i < sizeof same / sizeof same[0];
       i++) {
    const char *first = only_of(a, b, same[i].field);
    const char *second = only_of(b, a, same[i].field);
    if (!first && !second) continue;
    if (!first) first = a->runs[0]->field[same[i].field];
    if (!second) second = b->runs[0]->field[same[i].field];
    result = explain(cell, same[i].format, first, second);
  }
  if (!result && !cell->why && a->runs[0]->class != b->runs[0]->class)
    result =
        explain(cell, "%s in A, %s in B", report_class_name(a->runs[0]->class),
                report_class_name(b->runs[0]->class));
  return result;
}

// --- cells -----------------------------------------------------------------

static int name_cell(struct compare_cell *cell, const char *workload)
{
  const struct report_run *run = cell->like;
  const char *mode = run->field[REPORT_NUMA_MODE];
  bool numa = strcmp(mode, "off") && strcmp(mode, "NA");
  char heap[32] = "";
  if (!isnan(run->hfac))
    snprintf(heap, sizeof heap, ", %sx", run->field[REPORT_HFAC]);
  int n = asprintf(&cell->label, "%s on %s, %u mutator%s%s%s%s", workload,
                   run->field[REPORT_CONFIG], run->mutators,
                   run->mutators == 1 ? "" : "s", heap, numa ? ", numa " : "",
                   numa ? mode : "");
  if (n < 0) cell->label = NULL;
  return n < 0 ? -ENOMEM : 0;
}

static void count_run(struct compare_cell *cell, const struct report_run *run,
                      const struct report_run ***room)
{
  struct compare_side *side = &cell->side[run->source];
  if (!side->runs) side->runs = *room;
  if (!run->excluded) {
    side->runs[side->n++] = run;
    ++*room;
    return;
  }
  side->failed += strcmp(run->field[REPORT_STATUS], "ok") != 0 &&
                  strcmp(run->field[REPORT_STATUS], "skipped") != 0;
  if (!side->left_out++) side->reason = run->excluded;
}

static int cut(struct compare_cells *cells, const struct item *items, size_t n)
{
  const struct report_run **room = cells->runs;
  int result = 0;
  for (size_t i = 0; !result && i < n;) {
    struct compare_cell *cell = &cells->cells[cells->n++];
    size_t first = i;
    cell->like = items[i].run;
    for (; i < n && by_cell(&items[first], &items[i]) == 0; i++)
      count_run(cell, items[i].run, &room);
    result = name_cell(cell, items[first].workload);
    if (!result) result = judge(cell);
  }
  return result;
}

int compare_cells_make(struct compare_cells *cells, const struct report *report)
{
  size_t n = report->n_runs;
  int result = 0;
  *cells = (struct compare_cells){.cells = calloc(n + 1, sizeof *cells->cells),
                                  .runs = calloc(n + 1, sizeof *cells->runs)};
  struct item *items = calloc(n + 1, sizeof *items);
  if (!cells->cells || !cells->runs || !items) result = -ENOMEM;
  for (size_t i = 0; !result && i < n; i++) {
    items[i] =
        (struct item){&report->runs[i], compare_workload(&report->runs[i])};
    if (!items[i].workload) result = -ENOMEM;
  }
  if (!result) qsort(items, n, sizeof *items, by_all);
  if (!result) result = cut(cells, items, n);
  for (size_t i = 0; items && i < n; i++) free(items[i].workload);
  free(items);
  return result;
}

void compare_cells_free(struct compare_cells *cells)
{
  for (size_t i = 0; i < cells->n; i++) {
    free(cells->cells[i].label);
    free(cells->cells[i].why);
  }
  free(cells->cells);
  free(cells->runs);
}
