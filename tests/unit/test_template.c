// test_template.c: a folder of templates, copied with a name put in.
// SPDX-License-Identifier: MIT

#include "check.h"

#include "template.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "wane-template-XXXXXX";
static char error[512];

static void write_file(const char *path, const char *text)
{
  FILE *out = fopen(path, "w");
  assert_non_null(out);
  fputs(text, out);
  assert_int_equal(fclose(out), 0);
}

static void holds(const char *path, const char *text)
{
  char found[8192] = "";
  FILE *in = fopen(path, "r");
  assert_non_null(in);
  size_t n = fread(found, 1, sizeof found - 1, in);
  fclose(in);
  found[n] = '\0';
  assert_string_equal(found, text);
}

// In a folder of its own: from/NAME.c and from/a.txt.
static int make(void **state)
{
  (void)state;
  strcpy(folder + strlen(folder) - 6, "XXXXXX");
  if (!mkdtemp(folder) || chdir(folder) || mkdir("from", 0777)) return -1;
  write_file("from/NAME.c", "NAME: NAME_t NAMES xNAME (NAME) NAME");
  write_file("from/a.txt", "");
  *error = '\0';
  return 0;
}

static int unmake(void **state)
{
  (void)state;
  char command[64];
  snprintf(command, sizeof command, "rm -r ./%s", folder);
  return chdir("..") || system(command);
}

static int copy(const char *to)
{
  return template_copy("from", to, "mine", error, sizeof error);
}

static bool is_there(const char *path)
{
  return access(path, F_OK) == 0;
}

static void names_are_those_of_plugins_and_of_c(void **state)
{
  (void)state;
  char longest[65];
  memset(longest, 'a', 64);
  longest[64] = '\0';
  assert_false(template_name_valid(longest));
  longest[63] = '\0';
  assert_true(template_name_valid(longest));
  static const char *const good[] = {"a", "z9", "my_gc_2"};
  static const char *const bad[] = {"",   "_a", "9a",  "A",    "aB",      "a-b",
                                    "a/", "..", "a b", "a.so", "\xc3\xa4"};
  for (size_t i = 0; i < sizeof good / sizeof *good; i++)
    assert_true(template_name_valid(good[i]));
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    assert_false(template_name_valid(bad[i]));
}

static void only_whole_words_are_replaced(void **state)
{
  (void)state;
  assert_int_equal(copy("to"), 0);
  holds("to/mine.c", "mine: NAME_t NAMES xNAME (mine) mine");
  holds("to/a.txt", "");
  assert_false(is_there("to/NAME.c"));
}

static void an_empty_folder_is_filled(void **state)
{
  (void)state;
  assert_int_equal(mkdir("to", 0777), 0);
  assert_int_equal(copy("to"), 0);
  assert_true(is_there("to/mine.c"));
}

static void no_file_is_overwritten_or_added_to_others(void **state)
{
  (void)state;
  assert_int_equal(mkdir("to", 0777), 0);
  write_file("to/.other", "mine own");
  assert_int_equal(copy("to"), -EEXIST);
  assert_string_equal(error, "to: expected a new or an empty folder, found "
                             "files in it");
  holds("to/.other", "mine own");
  assert_false(is_there("to/mine.c"));
}

static void what_is_no_folder_is_refused(void **state)
{
  (void)state;
  assert_int_equal(copy("from/a.txt"), -ENOTDIR);
  assert_int_equal(copy("no/where"), -ENOENT);
  assert_int_equal(template_copy("nowhere", "to", "mine", error, sizeof error),
                   -ENOENT);
  assert_non_null(strstr(error, "nowhere: the templates are not there"));
  assert_false(is_there("to")); // it was made, and is gone again
}

static void all_or_nothing_is_written(void **state)
{
  (void)state;
  char text[4096];
  memset(text, 'x', sizeof text - 1);
  text[sizeof text - 1] = '\0';
  write_file("from/b.txt", text); // the third
  struct rlimit limit, small;
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
  small = limit;
  small.rlim_cur = 1024;
  signal(SIGXFSZ, SIG_IGN);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
  int result = copy("to");
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
  signal(SIGXFSZ, SIG_DFL);
  assert_int_equal(result, -EFBIG);
  assert_string_equal(error, "to/b.txt: cannot be written: File too large");
  assert_false(is_there("to"));
}

static void a_folder_that_was_there_stays(void **state)
{
  (void)state;
  assert_int_equal(mkdir("to", 0777), 0);
  // A file that cannot be read as one.
  assert_int_equal(mkdir("from/b.txt", 0777), 0);
  assert_int_equal(copy("to"), -EISDIR);
  assert_true(is_there("to"));
  assert_int_equal(rmdir("to"), 0); // and it is empty
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make, unmake)
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(names_are_those_of_plugins_and_of_c),
      TEST(only_whole_words_are_replaced),
      TEST(an_empty_folder_is_filled),
      TEST(no_file_is_overwritten_or_added_to_others),
      TEST(what_is_no_folder_is_refused),
      TEST(all_or_nothing_is_written),
      TEST(a_folder_that_was_there_stays),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
