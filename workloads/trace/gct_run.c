// gct_run.c: roots first, guards for what would be dropped and used again.
// SPDX-License-Identifier: MIT
//
// Deaths belong into a run: when an object dies, the recorder learns only at
// the next safepoint which of its parts a local variable had taken over. A
// handle is not born again within a run, so nothing is confused by moving a
// ROOT in front of a FREE.
//
// Only counts are looked at, not reachability: an object is guarded when its
// last root and last reference go while a later event of the run uses it.
// What it refers to is held by it, so that is enough unless the only holder
// of an object is itself being lost; then the moved ROOT holds it.
#include "gct_run.h"

#include <errno.h>
#include <stdlib.h>

bool gct__run_takes(unsigned op)
{
  return op == GCT_WRITE || op == GCT_ROOT || op == GCT_UNROOT ||
         op == GCT_RESIZE || op == GCT_WEAK || op == GCT_FREE || op == GCT_DROP;
}

int gct__run_open(struct gct__run *run, uint32_t max_handles)
{
  *run = (struct gct__run){.number = 1};
  run->stamps = calloc(max_handles + 1u, sizeof *run->stamps);
  return run->stamps ? 0 : -ENOMEM;
}

void gct__run_close(struct gct__run *run)
{
  free(run->events);
  free(run->guards);
  free(run->sorted);
  free(run->stamps);
}

// Grows an array to hold n elements. Returns false without memory.
static bool hold(void **array, size_t *room, size_t n, size_t bytes)
{
  if (n <= *room) return true;
  void *grown = realloc(*array, 2 * n * bytes);
  if (!grown) return false;
  *array = grown;
  *room = 2 * n;
  return true;
}

int gct__run_add(struct gct__run *run, const struct gct_event *event)
{
  void *events = run->events;
  if (!hold(&events, &run->room, run->n + 1, sizeof *event)) return -ENOMEM;
  run->events = events;
  run->events[run->n++] = *event;
  return 0;
}

// ROOTs of objects that were not UNROOTed before them go first.
static bool sort_run(struct gct__run *run)
{
  void *sorted = run->sorted;
  size_t n = 0, first_other = run->n;
  if (!hold(&sorted, &run->sorted_room, run->n, sizeof *run->sorted))
    return false;
  run->sorted = sorted;
  for (size_t i = 0; i < run->n; i++) {
    struct gct_event *e = &run->events[i];
    if (e->op == GCT_UNROOT) run->stamps[e->handle] = run->number;
    bool moves = e->op == GCT_ROOT && run->stamps[e->handle] != run->number;
    if (!moves) {
      if (first_other > i) first_other = i;
      continue;
    }
    run->moved += i > first_other;
    run->sorted[n++] = *e;
    e->op = GCT_OPS; // taken
  }
  for (size_t i = 0; i < run->n; i++)
    if (run->events[i].op != GCT_OPS) run->sorted[n++] = run->events[i];
  void *events = run->events;
  size_t room = run->room;
  run->events = run->sorted;
  run->room = run->sorted_room;
  run->sorted = events;
  run->sorted_room = room;
  run->number++; // the stamps now mean guards
  return true;
}

static bool guard(struct gct__run *run, uint32_t handle)
{
  void *guards = run->guards;
  if (run->stamps[handle] == run->number) return true;
  if (!hold(&guards, &run->guard_room, run->n_guards + 1, sizeof handle))
    return false;
  run->guards = guards;
  run->guards[run->n_guards++] = handle;
  run->stamps[handle] = run->number;
  return true;
}

const char *gct__run_apply(struct gct__run *run, struct gct_graph *graph,
                           bool settle)
{
  uint64_t start = gct_graph_clock(graph);
  if (settle && !sort_run(run)) return "no memory for a run";
  for (size_t i = 0; i < run->n; i++) {
    const struct gct_event *e = &run->events[i];
    for (uint32_t lost; settle;) {
      lost = gct_graph_unheld(graph, e);
      if (lost == GCT_NIL || run->stamps[lost] == run->number) break;
      if (gct_graph_unheld_since(graph, lost) <= start) {
        run->beyond_help++;
        break;
      }
      if (!guard(run, lost)) return "no memory for a run";
    }
    const char *why = gct_graph_apply(graph, e);
    if (why) return why;
  }
  return NULL;
}

bool gct__run_ends_guard(struct gct__run *run, const struct gct_event *event)
{
  if (event->op != GCT_FREE && event->op != GCT_DROP) return false;
  if (run->n_guards == 0 || run->stamps[event->handle] != run->number)
    return false;
  size_t i = 0;
  while (i < run->n_guards && run->guards[i] != event->handle) i++;
  if (i == run->n_guards) return false;
  run->guards[i] = run->guards[--run->n_guards];
  return true;
}

void gct__run_clear(struct gct__run *run)
{
  run->n = run->n_guards = 0;
  run->number++;
}
