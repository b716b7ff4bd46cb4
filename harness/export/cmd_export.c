// cmd_export.c: `wane export`: results in the forms of other tools.
// SPDX-License-Identifier: MIT
//
// A file gets its name when all of it is there, so what has the name is whole,
// and an older file of that name stays until then. Main thread.
#include "cmd_export.h"

#include "exit_code.h"
#include "export_format.h"
#include "whole_folder.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct export_format *const formats[] = {
    &export_json,
    &export_pandas,
    &export_perfetto,
    &export_plotty,
    &export_r,
    &export_split,
    &export_sqlite,
    &export_wide,
};
enum { FORMATS = sizeof formats / sizeof formats[0] };

struct options {
  struct export_job job;
  const struct export_format *format;
  const char *output;
};

__attribute__((format(printf, 2, 3))) static int
complain(int code, const char *format, ...)
{
  va_list arguments;
  fputs("wane export: ", stderr);
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  putc('\n', stderr);
  return code;
}

// --- command line ----------------------------------------------------------

static const char *what_it_writes(const struct export_format *format)
{
  static const char *const names[] = {[EXPORT_TEXT] = "text",
                                      [EXPORT_FILE] = "a file",
                                      [EXPORT_FOLDER] = "a folder"};
  return names[format->output];
}

static void help(void)
{
  puts("usage: wane export DIR FORMAT [-o OUT] [--events] [--invocation ID]\n\n"
       "Writes what `wane run -o DIR` or `wane sweep -o DIR` has measured in a "
       "form that\nother tools read. Text goes to standard output without -o; "
       "the other formats need\nit.\n\n"
       "  -o, --output OUT  the file or folder\n"
       "  --events          also every event, request, sample and lifetime\n"
       "  --invocation ID   of this invocation alone\n\nFormats:\n");
  for (int i = 0; i < FORMATS; i++)
    printf("  %-9s %s: %s\n", formats[i]->name, what_it_writes(formats[i]),
           formats[i]->help);
}

static const struct export_format *find_format(const char *name)
{
  for (int i = 0; i < FORMATS; i++)
    if (strcmp(formats[i]->name, name) == 0) return formats[i];
  return NULL;
}

// An option that would do nothing is a mistake of the one who typed it.
static int check_options(const struct options *options)
{
  const struct export_format *format = options->format;
  if (options->job.events && !format->takes_events)
    return complain(WANE_EXIT_USAGE, "%s takes no --events", format->name);
  if (options->job.invocation && !format->takes_invocation)
    return complain(WANE_EXIT_USAGE, "%s takes no --invocation", format->name);
  if (!options->output && format->output != EXPORT_TEXT)
    return complain(WANE_EXIT_USAGE, "expected -o OUT: %s is %s", format->name,
                    what_it_writes(format));
  return 0;
}

// 0; or an exit code + 1, since help ends with 0, too.
static int parse(int argc, char **argv, struct options *options)
{
  static const struct option longs[] = {
      {"output", required_argument, NULL, 'o'},
      {"events", no_argument, NULL, 'e'},
      {"invocation", required_argument, NULL, 'i'},
      {"help", no_argument, NULL, 'h'},
      {0}};
  opterr = 0;
  for (int key; (key = getopt_long(argc, argv, "o:", longs, NULL)) != -1;) {
    if (key == 'h') {
      help();
      return WANE_EXIT_OK + 1;
    }
    if (key == 'o')
      options->output = optarg;
    else if (key == 'e')
      options->job.events = true;
    else if (key == 'i')
      options->job.invocation = optarg;
    else
      return 1 + complain(WANE_EXIT_USAGE,
                          "%s: no such option, or its value is missing; see "
                          "wane export --help",
                          argv[optind - 1]);
  }
  if (argc - optind != 2)
    return 1 + complain(WANE_EXIT_USAGE,
                        "expected a folder of results and a format; see wane "
                        "export --help");
  options->job.directory = argv[optind];
  options->format = find_format(argv[optind + 1]);
  if (!options->format)
    return 1 + complain(WANE_EXIT_USAGE,
                        "there is no format \"%s\"; see wane export --help",
                        argv[optind + 1]);
  int code = check_options(options);
  return code ? code + 1 : 0;
}

// --- the three kinds of output ---------------------------------------------

static int cannot_write(const char *path, int error)
{
  return complain(WANE_EXIT_ENVIRONMENT, "%s: cannot be written: %s", path,
                  strerror(error));
}

static int write_job(struct options *options)
{
  char error[1024];
  int code = options->format->write(&options->job, error, sizeof error);
  return code ? complain(code, "%s", error) : WANE_EXIT_OK;
}

// Ends job.out; `path` is for the sentence.
static int close_text(struct options *options, const char *path, int code)
{
  FILE *out = options->job.out;
  bool bad = ferror(out);
  errno = 0;
  if (out == stdout ? fflush(out) : fclose(out)) bad = true;
  return bad && !code ? cannot_write(path, errno ? errno : EIO) : code;
}

static int to_stdout(struct options *options)
{
  options->job.out = stdout;
  return close_text(options, "standard output", write_job(options));
}

static int to_file(struct options *options)
{
  char *part;
  int code;
  if (asprintf(&part, "%s.part", options->output) < 0)
    return complain(WANE_EXIT_ENVIRONMENT, "no memory");
  if (unlink(part) && errno != ENOENT) {
    code = cannot_write(part, errno);
  } else if (options->format->output == EXPORT_FILE) {
    options->job.path = part;
    code = write_job(options);
  } else if (!(options->job.out = fopen(part, "wxe"))) {
    code = cannot_write(part, errno);
  } else {
    code = close_text(options, part, write_job(options));
  }
  if (!code && rename(part, options->output))
    code = cannot_write(options->output, errno);
  if (code) (void)unlink(part);
  free(part);
  return code;
}

static int to_folder(struct options *options)
{
  char where[1024];
  options->job.folder = whole_folder_open(options->output);
  if (!options->job.folder) return complain(WANE_EXIT_ENVIRONMENT, "no memory");
  int code = write_job(options);
  if (code) whole_folder_fail(options->job.folder, "", -EIO); // keep none
  int result = whole_folder_close(options->job.folder, where, sizeof where);
  return result && !code ? cannot_write(where, -result) : code;
}

int wane_cmd_export(int argc, char **argv)
{
  struct options options = {0};
  int code = parse(argc, argv, &options);
  if (code) return code - 1;
  if (options.format->output == EXPORT_FOLDER) return to_folder(&options);
  return options.output ? to_file(&options) : to_stdout(&options);
}
