// test_merge_file.c: files of cells put together.
// SPDX-License-Identifier: MIT

#include "check.h"

#include "companion_file.h"
#include "files.h"
#include "merge_file.h"
#include "zstd_read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/merge-XXXXXX";

static const char *path_of(const char *name)
{
  static char path[4][64];
  static int next;
  char *text = path[next++ % 4];
  snprintf(text, 64, "%s/%s", folder, name);
  return text;
}

static void put(const char *name, const char *text)
{
  assert_int_equal(files_put(path_of(name), text, strlen(text)), 0);
}

static void assert_file(const char *name, const char *expected)
{
  char text[300];
  FILE *in = fopen(path_of(name), "r");
  assert_non_null(in);
  text[fread(text, 1, sizeof text - 1, in)] = '\0';
  fclose(in);
  assert_string_equal(text, expected);
}

static void headers_are_there_once(void **state)
{
  (void)state;
  struct merge_file merge;
  put("a", "x,y\n1,2\n");
  put("b", "x,y\n");
  put("c", "x,y\n3,4\n5,6\n");
  for (int again = 0; again < 2; again++) {
    assert_int_equal(merge_file_open(&merge, path_of("all")), 0);
    assert_int_equal(merge_file_csv(&merge, path_of("a")), 0);
    assert_int_equal(merge_file_csv(&merge, path_of("none")), 0);
    assert_int_equal(merge_file_csv(&merge, path_of("b")), 0);
    assert_int_equal(merge_file_csv(&merge, path_of("c")), 0);
    assert_int_equal(merge_file_close(&merge, true), 0);
    assert_file("all", "x,y\n1,2\n3,4\n5,6\n");
  }
}

static void another_header_is_refused_and_the_old_file_stays(void **state)
{
  (void)state;
  struct merge_file merge;
  put("a", "x,y\n1,2\n");
  put("b", "x,z\n1,2\n");
  put("cut", "x,y");
  put("all", "as it was");
  assert_int_equal(merge_file_open(&merge, path_of("all")), 0);
  assert_int_equal(merge_file_csv(&merge, path_of("a")), 0);
  assert_int_equal(merge_file_csv(&merge, path_of("b")), -EINVAL);
  assert_int_equal(merge_file_csv(&merge, path_of("cut")), -EINVAL);
  assert_int_equal(merge_file_close(&merge, false), 0);
  assert_file("all", "as it was");
  assert_false(files_exists(path_of("all.new")));
}

static void where_nothing_came_there_is_no_file(void **state)
{
  (void)state;
  struct merge_file merge;
  put("all", "of an earlier time");
  assert_int_equal(merge_file_open(&merge, path_of("all")), 0);
  assert_int_equal(merge_file_csv(&merge, path_of("none")), 0);
  assert_int_equal(merge_file_close(&merge, true), 0);
  assert_false(files_exists(path_of("all")));
}

static void put_companion(const char *name, const char *header, int rows)
{
  struct companion_file *file = companion_file_open(path_of(name), header);
  assert_non_null(file);
  for (int i = 0; i < rows; i++) companion_file_row(file, name, "1");
  assert_int_equal(companion_file_close(file), 0);
}

static void frames_stand_one_after_the_other(void **state)
{
  (void)state;
  struct merge_file merge;
  char text[300], error[300];
  put_companion("p", "id,n", 2);
  put_companion("q", "id,n", 0);
  put_companion("r", "id,n", 1);
  put_companion("s", "id,m", 1);
  put("t", "id,n\n");
  assert_int_equal(merge_file_open(&merge, path_of("all")), 0);
  assert_int_equal(merge_file_zstd(&merge, path_of("p")), 0);
  assert_int_equal(merge_file_zstd(&merge, path_of("q")), 0);
  assert_int_equal(merge_file_zstd(&merge, path_of("r")), 0);
  assert_int_equal(merge_file_zstd(&merge, path_of("s")), -EINVAL);
  assert_int_equal(merge_file_zstd(&merge, path_of("t")), -EINVAL);
  assert_int_equal(merge_file_close(&merge, true), 0);
  struct zstd_reader *reader =
      zstd_read_open(path_of("all"), error, sizeof error);
  assert_non_null(reader);
  size_t n = 0;
  ssize_t got;
  while ((got = zstd_read_more(reader, text + n, sizeof text - 1 - n, error,
                               sizeof error)) > 0)
    n += (size_t)got;
  assert_int_equal(got, 0);
  text[n] = '\0';
  zstd_read_close(reader);
  assert_string_equal(text, "id,n\np,1\np,1\nr,1\n");
}

static int make(void **state)
{
  (void)state;
  return mkdtemp(folder) ? 0 : -1;
}

static int drop(void **state)
{
  (void)state;
  return files_remove(folder);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(headers_are_there_once),
      cmocka_unit_test(another_header_is_refused_and_the_old_file_stays),
      cmocka_unit_test(where_nothing_came_there_is_no_file),
      cmocka_unit_test(frames_stand_one_after_the_other),
  };
  return cmocka_run_group_tests(tests, make, drop);
}
