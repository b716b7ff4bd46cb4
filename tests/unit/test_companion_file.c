// test_companion_file.c: a CSV in zstd can be read back, frame by frame.
// SPDX-License-Identifier: MIT

#include "check.h"

#include "companion_file.h"

#include <string.h>
#include <unistd.h>
#include <zstd.h>

#define HEADER "invocation_id,a,b"

static char path[] = "wane-companion-file-XXXXXX";

static int make(void **state)
{
  (void)state;
  int fd = mkstemp(path);
  return fd < 0 ? -1 : close(fd);
}

static int unmake(void **state)
{
  (void)state;
  return unlink(path);
}

// All that can be decompressed, to be freed.
static char *read_back(void)
{
  static char packed[1 << 20];
  char *text = calloc(1, 1 << 22);
  FILE *in = fopen(path, "r");
  assert_non_null(in);
  assert_non_null(text);
  size_t n = fread(packed, 1, sizeof packed, in);
  fclose(in);
  size_t got = ZSTD_decompress(text, (1 << 22) - 1, packed, n);
  assert_false(ZSTD_isError(got));
  return text;
}

static void frames_read_as_one_file_at_any_time(void **state)
{
  (void)state;
  struct companion_file *file = companion_file_open(path, HEADER);
  assert_non_null(file);
  companion_file_row(file, "run-1", "1,0,a");
  companion_file_row(file, "run-1", "1,1,b");
  companion_file_end_frame(file);
  char *text = read_back(); // the file is still open
  size_t header = strlen(HEADER);
  assert_memory_equal(text, HEADER, header);
  assert_string_equal(text + header, "\nrun-1,1,0,a\nrun-1,1,1,b\n");
  free(text);
  companion_file_end_frame(file); // nothing new: no frame
  companion_file_row(file, "run-2", "1,0,c");
  assert_int_equal(companion_file_close(file), 0);
  text = read_back();
  assert_non_null(strstr(text, "b\nrun-2,1,0,c\n"));
  free(text);
}

static void many_rows_survive(void **state)
{
  (void)state;
  struct companion_file *file = companion_file_open(path, HEADER);
  assert_non_null(file);
  for (int i = 0; i < 100000; i++) {
    char row[32];
    snprintf(row, sizeof row, "%d,%d", i, i * 7919);
    companion_file_row(file, "run", row);
  }
  assert_int_equal(companion_file_close(file), 0);
  char *text = read_back();
  size_t lines = 0;
  for (const char *c = text; *c; c++) lines += *c == '\n';
  assert_int_equal(lines, 100001);
  free(text);
}

static void a_full_disk_is_an_error(void **state)
{
  (void)state;
  struct companion_file *file = companion_file_open("/dev/full", HEADER);
  assert_non_null(file);
  companion_file_row(file, "run", "1");
  assert_int_equal(companion_file_close(file), -ENOSPC);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(frames_read_as_one_file_at_any_time),
      cmocka_unit_test(many_rows_survive),
      cmocka_unit_test(a_full_disk_is_an_error),
  };
  return cmocka_run_group_tests(tests, make, unmake);
}
