// case_run.c: the workload `case:FILE`: scenarios on the real runtime.
// SPDX-License-Identifier: MIT
//
// From case to case, and from thread to thread in a case; the steps are in
// case_act.c, what is expected in case_expect.c.

#include "case_run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

// --- cases -----------------------------------------------------------------

// What the case needs and cannot have here: enum case_feature, or-ed.
static uint32_t lacks(const struct case_run *c, const struct case_one *one)
{
  uint32_t lacking = CASE_TEARDOWN | (c->special ? 0 : CASE_SPECIAL);
  return one->features & lacking;
}

static void skip_case(struct wane_workload_run *run, const struct case_one *one)
{
  struct case_run *c = run->state;
  char why[160];
  for (size_t i = 0; i < one->n_steps; i++)
    c->total.skipped +=
        case_is_expectation(&c->file->steps[one->first_step + i]);
  case_features_name(lacks(c, one), why, sizeof why);
  if (run->iteration == 1) run->note(run, "%s skipped: %s", one->name, why);
}

static void note_case(struct wane_workload_run *run)
{
  struct case_run *c = run->state;
  struct tally *t = &c->tally;
  char others[100] = "";
  size_t n = 0;
  if (t->not_claimed)
    n = (size_t)snprintf(others, sizeof others, ", %llu not claimed",
                         (unsigned long long)t->not_claimed);
  if (t->differs)
    snprintf(others + n, sizeof others - n, ", %llu otherwise by design",
             (unsigned long long)t->differs);
  if (run->iteration == 1 && t->failed)
    run->note(run, "%s FAILED (%llu of %llu expectations)", case_now(c)->name,
              (unsigned long long)t->failed,
              (unsigned long long)(t->failed + t->held));
  else if (run->iteration == 1)
    run->note(run, "%s ok (%llu expectations%s)%s%s", case_now(c)->name,
              (unsigned long long)t->held, others, *c->why ? ": " : "", c->why);
  c->total.held += t->held;
  c->total.failed += t->failed;
  c->total.not_claimed += t->not_claimed;
  c->total.differs += t->differs;
}

// Makes the model of the case that is next. False: no memory.
static bool begin_case(struct case_run *c)
{
  const struct case_one *one = case_now(c);
  c->readings = calloc(one->n_readings + 1, sizeof *c->readings);
  c->model = case_model_new(c->file, one);
  return c->readings && c->model;
}

static void end_case(struct wane_workload_run *run, struct wane_mutator *m)
{
  struct case_run *c = run->state;
  if (c->model) case_settle(run, m);
  case_model_free(c->model);
  free(c->readings);
  c->model = NULL;
  c->readings = NULL;
}

// Finds the next case to run.
static void next_case(struct wane_workload_run *run, struct wane_mutator *m)
{
  struct case_run *c = run->state;
  const char *only = run->options[ONE_CASE].string;
  for (; c->at < c->file->n_cases; c->at++) {
    const struct case_one *one = case_now(c);
    if (*only && strcmp(only, one->name)) continue;
    if (!lacks(c, one)) break;
    skip_case(run, one);
  }
  c->step = 0;
  c->thread = 0;
  c->partial = false;
  c->tally = (struct tally){0};
  *c->why = '\0';
  c->over = c->at == c->file->n_cases;
  if (c->over) return;
  if (!begin_case(c)) {
    c->status = ENOMEM;
    c->over = true;
    return;
  }
  case_shut(c, m);
  run->progress(run, (double)c->at / (double)c->file->n_cases);
}

// Acts until another thread is to act, or all is over.
static void act(struct wane_workload_run *run, struct wane_mutator *m,
                uint32_t me)
{
  struct case_run *c = run->state;
  while (!c->over && c->thread == me) {
    const struct case_one *one = case_now(c);
    if (c->step == 0) case_heap_drop_all(c->heap, me);
    if (c->step == one->n_steps || c->tally.failed) {
      case_heap_drop_all(c->heap, me);
      note_case(run);
      end_case(run, m);
      c->at++;
      next_case(run, m);
      continue;
    }
    const struct case_step *step = &c->file->steps[one->first_step + c->step++];
    c->status = case_take(run, m, step);
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
  case_cells_dispose(c->cells);
  free(c->calls);
  free(c->strays);
  pthread_mutex_destroy(&c->lock);
  pthread_cond_destroy(&c->moved);
  for (uint32_t t = 0; t < CASE_THREADS; t++) sem_destroy(&c->turn[t]);
  case_file_free(c->file);
  free(c);
  run->state = NULL;
}

// What the selected cases need: threads, 0 after run->fail; features.
static uint32_t count_threads(struct wane_workload_run *run,
                              const struct case_file *file, uint32_t *features)
{
  const char *only = run->options[ONE_CASE].string;
  uint32_t n = 0;
  *features = 0;
  for (size_t i = 0; i < file->n_cases; i++) {
    const struct case_one *one = &file->cases[i];
    if (*only && strcmp(only, one->name)) continue;
    if (one->threads > n) n = one->threads;
    *features |= one->features;
  }
  if (!n) run->fail(run, "%s: no case is called '%s'", file->path, only);
  return n;
}

static struct case_run *run_new(struct wane_workload_run *run,
                                struct case_file *file)
{
  struct case_run *c = calloc(1, sizeof *c);
  if (!c) return NULL;
  run->state = c;
  c->file = file;
  c->calls = calloc(file->n_actions + 1, sizeof *c->calls);
  c->strays = calloc(file->n_actions + 1, sizeof *c->strays);
  c->cells = case_cells_new(file, (struct case_callback){case_call_back, run});
  pthread_mutex_init(&c->lock, NULL);
  pthread_cond_init(&c->moved, NULL);
  for (uint32_t t = 0; t < CASE_THREADS; t++) sem_init(&c->turn[t], 0, 0);
  return c;
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
  struct case_run *c = run_new(run, file);
  bool good = c && c->calls && c->strays && c->cells;
  uint32_t features, n = good ? count_threads(run, file, &features) : 0;
  if (!n) {
    if (!good) run->fail(run, "case: out of memory");
    if (!c) case_file_free(file);
    dispose(run);
    return good ? EINVAL : ENOMEM;
  }
  c->special = features & CASE_SPECIAL;
  c->n_threads = run->mutators = n;
  return 0;
}

// A collector that knows no weak references and finalizers can run the rest.
static int make_heap(struct wane_workload_run *run)
{
  struct case_run *c = run->state;
  struct case_finalizer finalizer = {case_finalize, run};
  if (c->heap) return 0;
  int status = case_heap_new(c->file, c->special, finalizer, &c->heap);
  if (status != ENOTSUP) return status;
  c->special = false;
  return case_heap_new(c->file, false, finalizer, &c->heap);
}

static int setup(struct wane_workload_run *run, struct wane_mutator *m)
{
  struct case_run *c = run->state;
  int status = make_heap(run);
  if (status == 0) status = case_heap_reset(c->heap, m);
  if (status) {
    run->fail(run, "case: %s", strerror(status));
    return status;
  }
  for (size_t i = 0; i < c->file->n_actions; i++)
    c->calls[i] = c->strays[i] = 0;
  c->total = (struct tally){0};
  c->at = 0;
  c->status = 0;
  next_case(run, m);
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
  run->report(
      run, "case.skipped", "process", "count", "count",
      (double)(c->total.skipped + c->total.not_claimed + c->total.differs));
  return c->total.failed ? EPROTO : 0;
}

static int finish(struct wane_workload_run *run, struct wane_mutator *m)
{
  struct case_run *c = run->state;
  end_case(run, m); // of an iteration that ended early
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
