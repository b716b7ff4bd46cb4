// test_placed.c: collector threads and the finalizer are where they should be.
// SPDX-License-Identifier: MIT

#include "topology_fixture.h"

#include <torture/world.h>

#include <sys/syscall.h>
#include <sys/wait.h>

#define WORKERS 5
#define NODES 4

static struct wane_numa_config config;

static void open_model(void)
{
  char error[256];
  config = (struct wane_numa_config){
      .topology = fixture_open("synthetic:numa:4 pu:2"), .model = true};
  config.placement = wane_placement_plan(config.topology, "per-node", 4,
                                         WORKERS, error, sizeof error);
  if (!config.placement) fail_msg("%s", error);
}

static void close_all(void)
{
  wane_placement_free((struct wane_placement *)(uintptr_t)config.placement);
  wane_topology_close((struct wane_topology *)(uintptr_t)config.topology);
}

static struct {
  uint32_t workers[WORKERS], finalizers, mismatches, elsewhere;
} seen;

static void see(const struct wane_numa_thread *t, void *unused)
{
  (void)unused;
  seen.mismatches += t->mismatch;
  if (t->role == WANE_PLACE_FINALIZER) seen.finalizers++;
  if (t->role != WANE_PLACE_WORKER) return;
  assert_true(t->index < WORKERS);
  seen.workers[t->index]++;
  seen.elsewhere += t->asked != t->index % NODES || t->got != t->asked;
}

// Each worker was placed so many times, by the time this is called.
static bool as_planned(uint32_t times, uint32_t finalizers)
{
  memset(&seen, 0, sizeof seen);
  wane_numa_threads(see, NULL);
  bool right = !seen.mismatches && !seen.elsewhere &&
               seen.finalizers == finalizers;
  for (uint32_t i = 0; i < WORKERS; i++) right &= seen.workers[i] == times;
  return right;
}

static void start(void)
{
  struct world_setup setup = {
      .config = {.numa = &config, .workers = WORKERS}};
  world_start(&setup);
}

static void all_are_there_when_it_has_started(void **state)
{
  (void)state;
  open_model();
  for (int turn = 0; turn < 3; turn++) {
    start();
    assert_true(as_planned(1, 0));
    struct wane_mutator *m = wane_thread_start("main");
    {
      WANE_ROOTS(m, r, 1);
      r[0] = world_need(m, THING_FINAL, 0);
    }
    wane_collect(m);
    wane_finalizers_wait(m);
    assert_true(as_planned(1, 1));
    wane_thread_exit(m);
    world_stop();
  }
  close_all();
}

// A child of several threads that has threads of its own.
static void may_fork(void)
{
  if (strcmp(wane_variety(), "tsan") != 0) return;
  print_message("skipped: ThreadSanitizer allows no threads after fork\n");
  skip();
}

static void a_child_has_its_own(void **state)
{
  (void)state;
  may_fork();
  open_model();
  start();
  pid_t child = fork();
  if (!child) _exit(as_planned(2, 0) ? 0 : 1);
  int status = -1;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 0);
  assert_true(as_planned(1, 0));
  world_stop();
  close_all();
}

// --- a system that refuses ---------------------------------------------------

static int begin_refused(uint32_t workers, bool strict, const char *sentence)
{
  char error[512] = "";
  struct wane_config c = {.numa = &config, .workers = workers};
  config.strict = strict;
  int status = wane_start(&c, error, sizeof error);
  bool right = (status < 0) == strict &&
               !strncmp(error, sentence, strict ? strlen(sentence) : 1);
  if (!status) {
    memset(&seen, 0, sizeof seen);
    wane_numa_threads(see, NULL);
    right &= seen.mismatches == workers;
    wane_stop();
  }
  if (!right) fprintf(stderr, "%d: \"%s\"\n", status, error);
  return right ? 0 : 1;
}

// In a process of its own, since there is no way back.
static int in_a_refusing_system(void)
{
  char error[256];
  config = (struct wane_numa_config){.topology = fixture_open("machine")};
  config.placement = wane_placement_plan(config.topology, "compact", 1, WORKERS,
                                         error, sizeof error);
  if (!config.placement || !fixture_forbid(SYS_sched_setaffinity, EPERM))
    return 77;
  int bad = begin_refused(3, true, "collector thread ") +
            begin_refused(1, true, "the coordinator: ") +
            begin_refused(3, false, "") + begin_refused(1, false, "");
  close_all();
  return bad;
}

static void strictness_is_a_sentence(void **state)
{
  (void)state;
  may_fork();
  struct wane_topology *t = fixture_real();
  if (!t) skip();
  wane_topology_close(t);
  pid_t child = fork();
  if (!child) _exit(in_a_refusing_system());
  int status = -1;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status));
  if (WEXITSTATUS(status) == 77) {
    print_message("skipped: no seccomp filters here\n");
    skip();
  }
  assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(all_are_there_when_it_has_started),
      cmocka_unit_test(a_child_has_its_own),
      cmocka_unit_test(strictness_is_a_sentence),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
