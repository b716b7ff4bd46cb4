// yaml_tree.c: a YAML document, with the place of everything in it.
// SPDX-License-Identifier: MIT
//
// libcyaml fills structs and knows lines, but of the value before where a key
// is wrong, and none at all afterwards; libyaml, which it is built on, knows
// the place of every node. So sentences come from here. Pure.
#include "yaml_tree.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

struct yaml_tree {
  char *name;
  yaml_document_t document;
  int n; // nodes
};

static const yaml_node_t *node_of(const struct yaml_tree *tree, int node)
{
  return &tree->document.nodes.start[node - 1];
}

// --- sentences --------------------------------------------------------------

static int refuse_at(const char *name, const yaml_mark_t *mark, char *error,
                     size_t error_size, const char *format, va_list arguments)
{
  int n = snprintf(error, error_size, "%s:%zu:%zu: ", name, mark->line + 1,
                   mark->column + 1);
  if (n >= 0 && (size_t)n < error_size)
    (void)vsnprintf(error + n, error_size - (size_t)n, format, arguments);
  return -EINVAL;
}

int yaml_refuse(const struct yaml_tree *tree, int node, char *error,
                size_t error_size, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  int result = refuse_at(tree->name, &node_of(tree, node)->start_mark, error,
                         error_size, format, arguments);
  va_end(arguments);
  return result;
}

__attribute__((format(printf, 5, 6))) static void
refuse_mark(const char *name, const yaml_mark_t *mark, char *error,
            size_t error_size, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  (void)refuse_at(name, mark, error, error_size, format, arguments);
  va_end(arguments);
}

// --- what a document may not have -------------------------------------------

static int scalar_is_text(const struct yaml_tree *tree, int node, char *error,
                          size_t error_size)
{
  const yaml_node_t *it = node_of(tree, node);
  if (strlen((const char *)it->data.scalar.value) == it->data.scalar.length)
    return 0;
  return yaml_refuse(tree, node, error, error_size, "a text with a NUL in it");
}

static int keys_are_texts(const struct yaml_tree *tree, int node, char *error,
                          size_t error_size)
{
  size_t n = yaml_tree_count(tree, node);
  for (size_t i = 0; i < n; i++) {
    int key = yaml_tree_key_node(tree, node, i);
    if (yaml_tree_kind(tree, key) != YAML_SCALAR)
      return yaml_refuse(tree, key, error, error_size,
                         "expected a plain text as a key");
    for (size_t k = 0; k < i; k++)
      if (!strcmp(yaml_tree_key(tree, node, i), yaml_tree_key(tree, node, k)))
        return yaml_refuse(tree, key, error, error_size,
                           "\"%s\": expected once, found twice",
                           yaml_tree_key(tree, node, i));
  }
  return 0;
}

// A node that two others have is what an alias gives; it could be its own
// ancestor.
static int count_parents(const struct yaml_tree *tree, unsigned char *seen,
                         int node, char *error, size_t error_size)
{
  if (!seen[node]++) return 0;
  return yaml_refuse(tree, node, error, error_size,
                     "an alias (*) refers to this; expected it written out");
}

static int node_is_good(const struct yaml_tree *tree, unsigned char *seen,
                        int node, char *error, size_t error_size)
{
  enum yaml_kind kind = yaml_tree_kind(tree, node);
  if (kind == YAML_SCALAR)
    return scalar_is_text(tree, node, error, error_size);
  int result = 0;
  size_t n = yaml_tree_count(tree, node);
  for (size_t i = 0; !result && i < n; i++) {
    int value = kind == YAML_MAPPING ? yaml_tree_value(tree, node, i)
                                     : yaml_tree_item(tree, node, i);
    if (kind == YAML_MAPPING)
      result = count_parents(tree, seen, yaml_tree_key_node(tree, node, i),
                             error, error_size);
    if (!result)
      result = count_parents(tree, seen, value, error, error_size);
  }
  if (!result && kind == YAML_MAPPING)
    result = keys_are_texts(tree, node, error, error_size);
  return result;
}

static int all_is_good(const struct yaml_tree *tree, char *error,
                       size_t error_size)
{
  unsigned char *seen = calloc((size_t)tree->n + 1, 1);
  int result = seen ? 0 : -ENOMEM;
  if (!seen) snprintf(error, error_size, "%s: no memory", tree->name);
  if (seen) seen[YAML_ROOT] = 1;
  for (int node = 1; !result && node <= tree->n; node++)
    result = node_is_good(tree, seen, node, error, error_size);
  free(seen);
  return result;
}

// --- open -------------------------------------------------------------------

// Is there nothing after the first document?
static bool load(yaml_parser_t *parser, struct yaml_tree *tree, char *error,
                 size_t error_size)
{
  static const yaml_mark_t start;
  yaml_document_t next;
  if (!yaml_parser_load(parser, &tree->document)) return false;
  tree->n =
      (int)(tree->document.nodes.top - tree->document.nodes.start);
  if (!tree->n) {
    refuse_mark(tree->name, &start, error, error_size,
                "expected an experiment, found nothing");
    return false;
  }
  if (!yaml_parser_load(parser, &next)) return false;
  bool more = next.nodes.top != next.nodes.start;
  if (more)
    refuse_mark(tree->name, &next.start_mark, error, error_size,
                "expected one document, found another one");
  yaml_document_delete(&next);
  return !more;
}

// Of what is no text at all only the offset is known.
static yaml_mark_t mark_of(const char *bytes, size_t offset)
{
  yaml_mark_t mark = {.index = offset};
  for (size_t i = 0; i < offset; i++) {
    bool line = bytes[i] == '\n';
    mark.line += line;
    mark.column = line ? 0 : mark.column + 1;
  }
  return mark;
}

static void explain(const yaml_parser_t *parser, const char *name,
                    const char *bytes, size_t n, char *error,
                    size_t error_size)
{
  yaml_mark_t mark = parser->problem_mark;
  size_t offset = parser->problem_offset;
  if (parser->error == YAML_READER_ERROR) {
    mark = mark_of(bytes, offset < n ? offset : n);
    refuse_mark(name, &mark, error, error_size, "%s",
                parser->problem ? parser->problem : "no UTF-8");
  } else if (parser->error == YAML_MEMORY_ERROR) {
    snprintf(error, error_size, "%s: no memory", name);
  } else if (parser->error != YAML_NO_ERROR) {
    refuse_mark(name, &mark, error, error_size, "%s%s%s",
                parser->context ? parser->context : "",
                parser->context ? ", " : "",
                parser->problem ? parser->problem : "no YAML");
  }
}

struct yaml_tree *yaml_tree_open(const char *name, const char *bytes, size_t n,
                                 char *error, size_t error_size)
{
  yaml_parser_t parser;
  struct yaml_tree *tree = calloc(1, sizeof *tree);
  if (error_size) *error = '\0';
  if (tree) tree->name = strdup(name);
  if (!tree || !tree->name || !yaml_parser_initialize(&parser)) {
    snprintf(error, error_size, "%s: no memory", name);
    if (tree) free(tree->name);
    free(tree);
    return NULL;
  }
  yaml_parser_set_input_string(&parser, (const unsigned char *)bytes, n);
  bool good = load(&parser, tree, error, error_size);
  if (!good && !*error) explain(&parser, name, bytes, n, error, error_size);
  yaml_parser_delete(&parser);
  if (good) good = !all_is_good(tree, error, error_size);
  if (good) return tree;
  yaml_tree_close(tree);
  return NULL;
}

void yaml_tree_close(struct yaml_tree *tree)
{
  if (!tree) return;
  yaml_document_delete(&tree->document);
  free(tree->name);
  free(tree);
}

// --- look -------------------------------------------------------------------

enum yaml_kind yaml_tree_kind(const struct yaml_tree *tree, int node)
{
  switch (node_of(tree, node)->type) {
  case YAML_MAPPING_NODE:
    return YAML_MAPPING;
  case YAML_SEQUENCE_NODE:
    return YAML_SEQUENCE;
  default:
    return YAML_SCALAR;
  }
}

const char *yaml_tree_text(const struct yaml_tree *tree, int node)
{
  return (const char *)node_of(tree, node)->data.scalar.value;
}

size_t yaml_tree_count(const struct yaml_tree *tree, int node)
{
  const yaml_node_t *it = node_of(tree, node);
  if (it->type == YAML_MAPPING_NODE)
    return (size_t)(it->data.mapping.pairs.top - it->data.mapping.pairs.start);
  if (it->type == YAML_SEQUENCE_NODE)
    return (size_t)(it->data.sequence.items.top -
                    it->data.sequence.items.start);
  return 0;
}

int yaml_tree_item(const struct yaml_tree *tree, int node, size_t i)
{
  return node_of(tree, node)->data.sequence.items.start[i];
}

int yaml_tree_key_node(const struct yaml_tree *tree, int node, size_t i)
{
  return node_of(tree, node)->data.mapping.pairs.start[i].key;
}

const char *yaml_tree_key(const struct yaml_tree *tree, int node, size_t i)
{
  return yaml_tree_text(tree, yaml_tree_key_node(tree, node, i));
}

int yaml_tree_value(const struct yaml_tree *tree, int node, size_t i)
{
  return node_of(tree, node)->data.mapping.pairs.start[i].value;
}

int yaml_tree_find(const struct yaml_tree *tree, int node, const char *key)
{
  if (!node || yaml_tree_kind(tree, node) != YAML_MAPPING) return 0;
  size_t n = yaml_tree_count(tree, node);
  for (size_t i = 0; i < n; i++)
    if (strcmp(yaml_tree_key(tree, node, i), key) == 0)
      return yaml_tree_value(tree, node, i);
  return 0;
}
