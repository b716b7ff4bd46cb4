// case_words.c: splits a line into words and works out {i-1} in names.
// SPDX-License-Identifier: MIT
//
// Arithmetic: + - * / % and parentheses on 64-bit integers and the variables
// of the loops around the line. Anything that overflows or divides by zero is
// an error of the file. Called from the parser only, on one thread.

#include "case_words.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sum {
  const char *at, *end;
  const struct case_scope *scope;
  unsigned depth;
  const char *reason; // NULL while all is well
};

static int64_t sum_expression(struct sum *s);

static int64_t sum_fail(struct sum *s, const char *reason)
{
  if (!s->reason) s->reason = reason;
  return 0;
}

static bool sum_take(struct sum *s, char c)
{
  if (s->at == s->end || *s->at != c) return false;
  s->at++;
  return true;
}

static int64_t sum_digits(struct sum *s)
{
  int64_t value = 0;
  for (; s->at < s->end && isdigit((unsigned char)*s->at); s->at++)
    if (__builtin_mul_overflow(value, 10, &value) ||
        __builtin_add_overflow(value, *s->at - '0', &value))
      return sum_fail(s, "number is too large");
  return value;
}

static int64_t sum_variable(struct sum *s)
{
  const char *from = s->at;
  while (s->at < s->end && (isalnum((unsigned char)*s->at) || *s->at == '_'))
    s->at++;
  size_t n = (size_t)(s->at - from);
  for (size_t i = s->scope->n; n && i-- > 0;)
    if (strlen(s->scope->loops[i].name) == n &&
        !memcmp(s->scope->loops[i].name, from, n))
      return s->scope->loops[i].value;
  return sum_fail(s, n ? "no `repeat` around the line has this variable"
                       : "number, variable or ( expected");
}

static int64_t sum_factor(struct sum *s)
{
  if (s->depth++ > 32) return sum_fail(s, "arithmetic is nested too deeply");
  int64_t value = 0;
  if (sum_take(s, '(')) {
    value = sum_expression(s);
    if (!s->reason && !sum_take(s, ')')) sum_fail(s, ") expected");
  } else if (sum_take(s, '-')) {
    if (__builtin_sub_overflow(0, sum_factor(s), &value))
      sum_fail(s, "number is too large");
  } else if (s->at < s->end && isdigit((unsigned char)*s->at)) {
    value = sum_digits(s);
  } else {
    value = sum_variable(s);
  }
  s->depth--;
  return value;
}

static int64_t sum_divide(struct sum *s, char op, int64_t a, int64_t b)
{
  if (b == 0) return sum_fail(s, "division by zero");
  if (b == -1 && a == INT64_MIN) return sum_fail(s, "number is too large");
  return op == '/' ? a / b : a % b;
}

static int64_t sum_term(struct sum *s)
{
  int64_t value = sum_factor(s);
  while (!s->reason && s->at < s->end && strchr("*/%", *s->at)) {
    char op = *s->at++;
    int64_t right = sum_factor(s);
    if (op != '*')
      value = sum_divide(s, op, value, right);
    else if (__builtin_mul_overflow(value, right, &value))
      sum_fail(s, "number is too large");
  }
  return value;
}

static int64_t sum_expression(struct sum *s)
{
  int64_t value = sum_term(s);
  while (!s->reason && s->at < s->end && (*s->at == '+' || *s->at == '-')) {
    char op = *s->at++;
    int64_t right = sum_term(s);
    if (op == '+' ? __builtin_add_overflow(value, right, &value)
                  : __builtin_sub_overflow(value, right, &value))
      sum_fail(s, "number is too large");
  }
  return value;
}

// Works out what stands between { and }; returns where to go on.
static const char *expand(const char *at, const char *end,
                          const struct case_scope *scope, char *word, size_t *n,
                          const char **reason)
{
  const char *close = memchr(at, '}', (size_t)(end - at));
  if (!close) {
    *reason = "} expected";
    return end;
  }
  struct sum s = {.at = at, .end = close, .scope = scope};
  int64_t value = sum_expression(&s);
  if (!s.reason && s.at != close) s.reason = "operator or } expected";
  int wrote = snprintf(word + *n, CASE_WORD - *n, "%lld", (long long)value);
  if (wrote < 0 || (size_t)wrote >= CASE_WORD - *n)
    *reason = "word is too long";
  else
    *n += (size_t)wrote;
  if (s.reason) *reason = s.reason;
  return close + 1;
}

bool case_next_word(struct case_line *line, const struct case_scope *scope,
                    char word[CASE_WORD], const char **reason)
{
  const char *at = line->at;
  while (at < line->end && isspace((unsigned char)*at)) at++;
  const char *from = at;
  size_t n = 0;
  *reason = NULL;
  while (at < line->end && !isspace((unsigned char)*at) && !*reason) {
    if (*at == '{') {
      at = expand(at + 1, line->end, scope, word, &n, reason);
    } else if (n + 1 == CASE_WORD) {
      *reason = "word is too long";
    } else if (!isprint((unsigned char)*at)) {
      *reason = "only printable ASCII is allowed";
    } else {
      word[n++] = *at++;
    }
  }
  word[n] = '\0';
  if (*reason) { // show what the file says, not what became of it
    for (n = 0; from + n < line->end && n + 1 < CASE_WORD; n++) {
      if (isspace((unsigned char)from[n])) break;
      word[n] = isprint((unsigned char)from[n]) ? from[n] : '?';
    }
    word[n] = '\0';
  }
  line->at = at;
  return n > 0 || *reason;
}

bool case_number(const char *word, uint32_t max, uint32_t *number)
{
  size_t n = strlen(word);
  if (n == 0 || n > 10 || strspn(word, "0123456789") != n) return false;
  unsigned long long value = strtoull(word, NULL, 10);
  *number = (uint32_t)value;
  return value <= max;
}

bool case_is_name(const char *word)
{
  if (!isalpha((unsigned char)*word) && *word != '_') return false;
  for (; *word; word++)
    if (!isalnum((unsigned char)*word) && *word != '_') return false;
  return true;
}
