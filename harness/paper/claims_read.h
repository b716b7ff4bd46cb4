// claims_read.h: reads a claims file.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_CLAIMS_READ_H
#define WANE_HARNESS_CLAIMS_READ_H

#include "claims_table.h"

struct claims_file;

// Checks all of it: keys, numbers, metrics, what each relation needs. NULL and
// "NAME:LINE:COLUMN: sentence".
struct claims_file *claims_read_bytes(const char *name, const char *bytes,
                                      size_t n, char *error, size_t error_size);
struct claims_file *claims_read(const char *path, char *error,
                                size_t error_size);
void claims_close(struct claims_file *file);

size_t claims_count(const struct claims_file *file);
const struct claim *claims_at(const struct claims_file *file, size_t i);

size_t claims_tables(const struct claims_file *file);
const struct claim_table *claims_table_at(const struct claims_file *file,
                                          size_t i);

// Does every claim speak of such configurations (as in the column) and
// benchmarks? 0, or -EINVAL and a sentence with its place.
//
// And of such factors and numbers of mutators as they have cells at?
struct claims_axes {
  const double *factors;
  const uint32_t *mutators;
  size_t n_factors, n_mutators;
  bool any_factor, any_mutators; // it is not known which there are
};
struct claims_names {
  const char *const *configs, *const *benchmarks;
  size_t n_configs, n_benchmarks;
  const struct claims_axes *axes; // of each configuration; NULL: not checked
};
int claims_check_names(const struct claims_file *file,
                       const struct claims_names *names, char *error,
                       size_t error_size);

#endif
