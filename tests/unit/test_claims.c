// test_claims.c: claims held against results that are known.
// SPDX-License-Identifier: MIT
#include "check.h"
#include "claims_table.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

// --- a report by hand ------------------------------------------------------

enum { RUNS = 64, VALUES = 8 };
static struct report_run runs[RUNS];
static struct report_value values[RUNS][VALUES];
static char hfacs[RUNS][16];
static struct report report;

static int reset(void **state)
{
  (void)state;
  report = (struct report){.runs = runs};
  return 0;
}

static struct report_run *run(const char *config, const char *benchmark,
                              double hfac, uint32_t mutators)
{
  size_t i = report.n_runs++;
  assert_true(i < RUNS);
  struct report_run *r = &runs[i];
  *r = (struct report_run){.mutators = mutators,
                           .hfac = hfac,
                           .class = REPORT_MEASURED,
                           .values = values[i]};
  for (int f = 0; f < REPORT_FIELDS; f++) r->field[f] = "NA";
  snprintf(hfacs[i], sizeof hfacs[i], "%.3f", hfac);
  r->field[REPORT_SUITE] = "s";
  r->field[REPORT_CONFIG] = r->field[REPORT_COLLECTOR] = config;
  r->field[REPORT_BENCHMARK] = benchmark;
  r->field[REPORT_HFAC] = hfacs[i];
  r->field[REPORT_STATUS] = "ok";
  return r;
}

static void value(struct report_run *r, const char *metric, const char *scope,
                  double v)
{
  assert_true(r->n_values < VALUES);
  r->values[r->n_values++] = (struct report_value){metric, scope, "total", v};
}

// Two invocations, of `v` - spread and `v` + spread.
static void pair(const char *config, const char *benchmark, double hfac,
                 double v, double spread)
{
  value(run(config, benchmark, hfac, 1), "time.wall", "process", v - spread);
  value(run(config, benchmark, hfac, 1), "time.wall", "process", v + spread);
}

// --- claims by hand --------------------------------------------------------

static struct claim_term wall = {"time.wall", "process", "total"};

static struct claim claim_of(enum claim_relation relation, const char *of,
                             const char *than)
{
  return (struct claim){.id = "C1",
                        .text = "A & B",
                        .source = "a test",
                        .measure = {.terms = &wall, .n_terms = 1},
                        .of = {.config = of, .hfac = NAN},
                        .than = {.config = than, .hfac = NAN},
                        .relation = relation,
                        .low = -INFINITY,
                        .high = INFINITY,
                        .at = NAN};
}

static enum claim_verdict verdict_of(const struct claim *claim)
{
  struct claim_result result;
  assert_int_equal(claim_evaluate(claim, &report, &result), 0);
  enum claim_verdict verdict = result.verdict;
  claim_result_free(&result);
  return verdict;
}

static void not_measured(const struct claim *c, const char *why)
{
  struct claim_result r;
  assert_int_equal(claim_evaluate(c, &report, &r), 0);
  assert_int_equal(r.verdict, CLAIM_NOT_MEASURED);
  if (!strstr(r.reason, why)) fail_msg("\"%s\" is not in: %s", why, r.reason);
  claim_result_free(&r);
}

// --- intervals -------------------------------------------------------------

static void an_interval_is_judged(void **state)
{
  (void)state;
  struct stats_interval i = {.mean = 0.9, .low = 0.8, .high = 0.99, .n = 5};
  assert_int_equal(claim_judge(i, -INFINITY, 1, 0), CLAIM_PASS);
  i.high = 1.01;
  assert_int_equal(claim_judge(i, -INFINITY, 1, 0), CLAIM_WITHIN);
  i.mean = 1.04;
  assert_int_equal(claim_judge(i, -INFINITY, 1, 0.05), CLAIM_WITHIN);
  assert_int_equal(claim_judge(i, -INFINITY, 1, 0.03), CLAIM_OUTSIDE);
  i.low = i.high = NAN; // one invocation
  assert_int_equal(claim_judge(i, 0, 2, 0), CLAIM_WITHIN);
  i.mean = NAN;
  assert_int_equal(claim_judge(i, 0, 2, 0), CLAIM_NOT_MEASURED);
  i = (struct stats_interval){.mean = -11, .low = -11, .high = -11, .n = 2};
  assert_int_equal(claim_judge(i, -10, 0, 0.1), CLAIM_WITHIN);
  assert_int_equal(claim_judge(i, -10, 0, 0.09), CLAIM_OUTSIDE);
}

static void intervals_are_put_together(void **state)
{
  (void)state;
  const struct stats_interval parts[] = {
      {.mean = 2, .low = 1, .high = 4, .n = 5},
      {.mean = 8, .low = 4, .high = 16, .n = 3}};
  struct stats_interval m = claim_mean(parts, 2);
  assert_true(fabs(m.mean - 5) < 1e-12);
  assert_int_equal(m.n, 3);
  assert_true(fabs(m.high - (5 + sqrt(1.5 * 1.5 + 6 * 6) / 2)) < 1e-12);
  assert_true(isnan(claim_mean(parts, 0).mean));
}

// --- relations -------------------------------------------------------------

static void one_is_less_than_the_other(void **state)
{
  (void)state;
  pair("a", "x", NAN, 80, 0.1);
  pair("b", "x", NAN, 100, 0.1);
  struct claim c = claim_of(CLAIM_LESS, "a", "b");
  assert_int_equal(verdict_of(&c), CLAIM_PASS);
  c.relation = CLAIM_GREATER;
  assert_int_equal(verdict_of(&c), CLAIM_OUTSIDE);
  c.tolerance = 0.25;
  assert_int_equal(verdict_of(&c), CLAIM_WITHIN);
  c = claim_of(CLAIM_RATIO, "a", "b");
  c.low = 0.79;
  c.high = 0.81;
  assert_int_equal(verdict_of(&c), CLAIM_PASS);
  c.low = 0.9;
  c.high = 1;
  assert_int_equal(verdict_of(&c), CLAIM_OUTSIDE);
}

static void noise_is_not_a_pass(void **state)
{
  (void)state;
  pair("a", "x", NAN, 80, 30);
  pair("b", "x", NAN, 100, 30);
  struct claim c = claim_of(CLAIM_LESS, "a", "b");
  assert_int_equal(verdict_of(&c), CLAIM_WITHIN);
}

static void equal_is_not_less(void **state)
{
  (void)state;
  pair("a", "x", NAN, 100, 0);
  pair("b", "x", NAN, 100, 0);
  struct claim c = claim_of(CLAIM_LESS, "a", "b");
  assert_int_equal(verdict_of(&c), CLAIM_OUTSIDE);
  c.relation = CLAIM_GREATER;
  assert_int_equal(verdict_of(&c), CLAIM_OUTSIDE);
}

// 0.5 and 2 make 1; what failed on one side is left out on both, and said.
static void benchmarks_make_a_geometric_mean(void **state)
{
  (void)state;
  pair("a", "x", 2, 50, 0);
  pair("b", "x", 2, 100, 0);
  pair("a", "y", 2, 200, 0);
  pair("b", "y", 2, 100, 0);
  pair("a", "z", 2, 1, 0);
  pair("b", "z", 2, 100, 0);
  runs[report.n_runs - 1].excluded = "oom";
  pair("a", "x", 3, 1, 0); // b never ran there
  struct claim c = claim_of(CLAIM_RATIO, "a", "b");
  c.low = 0.999;
  c.high = 1.001;
  struct claim_result r;
  assert_int_equal(claim_evaluate(&c, &report, &r), 0);
  assert_int_equal(r.verdict, CLAIM_PASS);
  assert_int_equal(r.n_totals, 1);
  assert_int_equal(r.totals[0].pairs, 2);
  assert_true(fabs(r.totals[0].result.mean - 1) < 1e-12);
  assert_int_equal(r.n_points, 2);
  assert_int_equal(r.n_exclusions, 1);
  assert_string_equal(r.exclusions[0].benchmark, "z");
  assert_string_equal(r.exclusions[0].why, "oom (1 of 2)");
  claim_result_free(&r);
  c.over = CLAIM_EACH;
  assert_int_equal(verdict_of(&c), CLAIM_OUTSIDE);
}

// Nothing over something is less, but in no geometric mean.
static void nothing_is_less(void **state)
{
  (void)state;
  pair("a", "x", 2, 0, 0);
  pair("b", "x", 2, 100, 0);
  struct claim c = claim_of(CLAIM_LESS, "a", "b");
  assert_int_equal(verdict_of(&c), CLAIM_PASS);
  pair("a", "y", 2, 50, 0);
  pair("b", "y", 2, 100, 0);
  struct claim_result r;
  assert_int_equal(claim_evaluate(&c, &report, &r), 0);
  assert_int_equal(r.verdict, CLAIM_PASS);
  assert_int_equal(r.totals[0].pairs, 1);
  assert_true(fabs(r.totals[0].result.mean - 0.5) < 1e-12);
  assert_int_equal(r.n_points, 2);
  assert_int_equal(r.n_exclusions, 1);
  claim_result_free(&r);
}

// Something over nothing is more than any bound, and makes the mean so.
static void something_over_nothing_is_infinite(void **state)
{
  (void)state;
  pair("a", "x", 2, 50, 0.1);
  pair("b", "x", 2, 0, 0);
  pair("a", "y", 2, 50, 0);
  pair("b", "y", 2, 100, 0);
  struct claim c = claim_of(CLAIM_LESS, "a", "b");
  assert_int_equal(verdict_of(&c), CLAIM_OUTSIDE);
  c.relation = CLAIM_GREATER;
  struct claim_result r;
  assert_int_equal(claim_evaluate(&c, &report, &r), 0);
  assert_int_equal(r.verdict, CLAIM_PASS);
  assert_true(isinf(r.totals[0].result.mean));
  assert_int_equal(r.n_points, 2);
  assert_int_equal(r.n_exclusions, 0);
  claim_result_free(&r);
}

// What is said of each is not known of one that failed.
static void each_is_not_each_but_one(void **state)
{
  (void)state;
  pair("a", "x", 2, 50, 0);
  pair("b", "x", 2, 100, 0);
  pair("a", "y", 2, 50, 0);
  pair("b", "y", 2, 100, 0);
  struct claim c = claim_of(CLAIM_LESS, "a", "b");
  c.over = CLAIM_EACH;
  assert_int_equal(verdict_of(&c), CLAIM_PASS);
  runs[5].excluded = "crash";
  assert_int_equal(verdict_of(&c), CLAIM_WITHIN);
  c.over = CLAIM_MEAN;
  assert_int_equal(verdict_of(&c), CLAIM_PASS);
}

static void a_share_of_sums(void **state)
{
  (void)state;
  struct claim_term parts[] = {{"rc.inc.biased", "mutator", "total"},
                               {"rc.inc.shared", "mutator", "total"}};
  for (int i = 0; i < 2; i++) {
    struct report_run *r = run("rc", "x", NAN, 1);
    value(r, "rc.inc.biased", "mutator", 90);
    value(r, "rc.inc.shared", "mutator", 10);
  }
  struct claim c = claim_of(CLAIM_VALUE, "rc", NULL);
  c.measure = (struct claim_measure){parts, parts, 1, 2, false};
  c.low = c.high = 0.9;
  assert_int_equal(verdict_of(&c), CLAIM_PASS);
  c.low = c.high = 0.95;
  assert_int_equal(verdict_of(&c), CLAIM_OUTSIDE);
  c.tolerance = 0.06;
  assert_int_equal(verdict_of(&c), CLAIM_WITHIN);
}

// The longest of no pauses is 0; of what was never counted nothing is known.
static void the_longest_of_several(void **state)
{
  (void)state;
  struct claim_term parts[] = {{"gc.pause", "mutator", "max"},
                               {"gc.stall", "mutator", "max"}};
  for (int i = 0; i < 2; i++) {
    struct report_run *r = run("rc", "x", NAN, 1);
    value(r, "gc.pause", "mutator", NAN);
    r->values[0].stat = "count";
    r->values[0].value = 0;
    value(r, "gc.stall", "mutator", 7);
    r->values[1].stat = "max";
  }
  struct claim c = claim_of(CLAIM_VALUE, "rc", NULL);
  c.measure = (struct claim_measure){.terms = parts, .n_terms = 2,
                                     .largest = true};
  c.low = c.high = 7;
  assert_int_equal(verdict_of(&c), CLAIM_PASS);
  c.measure.n_terms = 1;
  c.low = c.high = 0;
  assert_int_equal(verdict_of(&c), CLAIM_PASS);
  runs[0].values[0].stat = "mean";
  assert_int_equal(verdict_of(&c), CLAIM_NOT_MEASURED);
}

static void lines_cross_where_they_should(void **state)
{
  (void)state;
  const double a[] = {300, 150, 90, 80}, b[] = {200, 140, 100, 100};
  for (int i = 0; i < 4; i++) {
    pair("a", "x", i + 1, a[i], 0.01);
    pair("b", "x", i + 1, b[i], 0.01);
  }
  struct claim c = claim_of(CLAIM_CROSSOVER, "a", "b");
  c.at = 3;
  assert_int_equal(verdict_of(&c), CLAIM_PASS);
  c.at = 2;
  assert_int_equal(verdict_of(&c), CLAIM_OUTSIDE);
  c.tolerance = 0.1; // 150 / 140 is nearly less than 1
  assert_int_equal(verdict_of(&c), CLAIM_WITHIN);
  c.at = 4.5; // nothing from there on
  assert_int_equal(verdict_of(&c), CLAIM_NOT_MEASURED);
  c.at = 3;
  for (int i = 0; i < 8; i++) runs[i].excluded = "oom"; // and nothing before
  not_measured(&c, "on one side of at");
}

static void a_line_falls(void **state)
{
  (void)state;
  const double a[] = {300, 150, 151, 80};
  for (int i = 3; i >= 0; i--) pair("a", "x", i + 1, a[i], 0.01);
  pair("a", "x", NAN, 1000, 0); // without a limit: not on the axis
  struct claim c = claim_of(CLAIM_FALLING, "a", NULL);
  assert_int_equal(verdict_of(&c), CLAIM_OUTSIDE);
  c.tolerance = 0.01;
  struct claim_result r;
  assert_int_equal(claim_evaluate(&c, &report, &r), 0);
  assert_int_equal(r.verdict, CLAIM_WITHIN);
  assert_int_equal(r.n_totals, 3);
  assert_true(r.totals[0].x == 2 && r.totals[2].x == 4);
  assert_true(fabs(r.totals[0].result.mean - 0.5) < 1e-12);
  claim_result_free(&r);
  c.relation = CLAIM_RISING;
  assert_int_equal(verdict_of(&c), CLAIM_OUTSIDE);
  c.relation = CLAIM_FALLING;
  runs[3].excluded = "oom"; // at 3: neither the step to it nor that from it
  not_measured(&c, "a step in between was not measured");
  report.n_runs = 0;
  for (int i = 2; i >= 1; i--) pair("a", "x", i, 10 - i, 0.01);
  not_measured(&c, "less than three heap factors");
}

// What both sides name may differ: two mutators against one. What one of them
// names holds for the other.
static void mutators_are_compared_when_they_are_named(void **state)
{
  (void)state;
  for (uint32_t m = 1; m <= 2; m++)
    for (int i = 0; i < 2; i++)
      value(run("a", "x", 2, m), "time.wall", "process", m == 1 ? 100 : 60);
  struct claim c = claim_of(CLAIM_RATIO, "a", "a");
  c.of.mutators = 2;
  c.than.mutators = 1;
  c.low = c.high = 0.6;
  assert_int_equal(verdict_of(&c), CLAIM_PASS);
  c.than.mutators = 0;
  c.low = c.high = 1;
  assert_int_equal(verdict_of(&c), CLAIM_PASS);
}

// The table of the ISPASS paper: Parallel, Serial, Shenandoah in 10^9 cycles.
static void lower_bound_overhead_is_the_papers(void **state)
{
  (void)state;
  static const struct {
    const char *collector;
    double total, stw, lbo;
  } rows[] = {{"nogc", 108.33, 4.46, 1.043},
              {"mark_sweep_stw", 108.12, 2.75, 1.041},
              {"other", 218.72, 0.03, 2.106}};
  struct claim_term lbo = {"lbo.wall", NULL, NULL};
  for (int i = 0; i < 6; i++) {
    struct report_run *r = run(rows[i / 2].collector, "x", 3, 1);
    value(r, "time.wall", "process", rows[i / 2].total);
    value(r, "time.wall", "stw", rows[i / 2].stw);
    value(r, "time.wall.drain", "process", 0);
  }
  for (int i = 0; i < 3; i++) {
    struct claim c = claim_of(CLAIM_VALUE, rows[i].collector, NULL);
    c.measure = (struct claim_measure){.terms = &lbo, .n_terms = 1};
    c.low = rows[i].lbo - 0.0005;
    c.high = rows[i].lbo + 0.0005;
    assert_int_equal(verdict_of(&c), CLAIM_PASS);
  }
  runs[0].excluded = "oom"; // and so there is no bound any more
  struct claim c = claim_of(CLAIM_VALUE, "other", NULL);
  c.measure = (struct claim_measure){.terms = &lbo, .n_terms = 1};
  c.high = 10;
  struct claim_result r;
  assert_int_equal(claim_evaluate(&c, &report, &r), 0);
  assert_int_equal(r.verdict, CLAIM_NOT_MEASURED);
  assert_non_null(strstr(r.reason, "no lower bound: nogc did not run"));
  claim_result_free(&r);
}

// --- what there is not -----------------------------------------------------

static void what_was_not_measured_says_why(void **state)
{
  (void)state;
  struct claim c = claim_of(CLAIM_LESS, "a", "b");
  not_measured(&c, "there is no run of a");
  pair("a", "x", 2, 1, 0);
  not_measured(&c, "there is no run of b");
  pair("b", "x", 3, 1, 0);
  not_measured(&c, "no two runs are alike");
  pair("b", "x", 2, 0, 0);
  runs[0].values[0].value = runs[1].values[0].value = 0; // and so is a
  not_measured(&c, "it is 0");
  struct claim_term pause = {"gc.pause", "mutator", "max"};
  c.measure.terms = &pause;
  not_measured(&c, "gc.pause{mutator} max is not there");
  c = claim_of(CLAIM_RISING, "a", NULL);
  not_measured(&c, "no benchmark ran at three heap factors");
  for (size_t i = 0; i < report.n_runs; i++) runs[i].class = REPORT_MODELLED;
  not_measured(&c, "there is no run of a");
}

// --- out -------------------------------------------------------------------

static char *text_of(void (*write)(const struct claim_result *, size_t, FILE *),
                     const struct claim_result *results, size_t n)
{
  char *text;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  assert_non_null(out);
  write(results, n, out);
  assert_int_equal(fclose(out), 0);
  return text;
}

static void write_json(const struct claim_result *results, size_t n, FILE *out)
{
  assert_int_equal(claims_write_json(results, n, out), 0);
}

static void has(char *text, const char *part)
{
  if (!strstr(text, part)) fail_msg("\"%s\" is not in:\n%s", part, text);
}

static size_t commas(const char *line)
{
  size_t n = 0;
  for (; *line && *line != '\n'; line++) n += *line == ',';
  return n;
}

static void verdicts_are_written(void **state)
{
  (void)state;
  pair("a", "x", 2, 50, 0);
  pair("b", "x", 2, 100, 0);
  pair("a", "y", 2, 50, 0);
  pair("b", "y", 2, 100, 0);
  pair("a", "z", 2, 50, 0);
  struct claim good = claim_of(CLAIM_LESS, "a", "b");
  struct claim none = claim_of(CLAIM_VALUE, "c", NULL);
  runs[8].excluded = "oom";
  pair("b", "z", 2, 50, 0);
  struct claim_result r[2];
  assert_int_equal(claim_evaluate(&good, &report, &r[0]), 0);
  assert_int_equal(claim_evaluate(&none, &report, &r[1]), 0);

  char *text = text_of(claims_write_txt, r, 2);
  has(text, "C1: PASS\n  A & B\n");
  has(text, "measured  0.5 [0.5, 0.5], n = 2, geometric mean of 2\n");
  has(text, "left out  a on z at 2x, 1 mutator: oom (1 of 2)\n");
  has(text, "because   there is no run of c");
  has(text, "PASS 1, WITHIN 0, OUTSIDE 0, NOT MEASURED 1\n");
  free(text);

  text = text_of(claims_write_csv, r, 2);
  has(text, "\nC1,total,PASS,NA,NA,NA,NA,NA,NA,NA,NA,NA,NA,NA,NA,NA,0.5,0.5,"
            "0.5,2,NA,");
  has(text, "\nC1,part,PASS,s,x,2,1,NA,50,50,50,2,100,100,100,2,0.5,");
  has(text, "\nC1,left out,NOT MEASURED,s,z,2,1,NA");
  for (const char *line = text; *line; line = strchr(line, '\n') + 1)
    assert_int_equal(commas(line), commas(text));
  free(text);

  text = text_of(claims_write_tex, r, 2);
  has(text, "A \\& B & -- & 0.5 [0.5, 0.5] & PASS");
  free(text);

  text = text_of(write_json, r, 2);
  json_t *json = json_loads(text, 0, NULL);
  assert_non_null(json);
  json_t *first = json_array_get(json_object_get(json, "claims"), 0);
  assert_string_equal(json_string_value(json_object_get(first, "verdict")),
                      "PASS");
  assert_int_equal(json_array_size(json_object_get(first, "parts")), 2);
  assert_int_equal(json_array_size(json_object_get(first, "left_out")), 1);
  json_decref(json);
  free(text);
  claim_result_free(&r[0]);
  claim_result_free(&r[1]);
}

// --- tables ----------------------------------------------------------------

static void a_table_has_a_row_per_benchmark(void **state)
{
  (void)state;
  pair("b", "y", 2, 100, 0);
  pair("a", "y", 2, 50, 1);
  pair("a", "x", 2, 10, 0);
  pair("a", "z", 2, 10, 0);
  runs[report.n_runs - 1].excluded = "oom";
  struct claim_column columns[] = {{"w & h", {&wall, NULL, 1, 0, false}}};
  char *configs[] = {"a", "b"};
  struct claim_table table = {"t", "Table", configs, 2, columns, 1};
  struct claim_rows rows;
  assert_int_equal(claim_rows_make(&rows, &table, &report), 0);
  assert_int_equal(rows.n, 4);
  assert_string_equal(rows.rows[0].first->field[REPORT_BENCHMARK], "x");
  assert_string_equal(rows.rows[1].first->field[REPORT_CONFIG], "a");
  assert_string_equal(rows.rows[2].first->field[REPORT_CONFIG], "b");
  assert_true(rows.rows[1].values[0].mean == 50);
  assert_string_equal(rows.rows[3].why, "oom (1 of 2)");

  char *text;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  claim_rows_csv(&rows, out);
  fclose(out);
  has(text, "suite,benchmark,config,hfac,mutators,w & h,w & h low,");
  has(text, "\ns,x,a,2,1,10,10,10,2,NA\n");
  has(text, "\ns,z,a,2,1,NA,NA,NA,NA,oom (1 of 2)\n");
  free(text);
  out = open_memstream(&text, &size);
  claim_rows_tex(&rows, out);
  fclose(out);
  has(text, "heap & w \\& h \\\\\n");
  has(text, "\nz & a & 2 & -- \\\\\n");
  free(text);
  out = open_memstream(&text, &size);
  claim_rows_txt(&rows, out);
  fclose(out);
  has(text, "oom (1 of 2)\n");
  free(text);
  claim_rows_free(&rows);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(an_interval_is_judged, reset),
      cmocka_unit_test_setup(intervals_are_put_together, reset),
      cmocka_unit_test_setup(one_is_less_than_the_other, reset),
      cmocka_unit_test_setup(noise_is_not_a_pass, reset),
      cmocka_unit_test_setup(equal_is_not_less, reset),
      cmocka_unit_test_setup(benchmarks_make_a_geometric_mean, reset),
      cmocka_unit_test_setup(nothing_is_less, reset),
      cmocka_unit_test_setup(something_over_nothing_is_infinite, reset),
      cmocka_unit_test_setup(each_is_not_each_but_one, reset),
      cmocka_unit_test_setup(a_share_of_sums, reset),
      cmocka_unit_test_setup(the_longest_of_several, reset),
      cmocka_unit_test_setup(lines_cross_where_they_should, reset),
      cmocka_unit_test_setup(a_line_falls, reset),
      cmocka_unit_test_setup(mutators_are_compared_when_they_are_named, reset),
      cmocka_unit_test_setup(lower_bound_overhead_is_the_papers, reset),
      cmocka_unit_test_setup(what_was_not_measured_says_why, reset),
      cmocka_unit_test_setup(verdicts_are_written, reset),
      cmocka_unit_test_setup(a_table_has_a_row_per_benchmark, reset),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
