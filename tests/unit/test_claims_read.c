// test_claims_read.c: claims files, good and bad.
// SPDX-License-Identifier: MIT
#include "check.h"
#include "claims_read.h"

#include <math.h>
#include <string.h>

#define HEAD                                                                   \
  "claims:\n"                                                                  \
  "  - id: C1\n"                                                               \
  "    text: a text\n"                                                         \
  "    source: a paper\n"

static struct claims_file *read_text(const char *text, char *error, size_t size)
{
  return claims_read_bytes("c.yml", text, strlen(text), error, size);
}

static void a_good_file_is_read(void **state)
{
  (void)state;
  char error[300] = "";
  struct claims_file *file = read_text(
      HEAD "    published: 22 %\n"
           "    measure: [time.wall, \"time.task_clock{gc}\", gc.pause max]\n"
           "    divided_by: [lbo.wall]\n"
           "    combine: max\n"
           "    of: {config: \"rc|2x\", benchmarks: [x, y], mutators: 2}\n"
           "    than: {config: nogc, heap_factor: 1.5}\n"
           "    relation: ratio\n"
           "    near: 0.8\n"
           "    within: 0.1\n"
           "    over: each\n"
           "    tolerance: 0.05\n"
           "  - id: C2\n    text: t\n    source: s\n"
           "    measure: [time.wall]\n"
           "    of: {config: rc}\n    relation: falling\n"
           "    along: mutators\n"
           "tables:\n"
           "  - name: t\n    title: A table\n    configs: [\"rc|2x\", nogc]\n"
           "    columns: [{name: w, measure: [time.wall, gc.pauses]}]\n",
      error, sizeof error);
  if (!file) fail_msg("%s", error);
  assert_int_equal(claims_count(file), 2);
  const struct claim *c = claims_at(file, 0);
  assert_string_equal(c->id, "C1");
  assert_string_equal(c->published, "22 %");
  assert_int_equal(c->measure.n_terms, 3);
  assert_string_equal(c->measure.terms[0].scope, "process");
  assert_string_equal(c->measure.terms[0].stat, "total");
  assert_string_equal(c->measure.terms[1].scope, "gc");
  assert_string_equal(c->measure.terms[2].stat, "max");
  assert_int_equal(c->measure.n_divisor, 1);
  assert_true(c->measure.largest);
  assert_null(c->measure.divisor[0].scope);
  assert_string_equal(c->of.config, "rc.2x");
  assert_int_equal(c->of.n_benchmarks, 2);
  assert_string_equal(c->of.benchmarks[1], "y");
  assert_true(isnan(c->of.hfac) && c->of.mutators == 2);
  assert_true(c->than.hfac == 1.5 && c->than.mutators == 0);
  assert_int_equal(c->relation, CLAIM_RATIO);
  assert_int_equal(c->over, CLAIM_EACH);
  assert_true(fabs(c->low - 0.72) < 1e-12 && fabs(c->high - 0.88) < 1e-12);
  assert_true(c->tolerance == 0.05);
  c = claims_at(file, 1);
  assert_int_equal(c->relation, CLAIM_FALLING);
  assert_int_equal(c->along, CLAIM_MUTATORS);
  assert_null(c->than.config);
  assert_int_equal(claims_tables(file), 1);
  const struct claim_table *t = claims_table_at(file, 0);
  assert_string_equal(t->configs[0], "rc.2x");
  assert_int_equal(t->n_columns, 1);
  assert_int_equal(t->columns[0].measure.n_terms, 2);

  const char *configs[] = {"rc.2x", "nogc", "rc"}, *benchmarks[] = {"x", "y"};
  struct claims_names names = {configs, benchmarks, 3, 2, NULL};
  assert_int_equal(claims_check_names(file, &names, error, sizeof error), 0);
  names.n_benchmarks = 1;
  assert_true(claims_check_names(file, &names, error, sizeof error) < 0);
  assert_string_equal(
      error, "c.yml:9:43: benchmarks: the experiment has no \"y\"");
  names.n_benchmarks = 2;
  names.n_configs = 2;
  assert_true(claims_check_names(file, &names, error, sizeof error) < 0);
  assert_string_equal(error, "c.yml:20:18: config: the experiment has no "
                             "\"rc\"");
  names.n_configs = 3;
  static const double factors[] = {1.5, 3};
  static const uint32_t mutators[] = {1, 2};
  struct claims_axes axes[] = {{factors, mutators, 2, 2, false, false},
                               {factors, mutators, 2, 2, false, false},
                               {factors, mutators, 2, 2, false, false}};
  names.axes = axes;
  assert_int_equal(claims_check_names(file, &names, error, sizeof error), 0);
  for (int i = 0; i < 3; i++) axes[i].n_mutators = 1; // not 2
  assert_true(claims_check_names(file, &names, error, sizeof error) < 0);
  assert_non_null(strstr(error, "mutators: no cell of"));
  for (int i = 0; i < 3; i++) axes[i].any_mutators = true;
  for (int i = 0; i < 3; i++) axes[i].factors = factors + 1; // not 1.5
  for (int i = 0; i < 3; i++) axes[i].n_factors = 1;
  assert_true(claims_check_names(file, &names, error, sizeof error) < 0);
  assert_non_null(strstr(error, "heap_factor: no cell of"));
  claims_close(file);
}

static void a_bad_file_names_the_place(void **state)
{
  (void)state;
  static const struct {
    const char *rest, *sentence;
  } bad[] = {
      {"    measure: [time.wal]\n    of: {config: a}\n    relation: rising\n"
       "    along: mutators\n",
       "c.yml:5:15: there is no metric \"time.wal\"; see wane list metrics"},
      {"    measure: [\"time.wall{nobody}\"]\n    of: {config: a}\n"
       "    relation: rising\n    along: mutators\n",
       "c.yml:5:15: "},
      {"    measure: [\"time.wall{gc\"]\n    of: {config: a}\n"
       "    relation: rising\n    along: mutators\n",
       "c.yml:5:15: expected METRIC{SCOPE} STAT, found \"time.wall{gc\""},
      {"    measure: [time.wall]\n    of: {config: a}\n    relation: smaller\n",
       "c.yml:7:15: relation: expected one of less, greater, ratio, value, "
       "crossover, falling, rising, found \"smaller\""},
      {"    measure: [time.wall]\n    of: {config: a}\n    relation: less\n",
       "c.yml:2:5: relation \"less\" needs a key \"than\""},
      {"    measure: [time.wall]\n    of: {config: a}\n    relation: value\n",
       "c.yml:2:5: a value needs low, high or near"},
      {"    measure: [time.wall]\n    of: {config: a}\n    relation: value\n"
       "    near: 3\n",
       "c.yml:8:11: expected near and within, found one of them"},
      {"    measure: [time.wall]\n    of: {config: a}\n    relation: value\n"
       "    low: 3\n    high: 2\n",
       "c.yml:8:10: low: expected at most high"},
      {"    measure: [time.wall]\n    of: {config: a}\n    relation: value\n"
       "    low: 3\n    at: 2\n",
       "c.yml:9:9: at: has no meaning for relation \"value\""},
      {"    measure: [time.wall]\n    of: {config: a, heap: 2}\n",
       "c.yml:6:21: of: there is no key \"heap\" here"},
      {"    measure: [time.wall]\n    of: {benchmarks: [a]}\n"
       "    relation: value\n",
       "c.yml:6:9: of: expected a key \"config\", found none"},
      {"    measure: time.wall\n", "c.yml:5:14: measure: expected a list"},
      {"    low: nan\n", "c.yml:5:10: low: expected a number, found \"nan\""},
      {"    measure: [lbo.wall max]\n    of: {config: a}\n"
       "    relation: value\n    low: 1\n",
       "c.yml:5:15: lbo.wall has no scope and no stat"},
      {"    measure: [time.wall]\n    of: {config: a}\n    relation: value\n"
       "    low: 1\n  - id: C1\n    text: t\n    source: s\n"
       "    measure: [time.wall]\n    of: {config: a}\n"
       "    relation: value\n    low: 1\n",
       "c.yml:9:9: id: \"C1\" is there twice"},
      {"    measure: [time.wall]\n    of: {config: a}\n    relation: value\n"
       "    low: 1\ntables:\n  - name: T\n    title: t\n    configs: [a]\n"
       "    columns: [{name: w, measure: [time.wall]}]\n",
       "c.yml:10:11: name: expected a-z, 0-9 and _, found \"T\""},
      {"    measure: [time.wall]\n    of: {config: a}\n    relation: value\n"
       "    low: 1\ntables:\n  - name: t\n    title: t\n    configs: [a]\n"
       "    columns: [{name: w, measure: [time]}]\n",
       "c.yml:13:35: there is no metric \"time\"; see wane list metrics"},
  };
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    char text[1000], error[300] = "";
    snprintf(text, sizeof text, HEAD "%s", bad[i].rest);
    assert_null(read_text(text, error, sizeof error));
    if (strncmp(error, bad[i].sentence, strlen(bad[i].sentence)))
      fail_msg("expected: %s\nfound:    %s", bad[i].sentence, error);
  }
}

static void what_cannot_be_read_says_so(void **state)
{
  (void)state;
  char error[300] = "";
  assert_null(claims_read("/nonexistent/c.yml", error, sizeof error));
  assert_string_equal(error, "/nonexistent/c.yml: No such file or directory");
  assert_null(read_text("claims: [\n", error, sizeof error));
  assert_non_null(strstr(error, "c.yml:2:1"));
  assert_null(read_text("claims: []\n", error, sizeof error));
  assert_string_equal(error, "c.yml:1:9: claims: expected at least one entry");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_good_file_is_read),
      cmocka_unit_test(a_bad_file_names_the_place),
      cmocka_unit_test(what_cannot_be_read_says_so),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
