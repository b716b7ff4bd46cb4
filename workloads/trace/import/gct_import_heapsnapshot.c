// gct_import_heapsnapshot.c: V8's .heapsnapshot as a graph.
// SPDX-License-Identifier: MIT
//
// JSON: `snapshot.meta` says which fields a node and an edge have, `nodes` and
// `edges` are flat arrays of numbers, each node's edges behind those of the
// node before, `strings` holds the names. Members are read in place, in the
// order needed, whatever order they stand in; of the strings only the names of
// types are kept.
//
// Synthetic nodes of no size (the root and its categories) are dissolved: what
// they refer to is a root. A weak edge is none to a collector; an object's
// first one becomes its weak reference. A shortcut is a second way to say what
// other edges say, and must not be followed.
#include "gct_import_graph.h"
#include "gct_import_json.h"

#include <stdlib.h>
#include <string.h>

#define MOST_FIELDS 32u
#define MOST_KINDS 64u

enum kind { PLAIN, NAMED, SYNTHETIC };     // of a node
enum link { STRONG, WEAK_LINK, SHORTCUT }; // of an edge
enum { TYPE, NAME, SIZE, EDGES, NODE_FIELDS };
enum { EDGE_TYPE, TO_NODE, EDGE_FIELDS };

// The fields of a node or an edge that are needed, and what the numbers in
// its field `type` mean.
struct layout {
  uint32_t n_fields;
  uint32_t place[NODE_FIELDS]; // of those needed
  uint32_t n_kinds;
  uint8_t kinds[MOST_KINDS];    // an enum above
  uint32_t type_of[MOST_KINDS]; // PLAIN: the type's number
};

struct snapshot {
  struct gct__job *job;
  const uint8_t *meta, *nodes, *edges, *strings; // where they begin
  uint64_t node_count, edge_count;
  struct layout node, edge;
  struct gct__dump dump;
  uint8_t *kind; // of a node
  uint32_t n_edges;
  uint64_t *weak_more, *shortcuts, *to_synthetic, *rounded;
};

static struct gct__json reader(const struct snapshot *s, const uint8_t *at)
{
  return (struct gct__json){s->job, at, s->job->bytes + s->job->n};
}

// ---- where things are

// Notes where the value of a member of the whole begins, and skips it.
static bool note_member(struct snapshot *s, struct gct__json *json)
{
  struct gct__text key;
  if (!gct__json_key(json, &key)) return false;
  if (gct__text_is(key, "snapshot")) s->meta = json->at;
  if (gct__text_is(key, "nodes")) s->nodes = json->at;
  if (gct__text_is(key, "edges")) s->edges = json->at;
  if (gct__text_is(key, "strings")) s->strings = json->at;
  bool good = gct__json_skip(json);
  gct__job_release(s->job, (uint64_t)(json->at - s->job->bytes));
  return good;
}

static bool find_members(struct snapshot *s)
{
  struct gct__json json = reader(s, s->job->bytes);
  bool first = true, more;
  if (!gct__json_take(&json, '{')) return false;
  while (gct__json_next(&json, '}', &first, &more) && more)
    if (!note_member(s, &json)) return false;
  if (s->job->code != 0) return false;
  static const char *const names[] = {"snapshot", "nodes", "edges", "strings"};
  const uint8_t *const found[] = {s->meta, s->nodes, s->edges, s->strings};
  for (int i = 0; i < 4; i++)
    if (!found[i])
      return gct__job_fail(s->job, s->job->n, "there is no member \"%s\"",
                           names[i]);
  return true;
}

// ---- what the numbers mean

static bool read_fields(struct gct__json *json, struct layout *layout,
                        const char *const *wanted, uint32_t n_wanted)
{
  struct gct__text name;
  bool first = true, more;
  for (uint32_t i = 0; i < n_wanted; i++) layout->place[i] = GCT_NIL;
  layout->n_fields = 0;
  if (!gct__json_take(json, '[')) return false;
  while (gct__json_next(json, ']', &first, &more) && more) {
    if (!gct__json_string(json, &name)) return false;
    if (layout->n_fields == MOST_FIELDS)
      return gct__json_fail(json, "too many fields");
    for (uint32_t i = 0; i < n_wanted; i++)
      if (gct__text_is(name, wanted[i])) layout->place[i] = layout->n_fields;
    layout->n_fields++;
  }
  return json->job->code == 0;
}

static uint8_t kind_of_node(struct gct__text name)
{
  if (gct__text_is(name, "synthetic")) return SYNTHETIC;
  return gct__text_is(name, "object") || gct__text_is(name, "native") ? NAMED
                                                                      : PLAIN;
}

static uint8_t kind_of_edge(struct gct__text name)
{
  if (gct__text_is(name, "shortcut")) return SHORTCUT;
  return gct__text_is(name, "weak") ? WEAK_LINK : STRONG;
}

// A plain kind is a type: "(string)".
static uint32_t type_of_kind(struct gct__job *job, struct gct__text text)
{
  char name[GCT__IMPORT_NAME];
  name[0] = '(';
  size_t n = 1 + gct__text_resolve(text, name + 1, sizeof name - 2);
  name[n++] = ')';
  return gct__job_type(job, name, n);
}

// The words for the numbers in the first field, of which the type is one; what
// stands for other fields is skipped.
static bool read_kinds(struct gct__json *json, struct layout *layout,
                       bool nodes)
{
  struct gct__text name;
  bool first = true, more, first_word = true, another;
  if (!gct__json_take(json, '[')) return false;
  for (uint32_t i = 0; gct__json_next(json, ']', &first, &more) && more; i++) {
    if (i > 0) {
      if (!gct__json_skip(json)) return false;
      continue;
    }
    if (!gct__json_take(json, '[')) return false;
    while (gct__json_next(json, ']', &first_word, &another) && another) {
      if (!gct__json_string(json, &name)) return false;
      if (layout->n_kinds == MOST_KINDS)
        return gct__json_fail(json, "too many types");
      layout->kinds[layout->n_kinds] =
          nodes ? kind_of_node(name) : kind_of_edge(name);
      if (nodes)
        layout->type_of[layout->n_kinds] = type_of_kind(json->job, name);
      layout->n_kinds++;
    }
  }
  return json->job->code == 0;
}

static bool read_meta(struct snapshot *s, struct gct__json *json)
{
  static const char *const of_node[] = {"type", "name", "self_size",
                                        "edge_count"};
  static const char *const of_edge[] = {"type", "to_node"};
  struct gct__text key;
  bool first = true, more, good = true;
  if (!gct__json_take(json, '{')) return false;
  while (good && gct__json_next(json, '}', &first, &more) && more) {
    if (!gct__json_key(json, &key)) return false;
    if (gct__text_is(key, "node_fields"))
      good = read_fields(json, &s->node, of_node, NODE_FIELDS);
    else if (gct__text_is(key, "edge_fields"))
      good = read_fields(json, &s->edge, of_edge, EDGE_FIELDS);
    else if (gct__text_is(key, "node_types") && !s->node.n_kinds)
      good = read_kinds(json, &s->node, true);
    else if (gct__text_is(key, "edge_types") && !s->edge.n_kinds)
      good = read_kinds(json, &s->edge, false);
    else
      good = gct__json_skip(json);
  }
  return good && s->job->code == 0;
}

static bool read_head(struct snapshot *s)
{
  struct gct__json json = reader(s, s->meta);
  struct gct__text key;
  bool first = true, more, good = true;
  if (!gct__json_take(&json, '{')) return false;
  while (good && gct__json_next(&json, '}', &first, &more) && more) {
    if (!gct__json_key(&json, &key)) return false;
    if (gct__text_is(key, "meta"))
      good = read_meta(s, &json);
    else if (gct__text_is(key, "node_count"))
      good = gct__json_number(&json, &s->node_count);
    else if (gct__text_is(key, "edge_count"))
      good = gct__json_number(&json, &s->edge_count);
    else
      good = gct__json_skip(&json);
  }
  if (!good || s->job->code != 0) return false;
  for (int i = 0; i < NODE_FIELDS; i++)
    good &= s->node.n_fields > 0 && s->node.place[i] != GCT_NIL;
  for (int i = 0; i < EDGE_FIELDS; i++)
    good &= s->edge.n_fields > 0 && s->edge.place[i] != GCT_NIL;
  if (!good || s->node.place[TYPE] != 0 || s->edge.place[EDGE_TYPE] != 0)
    return gct__json_fail(&json,
                          "meta must name the fields type (first), name, "
                          "self_size, edge_count of nodes and type (first), "
                          "to_node of edges");
  // A number and a comma take two bytes: counts that the file has no room for
  // are wrong, and must not ask for memory.
  if (s->node_count == 0 || s->node_count >= GCT_NIL ||
      s->edge_count >= GCT_NIL ||
      s->node_count * s->node.n_fields > s->job->n / 2 + 1 ||
      s->edge_count * s->edge.n_fields > s->job->n / 2 + 1)
    return gct__json_fail(&json, "node_count or edge_count cannot be true");
  return true;
}

// ---- nodes and edges

// One record of numbers.
static bool read_record(struct gct__json *json, const struct layout *layout,
                        bool *first, uint64_t *fields)
{
  bool more;
  for (uint32_t i = 0; i < layout->n_fields; i++) {
    if (!gct__json_next(json, ']', first, &more)) return false;
    if (!more)
      return gct__json_fail(json, "there are fewer numbers than the counts in "
                                  "\"snapshot\" say");
    if (!gct__json_number(json, &fields[i])) return false;
  }
  return true;
}

static bool read_end(struct gct__json *json, bool *first)
{
  bool more;
  if (!gct__json_next(json, ']', first, &more)) return false;
  return !more || gct__json_fail(json, "there are more numbers than the counts "
                                       "in \"snapshot\" say");
}

// Keeps a node; first[i + 1] is its number of edges for now, type[i] the index
// of its name when that is to be its type.
static bool add_node(struct snapshot *s, struct gct__json *json, uint32_t i,
                     const uint64_t *fields)
{
  const struct layout *layout = &s->node;
  uint64_t type = fields[layout->place[TYPE]],
           size = fields[layout->place[SIZE]];
  uint64_t name = fields[layout->place[NAME]],
           edges = fields[layout->place[EDGES]];
  if (type >= layout->n_kinds)
    return gct__json_fail(json, "a node's type is not in node_types");
  if (name >= GCT_NIL) return gct__json_fail(json, "no such string");
  if (size / 8 >= UINT32_MAX)
    return gct__json_fail(json, "a node is larger than 32 GiB");
  if (edges > GCT_MAX_SLOTS)
    return gct__json_fail(json, "a node has more than 2^27 edges");
  s->kind[i] = layout->kinds[type];
  if (s->kind[i] == SYNTHETIC && size > 0) s->kind[i] = NAMED;
  s->dump.type[i] =
      s->kind[i] == PLAIN ? layout->type_of[type] : (uint32_t)name;
  s->dump.words[i] = (uint32_t)((size + 7) / 8);
  s->dump.first[i + 1] = (uint32_t)edges;
  *s->rounded += size % 8 != 0;
  return true;
}

static bool read_nodes(struct snapshot *s)
{
  struct gct__json json = reader(s, s->nodes);
  uint64_t fields[MOST_FIELDS], edges = 0;
  bool first = true;
  if (!gct__json_take(&json, '[')) return false;
  for (uint32_t i = 0; i < s->dump.n_nodes; i++) {
    if (!read_record(&json, &s->node, &first, fields) ||
        !add_node(s, &json, i, fields))
      return false;
    edges += s->dump.first[i + 1];
    gct__job_progress(s->job, true, (uint64_t)(json.at - s->job->bytes),
                      s->job->n);
  }
  if (edges != s->edge_count)
    return gct__json_fail(&json, "the nodes' edge_counts do not add up to "
                                 "edge_count");
  gct__job_release(s->job, (uint64_t)(json.at - s->job->bytes));
  return read_end(&json, &first);
}

static void add_edge(struct snapshot *s, uint32_t node, enum link link,
                     uint32_t target)
{
  if (link == SHORTCUT)
    ++*s->shortcuts;
  else if (link == STRONG)
    s->dump.edges[s->n_edges++] = target;
  else if (s->dump.weak[node] == GCT_NIL && s->kind[node] != SYNTHETIC)
    s->dump.weak[node] = target;
  else
    ++*s->weak_more;
}

static bool read_edge(struct snapshot *s, struct gct__json *json, bool *first,
                      uint32_t node)
{
  uint64_t fields[MOST_FIELDS];
  if (!read_record(json, &s->edge, first, fields)) return false;
  uint64_t type = fields[s->edge.place[EDGE_TYPE]];
  uint64_t target = fields[s->edge.place[TO_NODE]];
  if (type >= s->edge.n_kinds)
    return gct__json_fail(json, "an edge's type is not in edge_types");
  if (target % s->node.n_fields || target / s->node.n_fields >= s->dump.n_nodes)
    return gct__json_fail(json, "an edge leads to no node");
  add_edge(s, node, s->edge.kinds[type], (uint32_t)(target / s->node.n_fields));
  return true;
}

static bool read_edges(struct snapshot *s)
{
  struct gct__json json = reader(s, s->edges);
  bool first = true;
  if (!gct__json_take(&json, '[')) return false;
  for (uint32_t i = 0; i < s->dump.n_nodes; i++) {
    uint32_t n = s->dump.first[i + 1];
    for (uint32_t k = 0; k < n; k++)
      if (!read_edge(s, &json, &first, i)) return false;
    s->dump.first[i + 1] = s->n_edges;
    gct__job_progress(s->job, true, (uint64_t)(json.at - s->job->bytes),
                      s->job->n);
  }
  gct__job_release(s->job, (uint64_t)(json.at - s->job->bytes));
  return read_end(&json, &first);
}

// ---- roots

static void reach(struct snapshot *s, uint8_t *seen, uint32_t *queue,
                  uint32_t *n, uint32_t node)
{
  if (seen[node]) return;
  seen[node] = 1;
  if (s->kind[node] == SYNTHETIC)
    queue[(*n)++] = node;
  else
    s->dump.roots[s->dump.n_roots++] = node;
}

// What the first node reaches through synthetic ones is a root, and they are
// none of the graph: edges back to them become nil.
static bool find_roots(struct snapshot *s)
{
  struct gct__dump *d = &s->dump;
  uint8_t *seen = gct__job_array(s->job, d->n_nodes, sizeof *seen);
  uint32_t *queue = gct__job_array(s->job, d->n_nodes, sizeof *queue), n = 0;
  if (seen && queue) {
    s->kind[0] = SYNTHETIC;
    reach(s, seen, queue, &n, 0);
    for (uint32_t i = 0; i < n; i++)
      for (uint32_t e = d->first[queue[i]]; e < d->first[queue[i] + 1]; e++)
        reach(s, seen, queue, &n, d->edges[e]);
    for (uint32_t i = 0; i < d->n_nodes; i++) {
      bool dissolved = seen[i] && s->kind[i] == SYNTHETIC;
      d->n_dissolved += dissolved;
      for (uint32_t e = d->first[i]; e < d->first[i + 1] && !dissolved; e++) {
        uint32_t target = d->edges[e];
        if (!seen[target] || s->kind[target] != SYNTHETIC) continue;
        d->edges[e] = GCT_NIL;
        ++*s->to_synthetic;
      }
      if (d->weak[i] != GCT_NIL && seen[d->weak[i]] &&
          s->kind[d->weak[i]] == SYNTHETIC)
        d->weak[i] = GCT_NIL;
    }
  }
  free(seen);
  free(queue);
  return s->job->code == 0;
}

// ---- names

// Which types the strings are that somebody needs: `type_of` has GCT_NIL where
// none is wanted.
static bool read_strings(struct snapshot *s, uint32_t *type_of, uint64_t n)
{
  struct gct__json json = reader(s, s->strings);
  struct gct__text text;
  char name[4 * GCT__IMPORT_NAME];
  bool first = true, more;
  uint64_t i = 0;
  if (!gct__json_take(&json, '[')) return false;
  for (; gct__json_next(&json, ']', &first, &more) && more; i++) {
    if (!gct__json_string(&json, &text)) return false;
    if (i >= n || type_of[i] == GCT_NIL) continue;
    size_t length = gct__text_resolve(text, name, sizeof name);
    type_of[i] = gct__job_type(s->job, name, length);
  }
  if (s->job->code != 0) return false;
  return i >= n || gct__json_fail(&json, "a name is not in \"strings\"");
}

static bool name_types(struct snapshot *s)
{
  struct gct__dump *d = &s->dump;
  uint64_t n = 0;
  for (uint32_t i = 0; i < d->n_nodes; i++)
    if (s->kind[i] != PLAIN && d->type[i] >= n) n = d->type[i] + UINT64_C(1);
  // Names cannot outnumber what the file has room for.
  if (n > s->job->n)
    return gct__job_fail(s->job, (uint64_t)(s->strings - s->job->bytes),
                         "a name is not in \"strings\"");
  uint32_t *type_of = gct__job_array(s->job, n, sizeof *type_of);
  if (!type_of) return false;
  memset(type_of, 0xFF, (size_t)n * sizeof *type_of);
  for (uint32_t i = 0; i < d->n_nodes; i++)
    if (s->kind[i] != PLAIN) type_of[d->type[i]] = 0;
  bool good = read_strings(s, type_of, n);
  for (uint32_t i = 0; good && i < d->n_nodes; i++)
    if (s->kind[i] != PLAIN) d->type[i] = type_of[d->type[i]];
  free(type_of);
  return good;
}

static bool allocate(struct snapshot *s)
{
  struct gct__dump *d = &s->dump;
  uint64_t n = s->node_count;
  d->n_nodes = (uint32_t)n;
  d->type = gct__job_array(s->job, n, sizeof *d->type);
  d->words = gct__job_array(s->job, n, sizeof *d->words);
  d->first = gct__job_array(s->job, n + 1, sizeof *d->first);
  d->weak = gct__job_array(s->job, n, sizeof *d->weak);
  d->roots = gct__job_array(s->job, n, sizeof *d->roots);
  d->edges = gct__job_array(s->job, s->edge_count, sizeof *d->edges);
  s->kind = gct__job_array(s->job, n, sizeof *s->kind);
  if (s->job->code != 0) return false;
  memset(d->weak, 0xFF, (size_t)n * sizeof *d->weak);
  return true;
}

bool gct__import_heapsnapshot(struct gct__job *job, const char *output)
{
  struct snapshot s = {.job = job};
  s.weak_more =
      gct__job_count(job, "import.weak_more",
                     "weak edges left out: not the first of an object");
  s.shortcuts =
      gct__job_count(job, "import.shortcuts", "shortcut edges left out");
  s.to_synthetic = gct__job_count(job, "import.to_synthetic",
                                  "edges to synthetic nodes made nil");
  s.rounded = gct__job_count(job, "import.sizes_rounded",
                             "objects whose size was rounded up to 8 bytes");
  bool good = find_members(&s) && read_head(&s) && allocate(&s) &&
              read_nodes(&s) && read_edges(&s) && name_types(&s) &&
              find_roots(&s);
  free(s.kind);
  if (good) good = gct__dump_build(job, &s.dump, output);
  gct__dump_free(&s.dump);
  return good;
}
