// gct_import.c: opens an input, guesses its format, runs the importer.
// SPDX-License-Identifier: MIT
#include "gct_import_job.h"
#include "gct_format.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/mman.h>

static const char *const format_names[GCT_IMPORT_FORMATS] = {
    "guess", "heapsnapshot", "hprof", "elephant-tracks", "garcosim"};
static const char *const order_names[GCT_IMPORT_ORDERS] = {
    "depth-first", "breadth-first", "children-first"};

const char *gct_import_format_name(unsigned format)
{
  return format < GCT_IMPORT_FORMATS ? format_names[format] : NULL;
}

const char *gct_import_order_name(unsigned order)
{
  return order < GCT_IMPORT_ORDERS ? order_names[order] : NULL;
}

// ---- what the job offers

bool gct__job_fail(struct gct__job *job, uint64_t offset, const char *format,
                   ...)
{
  va_list arguments;
  char reason[sizeof job->error->reason];
  if (job->code != 0) return false;
  va_start(arguments, format);
  vsnprintf(reason, sizeof reason, format, arguments);
  va_end(arguments);
  job->code = gct__bad(job->error, offset, job->format, "%s", reason);
  return false;
}

bool gct__job_no_memory(struct gct__job *job)
{
  if (job->code == 0) job->code = gct__system(job->error, ENOMEM);
  return false;
}

void *gct__job_array(struct gct__job *job, uint64_t n, size_t size)
{
  void *array = n < SIZE_MAX / 64 ? calloc((size_t)n + 1, size) : NULL;
  if (!array) gct__job_no_memory(job);
  return array;
}

bool gct__job_grow(struct gct__job *job, void *array, uint64_t n, size_t size)
{
  void *old, *larger;
  if (n & (n - 1)) return true; // sizes are powers of 2
  memcpy(&old, array, sizeof old);
  larger = reallocarray(old, n ? 2 * (size_t)n : 1, size);
  if (!larger) return gct__job_no_memory(job);
  memcpy(array, &larger, sizeof larger);
  return true;
}

uint64_t *gct__job_count(struct gct__job *job, const char *key,
                         const char *what)
{
  struct gct_import_result *result = job->result;
  struct gct_import_count *count = &result->counts[result->n_counts++];
  *count = (struct gct_import_count){.key = key, .what = what};
  return &count->n;
}

#define TICK 65536 // calls between two reports

void gct__job_progress(struct gct__job *job, bool reading, uint64_t done,
                       uint64_t all)
{
  if (++job->ticks % TICK || !job->options->progress) return;
  job->options->progress(job->options->context, reading ? done : all + done,
                         2 * all);
}

#define RELEASE (UINT64_C(16) << 20) // bytes at once; a multiple of pages

void gct__job_release(struct gct__job *job, uint64_t offset)
{
  if (offset < job->released) job->released = 0; // another pass
  if (!job->mapped || offset - job->released < RELEASE) return;
  uint64_t n = (offset - job->released) / RELEASE * RELEASE;
  madvise((void *)(uintptr_t)(job->bytes + job->released), n, MADV_DONTNEED);
  job->released += n;
}

bool gct__job_open(struct gct__job *job, const char *output)
{
  const struct gct_writer_options options = {.level = job->options->level,
                                             .header_flags = GCT_EXACT_SLOTS |
                                                             GCT_ALWAYS_HELD};
  if (job->code == 0)
    job->code = gct_writer_open(output, &options, &job->writer, job->error);
  job->result->output_failed = job->code != 0;
  return job->code == 0;
}

void gct__job_event(struct gct__job *job, uint32_t thread,
                    const struct gct_event *event)
{
  gct_writer_event(job->writer, thread, event, NULL);
  job->result->births += event->op == GCT_ALLOC;
  job->result->events += event->op != GCT_WAIT;
}

void gct__job_checkpoint(struct gct__job *job, const uint32_t *threads,
                         uint32_t n_threads, const struct gct_oracle *oracle)
{
  for (uint32_t i = 0; i < n_threads; i++)
    gct__job_event(job, threads[i],
                   &(struct gct_event){.op = GCT_CHECKPOINT,
                                       .number = (uint32_t)oracle->number});
  gct_writer_checkpoint(job->writer, oracle);
  job->result->final = *oracle;
}

// ---- which format

// The first line of a text that is neither blank nor a comment of `marks`.
static size_t first_line(const struct gct__job *job, const char *marks)
{
  size_t i = 0;
  while (i < job->n) {
    if (job->bytes[i] == '\n' || job->bytes[i] == '\r') {
      i++;
    } else if (strchr(marks, job->bytes[i]) && job->bytes[i]) {
      while (i < job->n && job->bytes[i] != '\n') i++;
    } else {
      break;
    }
  }
  return i;
}

// One of `letters`, a blank, and one of `then`.
static bool looks_like(const struct gct__job *job, const char *marks,
                       const char *letters, const char *then)
{
  size_t i = first_line(job, marks);
  return job->n - i > 2 && job->bytes[i] && job->bytes[i + 2] &&
         strchr(letters, job->bytes[i]) && job->bytes[i + 1] == ' ' &&
         strchr(then, job->bytes[i + 2]);
}

static enum gct_import_format guess(const struct gct__job *job)
{
  static const char magic[] = "JAVA PROFILE ";
  size_t i = 0;
  while (i < job->n && strchr(" \t\r\n", job->bytes[i]) && job->bytes[i]) i++;
  if (i < job->n && job->bytes[i] == '{') return GCT_IMPORT_HEAPSNAPSHOT;
  if (job->n >= sizeof magic &&
      memcmp(job->bytes, magic, sizeof magic - 1) == 0)
    return GCT_IMPORT_HPROF;
  if (looks_like(job, "%", "a+-wcrsx", "TOPC")) return GCT_IMPORT_GARCOSIM;
  if (looks_like(job, "#", "ANPVIDUMEXTHCR", "0123456789abcdef"))
    return GCT_IMPORT_ELEPHANT_TRACKS;
  return GCT_IMPORT_GUESS;
}

static void run(struct gct__job *job, const char *output)
{
  static bool (*const importers[GCT_IMPORT_FORMATS])(struct gct__job *,
                                                     const char *) = {
      NULL, gct__import_heapsnapshot, gct__import_hprof,
      gct__import_elephant_tracks, gct__import_garcosim};
  enum gct_import_format format = job->options->format;
  job->format = "import";
  if (format == GCT_IMPORT_GUESS) format = guess(job);
  job->result->format = format;
  if (format == GCT_IMPORT_GUESS) {
    gct__job_fail(job, 0,
                  "not of a known format (heapsnapshot, hprof, "
                  "elephant-tracks, garcosim)");
    return;
  }
  job->format = format_names[format];
  importers[format](job, output);
}

// ---- from open to close

static void describe(struct gct__job *job)
{
  const struct gct_import_result *result = job->result;
  bool dump = result->format == GCT_IMPORT_HEAPSNAPSHOT ||
              result->format == GCT_IMPORT_HPROF;
  char text[32];
  gct_writer_meta(job->writer, "made_by", "wane trace import");
  gct_writer_meta(job->writer, "source_format", job->format);
  if (dump)
    gct_writer_meta(job->writer, "order", order_names[job->options->order]);
  for (uint32_t i = 0; i < result->n_counts; i++) {
    snprintf(text, sizeof text, "%" PRIu64, result->counts[i].n);
    gct_writer_meta(job->writer, result->counts[i].key, text);
  }
}

static void finish(struct gct__job *job)
{
  if (job->writer && job->code == 0) {
    *gct__job_count(job, "import.types_folded",
                    "objects or classes beyond the bound of types") =
        job->types.others;
    describe(job);
    job->code = gct_writer_close(job->writer, job->error);
    job->result->output_failed = job->code != 0;
  } else {
    gct_writer_abandon(job->writer);
  }
  for (uint32_t i = 0; i < job->types.n; i++)
    free((void *)(uintptr_t)job->types.types[i].name);
  free(job->types.types);
  free(job->types.index);
  gct__ids_free(&job->types.by_name);
}

static int import(struct gct__job *job, const char *output)
{
  *job->result = (struct gct_import_result){0};
  run(job, output);
  finish(job);
  return job->code;
}

int gct_import_memory(const void *bytes, size_t n, const char *output,
                      const struct gct_import_options *options,
                      struct gct_import_result *result, struct gct_error *error)
{
  struct gct__job job = {.bytes = bytes,
                         .n = n,
                         .options = options,
                         .result = result,
                         .error = error};
  return import(&job, output);
}

int gct_import(const char *path, const char *output,
               const struct gct_import_options *options,
               struct gct_import_result *result, struct gct_error *error)
{
  void *bytes;
  size_t n;
  *result = (struct gct_import_result){0};
  int code = gct__map(path, &bytes, &n, error);
  if (code != 0) return code;
  struct gct__job job = {.bytes = bytes,
                         .n = n,
                         .mapped = n > 0,
                         .options = options,
                         .result = result,
                         .error = error};
  code = import(&job, output);
  if (n > 0) munmap(bytes, n);
  return code;
}
