// trace_merge.c: wane trace merge: the programs of several traces as one.
// SPDX-License-Identifier: MIT
#include "trace_merge.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exit_code.h"
#include "gct_merge.h"
#include "trace_report.h"

static const char usage[] =
    "usage: wane trace merge FILE.gct... -o OUT.gct [--level N]\n"
    "\n"
    "One trace in which the recorded programs run side by side, each on "
    "threads and\n"
    "objects of its own; the same file may be named several times. "
    "Checkpoint k is\n"
    "where each has reached its own k-th checkpoint, or its end. --level is "
    "zstd's,\n"
    "0 (no compression) to 22 [19].\n";

struct arguments {
  char **files;
  uint32_t n_files;
  const char *output;
  int level;
};

static int wrong_usage(const char *what, const char *token)
{
  fprintf(stderr, "wane trace merge: %s%s%s\n%s", what, *token ? ": " : "",
          token, usage);
  return WANE_EXIT_USAGE;
}

static bool set_level(struct arguments *a, const char *text)
{
  uint64_t level;
  bool good = trace_number(text, 22, &level);
  a->level = (int)level;
  return good;
}

static int parse_arguments(int argc, char **argv, struct arguments *a)
{
  bool options = true;
  a->files = argv + 2;
  for (int i = 2; i < argc; i++) {
    bool output =
        strcmp(argv[i], "-o") == 0 || strcmp(argv[i], "--output") == 0;
    bool level = strcmp(argv[i], "--level") == 0;
    if (options && strcmp(argv[i], "--") == 0) {
      options = false;
    } else if (!options || argv[i][0] != '-') {
      a->files[a->n_files++] = argv[i];
    } else if (!output && !level) {
      return wrong_usage("unknown option", argv[i]);
    } else if (++i == argc) {
      return wrong_usage("option without a value", argv[i - 1]);
    } else if (output) {
      a->output = argv[i];
    } else if (!set_level(a, argv[i])) {
      return wrong_usage("bad value", argv[i]);
    }
  }
  if (!a->n_files) return wrong_usage("no file", "");
  if (!a->output || !*a->output) return wrong_usage("-o OUT, please", "");
  return WANE_EXIT_OK;
}

static int merge(const struct arguments *a, const struct gct_file **inputs)
{
  struct gct_merge_result made;
  struct gct_error error;
  struct trace_progress progress;
  gct_progress *show = trace_progress_begin(&progress, a->output);
  int result = gct_merge(inputs, a->n_files, a->output, a->level, show,
                         &progress, &made, &error);
  trace_progress_end(&progress);
  if (result != 0) {
    // What failed is either an input or making the output.
    bool output = made.failed == a->n_files || !strcmp(error.chunk, "file");
    return trace_report(output ? a->output : a->files[made.failed], result,
                        &error);
  }
  printf("%s: %" PRIu64 " events, %" PRIu32 " threads, %" PRIu32
         " checkpoints\n",
         a->output, made.events, made.threads, made.checkpoints);
  printf("final  objects %" PRIu64 " (%" PRIu64 " bytes, hash %016" PRIx64
         ") edges %" PRIu64 " (hash %016" PRIx64 ")\n",
         made.final.objects, made.final.bytes, made.final.object_hash,
         made.final.edges, made.final.edge_hash);
  return WANE_EXIT_OK;
}

int wane_trace_merge(int argc, char **argv)
{
  struct arguments a = {.level = 19};
  int code = WANE_EXIT_OK;
  if (argc > 2 && strcmp(argv[2], "--help") == 0) {
    fputs(usage, stdout);
    return WANE_EXIT_OK;
  }
  code = parse_arguments(argc, argv, &a);
  if (code != WANE_EXIT_OK) return code;
  struct gct_file **files = calloc(a.n_files, sizeof(struct gct_file *));
  if (!files) abort();
  for (uint32_t i = 0; i < a.n_files && code == WANE_EXIT_OK; i++) {
    struct gct_error error;
    int result = gct_open(a.files[i], &files[i], &error);
    if (result != 0) code = trace_report(a.files[i], result, &error);
  }
  if (code == WANE_EXIT_OK) code = merge(&a, (const struct gct_file **)files);
  for (uint32_t i = 0; i < a.n_files; i++) gct_close(files[i]);
  free(files);
  return code;
}
