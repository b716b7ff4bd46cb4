// cmd_compare.h: `wane compare`: is B better or worse than A?
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_CMD_COMPARE_H
#define WANE_HARNESS_CMD_COMPARE_H

// argv[0] is "compare". Returns the exit code.
int wane_cmd_compare(int argc, char **argv);

#endif
