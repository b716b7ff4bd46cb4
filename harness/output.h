// output.h: the folder of an experiment (-o DIR).
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_OUTPUT_H
#define WANE_HARNESS_OUTPUT_H

#include "companion.h"
#include "record.h"

#include <jansson.h>

struct output;

// Creates the folder and, in it, results.csv.part and the companions' .part,
// and with `numa` numa.csv.part. A folder that holds results already is
// refused. NULL and a sentence.
struct output *output_open(const char *directory, bool numa, char *error,
                           size_t error_size);

// Writes topology.xml.part. As output_record.
int output_topology(struct output *output, const char *xml);

// A row of a companion file of the invocation under way.
void output_row(struct output *output, enum companion companion,
                const char *invocation, const char *csv);
// A row of numa.csv, `first` being the columns that are the same in all rows of
// an invocation.
void output_numa(struct output *output, const char *first, const char *csv);
// Appends an invocation that is over, to disk. Returns 0, or the first -errno
// that anything gave so far.
int output_record(struct output *output, const struct record *record);
// Writes run.json.part: the old one stays until the new one is there. As
// output_record.
int output_provenance(struct output *output, json_t *provenance);

// Gives the files their names, if all is well with them. Returns 0, or the
// first -errno that anything gave, and then a sentence.
int output_close(struct output *output, char *error, size_t error_size);

#endif
