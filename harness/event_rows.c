// event_rows.c: events as rows of gc_events.csv.
// SPDX-License-Identifier: MIT
//
// The child writes the rows, the parent puts the invocation's name in front
// (harness/README.md). Columns that the runtime cannot fill yet are NA, never
// 0. Main thread of the child, outside the timed region.
#include "event_log.h"

#include "csv.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

// A thread in the rows: which one of those of its name it is, from 1.
struct named {
  char thread[16];
  uint32_t owner;
  unsigned nth;
};

// Where the rows of one iteration go.
struct writer {
  struct named *threads;
  size_t n_threads;
  const struct wane_topology *topology;
  void (*row)(const char *text, void *context);
  void *context;
  uint32_t iteration;
  uint64_t seq, origin_ns;
};

// A time relative to the origin; what began before it is negative.
static void write_time(FILE *out, const struct writer *writer, uint64_t ns)
{
  fprintf(out, ",%" PRId64, (int64_t)(ns - writer->origin_ns));
}

static void write_optional(FILE *out, uint64_t number)
{
  if (number)
    fprintf(out, ",%" PRIu64, number);
  else
    fputs(",NA", out);
}

// Adds it if it is new. NULL: no memory.
static const struct named *thread_of(struct writer *writer,
                                     const struct wane_event *e)
{
  unsigned nth = 1;
  for (size_t i = 0; i < writer->n_threads; i++) {
    const struct named *known = &writer->threads[i];
    if (strncmp(known->thread, e->thread, sizeof e->thread) != 0) continue;
    if (known->owner == e->owner) return known;
    nth++;
  }
  struct named *more = realloc(writer->threads,
                               (writer->n_threads + 1) * sizeof *more);
  if (!more) return NULL;
  writer->threads = more;
  struct named *new = &more[writer->n_threads++];
  *new = (struct named){.owner = e->owner, .nth = nth};
  memcpy(new->thread, e->thread, sizeof new->thread);
  return new;
}

static void write_thread(FILE *out, const struct named *thread)
{
  char name[32];
  int n = snprintf(name, sizeof name, "%.16s", thread->thread);
  for (char *c = name; *c; c++)
    if (iscntrl((unsigned char)*c)) *c = '?';
  if (thread->nth > 1)
    snprintf(name + n, sizeof name - (size_t)n, "#%u", thread->nth);
  csv_field(out, name);
}

static void write_place(FILE *out, const struct writer *writer,
                        const struct wane_event *e)
{
  uint32_t node = writer->topology
                      ? wane_topology_node_of_cpu(writer->topology, e->cpu)
                      : WANE_NODE_ANY;
  fprintf(out, ",%u,", e->cpu);
  if (node == WANE_NODE_ANY)
    fputs("NA", out);
  else
    fprintf(out, "%u", node);
}

static void write_names(FILE *out, const struct writer *writer,
                        const struct wane_event *e, const struct named *thread)
{
  bool phase = e->kind == WANE_EVENT_PHASE;
  fprintf(out, "%s,%s,", wane_event_kind_name(e->kind),
          phase ? wane_event_phase_name(e->phase) : "NA");
  fputs(e->cause == WANE_CAUSE_NONE ? "NA" : wane_cause_name(e->cause), out);
  putc(',', out);
  write_thread(out, thread);
  fprintf(out, ",%s", wane_event_role_name(e->role));
  write_place(out, writer, e);
  fprintf(out, ",%u", e->stw ? 1 : 0);
}

static void write_event(FILE *out, struct writer *writer,
                        const struct wane_event *e, const struct named *thread)
{
  fprintf(out, "%u,%" PRIu64 ",%" PRIu64 ",", writer->iteration, writer->seq++,
          e->gc_id);
  write_names(out, writer, e, thread);
  if (e->t_request_ns)
    write_time(out, writer, e->t_request_ns);
  else
    fputs(",NA", out);
  write_time(out, writer, e->t_begin_ns);
  write_time(out, writer, e->t_end_ns);
  write_optional(out, e->cpu_ns);
  write_optional(out, e->used_before_bytes);
  write_optional(out, e->used_after_bytes);
  fprintf(out,
          ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",NA",
          e->freed_objects, e->freed_bytes, e->objects, e->edges, e->items);
}

static void write_marker(FILE *out, struct writer *writer, const char *event,
                         const char *kind, uint64_t ns, uint64_t items)
{
  fprintf(out, "%u,%" PRIu64 ",NA,%s,%s,NA,harness,NA,NA,NA,NA,NA",
          writer->iteration, writer->seq++, event, kind);
  write_time(out, writer, ns);
  write_time(out, writer, ns);
  fputs(",NA,NA,NA,NA,NA,NA,NA", out);
  write_optional(out, items);
  fputs(",NA", out);
}

// Hands over what was written to the memory stream and empties it. False: it
// was cut off for lack of memory.
static bool flush_row(FILE *out, char **text, const struct writer *writer)
{
  putc('\0', out);
  if (fflush(out) || ferror(out)) return false;
  writer->row(*text, writer->context);
  rewind(out);
  return true;
}

static int by_begin(const void *a, const void *b)
{
  const struct wane_event *x = a, *y = b;
  if (x->t_begin_ns != y->t_begin_ns)
    return x->t_begin_ns > y->t_begin_ns ? 1 : -1;
  return (x->t_end_ns < y->t_end_ns) - (x->t_end_ns > y->t_end_ns);
}

static bool write_all(FILE *out, char **text, struct writer *writer,
                      const struct event_log *log, uint64_t end_ns)
{
  write_marker(out, writer, "marker", "harness_begin", writer->origin_ns, 0);
  if (!flush_row(out, text, writer)) return false;
  write_marker(out, writer, "marker", "harness_end", end_ns, 0);
  if (!flush_row(out, text, writer)) return false;
  for (size_t i = 0; i < log->n; i++) {
    const struct named *thread = thread_of(writer, &log->events[i]);
    if (!thread) return false;
    write_event(out, writer, &log->events[i], thread);
    if (!flush_row(out, text, writer)) return false;
  }
  if (!log->lost) return true;
  write_marker(out, writer, "drop", "ring_full", end_ns, log->lost);
  return flush_row(out, text, writer);
}

int event_log_rows(struct event_log *log, uint32_t iteration, uint64_t begin_ns,
                   uint64_t end_ns,
                   void (*row)(const char *text, void *context), void *context)
{
  struct writer writer = {NULL,    0,         log->topology, row,
                          context, iteration, 0,             begin_ns};
  char *text = NULL;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  if (!out) return -ENOMEM;
  if (log->n) qsort(log->events, log->n, sizeof *log->events, by_begin);
  bool all = write_all(out, &text, &writer, log, end_ns);
  fclose(out);
  free(text);
  free(writer.threads);
  return all ? 0 : -ENOMEM;
}
