// yaml_tree.h: a YAML document, with the place of everything in it.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_SWEEP_YAML_TREE_H
#define WANE_HARNESS_SWEEP_YAML_TREE_H

#include <stdbool.h>
#include <stddef.h>

struct yaml_tree;

enum yaml_kind { YAML_SCALAR, YAML_SEQUENCE, YAML_MAPPING };

// Nodes are numbers from 1, the root's; 0 is no node.
enum { YAML_ROOT = 1 };

// Parses `n` bytes: one document, without aliases, whose keys are plain texts
// that no mapping has twice. `name` is for sentences and is copied; so are the
// bytes. NULL and "NAME:LINE:COLUMN: sentence".
struct yaml_tree *yaml_tree_open(const char *name, const char *bytes, size_t n,
                                 char *error, size_t error_size);
void yaml_tree_close(struct yaml_tree *tree);

enum yaml_kind yaml_tree_kind(const struct yaml_tree *tree, int node);
// Of a scalar: its text.
const char *yaml_tree_text(const struct yaml_tree *tree, int node);
// Entries of a sequence, pairs of a mapping.
size_t yaml_tree_count(const struct yaml_tree *tree, int node);
int yaml_tree_item(const struct yaml_tree *tree, int node, size_t i);
const char *yaml_tree_key(const struct yaml_tree *tree, int node, size_t i);
int yaml_tree_key_node(const struct yaml_tree *tree, int node, size_t i);
int yaml_tree_value(const struct yaml_tree *tree, int node, size_t i);
// The value of a key; 0: there is none, or `node` is 0 or no mapping.
int yaml_tree_find(const struct yaml_tree *tree, int node, const char *key);

// Puts "NAME:LINE:COLUMN: " and the sentence into `error`; returns -EINVAL.
int yaml_refuse(const struct yaml_tree *tree, int node, char *error,
                size_t error_size, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

#endif
