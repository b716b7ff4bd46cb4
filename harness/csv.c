// csv.c: fields of comma-separated files (RFC 4180, LF, NA for missing).
// SPDX-License-Identifier: MIT
//
// No comment lines, no blanks around fields, so that R, pandas and awk read
// the files without options. Any thread; no shared state.
#include "csv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void csv_field(FILE *out, const char *text)
{
  if (!text || !*text) {
    fputs("NA", out);
    return;
  }
  if (strcmp(text, "NA") != 0 && !strpbrk(text, ",\"\r\n")) {
    fputs(text, out);
    return;
  }
  putc('"', out);
  for (; *text; text++) {
    if (*text == '"') putc('"', out);
    putc(*text, out);
  }
  putc('"', out);
}

void csv_number(char text[32], double value)
{
  if (!isfinite(value))
    strcpy(text, "NA");
  else if (value == floor(value) && fabs(value) <= 0x1p53)
    snprintf(text, 32, "%.0f", value);
  else
    for (int digits = 6; digits <= 17; digits++) {
      snprintf(text, 32, "%.*g", digits, value);
      if (strtod(text, NULL) == value) return;
    }
}
