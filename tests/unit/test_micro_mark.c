// test_micro_mark.c: `wane micro mark` on a small graph.
// SPDX-License-Identifier: MIT
//
// The command counts what it finds itself, and fails if anything is missing; so
// does the test, against the other traversals' counts.

#include "harness/exit_code.h"
#include "harness/micro/micro_mark.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

// Runs `wane micro mark` with up to three options; the text is the caller's.
static int command(char **text, const char *a, const char *b, const char *c)
{
  char name[] = "mark", copies[3][64], *argv[5] = {name};
  const char *options[] = {a, b, c};
  int argc = 1;
  size_t size;
  FILE *out = open_memstream(text, &size);
  for (int i = 0; i < 3 && options[i]; i++) {
    snprintf(copies[i], sizeof copies[i], "%s", options[i]);
    argv[argc++] = copies[i];
  }
  int code = mark_command(argc, argv, out);
  assert_int_equal(fclose(out), 0);
  return code;
}

static void every_traversal_finds_the_same(void **state)
{
  (void)state;
  char *text, *rest, *line;
  unsigned long long objects = 0, edges = 0, bytes = 0;
  int plain = 0, one = 0, two = 0;
  int code = command(&text, "--mib=4", "--repetitions=2", "--format=csv");
  if (strcmp(wane_variety(), "bare") == 0) { // counts always
    assert_int_equal(code, WANE_EXIT_ENVIRONMENT);
    free(text);
    return;
  }
  assert_int_equal(code, WANE_EXIT_OK);
  line = strtok_r(text, "\n", &rest);
  assert_non_null(line);
  assert_ptr_equal(strstr(line, "benchmark,repetition,status,"), line);
  while ((line = strtok_r(NULL, "\n", &rest))) {
    char name[32];
    unsigned repetition, pool;
    unsigned long long o, e, b, wall, cpu;
    assert_int_equal(sscanf(line, "%31[^,],%u,ok,%u,%llu,%llu,%llu,%llu,%llu",
                            name, &repetition, &pool, &o, &e, &b, &wall, &cpu),
                     8);
    assert_true(repetition < 2);
    assert_true(wall > 0);
    if (objects) assert_true(o == objects && e == edges && b == bytes);
    objects = o;
    edges = e;
    bytes = b;
    plain += strcmp(name, "traverse") == 0;
    one += strcmp(name, "mark/1") == 0;
    two += strcmp(name, "mark/2") == 0;
  }
  assert_int_equal(plain, 4);
  assert_int_equal(one, 2);
  assert_int_equal(two, 2);
  assert_true(objects == (4u << 20) / 40 + 1);
  assert_true(edges > 2 * objects && edges < 3 * objects);
  assert_true(bytes > 32 * objects && bytes < 48 * objects);
  free(text);
}

static void table_names_rates_and_ratios(void **state)
{
  (void)state;
  if (strcmp(wane_variety(), "bare") == 0) {
    print_message("skipped: a bare build counts always\n");
    skip();
  }
  char *text;
  int code = command(&text, "--mib=1", "--repetitions=1", NULL);
  assert_int_equal(code, WANE_EXIT_OK);
  assert_non_null(strstr(text, "\ntraverse "));
  assert_non_null(strstr(text, "\nmark/2 : plain C "));
  assert_non_null(strstr(text, "\nmark/2 : one worker "));
  assert_null(strstr(text, "nan"));
  assert_null(strstr(text, "wrong"));
  free(text);
}

static void nonsense_is_refused(void **state)
{
  (void)state;
  const char *const wrong[] = {"--mib=0",      "--mib=-1", "--repetitions=x",
                               "--format=xml", "--bogus",  "word"};
  char *text;
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    assert_int_equal(command(&text, wrong[i], NULL, NULL), WANE_EXIT_USAGE);
    free(text);
  }
  assert_int_equal(
      command(&text, "--output=/nonexistent/mark.csv", "--mib=1", NULL),
      WANE_EXIT_ENVIRONMENT);
  free(text);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_traversal_finds_the_same),
      cmocka_unit_test(table_names_rates_and_ratios),
      cmocka_unit_test(nonsense_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
