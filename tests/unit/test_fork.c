// test_fork.c: runtime/fork.c: the child goes on alone.
// SPDX-License-Identifier: MIT
//
// Forks in the middle of whatever other threads do; the child must be able to
// allocate, collect and start threads, and must end by itself.

#include <torture/world.h>

#include <sched.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static _Atomic bool over;

static void be_busy(struct wane_mutator *m, void *argument)
{
  struct wane_handle *h = argument;
  for (unsigned i = 0; !atomic_load(&over); i++) {
    WANE_ROOTS(m, r, 2);
    r[0] = world_need(m, i & 1 ? THING_PAIR : THING_TRACED, 0);
    r[1] = wane_handle_get(h);
    if (r[1]) wane_store(m, r[0], thing_slot(r[0], 0), r[1]);
    wane_store(m, r[0], thing_slot(r[0], 1), r[0]);
    wane_handle_set(m, h, i % 8 ? r[0] : NULL);
    if (i % 32 == 0) wane_collect(m);
  }
}

static void live_on(struct wane_mutator *m, void *argument)
{
  struct wane_handle *h = argument;
  WANE_ROOTS(m, r, 1);
  for (int i = 0; i < 100; i++) r[0] = world_need(m, THING_PAIR, 0);
  if (wane_handle_get(h)) world_check(wane_handle_get(h));
  wane_collect(m);
  world_check(r[0]);
}

// The child's life; its exit code.
static int child(struct wane_mutator *m, struct wane_handle *h)
{
  alarm(60); // a child that hangs is a failure
  struct world_thread t = {.name = "child", .body = live_on, .argument = h};
  world_spawn(&t);
  live_on(m, h);
  world_join(m, &t);
  wane_ref held = wane_handle_get(h);
  // Counts may be too high by what other threads had begun, never too low.
  uint64_t id = world_id(held);
  wane_collect(m);
  wane_collect(m);
  if (id && world_dead(id)) return 2;
  return world_log.failed ? 1 : 0;
}

static void fork_often(const char *collector, unsigned times)
{
  struct world_setup setup = {
      .collector = collector,
      .config = {.young_bytes = 64 << 10, .round_ms = 1,
                 .heap_limit = 64 << 20}};
  world_start(&setup);
  struct wane_mutator *m = wane_thread_start("main");
  struct wane_handle *h = wane_handle_new(m, NULL);
  struct world_thread busy[2];
  atomic_store(&over, false);
  for (int i = 0; i < 2; i++) {
    busy[i] = (struct world_thread){
        .name = "busy", .body = be_busy, .argument = h};
    world_spawn(&busy[i]);
  }
  for (unsigned i = 0; i < times; i++) {
    int status = -1;
    pid_t pid = fork();
    if (pid == 0) _exit(child(m, h));
    wane_detach(m);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    wane_attach(m);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
  }
  atomic_store(&over, true);
  for (int i = 0; i < 2; i++) world_join(m, &busy[i]);
  wane_handle_free(m, h);
  world_settle(m, NULL, 0, NULL, 0);
  wane_thread_exit(m);
  world_stop();
}

static void child_lives_on(void **state)
{
  (void)state;
  fork_often("trial_deletion", (unsigned)world_scaled(40));
}

static void child_of_a_stopped_world_lives_on(void **state)
{
  (void)state;
  fork_often("trial_deletion_stw", (unsigned)world_scaled(40));
  fork_often("cpython", (unsigned)world_scaled(40));
}

int main(void)
{
  if (!strcmp(wane_variety(), "tsan")) {
    puts("skipped: ThreadSanitizer ends a forked child that starts threads");
    return 77;
  }
  if (!strcmp(wane_variety(), "checked")) {
    puts("skipped: AddressSanitizer's allocator of gcc 12 takes no lock around "
         "fork; a detached thread inside free leaves it locked in the child");
    return 77;
  }
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(child_lives_on),
      cmocka_unit_test(child_of_a_stopped_world_lives_on),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
