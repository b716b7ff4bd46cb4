// histories.c: random programs, run beside an exact model of the heap.
// SPDX-License-Identifier: MIT
//
// Two kinds. In `turns` one thread acts at a time, the others are detached: a
// model knows what is reachable after every operation, and each reference
// that is read, each death and each weak reference is held against it, while
// the collector runs as it likes. Otherwise all threads act at once on objects
// they share; then objects say themselves when they were freed too early, the
// verifier (--verify) compares counts and references, and at the end everything
// must be gone.
//
// `keep` leaves operations out, which is how a failure is made short; `print`
// says what is left.

#include "histories.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { OPERATIONS, TURNS, KEEP, PRINT, N_OPTIONS };
static const struct wane_option options[N_OPTIONS] = {
    [OPERATIONS] = {.name = "operations",
                    .type = WANE_OPTION_INT,
                    .value = "20000",
                    .help = "of all threads together",
                    .min = 1,
                    .max = 1 << 22},
    [TURNS] = {.name = "turns",
               .type = WANE_OPTION_BOOL,
               .value = "yes",
               .help = "one thread at a time, beside a model; no: all at once"},
    [KEEP] = {.name = "keep",
              .type = WANE_OPTION_STRING,
              .value = "",
              .help = "only these operations, such as 0-99+120; empty: all"},
    [PRINT] = {.name = "print",
               .type = WANE_OPTION_BOOL,
               .value = "no",
               .help = "print the operations that are kept"},
};

// --- judging -----------------------------------------------------------------

void history_judge(struct history *h, bool collected, const char *when)
{
  struct wane_workload_run *run = h->run;
  collected = collected && things_all_mortal();
  model_judge(&h->model);
  for (uint32_t id = 1; id <= h->model.n; id++) {
    const struct model_object *o = &h->model.objects[id];
    bool dead = things_dead(id);
    if (o->reachable && dead)
      things_fail("%s: object %u is reachable, but was freed", when, id);
    if (!collected || dead || o->reachable) continue;
    if (run->complete || (run->reclaims && o->peeled))
      things_fail("%s: object %u is garbage (%s), but was not freed", when,
                id, o->peeled ? "in no cycle" : "kept by a cycle");
  }
}

// --- threads -----------------------------------------------------------------

static void enter(struct actor *a)
{
  a->stack = wane_roots_push(a->m, PROGRAM_STACK);
  a->set.refs = a->refs;
  atomic_store(&a->set.n, PROGRAM_SET);
  wane_root_set_add(a->m, &a->set);
}

static void leave(struct actor *a)
{
  for (uint32_t i = 0; i < PROGRAM_REGISTERS; i++) actor_set(a, i, NULL);
  wane_root_set_remove(a->m, &a->set);
  wane_roots_pop(a->m, a->stack);
}

// The thread of the next operation that is kept; `mutators`: nobody's. Called
// by who has the turn, or before there are threads.
static uint32_t whose_turn(struct history *h)
{
  struct program *p = &h->program;
  while (h->next < p->n && !p->keep[h->next]) h->next++;
  return h->next < p->n && !things_failed() ? p->operations[h->next].thread
                                            : h->run->mutators;
}

// Waits, detached, until it is this thread's turn. False: it never will be.
static bool wait_for_turn(struct actor *a)
{
  struct history *h = a->h;
  wane_detach(a->m);
  pthread_mutex_lock(&h->lock);
  while (h->entered < h->run->mutators ||
         (h->turn != a->index && h->turn != h->run->mutators))
    pthread_cond_wait(&h->passed, &h->lock);
  bool mine = h->turn == a->index;
  pthread_mutex_unlock(&h->lock);
  wane_attach(a->m);
  return mine;
}

static void pass_turn(struct history *h, uint32_t turn)
{
  pthread_mutex_lock(&h->lock);
  h->turn = turn;
  pthread_cond_broadcast(&h->passed);
  pthread_mutex_unlock(&h->lock);
}

static void progress(struct history *h, size_t i)
{
  if (i % 1024 == 0)
    h->run->progress(h->run, (double)i / (double)h->program.n);
}

static bool act_in_turns(struct actor *a)
{
  struct history *h = a->h;
  bool memory = true;
  while (memory && wait_for_turn(a)) {
    uint32_t turn = a->index;
    while (memory && turn == a->index) {
      progress(h, h->next);
      memory = history_operate(a, &h->program.operations[h->next]);
      h->next++;
      turn = whose_turn(h);
    }
    pass_turn(h, memory ? turn : h->run->mutators);
  }
  return memory;
}

static bool act_at_once(struct actor *a)
{
  const struct program *p = &a->h->program;
  for (size_t i = 0; i < p->n && !things_failed(); i++) {
    if (!p->keep[i] || p->operations[i].thread != a->index) continue;
    progress(a->h, i);
    if (!history_operate(a, &p->operations[i])) return false;
    wane_safepoint(a->m);
  }
  return true;
}

// In turns the last of the threads to come here looks at all there is.
static void part(struct actor *a)
{
  struct history *h = a->h;
  if (!h->turns) return;
  wane_detach(a->m);
  pthread_mutex_lock(&h->lock);
  bool last = ++h->left == h->run->mutators;
  pthread_cond_broadcast(&h->passed);
  if (!last)
    while (h->left <= h->run->mutators)
      pthread_cond_wait(&h->passed, &h->lock);
  pthread_mutex_unlock(&h->lock);
  wane_attach(a->m);
  if (!last) return;
  if (!things_failed()) {
    wane_collect(a->m);
    history_judge(h, true, "at the end");
  }
  pthread_mutex_lock(&h->lock);
  h->left++; // the others may go
  pthread_cond_broadcast(&h->passed);
  pthread_mutex_unlock(&h->lock);
}

static int body(struct wane_workload_run *run, struct wane_mutator *m,
                uint32_t index)
{
  struct history *h = run->state;
  struct actor a = {.h = h, .m = m, .index = index};
  enter(&a);
  pthread_mutex_lock(&h->lock);
  h->entered++;
  pthread_cond_broadcast(&h->passed);
  pthread_mutex_unlock(&h->lock);
  bool memory = h->turns ? act_in_turns(&a) : act_at_once(&a);
  part(&a);
  leave(&a);
  return memory ? 0 : ENOMEM;
}

// --- the workload ------------------------------------------------------------

static int prepare(struct wane_workload_run *run)
{
  struct history *h = calloc(1, sizeof *h);
  char error[200];
  if (!h) {
    run->fail(run, "histories: no memory");
    return ENOMEM;
  }
  run->state = h;
  h->run = run;
  h->turns = run->options[TURNS].boolean;
  pthread_mutex_init(&h->lock, NULL);
  pthread_cond_init(&h->passed, NULL);
  if (run->mutators > 255) {
    run->fail(run, "histories: expected at most 255 mutators, found %u",
              run->mutators);
    return EINVAL;
  }
  if (program_make(&h->program, run->seed,
                   (size_t)run->options[OPERATIONS].integer, run->mutators,
                   !h->turns)) {
    run->fail(run, "histories: no memory for the program");
    return ENOMEM;
  }
  if (program_keep(&h->program, run->options[KEEP].string, error,
                   sizeof error)) {
    run->fail(run, "histories: %s", error);
    return EINVAL;
  }
  return 0;
}

static void print(struct history *h)
{
  char text[128];
  for (size_t i = 0; i < h->program.n; i++) {
    if (!h->program.keep[i]) continue;
    program_print(&h->program, i, text, sizeof text);
    h->run->note(h->run, "%s", text);
  }
}

static int setup(struct wane_workload_run *run, struct wane_mutator *m)
{
  struct history *h = run->state;
  h->next = 0;
  h->entered = h->left = 0;
  if (run->iteration == 1 && run->options[PRINT].boolean) print(h);
  int error = things_start(run, h->program.n * (PROGRAM_RING + 1));
  if (error) return error;
  h->turn = whose_turn(h);
  if (h->turns)
    model_start(&h->model,
                run->mutators * PROGRAM_REGISTERS + PROGRAM_HANDLES);
  for (uint32_t i = 0; i < PROGRAM_HANDLES; i++)
    if (!(h->handle[i] = wane_handle_new(m, NULL))) return ENOMEM;
  return 0;
}

// Nothing holds anything any more.
static int check(struct wane_workload_run *run, struct wane_mutator *m)
{
  struct history *h = run->state;
  for (uint32_t i = 0; i < PROGRAM_HANDLES; i++)
    wane_handle_set(m, h->handle[i], NULL);
  wane_collect(m);
  if (h->turns) {
    for (uint32_t i = 0; i < h->model.n_roots; i++) h->model.roots[i] = 0;
    history_judge(h, true, "when everything was dropped");
  }
  uint64_t left = things_born() - things_died();
  if (run->complete && left && things_all_mortal())
    things_fail("when everything was dropped: %" PRIu64 " of %" PRIu64
                " objects were not freed",
                left, things_born());
  run->report(run, "requests.count", "process", "total", "count",
              (double)h->program.n);
  return 0;
}

static int finish(struct wane_workload_run *run, struct wane_mutator *m)
{
  struct history *h = run->state;
  for (uint32_t i = 0; i < PROGRAM_HANDLES; i++) {
    if (h->handle[i]) wane_handle_free(m, h->handle[i]);
    h->handle[i] = NULL;
  }
  for (uint32_t i = 0; i < PROGRAM_CELLS; i++) {
    if (h->cell[i]) wane_weak_free(m, h->cell[i]);
    h->cell[i] = NULL;
  }
  wane_collect(m); // the table must outlive what dies
  if (h->turns) model_stop(&h->model);
  h->model = (struct model){0};
  return 0;
}

static void dispose(struct wane_workload_run *run)
{
  struct history *h = run->state;
  if (!h) return;
  things_stop();
  program_free(&h->program);
  pthread_mutex_destroy(&h->lock);
  pthread_cond_destroy(&h->passed);
  free(h);
}

WANE_WORKLOAD_EXPORT = {
    .size = sizeof(struct wane_workload),
    .abi = WANE_WORKLOAD_ABI,
    .name = "histories",
    .help = "random programs on a heap, beside a model of it",
    .options = options,
    .n_options = N_OPTIONS,
    .prepare = prepare,
    .setup = setup,
    .body = body,
    .check = check,
    .finish = finish,
    .dispose = dispose,
};
