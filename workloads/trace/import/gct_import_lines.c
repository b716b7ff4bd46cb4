// gct_import_lines.c: cuts a text trace into lines and words.
// SPDX-License-Identifier: MIT
#include "gct_import_lines.h"

#include <stdarg.h>
#include <stdio.h>

bool gct__lines_fail(const struct gct__lines *lines, const char *format, ...)
{
  va_list arguments;
  char reason[sizeof lines->job->error->reason];
  va_start(arguments, format);
  vsnprintf(reason, sizeof reason, format, arguments);
  va_end(arguments);
  return gct__job_fail(lines->job, lines->number, "%s", reason);
}

static bool is_blank(uint8_t c)
{
  return c == ' ' || c == '\t' || c == '\r';
}

// Cuts [at, end) into words.
static bool cut(struct gct__lines *lines, const uint8_t *at, const uint8_t *end)
{
  lines->n = 0;
  while (at < end) {
    while (at < end && is_blank(*at)) at++;
    const uint8_t *begin = at;
    while (at < end && !is_blank(*at)) at++;
    if (at == begin) break;
    if (lines->n == GCT__MOST_WORDS)
      return gct__lines_fail(lines, "a line of more than %u words",
                             GCT__MOST_WORDS);
    if (at - begin > GCT__LONGEST_WORD)
      return gct__lines_fail(lines, "a word of more than %u characters",
                             GCT__LONGEST_WORD);
    lines->words[lines->n++] =
        (struct gct__word){(const char *)begin, (size_t)(at - begin)};
  }
  return true;
}

bool gct__lines_next(struct gct__lines *lines, char comment)
{
  struct gct__job *job = lines->job;
  const uint8_t *end = job->bytes + job->n;
  while (lines->at < end && job->code == 0) {
    const uint8_t *begin = lines->at, *stop = begin;
    while (stop < end && *stop != '\n') stop++;
    lines->at = stop < end ? stop + 1 : end;
    lines->number++;
    if (*begin == (uint8_t)comment) continue;
    if (!cut(lines, begin, stop)) return false;
    gct__job_progress(job, true, (uint64_t)(stop - job->bytes), job->n);
    gct__job_release(job, (uint64_t)(stop - job->bytes));
    if (lines->n > 0) return true;
  }
  return false;
}

static unsigned digit_of(char c)
{
  if (c >= '0' && c <= '9') return (unsigned)(c - '0');
  if (c >= 'a' && c <= 'f') return (unsigned)(c - 'a') + 10;
  if (c >= 'A' && c <= 'F') return (unsigned)(c - 'A') + 10;
  return 99;
}

bool gct__lines_number(const struct gct__lines *lines, struct gct__word word,
                       size_t from, unsigned base, uint64_t *number)
{
  size_t i = from;
  uint64_t x = 0;
  if (base == 16 && word.n > i + 2 && word.at[i] == '0' &&
      (word.at[i + 1] == 'x' || word.at[i + 1] == 'X'))
    i += 2;
  if (i >= word.n) goto bad;
  for (; i < word.n; i++) {
    unsigned digit = digit_of(word.at[i]);
    if (digit >= base || x > (UINT64_MAX - digit) / base) goto bad;
    x = base * x + digit;
  }
  *number = x;
  return true;
bad:
  return gct__lines_fail(lines, "'%.*s': expected a number%s",
                         (int)(word.n < 40 ? word.n : 40), word.at,
                         base == 16 ? " (hexadecimal)" : "");
}
