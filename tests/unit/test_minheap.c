// test_minheap.c: the search for the smallest heap, and its table.
// SPDX-License-Identifier: MIT

#include "check.h"

#include "minheap.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define U MINHEAP_UNIT

struct world {
  uint64_t needs;
  unsigned tries;
  unsigned fail_at; // that try ends the search; 0: none
  uint64_t worst;   // the largest that was tried
};

static int attempt(uint64_t bytes, void *context)
{
  struct world *world = context;
  assert_int_equal(bytes % U, 0);
  assert_true(bytes > 0);
  if (bytes > world->worst) world->worst = bytes;
  if (++world->tries == world->fail_at) return -EIO;
  return bytes >= world->needs;
}

static void the_smallest_is_found_wherever_it_is_supposed(void **state)
{
  (void)state;
  static const uint64_t needs[] = {1, U, U + 1, 3 * U, 100 * U, 1000 * U,
                                   123456 * (uint64_t)U};
  static const uint64_t guess[] = {0, U, 2 * U, 90 * U, 100 * U, 5000 * U};
  for (size_t i = 0; i < sizeof needs / sizeof needs[0]; i++)
    for (size_t low = 0; low < 6; low++)
      for (size_t high = 0; high < 6; high++) {
        struct world world = {.needs = needs[i]};
        const struct minheap_search search = {guess[low], guess[high], 0.02,
                                              UINT64_C(1) << 40};
        uint64_t bytes;
        assert_int_equal(minheap_find(&search, attempt, &world, &bytes), 0);
        assert_true(bytes >= needs[i]);
        uint64_t slack = bytes / 50 > U ? bytes / 50 : U;
        assert_true(bytes - needs[i] < slack + U);
        assert_true(world.tries < 60);
      }
}

static void a_good_guess_needs_few_runs(void **state)
{
  (void)state;
  struct world world = {.needs = 1000 * U};
  const struct minheap_search search = {960 * U, 1000 * U, 0.02,
                                        UINT64_C(1) << 40};
  uint64_t bytes;
  assert_int_equal(minheap_find(&search, attempt, &world, &bytes), 0);
  assert_true(world.tries <= 4);
}

static void the_search_is_bounded(void **state)
{
  (void)state;
  struct world world = {.needs = UINT64_MAX};
  const struct minheap_search search = {0, U, 0.02, 4096 * (uint64_t)U};
  uint64_t bytes;
  assert_int_equal(minheap_find(&search, attempt, &world, &bytes), -ERANGE);
  assert_true(world.worst == search.most);
}

static void another_failure_ends_it(void **state)
{
  (void)state;
  for (unsigned k = 1; k < 8; k++) {
    struct world world = {.needs = 700 * U, .fail_at = k};
    const struct minheap_search search = {0, 1000 * U, 0.001,
                                          UINT64_C(1) << 40};
    uint64_t bytes;
    assert_int_equal(minheap_find(&search, attempt, &world, &bytes), -EIO);
    assert_int_equal(world.tries, k);
  }
}

static void the_table_keeps_every_trial(void **state)
{
  (void)state;
  char path[] = "/tmp/minheap-XXXXXX", error[300];
  struct minheap_table table;
  close(mkstemp(path));
  unlink(path);
  assert_int_equal(minheap_load(&table, path, error, sizeof error), 0);
  assert_int_equal(table.n, 0);
  for (uint32_t i = 0; i < 3; i++) {
    const struct minheap_row row = {(char *)"s", (char *)"b", (char *)"c,k=v",
                                    2, i, (5 - i) * U};
    assert_int_equal(minheap_add(&table, path, &row), 0);
  }
  minheap_free(&table);
  assert_int_equal(minheap_load(&table, path, error, sizeof error), 0);
  uint32_t n;
  uint64_t least;
  assert_true(minheap_of(&table, "s", "b", 2, &n, &least) == 5 * U);
  assert_true(least == 3 * U);
  assert_int_equal(n, 3);
  assert_string_equal(table.rows[1].collector, "c,k=v");
  assert_true(minheap_of(&table, "s", "b", 1, &n, NULL) == 0 && n == 0);
  minheap_free(&table);
  unlink(path);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_smallest_is_found_wherever_it_is_supposed),
      cmocka_unit_test(a_good_guess_needs_few_runs),
      cmocka_unit_test(the_search_is_bounded),
      cmocka_unit_test(another_failure_ends_it),
      cmocka_unit_test(the_table_keeps_every_trial),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
