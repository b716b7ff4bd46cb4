// report_rows.c: rows of companion files, for the runs of a view.
// SPDX-License-Identifier: MIT
#include "report_rows.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// Which item a run is: SIZE_MAX, none.
static size_t *items_of_runs(const struct report_view *view)
{
  size_t *items = malloc((view->report->n_runs + 1) * sizeof *items);
  if (!items) return NULL;
  for (size_t i = 0; i < view->report->n_runs; i++) items[i] = SIZE_MAX;
  for (size_t i = 0; i < view->n; i++)
    items[view->items[i].run - view->report->runs] = i;
  return items;
}

struct reading {
  const struct report_view *view;
  const size_t *items;
  enum companion kind;
  report_take_row take;
  void *context;
  const struct report_run *run; // of the row before, as a rule of this one
};

static const char *invocation_of(enum companion kind,
                                 const union companion_row *row,
                                 uint64_t *iteration)
{
  switch (kind) {
  case COMPANION_EVENTS:
    *iteration = row->event.iteration;
    return row->event.invocation;
  case COMPANION_REQUESTS:
    *iteration = row->request.iteration;
    return row->request.invocation;
  case COMPANION_SAMPLES:
    *iteration = row->sample.iteration;
    return row->sample.invocation;
  case COMPANION_LIFETIMES:
    *iteration = row->lifetime.iteration;
    return row->lifetime.invocation;
  case N_COMPANIONS:
    break;
  }
  return "";
}

static int take_row(struct reading *r, size_t source,
                    const union companion_row *row)
{
  uint64_t iteration = 0;
  const char *id = invocation_of(r->kind, row, &iteration);
  if (!r->run || strcmp(r->run->field[REPORT_INVOCATION_ID], id))
    r->run = report_find(r->view->report, source, id);
  if (!r->run || iteration != r->run->iteration) return 0;
  size_t item = r->items[r->run - r->view->report->runs];
  return item == SIZE_MAX ? 0 : r->take(r->context, item, row);
}

static int read_file(struct reading *r, size_t source, char *error,
                     size_t error_size)
{
  char *path;
  union companion_row row;
  int got = 0, result = 0;
  if (asprintf(&path, "%s/%s", report_source_directory(r->view->report, source),
               companion_kind(r->kind)->file) < 0)
    return -ENOMEM;
  struct companion_reader *reader = NULL;
  if (access(path, F_OK) == 0) {
    reader = companion_open(r->kind, path, error, error_size);
    if (!reader) result = -EINVAL;
  }
  r->run = NULL;
  while (reader && !result &&
         (got = companion_next(reader, &row, error, error_size)) == 1)
    result = take_row(r, source, &row);
  companion_close(reader);
  free(path);
  return result ? result : got;
}

int report_rows(const struct report_view *view, enum companion kind,
                report_take_row take, void *context, char *error,
                size_t error_size)
{
  size_t *items = items_of_runs(view);
  int result = items ? 0 : -ENOMEM;
  struct reading r = {view, items, kind, take, context, NULL};
  for (size_t i = 0; !result && i < view->report->n_sources; i++)
    result = read_file(&r, i, error, error_size);
  free(items);
  return result;
}

void report_rows_refused(struct report_paper *paper, const char *error)
{
  paper->refused = true;
  fprintf(paper->csv, "refused\n");
  fprintf(paper->caption, "%s: nothing is drawn, for a file was refused: %s\n",
          paper->stem, error);
  fprintf(stderr, "wane report: %s: %s\n", paper->stem, error);
}
