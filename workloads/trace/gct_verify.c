// gct_verify.c: one pass over a trace that checks order, meaning and oracles.
// SPDX-License-Identifier: MIT
//
// The walk of gct_order.c gives the order, the graph of gct_graph.c the
// meaning; this file compares and words the disagreement.
#include "gct_verify.h"
#include "gct_file.h"

#include <errno.h>
#include <inttypes.h>

#define PROGRESS_EVERY 65536

// Where the oracle records are.
static uint64_t records_offset(const struct gct_file *file)
{
  for (uint32_t i = 0; i < file->info.n_chunks; i++)
    if (gct__is(file->chunks[i].head.type, "CKPT"))
      return file->chunks[i].offset;
  return 0;
}

// Names the first sum that differs.
static int mismatch(const struct gct_file *file,
                    const struct gct_oracle *record,
                    const struct gct_oracle *graph, struct gct_error *error)
{
  static const char *const names[] = {"objects", "bytes", "object hash",
                                      "edges", "edge hash"};
  const uint64_t recorded[] = {record->objects, record->bytes,
                               record->object_hash, record->edges,
                               record->edge_hash};
  const uint64_t found[] = {graph->objects, graph->bytes, graph->object_hash,
                            graph->edges, graph->edge_hash};
  int i = 0;
  while (i < 4 && recorded[i] == found[i]) i++;
  bool hash = i == 2 || i == 4;
  gct__bad(error, records_offset(file), "CKPT",
           hash ? "checkpoint %lu: %s %#" PRIx64 ", the events give %#" PRIx64
                : "checkpoint %lu: %s %" PRIu64 ", the events give %" PRIu64,
           (unsigned long)record->number, names[i], recorded[i], found[i]);
  return -EPROTO;
}

static int compare(const struct gct_file *file, struct gct_graph *graph,
                   uint32_t number, struct gct_report *report,
                   struct gct_error *error)
{
  const struct gct_checkpoint *checkpoint = &file->checkpoints[number];
  struct gct_oracle oracle = {.number = number};
  gct_graph_oracle(graph, &oracle);
  if (!checkpoint->has_oracle) return 0;
  report->compared++;
  return gct_oracle_equal(&oracle, &checkpoint->oracle)
             ? 0
             : mismatch(file, &checkpoint->oracle, &oracle, error);
}

static int execute(const struct gct_file *file, struct gct_walk *walk,
                   struct gct_graph *graph, gct_progress *progress,
                   void *context, struct gct_report *report,
                   struct gct_error *error)
{
  bool held = file->info.header_flags & GCT_ALWAYS_HELD;
  uint64_t done = 0;
  uint32_t thread;
  int result = 0;
  for (const struct gct_event *e;
       result == 0 && (e = gct_walk_next(walk, &thread));) {
    bool lost = held && gct_graph_unheld(graph, e) != GCT_NIL;
    const char *why = lost ? "uses an object that nothing holds any more"
                           : gct_graph_apply(graph, e);
    if (why) return gct_walk_fail(walk, error, why);
    if (gct_walk_checkpoint(walk))
      result = compare(file, graph, e->number, report, error);
    if (++done % PROGRESS_EVERY == 0 && progress)
      progress(context, done, file->info.n_events);
  }
  if (result == 0 && gct_walk_error(walk)) {
    *error = *gct_walk_error(walk);
    return -EBADMSG;
  }
  return result;
}

int gct_verify(const struct gct_file *file, gct_progress *progress,
               void *context, struct gct_report *report,
               struct gct_error *error)
{
  const struct gct_info *info = gct_info(file);
  *report = (struct gct_report){0};
  struct gct_walk *walk = gct_walk_open(file, error);
  if (!walk) return -ENOMEM;
  struct gct_graph *graph =
      gct_graph_new(info->max_handles, info->header_flags & GCT_EXACT_SLOTS);
  int result =
      graph ? execute(file, walk, graph, progress, context, report, error)
            : gct__system(error, ENOMEM);
  if (result == 0) {
    report->final.number = info->n_checkpoints;
    gct_graph_oracle(graph, &report->final);
    report->sizes = gct_graph_sizes(graph);
    report->total = gct_walk_total(walk);
  }
  gct_graph_free(graph);
  gct_walk_close(walk);
  return result;
}
