// csv.h: fields of comma-separated files (RFC 4180, LF, NA for missing).
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_CSV_H
#define WANE_HARNESS_CSV_H

#include <stdio.h>

// Writes one field; NULL and "" become NA. Quoted when it holds a comma, a
// quote or a line end, or is the text "NA" itself. No separator.
void csv_field(FILE *out, const char *text);

// A number as text: integers up to 2^53 exactly, others with as many digits
// as bring the same double back; NaN: "NA". `text` holds 32 bytes.
void csv_number(char text[32], double value);

#endif
