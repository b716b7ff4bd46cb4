// test_case_model.c: what the model of a scenario says of each object.
// SPDX-License-Identifier: MIT

#include "parsed_case.h"

#include "case_model.h"

// All steps of the parsed case.
static struct case_model *model_of_case(void)
{
  struct case_model *model = case_model_new(parsed, &parsed->cases[0]);
  assert_non_null(model);
  for (size_t i = 0; i < parsed->cases[0].n_steps; i++)
    case_model_step(model, &parsed->steps[i], 0);
  return model;
}

static void assert_fates(struct case_model *model, size_t n,
                         const enum case_fate *fates)
{
  for (size_t i = 0; i < n; i++)
    if (case_model_fate(model, (uint32_t)i) != fates[i])
      fail_msg("%s has fate %d, not %d", parsed->objects[i].name,
               case_model_fate(model, (uint32_t)i), fates[i]);
}

// Values need key and ephemeron, and fall after both; a key that its value
// holds is in a ring.
static void the_model_knows_ephemerons(void **state)
{
  (void)state;
  enum { K, V, E };
  assert_string_equal(parse(HEAD "case c\nnew k\nnew v\neph e k v\n"
                                 "new k2\nnew v2\neph e2 k2 v2\n"
                                 "new k3\nnew v3\neph e3 k3 v3\n"
                                 "set v3.0 k3\nnew x\nweak w v cbref=x\n"
                                 "drop v k2 v2 k3 v3 x e2\nend\n"),
                      "");
  struct case_model *model = model_of_case();
  assert_string_equal(parsed->objects[9].name, "x");
  static const enum case_fate fates[] = {
      CASE_HELD,    CASE_HELD,    CASE_HELD, CASE_FALLS, CASE_FALLS, CASE_FALLS,
      CASE_IN_RING, CASE_IN_RING, CASE_HELD, CASE_HELD,  CASE_HELD};
  assert_fates(model, 11, fates);
  // Without the ephemeron, then without the value's last hold.
  struct case_step step = {.op = CASE_DROP, .object = E, .target = CASE_NIL};
  case_model_step(model, &step, 0);
  assert_int_equal(case_model_fate(model, E), CASE_FALLS);
  assert_int_equal(case_model_fate(model, V), CASE_FALLS);
  assert_true(case_model_reaches(model, K, V));
  case_model_release(model, E);
  assert_false(case_model_reaches(model, K, V));
  assert_false(case_model_reaches(model, V, K));
  case_model_free(model);
}

static void the_model_knows_who_is_due(void **state)
{
  (void)state;
  enum { A, C = 2, W, V };
  assert_string_equal(parse(HEAD "case c\nact F: churn 1\nact G: churn 1\n"
                                 "new a fin=F\nnew b fin=F\nset b.0 b\n"
                                 "new c fin=F\nweak w a cb=G\nweak v a\n"
                                 "drop a b\nend\n"),
                      "");
  struct case_model *model = model_of_case();
  assert_int_equal(case_model_missing(model, 0), 0); // nothing was collected
  assert_int_equal(case_model_uncalled(model), 3);   // a, b, w
  case_model_collects(model, CASE_HELD);             // by nobody
  assert_int_equal(case_model_missing(model, 0), 0);
  case_model_collects(model, CASE_FALLS);
  assert_int_equal(case_model_missing(model, 0), 1); // a
  assert_int_equal(case_model_missing(model, 1), 1); // w
  assert_int_equal(case_model_uncalled(model), 1);   // b
  case_model_collects(model, CASE_IN_RING);
  assert_int_equal(case_model_missing(model, 0), 2);
  assert_int_equal(case_model_uncalled(model), 0);
  assert_true(case_model_due(model, A) && !case_model_due(model, C));
  assert_false(case_model_cleared(model, W));
  assert_null(case_model_called(model, A));
  assert_true(case_model_cleared(model, W)); // before the finalizer
  assert_false(case_model_cleared(model, V));
  assert_int_equal(case_model_missing(model, 0), 1);
  assert_string_equal(case_model_called(model, A), "twice");
  assert_string_equal(case_model_called(model, C),
                      "while roots reach the object");
  assert_null(case_model_called(model, W));
  assert_int_equal(case_model_missing(model, 1), 0);
  case_model_free(model);
}

static void the_model_tells_counting_from_cycles(void **state)
{
  (void)state;
  // r -> a; ring b <-> c -> d; e -> f; all but r dropped.
  assert_string_equal(parse(HEAD "case c\nnew r\nnew a\nnew b\nnew c\nnew d\n"
                                 "new e\nnew f\nset r.0 a\nset b.0 c\n"
                                 "set c.0 b\nset c.1 d\nset e.0 f\n"
                                 "drop a b c d e f\nend\n"),
                      "");
  static const enum case_fate fates[] = {
      CASE_HELD,    CASE_HELD,  CASE_IN_RING, CASE_IN_RING,
      CASE_IN_RING, CASE_FALLS, CASE_FALLS};
  struct case_model *model = case_model_new(parsed, &parsed->cases[0]);
  assert_non_null(model);
  for (size_t i = 0; i < parsed->n_steps; i++)
    case_model_step(model, &parsed->steps[i], 0);
  for (uint32_t i = 0; i < 7; i++)
    assert_int_equal(case_model_fate(model, i), fates[i]);
  struct case_step cut = {.op = CASE_SET, .object = 0, .target = CASE_NIL};
  case_model_step(model, &cut, 0);
  assert_int_equal(case_model_fate(model, 1), CASE_FALLS);
  case_model_free(model);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_model_tells_counting_from_cycles),
      cmocka_unit_test(the_model_knows_ephemerons),
      cmocka_unit_test(the_model_knows_who_is_due),
  };
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  case_file_free(parsed);
  return failed;
}
