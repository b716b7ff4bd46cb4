// case_run.c: the workload `case:FILE`: scenarios on the real runtime.
// SPDX-License-Identifier: MIT
//
// Thread k of a case is mutator k of the run. Only one of them acts at a time:
// `thread T` posts T's semaphore and waits, detached, for its own. So every
// plain field below has one user at a time, and the semaphores order them.
//
// What an expectation means here:
//   alive  the object is there and whole, if roots reach it; the rest a
//          concurrent collector may have taken already;
//   dead   after `collect`: it is gone, where the collector claims that: all
//          garbage, or for one that only counts, what no cycle holds; anything
//          else is reported as not claimed;
//   edge   the slot refers to that object;
//   reclaimed  is how CPython counts, and never claimed.

#include <errno.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wane/workload.h>

#include "case.h"
#include "case_heap.h"
#include "case_model.h"

enum { FILE_NAME, ONE_CASE, N_OPTIONS };
static const struct wane_option options[N_OPTIONS] = {
    [FILE_NAME] = {.name = "file",
                   .type = WANE_OPTION_STRING,
                   .value = "",
                   .help = "file of cases (text)"},
    [ONE_CASE] = {.name = "name",
                  .type = WANE_OPTION_STRING,
                  .value = "",
                  .help = "run this case only"},
};

struct tally {
  uint64_t held, failed, not_claimed, skipped; // expectations
};

struct case_run {
  struct case_file *file;
  struct case_heap *heap;
  struct case_model *model;
  sem_t turn[CASE_THREADS];
  uint32_t n_threads;
  size_t at;          // case that runs
  size_t step;        // next step of it
  uint32_t thread;    // who acts
  struct tally tally; // of this case
  struct tally total;
  bool over;
  int status;
};

// --- expectations ----------------------------------------------------------

static const char *object_name(const struct case_run *c, uint32_t object)
{
  return object == CASE_NIL ? "nil" : c->file->objects[object].name;
}

static void broken(struct wane_workload_run *run, const struct case_step *step,
                   const char *expected, const char *found)
{
  struct case_run *c = run->state;
  c->tally.failed++;
  run->fail(run, "%s:%u: case %s: expected %s, %s", c->file->path, step->line,
            c->file->cases[c->at].name, expected, found);
}

static void expect_alive(struct wane_workload_run *run,
                         const struct case_step *step)
{
  struct case_run *c = run->state;
  const char *fault = NULL;
  if (case_model_fate(c->model, step->object) == CASE_HELD)
    fault = case_heap_fault(c->heap, step->object);
  if (!fault) {
    c->tally.held++;
    return;
  }
  char expected[200];
  snprintf(expected, sizeof expected, "%s to be alive",
           object_name(c, step->object));
  broken(run, step, expected, fault);
}

static void expect_dead(struct wane_workload_run *run,
                        const struct case_step *step)
{
  struct case_run *c = run->state;
  enum case_fate fate = case_model_fate(c->model, step->object);
  bool claimed = run->complete || (run->reclaims && fate == CASE_FALLS);
  bool gone = !case_heap_find(c->heap, step->object);
  if (gone && fate != CASE_HELD) {
    c->tally.held++;
  } else if (fate != CASE_HELD && !claimed) {
    c->tally.not_claimed++;
  } else {
    char expected[200];
    snprintf(expected, sizeof expected, "%s to be dead",
             object_name(c, step->object));
    broken(run, step, expected,
           fate == CASE_HELD ? "but roots reach it" : "found it alive");
  }
}

static void expect_edge(struct wane_workload_run *run,
                        const struct case_step *step)
{
  struct case_run *c = run->state;
  char expected[400];
  snprintf(expected, sizeof expected, "%s.%u to refer to %s",
           object_name(c, step->object), step->slot,
           object_name(c, step->target));
  const char *found = "but no root reaches the owner";
  if (case_model_fate(c->model, step->object) == CASE_HELD)
    found = case_heap_fault(c->heap, step->object);
  if (!found) {
    wane_ref value = case_heap_load(c->heap, step->object, step->slot);
    wane_ref right =
        step->target == CASE_NIL ? NULL : case_heap_find(c->heap, step->target);
    if (step->target != CASE_NIL && !right)
      found = "which was freed";
    else if (value != right)
      found = value ? "found another object" : "found nil";
  }
  if (found)
    broken(run, step, expected, found);
  else
    c->tally.held++;
}

// --- steps -----------------------------------------------------------------

// Checks that a step may touch the object: the case must keep it alive, and
// then the collector must have.
static bool usable(struct wane_workload_run *run, const struct case_step *step,
                   uint32_t object)
{
  struct case_run *c = run->state;
  if (object == CASE_NIL) return true;
  char expected[200];
  snprintf(expected, sizeof expected, "%s to be usable",
           object_name(c, object));
  const char *found = "but no root reaches it";
  if (case_model_fate(c->model, object) == CASE_HELD)
    found = case_heap_fault(c->heap, object);
  if (found) broken(run, step, expected, found);
  return !found;
}

static void take_root(struct wane_workload_run *run, struct wane_mutator *m,
                      const struct case_step *step)
{
  struct case_run *c = run->state;
  if (usable(run, step, step->object))
    case_heap_root(c->heap, m, c->thread, step->object,
                   c->file->cases[c->at].threads > 1);
}

static int execute(struct wane_workload_run *run, struct wane_mutator *m,
                   const struct case_step *step)
{
  struct case_run *c = run->state;
  int status = 0;
  switch (step->op) {
  case CASE_NEW:
    status = case_heap_birth(c->heap, m, c->thread, step->object);
    break;
  case CASE_SET:
    if (usable(run, step, step->object) && usable(run, step, step->target))
      case_heap_store(c->heap, m, step->object, step->slot, step->target);
    break;
  case CASE_ROOT:
    take_root(run, m, step);
    break;
  case CASE_DROP:
    case_heap_unroot(c->heap, c->thread, step->object);
    break;
  case CASE_COLLECT:
    wane_collect(m);
    break;
  case CASE_CHURN:
    status = case_heap_churn(c->heap, m, step->number);
    break;
  case CASE_THREAD:
    c->thread = step->number;
    break;
  case CASE_ALIVE:
    expect_alive(run, step);
    break;
  case CASE_DEAD:
    expect_dead(run, step);
    break;
  case CASE_EDGE:
    expect_edge(run, step);
    break;
  case CASE_RECLAIMED:
    c->tally.not_claimed++;
    break;
  default:
    break;
  }
  case_model_step(c->model, step, c->thread);
  return status;
}

// --- cases -----------------------------------------------------------------

static bool is_expectation(const struct case_step *step)
{
  return step->op >= CASE_ALIVE && step->op <= CASE_RECLAIMED;
}

static void skip_case(struct wane_workload_run *run, const struct case_one *one)
{
  struct case_run *c = run->state;
  char why[160];
  for (size_t i = 0; i < one->n_steps; i++)
    c->total.skipped += is_expectation(&c->file->steps[one->first_step + i]);
  case_features_name(one->features, why, sizeof why);
  if (run->iteration == 1) run->note(run, "%s skipped: %s", one->name, why);
}

static void note_case(struct wane_workload_run *run)
{
  struct case_run *c = run->state;
  const char *name = c->file->cases[c->at].name;
  struct tally *t = &c->tally;
  if (run->iteration == 1 && t->failed)
    run->note(run, "%s FAILED (%llu of %llu expectations)", name,
              (unsigned long long)t->failed,
              (unsigned long long)(t->failed + t->held));
  else if (run->iteration == 1 && t->not_claimed)
    run->note(run, "%s ok (%llu expectations, %llu not claimed)", name,
              (unsigned long long)t->held, (unsigned long long)t->not_claimed);
  else if (run->iteration == 1)
    run->note(run, "%s ok (%llu expectations)", name,
              (unsigned long long)t->held);
  c->total.held += t->held;
  c->total.failed += t->failed;
  c->total.not_claimed += t->not_claimed;
}

// Ends the case that ran, and finds the next one to run.
static void next_case(struct wane_workload_run *run)
{
  struct case_run *c = run->state;
  const char *only = run->options[ONE_CASE].string;
  if (c->model) {
    note_case(run);
    c->at++;
  }
  case_model_free(c->model);
  c->model = NULL;
  for (; c->at < c->file->n_cases; c->at++) {
    const struct case_one *one = &c->file->cases[c->at];
    if (*only && strcmp(only, one->name)) continue;
    if (!one->features) break;
    skip_case(run, one);
  }
  c->step = 0;
  c->thread = 0;
  c->tally = (struct tally){0};
  c->over = c->at == c->file->n_cases;
  if (c->over) return;
  c->model = case_model_new(c->file, &c->file->cases[c->at]);
  if (!c->model) {
    c->status = ENOMEM;
    c->over = true;
  }
  run->progress(run, (double)c->at / (double)c->file->n_cases);
}

// Acts until another thread is to act, or all is over.
static void act(struct wane_workload_run *run, struct wane_mutator *m,
                uint32_t me)
{
  struct case_run *c = run->state;
  while (!c->over && c->thread == me) {
    const struct case_one *one = &c->file->cases[c->at];
    if (c->step == 0) case_heap_drop_all(c->heap, me);
    if (c->step == one->n_steps || c->tally.failed) {
      case_heap_drop_all(c->heap, me);
      next_case(run);
      continue;
    }
    const struct case_step *step = &c->file->steps[one->first_step + c->step++];
    c->status = execute(run, m, step);
    if (c->status) c->over = true;
    wane_safepoint(m);
  }
}

// --- the workload ----------------------------------------------------------

static void dispose(struct wane_workload_run *run)
{
  struct case_run *c = run->state;
  if (!c) return;
  case_heap_dispose(c->heap);
  case_model_free(c->model);
  for (uint32_t t = 0; t < CASE_THREADS; t++) sem_destroy(&c->turn[t]);
  case_file_free(c->file);
  free(c);
  run->state = NULL;
}

// How many threads the selected cases have; 0 after run->fail.
static uint32_t count_threads(struct wane_workload_run *run,
                              const struct case_file *file)
{
  const char *only = run->options[ONE_CASE].string;
  uint32_t n = 0;
  for (size_t i = 0; i < file->n_cases; i++) {
    const struct case_one *one = &file->cases[i];
    if (*only && strcmp(only, one->name)) continue;
    if (one->threads > n) n = one->threads;
  }
  if (!n) run->fail(run, "%s: no case is called '%s'", file->path, only);
  return n;
}

static int prepare(struct wane_workload_run *run)
{
  const char *path = run->options[FILE_NAME].string;
  char error[512];
  struct case_file *file;
  if (!*path) {
    run->fail(run, "case: no file given, expected case:FILE");
    return EINVAL;
  }
  int status = case_file_read(path, &file, error, sizeof error);
  if (status) {
    run->fail(run, "%s", error);
    return -status;
  }
  struct case_run *c = calloc(1, sizeof *c);
  uint32_t n = c ? count_threads(run, file) : 0;
  if (!n) {
    if (!c) run->fail(run, "case: out of memory");
    case_file_free(file);
    free(c);
    return c ? EINVAL : ENOMEM;
  }
  c->file = file;
  c->n_threads = run->mutators = n;
  for (uint32_t t = 0; t < CASE_THREADS; t++) sem_init(&c->turn[t], 0, 0);
  run->state = c;
  return 0;
}

static int setup(struct wane_workload_run *run, struct wane_mutator *m)
{
  struct case_run *c = run->state;
  int status = c->heap ? 0 : case_heap_new(c->file, &c->heap);
  if (status == 0) status = case_heap_reset(c->heap, m);
  if (status) {
    run->fail(run, "case: %s", strerror(status));
    return status;
  }
  case_model_free(c->model); // of an iteration that ended early
  c->model = NULL;
  c->total = (struct tally){0};
  c->at = 0;
  c->status = 0;
  next_case(run);
  return c->status;
}

// Waits, detached, until somebody posts this thread's turn.
static void await_turn(struct case_run *c, struct wane_mutator *m, uint32_t me)
{
  wane_detach(m);
  while (sem_wait(&c->turn[me]) != 0) continue; // a signal
  wane_attach(m);
}

static int body(struct wane_workload_run *run, struct wane_mutator *m,
                uint32_t index)
{
  struct case_run *c = run->state;
  case_heap_enter(c->heap, m, index);
  if (index != 0) await_turn(c, m, index);
  for (;;) {
    act(run, m, index);
    if (c->over) break;
    sem_post(&c->turn[c->thread]);
    await_turn(c, m, index);
  }
  // Whoever ends it lets the next one go, and so on to the last.
  case_heap_leave(c->heap, m, index);
  for (uint32_t t = 0; t < c->n_threads; t++)
    if (t != index) sem_post(&c->turn[t]);
  return c->status;
}

static int check(struct wane_workload_run *run, struct wane_mutator *m)
{
  struct case_run *c = run->state;
  (void)m;
  run->report(run, "case.passed", "process", "count", "count",
              (double)c->total.held);
  run->report(run, "case.failed", "process", "count", "count",
              (double)c->total.failed);
  run->report(run, "case.skipped", "process", "count", "count",
              (double)(c->total.skipped + c->total.not_claimed));
  return c->total.failed ? EPROTO : 0;
}

static int finish(struct wane_workload_run *run, struct wane_mutator *m)
{
  struct case_run *c = run->state;
  if (c->heap) case_heap_finish(c->heap, m);
  for (uint32_t t = 0; t < CASE_THREADS; t++) // posts nobody waited for
    while (sem_trywait(&c->turn[t]) == 0) continue;
  return 0;
}

WANE_WORKLOAD_EXPORT = {
    .size = sizeof(struct wane_workload),
    .abi = WANE_WORKLOAD_ABI,
    .name = "case",
    .help = "runs text scenarios (case:FILE[,name=CASE]) and checks what "
            "they expect",
    .options = options,
    .n_options = N_OPTIONS,
    .positional = FILE_NAME + 1,
    .prepare = prepare,
    .setup = setup,
    .body = body,
    .check = check,
    .finish = finish,
    .dispose = dispose,
};
