// parsed_case.h: what the tests of cases begin with: a text, parsed.
// SPDX-License-Identifier: MIT

#ifndef WANE_TESTS_PARSED_CASE_H
#define WANE_TESTS_PARSED_CASE_H

#include <check.h>

#include "case.h"

#include <string.h>

static struct case_file *parsed;

// Parses `text`; returns the error, or "" with the file in `parsed`.
static inline const char *parse(const char *text)
{
  static char error[512];
  case_file_free(parsed);
  parsed = NULL;
  *error = '\0';
  int status =
      case_file_parse("f", text, strlen(text), &parsed, error, sizeof error);
  assert_int_equal(status != 0, *error != '\0');
  return error;
}

#define HEAD "#!gct 1\n"

#endif
