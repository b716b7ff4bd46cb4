// test_output.c: the folder of an experiment.
// SPDX-License-Identifier: MIT

#include "check.h"

#include "output.h"

#include <string.h>
#include <unistd.h>

static char folder[] = "wane-output-XXXXXX";
static char directory[64];

static int make(void **state)
{
  (void)state;
  if (!mkdtemp(folder)) return -1;
  snprintf(directory, sizeof directory, "%s/a/b", folder);
  return 0;
}

static int unmake(void **state)
{
  (void)state;
  char command[96];
  snprintf(command, sizeof command, "rm -r ./%s", folder);
  return system(command);
}

static bool is_there(const char *name)
{
  char path[128];
  snprintf(path, sizeof path, "%s/%s", directory, name);
  return access(path, F_OK) == 0;
}

static size_t lines_of(const char *name)
{
  char path[128];
  size_t lines = 0;
  snprintf(path, sizeof path, "%s/%s", directory, name);
  FILE *in = fopen(path, "r");
  assert_non_null(in);
  for (int c; (c = getc(in)) != EOF;) lines += c == '\n';
  fclose(in);
  return lines;
}

static void names_without_part_promise_the_whole(void **state)
{
  (void)state;
  char error[256] = "";
  struct record record = {.last_iteration = 1};
  struct measurement m = {1, "time.wall", "process", "total", "ns", 1};
  assert_int_equal(record_add(&record, &m), 0);
  struct output *output = output_open(directory, true, error, sizeof error);
  assert_non_null(output);
  assert_int_equal(output_topology(output, "<topology/>"), 0);
  assert_true(is_there("topology.xml.part"));
  for (int i = 0; i < N_COMPANIONS; i++)
    output_row(output, (enum companion)i, "run-1", "1");
  output_numa(output, "r,i", "1,2");
  output_record(output, &record);
  assert_int_equal(lines_of("numa.csv.part"), 2);
  assert_true(is_there("results.csv.part"));
  assert_int_equal(lines_of("results.csv.part"), 2); // already on disk
  assert_false(is_there("results.csv"));
  json_t *json = json_pack("{s:i}", "schema_version", 1);
  output_provenance(output, json);
  json_decref(json);
  assert_true(is_there("run.json.part"));
  assert_false(is_there("run.json.new"));
  assert_int_equal(output_close(output, error, sizeof error), 0);
  assert_true(is_there("results.csv"));
  for (int i = 0; i < N_COMPANIONS; i++)
    assert_true(is_there(companion_kind((enum companion)i)->file));
  assert_true(is_there("run.json"));
  assert_false(is_there("results.csv.part"));
  assert_false(is_there("gc_events.csv.zst.part"));
  assert_false(is_there("run.json.part"));
  assert_true(is_there("numa.csv"));
  assert_int_equal(lines_of("numa.csv"), 2);
  assert_false(is_there("numa.csv.part"));
  assert_true(is_there("topology.xml"));
  assert_false(is_there("topology.xml.part"));
  record_free(&record);
}

static void results_are_never_overwritten(void **state)
{
  (void)state;
  char error[256] = "";
  assert_true(is_there("results.csv"));
  assert_null(output_open(directory, false, error, sizeof error));
  assert_non_null(strstr(error, "another run"));
}

static void a_folder_that_cannot_be_is_refused(void **state)
{
  (void)state;
  char error[256] = "";
  assert_null(output_open("/dev/null/x", false, error, sizeof error));
  assert_non_null(strstr(error, "/dev/null/x: cannot be written"));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(names_without_part_promise_the_whole),
      cmocka_unit_test(results_are_never_overwritten),
      cmocka_unit_test(a_folder_that_cannot_be_is_refused),
  };
  return cmocka_run_group_tests(tests, make, unmake);
}
