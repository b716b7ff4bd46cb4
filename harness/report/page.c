// page.c: the page: all of a report as one HTML file.
// SPDX-License-Identifier: MIT
//
// The order is that of a reader: what was done, how it went, claims, figures,
// tables, every invocation, what was left out, and where it is all from.
#include "page.h"

#include "html.h"
#include "page_files.h"
#include "page_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define INLINE_BYTES 65536 // of a file that is in the page
#define TABLE_ROWS 1000    // of a table
#define FIGURE_ROWS 200    // of a figure's numbers

// --- the frame -------------------------------------------------------------

static void head(const struct report *report, FILE *out)
{
  fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
        "<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, "
        "initial-scale=1\">\n"
        "<meta name=\"color-scheme\" content=\"light dark\">\n"
        "<title>Wane report",
        out);
  for (size_t i = 0; i < report->n_sources && i < 3; i++) {
    fputs(i ? ", " : ": ", out);
    html_text(out, report_source_name(report, i));
  }
  fputs("</title>\n<style>\n", out);
  fwrite(page_css, 1, sizeof page_css, out);
  fputs("</style>\n</head>\n<body>\n"
        "<a class=\"skip\" href=\"#main\">To the results</a>\n",
        out);
}

static bool has(const struct page_figure *figures, size_t n, bool pictures)
{
  for (size_t i = 0; i < n; i++)
    if (figures[i].picture == pictures) return true;
  return false;
}

static void bar(const struct report *report, const struct page_figure *figures,
                size_t n, FILE *out)
{
  fputs("<div class=\"bar\"><div>\n<nav aria-label=\"Sections\">"
        "<a href=\"#summary\">Summary</a>",
        out);
  if (page_has_claims(report)) fputs("<a href=\"#claims\">Claims</a>", out);
  if (has(figures, n, true)) fputs("<a href=\"#figures\">Figures</a>", out);
  if (has(figures, n, false)) fputs("<a href=\"#tables\">Tables</a>", out);
  fputs("<a href=\"#invocations\">Invocations</a>"
        "<a href=\"#excluded\">Left out</a>"
        "<a href=\"#origin\">Provenance</a></nav>\n"
        "<div class=\"tools\" id=\"tools\" hidden>"
        "<label>Filter <input type=\"search\" id=\"filter\" "
        "placeholder=\"words in rows, figures\"></label>"
        "<output id=\"told\" aria-live=\"polite\"></output>"
        "<button type=\"button\" id=\"theme\"></button></div>\n"
        "</div></div>\n",
        out);
}

static void foot(FILE *out)
{
  fputs("</main>\n<footer><p>Written by <code>wane report</code>. The figures "
        "are drawn from the CSV files beside them; this page loads nothing "
        "from elsewhere.</p></footer>\n<script>\n",
        out);
  fwrite(page_js, 1, sizeof page_js, out);
  fputs("</script>\n</body>\n</html>\n", out);
}

// --- figures ---------------------------------------------------------------

static const char *type_of(const char *name)
{
  static const char *const types[][2] = {{".csv", "text/csv"},
                                         {".svg", "image/svg+xml"},
                                         {".pdf", "application/pdf"}};
  const char *end = strrchr(name, '.');
  for (size_t i = 0; end && i < sizeof types / sizeof types[0]; i++)
    if (strcmp(end, types[i][0]) == 0) return types[i][1];
  return "text/plain";
}

static void put_files(const struct page_figure *figure, FILE *out)
{
  if (!figure->n_files) return;
  fputs("<p class=\"files\"><span class=\"soft\">Files:</span>", out);
  for (size_t i = 0; i < figure->n_files; i++) {
    const struct page_file *file = &figure->files[i];
    fputs("<a download=\"", out);
    html_text(out, file->name);
    fputs("\" href=\"", out);
    if (file->n <= INLINE_BYTES)
      html_data(out, type_of(file->name), file->bytes, file->n);
    else
      html_text(out, file->name);
    fputs("\">", out);
    html_text(out, file->name);
    if (file->n > INLINE_BYTES) fputs(" (beside this page)", out);
    fputs("</a>", out);
  }
  fputs("</p>\n", out);
}

// The first sentence, for those who do not see the picture.
static char *label_of(const struct page_figure *figure)
{
  char *label = NULL;
  const char *end = strstr(figure->caption, ". ");
  size_t n = strcspn(figure->caption, "\n");
  if (end && (size_t)(end - figure->caption) < n)
    n = (size_t)(end - figure->caption);
  if (asprintf(&label, "%s: %s. %.*s", figure->name, figure->title,
               n < 1000 ? (int)n : 1000, figure->caption) < 0)
    return NULL;
  return label;
}

static int put_picture(const struct page_figure *figure, FILE *out)
{
  char *prefix = NULL, *label = label_of(figure);
  if (!label || asprintf(&prefix, "%s-", figure->name) < 0) {
    free(label);
    return -1;
  }
  fprintf(out,
          "<div class=\"picture scroll%s\" tabindex=\"0\" role=\"group\" "
          "aria-label=\"",
          figure->plain ? " plain" : "");
  html_printf(out, "Picture of %s", figure->name);
  fputs("\">\n", out);
  int result = html_svg(out, figure->svg, figure->n_svg, prefix, label);
  if (result == -EINVAL) // not a picture as we know them: as a file of its own
  {
    fputs("<img src=\"", out);
    html_data(out, "image/svg+xml", figure->svg, figure->n_svg);
    fputs("\" alt=\"", out);
    html_text(out, label);
    fputs("\">", out);
    result = 0;
  }
  fputs("</div>\n", out);
  free(prefix);
  free(label);
  return result;
}

static int put_numbers(const struct page_figure *figure, FILE *out)
{
  char *caption;
  if (!figure->csv) return 0;
  if (asprintf(&caption, "%s.csv", figure->name) < 0) return -ENOMEM;
  if (figure->picture)
    fputs("<details><summary>The numbers</summary>\n", out);
  int result = page_csv(out, caption, figure->csv, figure->n_csv,
                        figure->picture ? FIGURE_ROWS : TABLE_ROWS);
  if (figure->picture) fputs("</details>\n", out);
  free(caption);
  return result;
}

#define WRAPPED 80 // columns that captions are wrapped at, about
#define RAGGED 8

// Whether a line of `n` ended because the next word had no room on it.
static bool is_wrapped(const char *line, size_t n, const char *next)
{
  size_t word = strcspn(next, " \n");
  if (!n || !word || line[n - 1] == ':') return false; // indented, or a list
  return n <= WRAPPED + RAGGED && n + 1 + word > WRAPPED - RAGGED;
}

// Captions are wrapped for terminals; a page does that itself.
static void put_wrapped(const char *text, size_t n, FILE *out)
{
  for (size_t i = 0; i < n;) {
    const char *end = memchr(text + i, '\n', n - i);
    size_t length = end ? (size_t)(end - text) - i : n - i;
    html_printf(out, "%.*s", (int)length, text + i);
    if (i + length + 1 >= n) break;
    const char *next = text + i + length + 1;
    putc(is_wrapped(text + i, length, next) ? ' ' : '\n', out);
    i += length + 1;
  }
}

// The first paragraph is what a reader needs; the rest says what was left out
// and where it is from, and folds.
static void put_caption(const struct page_figure *figure, FILE *out)
{
  const char *more = strstr(figure->caption, "\n\n");
  size_t n = more ? (size_t)(more - figure->caption) : strlen(figure->caption);
  fputs("<p class=\"caption\">", out);
  put_wrapped(figure->caption, n, out);
  fputs("</p>\n", out);
  if (!more) return;
  while (*more == '\n') more++;
  if (!*more) return;
  fputs("<details><summary>Configurations, what was left out, sources"
        "</summary><p class=\"caption\">",
        out);
  put_wrapped(more, strlen(more), out);
  fputs("</p></details>\n", out);
}

static int put_figure(const struct page_figure *figure, FILE *out)
{
  int result = 0;
  fputs("<section class=\"figure\" id=\"", out);
  html_text(out, figure->name);
  fputs("\">\n<h3>", out);
  html_text(out, figure->name);
  fputs(": ", out);
  html_text(out, figure->title);
  fputs("</h3>\n", out);
  if (figure->svg) result = put_picture(figure, out);
  if (!figure->picture) result = put_numbers(figure, out);
  put_caption(figure, out);
  if (figure->svg && !result) result = put_numbers(figure, out);
  put_files(figure, out);
  fputs("</section>\n", out);
  return result;
}

static int put_figures(const struct page_figure *figures, size_t n,
                       bool pictures, FILE *out)
{
  int result = 0;
  if (!has(figures, n, pictures)) return 0;
  fprintf(out, "<h2 id=\"%s\">%s</h2>\n<div class=\"figures\">\n",
          pictures ? "figures" : "tables", pictures ? "Figures" : "Tables");
  for (size_t i = 0; !result && i < n; i++)
    if (figures[i].picture == pictures)
      result = put_figure(&figures[i], out);
  fputs("</div>\n", out);
  return result;
}

int page_write(const struct report *report, const struct page_figure *figures,
               size_t n, FILE *out)
{
  head(report, out);
  fputs("<header><h1>Wane report</h1>\n<p class=\"soft\">", out);
  for (size_t i = 0; i < report->n_sources; i++) {
    if (i) fputs("<br>\n", out);
    html_text(out, report_source_text(report, i));
  }
  fputs("</p></header>\n", out);
  bar(report, figures, n, out);
  fputs("<main id=\"main\">\n", out);
  int result = page_summary(report, out);
  if (!result) page_claims(report, out);
  if (!result) result = put_figures(figures, n, true, out);
  if (!result) result = put_figures(figures, n, false, out);
  page_invocations(report, out);
  page_origin(report, out);
  foot(out);
  return result ? -ENOMEM : 0;
}
