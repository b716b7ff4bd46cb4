// cmd_check.h: `wane check`.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_CMD_CHECK_H
#define WANE_HARNESS_CMD_CHECK_H

// argv[0] is "check". Returns the exit code. Main thread.
int wane_cmd_check(int argc, char **argv);

#endif
