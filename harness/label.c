// label.c: columns of the results that the one who starts a run knows better.
// SPDX-License-Identifier: MIT
//
// `wane run` knows one command line; what it is one of many in (a sweep, a
// script) knows the suite, the factor of the heap, and the place in the order.
// What was measured cannot be labelled. Pure.
#include "label.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum kind {
  KIND_TEXT,  // printable, no blanks at its ends
  KIND_NAME,  // [A-Za-z0-9_]+
  KIND_ID,    // [A-Za-z0-9._-]+, part of other names
  KIND_COUNT, // 0 .. 2^53
  KIND_FACTOR // a decimal above 0
};

static const struct allowed {
  enum column column;
  enum kind kind;
} allowed[] = {
    {COLUMN_run_id, KIND_ID},          {COLUMN_suite, KIND_NAME},
    {COLUMN_benchmark, KIND_NAME},     {COLUMN_size, KIND_TEXT},
    {COLUMN_config, KIND_TEXT},        {COLUMN_hfac, KIND_FACTOR},
    {COLUMN_minheap_bytes, KIND_COUNT}, {COLUMN_exec_index, KIND_COUNT},
    {COLUMN_invocation, KIND_COUNT},
};
enum { N_ALLOWED = sizeof allowed / sizeof allowed[0] };

const char label_columns[] = "run_id, suite, benchmark, size, config, hfac, "
                             "minheap_bytes, exec_index, invocation";

#define DIGITS "0123456789"
#define NAME "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_" DIGITS

static const char *const expected[] = {
    "1 to 100 printable characters without blanks at the ends",
    "1 to 100 of A-Z, a-z, 0-9 and _",
    "1 to 127 of A-Z, a-z, 0-9, '.', '_' and '-'",
    "a whole number from 0 to 2^53",
    "a decimal number above 0",
};

static bool is_text(const char *value)
{
  size_t n = strlen(value);
  for (size_t i = 0; i < n; i++)
    if ((unsigned char)value[i] < ' ' || value[i] == 0x7f) return false;
  return value[0] != ' ' && value[n - 1] != ' ';
}

static bool is_count(const char *value)
{
  return strspn(value, DIGITS) == strlen(value) && strlen(value) <= 16 &&
         strtoull(value, NULL, 10) <= UINT64_C(1) << 53 &&
         (value[0] != '0' || !value[1]);
}

static bool is_factor(const char *value)
{
  size_t whole = strspn(value, DIGITS);
  size_t n = whole;
  if (value[n] == '.') n += 1 + strspn(value + n + 1, DIGITS);
  return whole && !value[n] && n <= 20 && value[n - 1] != '.' &&
         strtod(value, NULL) > 0;
}

static bool fits(enum kind kind, const char *value)
{
  size_t n = strlen(value);
  if (n < 1 || n > (kind == KIND_ID ? 127 : 100)) return false;
  switch (kind) {
  case KIND_TEXT:
    return is_text(value);
  case KIND_NAME:
    return strspn(value, NAME) == n;
  case KIND_ID:
    return strspn(value, NAME ".-") == n;
  case KIND_COUNT:
    return is_count(value);
  case KIND_FACTOR:
    return is_factor(value);
  }
  return false;
}

static const struct allowed *find(const char *name, size_t n)
{
  for (int i = 0; i < N_ALLOWED; i++) {
    const char *column = record_column_name(allowed[i].column);
    if (strlen(column) == n && memcmp(column, name, n) == 0) return &allowed[i];
  }
  return NULL;
}

int label_parse(struct labels *labels, const char *text, char *error,
                size_t error_size)
{
  const char *equals = strchr(text, '=');
  size_t n = equals ? (size_t)(equals - text) : strlen(text);
  const struct allowed *column = find(text, n);
  if (!equals || !column)
    snprintf(error, error_size,
             "--label: expected COLUMN=VALUE with a column of %s, found \"%s\"",
             label_columns, text);
  else if (labels->text[column->column])
    snprintf(error, error_size, "--label: %.*s: expected once, found twice",
             (int)n, text);
  else if (!fits(column->kind, equals + 1))
    snprintf(error, error_size, "--label: %.*s: expected %s, found \"%s\"",
             (int)n, text, expected[column->kind], equals + 1);
  else {
    labels->text[column->column] = equals + 1;
    return 0;
  }
  return -EINVAL;
}

uint64_t label_number(const struct labels *labels, enum column column,
                      uint64_t otherwise)
{
  const char *text = labels->text[column];
  return text ? strtoull(text, NULL, 10) : otherwise;
}

void label_apply(const struct labels *labels, struct record *record)
{
  for (int c = 0; c < N_COLUMNS; c++) {
    if (c == COLUMN_exec_index || c == COLUMN_invocation) continue;
    if (labels->text[c])
      (void)record_set(record, (enum column)c, "%s", labels->text[c]);
  }
}
