// cmd_trace.c: wane trace, and its verbs info, verify, text and cut.
// SPDX-License-Identifier: MIT
//
// A thin command over workloads/trace: it parses arguments, shows progress on
// a terminal, and words the result. A malformed file is one line on stderr,
// FILE:offset:chunk: reason, and exit code 3. Nothing of the runtime is used,
// so a trace can be judged where no collector runs.
#include "cmd_trace.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exit_code.h"
#include "gct_cut.h"
#include "gct_text.h"
#include "trace_import.h"
#include "trace_merge.h"
#include "trace_record.h"
#include "trace_relax.h"
#include "trace_report.h"
#include "trace_stats.h"

static const char usage[] =
    "usage: wane trace info FILE...\n"
    "       wane trace verify FILE...\n"
    "       wane trace text FILE.gct [-o OUT.txt]\n"
    "       wane trace text FILE.txt -o OUT.gct [--level N]\n"
    "       wane trace cut FILE -o OUT [--events N] [--every N] [--level N]\n"
    "                      [--keep-slots] [--keep-order] [--meta "
    "KEY=VALUE]...\n"
    "       wane trace import FILE -o OUT.gct ...     (see --help of it)\n"
    "       wane trace merge FILE.gct... -o OUT.gct [--level N]\n"
    "       wane trace record [-o OUT] -- SCRIPT.py ...     (see --help of "
    "it)\n"
    "       wane trace stats FILE... [-o DIR] [--csv]       (see --help of "
    "it)\n"
    "       wane trace relax FILE [-o OUT] [--level N]\n"
    "\n"
    "info    what is in a trace, and how fast it decodes\n"
    "verify  structure, order, meaning, and every oracle record\n"
    "text    to text, or back from it (then -o is needed)\n"
    "cut     the first N events (0: all), with a checkpoint in every thread "
    "at\n"
    "        each original one, at the end, and every N events if asked\n"
    "import  heap dumps of V8 and Java, traces of other tools\n"
    "merge   several traces as one, side by side\n"
    "record  a Python program's heap\n"
    "stats   what traces are like, in numbers, tables and pictures\n"
    "relax   which waits between threads its meaning needs, and no more\n"
    "\n"
    "--level is zstd's, 0 (none) to 22. cut and merge: 19, text: 0.\n";

#define MAX_META 16

struct arguments {
  const char *verb;
  char **files;
  int n_files;
  const char *output;
  uint64_t events, every;
  int level; // -1: not given
  bool keep_slots, keep_order;
  struct gct_meta meta[MAX_META];
  uint32_t n_meta;
};

static int wrong_usage(const char *what, const char *token)
{
  fprintf(stderr, "wane trace: %s%s%s\n%s", what, *token ? ": " : "", token,
          usage);
  return WANE_EXIT_USAGE;
}

// As report, when what failed is either the input or making the output.
static int report_either(const struct arguments *a, int result,
                         const struct gct_error *error)
{
  bool output = strcmp(error->chunk, "file") == 0;
  return trace_report(output ? a->output : a->files[0], result, error);
}

static bool add_meta(struct arguments *a, char *text)
{
  char *equals = strchr(text, '=');
  if (!equals || equals == text || a->n_meta == MAX_META) return false;
  *equals = 0;
  a->meta[a->n_meta++] = (struct gct_meta){text, equals + 1};
  return true;
}

// An option that takes a value. Returns false when the value is wrong.
static bool set_option(struct arguments *a, const char *option, char *value)
{
  uint64_t level = 0;
  if (strcmp(option, "-o") == 0 || strcmp(option, "--output") == 0)
    return *(a->output = value) != 0;
  if (strcmp(option, "--events") == 0)
    return trace_number(value, UINT64_MAX, &a->events);
  if (strcmp(option, "--every") == 0)
    return trace_number(value, UINT64_MAX, &a->every);
  if (strcmp(option, "--meta") == 0) return add_meta(a, value);
  if (!trace_number(value, 22, &level)) return false;
  a->level = (int)level;
  return true;
}

// Whether this verb has this option with a value.
static bool has_option(const char *verb, const char *option)
{
  bool text = strcmp(verb, "text") == 0, cut = strcmp(verb, "cut") == 0;
  if (strcmp(option, "-o") == 0 || strcmp(option, "--output") == 0 ||
      strcmp(option, "--level") == 0)
    return text || cut;
  return cut &&
         (strcmp(option, "--events") == 0 || strcmp(option, "--every") == 0 ||
          strcmp(option, "--meta") == 0);
}

static int parse_arguments(int argc, char **argv, struct arguments *a)
{
  bool options = true;
  for (int i = 2; i < argc; i++) {
    if (options && strcmp(argv[i], "--") == 0) {
      options = false;
    } else if (!options || argv[i][0] != '-') {
      argv[2 + a->n_files++] = argv[i];
    } else if (strcmp(argv[i], "--keep-slots") == 0 &&
               strcmp(a->verb, "cut") == 0) {
      a->keep_slots = true;
    } else if (strcmp(argv[i], "--keep-order") == 0 &&
               strcmp(a->verb, "cut") == 0) {
      a->keep_order = true;
    } else if (!has_option(a->verb, argv[i])) {
      return wrong_usage("unknown option", argv[i]);
    } else if (i + 1 == argc) {
      return wrong_usage("option without a value", argv[i]);
    } else {
      if (!set_option(a, argv[i], argv[i + 1]))
        return wrong_usage("bad value", argv[i + 1]);
      i++;
    }
  }
  a->files = argv + 2;
  return a->n_files ? WANE_EXIT_OK : wrong_usage("no file", "");
}

// ---- info

// Decodes everything once more, for the clock. Returns events per second.
static double decode_speed(const struct gct_file *file)
{
  const struct gct_info *info = gct_info(file);
  struct gct_error error;
  double start = trace_clock();
  for (uint32_t i = 0; i < info->n_threads; i++) {
    struct gct_stream *stream = gct_stream_open(file, i, &error);
    if (!stream) return 0;
    while (gct_next(stream)) continue;
    gct_stream_close(stream);
  }
  double took = trace_clock() - start;
  return took > 0 ? (double)info->n_events / took : 0;
}

static void print_counts(const struct gct_info *info)
{
  for (unsigned op = 0; op < GCT_OPS; op++)
    if (info->by_op[op])
      printf("  %-10s %12" PRIu64 "  %5.1f %%\n", gct_op_name(op),
             info->by_op[op],
             100.0 * (double)info->by_op[op] / (double)info->n_events);
}

static void print_info(const char *name, const struct gct_info *info)
{
  printf("%s\n", name);
  printf("format       GCT %u.%u\n", info->major, info->minor);
  for (uint32_t i = 0; i < info->n_meta; i++)
    printf("meta         %s=%s\n", info->meta[i].key, info->meta[i].value);
  printf(
      "size         %" PRIu64 " bytes, %.3f per event (%.3f unpacked)\n",
      info->file_bytes,
      info->n_events ? (double)info->file_bytes / (double)info->n_events : 0.0,
      info->n_events ? (double)info->raw_bytes / (double)info->n_events : 0.0);
  printf("chunks       %" PRIu32 "\n", info->n_chunks);
  printf("threads      %" PRIu32 "\n", info->n_threads);
  for (uint32_t i = 0; i < info->n_threads && info->n_threads > 1; i++)
    printf("  T%-3" PRIu32 " %12" PRIu64 " events\n", info->threads[i].id,
           info->threads[i].n_events);
  printf("events       %" PRIu64 "\n", info->n_events);
  print_counts(info);
  printf("births       %" PRIu64 "\n", info->n_births);
  printf("handles      %" PRIu32 "\n", info->max_handles);
  printf("slots        %s\n", info->header_flags & GCT_EXACT_SLOTS
                                  ? "exact"
                                  : "grow by being written to");
  printf("held         %s\n", info->header_flags & GCT_ALWAYS_HELD
                                  ? "after every event"
                                  : "between runs");
  printf("types        %" PRIu32 "\n", info->n_types);
}

static void print_oracle(const char *what, const struct gct_oracle *oracle)
{
  printf("%s  objects %" PRIu64 " (%" PRIu64 " bytes, hash %016" PRIx64
         ") edges %" PRIu64 " (hash %016" PRIx64 ")\n",
         what, oracle->objects, oracle->bytes, oracle->object_hash,
         oracle->edges, oracle->edge_hash);
}

static void print_checkpoints(const struct gct_info *info)
{
  printf("checkpoints  %" PRIu32 "\n", info->n_checkpoints);
  for (uint32_t i = 0; i < info->n_checkpoints; i++) {
    const struct gct_checkpoint *checkpoint = &info->checkpoints[i];
    char what[48];
    snprintf(what, sizeof what, "  %3" PRIu32 " in %s", i,
             checkpoint->threads == info->n_threads ? "all threads"
                                                    : "one thread ");
    if (checkpoint->has_oracle)
      print_oracle(what, &checkpoint->oracle);
    else
      printf("%s  no oracle\n", what);
  }
}

// Runs the whole trace once for what only that can tell.
static int verify_one(const char *name, const struct gct_file *file,
                      struct gct_report *found)
{
  struct trace_progress progress;
  struct gct_error error;
  gct_progress *show = trace_progress_begin(&progress, name);
  int result = gct_verify(file, show, &progress, found, &error);
  trace_progress_end(&progress);
  return result == 0 ? WANE_EXIT_OK : trace_report(name, result, &error);
}

static int info_one(const char *name, const struct gct_file *file)
{
  const struct gct_info *info = gct_info(file);
  struct gct_report found;
  print_info(name, info);
  print_checkpoints(info);
  int code = verify_one(name, file, &found);
  if (code != WANE_EXIT_OK) return code;
  printf("order        %s\n", found.total ? "total" : "partial");
  printf("peak live    %" PRIu64 " objects, %" PRIu64 " bytes\n",
         found.sizes.peak_live, found.sizes.peak_bytes);
  print_oracle("final      ", &found.final);
  printf("decode       %.1f M events/s\n", decode_speed(file) / 1e6);
  return WANE_EXIT_OK;
}

// ---- verify, text, cut

static int verify_and_print(const char *name, const struct gct_file *file)
{
  struct gct_report found;
  int code = verify_one(name, file, &found);
  if (code != WANE_EXIT_OK) return code;
  printf("%s: good: %" PRIu64 " events, %" PRIu64 " births, %" PRIu32
         " of %" PRIu32 " checkpoints compared\n",
         name, gct_info(file)->n_events, found.sizes.births, found.compared,
         gct_info(file)->n_checkpoints);
  return WANE_EXIT_OK;
}

static int for_each_file(const struct arguments *a,
                         int (*work)(const char *, const struct gct_file *))
{
  int worst = WANE_EXIT_OK;
  for (int i = 0; i < a->n_files; i++) {
    struct gct_error error;
    struct gct_file *file;
    int result = gct_open(a->files[i], &file, &error);
    int code = result == 0 ? work(a->files[i], file)
                           : trace_report(a->files[i], result, &error);
    if (result == 0) gct_close(file);
    if (code > worst) worst = code;
  }
  return worst;
}

// Prints to `path`, or to stdout when it is NULL.
static int print_text(const char *name, const struct gct_file *file,
                      const char *path)
{
  struct gct_error error;
  FILE *out = path ? fopen(path, "w") : stdout;
  int result = out ? gct_text_print(file, out, &error) : -errno;
  int failed = out && (path ? fclose(out) : fflush(out)) != 0;
  if (!out || failed) {
    fprintf(stderr, "%s:0:file: %s\n", path ? path : "stdout", strerror(errno));
    return WANE_EXIT_ENVIRONMENT;
  }
  return result == 0 ? WANE_EXIT_OK : trace_report(name, result, &error);
}

static int parse_text(const struct arguments *a, FILE *in)
{
  struct gct_error error;
  if (!a->output) return wrong_usage("a text needs -o OUT.gct", "");
  int level = a->level < 0 ? 0 : a->level;
  int result = gct_text_parse(in, a->output, level, &error);
  return result == 0 ? WANE_EXIT_OK : report_either(a, result, &error);
}

static int text(const struct arguments *a)
{
  char magic[6] = "";
  struct gct_error error;
  struct gct_file *file;
  if (a->n_files != 1) return wrong_usage("one file, please", "");
  FILE *in = fopen(a->files[0], "r");
  if (in && fread(magic, 1, 5, in) == 5 && strcmp(magic, "#!gct") == 0) {
    rewind(in);
    int code = parse_text(a, in);
    fclose(in);
    return code;
  }
  if (in) fclose(in);
  int result = gct_open(a->files[0], &file, &error);
  if (result != 0) return trace_report(a->files[0], result, &error);
  int code = print_text(a->files[0], file, a->output);
  gct_close(file);
  return code;
}

static int cut(const struct arguments *a)
{
  struct gct_cut_options options = {.events = a->events,
                                    .every = a->every,
                                    .level = a->level < 0 ? 19 : a->level,
                                    .keep_slots = a->keep_slots,
                                    .keep_order = a->keep_order,
                                    .meta = a->meta,
                                    .n_meta = a->n_meta};
  struct gct_cut_result made;
  struct gct_error error;
  struct gct_file *file;
  struct trace_progress progress;
  if (a->n_files != 1 || !a->output)
    return wrong_usage("one file and -o OUT, please", "");
  int result = gct_open(a->files[0], &file, &error);
  if (result != 0) return trace_report(a->files[0], result, &error);
  gct_progress *show = trace_progress_begin(&progress, a->files[0]);
  result = gct_cut(file, a->output, &options, show, &progress, &made, &error);
  trace_progress_end(&progress);
  gct_close(file);
  if (result != 0) return report_either(a, result, &error);
  printf("%s: %" PRIu64 " events, %" PRIu32 " checkpoints, %" PRIu64
         " roots moved, %" PRIu64 " guarded, %" PRIu64 " beyond help\n",
         a->output, made.events, made.checkpoints, made.moved, made.guards,
         made.beyond_help);
  print_oracle("final", &made.final);
  return WANE_EXIT_OK;
}

// The four verbs of this file.
static int basic(int argc, char **argv)
{
  struct arguments a = {.verb = argv[1], .level = -1};
  int code = parse_arguments(argc, argv, &a);
  if (code != WANE_EXIT_OK) return code;
  if (strcmp(a.verb, "info") == 0) return for_each_file(&a, info_one);
  if (strcmp(a.verb, "verify") == 0) return for_each_file(&a, verify_and_print);
  return strcmp(a.verb, "text") == 0 ? text(&a) : cut(&a);
}

// Each gets the whole command line, argv[1] being the verb.
static const struct {
  const char *name;
  int (*run)(int argc, char **argv);
} verbs[] = {
    {"info", basic},
    {"verify", basic},
    {"text", basic},
    {"cut", basic},
    {"import", wane_trace_import},
    {"merge", wane_trace_merge},
    {"record", wane_trace_record},
    {"stats", wane_trace_stats},
    {"relax", wane_trace_relax},
};

int wane_cmd_trace(int argc, char **argv)
{
  if (argc >= 2 && strcmp(argv[1], "--help") == 0) {
    fputs(usage, stdout);
    return WANE_EXIT_OK;
  }
  if (argc < 2) return wrong_usage("what to do?", "");
  for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
    if (strcmp(argv[1], verbs[i].name) == 0) return verbs[i].run(argc, argv);
  return wrong_usage("unknown command", argv[1]);
}
