// test_csv_read.c: CSV read back; what is no CSV is refused.
// SPDX-License-Identifier: MIT

#include "check.h"

#include "csv.h"
#include "csv_read.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char error[512];
static struct check_random dice;

static struct csv_reader *open_text(const char *text)
{
  *error = '\0';
  return csv_read_bytes("f.csv", text, strlen(text), error, sizeof error);
}

static void fields_are_read_as_they_were_meant(void **state)
{
  (void)state;
  const char *const *f;
  struct csv_reader *r = open_text("a,b,\"c,d\"\n"
                                   "1,NA,\"NA\"\n"
                                   "\"\",\"say \"\"so\"\"\",\"two\nlines\"\n"
                                   "x y,  ,-1.5e3\n");
  assert_non_null(r);
  assert_int_equal(csv_read_columns(r), 3);
  assert_int_equal(csv_read_column(r, "b"), 1);
  assert_int_equal(csv_read_column(r, "c,d"), 2);
  assert_int_equal(csv_read_column(r, "z"), -1);
  assert_int_equal(csv_read_row(r, &f, error, sizeof error), 1);
  assert_string_equal(f[0], "1");
  assert_null(f[1]); // missing
  assert_string_equal(f[2], "NA");
  assert_int_equal(csv_read_row(r, &f, error, sizeof error), 1);
  assert_string_equal(f[0], "");
  assert_string_equal(f[1], "say \"so\"");
  assert_string_equal(f[2], "two\nlines");
  assert_int_equal(csv_read_row(r, &f, error, sizeof error), 1);
  assert_string_equal(f[0], "x y");
  assert_string_equal(f[1], "  ");
  char place[64];
  csv_read_place(r, place, sizeof place);
  assert_string_equal(place, "f.csv:5"); // a field had two lines
  assert_int_equal(csv_read_row(r, &f, error, sizeof error), 0);
  assert_int_equal(csv_read_row(r, &f, error, sizeof error), 0);
  csv_read_close(r);
}

// In the header, or in a row behind a good one.
static void refused(const char *text, const char *said)
{
  const char *const *f;
  struct csv_reader *r = open_text(text);
  if (r) {
    int got;
    while ((got = csv_read_row(r, &f, error, sizeof error)) == 1) continue;
    assert_int_equal(got, -EINVAL);
  }
  if (!strstr(error, said)) fail_msg("\"%s\" does not say \"%s\"", error, said);
  if (r) // and it stays so
    assert_int_equal(csv_read_row(r, &f, error, sizeof error), -EINVAL);
  csv_read_close(r);
}

static void what_is_no_csv_is_refused_with_its_line(void **state)
{
  (void)state;
  refused("", "f.csv:1: expected a header, found nothing");
  refused("a,b", "f.csv:1: the last line has no end");
  refused("a,b\n1,2\n3,4", "f.csv:3: the last line has no end");
  refused("a,b\n1\n", "f.csv:2: expected 2 fields, found 1");
  refused("a,b\n1,2,3\n", "f.csv:2: expected 2 fields, found 3");
  refused("a,b\n1,\n", "f.csv:2: an empty field");
  refused("a,b\n\n", "f.csv:2: an empty field");
  refused("a,b\n1,2\r\n", "f.csv:2: a carriage return");
  refused("a,b\n1,2\"\n", "f.csv:2: a quote within a field");
  refused("a,b\n1,\"2\"3\n", "f.csv:2: expected a comma or a line end");
  refused("a,b\n1,\"2", "f.csv:2: a quote that is never closed");
  refused("a,b\n1,\"2\"", "f.csv:2: expected a comma or a line end");
  refused("a,b\n1,\"\n\n", "f.csv:2: a quote that is never closed");
  refused("a,a\n", "f.csv:1: two columns are called a");
  refused("a,NA\n", "f.csv:1: column 2 has no name");
}

static void nul_bytes_and_too_many_fields_are_refused(void **state)
{
  (void)state;
  char commas[600];
  assert_null(csv_read_bytes("f.csv", "a\0b\n", 4, error, sizeof error));
  assert_non_null(strstr(error, "f.csv:1: this is no CSV"));
  memset(commas, 'a', sizeof commas);
  for (size_t i = 1; i < sizeof commas; i += 2) commas[i] = ',';
  assert_null(csv_read_bytes("f.csv", commas, sizeof commas, error,
                             sizeof error));
  assert_non_null(strstr(error, "more than 256 fields"));
}

// Whatever csv.c writes comes back.
static void what_is_written_is_read(void **state)
{
  (void)state;
  static const char letters[] = "a,\"\n NA\t;";
  for (int round = 0; round < 2000; round++) {
    char *text = NULL, field[8];
    size_t size;
    const char *const *f;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    fputs("x,y\n", out);
    size_t n = check_below(&dice, sizeof field);
    for (size_t i = 0; i < n; i++)
      field[i] = letters[check_below(&dice, sizeof letters - 1)];
    field[n] = '\0';
    csv_field(out, field);
    fputs(",1\n", out);
    fclose(out);
    struct csv_reader *r = csv_read_bytes("f", text, size, error, sizeof error);
    assert_non_null(r);
    assert_int_equal(csv_read_row(r, &f, error, sizeof error), 1);
    if (n)
      assert_string_equal(f[0], field);
    else
      assert_null(f[0]);
    assert_string_equal(f[1], "1");
    assert_int_equal(csv_read_row(r, &f, error, sizeof error), 0);
    csv_read_close(r);
    free(text);
  }
}

// Cut anywhere, or with any byte changed, it is read or refused in a sentence.
static void damage_is_read_or_refused(void **state)
{
  (void)state;
  static const char good[] = "a,b\n\"x\"\"y\",NA\n1,\"2\n3\"\n";
  char text[sizeof good];
  for (int round = 0; round < 20000; round++) {
    const char *const *f;
    size_t n = check_below(&dice, sizeof good);
    memcpy(text, good, sizeof good);
    if (n) text[check_below(&dice, n)] = (char)check_next(&dice);
    *error = '\0';
    struct csv_reader *r = csv_read_bytes("f", text, n, error, sizeof error);
    int got = r ? 1 : -EINVAL;
    while (got == 1) got = csv_read_row(r, &f, error, sizeof error);
    assert_true(got == 0 || (got == -EINVAL && *error));
    csv_read_close(r);
  }
}

// --- streams ---------------------------------------------------------------

struct pieces {
  const char *text;
  size_t n, at;
  bool fails; // at the end
};

static ssize_t piece(void *context, char *buffer, size_t n, char *why,
                     size_t why_size)
{
  struct pieces *p = context;
  size_t left = p->n - p->at, most = 1 + (size_t)check_below(&dice, 5);
  size_t got = left < n ? left : n;
  if (got > most) got = most;
  memcpy(buffer, p->text + p->at, got);
  p->at += got;
  if (got || !p->fails) return (ssize_t)got;
  snprintf(why, why_size, "gone");
  return -1;
}

// All that a reader says, one after the other.
static void tell(struct csv_reader *r, FILE *out)
{
  const char *const *f;
  int got = r ? 1 : -EINVAL;
  while (got == 1) {
    char place[64];
    got = csv_read_row(r, &f, error, sizeof error);
    csv_read_place(r, place, sizeof place);
    for (size_t i = 0; got == 1 && i < csv_read_columns(r); i++)
      fprintf(out, "%s %s\n", place, f[i] ? f[i] : "(NA)");
  }
  if (got < 0) fputs(error, out);
  csv_read_close(r);
}

// As a stream of small pieces it is read as it is read as a whole.
static void a_stream_is_read_like_a_whole(void **state)
{
  (void)state;
  static const char good[] = "a,\"b,\"\"\n\"\n\"x\"\"y\",NA\n1,\"2\n3\"\n4,5\n";
  char text[sizeof good];
  for (int round = 0; round < 20000; round++) {
    char *whole = NULL, *streamed = NULL;
    size_t n = sizeof good - 1, n_whole, n_streamed;
    memcpy(text, good, sizeof good);
    if (round) {
      n = check_below(&dice, sizeof good);
      if (n) text[check_below(&dice, n)] = "a,\"\nN\r"[check_below(&dice, 6)];
    }
    FILE *out = open_memstream(&whole, &n_whole);
    tell(csv_read_bytes("f", text, n, error, sizeof error), out);
    fclose(out);
    out = open_memstream(&streamed, &n_streamed);
    struct pieces p = {.text = text, .n = n};
    tell(csv_read_stream("f", piece, &p, error, sizeof error), out);
    fclose(out);
    assert_string_equal(streamed, whole);
    free(whole);
    free(streamed);
  }
}

static void a_stream_that_fails_or_has_no_end_is_refused(void **state)
{
  (void)state;
  const char *const *f;
  struct pieces p = {.text = "a\n1\n2", .n = 5, .fails = true};
  struct csv_reader *r = csv_read_stream("f", piece, &p, error, sizeof error);
  assert_non_null(r);
  assert_int_equal(csv_read_column(r, "a"), 0); // its bytes are gone by then
  assert_int_equal(csv_read_row(r, &f, error, sizeof error), 1);
  assert_string_equal(f[0], "1");
  assert_int_equal(csv_read_row(r, &f, error, sizeof error), -EINVAL);
  assert_string_equal(error, "gone");
  assert_int_equal(csv_read_column(r, "a"), 0);
  assert_int_equal(csv_read_row(r, &f, error, sizeof error), -EINVAL);
  csv_read_close(r);
  p = (struct pieces){.text = "a\n\0\n", .n = 4};
  r = csv_read_stream("f", piece, &p, error, sizeof error);
  int got = r ? csv_read_row(r, &f, error, sizeof error) : -EINVAL;
  assert_int_equal(got, -EINVAL);
  assert_non_null(strstr(error, "this is no CSV"));
  csv_read_close(r);
}

static ssize_t endless(void *context, char *buffer, size_t n, char *why,
                       size_t why_size)
{
  (void)context, (void)why, (void)why_size;
  memset(buffer, 'x', n);
  return (ssize_t)n;
}

static void a_row_without_end_is_refused(void **state)
{
  (void)state;
  assert_null(csv_read_stream("f", endless, NULL, error, sizeof error));
  assert_string_equal(error, "f:1: a row that is longer than 16 MiB");
}

static void a_file_that_cannot_be_read_is_named(void **state)
{
  (void)state;
  char path[] = "wane-csv-XXXXXX";
  assert_null(csv_read_open("/nonexistent.csv", error, sizeof error));
  assert_string_equal(error, "/nonexistent.csv: cannot be read: No such file "
                             "or directory");
  assert_null(csv_read_open("/", error, sizeof error));
  assert_non_null(strstr(error, "/: cannot be read: "));
  int fd = mkstemp(path);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, "a\n1\n", 4), 4);
  close(fd);
  struct csv_reader *r = csv_read_open(path, error, sizeof error);
  assert_non_null(r);
  csv_read_close(r);
  unlink(path);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(fields_are_read_as_they_were_meant),
      cmocka_unit_test(what_is_no_csv_is_refused_with_its_line),
      cmocka_unit_test(nul_bytes_and_too_many_fields_are_refused),
      cmocka_unit_test(what_is_written_is_read),
      cmocka_unit_test(damage_is_read_or_refused),
      cmocka_unit_test(a_stream_is_read_like_a_whole),
      cmocka_unit_test(a_stream_that_fails_or_has_no_end_is_refused),
      cmocka_unit_test(a_row_without_end_is_refused),
      cmocka_unit_test(a_file_that_cannot_be_read_is_named),
  };
  dice.state = check_seed(1);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
