// claims_schema.h: a claims file as the structs that hold it.
// SPDX-License-Identifier: MIT
//
// What is absent is NULL or 0 here; its meaning is claims_read.c's.

#ifndef WANE_HARNESS_CLAIMS_SCHEMA_H
#define WANE_HARNESS_CLAIMS_SCHEMA_H

#include "yaml_tree.h"

#include <stdint.h>

struct yaml_texts {
  char **text;
  uint32_t n;
};

struct yaml_pick {
  char *config;
  struct yaml_texts benchmarks;
  double heap_factor;
  uint32_t mutators;
};

struct yaml_claim {
  char *id, *text, *source, *published, *relation, *over, *along, *combine;
  struct yaml_texts measure, divided_by;
  struct yaml_pick *of, *than;
  double *low, *high, *near, *within, *at;
  double tolerance;
};

struct yaml_column {
  char *name, *combine;
  struct yaml_texts measure, divided_by;
};

struct yaml_claim_table {
  char *name, *title;
  struct yaml_texts configs;
  struct yaml_column *columns;
  uint32_t n_columns;
};

struct yaml_claims {
  struct yaml_claim *claims;
  struct yaml_claim_table *tables;
  uint32_t n, n_tables;
};

// 0, or -EINVAL and "NAME:LINE:COLUMN: sentence". Both are the caller's, to be
// freed by claims_schema_close, whatever was returned.
int claims_schema_open(struct yaml_tree **tree, struct yaml_claims **claims,
                       const char *name, const char *bytes, size_t n,
                       char *error, size_t error_size);
void claims_schema_close(struct yaml_tree *tree, struct yaml_claims *claims);

#endif
