// report_group.c: runs of one class, sorted so that like stands beside like.
// SPDX-License-Identifier: MIT
//
// A configuration is its column `config` without what is varied, with what a
// sweep's configurations leave to other columns. Its label has only what
// differs from the others, so that a legend can be read; a sweep's are called
// as whoever wrote the sweep called them.
#include "report_group.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// --- keys ------------------------------------------------------------------

// "rc.t4.w1.h64m" gives "rc.w1.h64m".
static char *config_key(const char *config)
{
  char *key = strdup(config);
  for (char *at = key; at && (at = strstr(at, ".t")); at += 2) {
    size_t digits = strspn(at + 2, "0123456789");
    const char *behind = at + 2 + digits;
    if (!digits || strncmp(behind, ".w", 2)) continue;
    memmove(at, behind, strlen(behind) + 1);
    break;
  }
  return key;
}

// "rc.w1.h64m" or "rc.w1.h64m.pacing-x" without the heap, in place.
static void cut_heap(char *key)
{
  for (char *at = key; (at = strstr(at, ".h")); at += 2) {
    size_t digits = strspn(at + 2, "0123456789");
    const char *behind = at + 2 + digits + strspn(at + 2 + digits, "kmgt");
    if (!digits || (*behind && *behind != '.')) continue;
    memmove(at, behind, strlen(behind) + 1);
    return;
  }
}

// A sweep's configuration does not say how many mutators there are.
static bool is_of_sweep(const struct report_run *run)
{
  char *key = config_key(run->field[REPORT_CONFIG]);
  bool same = key && strcmp(key, run->field[REPORT_CONFIG]) == 0;
  free(key);
  return same;
}

// A quote beside a comma is more than gnuplot can read of a csv.
static char *unquoted(char *text)
{
  for (char *at = text; at && (at = strchr(at, '"'));) *at = '\'';
  return text;
}

char *report_run_key(const struct report_run *run, enum report_axis axis)
{
  char *key = config_key(run->field[REPORT_CONFIG]), *full = NULL;
  bool numa = strcmp(run->field[REPORT_NUMA_MODE], "off") != 0;
  bool sweep = is_of_sweep(run), heap = axis == REPORT_OVER_MUTATORS && sweep;
  heap &= !isnan(run->hfac);
  if (key && axis == REPORT_OVER_HEAP && !isnan(run->hfac)) cut_heap(key);
  if (key && asprintf(&full, "%s%s%s%s%s%s%s%s%s%s%s%s%s", key,
                      heap ? " heap " : "", heap ? run->field[REPORT_HFAC] : "",
                      numa && sweep ? " numa " : "",
                      numa && sweep ? run->field[REPORT_NUMA_MODE] : "",
                      numa && sweep ? " memory " : "",
                      numa && sweep ? run->field[REPORT_NUMA_POLICY] : "",
                      numa && sweep ? " place " : "",
                      numa && sweep ? run->field[REPORT_THREAD_POLICY] : "",
                      numa && sweep ? " steal " : "",
                      numa && sweep ? run->field[REPORT_GC_POLICY] : "",
                      *run->apart ? " " : "", run->apart) < 0)
    full = NULL;
  free(key);
  return unquoted(full);
}

// "copies=4;nodes=each" without its item of that name.
static char *without(const char *size, const char *name)
{
  char *copy = strdup(size), *at = copy;
  size_t n = strlen(name);
  while (at && *at && (strncmp(at, name, n) || at[n] != '=')) {
    at += strcspn(at, ";");
    at += *at == ';';
  }
  if (!at || !*at) return copy;
  size_t length = strcspn(at, ";");
  if (at[length] == ';')
    memmove(at, at + length + 1, strlen(at + length + 1) + 1);
  else
    at[-(at > copy)] = '\0'; // the last one, and the ';' before it
  return copy;
}

char *report_panel_name(const struct report_view *view,
                        const struct report_item *item)
{
  const char *benchmark = item->run->field[REPORT_BENCHMARK];
  char *size = without(item->size, "file"), *name = NULL, threads[32] = "";
  bool plain = size && (!*size || strcmp(size, "default") == 0);
  // A sweep's benchmarks have names of their own, which say what they are.
  plain |= is_of_sweep(item->run);
  if (view->axis == REPORT_OVER_HEAP && view->many_mutators)
    snprintf(threads, sizeof threads, ", %u mutator%s", item->run->mutators,
             item->run->mutators == 1 ? "" : "s");
  const char *suite = view->many_suites ? item->run->field[REPORT_SUITE] : "";
  if (size && asprintf(&name, "%s%s%s%s%s%s", suite, *suite ? ", " : "",
                       benchmark, plain ? "" : ", ", plain ? "" : size,
                       threads) < 0)
    name = NULL;
  free(size);
  return name;
}

// --- order -----------------------------------------------------------------

static int by_field(const struct report_item *a, const struct report_item *b,
                    enum report_field field)
{
  return strcmp(a->run->field[field], b->run->field[field]);
}

static int by_panel(const struct report_item *a, const struct report_item *b)
{
  int order = by_field(a, b, REPORT_BENCHMARK);
  if (!order) order = by_field(a, b, REPORT_SUITE);
  if (!order) order = strcmp(a->size, b->size);
  return order ? order
               : (a->mutators > b->mutators) - (a->mutators < b->mutators);
}

static int by_x(const struct report_item *a, const struct report_item *b)
{
  if (isnan(a->x) || isnan(b->x)) return isnan(a->x) - isnan(b->x);
  return (a->x > b->x) - (a->x < b->x);
}

static int by_all(const void *x, const void *y)
{
  const struct report_item *a = x, *b = y;
  int order = by_panel(a, b);
  if (!order) order = strcmp(a->key, b->key);
  if (!order) order = by_x(a, b);
  return order ? order : by_field(a, b, REPORT_INVOCATION_ID);
}

bool report_same_panel(const struct report_item *a, const struct report_item *b)
{
  return by_panel(a, b) == 0;
}

bool report_same_series(const struct report_item *a,
                        const struct report_item *b)
{
  return report_same_panel(a, b) && strcmp(a->key, b->key) == 0;
}

bool report_same_point(const struct report_item *a, const struct report_item *b)
{
  return report_same_series(a, b) && by_x(a, b) == 0;
}

size_t report_view_end(const struct report_view *view, size_t i,
                       report_same same)
{
  size_t end = i;
  while (end < view->n && same(&view->items[i], &view->items[end])) end++;
  return end;
}

size_t report_failed_beside(const struct report_view *view,
                            const struct report_item *item)
{
  size_t n = 0;
  for (size_t i = 0; i < view->n_failed; i++)
    n += report_same_point(&view->failed[i], item);
  return n;
}

// --- labels ----------------------------------------------------------------

// What a label may have, and what is written before it.
static const struct {
  enum report_field field;
  const char *before;
} parts[] = {
    {REPORT_COLLECTOR, ""},           {REPORT_COLLECTOR_OPTS, ""},
    {REPORT_WORKERS, "workers "},     {REPORT_HEAP_BYTES, "heap "},
    {REPORT_NUMA_MODE, "numa "},      {REPORT_NUMA_POLICY, "memory "},
    {REPORT_THREAD_POLICY, "place "}, {REPORT_GC_POLICY, "steal "},
};
enum { PARTS = sizeof parts / sizeof parts[0] };

static const struct report_item *item_at(const struct report_view *view,
                                         size_t i)
{
  return i < view->n ? &view->items[i] : &view->failed[i - view->n];
}

// The options of another collector say nothing about this one's.
static bool varies(const struct report_view *view, int part)
{
  bool options = parts[part].field == REPORT_COLLECTOR_OPTS;
  if (view->axis == REPORT_OVER_HEAP && parts[part].field == REPORT_HEAP_BYTES)
    return false;
  for (size_t i = 0; i < view->n + view->n_failed; i++) {
    const struct report_item *a = item_at(view, i), *b = item_at(view, 0);
    for (size_t k = 0; options && k <= i; k++) {
      b = item_at(view, k);
      if (by_field(a, b, REPORT_COLLECTOR) == 0) break;
    }
    if (by_field(a, b, parts[part].field)) return true;
  }
  return false;
}

static bool is_missing(const char *text)
{
  return strcmp(text, "NA") == 0;
}

static char *label_of(const struct report_run *run, const bool vary[PARTS],
                      size_t number)
{
  char *text = NULL;
  size_t size, pieces = 0;
  FILE *out = open_memstream(&text, &size);
  if (!out) return NULL;
  for (int i = 0; i < PARTS; i++) {
    if ((!vary[i] || is_missing(run->field[parts[i].field])) && i > 0) continue;
    fprintf(out, "%s%s%s", pieces++ ? ", " : "", parts[i].before,
            run->field[parts[i].field]);
  }
  if (*run->apart) fprintf(out, "%s%s", pieces++ ? ", " : "", run->apart);
  if (number) fprintf(out, " (%zu)", number + 1);
  return fclose(out) == 0 ? unquoted(text) : NULL;
}

// Two configurations that differ in something else get numbers.
static size_t number_of(const struct report_view *view, const char *label)
{
  size_t alike = 0, n = strlen(label);
  for (size_t i = 0; i < view->n_series; i++) {
    const char *other = view->labels[i];
    alike += strncmp(other, label, n) == 0 &&
             (!other[n] || strncmp(other + n, " (", 2) == 0);
  }
  return alike;
}

static int add_series(struct report_view *view, const struct report_item *item,
                      const bool vary[PARTS])
{
  bool named = is_of_sweep(item->run);
  char *label = named ? strdup(item->key) : label_of(item->run, vary, 0);
  size_t number = label ? number_of(view, label) : 0;
  if (number) {
    free(label);
    label = label_of(item->run, vary, number);
  }
  view->labels[view->n_series] = label;
  view->keys[view->n_series] = strdup(item->key);
  view->n_series++;
  return label && view->keys[view->n_series - 1] ? 0 : -ENOMEM;
}

static bool is_known(const struct report_view *view, const char *key,
                     size_t *at)
{
  for (*at = 0; *at < view->n_series; ++*at)
    if (strcmp(view->keys[*at], key) == 0) return true;
  return false;
}

size_t report_series_of(const struct report_view *view,
                        const struct report_item *item)
{
  size_t at;
  (void)is_known(view, item->key, &at);
  return at;
}

static int by_label(const void *a, const void *b)
{
  const char *const *x = a, *const *y = b;
  return strcmp(x[0], y[0]);
}

// So that each keeps its colour in all figures, they are in order of labels.
static int sort_series(struct report_view *view)
{
  char *(*pairs)[2] = calloc(view->n_series + 1, sizeof *pairs);
  if (!pairs) return -ENOMEM;
  for (size_t i = 0; i < view->n_series; i++) {
    pairs[i][0] = view->labels[i];
    pairs[i][1] = view->keys[i];
  }
  qsort(pairs, view->n_series, sizeof *pairs, by_label);
  for (size_t i = 0; i < view->n_series; i++) {
    view->labels[i] = pairs[i][0];
    view->keys[i] = pairs[i][1];
  }
  free(pairs);
  return 0;
}

// Whether a benchmark alone does not say which one is meant.
static bool has_many_suites(const struct report_view *view)
{
  size_t all = view->n + view->n_failed;
  for (size_t i = 0, k; i < all; i++) {
    const struct report_item *item = item_at(view, i);
    for (k = 0; by_field(item_at(view, k), item, REPORT_BENCHMARK); k++)
      continue;
    if (by_field(item_at(view, k), item, REPORT_SUITE)) return true;
  }
  return false;
}

static int label_all(struct report_view *view)
{
  bool vary[PARTS];
  size_t at, all = view->n + view->n_failed;
  for (int i = 0; i < PARTS; i++) vary[i] = varies(view, i);
  for (size_t i = 0; i < all; i++) {
    const struct report_item *item = item_at(view, i);
    if (!is_known(view, item->key, &at) && add_series(view, item, vary))
      return -ENOMEM;
    view->many_mutators |=
        item->run->mutators != item_at(view, 0)->run->mutators;
  }
  view->many_suites = has_many_suites(view);
  if (sort_series(view)) return -ENOMEM;
  for (size_t i = 0; i < all; i++) {
    struct report_item *item =
        i < view->n ? &view->items[i] : &view->failed[i - view->n];
    (void)is_known(view, item->key, &at);
    item->label = view->labels[at];
  }
  return 0;
}

// --- the view --------------------------------------------------------------

// What was never meant to be compared, or cannot be, is neither.
static bool has_failed(const struct report_run *run)
{
  return run->excluded && strcmp(run->field[REPORT_STATUS], "ok") != 0;
}

static int add_item(struct report_view *view, const struct report_run *run)
{
  bool heap = view->axis == REPORT_OVER_HEAP;
  char *key = report_run_key(run, view->axis);
  char *size = heap ? strdup(run->field[REPORT_SIZE])
                    : without(run->field[REPORT_SIZE], "copies");
  struct report_item item = {.run = run,
                             .key = key,
                             .size = unquoted(size),
                             .x = heap ? run->hfac : run->mutators,
                             .mutators = heap ? run->mutators : 0};
  if (run->excluded)
    view->failed[view->n_failed++] = item;
  else
    view->items[view->n++] = item;
  return key && size ? 0 : -ENOMEM;
}

// One for all figures of a class.
static double nearest(const struct report_view *view)
{
  double best = NAN;
  for (size_t i = 0; i < view->report->n_runs; i++) {
    const struct report_run *run = &view->report->runs[i];
    if (run->class != view->class || run->excluded || isnan(run->hfac))
      continue;
    if (isnan(best) || fabs(run->hfac - view->at) < fabs(best - view->at))
      best = run->hfac;
  }
  return best;
}

int report_view_make(struct report_view *view, const struct report *report,
                     enum report_class class, enum report_axis axis, double at)
{
  *view = (struct report_view){
      .report = report, .class = class, .axis = axis, .at = at};
  view->factor = nearest(view);
  double only = axis == REPORT_OVER_MUTATORS ? view->factor : NAN;
  view->items = calloc(report->n_runs + 1, sizeof *view->items);
  view->failed = calloc(report->n_runs + 1, sizeof *view->failed);
  view->keys = calloc(report->n_runs + 1, sizeof *view->keys);
  view->labels = calloc(report->n_runs + 1, sizeof *view->labels);
  if (!view->items || !view->failed || !view->keys || !view->labels)
    return -ENOMEM;
  for (size_t i = 0; i < report->n_runs; i++) {
    const struct report_run *run = &report->runs[i];
    if (run->class != class || (run->excluded && !has_failed(run))) continue;
    if (!isnan(only) && !isnan(run->hfac) && run->hfac != only) {
      view->left_out += !run->excluded;
      continue;
    }
    if (add_item(view, run)) return -ENOMEM;
  }
  qsort(view->items, view->n, sizeof *view->items, by_all);
  qsort(view->failed, view->n_failed, sizeof *view->failed, by_all);
  return label_all(view);
}

static void free_items(struct report_item *items, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    free((char *)(uintptr_t)items[i].key);
    free((char *)(uintptr_t)items[i].size);
  }
  free(items);
}

void report_view_free(struct report_view *view)
{
  free_items(view->items, view->n);
  free_items(view->failed, view->n_failed);
  for (size_t i = 0; i < view->n_series; i++) {
    free(view->keys[i]);
    free(view->labels[i]);
  }
  free(view->keys);
  free(view->labels);
}

// --- numbers ---------------------------------------------------------------

static int by_value(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

struct report_spread report_spread_of(double *values, size_t n)
{
  struct report_spread s = {NAN, NAN, NAN, 0};
  for (size_t i = 0; i < n; i++)
    if (!isnan(values[i])) values[s.n++] = values[i];
  if (!s.n) return s;
  qsort(values, s.n, sizeof *values, by_value);
  s.low = values[0];
  s.high = values[s.n - 1];
  s.median = (values[(s.n - 1) / 2] + values[s.n / 2]) / 2;
  return s;
}
