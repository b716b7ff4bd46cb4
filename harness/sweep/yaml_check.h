// yaml_check.h: a document against a schema of libcyaml.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_SWEEP_YAML_CHECK_H
#define WANE_HARNESS_SWEEP_YAML_CHECK_H

#include "yaml_tree.h"

#include <cyaml/cyaml.h>

// Keys, types and the bounds of numbers, with the place of what is wrong.
// Returns 0, or -EINVAL and a sentence.
int yaml_check(const struct yaml_tree *tree,
               const struct cyaml_schema_value *schema, char *error,
               size_t error_size);

#endif
