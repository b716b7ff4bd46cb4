// page_output.c: index.html of the folder of a report.
// SPDX-License-Identifier: MIT
#include "page_output.h"

#include "page.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const ends[] = {"csv", "gp", "svg", "pdf", "tex", "txt"};
enum { CSV, GP, SVG, PDF, TEX, TXT, ENDS };

// A figure of the page, and the files that it owns.
struct sheet {
  struct page_file files[ENDS]; // those that there are
  char *names[ENDS], *bytes[ENDS];
  size_t n;
};

// All bytes of DIRECTORY/NAME, and a NUL; NULL: it is not there.
static char *read_file(const char *directory, const char *name, size_t *n)
{
  char *path, *bytes = NULL;
  size_t room = 0;
  *n = 0;
  if (asprintf(&path, "%s/%s", directory, name) < 0) return NULL;
  FILE *in = fopen(path, "re");
  free(path);
  while (in) {
    if (*n + 1 >= room) {
      char *more = realloc(bytes, room = room ? 2 * room : 1 << 16);
      if (!more) break;
      bytes = more;
    }
    size_t got = fread(bytes + *n, 1, room - *n - 1, in);
    *n += got;
    if (got) continue;
    bytes[*n] = '\0';
    if (ferror(in)) break;
    fclose(in);
    return bytes;
  }
  if (in) fclose(in);
  free(bytes);
  return NULL;
}

// Which of the files there are. 0 or -ENOMEM.
static int gather(const char *directory, const char *stem, struct sheet *sheet)
{
  for (int i = 0; i < ENDS; i++) {
    size_t n;
    if (asprintf(&sheet->names[i], "%s.%s", stem, ends[i]) < 0) {
      sheet->names[i] = NULL;
      return -ENOMEM;
    }
    sheet->bytes[i] = read_file(directory, sheet->names[i], &n);
    if (sheet->bytes[i])
      sheet->files[sheet->n++] =
          (struct page_file){sheet->names[i], sheet->bytes[i], n};
  }
  return 0;
}

static void forget(struct sheet *sheet)
{
  for (int i = 0; i < ENDS; i++) {
    free(sheet->names[i]);
    free(sheet->bytes[i]);
  }
}

static size_t size_of(const struct sheet *sheet, int end)
{
  for (size_t i = 0; i < sheet->n; i++)
    if (sheet->files[i].bytes == sheet->bytes[end]) return sheet->files[i].n;
  return 0;
}

static struct page_figure figure_of(const struct report_artefact *one,
                                    const struct sheet *sheet)
{
  bool picture = one->drawn && one->figure->kind == REPORT_PICTURE;
  return (struct page_figure){
      .name = one->stem,
      .title = one->figure->title,
      .caption = one->caption,
      .svg = picture ? sheet->bytes[SVG] : NULL,
      .n_svg = size_of(sheet, SVG),
      .csv = one->csv,
      .n_csv = one->n_csv,
      .files = sheet->files,
      .n_files = sheet->n,
      .picture = one->figure->kind == REPORT_PICTURE,
      .plain = one->figure == &report_matrices};
}

static int write_page(const struct report *report, const char *directory,
                      struct report_output *output, struct sheet *sheets,
                      struct page_figure *figures)
{
  char *text = NULL;
  size_t n, size;
  int result = 0;
  const struct report_artefact *all = report_output_artefacts(output, &n);
  for (size_t i = 0; !result && i < n; i++) {
    result = gather(directory, all[i].stem, &sheets[i]);
    figures[i] = figure_of(&all[i], &sheets[i]);
  }
  FILE *out = open_memstream(&text, &size);
  if (!out) return -ENOMEM;
  if (!result) result = page_write(report, figures, n, out);
  if (fclose(out)) result = -ENOMEM;
  if (!result) report_output_put(output, "index.html", text, size);
  free(text);
  return result;
}

int page_output(const struct report *report, const char *directory,
                struct report_output *output)
{
  size_t n;
  (void)report_output_artefacts(output, &n);
  struct sheet *sheets = calloc(n + 1, sizeof *sheets);
  struct page_figure *figures = calloc(n + 1, sizeof *figures);
  int result = sheets && figures ? write_page(report, directory, output,
                                              sheets, figures)
                                 : -ENOMEM;
  for (size_t i = 0; sheets && i < n; i++) forget(&sheets[i]);
  free(sheets);
  free(figures);
  return result;
}
