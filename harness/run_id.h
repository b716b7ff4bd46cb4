// run_id.h: the name of an experiment.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_RUN_ID_H
#define WANE_HARNESS_RUN_ID_H

#include <time.h>

// "PREFIX-HOST-2026-01-31-Sat-120000" of local time `now`; `text` holds 128
// bytes. What is no letter, digit, '.' or '-' in the host's name becomes '-'.
void run_id_make(char text[128], const char *prefix, const char *host,
                 time_t now);

#endif
