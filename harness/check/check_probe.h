// check_probe.h: what a collector says of itself, asked in another process.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_CHECK_PROBE_H
#define WANE_HARNESS_CHECK_PROBE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

// `text`: a name or path, options and all. Loads it in a child and returns
// describe_collector's JSON, the caller's reference. NULL: it cannot be loaded,
// and why is in `error`; *crashed says that the process ended otherwise than it
// should. Main thread.
json_t *check_probe(const char *text, bool *crashed, char *error, size_t size);

#endif
