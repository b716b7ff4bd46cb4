// test_round.c: runtime/round.c, pressure.c: what asks for a round.
// SPDX-License-Identifier: MIT
//
// Rounds happen on the coordinator's thread; a test waits for the effect with
// a bound that is far beyond any machine's slowness.

#include <torture/world.h>

#include <unistd.h>

static struct wane_mutator *begin(const struct wane_config *config)
{
  struct world_setup setup = {.collector = "trial_deletion",
                              .config = *config};
  world_start(&setup);
  struct wane_mutator *m = wane_thread_start("main");
  assert_non_null(m);
  return m;
}

static void end(struct wane_mutator *m)
{
  wane_collect(m);
  wane_thread_exit(m);
  world_stop();
}

static uint64_t rounds(void)
{
  struct wane_stats stats;
  wane_stats_read(&stats);
  return stats.rounds;
}

static bool round_comes(struct wane_mutator *m, uint64_t after)
{
  for (int i = 0; i < 100000; i++) {
    if (rounds() > after) return true;
    wane_safepoint(m);
    usleep(100);
  }
  return false;
}

#define NEVER 1000000000

static void young_bytes_ask_for_a_round(void **state)
{
  (void)state;
  struct wane_mutator *m = begin(
      &(struct wane_config){.round_ms = NEVER, .young_bytes = 1 << 20});
  // Less than the threshold: none. (The runtime is told once per 64 KiB.)
  for (int i = 0; i < 4000; i++) world_need(m, THING_PAIR, 0);
  assert_int_equal(rounds(), 0);
  for (int i = 0; i < 40000; i++) world_need(m, THING_PAIR, 0);
  assert_true(round_comes(m, 0));
  end(m);
}

static void log_bytes_ask_for_a_round(void **state)
{
  (void)state;
  struct wane_mutator *m = begin(&(struct wane_config){
      .round_ms = NEVER, .young_bytes = (uint64_t)1 << 40,
      .log_bytes = 256 << 10});
  {
    WANE_ROOTS(m, r, 2);
    r[0] = world_need(m, THING_PAIR, 0);
    r[1] = world_need(m, THING_PAIR, 0);
    for (int i = 0; i < 100000; i++)
      wane_store(m, r[0], thing_slot(r[0], 0), r[1]);
    assert_true(round_comes(m, 0));
  }
  end(m);
}

static void time_asks_for_a_round(void **state)
{
  (void)state;
  struct wane_mutator *m = begin(&(struct wane_config){
      .round_ms = 2, .young_bytes = (uint64_t)1 << 40});
  for (int i = 0; i < 4000; i++) world_need(m, THING_PAIR, 0);
  uint64_t seen = rounds();
  assert_true(round_comes(m, seen));
  end(m);
}

static void stress_asks_at_every_allocation(void **state)
{
  (void)state;
  struct wane_mutator *m = begin(
      &(struct wane_config){.round_ms = NEVER, .stress_alloc = 1});
  for (uint64_t i = 1; i <= 50; i++) {
    world_need(m, THING_PAIR, 0);
    assert_true(rounds() >= i);
  }
  end(m);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(young_bytes_ask_for_a_round),
      cmocka_unit_test(log_bytes_ask_for_a_round),
      cmocka_unit_test(time_asks_for_a_round),
      cmocka_unit_test(stress_asks_at_every_allocation),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
