// report_table.c: a table of a paper, as LaTeX (booktabs).
// SPDX-License-Identifier: MIT
#include "report_table.h"

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

// What LaTeX reads as something else than itself.
static void put_escaped(FILE *tex, const char *text)
{
  for (; *text; text++) switch (*text) {
    case '\\':
      fputs("\\textbackslash{}", tex);
      break;
    case '~':
      fputs("\\textasciitilde{}", tex);
      break;
    case '^':
      fputs("\\textasciicircum{}", tex);
      break;
    case '<':
      fputs("\\textless{}", tex);
      break;
    case '>':
      fputs("\\textgreater{}", tex);
      break;
    case '|':
      fputs("\\textbar{}", tex);
      break;
    case '&':
    case '%':
    case '$':
    case '#':
    case '_':
    case '{':
    case '}':
      putc('\\', tex); // and itself
    // fallthrough
    default:
      putc(*text, tex);
    }
}

void report_table_begin(struct report_table *table, const char *name,
                        const char *columns)
{
  table->columns = strlen(columns);
  table->column = 0;
  fprintf(table->tex,
          "%% %s.tex: needs \\usepackage{booktabs} and \\usepackage{xcolor}.\n"
          "\\begin{tabular}{%s}\n\\toprule\n",
          name, columns);
}

static void put(struct report_table *table, enum report_look look,
                const char *text)
{
  static const char *const before[] = {"", "\\textcolor{gray}{",
                                       "{\\scriptsize ", "\\textbf{"};
  if (table->column) fputs(" & ", table->tex);
  fputs(*text ? before[look] : "", table->tex);
  put_escaped(table->tex, text);
  fputs(*text && *before[look] ? "}" : "", table->tex);
  if (++table->column < table->columns) return;
  fputs(" \\\\\n", table->tex);
  table->column = 0;
}

void report_table_cell(struct report_table *table, enum report_look look,
                       const char *format, ...)
{
  char *text = NULL;
  va_list arguments;
  va_start(arguments, format);
  int n = vasprintf(&text, format, arguments);
  va_end(arguments);
  put(table, look, n < 0 ? "?" : text);
  if (n >= 0) free(text);
}

void report_table_number(struct report_table *table, enum report_look look,
                         double value, int digits)
{
  char plain[64], text[96];
  if (isnan(value)) {
    put(table, look, "-");
    return;
  }
  double size = value == 0 ? 0 : floor(log10(fabs(value))) + 1;
  int behind = (int)fmin(fmax((double)digits - size, 0), 6);
  int n = snprintf(plain, sizeof plain, "%.*f", value == 0 ? 0 : behind, value);
  const char *point = strchr(plain, '.');
  size_t whole = point ? (size_t)(point - plain) : (size_t)n, to = 0;
  for (size_t i = 0; i < (size_t)n && to < sizeof text - 2; i++) {
    bool group = i && i < whole && (whole - i) % 3 == 0 && plain[i - 1] != '-';
    if (group && whole > 4) text[to++] = ' ';
    text[to++] = plain[i];
  }
  text[to] = '\0';
  put(table, look, text);
}

void report_table_heading(struct report_table *table, const char *text)
{
  fprintf(table->tex, "\\multicolumn{%zu}{l}{\\textbf{", table->columns);
  put_escaped(table->tex, text);
  fputs("}} \\\\\n", table->tex);
}

void report_table_rule(struct report_table *table)
{
  fputs("\\midrule\n", table->tex);
}

void report_table_end(struct report_table *table)
{
  fputs("\\bottomrule\n\\end{tabular}\n", table->tex);
}
