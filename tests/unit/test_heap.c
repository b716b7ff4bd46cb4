// test_heap.c: runtime/heap.c: cells, blocks, what goes back to the system.
// SPDX-License-Identifier: MIT

#include <torture/world.h>

#define YOUNG ((uint64_t)256 << 10)

static struct wane_mutator *begin(void)
{
  struct world_setup setup = {.collector = "trial_deletion",
                              .config = {.young_bytes = YOUNG}};
  world_start(&setup);
  struct wane_mutator *m = wane_thread_start("main");
  assert_non_null(m);
  return m;
}

static void end(struct wane_mutator *m)
{
  world_settle(m, NULL, 0, NULL, 0);
  wane_thread_exit(m);
  world_stop();
}

static uint64_t committed(void)
{
  struct wane_stats stats;
  wane_stats_read(&stats);
  return stats.heap_committed_bytes;
}

// Sizes from the smallest cell to several blocks: what is asked for is there,
// aligned, empty, and not shared with a neighbour.
static void cells_are_large_enough_and_apart(void **state)
{
  (void)state;
  struct wane_mutator *m = begin();
  {
    WANE_ROOTS(m, r, 2);
    for (uint32_t n = 0; n < 20000; n += 1 + n / 3) {
      for (int i = 0; i < 2; i++) {
        r[i] = world_need(m, THING_WIDE, n);
        size_t bytes = 40 + 8 * (size_t)n;
        assert_true(wane_cell_bytes(r[i]) >= bytes);
        assert_true(wane_cell_bytes(r[i]) <= bytes + bytes / 4 + 65536);
        assert_int_equal((uintptr_t)r[i] % 8, 0);
        for (uint32_t s = 0; s < n; s++)
          wane_store(m, r[i], thing_slot(r[i], s), r[i]);
      }
      assert_int_equal(world_id(r[0]), world_born() - 1);
      assert_int_equal(world_id(r[1]), world_born());
      for (uint32_t s = 0; s < n; s++)
        assert_ptr_equal(wane_load(thing_slot(r[0], s)), r[0]);
    }
  }
  end(m);
}

static void empty_blocks_go_back(void **state)
{
  (void)state;
  struct wane_mutator *m = begin();
  {
    WANE_ROOTS(m, r, 1);
    for (int i = 0; i < 100000; i++) {
      wane_ref o = world_need(m, THING_PAIR, 0);
      wane_store(m, o, thing_slot(o, 0), r[0]);
      r[0] = o;
    }
    assert_true(committed() >= 100000 * 64);
  }
  // What stays idle over some rounds goes back, not all at once.
  for (int i = 0; i < 100 && committed() > 2 << 20; i++) wane_collect(m);
  assert_in_range(committed(), 0, 2 << 20);
  end(m);
}

// One survivor in so many: holes are filled before blocks are taken. What one
// round has not looked at, and what the next one has, is 16 times young_bytes
// at most.
static void holes_are_filled(void **state)
{
  (void)state;
  struct wane_mutator *m = begin();
  {
    WANE_ROOTS(m, r, 1);
    r[0] = world_need(m, THING_WIDE, 4000);
    for (uint32_t i = 0; i < 4000; i++)
      for (int k = 0; k < 16; k++) {
        wane_ref o = world_need(m, THING_PAIR, 0);
        if (k == 0) wane_store(m, r[0], thing_slot(r[0], i), o);
      }
    wane_collect(m);
    uint64_t before = committed();
    for (int i = 0; i < 400000; i++) world_need(m, THING_PAIR, 0);
    assert_in_range(committed(), 0, before + 2 * 16 * YOUNG + (1 << 20));
    for (uint32_t i = 0; i < 4000; i++)
      world_check(wane_load(thing_slot(r[0], i)));
  }
  end(m);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(cells_are_large_enough_and_apart),
      cmocka_unit_test(empty_blocks_go_back),
      cmocka_unit_test(holes_are_filled),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
