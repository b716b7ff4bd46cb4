// test_csv.c: fields and numbers of comma-separated files.
// SPDX-License-Identifier: MIT

#include "check.h"

#include "csv.h"

#include <math.h>
#include <string.h>

static void assert_field(const char *text, const char *expected)
{
  char *written = NULL;
  size_t size;
  FILE *out = open_memstream(&written, &size);
  assert_non_null(out);
  csv_field(out, text);
  fclose(out);
  assert_string_equal(written, expected);
  free(written);
}

static void plain_text_is_not_quoted(void **state)
{
  (void)state;
  assert_field("trial_deletion", "trial_deletion");
  assert_field("k=v;k=v", "k=v;k=v");
}

static void missing_is_NA_and_the_text_NA_is_quoted(void **state)
{
  (void)state;
  assert_field(NULL, "NA");
  assert_field("", "NA");
  assert_field("NA", "\"NA\"");
}

static void commas_quotes_and_line_ends_are_quoted(void **state)
{
  (void)state;
  assert_field("0,2-3", "\"0,2-3\"");
  assert_field("a \"b\"", "\"a \"\"b\"\"\"");
  assert_field("a\nb", "\"a\nb\"");
  assert_field("a\rb", "\"a\rb\"");
}

static void assert_number(double value, const char *expected)
{
  char text[32];
  csv_number(text, value);
  assert_string_equal(text, expected);
}

static void integers_are_exact(void **state)
{
  (void)state;
  assert_number(0, "0");
  assert_number(-3, "-3");
  assert_number(9007199254740992.0, "9007199254740992");
  assert_number(123456789012345.0, "123456789012345");
}

static void what_is_no_number_is_NA(void **state)
{
  (void)state;
  assert_number(NAN, "NA");
  assert_number(INFINITY, "NA");
  assert_number(-INFINITY, "NA");
}

static void every_double_comes_back(void **state)
{
  (void)state;
  struct check_random random = {check_seed(1)};
  assert_number(0.5, "0.5");
  assert_number(0.1, "0.1");
  for (int i = 0; i < 100000; i++) {
    uint64_t bits = check_next(&random);
    double value;
    char text[32];
    memcpy(&value, &bits, sizeof value);
    if (!isfinite(value)) continue;
    csv_number(text, value);
    assert_true(strlen(text) < 32);
    assert_true(strtod(text, NULL) == value);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(plain_text_is_not_quoted),
      cmocka_unit_test(missing_is_NA_and_the_text_NA_is_quoted),
      cmocka_unit_test(commas_quotes_and_line_ends_are_quoted),
      cmocka_unit_test(integers_are_exact),
      cmocka_unit_test(what_is_no_number_is_NA),
      cmocka_unit_test(every_double_comes_back),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
