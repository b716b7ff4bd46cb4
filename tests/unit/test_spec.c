// test_spec.c: "NAME[:POSITIONAL][,k=v...]".
// SPDX-License-Identifier: MIT

#include "check.h"

#include "spec.h"

static void assert_text(const char *found, const char *expected)
{
  if (expected)
    assert_string_equal(found, expected);
  else
    assert_null(found);
}

static void assert_parts(const char *text, const char *name,
                         const char *positional, const char *options)
{
  struct spec spec;
  char error[128] = "";
  assert_int_equal(spec_parse(&spec, text, error, sizeof error), 0);
  assert_text(spec.name, name);
  assert_text(spec.positional, positional);
  assert_text(spec.options, options);
  spec_free(&spec);
}

static void a_spec_is_cut_at_the_first_colon_and_comma(void **state)
{
  (void)state;
  assert_parts("rc", "rc", NULL, NULL);
  assert_parts("rings,ring=3,nodes=9", "rings", NULL, "ring=3,nodes=9");
  assert_parts("trace:a/b.gct", "trace", "a/b.gct", NULL);
  assert_parts("case:f,name=x:y", "case", "f", "name=x:y");
  assert_parts("./x.so,file=a:b", "./x.so", NULL, "file=a:b");
  assert_parts("trace:c:d", "trace", "c:d", NULL);
}

static void a_spec_without_a_name_is_refused(void **state)
{
  (void)state;
  static const char *const texts[] = {"", ",a=b", ":file"};
  for (size_t i = 0; i < 3; i++) {
    struct spec spec;
    char error[128] = "";
    assert_int_equal(spec_parse(&spec, texts[i], error, sizeof error), -EINVAL);
    assert_true(error[0] != 0);
  }
}

static void assert_options(const char *text, const char *option,
                           const char *expected)
{
  struct spec spec;
  char error[128] = "", *options;
  assert_int_equal(spec_parse(&spec, text, error, sizeof error), 0);
  int result = spec_options(&spec, option, &options, error, sizeof error);
  assert_int_equal(result, expected ? 0 : -EINVAL);
  if (expected) assert_string_equal(options, expected);
  if (!expected) assert_true(error[0] != 0);
  free(options);
  spec_free(&spec);
}

static void the_positional_argument_becomes_an_option(void **state)
{
  (void)state;
  assert_options("trace:f.gct,copies=2", "file", "file=f.gct,copies=2");
  assert_options("trace:f.gct", "file", "file=f.gct");
  assert_options("trace,copies=2", "file", "copies=2");
  assert_options("rings", NULL, "");
  assert_options("rings:f", NULL, NULL);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_spec_is_cut_at_the_first_colon_and_comma),
      cmocka_unit_test(a_spec_without_a_name_is_refused),
      cmocka_unit_test(the_positional_argument_becomes_an_option),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
