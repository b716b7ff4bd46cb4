// report_output.c: the folder of a report, and the list of what is in it.
// SPDX-License-Identifier: MIT
#include "report_output.h"

#include "exit_code.h"
#include "gnuplot.h"
#include "whole_folder.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIST "report.json"

struct report_output {
  char *directory;
  struct whole_folder *folder; // NULL: nothing was put since the last write
  json_t *files;               // names, in order
  struct report_artefact *artefacts;
  size_t n, n_pictures; // n_pictures: of the artefacts that gnuplot has drawn
  int error;            // 0 or -ENOMEM
  bool refused;         // a file of the results, by one of the figures
};

struct report_output *report_output_open(const char *directory)
{
  struct report_output *output = calloc(1, sizeof *output);
  if (!output) return NULL;
  output->directory = strdup(directory);
  output->files = json_array();
  if (output->directory && output->files) return output;
  report_output_close(output);
  return NULL;
}

// What was put and never written is not there.
static void abandon(struct whole_folder *folder)
{
  char where[16];
  if (!folder) return;
  whole_folder_fail(folder, "", -ECANCELED);
  (void)whole_folder_close(folder, where, sizeof where);
}

void report_output_close(struct report_output *output)
{
  abandon(output->folder);
  for (size_t i = 0; i < output->n; i++) {
    free(output->artefacts[i].stem);
    free(output->artefacts[i].csv);
    free(output->artefacts[i].caption);
  }
  free(output->artefacts);
  json_decref(output->files);
  free(output->directory);
  free(output);
}

const struct report_artefact *
report_output_artefacts(const struct report_output *output, size_t *n)
{
  *n = output->n;
  return output->artefacts;
}

bool report_output_refused(const struct report_output *output)
{
  return output->refused;
}

// --- files -----------------------------------------------------------------

static bool is_listed(const json_t *files, const char *name)
{
  size_t i;
  json_t *file;
  json_array_foreach(files, i, file)
  {
    if (strcmp(json_string_value(file), name) == 0) return true;
  }
  return false;
}

static void list(struct report_output *output, const char *name)
{
  if (!is_listed(output->files, name) &&
      json_array_append_new(output->files, json_string(name)))
    output->error = -ENOMEM;
}

void report_output_put(struct report_output *output, const char *name,
                       const char *bytes, size_t n)
{
  if (!output->folder) output->folder = whole_folder_open(output->directory);
  if (!output->folder) output->error = -ENOMEM;
  if (output->error) return;
  whole_folder_put(output->folder, name, bytes, n);
  list(output, name);
}

static void put(struct report_output *output, const char *stem, const char *end,
                const char *bytes, size_t n)
{
  char name[96];
  snprintf(name, sizeof name, "%s.%s", stem, end);
  report_output_put(output, name, bytes, n);
}

// --- a figure --------------------------------------------------------------

static void list_sources(const struct report_view *view, FILE *out)
{
  const struct report *report = view->report;
  fputs("\nFrom:\n", out);
  for (size_t i = 0; i < report->n_sources; i++) {
    bool used = false;
    for (size_t k = 0; k < report->n_runs; k++)
      used |=
          report->runs[k].source == i && report->runs[k].class == view->class;
    if (used) fprintf(out, "  %s\n", report_source_text(report, i));
  }
}

static void list_series(const struct report_view *view, FILE *out)
{
  if (view->left_out)
    fprintf(out,
            "\nAt %.3f times the minimum heap (wanted: %g): %zu invocations at "
            "other factors\nare not shown.\n",
            view->factor, view->at, view->left_out);
  fprintf(out, "\nConfigurations (%s, %zu invocations):\n",
          report_class_name(view->class), view->n);
  for (size_t i = 0; i < view->n_series; i++) {
    size_t n = 0;
    for (size_t k = 0; k < view->n; k++)
      n += strcmp(view->items[k].key, view->keys[i]) == 0;
    fprintf(out, "  %s: %s, n = %zu\n", view->labels[i], view->keys[i], n);
  }
}

static bool is_alike(const struct report_run *a, const struct report_run *b)
{
  static const enum report_field fields[] = {REPORT_BENCHMARK, REPORT_CONFIG,
                                             REPORT_HFAC, REPORT_MUTATORS};
  if (a->class != b->class || !b->excluded || strcmp(a->excluded, b->excluded))
    return false;
  for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
    if (strcmp(a->field[fields[i]], b->field[fields[i]])) return false;
  return true;
}

// Those that are alike are one line, of the first of them.
static void list_excluded(const struct report_view *view, FILE *out)
{
  size_t n = 0;
  const struct report *report = view->report;
  for (size_t i = 0; i < report->n_runs; i++) {
    const struct report_run *run = &report->runs[i];
    size_t before = 0, more = 0;
    if (run->class != view->class || !run->excluded) continue;
    for (size_t k = 0; k < report->n_runs; k++)
      *(k < i ? &before : &more) += is_alike(run, &report->runs[k]);
    if (before) continue;
    if (n++ == 0) fputs("\nLeft out:\n", out);
    bool heap = strcmp(run->field[REPORT_HFAC], "NA") != 0;
    fprintf(out, "  %s: %s on %s%s%s: %s", run->field[REPORT_INVOCATION_ID],
            run->field[REPORT_BENCHMARK], run->field[REPORT_CONFIG],
            heap ? " at " : "", heap ? run->field[REPORT_HFAC] : "",
            run->excluded);
    if (more > 1) fprintf(out, ", and %zu more like it", more - 1);
    putc('\n', out);
  }
  if (!n) fputs("\nNothing was left out.\n", out);
}

// All texts of a figure, while they are made.
struct sheets {
  char *csv, *caption, *drawing; // drawing: gp or tex
  size_t n_csv, n_caption, n_drawing;
  FILE *files[3];
};

// Times of an emulated machine say nothing of the one it pretends to be.
static int draw_or_refuse(const struct report_figure *figure,
                          const struct report_view *view,
                          struct report_paper *paper)
{
  if (view->class != REPORT_EMULATED || !figure->of_time)
    return figure->draw(view, paper);
  fputs("class\n", paper->csv);
  fprintf(paper->caption,
          "%s: nothing is shown: times of an emulated machine are not "
          "results.\n",
          figure->name);
  return 0;
}

static int make(const struct report_figure *figure,
                const struct report_view *view, struct report_paper *paper,
                struct sheets *sheets)
{
  bool picture = figure->kind == REPORT_PICTURE;
  sheets->files[0] = open_memstream(&sheets->csv, &sheets->n_csv);
  sheets->files[1] = open_memstream(&sheets->caption, &sheets->n_caption);
  sheets->files[2] = open_memstream(&sheets->drawing, &sheets->n_drawing);
  struct report_table table = {.tex = sheets->files[2]};
  paper->csv = sheets->files[0];
  paper->caption = sheets->files[1];
  paper->gp = picture ? sheets->files[2] : NULL;
  paper->table = picture ? NULL : &table;
  int result = sheets->files[0] && sheets->files[1] && sheets->files[2]
                   ? draw_or_refuse(figure, view, paper)
                   : -ENOMEM;
  if (!result) {
    list_series(view, paper->caption);
    list_excluded(view, paper->caption);
    list_sources(view, paper->caption);
  }
  for (int i = 0; i < 3; i++)
    if (sheets->files[i] && fclose(sheets->files[i])) result = -ENOMEM;
  return result;
}

// Takes the texts over.
static int add(struct report_output *output, const struct report_figure *figure,
               enum report_class class, const struct report_paper *paper,
               const struct sheets *sheets)
{
  struct report_artefact *more =
      realloc(output->artefacts, (output->n + 1) * sizeof *more);
  char *stem = strdup(paper->stem);
  if (more) output->artefacts = more;
  if (!more || !stem) {
    free(stem);
    return -ENOMEM;
  }
  more[output->n++] = (struct report_artefact){.figure = figure,
                                               .class = class,
                                               .stem = stem,
                                               .csv = sheets->csv,
                                               .caption = sheets->caption,
                                               .n_csv = sheets->n_csv,
                                               .n_caption = sheets->n_caption,
                                               .drawn = paper->drawn};
  return 0;
}

int report_output_figure(struct report_output *output,
                         const struct report_figure *figure,
                         const struct report_view *view)
{
  char stem[64];
  struct sheets sheets = {0};
  bool plain = view->class == REPORT_MEASURED;
  bool picture = figure->kind == REPORT_PICTURE;
  snprintf(stem, sizeof stem, "%s%s%s", figure->name, plain ? "" : "_",
           plain ? "" : report_class_name(view->class));
  struct report_paper paper = {.stem = stem};
  int result = make(figure, view, &paper, &sheets);
  output->refused |= paper.refused;
  if (!result) result = add(output, figure, view->class, &paper, &sheets);
  if (!result) {
    put(output, stem, "csv", sheets.csv, sheets.n_csv);
    put(output, stem, "txt", sheets.caption, sheets.n_caption);
    if (paper.drawn)
      put(output, stem, picture ? "gp" : "tex", sheets.drawing,
          sheets.n_drawing);
  } else {
    free(sheets.csv);
    free(sheets.caption);
  }
  free(sheets.drawing);
  return result ? result : output->error;
}

// --- the older report ------------------------------------------------------

static char *path_of(const struct report_output *output, const char *name)
{
  char *path;
  return asprintf(&path, "%s/%s", output->directory, name) < 0 ? NULL : path;
}

// The list of the report that was there before; NULL: none that can be read.
static json_t *old_list(const struct report_output *output)
{
  char *path = path_of(output, LIST);
  json_t *json = path ? json_load_file(path, 0, NULL) : NULL;
  json_t *files = json_incref(json_object_get(json, "files"));
  json_decref(json);
  free(path);
  return files;
}

static void remove_old(const struct report_output *output, const json_t *old)
{
  size_t i;
  json_t *file;
  json_array_foreach(old, i, file)
  {
    const char *name = json_string_value(file);
    // A name alone: nothing outside the folder, whatever the list says.
    if (!name || !*name || strchr(name, '/') || is_listed(output->files, name))
      continue;
    char *path = path_of(output, name);
    if (path) (void)unlink(path);
    free(path);
  }
}

// --- all of it -------------------------------------------------------------

static void list_pictures(struct report_output *output)
{
  static const char *const ends[] = {"svg", "pdf"};
  for (size_t i = 0; i < output->n; i++)
    for (int k = 0; k < 2; k++) {
      char name[96];
      const struct report_artefact *one = &output->artefacts[i];
      if (!one->drawn || one->figure->kind != REPORT_PICTURE) continue;
      snprintf(name, sizeof name, "%s.%s", one->stem, ends[k]);
      list(output, name);
    }
}

static json_t *artefact_json(const struct report_artefact *one)
{
  return json_pack("{ss ss ss ss sb}", "name", one->stem, "title",
                   one->figure->title, "kind",
                   one->figure->kind == REPORT_PICTURE ? "figure" : "table",
                   "class", report_class_name(one->class), "drawn", one->drawn);
}

static void put_list(struct report_output *output)
{
  json_t *artefacts = json_array();
  for (size_t i = 0; i < output->n; i++)
    json_array_append_new(artefacts, artefact_json(&output->artefacts[i]));
  list(output, LIST);
  json_t *json =
      json_pack("{so sO}", "artefacts", artefacts, "files", output->files);
  char *text = json ? json_dumps(json, JSON_INDENT(1)) : NULL;
  if (text)
    report_output_put(output, LIST, text, strlen(text));
  else
    output->error = -ENOMEM;
  free(text);
  json_decref(json);
}

static int write_texts(struct report_output *output, char *error,
                       size_t error_size)
{
  char where[1024];
  if (output->folder && output->error)
    whole_folder_fail(output->folder, "", output->error);
  int result = output->folder
                   ? whole_folder_close(output->folder, where, sizeof where)
                   : output->error;
  output->folder = NULL;
  if (!result) return WANE_EXIT_OK;
  snprintf(error, error_size, "%s: cannot be written: %s", where,
           strerror(-result));
  return WANE_EXIT_ENVIRONMENT;
}

// A picture that was not drawn must not be an older one.
static void remove_pictures(const struct report_output *output,
                            const struct report_artefact *one)
{
  char *path = NULL;
  for (int k = 0; k < 2; k++) {
    if (asprintf(&path, "%s/%s.%s", output->directory, one->stem,
                 k ? "pdf" : "svg") < 0)
      continue;
    (void)unlink(path);
    free(path);
  }
}

// The first failure has its sentence, others their names behind it.
static void add_failure(const char *stem, const char *why, char *error,
                        size_t error_size)
{
  static const char also[] = "; failed as well:";
  size_t n = strlen(error);
  if (!n)
    snprintf(error, error_size, "%s", why);
  else
    snprintf(error + n, error_size - n, "%s %s",
             strstr(error, also) ? "," : also, stem);
}

// Without gnuplot no other is tried.
static int draw_pictures(struct report_output *output, char *error,
                         size_t error_size)
{
  char why[4096];
  bool started = true;
  int result = WANE_EXIT_OK;
  *error = '\0';
  for (; output->n_pictures < output->n; output->n_pictures++) {
    const struct report_artefact *one = &output->artefacts[output->n_pictures];
    if (one->figure->kind != REPORT_PICTURE) continue;
    remove_pictures(output, one);
    if (!one->drawn || !started) continue;
    if (!gnuplot_draw(output->directory, one->stem, &started, why, sizeof why))
      continue;
    result = WANE_EXIT_ENVIRONMENT;
    add_failure(one->stem, why, error, error_size);
    remove_pictures(output, one);
  }
  return result;
}

int report_output_write(struct report_output *output, char *error,
                        size_t error_size)
{
  json_t *old = old_list(output);
  list_pictures(output);
  put_list(output);
  int result = write_texts(output, error, error_size);
  if (!result) {
    remove_old(output, old);
    result = draw_pictures(output, error, error_size);
  }
  json_decref(old);
  return result;
}
