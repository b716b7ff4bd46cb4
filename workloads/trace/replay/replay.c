// replay.c: the workload `trace:FILE`: a recorded heap trace on the runtime.
// SPDX-License-Identifier: MIT
//
// K copies of the trace, each with one mutator per recorded thread (or just
// one), in one heap. Mutator i is number i % n of copy i / n. What a replay
// must do is in replay_events.c, in which order in replay_strict.c and
// replay_relaxed.c, how roots are kept in replay_roots.h, how the heap is
// compared with the oracle in replay_verify.c.

#include "replay_lives.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_NAME, COPIES, ORDER, NODES, LIFETIMES, N_OPTIONS };
static const struct wane_option options[N_OPTIONS] = {
    [FILE_NAME] = {.name = "file",
                   .type = WANE_OPTION_STRING,
                   .value = "",
                   .help = "trace (GCT 1)"},
    [COPIES] = {.name = "copies",
                .type = WANE_OPTION_INT,
                .value = "1",
                .help = "copies of the trace, each on its own mutators",
                .min = 1,
                .max = REPLAY_MAX_COPIES},
    [ORDER] = {.name = "order",
               .type = WANE_OPTION_STRING,
               .value = "strict",
               .help = "strict: the recorded order of a copy's events; "
                       "relaxed: only what their meaning needs; serial: "
                       "strict, on one mutator a copy",
               .choices = "strict|relaxed|serial"},
    [NODES] = {.name = "nodes",
               .type = WANE_OPTION_STRING,
               .value = "each",
               .help = "what --place counts: each mutator (copy after copy); "
                       "thread: recorded thread i of all copies as one; copy: "
                       "all threads of a copy as one",
               .choices = "each|thread|copy"},
    [LIFETIMES] = {.name = "lifetimes",
                   .type = WANE_OPTION_INT,
                   .value = "0",
                   .help = "of one object in so many: when it was born, came "
                           "to be out of reach, and was freed; 0: of none",
                   .min = 0,
                   .max = 1000000000},
};

// The runtime has stopped: no death hook comes any more.
static void dispose(struct wane_workload_run *run)
{
  struct replay *replay = run->state;
  if (!replay) return;
  replay_types_forget();
  replay_lives_free(replay);
  for (uint32_t i = 0; replay->copies && i < replay->n_copies; i++)
    if (replay->copies[i].replay) replay_copy_free(&replay->copies[i]);
  free(replay->copies);
  free(replay->types);
  free(replay->place);
  replay_plan_free(&replay->plan);
  free(replay);
  run->state = NULL;
}

// --- before ----------------------------------------------------------------

static int check_options(struct wane_workload_run *run)
{
  if (!*run->options[FILE_NAME].string) {
    run->fail(run, "trace: no file given, expected trace:FILE");
    return EINVAL;
  }
  return 0;
}

static enum replay_order order_of(const struct wane_workload_run *run)
{
  const char *order = run->options[ORDER].string;
  if (!strcmp(order, "relaxed")) return REPLAY_RELAXED;
  return strcmp(order, "serial") ? REPLAY_STRICT : REPLAY_SERIAL;
}

static void note_limits(struct wane_workload_run *run,
                        const struct replay_plan *plan)
{
  if (plan->order == REPLAY_RELAXED)
    run->note(run,
              "relaxed order: %" PRIu64 " waits, %.2f events at a time at most",
              gct_relax_count(&plan->relax),
              (double)plan->info->n_events / (double)plan->relax.critical);
  else if (!plan->schedule.total)
    run->note(run, "the trace's WAITs leave its threads free at times: one "
                   "order that they allow is replayed");
}

// Whom policies for threads take for one. False: no memory.
static bool make_places(struct wane_workload_run *run, struct replay *replay)
{
  const char *nodes = run->options[NODES].string;
  uint32_t threads = replay->plan.n_mutators;
  bool by_copy = !strcmp(nodes, "copy");
  if (!strcmp(nodes, "each")) return true;
  replay->place = calloc(run->mutators, sizeof *replay->place);
  if (!replay->place) return false;
  for (uint32_t i = 0; i < run->mutators; i++)
    replay->place[i] = by_copy ? i / threads : i % threads;
  run->place = replay->place;
  run->places = by_copy ? replay->n_copies : threads;
  return true;
}

static int prepare(struct wane_workload_run *run)
{
  int status = check_options(run);
  if (status) return status;
  struct replay *replay = calloc(1, sizeof *replay);
  if (!replay) {
    run->fail(run, "trace: out of memory");
    return ENOMEM;
  }
  status = replay_plan_make(run, run->options[FILE_NAME].string, order_of(run),
                            &replay->plan);
  if (status) {
    free(replay);
    return status;
  }
  run->state = replay;
  replay->run = run;
  replay->n_copies = (uint32_t)run->options[COPIES].integer;
  replay->copies = calloc(replay->n_copies, sizeof *replay->copies);
  bool good = replay->copies != NULL;
  for (uint32_t i = 0; good && i < replay->n_copies; i++)
    good = replay_copy_new(replay, i);
  run->mutators = replay->n_copies * replay->plan.n_mutators;
  good = good && make_places(run, replay);
  if (!good) {
    run->fail(run, "%s: out of memory", replay->plan.path);
    dispose(run);
    return ENOMEM;
  }
  note_limits(run, &replay->plan);
  return 0;
}

// Which event an object dies of is settled by the trace only if the order is.
static int make_lives(struct wane_workload_run *run)
{
  struct replay *replay = run->state;
  const struct replay_plan *plan = &replay->plan;
  uint32_t every = (uint32_t)run->options[LIFETIMES].integer;
  if (!every || replay->marks) return 0;
  if (plan->order != REPLAY_RELAXED || plan->n_mutators == 1)
    return replay_lives_make(replay, every);
  if (run->iteration == 1)
    run->note(run, "no lifetimes: under relaxed order the trace does not say "
                   "which event an object dies of");
  return 0;
}

static int setup(struct wane_workload_run *run, struct wane_mutator *m)
{
  struct replay *replay = run->state;
  int status = replay->types ? 0 : replay_types_register(replay);
  if (status == 0) status = make_lives(run);
  if (!status && !replay->weak && replay->plan.info->by_op[GCT_WEAK])
    run->note(run, "the collector knows no weak references: only the ends of "
                   "WEAK events are checked");
  // Note [stop]
  atomic_store_explicit(&replay->stop, 0, memory_order_relaxed);
  for (uint32_t i = 0; i < replay->n_copies && status == 0; i++)
    status = replay_copy_reset(&replay->copies[i], m);
  if (status) run->fail(run, "%s: %s", replay->plan.path, strerror(status));
  return status;
}

static int body(struct wane_workload_run *run, struct wane_mutator *m,
                uint32_t index)
{
  struct replay *replay = run->state;
  uint32_t n = replay->plan.n_mutators;
  return replay_thread_run(&replay->copies[index / n].threads[index % n], m);
}

// --- after -----------------------------------------------------------------

// One object that is left and should not be, if a handle still names it.
static void name_leftover(struct wane_workload_run *run,
                          const struct replay_copy *copy)
{
  const struct replay_plan *plan = &copy->replay->plan;
  for (uint32_t i = 0; i < plan->info->max_handles; i++) {
    const struct replay_handle *h = &copy->handles[i];
    // Note [weak handle]
    if (copy->marks[i >> 6] >> (i & 63) & 1 ||
        !atomic_load_explicit(&h->ref, memory_order_relaxed))
      continue;
    run->note(run, "left, for example: object %u (type %s, born as no. %u)", i,
              plan->info->types[plan->type[h->birth]].name, h->birth);
    return;
  }
}

// After wane_collect: is all garbage gone? `held` objects are reachable.
static bool check_left(struct wane_workload_run *run,
                       const struct replay_copy *copy, uint64_t held)
{
  uint64_t left = replay_left(copy);
  if (left == held) return true;
  if (left < held) {
    run->fail(run,
              "copy %u: %" PRIu64 " objects are alive, but %" PRIu64
              " are reachable",
              copy->number, left, held);
    return false;
  }
  if (!run->complete) return true; // noted by sum_up
  run->fail(run,
            "copy %u: %" PRIu64 " objects are left after a full collection, "
            "%" PRIu64 " are reachable",
            copy->number, left, held);
  name_leftover(run, copy);
  return false;
}

static bool check_copy(struct wane_workload_run *run, struct wane_mutator *m,
                       struct replay_copy *copy)
{
  const struct gct_oracle *final = &copy->replay->plan.final;
  uint64_t held = final->objects;
  static const char when[] = "end of trace";
  if (run->verify && !(replay_verify(copy, when, final, &held) &&
                       replay_weak_verify(copy, m, when, run->complete) &&
                       replay_weak_check_calls(copy)))
    return false;
  // Without --verify nobody knows what the finaliser registry holds.
  if (!run->verify && copy->replay->plan.info->by_op[GCT_FINALIZER])
    return true;
  return check_left(run, copy, held);
}

struct sums {
  uint64_t events, waits, checkpoints, left, cells, nulls, wall_ns, cpu_ns;
};

static void sum_up(const struct replay *replay, struct sums *sums)
{
  const struct gct_info *info = replay->plan.info;
  *sums = (struct sums){.events = info->n_events * replay->n_copies};
  for (uint32_t i = 0; i < replay->n_copies; i++) {
    const struct replay_copy *copy = &replay->copies[i];
    uint64_t left = replay_left(copy) - copy->left_before;
    sums->left += left > replay->plan.final.objects
                      ? left - replay->plan.final.objects
                      : 0;
    sums->wall_ns += copy->end_ns - copy->begin_ns - copy->verify_ns;
    sums->checkpoints += copy->checkpoints;
    sums->cells += atomic_load(&copy->cells);
    sums->nulls += replay_weak_nulls(copy);
    for (uint32_t t = 0; t < info->n_threads; t++)
      sums->waits += copy->inputs[t].waits;
    for (uint32_t t = 0; t < replay->plan.n_mutators; t++)
      sums->cpu_ns += copy->threads[t].cpu_ns;
    sums->cpu_ns -= copy->verify_cpu_ns;
  }
}

static void report_sums(struct wane_workload_run *run,
                        const struct replay *replay)
{
  struct sums sums;
  sum_up(replay, &sums);
  run->report(run, "replay.events", "process", "count", "count",
              (double)sums.events);
  run->report(run, "replay.waits", "process", "count", "count",
              (double)sums.waits);
  if (run->verify)
    run->report(run, "replay.checkpoints", "process", "count", "count",
                (double)sums.checkpoints);
  run->note(run,
            "%" PRIu64 " events, %.2f M/s per copy, %.2f M/s of mutator CPU",
            sums.events, 1e3 * (double)sums.events / (double)sums.wall_ns,
            1e3 * (double)sums.events / (double)sums.cpu_ns);
  if (sums.cells && run->verify)
    run->note(run,
              "%" PRIu64 " weak cells, %" PRIu64 " of them NULL at the end",
              sums.cells, sums.nulls);
  if (!run->complete && sums.left)
    run->note(run, "%" PRIu64 " unreachable objects are left", sums.left);
}

// Was anything freed while it was in reach? An event that uses it would have
// noticed, but not everything is used again.
static bool check_lives(struct wane_workload_run *run,
                        const struct replay *replay)
{
  uint64_t births = replay->plan.info->n_births;
  for (size_t i = 0; i < run->lives->n; i++) {
    const struct wane_life *life = &run->lives->lives[i];
    if (!life->t_reclaimed_ns) continue;
    if (life->t_dead_ns && life->t_dead_ns <= life->t_reclaimed_ns) continue;
    uint32_t birth = (uint32_t)(life->object % births);
    run->fail(run,
              "copy %" PRIu64 ": the object born as no. %" PRIu32
              " (type %s) was freed while it was in reach",
              life->object / births, birth,
              replay->plan.info->types[replay->plan.type[birth]].name);
    return false;
  }
  return true;
}

static int check(struct wane_workload_run *run, struct wane_mutator *m)
{
  struct replay *replay = run->state;
  bool good = true;
  if (replay->marks && !(run->lives = replay_lives_gather(replay))) {
    run->fail(run, "%s: no memory for lifetimes", replay->plan.path);
    return ENOMEM;
  }
  if (run->lives && !check_lives(run, replay)) return EPROTO;
  wane_collect(m);
  wane_finalizers_wait(m); // callbacks of weak references
  for (uint32_t i = 0; i < replay->n_copies && good; i++)
    good = check_copy(run, m, &replay->copies[i]);
  report_sums(run, replay);
  return good ? 0 : EPROTO;
}

static int finish(struct wane_workload_run *run, struct wane_mutator *m)
{
  struct replay *replay = run->state;
  run->lives = NULL;
  for (uint32_t i = 0; i < replay->n_copies; i++) {
    replay_weak_forget(&replay->copies[i], m);
    if (replay->copies[i].kept) wane_handle_free(m, replay->copies[i].kept);
    replay->copies[i].kept = NULL;
  }
  wane_finalizers_wait(m); // callbacks that had begun
  return 0;
}

WANE_WORKLOAD_EXPORT = {
    .size = sizeof(struct wane_workload),
    .abi = WANE_WORKLOAD_ABI,
    .name = "trace",
    .help = "replays a recorded heap trace (trace:FILE[,copies=K]); --verify "
            "compares the heap with the trace's oracle",
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
