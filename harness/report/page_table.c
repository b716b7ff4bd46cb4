// page_table.c: tables of the page.
// SPDX-License-Identifier: MIT
#include "page_parts.h"

#include "csv_read.h"
#include "html.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void page_table_begin(FILE *out, const char *caption, const char *const *heads,
                      size_t n)
{
  // Not a <caption>, which would be as wide as the table and scroll with it.
  fputs("<p class=\"soft\">", out);
  html_text(out, caption);
  fputs("</p>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
        "aria-label=\"",
        out);
  html_text(out, caption);
  fputs("\">\n<table class=\"data\" aria-label=\"", out);
  html_text(out, caption);
  fputs("\">\n<thead><tr>", out);
  for (size_t i = 0; i < n; i++) {
    bool number = *heads[i] == '#';
    fprintf(out, "<th scope=\"col\"%s>", number ? " class=\"n\"" : "");
    html_text(out, heads[i] + number);
    fputs("</th>", out);
  }
  fputs("</tr></thead>\n<tbody>\n", out);
}

void page_table_end(FILE *out)
{
  fputs("</tbody></table></div>\n", out);
}

void page_cell(FILE *out, const char *text)
{
  fputs("<td>", out);
  html_text(out, text);
  fputs("</td>", out);
}

void page_long_cell(FILE *out, const char *text)
{
  fputs("<td class=\"long\">", out);
  html_text(out, text);
  fputs("</td>", out);
}

void page_number(char text[32], double value)
{
  if (isnan(value))
    snprintf(text, 32, "NA");
  else if (value == floor(value) && fabs(value) < 1e15)
    snprintf(text, 32, "%.0f", value);
  else if (fabs(value) >= 1e5 && fabs(value) < 1e15)
    snprintf(text, 32, "%.0f", value);
  else
    snprintf(text, 32, "%.4g", value);
}

void page_number_cell(FILE *out, double value)
{
  char text[32];
  page_number(text, value);
  if (isnan(value))
    fputs("<td class=\"n\">NA</td>", out);
  else
    fprintf(out, "<td class=\"n\" data-v=\"%.17g\">%s</td>", value, text);
}

// --- a CSV -----------------------------------------------------------------

static bool is_number(const char *text, double *value)
{
  char *end;
  if (!strchr("+-.0123456789", *text)) return false;
  *value = strtod(text, &end);
  return end != text && !*end && isfinite(*value);
}

// A name that is a number to strtod, like 12e4, is still told in full.
static void cell_of(FILE *out, const char *text)
{
  double value;
  if (!text)
    fputs("<td>NA</td>", out);
  else if (!is_number(text, &value))
    page_cell(out, text);
  else if (strlen(text) <= 8)
    fprintf(out, "<td class=\"n\">%s</td>", text);
  else
    page_number_cell(out, value);
}

static struct csv_reader *open_csv(const char *csv, size_t n, FILE *out)
{
  char error[512];
  struct csv_reader *reader =
      csv_read_bytes("table", csv, n, error, sizeof error);
  if (reader) return reader;
  fputs("<p>", out);
  html_text(out, error);
  fputs("</p>\n", out);
  return NULL;
}

// How many rows there are; -1: the last ones cannot be read.
static long count_rows(const char *csv, size_t n, FILE *out)
{
  const char *const *fields;
  char error[512];
  long rows = 0;
  int got;
  struct csv_reader *reader = open_csv(csv, n, out);
  if (!reader) return -1;
  while ((got = csv_read_row(reader, &fields, error, sizeof error)) == 1)
    rows++;
  csv_read_close(reader);
  if (got == 0) return rows;
  fputs("<p>", out);
  html_text(out, error);
  fputs("</p>\n", out);
  return -1;
}

int page_csv(FILE *out, const char *caption, const char *csv, size_t n,
             size_t most)
{
  const char *const *fields;
  char error[512], *title = NULL;
  long rows = count_rows(csv, n, out);
  if (rows < 0) return 0;
  struct csv_reader *reader = open_csv(csv, n, out);
  if (!reader) return -ENOMEM;
  bool all = (size_t)rows <= most;
  int made = all ? asprintf(&title, "%s", caption)
                 : asprintf(&title, "%s: the first %zu of %ld rows", caption,
                            most, rows);
  size_t columns = csv_read_columns(reader);
  const char **heads = calloc(columns, sizeof *heads);
  if (made < 0 || !heads) {
    if (made >= 0) free(title);
    free(heads);
    csv_read_close(reader);
    return -ENOMEM;
  }
  for (size_t i = 0; i < columns; i++) heads[i] = csv_read_name(reader, i);
  page_table_begin(out, title, heads, columns);
  for (size_t i = 0; i < most &&
                     csv_read_row(reader, &fields, error, sizeof error) == 1;
       i++) {
    fputs("<tr>", out);
    for (size_t k = 0; k < columns; k++) cell_of(out, fields[k]);
    fputs("</tr>\n", out);
  }
  page_table_end(out);
  csv_read_close(reader);
  free(heads);
  free(title);
  return 0;
}
