// stats_text.h: trace statistics for people, in 80 columns.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_STATS_TEXT_H
#define WANE_HARNESS_STATS_TEXT_H

#include <stdio.h>

#include "stats_trace.h"

// One trace: what is most telling first, then distributions and types.
// Returns 0 or -ENOMEM.
int stats_text_trace(FILE *out, const struct stats_trace *trace,
                     uint32_t n_types);

// Its nominal statistics, with their standing when there are several traces.
void stats_text_nominal(FILE *out, const struct stats_trace *trace,
                        bool among_several);

// Several traces side by side, one a line.
void stats_text_overview(FILE *out, const struct stats_trace *traces, size_t n);

#endif
