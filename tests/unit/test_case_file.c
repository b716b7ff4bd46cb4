// test_case_file.c: the scenario language: what it means, and its errors.
// SPDX-License-Identifier: MIT

#include "parsed_case.h"

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

// An action may name what comes after it, and the case what the action makes.
static void actions_are_compiled(void **state)
{
  (void)state;
  assert_string_equal(parse(HEAD "case c\nact G: drop $self\n"
                                 "repeat i 1 2\n"
                                 "act F{i}: set a{i}.{4+i} $self; "
                                 "weak W{i} $self cb=G; read W{i} r{i}\n"
                                 "endrep\nnew s fin=F2\nnew t\n"
                                 "new a1\nnew a2\n"
                                 "expect weak W2 s\nexpect read r2 s\n"
                                 "expect calls G 1\nend\n"),
                      "");
  assert_int_equal(parsed->n_actions, 3);
  assert_int_equal(parsed->cases[0].n_actions, 3);
  assert_int_equal(parsed->cases[0].n_readings, 2);
  assert_int_equal(parsed->cases[0].n_steps, 7); // without those of actions
  const struct case_action *f2 = &parsed->actions[2];
  assert_string_equal(f2->name, "F2");
  assert_int_equal(f2->n_steps, 3);
  const struct case_step *steps = &parsed->steps[f2->first_step];
  assert_int_equal(steps[0].op, CASE_SET);
  assert_string_equal(parsed->objects[steps[0].object].name, "a2");
  assert_int_equal(steps[0].slot, 6);
  assert_int_equal(steps[0].target, CASE_SELF);
  assert_int_equal(steps[1].op, CASE_NEW_WEAK);
  const struct case_object *w2 = &parsed->objects[steps[1].object];
  assert_string_equal(w2->name, "W2");
  assert_int_equal(w2->kind, CASE_WEAK_REFERENCE);
  assert_int_equal(w2->action, 0);
  assert_true(w2->weakable); // its callback asks whether it lives
  assert_int_equal(steps[1].target, CASE_SELF);
  assert_int_equal(steps[2].op, CASE_READ);
  assert_int_equal(steps[2].number, 1);
  assert_true(parsed->objects[2].weakable);      // s: it can be F2's $self
  assert_false(parsed->objects[3].weakable);     // t
  assert_int_equal(parsed->objects[5].slots, 7); // a2
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
      {HEAD "case c\nact F: collect; set a.0 b\nnew a\nend\n",
       "f:3: no object of this name in case c near 'b'"},
      {HEAD "case c\nact F: set $self.2 nil\nnew a slots=2 fin=F\nend\n",
       "f:3: a has 2 slots near '$self.2'"},
      {HEAD "case c\nact F: weak W $self\nnew W\nend\n",
       "f:3: another step gives this name a meaning near 'W'"},
      {HEAD "case c\nnew a\nroot $self\nend\n",
       "f:4: no object of this name in case c near '$self'"},
      {HEAD "case c\nnew a\nweak W a\nset W.0 a\nend\n",
       "f:5: object with slots expected near 'W.0'"},
      {HEAD "case c\nnew a\nexpect weak a nil\nend\n",
       "f:4: weak reference expected near 'a'"},
      {HEAD "case c\nnew a\nexpect calls a 0\nend\n",
       "f:4: not defined in case c near 'a'"},
      {HEAD "case c\nexpect read r nil\nend\n",
       "f:3: not defined in case c near 'r'"},
      {HEAD "case c\nnew a\neph E a b\nend\n",
       "f:4: no object of this name in case c near 'b'"},
      {HEAD "case c\nnew a\nweak W a\ndrop W W\nend\n",
       "f:5: thread 0 holds no root of it near 'W'"},
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

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(repeat_is_unrolled_with_arithmetic),
      cmocka_unit_test(an_object_gets_the_slots_it_uses),
      cmocka_unit_test(features_are_found),
      cmocka_unit_test(actions_are_compiled),
      cmocka_unit_test(errors_name_the_line_and_the_token),
      cmocka_unit_test(damaged_text_is_survived),
  };
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  case_file_free(parsed);
  return failed;
}
