// gct_import_graph.h: the object graph of a heap dump, and the building of it.
// SPDX-License-Identifier: MIT
//
// The slots of node i are edges first[i] .. first[i+1]-1, in order: 4 bytes
// each, 16 for a node, so that a dump takes less memory than its file.
#ifndef WANE_GCT_IMPORT_GRAPH_H
#define WANE_GCT_IMPORT_GRAPH_H

#include "gct_import_job.h"

struct gct__dump {
  uint32_t n_nodes, n_roots;
  uint32_t n_dissolved; // nodes that are no objects, and are not reachable
  uint32_t *type;       // of the job's table
  uint32_t *words;      // bytes / 8
  uint32_t *first;      // n_nodes + 1
  uint32_t *edges;      // a node or GCT_NIL
  uint32_t *weak;  // what a node refers to weakly, or GCT_NIL; NULL: nothing
  uint32_t *roots; // nodes, each once
};

// Writes the whole trace: births in the order asked for, what the roots do not
// reach left out (and counted), a checkpoint, and the teardown if asked for.
bool gct__dump_build(struct gct__job *job, const struct gct__dump *dump,
                     const char *output);
void gct__dump_free(struct gct__dump *dump);

#endif
