// test_wire.c: what the child writes, the parent reads.
// SPDX-License-Identifier: MIT

#include "check.h"

#include "wire.h"

#include <math.h>
#include <string.h>

static char *written;
static size_t size;

static FILE *begin(void)
{
  FILE *out = open_memstream(&written, &size);
  assert_non_null(out);
  return out;
}

// Ends the line and parses it.
static struct wire_message end(FILE *out)
{
  struct wire_message message;
  fclose(out);
  assert_int_equal(written[size - 1], '\n');
  written[size - 1] = '\0';
  assert_null(strchr(written, '\n'));
  assert_int_equal(wire_parse(written, &message), 0);
  return message;
}

static void measurements_come_through(void **state)
{
  (void)state;
  static const double values[] = {0, 1, -2.5, 1e300, 0.1, NAN, 0x1p53};
  for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
    struct measurement m = {3,       "time.wall", "process",
                            "total", "ns",        values[i]};
    FILE *out = begin();
    wire_measurement(out, &m);
    struct wire_message message = end(out);
    assert_int_equal(message.kind, WIRE_MEASUREMENT);
    assert_int_equal(message.measurement.iteration, 3);
    assert_string_equal(message.measurement.metric, "time.wall");
    assert_string_equal(message.measurement.scope, "process");
    assert_string_equal(message.measurement.stat, "total");
    assert_string_equal(message.measurement.unit, "ns");
    if (isnan(values[i]))
      assert_true(isnan(message.measurement.value));
    else
      assert_true(message.measurement.value == values[i]);
    free(written);
  }
}

static void any_text_comes_through(void **state)
{
  (void)state;
  static const char *const texts[] = {
      "", "a", "tab\there", "two\nlines", "back\\slash \\n \\t", "\\"};
  static const enum wire_kind kinds[] = {WIRE_NOTE, WIRE_FAIL,
                                         WIRE_UNSTARTABLE, WIRE_NUMA,
                                         WIRE_THREAD, WIRE_PLACEMENT,
                                         WIRE_COUNTERS};
  for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
      FILE *out = begin();
      wire_text(out, kinds[k], texts[i]);
      struct wire_message message = end(out);
      assert_int_equal(message.kind, kinds[k]);
      assert_string_equal(message.text, texts[i]);
      free(written);
    }
}

static void rows_come_through(void **state)
{
  (void)state;
  for (int i = 0; i < N_COMPANIONS; i++) {
    FILE *out = begin();
    wire_row(out, (enum companion)i, "1,\"back\\slash\",NA");
    struct wire_message message = end(out);
    assert_int_equal(message.kind, WIRE_ROW);
    assert_int_equal(message.companion, i);
    assert_string_equal(message.text, "1,\"back\\slash\",NA");
    free(written);
  }
}

static void numbers_come_through(void **state)
{
  (void)state;
  FILE *out = begin();
  wire_number(out, WIRE_MUTATORS, UINT32_MAX);
  struct wire_message message = end(out);
  assert_int_equal(message.kind, WIRE_MUTATORS);
  assert_int_equal(message.number, UINT32_MAX);
  free(written);
}

static void other_lines_are_refused(void **state)
{
  (void)state;
  static const char *const lines[] = {
      "",
      "M",
      "X\t1",
      "M\t",
      "M\t1\ttime.wall\tprocess\ttotal\tns",
      "M\t1\ttime.wall\tprocess\ttotal\tns\t",
      "M\t1\ttime.wall\tprocess\ttotal\tns\t1x",
      "M\t1\ttime.wall\tprocess\ttotal\tns\tinf",
      "M\t1\ttime.wall\tprocess\ttotal\tns\t1\t2",
      "M\t-1\ttime.wall\tprocess\ttotal\tns\t1",
      "M\t1\t\tprocess\ttotal\tns\t1",
      "M\t1\ttime.wall\tprocess\ta_stat_too_long\tns\t1",
      "S\t",
      "S\t1x",
      "S\t99999999999999999999",
      "S 1",
  };
  for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
    char line[128];
    struct wire_message message;
    snprintf(line, sizeof line, "%s", lines[i]);
    assert_int_equal(wire_parse(line, &message), -EINVAL);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(measurements_come_through),
      cmocka_unit_test(any_text_comes_through),
      cmocka_unit_test(numbers_come_through),
      cmocka_unit_test(rows_come_through),
      cmocka_unit_test(other_lines_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
