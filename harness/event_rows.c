// event_rows.c: events as rows of gc_events.csv.
// SPDX-License-Identifier: MIT
//
// The child writes the rows, the parent puts the invocation's name in front
// (harness/README.md). Columns that the runtime cannot fill yet are NA, never
// 0. Main thread of the child, outside the timed region.
#include "event_log.h"

#include "csv.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

// Where the rows of one iteration go.
struct writer {
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

static void write_thread(FILE *out, const char thread[16])
{
  char name[17];
  memcpy(name, thread, 16);
  name[16] = '\0';
  for (char *c = name; *c; c++)
    if (iscntrl((unsigned char)*c)) *c = '?';
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
                        const struct wane_event *e)
{
  bool phase = e->kind == WANE_EVENT_PHASE;
  fprintf(out, "%s,%s,", wane_event_kind_name(e->kind),
          phase ? wane_event_phase_name(e->phase) : "NA");
  fputs(e->cause == WANE_CAUSE_NONE ? "NA" : wane_cause_name(e->cause), out);
  putc(',', out);
  write_thread(out, e->thread);
  fprintf(out, ",%s", wane_event_role_name(e->role));
  write_place(out, writer, e);
  fprintf(out, ",%u", e->stw ? 1 : 0);
}

static void write_event(FILE *out, struct writer *writer,
                        const struct wane_event *e)
{
  fprintf(out, "%u,%" PRIu64 ",%" PRIu64 ",", writer->iteration, writer->seq++,
          e->gc_id);
  write_names(out, writer, e);
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

// Hands over what was written to the memory stream and empties it.
static void flush_row(FILE *out, char **text, const struct writer *writer)
{
  putc('\0', out);
  fflush(out);
  writer->row(*text, writer->context);
  rewind(out);
}

static int by_begin(const void *a, const void *b)
{
  const struct wane_event *x = a, *y = b;
  if (x->t_begin_ns != y->t_begin_ns)
    return x->t_begin_ns > y->t_begin_ns ? 1 : -1;
  return (x->t_end_ns < y->t_end_ns) - (x->t_end_ns > y->t_end_ns);
}

void event_log_rows(struct event_log *log, uint32_t iteration,
                    uint64_t begin_ns, uint64_t end_ns,
                    void (*row)(const char *text, void *context), void *context)
{
  struct writer writer = {log->topology, row,      context,
                          iteration,     0,        begin_ns};
  char *text = NULL;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  if (!out) return;
  if (log->n) qsort(log->events, log->n, sizeof *log->events, by_begin);
  write_marker(out, &writer, "marker", "harness_begin", begin_ns, 0);
  flush_row(out, &text, &writer);
  write_marker(out, &writer, "marker", "harness_end", end_ns, 0);
  flush_row(out, &text, &writer);
  for (size_t i = 0; i < log->n; i++) {
    write_event(out, &writer, &log->events[i]);
    flush_row(out, &text, &writer);
  }
  if (log->lost) {
    write_marker(out, &writer, "drop", "ring_full", end_ns, log->lost);
    flush_row(out, &text, &writer);
  }
  fclose(out);
  free(text);
}
