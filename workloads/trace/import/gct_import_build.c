// gct_import_build.c: a heap dump as a trace that builds its graph.
// SPDX-License-Identifier: MIT
//
// Every object is born rooted, is linked, and gives up its root at once, unless
// it is a root of the dump. Parents first: a child is linked by the event
// behind its birth. Children first: an object holds its root until its parent
// is born; references to an object that is not born yet, back to something
// above, are written at its birth. So after every event all that is needed
// later hangs on a root. Nothing dies, so a handle is a birth number.
#include "gct_import_graph.h"

#include <stdlib.h>

// A reference whose target was not born when its owner was.
struct late {
  uint32_t owner, edge, next;
};

struct frame {
  uint32_t node, edge;
};

struct builder {
  struct gct__job *job;
  const struct gct__dump *dump;
  uint32_t *birth; // of a node, GCT_NIL: not yet
  uint32_t *order; // nodes by birth
  uint32_t n_born, n_alive;
  uint8_t *state;      // of a node: bits, see below
  struct frame *stack; // depth first
  uint32_t *above;     // children first: whose child a node is
  uint32_t *late_of;   // and the first of its late references
  struct late *late;
  uint32_t n_late;
};

enum { ALIVE = 1, ROOT = 2, OPEN = 4, HOLDS = 8 /* a root until linked */ };

static void emit(struct builder *b, const struct gct_event *event)
{
  gct__job_event(b->job, 0, event);
}

static void emit_handle(struct builder *b, enum gct_op op, uint32_t node)
{
  emit(b, &(struct gct_event){.op = (uint8_t)op, .handle = b->birth[node]});
}

static void give_birth(struct builder *b, uint32_t node)
{
  const struct gct__dump *d = b->dump;
  b->birth[node] = b->n_born;
  b->order[b->n_born] = node;
  emit(b, &(struct gct_event){.op = GCT_ALLOC,
                              .handle = b->n_born++,
                              .type = b->job->types.index[d->type[node]],
                              .words = d->words[node],
                              .slots = d->first[node + 1] - d->first[node]});
  gct__job_progress(b->job, false, b->n_born, b->n_alive);
}

static void link(struct builder *b, uint32_t owner, uint32_t edge)
{
  emit(b, &(struct gct_event){.op = GCT_WRITE,
                              .flags = GCT_INITIALISING,
                              .handle = b->birth[owner],
                              .slot = edge - b->dump->first[owner],
                              .target = b->birth[b->dump->edges[edge]]});
}

// ---- parents first

// Links what an edge leads to; returns true if it was born for that.
static bool link_or_bear(struct builder *b, uint32_t owner, uint32_t edge)
{
  uint32_t target = b->dump->edges[edge];
  if (target == GCT_NIL) return false;
  bool born = b->birth[target] == GCT_NIL;
  if (born) give_birth(b, target);
  link(b, owner, edge);
  if (born && !(b->state[target] & ROOT)) emit_handle(b, GCT_UNROOT, target);
  return born;
}

static void depth_first(struct builder *b, uint32_t root)
{
  const struct gct__dump *d = b->dump;
  uint32_t depth = 0;
  give_birth(b, root);
  b->stack[depth++] = (struct frame){root, d->first[root]};
  while (depth > 0) {
    struct frame *top = &b->stack[depth - 1];
    if (top->edge == d->first[top->node + 1]) {
      depth--;
      continue;
    }
    uint32_t edge = top->edge++;
    if (link_or_bear(b, top->node, edge))
      b->stack[depth++] =
          (struct frame){d->edges[edge], d->first[d->edges[edge]]};
  }
}

// Births are the queue.
static void breadth_first(struct builder *b, uint32_t root)
{
  const struct gct__dump *d = b->dump;
  uint32_t next = b->n_born;
  give_birth(b, root);
  for (; next < b->n_born; next++) {
    uint32_t node = b->order[next];
    for (uint32_t edge = d->first[node]; edge < d->first[node + 1]; edge++)
      link_or_bear(b, node, edge);
  }
}

// ---- children first

static void link_later(struct builder *b, uint32_t owner, uint32_t edge)
{
  uint32_t target = b->dump->edges[edge];
  if (!gct__job_grow(b->job, &b->late, b->n_late, sizeof *b->late)) return;
  b->late[b->n_late] = (struct late){owner, edge, b->late_of[target]};
  b->late_of[target] = b->n_late++;
}

// All children of a node are there, or open above it.
static void close_node(struct builder *b, uint32_t node)
{
  const struct gct__dump *d = b->dump;
  give_birth(b, node);
  b->state[node] |= HOLDS;
  for (uint32_t edge = d->first[node]; edge < d->first[node + 1]; edge++) {
    uint32_t target = d->edges[edge];
    if (target == GCT_NIL) continue;
    if (b->birth[target] == GCT_NIL) {
      link_later(b, node, edge);
      continue;
    }
    link(b, node, edge);
    // Its temporary root goes with the first link from what it was born for;
    // the late references of this node come from below it.
    if (b->above[target] != node || !(b->state[target] & HOLDS)) continue;
    b->state[target] &= (uint8_t)~HOLDS;
    if (b->state[target] & ROOT) continue;
    emit_handle(b, GCT_UNROOT, target);
  }
  for (uint32_t i = b->late_of[node]; i != GCT_NIL; i = b->late[i].next)
    link(b, b->late[i].owner, b->late[i].edge);
}

static void children_first(struct builder *b, uint32_t root)
{
  const struct gct__dump *d = b->dump;
  uint32_t depth = 0;
  b->stack[depth++] = (struct frame){root, d->first[root]};
  b->state[root] |= OPEN;
  b->above[root] = GCT_NIL;
  while (depth > 0) {
    struct frame *top = &b->stack[depth - 1];
    if (top->edge == d->first[top->node + 1]) {
      close_node(b, top->node);
      depth--;
      continue;
    }
    uint32_t target = d->edges[top->edge++];
    if (target == GCT_NIL || b->state[target] & OPEN) continue;
    b->state[target] |= OPEN;
    b->above[target] = top->node;
    b->stack[depth++] = (struct frame){target, d->first[target]};
  }
}

// ---- what is alive

// Marks what the roots reach; the array of births is the stack.
static void mark(struct builder *b)
{
  const struct gct__dump *d = b->dump;
  uint32_t n = 0;
  for (uint32_t i = 0; i < d->n_roots; i++) {
    b->state[d->roots[i]] = ALIVE | ROOT;
    b->order[n++] = d->roots[i];
  }
  b->n_alive = n;
  while (n > 0) {
    uint32_t node = b->order[--n];
    for (uint32_t e = d->first[node]; e < d->first[node + 1]; e++) {
      uint32_t target = d->edges[e];
      if (target == GCT_NIL || b->state[target] & ALIVE) continue;
      b->state[target] |= ALIVE;
      b->order[n++] = target;
      b->n_alive++;
    }
  }
}

static bool is_weak(const struct builder *b, uint32_t node)
{
  return b->dump->weak && b->dump->weak[node] != GCT_NIL &&
         b->state[b->dump->weak[node]] & ALIVE;
}

static bool register_types(struct builder *b)
{
  const struct gct__dump *d = b->dump;
  struct gct__types *types = &b->job->types;
  bool *used = gct__job_array(b->job, types->n, sizeof *used);
  for (uint32_t i = 0; used && i < d->n_nodes; i++) {
    if (!(b->state[i] & ALIVE)) continue;
    used[d->type[i]] = true;
    if (d->first[i] < d->first[i + 1])
      types->types[d->type[i]].flags |= GCT_TYPE_TRACKED;
    if (is_weak(b, i))
      types->types[d->type[d->weak[i]]].flags |= GCT_TYPE_WEAKABLE;
  }
  if (used) gct__job_register_types(b->job, used);
  free(used);
  return types->index != NULL;
}

// ---- the end

// From the dump, not from the events: the checker does that.
static void checkpoint(struct builder *b, uint64_t number, uint32_t n_born)
{
  const struct gct__dump *d = b->dump;
  struct gct_oracle oracle = {.number = number};
  for (uint32_t i = 0; i < n_born; i++) {
    uint32_t node = b->order[i];
    gct_oracle_object(&oracle, i, 8 * (uint64_t)d->words[node]);
    for (uint32_t e = d->first[node]; e < d->first[node + 1]; e++)
      if (d->edges[e] != GCT_NIL)
        gct_oracle_edge(&oracle, i, e - d->first[node], b->birth[d->edges[e]]);
  }
  gct__job_checkpoint(b->job, &(uint32_t){0}, 1, &oracle);
}

// Frees a node that has neither root nor reference, and what that leaves so.
static void bury(struct builder *b, uint32_t *references, uint32_t *stack,
                 uint32_t node)
{
  const struct gct__dump *d = b->dump;
  uint32_t n = 0;
  stack[n++] = node;
  while (n > 0) {
    node = stack[--n];
    b->state[node] &= (uint8_t)~ALIVE;
    // The last event of a root was its UNROOT.
    emit_handle(b, b->state[node] & ROOT ? GCT_DROP : GCT_FREE, node);
    for (uint32_t e = d->first[node]; e < d->first[node + 1]; e++) {
      uint32_t target = d->edges[e];
      if (target != GCT_NIL && --references[target] == 0 &&
          !(b->state[target] & ROOT))
        stack[n++] = target;
    }
  }
}

// Roots go one by one, with what counting finds dead; the rest are cycles.
static bool tear_down(struct builder *b)
{
  const struct gct__dump *d = b->dump;
  uint32_t *references = gct__job_array(b->job, d->n_nodes, sizeof *references);
  uint32_t *stack = gct__job_array(b->job, b->n_born, sizeof *stack);
  if (references && stack) {
    for (uint32_t i = 0; i < b->n_born; i++)
      for (uint32_t e = d->first[b->order[i]]; e < d->first[b->order[i] + 1];
           e++)
        if (d->edges[e] != GCT_NIL) references[d->edges[e]]++;
    for (uint32_t i = 0; i < d->n_roots; i++) {
      uint32_t root = d->roots[i];
      if (references[root] == 0) {
        bury(b, references, stack, root);
      } else {
        emit_handle(b, GCT_UNROOT, root);
        b->state[root] &= (uint8_t)~ROOT;
      }
    }
    for (uint32_t i = 0; i < b->n_born; i++)
      if (b->state[b->order[i]] & ALIVE)
        emit(b, &(struct gct_event){
                    .op = GCT_FREE, .flags = GCT_BY_CYCLE, .handle = i});
  }
  free(references);
  free(stack);
  if (b->job->code == 0) checkpoint(b, 1, 0);
  return b->job->code == 0;
}

static void build_all(struct builder *b)
{
  static void (*const build[GCT_IMPORT_ORDERS])(struct builder *, uint32_t) = {
      depth_first, breadth_first, children_first};
  const struct gct__dump *d = b->dump;
  for (uint32_t i = 0; i < d->n_roots && b->job->code == 0; i++) {
    uint32_t root = d->roots[i];
    if (b->birth[root] == GCT_NIL) build[b->job->options->order](b, root);
  }
  for (uint32_t i = 0; i < b->n_born && d->weak; i++)
    if (is_weak(b, b->order[i]))
      emit(b, &(struct gct_event){.op = GCT_WEAK,
                                  .handle = i,
                                  .target = b->birth[d->weak[b->order[i]]]});
}

static void count(struct builder *b)
{
  const struct gct__dump *d = b->dump;
  uint64_t *roots = gct__job_count(b->job, "import.roots", "roots");
  uint64_t *unreachable = gct__job_count(
      b->job, "import.unreachable", "objects left out: no root reaches them");
  uint64_t *weak = gct__job_count(b->job, "import.weak", "weak references");
  uint64_t *cleared = gct__job_count(
      b->job, "import.weak_only",
      "weak references left out: no root reaches what they refer to");
  *roots = d->n_roots;
  *unreachable = d->n_nodes - d->n_dissolved - b->n_alive;
  for (uint32_t i = 0; d->weak && i < d->n_nodes; i++) {
    if (!(b->state[i] & ALIVE) || d->weak[i] == GCT_NIL) continue;
    *weak += is_weak(b, i);
    *cleared += !is_weak(b, i);
  }
}

static bool allocate(struct builder *b)
{
  uint32_t n = b->dump->n_nodes;
  b->birth = gct__job_array(b->job, n, sizeof *b->birth);
  b->order = gct__job_array(b->job, n, sizeof *b->order);
  b->state = gct__job_array(b->job, n, sizeof *b->state);
  if (b->job->options->order != GCT_IMPORT_BREADTH_FIRST)
    b->stack = gct__job_array(b->job, n, sizeof *b->stack);
  if (b->job->options->order == GCT_IMPORT_CHILDREN_FIRST) {
    b->above = gct__job_array(b->job, n, sizeof *b->above);
    b->late_of = gct__job_array(b->job, n, sizeof *b->late_of);
  }
  if (b->job->code != 0) return false;
  for (uint32_t i = 0; i < n; i++) {
    b->birth[i] = GCT_NIL;
    if (b->late_of) b->late_of[i] = GCT_NIL;
  }
  return true;
}

static bool build(struct builder *b, const char *output)
{
  if (!allocate(b)) return false;
  mark(b);
  count(b);
  if (!gct__job_open(b->job, output) || !register_types(b)) return false;
  gct_writer_thread(b->job->writer, 0);
  build_all(b);
  if (b->job->code == 0) checkpoint(b, 0, b->n_born);
  return b->job->code == 0 && (!b->job->options->teardown || tear_down(b));
}

bool gct__dump_build(struct gct__job *job, const struct gct__dump *dump,
                     const char *output)
{
  struct builder b = {.job = job, .dump = dump};
  bool good = build(&b, output);
  free(b.birth);
  free(b.order);
  free(b.state);
  free(b.stack);
  free(b.above);
  free(b.late_of);
  free(b.late);
  return good;
}

void gct__dump_free(struct gct__dump *dump)
{
  free(dump->type);
  free(dump->words);
  free(dump->first);
  free(dump->edges);
  free(dump->weak);
  free(dump->roots);
  *dump = (struct gct__dump){0};
}
