// label.h: columns of the results that the one who starts a run knows better.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_LABEL_H
#define WANE_HARNESS_LABEL_H

#include "record.h"

#include <stddef.h>

// The text of each column that was given with --label, or NULL. The texts are
// the command line's.
struct labels {
  const char *text[N_COLUMNS];
};

// "COLUMN=VALUE" of those columns that may be set. Returns 0, or -EINVAL and a
// sentence.
int label_parse(struct labels *labels, const char *text, char *error,
                size_t error_size);

// The names of these columns, ", " between, for help.
extern const char label_columns[];

// What a label of a number says; `otherwise` if there is none.
uint64_t label_number(const struct labels *labels, enum column column,
                      uint64_t otherwise);

// Puts all texts into the record, but those of numbers that count on from the
// label (exec_index, invocation): these the caller adds up.
void label_apply(const struct labels *labels, struct record *record);

#endif
