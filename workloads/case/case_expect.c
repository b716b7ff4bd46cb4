// case_expect.c: what a scenario expects, and who owes it.
// SPDX-License-Identifier: MIT
//
//   alive  the object is there and whole, if roots reach it; the rest a
//          concurrent collector may have taken already;
//   dead   after `collect`: it is gone, where the collector claims that: all
//          garbage, or for one that only counts, what no cycle holds; anything
//          else is reported as not claimed;
//   edge   the slot refers to that object;
//   weak   the weak reference gives it; `nil` is owed as a death is;
//   calls  the action was taken so often: by a collector that claims to find
//          all garbage exactly, by one that counts at least for what falls;
//   read   what an action or a `read` found, where the runtime promises one
//          answer;
//   reclaimed  is how CPython counts, and never claimed.
//
// Whatever the case expects: an object that is reached through a weak
// reference must be the right one, a weak reference to what is held must not be
// cleared, one that gave NULL must never give anything else. Runs on the acting
// thread.

#include "case_run.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *case_name(const struct case_run *c, uint32_t object)
{
  return object == CASE_NIL ? "nil" : c->file->objects[object].name;
}

void case_broken(struct wane_workload_run *run, const struct case_step *step,
                 const char *expected, const char *found)
{
  struct case_run *c = run->state;
  c->tally.failed++;
  run->fail(run, "%s:%u: case %s: expected %s, %s", c->file->path, step->line,
            case_now(c)->name, expected, found);
}

bool case_is_expectation(const struct case_step *step)
{
  return step->op >= CASE_FIRST_EXPECTATION;
}

bool case_relies(struct wane_workload_run *run, const struct case_step *step)
{
  struct case_run *c = run->state;
  const struct case_one *one = case_now(c);
  if (run->complete || !case_model_uncalled(c->model)) return false;
  for (size_t at = c->step - 1; at < one->n_steps; at++)
    c->tally.not_claimed +=
        case_is_expectation(&c->file->steps[one->first_step + at]);
  c->step = one->n_steps;
  snprintf(c->why, sizeof c->why,
           "line %u relies on finalizers that are not claimed", step->line);
  return true;
}

// The case takes the object for held; is it, in the model?
static bool is_held(struct case_run *c, uint32_t object)
{
  return case_model_fate(c->model, object) == CASE_HELD;
}

// --- alive, dead, edge -----------------------------------------------------

// An ephemeron whose key is held gives it and the value; one whose key is
// dead gives neither.
static const char *pair_fault(struct wane_workload_run *run,
                              struct wane_mutator *m, uint32_t object)
{
  struct case_run *c = run->state;
  uint32_t key = case_model_target(c->model, object);
  uint32_t value = case_model_value(c->model, object);
  if (case_model_released(c->model, object)) return NULL; // gives nothing more
  wane_ref found_key = case_cells_key(c->cells, m, object);
  wane_ref found = case_cells_value(c->cells, m, object);
  if (!found_key != !found) return "and has a key or a value, not both";
  if (found_key && found_key != case_heap_find(c->heap, key))
    return "and has another key";
  if (found && found != case_heap_find(c->heap, value))
    return "and has another value";
  if (is_held(c, key))
    return found_key ? case_heap_fault(c->heap, value) : "and has lost its key";
  return found_key && case_model_due(c->model, key)
             ? "and its key is still there"
             : NULL;
}

static void expect_alive(struct wane_workload_run *run, struct wane_mutator *m,
                         const struct case_step *step)
{
  struct case_run *c = run->state;
  bool held = is_held(c, step->object);
  if (!held && case_relies(run, step)) return;
  if (!held) {
    c->tally.not_claimed++;
    return;
  }
  const char *fault = case_heap_fault(c->heap, step->object);
  if (!fault && c->file->objects[step->object].kind == CASE_EPHEMERON)
    fault = pair_fault(run, m, step->object);
  if (!fault) {
    c->tally.held++;
    return;
  }
  char expected[200];
  snprintf(expected, sizeof expected, "%s to be alive",
           case_name(c, step->object));
  case_broken(run, step, expected, fault);
}

static void expect_dead(struct wane_workload_run *run,
                        const struct case_step *step)
{
  struct case_run *c = run->state;
  enum case_fate fate = case_model_fate(c->model, step->object);
  bool claimed = run->complete || (run->reclaims && fate == CASE_FALLS);
  bool gone = !case_heap_find(c->heap, step->object);
  if (fate == CASE_HELD && case_relies(run, step)) return;
  if (gone && fate != CASE_HELD) {
    c->tally.held++;
  } else if (fate != CASE_HELD && !claimed) {
    c->tally.not_claimed++;
  } else {
    char expected[200];
    snprintf(expected, sizeof expected, "%s to be dead",
             case_name(c, step->object));
    case_broken(run, step, expected,
                fate == CASE_HELD ? "but roots reach it" : "found it alive");
  }
}

static void expect_edge(struct wane_workload_run *run,
                        const struct case_step *step)
{
  struct case_run *c = run->state;
  bool held = is_held(c, step->object);
  const char *found = "but no root reaches the owner";
  if ((!held ||
       case_model_edge(c->model, step->object, step->slot) != step->target) &&
      case_relies(run, step))
    return;
  if (held) found = case_heap_fault(c->heap, step->object);
  if (!found) {
    wane_ref value = case_heap_load(c->heap, step->object, step->slot);
    wane_ref right =
        step->target == CASE_NIL ? NULL : case_heap_find(c->heap, step->target);
    if (step->target != CASE_NIL && !right)
      found = "which was freed";
    else if (value != right)
      found = value ? "found another object" : "found nil";
  }
  if (!found) {
    c->tally.held++;
    return;
  }
  char expected[400];
  snprintf(expected, sizeof expected, "%s.%u to refer to %s",
           case_name(c, step->object), step->slot, case_name(c, step->target));
  case_broken(run, step, expected, found);
}

// --- weak, read, calls -----------------------------------------------------

bool case_read(struct wane_workload_run *run, struct wane_mutator *m,
               const struct case_step *step, uint32_t *found)
{
  struct case_run *c = run->state;
  uint32_t weak = step->object, target = case_model_target(c->model, weak);
  const char *fault = "but no root reaches it";
  if (!is_held(c, weak) && case_relies(run, step)) return false;
  if (is_held(c, weak)) fault = case_heap_fault(c->heap, weak);
  if (!fault) {
    wane_ref o = case_cells_get(c->cells, m, weak);
    bool held = is_held(c, target);
    bool cleared = case_model_cleared(c->model, weak);
    if (o && cleared)
      fault = "found that it gives what it had lost";
    else if (o && o != case_heap_find(c->heap, target))
      fault = "found that it gives another object";
    else if (o)
      fault = case_heap_fault(c->heap, target);
    else if (held && !cleared)
      fault = "found that it gives nil for an object that roots reach";
    *found = o ? target : CASE_NIL;
    if (!o) case_model_gave_null(c->model, weak);
  }
  if (!fault) return true;
  char expected[200];
  snprintf(expected, sizeof expected, "%s to be readable", case_name(c, weak));
  case_broken(run, step, expected, fault);
  return false;
}

// The case expects `nil` as CPython clears all weak references to what is to be
// finalized. The runtime keeps those without a callback (wane/weak.h).
static bool kept_by_design(struct case_run *c, const struct case_step *step)
{
  const struct case_object *weak = &c->file->objects[step->object];
  uint32_t target = case_model_target(c->model, step->object);
  if (weak->action != CASE_NIL || !case_model_was_garbage(c->model, target))
    return false;
  c->tally.differs++;
  if (!*c->why)
    snprintf(c->why, sizeof c->why,
             "%s still refers to %s, which a finalizer saved: only weak "
             "references with a callback are cleared before finalizers",
             weak->name, case_name(c, target));
  return true;
}

static void expect_weak(struct wane_workload_run *run, struct wane_mutator *m,
                        const struct case_step *step)
{
  struct case_run *c = run->state;
  uint32_t found, target = case_model_target(c->model, step->object);
  if (!case_read(run, m, step, &found)) return;
  if (found == step->target) {
    c->tally.held++;
    return;
  }
  bool held = is_held(c, target);
  // Of garbage: a concurrent collector may be early, and late if it must not
  // find it.
  bool owed = step->target != CASE_NIL ? step->target != target
                                       : case_model_due(c->model, target);
  if (held && step->target == CASE_NIL && kept_by_design(c, step)) return;
  if (!held && !owed) {
    c->tally.not_claimed++;
    return;
  }
  char expected[200], what[200];
  snprintf(expected, sizeof expected, "%s to refer to %s",
           case_name(c, step->object), case_name(c, step->target));
  snprintf(what, sizeof what, "found %s", case_name(c, found));
  case_broken(run, step, expected, what);
}

static void expect_reading(struct wane_workload_run *run,
                           const struct case_step *step)
{
  struct case_run *c = run->state;
  const struct case_reading *r = &c->readings[step->number];
  if (!r->read && case_relies(run, step)) return;
  if (r->read && r->found == step->target) {
    c->tally.held++;
  } else if (r->read && !r->owed) {
    c->tally.not_claimed++;
  } else {
    char expected[200], found[200] = "but nothing was read";
    snprintf(expected, sizeof expected, "%s to have been read",
             case_name(c, step->target));
    if (r->read)
      snprintf(found, sizeof found, "found %s", case_name(c, r->found));
    case_broken(run, step, expected, found);
  }
}

static void expect_calls(struct wane_workload_run *run,
                         const struct case_step *step)
{
  struct case_run *c = run->state;
  uint64_t calls = c->calls[step->action], strays = c->strays[step->action];
  uint32_t missing = case_model_missing(c->model, step->action);
  bool fewer = calls < step->number;
  // More than expected: the case collects a generation where all is collected
  // here, or expects a callback to die with its weak reference, where it is
  // open which of two goes first.
  bool owed = fewer ? run->complete || missing
                    : !c->partial && calls - strays > step->number;
  if (calls == step->number) {
    c->tally.held++;
  } else if (!owed) {
    c->tally.not_claimed++;
  } else {
    char expected[200], found[100];
    snprintf(expected, sizeof expected, "%u calls of %s", step->number,
             c->file->actions[step->action].name);
    snprintf(found, sizeof found,
             "found %" PRIu64 " (%u that were due did not come)", calls,
             missing);
    case_broken(run, step, expected, found);
  }
}

void case_expect(struct wane_workload_run *run, struct wane_mutator *m,
                 const struct case_step *step)
{
  struct case_run *c = run->state;
  switch (step->op) {
  case CASE_ALIVE:
    expect_alive(run, m, step);
    break;
  case CASE_DEAD:
    expect_dead(run, step);
    break;
  case CASE_EDGE:
    expect_edge(run, step);
    break;
  case CASE_WEAK_IS:
    expect_weak(run, m, step);
    break;
  case CASE_CALLS:
    expect_calls(run, step);
    break;
  case CASE_READING_IS:
    expect_reading(run, step);
    break;
  default: // CASE_RECLAIMED
    c->tally.not_claimed++;
    break;
  }
}
