// test_csv_file.c: a CSV, plain or compressed.
// SPDX-License-Identifier: MIT

#include "check.h"

#include "csv_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

static char folder[64], plain[80], packed[90], error[512];

static int set_up(void **state)
{
  (void)state;
  snprintf(folder, sizeof folder, "/tmp/wane-csv-XXXXXX");
  if (!mkdtemp(folder)) return -1;
  snprintf(plain, sizeof plain, "%s/r.csv", folder);
  snprintf(packed, sizeof packed, "%s.zst", plain);
  return 0;
}

static int tear_down(void **state)
{
  (void)state;
  (void)unlink(plain);
  (void)unlink(packed);
  return rmdir(folder);
}

static void write_file(const char *path, const void *bytes, size_t n)
{
  FILE *out = fopen(path, "w");
  assert_non_null(out);
  assert_int_equal(fwrite(bytes, 1, n, out), n);
  assert_int_equal(fclose(out), 0);
}

static void write_packed(const char *text, size_t cut)
{
  char bytes[512];
  size_t n = ZSTD_compress(bytes, sizeof bytes, text, strlen(text), 3);
  assert_false(ZSTD_isError(n));
  write_file(packed, bytes, n - cut);
}

static void expect_first(const char *value)
{
  const char *const *fields;
  struct csv_reader *reader = csv_file_open(plain, error, sizeof error);
  assert_non_null(reader);
  assert_int_equal(csv_read_row(reader, &fields, error, sizeof error), 1);
  assert_string_equal(fields[0], value);
  csv_read_close(reader);
}

static void the_plain_file_comes_first(void **state)
{
  (void)state;
  assert_false(csv_file_exists(plain));
  write_packed("a\npacked\n", 0);
  assert_true(csv_file_exists(plain));
  expect_first("packed");
  write_file(plain, "a\nplain\n", 8);
  expect_first("plain");
}

static void what_is_cut_is_refused(void **state)
{
  (void)state;
  write_packed("a\npacked\n", 2);
  assert_null(csv_file_open(plain, error, sizeof error));
  assert_non_null(strstr(error, ".zst"));
}

static void what_is_not_there_is_named(void **state)
{
  (void)state;
  assert_null(csv_file_open(plain, error, sizeof error));
  assert_non_null(strstr(error, plain));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(the_plain_file_comes_first, set_up,
                                      tear_down),
      cmocka_unit_test_setup_teardown(what_is_cut_is_refused, set_up,
                                      tear_down),
      cmocka_unit_test_setup_teardown(what_is_not_there_is_named, set_up,
                                      tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
