// gct_stats.c: what a trace is like, in one pass over it.
// SPDX-License-Identifier: MIT
//
// The walk gives the order, the graph judges each event and knows who refers
// to whom; the parts look on. Samples are taken directly after an ALLOC, where
// no run of a recorder is half done (gct_run.h).
#include "gct_stats_part.h"
#include "gct_format.h"

#include <errno.h>
#include <stdlib.h>

#define PROGRESS_EVERY 65536

struct pass {
  const struct gct_info *info;
  struct gct_walk *walk;
  struct gct_graph *graph;
  struct gct__object *objects;
  struct gct__sharing *sharing;
  struct gct__paths *paths;
  struct gct__components *components;
  struct gct__step step;
  uint32_t *let_go; // what the object being freed refers to
  size_t let_go_room;
  uint64_t roots, rooted;
  uint64_t next_sample; // births at which it is due
  uint32_t room;        // samples
  bool marked;          // there was a MARK
  struct gct_stats *stats;
};

static int pass_open(struct pass *pass, const struct gct_file *file,
                     const struct gct_stats_options *options,
                     struct gct_error *error)
{
  const struct gct_info *info = pass->info = gct_info(file);
  struct gct_stats *stats = pass->stats;
  uint32_t n = info->max_handles;
  pass->room = options->samples;
  pass->walk = gct_walk_open(file, error);
  if (!pass->walk) return -ENOMEM;
  pass->graph = gct_graph_new(n, info->header_flags & GCT_EXACT_SLOTS);
  pass->sharing = gct__sharing_open(n);
  pass->paths = gct__paths_open(info);
  pass->components = gct__components_open(n);
  stats->n_types = info->n_types;
  stats->types = calloc(info->n_types + 1u, sizeof *stats->types);
  stats->samples = calloc(pass->room, sizeof *stats->samples);
  if (gct__objects_open(&pass->objects, n) != 0 || !pass->graph ||
      !pass->sharing || !pass->paths || !pass->components || !stats->types ||
      !stats->samples)
    return gct__system(error, ENOMEM);
  return 0;
}

static void pass_close(struct pass *pass)
{
  free(pass->let_go);
  gct__components_close(pass->components);
  gct__paths_close(pass->paths);
  gct__sharing_close(pass->sharing);
  free(pass->objects);
  gct_graph_free(pass->graph);
  gct_walk_close(pass->walk);
}

// Notes what the object refers to before it goes. False: out of memory.
static bool note_let_go(struct pass *pass, uint32_t handle)
{
  uint32_t n_slots = gct_graph_object(pass->graph, handle).n_slots;
  pass->step.let_go = NULL;
  pass->step.n_let_go = 0;
  if (n_slots > pass->let_go_room) {
    free(pass->let_go);
    pass->let_go_room = 2 * (size_t)n_slots;
    pass->let_go = malloc(pass->let_go_room * sizeof *pass->let_go);
    if (!pass->let_go) return false;
  }
  for (uint32_t slot = 0, target;
       (target = gct_graph_next(pass->graph, handle, &slot)) != GCT_NIL;)
    pass->let_go[pass->step.n_let_go++] = target;
  pass->step.let_go = pass->let_go;
  return true;
}

// What has to be known of the graph before the event is applied.
static bool look_before(struct pass *pass, const struct gct_event *event)
{
  struct gct__step *step = &pass->step;
  step->first = false;
  step->n_let_go = 0;
  step->before = GCT_NIL;
  if (event->op == GCT_WRITE)
    step->before = gct_graph_target(pass->graph, event->handle, event->slot);
  return !gct__step_frees(step) || note_let_go(pass, event->handle);
}

static void count_roots(struct pass *pass, const struct gct_event *event)
{
  if (event->op == GCT_ALLOC || event->op == GCT_ROOT) {
    pass->roots++;
    pass->rooted += gct_graph_object(pass->graph, event->handle).roots == 1;
  } else if (event->op == GCT_UNROOT || event->op == GCT_DROP) {
    pass->roots--;
    pass->rooted -= gct_graph_object(pass->graph, event->handle).roots == 0;
  }
}

static void take_sample(struct pass *pass, uint64_t event)
{
  struct gct_graph_sizes sizes = gct_graph_sizes(pass->graph);
  struct gct_sample *sample = &pass->stats->samples[pass->stats->n_samples++];
  const bool *reached = gct__components_reached(pass->components);
  *sample = (struct gct_sample){.event = event,
                                .births = pass->step.births,
                                .bytes = pass->step.bytes,
                                .live = sizes.live,
                                .live_bytes = sizes.live_bytes,
                                .roots = pass->roots,
                                .rooted = pass->rooted};
  gct__components_find(pass->components, pass->graph, sample);
  for (uint32_t i = 0; i < pass->info->max_handles; i++)
    if (!reached[i]) pass->objects[i].seen_dead = true;
}

// Births at which the next sample is due; the last one is taken at the end.
static void plan_sample(struct pass *pass)
{
  uint64_t k = pass->stats->n_samples + 1u, room = pass->room;
  uint64_t step = pass->info->n_births / room;
  uint64_t rest = pass->info->n_births % room;
  pass->next_sample = k < room ? k * step + k * rest / room : UINT64_MAX;
}

static bool observe(struct pass *pass, const struct gct_event *event)
{
  struct gct_stats *stats = pass->stats;
  struct gct__step *step = &pass->step;
  if (event->op == GCT_ALLOC) {
    step->births++;
    step->bytes += 8 * (uint64_t)event->words;
  } else if (event->op == GCT_MARK && !pass->marked) {
    stats->demographics.births_before_mark = step->births;
    pass->marked = true;
  }
  step->checkpoint = gct_walk_checkpoint(pass->walk);
  step->barrier = event->op == GCT_CHECKPOINT
                      ? pass->info->checkpoints[event->number].threads
                      : 0;
  if (!gct__paths_step(pass->paths, step)) return false;
  gct__objects_step(pass->objects, step, stats);
  gct__mutation_step(pass->info, step, &stats->mutation);
  gct__sharing_step(pass->sharing, step, &stats->sharing);
  count_roots(pass, event);
  return true;
}

static int run(struct pass *pass, gct_progress *progress, void *context,
               struct gct_error *error)
{
  uint64_t done = 0;
  plan_sample(pass);
  for (const struct gct_event *e;
       (e = gct_walk_next(pass->walk, &pass->step.thread));) {
    pass->step.event = e;
    pass->step.graph = pass->graph;
    if (!look_before(pass, e)) return gct__system(error, ENOMEM);
    const char *why = gct_graph_apply(pass->graph, e);
    if (why) return gct_walk_fail(pass->walk, error, why);
    if (!observe(pass, e)) return gct__system(error, ENOMEM);
    done++;
    if (e->op == GCT_ALLOC && pass->step.births >= pass->next_sample) {
      take_sample(pass, done);
      plan_sample(pass);
    }
    if (done % PROGRESS_EVERY == 0 && progress)
      progress(context, done, pass->info->n_events);
  }
  if (!gct_walk_error(pass->walk)) return 0;
  *error = *gct_walk_error(pass->walk);
  return -EBADMSG;
}

static void conclude(struct pass *pass)
{
  struct gct_stats *stats = pass->stats;
  struct gct_graph_sizes sizes = gct_graph_sizes(pass->graph);
  take_sample(pass, pass->info->n_events);
  stats->events = pass->info->n_events;
  stats->threads = pass->info->n_threads;
  stats->peak_live = sizes.peak_live;
  stats->peak_bytes = sizes.peak_bytes;
  stats->total = gct_walk_total(pass->walk);
  gct__paths_end(pass->paths, &stats->paths);
  gct__objects_end(pass->objects, pass->info->max_handles, pass->graph,
                   gct__components_reached(pass->components), stats);
}

int gct_stats_make(const struct gct_file *file,
                   const struct gct_stats_options *options,
                   gct_progress *progress, void *context,
                   struct gct_stats *stats, struct gct_error *error)
{
  struct pass pass = {.stats = stats};
  *stats = (struct gct_stats){0};
  int result = pass_open(&pass, file, options, error);
  if (result == 0) result = run(&pass, progress, context, error);
  if (result == 0)
    conclude(&pass);
  else
    gct_stats_free(stats);
  pass_close(&pass);
  return result;
}

void gct_stats_free(struct gct_stats *stats)
{
  free(stats->types);
  free(stats->samples);
  stats->types = NULL;
  stats->samples = NULL;
}
