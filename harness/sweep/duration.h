// duration.h: seconds for people.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_SWEEP_DURATION_H
#define WANE_HARNESS_SWEEP_DURATION_H

// "0.25 s", "12 s", "3 min 20 s", "2 h 05 min", "1 d 03 h"; "?" if unknown
// (NaN). `text` holds 32 bytes; returns it.
const char *duration_text(char text[32], double seconds);

#endif
