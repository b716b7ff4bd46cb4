// test_option.c: runtime/option.c: what is accepted, and what is said if not.
// SPDX-License-Identifier: MIT

#include <wane/option.h>

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { TREES, BYTES, RATIO, EAGER, MODE, FILE_NAME, DELTA, N_OPTIONS };
static const struct wane_option options[N_OPTIONS] = {
    [TREES] = {.name = "trees",
               .type = WANE_OPTION_INT,
               .value = "2^10",
               .min = 1,
               .max = 0x1p40},
    [BYTES] = {.name = "bytes", .type = WANE_OPTION_SIZE, .value = "8MiB"},
    [RATIO] = {.name = "ratio",
               .type = WANE_OPTION_DOUBLE,
               .value = "0.25",
               .min = 0,
               .max = INFINITY},
    [EAGER] = {.name = "eager", .type = WANE_OPTION_BOOL, .value = "no"},
    [MODE] = {.name = "mode",
              .type = WANE_OPTION_STRING,
              .value = "soft",
              .choices = "soft|hard|off"},
    [FILE_NAME] = {.name = "file", .type = WANE_OPTION_STRING, .value = ""},
    [DELTA] = {.name = "delta", .type = WANE_OPTION_INT, .value = "0"},
};

struct parsed {
  union wane_value values[N_OPTIONS];
  char *storage;
  char error[512];
  int result;
};

static struct parsed parse(const char *text)
{
  struct parsed p = {.storage = NULL};
  p.result = wane_options_parse("demo", options, N_OPTIONS, text, p.values,
                                &p.storage, p.error, sizeof p.error);
  return p;
}

static void expect_integer(int option, const char *text, int64_t value)
{
  struct parsed p = parse(text);
  if (p.result) fail_msg("%s: %s", text, p.error);
  assert_int_equal(p.values[option].integer, value);
  free(p.storage);
}

static void expect_error(const char *text, const char *sentence)
{
  struct parsed p = parse(text);
  assert_int_equal(p.result, -EINVAL);
  assert_null(p.storage);
  assert_string_equal(p.error, sentence);
}

static void nothing_given_means_all_defaults(void **state)
{
  (void)state;
  static const char *const nothing[] = {NULL, ""};
  for (int i = 0; i < 2; i++) {
    struct parsed p = parse(nothing[i]);
    assert_int_equal(p.result, 0);
    assert_int_equal(p.values[TREES].integer, 1024);
    assert_int_equal(p.values[BYTES].integer, 8 << 20);
    assert_true(p.values[RATIO].real == 0.25);
    assert_false(p.values[EAGER].boolean);
    assert_string_equal(p.values[MODE].string, "soft");
    assert_string_equal(p.values[FILE_NAME].string, "");
    free(p.storage);
  }
}

static void integers_take_suffixes_and_powers(void **state)
{
  (void)state;
  expect_integer(TREES, "trees=7", 7);
  expect_integer(TREES, "trees=3k", 3072);
  expect_integer(TREES, "trees=3M", 3 << 20);
  expect_integer(TREES, "trees=2g", (int64_t)2 << 30);
  expect_integer(TREES, "trees=2^20", 1 << 20);
  expect_integer(TREES, "trees=2^0", 1);
  expect_integer(TREES, "trees=2^4k", 16384);
  expect_integer(DELTA, "delta=-5", -5);
  expect_integer(DELTA, "delta=-2k", -2048);
  expect_integer(DELTA, "delta=9223372036854775807", INT64_MAX);
  expect_integer(DELTA, "delta=2^62", (int64_t)1 << 62);
}

static void sizes_take_units(void **state)
{
  (void)state;
  expect_integer(BYTES, "bytes=12", 12);
  expect_integer(BYTES, "bytes=12B", 12);
  expect_integer(BYTES, "bytes=12k", 12288);
  expect_integer(BYTES, "bytes=12KiB", 12288);
  expect_integer(BYTES, "bytes=3MiB", 3 << 20);
  expect_integer(BYTES, "bytes=1GiB", 1 << 30);
  expect_integer(BYTES, "bytes=2^16", 65536);
}

static void booleans_take_four_pairs_of_words(void **state)
{
  (void)state;
  static const char *const words[] = {"0",     "1",    "no",  "yes",
                                      "false", "true", "off", "ON"};
  for (int i = 0; i < 8; i++) {
    char text[32] = "eager=";
    strcat(text, words[i]);
    struct parsed p = parse(text);
    assert_int_equal(p.result, 0);
    assert_int_equal(p.values[EAGER].boolean, i % 2);
    free(p.storage);
  }
}

static void strings_outlive_the_text_they_came_from(void **state)
{
  (void)state;
  char text[] = "file=a=b/c d,mode=hard,ratio=1.5e2";
  struct parsed p = parse(text);
  assert_int_equal(p.result, 0);
  memset(text, 'x', sizeof text);
  assert_string_equal(p.values[FILE_NAME].string, "a=b/c d");
  assert_string_equal(p.values[MODE].string, "hard");
  assert_true(p.values[RATIO].real == 150);
  free(p.storage);
}

static void bad_values_are_refused_in_a_sentence(void **state)
{
  (void)state;
#define INTEGER "an integer (suffix k, m or g; or 2^N)"
#define TREES_RANGE INTEGER " from 1 to 1099511627776"
  expect_error("trees=abc",
               "demo: option trees: expected " TREES_RANGE ", found \"abc\"");
  expect_error("trees=0",
               "demo: option trees: expected " TREES_RANGE ", found \"0\"");
  expect_error("trees=2^41",
               "demo: option trees: expected " TREES_RANGE ", found \"2^41\"");
  expect_error("trees=",
               "demo: option trees: expected " TREES_RANGE ", found nothing");
  static const char *const bad[] = {" 1",
                                    "1 ",
                                    "+1",
                                    "--1",
                                    "0x10",
                                    "1.5",
                                    "3^2",
                                    "2^",
                                    "2^-1",
                                    "2^63",
                                    "2^60k",
                                    "1kk",
                                    "1KiB",
                                    "9223372036854775808",
                                    "9007199254740992k",
                                    "-"};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    char text[64] = "delta=", sentence[128];
    strcat(text, bad[i]);
    snprintf(sentence, sizeof sentence,
             "demo: option delta: expected " INTEGER ", found \"%s\"", bad[i]);
    expect_error(text, sentence);
  }
  expect_error("bytes=5MB", "demo: option bytes: expected a number of bytes "
                            "(B, KiB, MiB or GiB; or 2^N), found \"5MB\"");
  expect_error("eager=maybe",
               "demo: option eager: expected yes or no, found \"maybe\"");
  expect_error("mode=sof", "demo: option mode: expected one of soft|hard|off, "
                           "found \"sof\"");
  expect_error("mode=soft|hard",
               "demo: option mode: expected one of soft|hard|off, "
               "found \"soft|hard\"");
  expect_error("mode=", "demo: option mode: expected one of soft|hard|off, "
                        "found nothing");
  static const char *const not_real[] = {"nan", "inf", "1,5x", "1e999", "-1"};
  for (size_t i = 0; i < sizeof not_real / sizeof not_real[0]; i++) {
    char text[64] = "ratio=";
    strcat(text, not_real[i]);
    assert_int_equal(parse(text).result, -EINVAL);
  }
  expect_error("ratio=-1", "demo: option ratio: expected a number, at least "
                           "0, found \"-1\"");
}

static void bad_names_and_shapes_are_refused(void **state)
{
  (void)state;
  expect_error("depth=3", "demo: unknown option \"depth\": expected one of "
                          "trees, bytes, ratio, eager, mode, file, delta");
  expect_error("trees", "demo: option trees: expected name=value, found no "
                        "\"=\"");
  expect_error("trees=1,,eager=1", "demo: expected name=value, found nothing "
                                   "between commas");
  expect_error("trees=1,", "demo: expected name=value, found nothing between "
                           "commas");
  expect_error("trees=1,trees=2", "demo: option trees: expected it once, "
                                  "found it twice");
  expect_error("=1", "demo: unknown option \"\": expected one of trees, bytes, "
                     "ratio, eager, mode, file, delta");
}

static void a_table_without_options_takes_none(void **state)
{
  (void)state;
  char error[128] = "", *storage = NULL;
  assert_int_equal(wane_options_parse("rc", NULL, 0, "", NULL, &storage, error,
                                      sizeof error),
                   0);
  free(storage);
  assert_int_equal(wane_options_parse("rc", NULL, 0, "a=1", NULL, &storage,
                                      error, sizeof error),
                   -EINVAL);
  assert_string_equal(error, "rc: unknown option \"a\": expected none");
}

static void an_option_without_default_must_be_given(void **state)
{
  (void)state;
  const struct wane_option file = {.name = "file", .type = WANE_OPTION_STRING};
  union wane_value value;
  char error[128] = "", *storage = NULL;
  assert_int_equal(wane_options_parse("trace", &file, 1, NULL, &value, &storage,
                                      error, sizeof error),
                   -EINVAL);
  assert_string_equal(error, "trace: option file: expected a value (it has no "
                             "default), found nothing");
}

static void a_short_error_buffer_is_not_overrun(void **state)
{
  (void)state;
  char error[8], *storage;
  union wane_value values[N_OPTIONS];
  memset(error, 'x', sizeof error);
  assert_int_equal(wane_options_parse("demo", options, N_OPTIONS, "bad", values,
                                      &storage, error, 7),
                   -EINVAL);
  assert_string_equal(error, "demo: ");
  assert_int_equal(error[7], 'x');
}

static void formatting_sorts_and_reads_back(void **state)
{
  (void)state;
  struct parsed p = parse("trees=5k,ratio=0.1,eager=on,file=x,delta=-3");
  char text[128];
  assert_int_equal(
      wane_options_format(options, N_OPTIONS, p.values, text, sizeof text), 0);
  assert_string_equal(text, "bytes=8388608;delta=-3;eager=yes;file=x;"
                            "mode=soft;ratio=0.1;trees=5120");
  for (size_t size = 0; size <= strlen(text); size++) {
    char shorter[128];
    assert_int_equal(
        wane_options_format(options, N_OPTIONS, p.values, shorter, size),
        -ENOSPC);
  }
  free(p.storage);
  for (char *c = text; *c; c++)
    if (*c == ';') *c = ',';
  p = parse(text);
  assert_int_equal(p.result, 0);
  assert_int_equal(p.values[TREES].integer, 5120);
  assert_true(p.values[RATIO].real == 0.1);
  free(p.storage);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nothing_given_means_all_defaults),
      cmocka_unit_test(integers_take_suffixes_and_powers),
      cmocka_unit_test(sizes_take_units),
      cmocka_unit_test(booleans_take_four_pairs_of_words),
      cmocka_unit_test(strings_outlive_the_text_they_came_from),
      cmocka_unit_test(bad_values_are_refused_in_a_sentence),
      cmocka_unit_test(bad_names_and_shapes_are_refused),
      cmocka_unit_test(a_table_without_options_takes_none),
      cmocka_unit_test(an_option_without_default_must_be_given),
      cmocka_unit_test(a_short_error_buffer_is_not_overrun),
      cmocka_unit_test(formatting_sorts_and_reads_back),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
