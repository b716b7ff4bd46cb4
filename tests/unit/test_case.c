// test_case.c: the scenario language, its model, and its runner.
// SPDX-License-Identifier: MIT

#include "drive_workload.h"

#include <unistd.h>

#include "case.h"
#include "case_model.h"

static struct case_file *parsed;

// Parses `text`; returns the error, or "" with the file in `parsed`.
static const char *parse(const char *text)
{
  static char error[512];
  case_file_free(parsed);
  parsed = NULL;
  *error = '\0';
  int status =
      case_file_parse("f", text, strlen(text), &parsed, error, sizeof error);
  assert_int_equal(status != 0, *error != '\0');
  return error;
}

#define HEAD "#!gct 1\n"

static void repeat_is_unrolled_with_arithmetic(void **state)
{
  (void)state;
  assert_string_equal(parse(HEAD "case c\nnew a0\nrepeat i 1 3\n"
                                 "new a{i}\nset a{i}.{(2*i-1)%2} a{i-1}\n"
                                 "endrep\nexpect alive a3\nend\n"),
                      "");
  assert_int_equal(parsed->n_objects, 4);
  assert_int_equal(parsed->n_steps, 8);
  assert_string_equal(parsed->objects[3].name, "a3");
  assert_int_equal(parsed->steps[6].op, CASE_SET);
  assert_int_equal(parsed->steps[6].object, 3);
  assert_int_equal(parsed->steps[6].slot, 1);
  assert_int_equal(parsed->steps[6].target, 2);
  assert_int_equal(parsed->steps[6].line, 6);
}

static void an_object_gets_the_slots_it_uses(void **state)
{
  (void)state;
  assert_string_equal(
      parse(HEAD "case c\nnew a\nnew b slots=0 bytes=8\nset a.9 b\nend\n"), "");
  assert_int_equal(parsed->objects[0].slots, 10);
  assert_int_equal(parsed->objects[1].slots, 0);
  assert_int_equal(parsed->objects[1].bytes, 8);
}

static void features_are_found(void **state)
{
  (void)state;
  assert_string_equal(parse(HEAD "case c\nact F: root $self; collect\n"
                                 "new a fin=F\nweak w a cb=F\neph e a a\n"
                                 "collect gen=0\nexpect calls F 0\nend\n"),
                      "");
  assert_int_equal(parsed->cases[0].features,
                   CASE_FINALIZERS | CASE_WEAK_CALLBACKS | CASE_WEAK |
                       CASE_EPHEMERONS | CASE_GENERATIONS);
}

static void errors_name_the_line_and_the_token(void **state)
{
  (void)state;
  static const char *const wrong[][2] = {
      {"", "f:1: a file of cases begins with '#!gct 1'; near ''"},
      {"case c\n", "f:1: a file of cases begins with '#!gct 1'; near 'case c'"},
      {HEAD, "f:1: no case near 'end of file'"},
      {HEAD "new a\n", "f:2: case expected near 'new'"},
      {HEAD "case c\nnew a\n", "f:3: case c has no end near 'end of file'"},
      {HEAD "case c\nend\ncase c\nend\n",
       "f:4: another case of this name is on line 2 near 'c'"},
      {HEAD "case c\nfrob a\nend\n", "f:3: no such step near 'frob'"},
      {HEAD "case c\ndrop a\nend\n",
       "f:3: no object of this name in case c near 'a'"},
      {HEAD "case c\nnew a\ndrop a a\nend\n",
       "f:4: thread 0 holds no root of it near 'a'"},
      {HEAD "case c\nnew a\nset a b\nend\n",
       "f:4: OWNER.SLOT expected near 'a'"},
      {HEAD "case c\nnew a slots=2\nset a.2 a\nend\n",
       "f:4: a has 2 slots near 'a.2'"},
      {HEAD "case c\nnew a\nset a.99999 a\nend\n",
       "f:4: slot number from 0 to 65535 expected near 'a.99999'"},
      {HEAD "case c\nnew a slots=x\nend\n",
       "f:3: value of slots not understood near 'slots=x'"},
      {HEAD "case c\nrepeat i 1 2\nnew a{j}\nendrep\nend\n",
       "f:4: no `repeat` around the line has this variable near 'a{j}'"},
      {HEAD "case c\nrepeat i 0 2\nnew a{1/i}\nendrep\nend\n",
       "f:4: division by zero near 'a{1/i}'"},
      {HEAD "case c\nrepeat i 0 2\nnew a{i\nendrep\nend\n",
       "f:4: } expected near 'a{i'"},
      {HEAD "case c\nrepeat i 0 2\nnew a\nend\n",
       "f:3: endrep is missing near 'end of line'"},
      {HEAD "case c\nendrep\nend\n", "f:3: no such step near 'endrep'"},
      {HEAD "case c\ncollect now\nend\n",
       "f:3: gen=0 to gen=9 expected near 'now'"},
      {HEAD "case c\nthread 8\nend\n",
       "f:3: number from 0 to 7 expected near '8'"},
      {HEAD "case c\nexpect joy\nend\n",
       "f:3: alive, dead, edge, weak, calls, read or reclaimed expected near "
       "'joy'"},
      {HEAD "case c\nact F: jump\nend\n",
       "f:3: a step that an action may have expected near 'jump'"},
  };
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
    assert_string_equal(parse(wrong[i][0]), wrong[i][1]);
}

// Whatever is cut off or overwritten: an error or a file, never a crash.
static void damaged_text_is_survived(void **state)
{
  (void)state;
  static const char good[] =
      HEAD "case c\nact F: root $self; drop b\nnew a fin=F slots=9\nnew b\n"
           "repeat i 0 3\nset a.{(i+3)%4} b\nendrep\nweak W a cb=F cbref=b\n"
           "thread 1\nroot a\nexpect edge a.0 b\nexpect weak W nil\nend\n";
  static const char noise[] = "{}()%.*/-+9= \nax\t\x01\xff$;:#";
  struct check_random random = {check_seed(7)};
  for (int round = 0; round < 3000; round++) {
    char text[sizeof good];
    memcpy(text, good, sizeof good);
    for (uint64_t n = check_below(&random, 4); n > 0; n--)
      text[check_below(&random, sizeof good - 1)] =
          noise[check_below(&random, sizeof noise - 1)];
    size_t n = sizeof good - 1 - (size_t)check_below(&random, 30);
    char error[512] = "";
    struct case_file *file = NULL;
    int status = case_file_parse("f", text, n, &file, error, sizeof error);
    assert_int_equal(status == 0, file != NULL);
    assert_int_equal(status == 0, *error == '\0');
    case_file_free(file);
  }
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

// --- the runner ------------------------------------------------------------

// Writes the text to a file and runs it.
static int run_text(struct drive *d, const char *text)
{
  char path[] = "/tmp/wane-case-XXXXXX", options[64];
  int fd = mkstemp(path);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, text, strlen(text)), strlen(text));
  close(fd);
  snprintf(options, sizeof options, "file=%s", path);
  d->options = options;
  int result = drive_run(d, "case");
  unlink(path);
  return result;
}

static const char passing[] =
    HEAD "case tree\nnew r\nnew a\nset r.0 a\ndrop a\ncollect\n"
         "expect alive r a\nexpect edge r.0 a\nset r.0 nil\ncollect\n"
         "expect dead a\nexpect edge r.0 nil\nend\n"
         "case ring\nnew a\nnew b\nset a.0 b\nset b.0 a\ndrop a b\ncollect\n"
         "expect dead a b\nend\n"
         "case fin\nact F: churn 1\nnew a fin=F\nexpect calls F 0\n"
         "expect alive a\nend\n";

static void counting_is_held_to_what_it_claims(void **state)
{
  (void)state;
  struct drive d = {.collector = "rc", .iterations = 2};
  assert_int_equal(run_text(&d, passing), 0);
  assert_string_equal(d.sentence, "");
  assert_string_equal(d.notes, "tree ok (5 expectations)\n"
                               "ring ok (0 expectations, 2 not claimed)\n"
                               "fin skipped: finalizers\n");
  assert_int_equal(d.passed, 5);
  assert_int_equal(d.skipped, 3);
}

static void a_complete_collector_frees_rings(void **state)
{
  (void)state;
  static const char *const names[] = {"cpython", "trial_deletion",
                                      "trial_deletion_stw"};
  for (int i = 0; i < 3; i++) {
    struct drive d = {.collector = names[i]};
    assert_int_equal(run_text(&d, passing), 0);
    assert_string_equal(d.notes, "tree ok (5 expectations)\n"
                                 "ring ok (2 expectations)\n"
                                 "fin skipped: finalizers\n");
    assert_int_equal(d.left, 0);
  }
}

// Claims what it cannot do: the ring must be missed.
static void a_false_claim_is_found(void **state)
{
  (void)state;
  struct drive d = {.collector = "rc", .complete = true};
  assert_int_not_equal(run_text(&d, passing), 0);
  assert_non_null(strstr(d.sentence, ":22: case ring: expected a to be dead, "
                                     "found it alive"));
  assert_non_null(strstr(d.notes, "ring FAILED"));
  assert_int_equal(d.failed, 1);
}

static void a_wrong_expectation_is_found(void **state)
{
  (void)state;
  static const char *const wrong[][2] = {
      {HEAD "case c\nnew a\ncollect\nexpect dead a\nend\n",
       ":5: case c: expected a to be dead, but roots reach it"},
      {HEAD "case c\nnew a\nnew b\nset a.1 b\nexpect edge a.1 a\nend\n",
       ":6: case c: expected a.1 to refer to a, found another object"},
      {HEAD "case c\nnew a\nexpect edge a.1 a\nend\n",
       ":4: case c: expected a.1 to refer to a, found nil"},
      {HEAD "case c\nnew a\nnew b\ndrop b\nset a.0 b\nend\n",
       ":6: case c: expected b to be usable, but no root reaches it"},
  };
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    struct drive d = {.collector = "rc"};
    assert_int_not_equal(run_text(&d, wrong[i][0]), 0);
    if (!strstr(d.sentence, wrong[i][1]))
      fail_msg("'%s' does not end in '%s'", d.sentence, wrong[i][1]);
  }
}

// Objects go from thread to thread while a round is asked for at each
// allocation.
static void threads_pass_objects_on(void **state)
{
  (void)state;
  static const char text[] =
      HEAD "case c\nnew r\nrepeat i 1 200\nthread {i%3+1}\nnew p{i}\n"
           "new x{i}\nset p{i}.0 x{i}\ndrop x{i}\nthread {(i+1)%3+1}\n"
           "root x{i}\nthread {i%3+1}\ndrop p{i}\nchurn 3\n"
           "thread {(i+1)%3+1}\nset r.{i} x{i}\ndrop x{i}\nchurn 2\nendrep\n"
           "thread 0\ncollect\nrepeat i 1 200\nexpect dead p{i}\n"
           "expect edge r.{i} x{i}\nexpect alive x{i}\nendrep\nend\n";
  static const char *const names[] = {"cpython", "rc", "trial_deletion",
                                      "trial_deletion_stw"};
  for (int i = 0; i < 4; i++) {
    struct drive d = {.collector = names[i], .config = {.stress_alloc = 1}};
    assert_int_equal(run_text(&d, text), 0);
    assert_string_equal(d.sentence, "");
    assert_string_equal(d.notes, "c ok (600 expectations)\n");
    assert_int_equal(d.left, 0);
  }
}

static void bad_options_get_a_sentence(void **state)
{
  (void)state;
  struct drive d = {.options = ""};
  assert_int_not_equal(drive_run(&d, "case"), 0);
  assert_string_equal(d.sentence, "case: no file given, expected case:FILE");
  d.options = "file=/nowhere/x";
  assert_int_not_equal(drive_run(&d, "case"), 0);
  assert_string_equal(d.sentence, "/nowhere/x: No such file or directory");
}

// tests/cases/cases.gct on every collector.
static void the_collection_of_cases_holds(void **state)
{
  (void)state;
  static const char *const names[] = {
#if !WANE_BARE // there the barrier is fixed to counting
      "nogc",
#endif
      "cpython", "rc", "trial_deletion", "trial_deletion_stw"};
  const char *source = getenv("WANE_SOURCE_DIR");
  assert_non_null(source);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    char options[512];
    snprintf(options, sizeof options, "file=%s/tests/cases/cases.gct", source);
    struct drive d = {.collector = names[i], .options = options};
    assert_int_equal(drive_run(&d, "case"), 0);
    assert_string_equal(d.sentence, "");
    if (!strncmp(names[i], "trial", 5)) assert_int_equal(d.left, 0);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(repeat_is_unrolled_with_arithmetic),
      cmocka_unit_test(an_object_gets_the_slots_it_uses),
      cmocka_unit_test(features_are_found),
      cmocka_unit_test(errors_name_the_line_and_the_token),
      cmocka_unit_test(damaged_text_is_survived),
      cmocka_unit_test(the_model_tells_counting_from_cycles),
      cmocka_unit_test(counting_is_held_to_what_it_claims),
      cmocka_unit_test(a_complete_collector_frees_rings),
      cmocka_unit_test(a_false_claim_is_found),
      cmocka_unit_test(a_wrong_expectation_is_found),
      cmocka_unit_test(threads_pass_objects_on),
      cmocka_unit_test(bad_options_get_a_sentence),
      cmocka_unit_test(the_collection_of_cases_holds),
  };
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  case_file_free(parsed);
  return failed;
}
