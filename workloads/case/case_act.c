// case_act.c: the steps of a scenario on the heap, and its actions.
// SPDX-License-Identifier: MIT
//
// The runtime calls finalizers and callbacks when it likes, on a thread of its
// own. An action may be taken only while the acting thread waits for it: at any
// other time it waits at a gate, detached. So `collect` is what it is in the
// languages the cases come from: all that it finds has run when it is over, and
// what that made garbage is collected too.

#include "case_run.h"

#include <errno.h>
#include <stdio.h>

// Checks that a step may touch the object: the case must keep it alive, and
// then the collector must have.
static bool usable(struct wane_workload_run *run, const struct case_step *step,
                   uint32_t object)
{
  struct case_run *c = run->state;
  if (object == CASE_NIL) return true;
  const char *found = "but no root reaches it";
  bool held = case_model_fate(c->model, object) == CASE_HELD;
  if (!held && case_relies(run, step)) return false;
  if (held) found = case_heap_fault(c->heap, object);
  if (!found) return true;
  char expected[200];
  snprintf(expected, sizeof expected, "%s to be usable", case_name(c, object));
  case_broken(run, step, expected, found);
  return false;
}

static bool unborn(struct wane_workload_run *run, const struct case_step *step)
{
  struct case_run *c = run->state;
  if (!case_model_born(c->model, step->object)) return true;
  char expected[200];
  snprintf(expected, sizeof expected, "%s to be new",
           case_name(c, step->object));
  case_broken(run, step, expected, "but an action made it before");
  return false;
}

static bool rooted(struct wane_workload_run *run, const struct case_step *step)
{
  struct case_run *c = run->state;
  if (case_model_roots(c->model, step->object, c->thread)) return true;
  if (case_relies(run, step)) return false;
  char expected[200];
  snprintf(expected, sizeof expected, "%s to have a root of thread %u",
           case_name(c, step->object), c->thread);
  case_broken(run, step, expected, "but it has none");
  return false;
}

// A weak reference or an ephemeron, once its object is there.
static int make_cells(struct case_run *c, struct wane_mutator *m,
                      const struct case_step *step)
{
  wane_ref self = case_heap_find(c->heap, step->object);
  wane_ref target = case_heap_find(c->heap, step->target);
  if (step->op == CASE_NEW_EPHEMERON)
    return case_cells_pair(c->cells, m, step->object, target,
                           case_heap_find(c->heap, step->other));
  if (step->other != CASE_NIL)
    case_heap_store(c->heap, m, step->object, 0, step->other);
  return case_cells_weak(c->cells, m, step->object, self, target);
}

static void read_weak(struct wane_workload_run *run, struct wane_mutator *m,
                      const struct case_step *step)
{
  struct case_run *c = run->state;
  uint32_t found, target = case_model_target(c->model, step->object);
  bool owed = case_model_cleared(c->model, step->object) ||
              case_model_fate(c->model, target) == CASE_HELD;
  if (case_read(run, m, step, &found))
    c->readings[step->number] = (struct case_reading){true, owed, found};
}

// Steps that actions may have too: `thread` is CASE_LATE then. *good becomes
// false where the step was not taken.
static int change(struct wane_workload_run *run, struct wane_mutator *m,
                  const struct case_step *step, uint32_t thread, bool *good)
{
  struct case_run *c = run->state;
  bool shared = case_now(c)->threads > 1;
  int status = 0;
  switch (step->op) {
  case CASE_NEW:
    *good = unborn(run, step);
    if (*good)
      status = case_heap_birth(c->heap, m, thread, step->object, shared);
    break;
  case CASE_NEW_WEAK:
  case CASE_NEW_EPHEMERON:
    *good = unborn(run, step) && usable(run, step, step->target) &&
            usable(run, step, step->other);
    if (*good)
      status = case_heap_birth(c->heap, m, thread, step->object, shared);
    if (*good && status == 0) status = make_cells(c, m, step);
    break;
  case CASE_SET:
    *good = usable(run, step, step->object) && usable(run, step, step->target);
    if (*good)
      case_heap_store(c->heap, m, step->object, step->slot, step->target);
    break;
  case CASE_ROOT:
    *good = usable(run, step, step->object);
    if (*good)
      status = case_heap_root(c->heap, m, thread, step->object, shared);
    break;
  case CASE_DROP:
    *good = rooted(run, step);
    if (*good) status = case_heap_unroot(c->heap, thread, step->object);
    break;
  case CASE_CHURN:
    status = case_heap_churn(c->heap, m, step->number);
    break;
  case CASE_READ:
    read_weak(run, m, step);
    break;
  default:
    break;
  }
  if (*good && status == 0) case_model_step(c->model, step, c->thread);
  return status;
}

// --- the gate --------------------------------------------------------------

// Detached, since who has the lock may wait for all attached threads.
static void lock(struct case_run *c, struct wane_mutator *m)
{
  wane_detach(m);
  pthread_mutex_lock(&c->lock);
}

static void unlock(struct case_run *c, struct wane_mutator *m)
{
  pthread_mutex_unlock(&c->lock);
  wane_attach(m);
}

// Moves the gate; how many have passed it so far.
static uint64_t move_gate(struct case_run *c, struct wane_mutator *m,
                          enum case_gate gate)
{
  lock(c, m);
  c->gate = gate;
  pthread_cond_broadcast(&c->moved);
  uint64_t passed = c->passed;
  unlock(c, m);
  return passed;
}

// The finalizer thread, at the gate: true, and it may act, with the lock.
static bool pass(struct case_run *c, struct wane_mutator *m)
{
  lock(c, m);
  while (c->gate == CASE_SHUT) pthread_cond_wait(&c->moved, &c->lock);
  c->passed++;
  bool open = c->gate == CASE_OPEN;
  wane_attach(m);
  return open;
}

// One collection, with whatever it finds to run.
static bool collect_once(struct case_run *c, struct wane_mutator *m,
                         enum case_gate gate)
{
  uint64_t before = move_gate(c, m, gate);
  wane_collect(m);
  wane_finalizers_wait(m);
  return move_gate(c, m, CASE_SHUT) != before;
}

// Each is called once at most, so this ends.
static void collect(struct wane_workload_run *run, struct wane_mutator *m)
{
  struct case_run *c = run->state;
  enum case_fate claimed = run->complete   ? CASE_IN_RING
                           : run->reclaims ? CASE_FALLS
                                           : CASE_HELD;
  bool again = true;
  while (again && c->status == 0) {
    case_model_collects(c->model, claimed);
    if (case_now(c)->features & CASE_SPECIAL) {
      again = collect_once(c, m, CASE_OPEN);
      case_heap_adopt(c->heap, m, c->thread);
    } else {
      wane_collect(m);
      again = false;
    }
  }
}

void case_settle(struct wane_workload_run *run, struct wane_mutator *m)
{
  struct case_run *c = run->state;
  const struct case_one *one = case_now(c);
  if (one->features & CASE_SPECIAL) {
    case_heap_disown(c->heap, m);
    while (collect_once(c, m, CASE_MUTE)) continue;
    case_cells_forget_targets(c->cells, m, one);
    collect_once(c, m, CASE_MUTE); // callbacks that have begun
    lock(c, m);
    wane_attach(m);
    case_cells_forget(c->cells, m, one);
    case_heap_forget(c->heap, one);
    // Until the next case begins: nobody waits at the gate for ever.
    c->gate = CASE_MUTE;
    pthread_cond_broadcast(&c->moved);
    pthread_mutex_unlock(&c->lock);
  }
}

void case_shut(struct case_run *c, struct wane_mutator *m)
{
  move_gate(c, m, CASE_SHUT);
}

// --- actions ---------------------------------------------------------------

// One step for `self`.
static int take_for(struct wane_workload_run *run, struct wane_mutator *m,
                    struct case_step step, uint32_t self)
{
  bool good = true;
  if (step.op == CASE_COLLECT) {
    wane_collect(m);
    return 0;
  }
  if (step.object == CASE_SELF) step.object = self;
  if (step.target == CASE_SELF) step.target = self;
  bool has_other = step.op == CASE_NEW_WEAK || step.op == CASE_NEW_EPHEMERON;
  if (has_other && step.other == CASE_SELF) step.other = self;
  return change(run, m, &step, CASE_LATE, &good);
}

// The model is told first, then the steps are taken with `self` in hand.
static void take_action(struct wane_workload_run *run, struct wane_mutator *m,
                        uint32_t self)
{
  struct case_run *c = run->state;
  uint32_t number = c->file->objects[self].action;
  const struct case_action *action = &c->file->actions[number];
  const char *fault = case_model_called(c->model, self);
  if (fault) {
    c->tally.failed++;
    run->fail(run, "%s:%u: case %s: %s was called for %s %s", c->file->path,
              action->line, case_now(c)->name, action->name, case_name(c, self),
              fault);
    return;
  }
  c->calls[number]++;
  case_model_hold(c->model, self, 1);
  for (size_t i = 0; i < action->n_steps && c->status == 0; i++) {
    c->status = take_for(run, m, c->file->steps[action->first_step + i], self);
    wane_safepoint(m);
  }
  case_model_hold(c->model, self, -1);
  case_model_acted(c->model);
}

void case_finalize(void *context, struct wane_mutator *m, uint32_t object,
                   wane_ref self)
{
  struct wane_workload_run *run = context;
  struct case_run *c = run->state;
  bool open = pass(c, m);
  bool known = case_heap_find(c->heap, object) == self; // of this case, still
  if (known && c->file->objects[object].kind == CASE_EPHEMERON) {
    case_cells_release(c->cells, m, object);
    case_model_release(c->model, object);
  } else if (known && open) {
    take_action(run, m, object);
  }
  pthread_mutex_unlock(&c->lock);
}

// The callback of a weak reference that is garbage itself is not to be called
// if it is garbage together with its object. Otherwise either may go first.
static bool is_stray(struct wane_workload_run *run, uint32_t weak)
{
  struct case_run *c = run->state;
  uint32_t target = case_model_target(c->model, weak);
  if (case_model_fate(c->model, weak) == CASE_HELD) return false;
  return !run->complete || (!case_model_reaches(c->model, weak, target) &&
                            !case_model_reaches(c->model, target, weak));
}

void case_call_back(void *context, struct wane_mutator *m, uint32_t object,
                    wane_ref self)
{
  struct wane_workload_run *run = context;
  struct case_run *c = run->state;
  bool open = pass(c, m);
  if (open && case_heap_find(c->heap, object) == self) {
    c->strays[c->file->objects[object].action] += is_stray(run, object);
    take_action(run, m, object);
  }
  pthread_mutex_unlock(&c->lock);
}

// --- steps -----------------------------------------------------------------

int case_take(struct wane_workload_run *run, struct wane_mutator *m,
              const struct case_step *step)
{
  struct case_run *c = run->state;
  bool good = true;
  if (case_is_expectation(step)) {
    case_expect(run, m, step);
    return 0;
  }
  if (step->op == CASE_COLLECT) {
    c->partial |= step->number != CASE_FULL;
    case_heap_pass_nothing(c->heap, m);
    collect(run, m);
    return c->status;
  }
  if (step->op == CASE_THREAD) {
    c->thread = step->number;
    return 0;
  }
  return change(run, m, step, c->thread, &good);
}
