// perfetto.c: the event log as a timeline that Perfetto and Chrome show.
// SPDX-License-Identifier: MIT
//
// The format is Chrome's "Trace Event Format". Slices of a track must nest or
// follow each other; two of a thread that overlap otherwise get a track each. A
// first pass finds the earliest time, which becomes 0, for viewers do not like
// times before it; the beginning of the run is a marker. Main thread.
#include "perfetto.h"

#include "companion_read.h"
#include "exit_code.h"
#include "export_format.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// Rows of an iteration, with texts of their own.
struct group {
  char *invocation;
  uint64_t iteration;
  struct companion_event *events;
  size_t n, room;
};

struct strings { // each text once
  char **text;
  size_t n;
};

struct export {
  const char *directory, *invocation; // NULL: all
  FILE *out;
  int64_t origin_ns;
  bool some;  // there are events
  bool first; // no event was written yet
  uint64_t pid, tid;
  struct group group;
  struct strings strings;
  struct seen { // which process an iteration became
    char *invocation;
    uint64_t iteration, pid;
  } *seen;
  size_t n_seen;
  char *error;
  size_t error_size;
};

static int no_memory(struct export *export)
{
  snprintf(export->error, export->error_size, "no memory for the events");
  return WANE_EXIT_ENVIRONMENT;
}

// Room for one more in an array that doubles at powers of two.
static void *grow(void *array, size_t n, size_t bytes)
{
  if (n & (n - 1)) return array;
  return realloc(array, (n ? 2 * n : 1) * bytes);
}

// The same text for as long as the export lives; NULL for NULL. *bad: no
// memory.
static const char *keep(struct strings *strings, const char *text, bool *bad)
{
  if (!text) return NULL;
  for (size_t i = 0; i < strings->n; i++)
    if (strcmp(strings->text[i], text) == 0) return strings->text[i];
  char **more = grow(strings->text, strings->n, sizeof *more);
  char *copy = strdup(text);
  if (more) strings->text = more;
  if (more && copy) return strings->text[strings->n++] = copy;
  free(copy);
  *bad = true;
  return "";
}

// --- json ------------------------------------------------------------------

// A thread may be called anything; what is not UTF-8 gets question marks.
static bool is_utf8(const char *text)
{
  json_t *string = json_string(text);
  json_decref(string);
  return string;
}

static void put_text(FILE *out, const char *text)
{
  bool unsure = false, good;
  for (const char *at = text; *at; at++) unsure |= *at & 0x80;
  good = !unsure || is_utf8(text);
  putc('"', out);
  for (; *text; text++) {
    unsigned char c = (unsigned char)*text;
    if (c == '"' || c == '\\')
      fprintf(out, "\\%c", c);
    else if (c >= 0x80 && !good)
      putc('?', out);
    else if (c < 0x20)
      fprintf(out, "\\u%04x", c);
    else
      putc(c, out);
  }
  putc('"', out);
}

static void put_us(FILE *out, uint64_t ns)
{
  fprintf(out, "%" PRIu64 ".%03" PRIu64, ns / 1000, ns % 1000);
}

// Up to where the particular of each kind begins.
static void begin(struct export *export, char phase, const char *name,
                  uint64_t tid)
{
  fputs(export->first ? "\n" : ",\n", export->out);
  export->first = false;
  fprintf(export->out, "{\"ph\":\"%c\",\"pid\":%" PRIu64 ",\"tid\":%" PRIu64
                       ",\"name\":",
          phase, export->pid, tid);
  put_text(export->out, name);
}

static void put_ts(struct export *export, int64_t ns)
{
  fputs(",\"ts\":", export->out);
  put_us(export->out, (uint64_t)(ns - export->origin_ns));
}

static void put_name(struct export *export, const char *what, uint64_t tid,
                     const char *name)
{
  begin(export, 'M', what, tid);
  fputs(",\"args\":{\"name\":", export->out);
  put_text(export->out, name);
  fputs("}}", export->out);
}

static void put_order(struct export *export, const char *what, uint64_t tid,
                      uint64_t order)
{
  begin(export, 'M', what, tid);
  fprintf(export->out, ",\"args\":{\"sort_index\":%" PRIu64 "}}", order);
}

static void put_counter(struct export *export, const char *name, int64_t ns,
                        uint64_t bytes)
{
  if (bytes == COMPANION_NO_COUNT) return;
  begin(export, 'C', name, 0);
  put_ts(export, ns);
  fprintf(export->out, ",\"args\":{\"bytes\":%" PRIu64 "}}", bytes);
}

// --- one event -------------------------------------------------------------

static void put_count(FILE *out, const char *name, uint64_t count, bool *first)
{
  if (count == COMPANION_NO_COUNT) return;
  fprintf(out, "%s\"%s\":%" PRIu64, *first ? "" : ",", name, count);
  *first = false;
}

static void put_word(FILE *out, const char *name, const char *word, bool *first)
{
  if (!word) return;
  fprintf(out, "%s\"%s\":", *first ? "" : ",", name);
  put_text(out, word);
  *first = false;
}

static void put_args(FILE *out, const struct companion_event *e)
{
  bool first = true;
  fputs(",\"args\":{", out);
  put_count(out, "seq", e->seq, &first);
  put_count(out, "gc_id", e->gc_id, &first);
  put_word(out, "cause", e->cause, &first);
  put_word(out, "role", e->role, &first);
  put_count(out, "cpu", e->cpu, &first);
  put_count(out, "node", e->node, &first);
  put_count(out, "stw", e->stw, &first);
  if (e->t_request_ns != COMPANION_NO_TIME && e->t_request_ns <= e->t_begin_ns)
    put_count(out, "requested_ns_before",
              (uint64_t)(e->t_begin_ns - e->t_request_ns), &first);
  put_count(out, "cpu_ns", e->cpu_ns, &first);
  put_count(out, "used_before_bytes", e->used_before_bytes, &first);
  put_count(out, "used_after_bytes", e->used_after_bytes, &first);
  put_count(out, "freed_objects", e->freed_objects, &first);
  put_count(out, "freed_bytes", e->freed_bytes, &first);
  put_count(out, "objects", e->objects, &first);
  put_count(out, "edges", e->edges, &first);
  put_count(out, "items", e->items, &first);
  fputs("}}", out);
}

static bool is(const struct companion_event *e, const char *event)
{
  return strcmp(e->event, event) == 0;
}

// Instants: what has no length by its nature.
static bool is_instant(const struct companion_event *e)
{
  return is(e, "marker") || is(e, "drop") || is(e, "trigger");
}

static const char *name_of(const struct companion_event *e)
{
  if (is(e, "cycle")) return e->stw == 1 ? "round, world stopped" : "round";
  if (is(e, "pause")) return e->stw == 1 ? "pause, world stopped" : "pause";
  if ((is(e, "phase") || is(e, "marker")) && e->kind) return e->kind;
  return e->event;
}

static void put_instant(struct export *export, const struct companion_event *e,
                        uint64_t tid)
{
  begin(export, 'i', name_of(e), tid);
  put_ts(export, e->t_begin_ns);
  fprintf(export->out, ",\"s\":\"%c\",\"cat\":", is(e, "trigger") ? 't' : 'p');
  put_text(export->out, e->event);
  put_args(export->out, e);
}

static void put_slice(struct export *export, const struct companion_event *e,
                      uint64_t tid)
{
  begin(export, 'X', name_of(e), tid);
  put_ts(export, e->t_begin_ns);
  fputs(",\"dur\":", export->out);
  put_us(export->out, (uint64_t)(e->t_end_ns - e->t_begin_ns));
  fputs(",\"cat\":", export->out);
  put_text(export->out, e->event);
  put_args(export->out, e);
  if (!is(e, "cycle")) return;
  put_counter(export, "heap used", e->t_begin_ns, e->used_before_bytes);
  put_counter(export, "heap used", e->t_end_ns, e->used_after_bytes);
}

// --- tracks ----------------------------------------------------------------

#define LANES 32
#define DEEP 64

// Tracks of one thread. Ends of the slices that are open in each.
struct lanes {
  uint64_t tid[LANES]; // 0: none yet
  int64_t open[LANES][DEEP];
  int depth[LANES];
};

// Whether the slice follows what is in the lane, or is inside its last one.
static bool fits(struct lanes *lanes, int i, const struct companion_event *e)
{
  int *depth = &lanes->depth[i];
  const int64_t *open = lanes->open[i];
  while (*depth && open[*depth - 1] <= e->t_begin_ns) --*depth;
  return *depth < DEEP && (!*depth || open[*depth - 1] >= e->t_end_ns);
}

// Where a thread's tracks stand: the collector's above the mutators.
static uint64_t order_of(const struct companion_event *e)
{
  if (!e->role) return 0;
  if (strcmp(e->role, "coordinator") == 0) return 1;
  return strcmp(e->role, "mutator") ? 2 : 3;
}

static uint64_t track_of(struct export *export, struct lanes *lanes, int i,
                         const struct companion_event *e)
{
  char name[256];
  bool role = e->role && strcmp(e->role, e->thread);
  if (lanes->tid[i]) return lanes->tid[i];
  int n = snprintf(name, sizeof name, "%.160s%s%.40s%s", e->thread,
                   role ? " (" : "", role ? e->role : "", role ? ")" : "");
  if (i && n > 0 && (size_t)n < sizeof name)
    snprintf(name + n, sizeof name - (size_t)n, " overlapping %d", i);
  uint64_t tid = lanes->tid[i] = ++export->tid;
  put_name(export, "thread_name", tid, name);
  put_order(export, "thread_sort_index", tid, order_of(e) * 1000000 + tid);
  return tid;
}

// What finds no lane, in a log that no harness writes, is an instant.
static void put_event(struct export *export, struct lanes *lanes,
                      const struct companion_event *e)
{
  int i = 0;
  if (!is_instant(e))
    while (i < LANES && !fits(lanes, i, e)) i++;
  if (is_instant(e) || i == LANES) {
    put_instant(export, e, track_of(export, lanes, 0, e));
    return;
  }
  uint64_t tid = track_of(export, lanes, i, e);
  lanes->open[i][lanes->depth[i]++] = e->t_end_ns;
  put_slice(export, e, tid);
}

// By thread, then so that what is within another comes behind it.
static int by_nesting(const void *x, const void *y)
{
  const struct companion_event *a = x, *b = y;
  if (a->thread != b->thread) return strcmp(a->thread, b->thread);
  if (a->t_begin_ns != b->t_begin_ns)
    return a->t_begin_ns < b->t_begin_ns ? -1 : 1;
  if (a->t_end_ns != b->t_end_ns) return a->t_end_ns > b->t_end_ns ? -1 : 1;
  return (a->seq > b->seq) - (a->seq < b->seq);
}

// --- an iteration ----------------------------------------------------------

// A process for it, called so. 0 or an exit code.
static int begin_process(struct export *export, const char *invocation,
                         uint64_t iteration)
{
  char name[512];
  struct seen *more = grow(export->seen, export->n_seen, sizeof *more);
  if (more) export->seen = more;
  char *copy = strdup(invocation);
  if (!more || !copy) {
    free(copy);
    return no_memory(export);
  }
  export->pid = export->n_seen + 1;
  more[export->n_seen++] =
      (struct seen){copy, iteration, export->pid};
  snprintf(name, sizeof name, "%s iteration %" PRIu64, invocation, iteration);
  put_name(export, "process_name", 0, name);
  put_order(export, "process_sort_index", 0, export->pid);
  return 0;
}

static int put_group(struct export *export)
{
  struct group *group = &export->group;
  struct lanes *lanes = malloc(sizeof *lanes);
  int result = lanes ? 0 : no_memory(export);
  if (group->n == 0) {
    free(lanes);
    return 0;
  }
  qsort(group->events, group->n, sizeof *group->events, by_nesting);
  if (!result)
    result = begin_process(export, group->invocation, group->iteration);
  for (size_t i = 0; !result && i < group->n; i++) {
    if (!i || group->events[i].thread != group->events[i - 1].thread)
      *lanes = (struct lanes){0};
    put_event(export, lanes, &group->events[i]);
  }
  free(lanes);
  group->n = 0;
  return result;
}

static int add_event(struct export *export, const struct companion_event *e)
{
  struct group *group = &export->group;
  bool bad = false;
  int result = 0;
  if (group->n && (group->iteration != e->iteration ||
                   strcmp(group->invocation, e->invocation)))
    result = put_group(export);
  if (result) return result;
  if (!group->n) {
    free(group->invocation);
    group->invocation = strdup(e->invocation);
    group->iteration = e->iteration;
  }
  if (group->n == group->room) {
    size_t room = group->room ? 2 * group->room : 1024;
    struct companion_event *more = realloc(group->events, room * sizeof *more);
    if (!more) return no_memory(export);
    group->events = more;
    group->room = room;
  }
  struct companion_event *copy = &group->events[group->n++];
  *copy = *e;
  copy->invocation = group->invocation;
  copy->event = keep(&export->strings, e->event, &bad);
  copy->kind = keep(&export->strings, e->kind, &bad);
  copy->cause = keep(&export->strings, e->cause, &bad);
  copy->thread = keep(&export->strings, e->thread, &bad);
  copy->role = keep(&export->strings, e->role, &bad);
  return bad || !group->invocation ? no_memory(export) : 0;
}

// --- samples and requests --------------------------------------------------

// Continues with the process that an iteration became. False: there is none.
static bool find_process(struct export *export, const char *invocation,
                         uint64_t iteration)
{
  for (size_t i = export->n_seen; i-- > 0;) {
    const struct seen *seen = &export->seen[i];
    if (seen->iteration != iteration || strcmp(seen->invocation, invocation))
      continue;
    export->pid = seen->pid;
    return true;
  }
  return false;
}

static int add_sample(struct export *export, const struct companion_sample *s)
{
  if (strcmp(s->node, "all") ||
      !find_process(export, s->invocation, s->iteration))
    return 0;
  put_counter(export, "sampled: used", s->t_ns, s->used_bytes);
  put_counter(export, "sampled: reserved", s->t_ns, s->reserved_bytes);
  put_counter(export, "sampled: metadata", s->t_ns, s->meta_bytes);
  put_counter(export, "sampled: resident", s->t_ns, s->rss_bytes);
  put_counter(export, "sampled: live by the oracle", s->t_ns, s->live_bytes);
  return 0;
}

// Asynchronous events, for only those need not nest.
static int add_request(struct export *export, const struct companion_request *r)
{
  char name[128];
  if (!find_process(export, r->invocation, r->iteration)) return 0;
  snprintf(name, sizeof name, "requests of %.80s", r->thread);
  for (int end = 0; end < 2; end++) {
    begin(export, end ? 'e' : 'b', name, 0);
    put_ts(export, end ? r->t_end_ns : r->t_start_ns);
    fprintf(export->out, ",\"cat\":\"request\",\"id\":\"%" PRIu64 "\"",
            r->request);
    if (!end && r->t_intended_ns != COMPANION_NO_TIME &&
        r->t_intended_ns <= r->t_start_ns)
      fprintf(export->out, ",\"args\":{\"intended_ns_before\":%" PRId64 "}",
              r->t_start_ns - r->t_intended_ns);
    putc('}', export->out);
  }
  return 0;
}

// --- files -----------------------------------------------------------------

static const char *invocation_of(enum companion kind,
                                 const union companion_row *row)
{
  return kind == COMPANION_EVENTS     ? row->event.invocation
         : kind == COMPANION_REQUESTS ? row->request.invocation
                                      : row->sample.invocation;
}

typedef int (*take_row)(struct export *export, const union companion_row *row);

// All rows of a file that are wanted; one that is not there has none.
static int each(struct export *export, enum companion kind, take_row take)
{
  char path[4096];
  union companion_row row;
  int got = 0, result = 0;
  snprintf(path, sizeof path, "%s/%s", export->directory,
           companion_kind(kind)->file);
  if (kind != COMPANION_EVENTS && access(path, F_OK)) return 0;
  struct companion_reader *reader =
      companion_open(kind, path, export->error, export->error_size);
  if (!reader) return WANE_EXIT_ENVIRONMENT;
  while (!result && (got = companion_next(reader, &row, export->error,
                                          export->error_size)) == 1) {
    const char *invocation = invocation_of(kind, &row);
    if (export->invocation && strcmp(export->invocation, invocation)) continue;
    result = take(export, &row);
  }
  companion_close(reader);
  return result ? result : got < 0 ? WANE_EXIT_ENVIRONMENT : 0;
}

static void earlier(struct export *export, int64_t ns)
{
  if (ns < export->origin_ns) export->origin_ns = ns;
}

static int look_at_event(struct export *export, const union companion_row *row)
{
  export->some = true;
  earlier(export, row->event.t_begin_ns);
  return 0;
}

static int look_at_sample(struct export *export, const union companion_row *row)
{
  earlier(export, row->sample.t_ns);
  return 0;
}

static int look_at_request(struct export *export,
                           const union companion_row *row)
{
  earlier(export, row->request.t_start_ns);
  return 0;
}

static int take_event(struct export *export, const union companion_row *row)
{
  return add_event(export, &row->event);
}

static int take_sample(struct export *export, const union companion_row *row)
{
  return add_sample(export, &row->sample);
}

static int take_request(struct export *export, const union companion_row *row)
{
  return add_request(export, &row->request);
}

// The earliest time, and whether all can be read.
static int look(struct export *export)
{
  int result = each(export, COMPANION_EVENTS, look_at_event);
  if (!result) result = each(export, COMPANION_SAMPLES, look_at_sample);
  if (!result && export->invocation)
    result = each(export, COMPANION_REQUESTS, look_at_request);
  if (result || export->some) return result;
  snprintf(export->error, export->error_size,
           "%s/%s: %s%s", export->directory,
           companion_kind(COMPANION_EVENTS)->file,
           export->invocation ? "has no invocation " : "has no events",
           export->invocation ? export->invocation : "");
  return WANE_EXIT_USAGE;
}

static int write_all(struct export *export)
{
  fputs("{\"displayTimeUnit\":\"ns\",\"otherData\":{\"source\":", export->out);
  put_text(export->out, "wane");
  fprintf(export->out, ",\"harness_begin_ns\":%" PRId64 "},\"traceEvents\":[",
          -export->origin_ns);
  int result = each(export, COMPANION_EVENTS, take_event);
  if (!result) result = put_group(export);
  if (!result) result = each(export, COMPANION_SAMPLES, take_sample);
  if (!result && export->invocation)
    result = each(export, COMPANION_REQUESTS, take_request);
  fputs("\n]}\n", export->out);
  return result;
}

int perfetto_export(const char *directory, const char *invocation, FILE *out,
                    char *error, size_t error_size)
{
  struct export export = {.directory = directory,
                          .invocation = invocation,
                          .out = out,
                          .first = true,
                          .error = error,
                          .error_size = error_size};
  int result = look(&export);
  if (!result) result = write_all(&export);
  for (size_t i = 0; i < export.n_seen; i++) free(export.seen[i].invocation);
  for (size_t i = 0; i < export.strings.n; i++) free(export.strings.text[i]);
  free(export.seen);
  free(export.strings.text);
  free(export.group.invocation);
  free(export.group.events);
  return result;
}

static int write_perfetto(const struct export_job *job, char *error,
                          size_t error_size)
{
  return perfetto_export(job->directory, job->invocation, job->out, error,
                         error_size);
}

const struct export_format export_perfetto = {
    "perfetto", "a timeline for ui.perfetto.dev and chrome://tracing",
    EXPORT_TEXT, true, false, write_perfetto};
