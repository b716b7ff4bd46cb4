// provenance.h: run.json: all that is needed to trust or repeat a run.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_PROVENANCE_H
#define WANE_HARNESS_PROVENANCE_H

#include "numa_setup.h"
#include "plan.h"
#include "record.h"

#include <jansson.h>

// What is known before the first invocation. A new reference.
json_t *provenance_begin(const char *run_id, int argc, char **argv,
                         const struct run_args *args, const struct plan *plan,
                         const struct numa_setup *numa);
// Adds what one invocation was and how it ended.
void provenance_record(json_t *provenance, const struct record *record);
// Adds what is known after the last one.
void provenance_end(json_t *provenance, bool interrupted);

// "2026-01-31T12:00:00Z"; `text` holds 32 bytes.
void provenance_utc(char text[32]);

#endif
