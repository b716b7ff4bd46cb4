// test_plugin.c: finding, listing, loading and refusing plugins.
// SPDX-License-Identifier: MIT
//
// Works on the shared objects built from tests/plugins-bad, by name (through
// WANE_PLUGIN_PATH) and by path. Each refusal must be one sentence that names
// the file and both what was expected and what was found.

#include "check.h"

#include <dlfcn.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <wane/collector.h>
#include <wane/wane.h>

static char error[2048];

// `name` must be refused with a sentence that has all of `parts` in it (the
// list ends with NULL).
static void refused(const char *name, const char *const *parts)
{
  memset(error, 0, sizeof error);
  const struct wane_collector *c =
      wane_collector_open(name, error, sizeof error);
  if (c) fail_msg("%s was accepted", name ? name : "(null)");
  if (strchr(error, '\n')) fail_msg("more than a line: %s", error);
  for (; *parts; parts++)
    if (!strstr(error, *parts)) fail_msg("expected '%s' in: %s", *parts, error);
}
#define REFUSED(name, ...)                                                     \
  refused((name), (const char *const[]){__VA_ARGS__, NULL})

static int use_bad_plugins(void **state)
{
  (void)state;
  return setenv("WANE_PLUGIN_PATH", BAD_PLUGINS, 1);
}

static void good_plugin_is_found_by_name(void **state)
{
  (void)state;
  const struct wane_collector *c =
      wane_collector_open("good", error, sizeof error);
  if (!c) fail_msg("%s", error);
  assert_string_equal(c->name, "good");
  assert_int_equal(c->n_options, 1);
}

static void good_plugin_is_found_by_path(void **state)
{
  (void)state;
  setenv("WANE_PLUGIN_PATH", "/nowhere", 1);
  const struct wane_collector *c = wane_collector_open(
      BAD_PLUGINS "/collectors/good.so", error, sizeof error);
  if (!c) fail_msg("%s", error);
  assert_string_equal(c->name, "good");
}

static void first_root_that_has_the_name_wins(void **state)
{
  (void)state;
  char root[] = "/tmp/wane-test-XXXXXX", folder[64], file[80], path[512];
  assert_non_null(mkdtemp(root));
  snprintf(folder, sizeof folder, "%s/collectors", root);
  snprintf(file, sizeof file, "%s/good.so", folder);
  assert_int_equal(mkdir(folder, 0700), 0);
  FILE *broken = fopen(file, "w");
  assert_non_null(broken);
  fputs("this is no shared object, it is text that was put here by a test\n",
        broken);
  fclose(broken);

  snprintf(path, sizeof path, ":/nowhere:%s:%s", root, BAD_PLUGINS);
  setenv("WANE_PLUGIN_PATH", path, 1);
  REFUSED("good", file, "ELF");
  snprintf(path, sizeof path, "%s:%s", BAD_PLUGINS, root);
  setenv("WANE_PLUGIN_PATH", path, 1);
  assert_non_null(wane_collector_open("good", error, sizeof error));

  unlink(file);
  rmdir(folder);
  rmdir(root);
}

static void unknown_name_says_where_it_looked_and_what_is_there(void **state)
{
  (void)state;
  REFUSED("nosuch", "collector 'nosuch'", BAD_PLUGINS "/collectors",
          "bad_default, ", "good");
}

static void names_that_are_no_names_are_refused(void **state)
{
  (void)state;
  REFUSED(NULL, "(null)", "a-z");
  REFUSED("", "''", "a-z");
  REFUSED("Good", "'Good'", "a-z");
  REFUSED("good.so", "'good.so'", "a-z");
  REFUSED("..", "'..'", "a-z");
  REFUSED(
      "a_name_that_goes_on_and_on_and_on_and_on_and_on_and_on_and_on_too_long",
      "63");
}

static void each_broken_plugin_is_refused_in_one_sentence(void **state)
{
  (void)state;
  char both[64];
  snprintf(both, sizeof both, "ABI %u, this runtime has ABI %u",
           WANE_ABI_VERSION(WANE_COLLECTOR_ABI + 1),
           WANE_ABI_VERSION(WANE_COLLECTOR_ABI));
  REFUSED("other_abi", "other_abi.so", both);
  REFUSED("other_counting", "other_counting.so", "atomic counts",
          "biased counts");
  snprintf(both, sizeof both, "of %zu bytes", sizeof(struct wane_mutator) + 8);
  REFUSED("other_layout", "other_layout.so", both, "this runtime has");
  REFUSED("no_symbol", "no_symbol.so", "does not export 'wane_collector'");
  REFUSED("function_symbol", "function_symbol.so", "not an exported variable");
  REFUSED("tiny_symbol", "tiny_symbol.so", "2 bytes");
  REFUSED("short_struct", "short_struct.so", "8 bytes");
  REFUSED("lying_size", "lying_size.so", "expected");
  REFUSED("undefined_symbol", "undefined_symbol.so", "cannot be loaded",
          "wane_test_nobody_has_this");
  REFUSED("other_name", "other_name.so", "'somebody_else'");
  REFUSED("impossible", "impossible.so", "WORLD_STOP", "NONE", "RC_LOG");
  REFUSED("bad_default", "bad_default.so", "default", "limit");
}

// RTLD_NOLOAD: only if it is still there.
static void refused_plugin_does_not_stay_loaded(void **state)
{
  (void)state;
  REFUSED("other_name", "other_name.so");
  void *handle =
      dlopen(BAD_PLUGINS "/collectors/other_name.so", RTLD_NOLOAD | RTLD_NOW);
  assert_null(handle);
}

static void things_that_are_no_files_are_refused(void **state)
{
  (void)state;
  char folder[] = "/tmp/wane-test-XXXXXX", path[64];
  assert_non_null(mkdtemp(folder));
  REFUSED(folder, folder, "directory");
  snprintf(path, sizeof path, "%s/pipe.so", folder);
  assert_int_equal(mkfifo(path, 0600), 0);
  REFUSED(path, path, "special file"); // and does not wait for a writer
  unlink(path);
  REFUSED(path, path, "No such file");
  REFUSED("/dev/zero", "/dev/zero", "special file");
  rmdir(folder);
}

// Root may read everything, so as root the test becomes somebody else.
static void unreadable_file_is_refused(void **state)
{
  (void)state;
  char path[] = "/tmp/wane-test-XXXXXX";
  int fd = mkstemp(path);
  assert_true(fd >= 0);
  close(fd);
  assert_int_equal(chmod(path, 0), 0);
  bool root = geteuid() == 0;
  if (root && seteuid(65534)) {
    print_message("skipped: root that cannot become another user\n");
    unlink(path);
    skip();
  }
  memset(error, 0, sizeof error);
  bool accepted = wane_collector_open(path, error, sizeof error);
  if (root) assert_int_equal(seteuid(0), 0);
  unlink(path);
  assert_false(accepted);
  if (!strstr(error, "Permission denied")) fail_msg("%s", error);
}

static void sentence_is_cut_to_the_buffer(void **state)
{
  (void)state;
  char small[8] = "1234567";
  assert_null(wane_collector_open("nosuch", small, 4));
  assert_int_equal(small[3], '\0');
  assert_int_equal(small[4], '5');
  assert_null(wane_collector_open("nosuch", NULL, 0));
}

struct names {
  char text[1024];
  unsigned n;
};

static void add_name(const char *name, const char *path, void *context)
{
  struct names *names = context;
  size_t used = strlen(names->text);
  snprintf(names->text + used, sizeof names->text - used, " %s ", name);
  names->n++;
  assert_non_null(strstr(path, name));
  assert_int_equal(access(path, R_OK), 0);
}

static void list_is_sorted_and_names_each_plugin_once(void **state)
{
  (void)state;
  struct names once = {"", 0}, twice = {"", 0};
  wane_plugin_list("collectors", add_name, &once);
  assert_non_null(strstr(once.text, " bad_default  function_symbol  good "));
  setenv("WANE_PLUGIN_PATH", BAD_PLUGINS ":" BAD_PLUGINS "/.", 1);
  wane_plugin_list("collectors", add_name, &twice);
  assert_string_equal(once.text, twice.text);
  setenv("WANE_PLUGIN_PATH", "/nowhere", 1);
  struct names none = {"", 0};
  wane_plugin_list("no_such_kind", add_name, &none);
  assert_int_equal(none.n, 0);
}

#define TEST(name) cmocka_unit_test_setup(name, use_bad_plugins)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(good_plugin_is_found_by_name),
      TEST(good_plugin_is_found_by_path),
      TEST(first_root_that_has_the_name_wins),
      TEST(unknown_name_says_where_it_looked_and_what_is_there),
      TEST(names_that_are_no_names_are_refused),
      TEST(each_broken_plugin_is_refused_in_one_sentence),
      TEST(refused_plugin_does_not_stay_loaded),
      TEST(things_that_are_no_files_are_refused),
      TEST(unreadable_file_is_refused),
      TEST(sentence_is_cut_to_the_buffer),
      TEST(list_is_sorted_and_names_each_plugin_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
