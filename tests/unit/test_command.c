// test_command.c: command lines as text and back.
// SPDX-License-Identifier: MIT

#include "check.h"

#include "command.h"

#include <stdlib.h>
#include <string.h>

static void words_come_back_as_they_were(void **state)
{
  (void)state;
  char *words[] = {"wane", "-w",  "trace:/a/b.gct,k=v", "",   "two words",
                   "it's", "a;b", "$HOME",              "\\", "'",
                   "\"",   "|",   NULL};
  char *text = command_text(words);
  struct command command;
  assert_non_null(text);
  assert_true(command_parse(&command, text));
  for (size_t i = 0; words[i]; i++)
    assert_string_equal(command.word[i], words[i]);
  assert_int_equal(command.n, sizeof words / sizeof words[0] - 1);
  command_free(&command);
  free(text);
}

static void a_plain_word_stays_plain(void **state)
{
  (void)state;
  char *words[] = {"/bin/wane", "run", "--label", "size=depth=8;min=4", NULL};
  char *text = command_text(words);
  assert_string_equal(text, "/bin/wane run --label 'size=depth=8;min=4'");
  free(text);
}

static void a_quote_must_end(void **state)
{
  (void)state;
  struct command command;
  assert_false(command_parse(&command, "a 'b"));
  command_free(&command);
  assert_true(command_parse(&command, "   "));
  assert_int_equal(command.n, 0);
  command_free(&command);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(words_come_back_as_they_were),
      cmocka_unit_test(a_plain_word_stays_plain),
      cmocka_unit_test(a_quote_must_end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
