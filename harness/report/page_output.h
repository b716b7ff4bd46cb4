// page_output.h: index.html of the folder of a report.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_PAGE_OUTPUT_H
#define WANE_HARNESS_PAGE_OUTPUT_H

#include "report_output.h"

// After report_output_write, for it takes the pictures that were drawn from
// `directory`: puts index.html, which report_output_write is to write then. 0
// or -ENOMEM.
int page_output(const struct report *report, const char *directory,
                struct report_output *output);

#endif
