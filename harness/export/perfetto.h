// perfetto.h: the event log as a timeline that Perfetto and Chrome show.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_PERFETTO_H
#define WANE_HARNESS_PERFETTO_H

#include <stdio.h>

// Writes what stands in the folder's gc_events.csv.zst and heap_samples.csv.zst
// as Chrome trace events (JSON): a process per iteration, a track per thread,
// times in microseconds to the nanosecond. `invocation` NULL: of all of them;
// of one, the requests of requests.csv.zst come too. Returns an enum wane_exit
// and a sentence. Nothing is written if the events cannot be read to their end.
int perfetto_export(const char *directory, const char *invocation, FILE *out,
                    char *error, size_t error_size);

#endif
