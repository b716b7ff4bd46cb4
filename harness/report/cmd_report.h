// cmd_report.h: `wane report`: figures of results.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_CMD_REPORT_H
#define WANE_HARNESS_CMD_REPORT_H

// argv[0] is "report". Returns the exit code.
int wane_cmd_report(int argc, char **argv);

#endif
