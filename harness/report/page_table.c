// page_table.c: tables of the page.
// SPDX-License-Identifier: MIT
#include "page_parts.h"

#include "csv_read.h"
#include "html.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void page_table_begin(FILE *out, const char *caption,
                      const struct page_head *heads, size_t n)
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
    fprintf(out, "<th scope=\"col\"%s>",
            heads[i].number ? " class=\"n\"" : "");
    html_text(out, heads[i].text);
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

#define LONG 32 // columns of text that may have several lines

static void cell_of(FILE *out, const char *text, bool number)
{
  double value;
  if (!text)
    fprintf(out, "<td%s>NA</td>", number ? " class=\"n\"" : "");
  else if (!is_number(text, &value) && strlen(text) > LONG)
    page_long_cell(out, text);
  else if (!is_number(text, &value))
    page_cell(out, text);
  else if (strlen(text) <= 8)
    fprintf(out, "<td class=\"n\">%s</td>", text);
  else
    page_number_cell(out, value);
}

// A CSV as it is looked at before it is written.
struct sheet {
  struct csv_reader *reader; // of the first pass: what rows say lives in it
  const char **heads, **first, **same; // of the columns
  bool *numbers;                       // nothing else is in the column
  size_t columns, rows;
};

static void tell(FILE *out, const char *error)
{
  fputs("<p>", out);
  html_text(out, error);
  fputs("</p>\n", out);
}

static bool equal(const char *a, const char *b)
{
  return a && b ? strcmp(a, b) == 0 : a == b;
}

static void close_sheet(struct sheet *sheet)
{
  csv_read_close(sheet->reader);
  free(sheet->heads);
  free(sheet->first);
  free(sheet->same);
  free(sheet->numbers);
}

// Takes `first` and counts; same[i] is NULL where rows differ, numbers[i] false
// where there is a text. 0, or -EINVAL
// and a sentence.
static int look(struct sheet *sheet, char *error, size_t error_size)
{
  const char *const *fields;
  double value;
  int got;
  while ((got = csv_read_row(sheet->reader, &fields, error, error_size)) == 1) {
    for (size_t i = 0; i < sheet->columns; i++) {
      if (!sheet->rows) sheet->first[i] = fields[i];
      if (!equal(sheet->first[i], fields[i])) sheet->same[i] = NULL;
      if (fields[i] && !is_number(fields[i], &value)) sheet->numbers[i] = false;
    }
    sheet->rows++;
  }
  return got;
}

// 0; -ENOMEM; -EINVAL and a sentence.
static int open_sheet(struct sheet *sheet, const char *csv, size_t n,
                      char *error, size_t error_size)
{
  *sheet = (struct sheet){
      .reader = csv_read_bytes("table", csv, n, error, error_size)};
  if (!sheet->reader) return -EINVAL;
  size_t columns = sheet->columns = csv_read_columns(sheet->reader);
  sheet->heads = calloc(columns, sizeof *sheet->heads);
  sheet->first = calloc(columns, sizeof *sheet->first);
  sheet->same = calloc(columns, sizeof *sheet->same);
  sheet->numbers = calloc(columns, sizeof *sheet->numbers);
  if (!sheet->heads || !sheet->first || !sheet->same || !sheet->numbers)
    return -ENOMEM;
  for (size_t i = 0; i < columns; i++) {
    sheet->heads[i] = sheet->same[i] = csv_read_name(sheet->reader, i);
    sheet->numbers[i] = true;
  }
  return look(sheet, error, error_size);
}

// What is the same in all rows is said once.
static void put_same(const struct sheet *sheet, FILE *out)
{
  const char *before = "In all rows: ";
  if (sheet->rows < 2) return;
  fputs("<p class=\"soft\">", out);
  for (size_t i = 0; i < sheet->columns; i++) {
    if (!sheet->same[i]) continue;
    html_printf(out, "%s%s %s", before, sheet->heads[i],
                sheet->first[i] ? sheet->first[i] : "NA");
    before = ", ";
  }
  fputs("</p>\n", out);
}

static bool is_shown(const struct sheet *sheet, size_t column)
{
  return sheet->rows < 2 || !sheet->same[column];
}

static int put_sheet(const struct sheet *sheet, const char *caption,
                     const char *csv, size_t n, size_t most, FILE *out)
{
  const char *const *fields;
  char error[512];
  size_t shown = 0;
  struct csv_reader *reader =
      csv_read_bytes("table", csv, n, error, sizeof error);
  struct page_head *heads = calloc(sheet->columns, sizeof *heads);
  int result = reader && heads ? 0 : -ENOMEM;
  for (size_t i = 0; !result && i < sheet->columns; i++)
    if (is_shown(sheet, i))
      heads[shown++] = (struct page_head){sheet->heads[i], sheet->numbers[i]};
  if (!result) page_table_begin(out, caption, heads, shown);
  for (size_t i = 0; !result && i < most; i++) {
    if (csv_read_row(reader, &fields, error, sizeof error) != 1) break;
    fputs("<tr>", out);
    for (size_t k = 0; k < sheet->columns; k++)
      if (is_shown(sheet, k)) cell_of(out, fields[k], sheet->numbers[k]);
    fputs("</tr>\n", out);
  }
  if (!result) page_table_end(out);
  csv_read_close(reader);
  free(heads);
  return result;
}

int page_csv(FILE *out, const char *caption, const char *csv, size_t n,
             size_t most)
{
  char error[512], *title = NULL;
  struct sheet sheet;
  int result = open_sheet(&sheet, csv, n, error, sizeof error);
  if (!result && sheet.rows <= most) title = strdup(caption);
  if (!result && sheet.rows > most &&
      asprintf(&title, "%s: the first %zu of %zu rows", caption, most,
               sheet.rows) < 0)
    title = NULL;
  if (!result && !title) result = -ENOMEM;
  if (result == -EINVAL) {
    tell(out, error);
    result = 0;
  } else if (!result) {
    put_same(&sheet, out);
    result = put_sheet(&sheet, title, csv, n, most, out);
  }
  close_sheet(&sheet);
  free(title);
  return result;
}
