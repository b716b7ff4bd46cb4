// test_lines.c: whole lines out of a pipe.
// SPDX-License-Identifier: MIT

#include "check.h"

#include "lines.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

struct seen {
  size_t n;
  char last[32];
  size_t longest;
};

static void see(char *text, void *context)
{
  struct seen *seen = context;
  seen->n++;
  if (strlen(text) > seen->longest) seen->longest = strlen(text);
  snprintf(seen->last, sizeof seen->last, "%s", text);
}

static void put(int fd, const char *text)
{
  assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static void lines_come_when_they_are_complete(void **state)
{
  (void)state;
  int ends[2];
  struct seen seen = {0};
  assert_int_equal(pipe(ends), 0);
  struct lines lines = {.fd = ends[0]};
  put(ends[1], "one\ntw");
  assert_int_equal(lines_read(&lines, see, &seen), 0);
  assert_int_equal(seen.n, 1);
  assert_string_equal(seen.last, "one");
  put(ends[1], "o\n\nrest");
  assert_int_equal(lines_read(&lines, see, &seen), 0);
  assert_int_equal(seen.n, 3);
  assert_string_equal(seen.last, "");
  close(ends[1]);
  assert_int_equal(lines_read(&lines, see, &seen), 0);
  assert_int_equal(lines.fd, -1);
  assert_int_equal(seen.n, 3); // "rest" was never ended
  lines_free(&lines);
}

static void a_line_longer_than_the_buffer_is_one_line(void **state)
{
  (void)state;
  enum { LENGTH = 300000 };
  static char text[LENGTH + 1];
  int ends[2];
  struct seen seen = {0};
  assert_int_equal(pipe(ends), 0);
  struct lines lines = {.fd = ends[0]};
  fcntl(ends[1], F_SETFL, O_NONBLOCK);
  memset(text, 'x', LENGTH);
  text[LENGTH] = '\n';
  for (size_t at = 0; at < sizeof text;) {
    ssize_t n = write(ends[1], text + at, sizeof text - at);
    if (n > 0) at += (size_t)n;
    assert_int_equal(lines_read(&lines, see, &seen), 0);
  }
  close(ends[1]);
  while (lines.fd >= 0) assert_int_equal(lines_read(&lines, see, &seen), 0);
  assert_int_equal(seen.n, 1);
  assert_int_equal(seen.longest, LENGTH);
  lines_free(&lines);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(lines_come_when_they_are_complete),
      cmocka_unit_test(a_line_longer_than_the_buffer_is_one_line),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
