// test_log.c: runtime/log.c: the pool of log chunks has a bottom.
// SPDX-License-Identifier: MIT

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "log.h"

#define ENTRIES 30
#define CHUNK (sizeof(struct wane__chunk) + ENTRIES * sizeof(wane_ref))

static int begin(void **state)
{
  (void)state;
  wane__config.log_chunk = ENTRIES;
  wane__config.log_pool_bytes = 3 * CHUNK + CHUNK / 2;
  return 0;
}

static int end(void **state)
{
  (void)state;
  wane__chunk_stop();
  return 0;
}

static void the_pool_gives_no_more_than_its_bytes(void **state)
{
  (void)state;
  struct wane__chunk *list = NULL;
  for (int i = 0; i < 3; i++) {
    struct wane__chunk *chunk = wane__chunk_take();
    assert_non_null(chunk);
    assert_int_equal(chunk->n, 0);
    chunk->next = list;
    list = chunk;
  }
  assert_null(wane__chunk_take());
  assert_int_equal(wane__chunk_bytes(), 3 * CHUNK);
  wane__chunk_give(list);
  assert_int_equal(wane__chunk_bytes(), 0);
  assert_int_equal(wane__chunk_peak_bytes(), 3 * CHUNK);
}

static void a_chunk_that_comes_back_is_empty(void **state)
{
  (void)state;
  struct wane__chunk *chunk = wane__chunk_take();
  chunk->n = ENTRIES;
  wane__chunk_give(chunk);
  struct wane__chunk *again = wane__chunk_take();
  assert_ptr_equal(again, chunk);
  assert_int_equal(again->n, 0);
  assert_null(again->next);
  wane__chunk_give(again);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(the_pool_gives_no_more_than_its_bytes,
                                      begin, end),
      cmocka_unit_test_setup_teardown(a_chunk_that_comes_back_is_empty, begin,
                                      end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
