// cmd_report.h: `wane report`: figures of results.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_CMD_REPORT_H
#define WANE_HARNESS_CMD_REPORT_H

#include <stdbool.h>

// Is there a figure or table of that name?
bool wane_report_has(const char *name);

// argv[0] is "report". Returns the exit code.
int wane_cmd_report(int argc, char **argv);

#endif
