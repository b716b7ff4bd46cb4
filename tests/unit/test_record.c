// test_record.c: one invocation and its numbers.
// SPDX-License-Identifier: MIT

#include "check.h"

#include "record.h"

#include <math.h>
#include <string.h>

static struct measurement wall(uint32_t iteration, double value)
{
  return (struct measurement){iteration, "time.wall", "process",
                              "total",   "ns",        value};
}

static void the_columns_are_those_of_the_schema(void **state)
{
  (void)state;
  assert_int_equal(N_COLUMNS, 36);
  assert_string_equal(record_column_name(COLUMN_run_id), "run_id");
  assert_string_equal(record_column_name((enum column)34), "value");
  assert_string_equal(record_column_name((enum column)35), "variety");
  assert_null(record_column_name(N_COLUMNS));
}

static const char *field(const struct record *record, enum column column,
                         const struct measurement *m)
{
  static char buffer[32];
  return record_field(record, m, column, buffer);
}

static void only_the_last_iteration_is_timing(void **state)
{
  (void)state;
  struct record record = {.last_iteration = 3, .status = RUN_CRASH};
  struct measurement m[] = {wall(0, NAN), wall(1, 5), wall(3, 0.25)};
  assert_string_equal(field(&record, COLUMN_phase, &m[0]), "timing");
  assert_string_equal(field(&record, COLUMN_phase, &m[1]), "warmup");
  assert_string_equal(field(&record, COLUMN_phase, &m[2]), "timing");
  assert_string_equal(field(&record, COLUMN_iteration, &m[2]), "3");
  assert_string_equal(field(&record, COLUMN_status, &m[2]), "crash");
  assert_string_equal(field(&record, COLUMN_value, &m[2]), "0.25");
  assert_null(field(&record, COLUMN_value, &m[0]));
  assert_null(field(&record, COLUMN_hfac, &m[0]));
}

static void fields_are_kept_and_replaced(void **state)
{
  (void)state;
  struct record record = {0};
  struct measurement m = wall(1, 1);
  assert_int_equal(record_set(&record, COLUMN_suite, "%s-%d", "a", 1), 0);
  assert_int_equal(record_set(&record, COLUMN_suite, "b"), 0);
  assert_string_equal(field(&record, COLUMN_suite, &m), "b");
  record_free(&record);
  assert_null(record.field[COLUMN_suite]);
}

static void measurements_are_found_by_all_they_are(void **state)
{
  (void)state;
  struct record record = {0};
  for (uint32_t i = 1; i <= 100; i++) {
    struct measurement m = wall(i, i);
    assert_int_equal(record_add(&record, &m), 0);
  }
  assert_int_equal(record.n_measurements, 100);
  const struct measurement *found =
      record_find(&record, 57, "time.wall", "process", "total");
  assert_non_null(found);
  assert_true(found->value == 57);
  assert_null(record_find(&record, 101, "time.wall", "process", "total"));
  assert_null(record_find(&record, 1, "time.wall", "gc", "total"));
  assert_null(record_find(&record, 1, "time.wall", "process", "max"));
  record_free(&record);
}

static void notes_are_copied(void **state)
{
  (void)state;
  struct record record = {0};
  char text[] = "a";
  for (int i = 0; i < 5; i++) {
    text[0] = (char)('a' + i);
    assert_int_equal(record_note(&record, text), 0);
  }
  assert_int_equal(record.n_notes, 5);
  assert_string_equal(record.notes[0], "a");
  assert_string_equal(record.notes[4], "e");
  assert_int_equal(record_thread(&record, text), 0);
  assert_int_equal(record.n_threads, 1);
  assert_string_equal(record.threads[0], "e");
  assert_ptr_not_equal(record.threads[0], text);
  record_free(&record);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_columns_are_those_of_the_schema),
      cmocka_unit_test(only_the_last_iteration_is_timing),
      cmocka_unit_test(fields_are_kept_and_replaced),
      cmocka_unit_test(measurements_are_found_by_all_they_are),
      cmocka_unit_test(notes_are_copied),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
