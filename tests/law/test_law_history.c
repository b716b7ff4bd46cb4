// test_law_history.c: random histories against an exact model.
// SPDX-License-Identifier: MIT
//
// L1 no live object is freed, L2 none is freed twice, L3 after wane_collect
// what was garbage is gone, L4 counts are exact, L7 every operation does to
// the slots what it says, L8 all this after thousands of random operations.

#include "history.h"
#include "law.h"

static uint64_t seed;

static void some_histories(const struct law_case *c, uint32_t threads)
{
  uint64_t operations = world_scaled(16000) / c->slowness + 200;
  for (uint64_t i = 0; i < 3; i++) {
    uint64_t this_seed = seed + i * 7919 + threads;
    world_start(&c->setup);
    struct wane_mutator *m = wane_thread_start("main");
    assert_non_null(m);
    history_run(m, this_seed, threads, operations);
    wane_thread_exit(m);
    if (world_log.failed)
      print_error("history %" PRIu64 " with %u threads, WANE_SEED=%" PRIu64
                  "\n", i, threads, seed);
    world_stop();
  }
}

static void one_thread(const struct law_case *c)
{
  some_histories(c, 1);
}

static void three_threads(const struct law_case *c)
{
  some_histories(c, 3);
}

int main(int argc, char **argv)
{
  static const struct law laws[] = {
      {"a random history of one thread agrees with its model", one_thread},
      {"a random history of three threads in turn agrees with its model",
       three_threads},
  };
  seed = check_seed(20250801);
  return law_main(laws, sizeof laws / sizeof laws[0], argc, argv);
}
