// cmd_run.h: `wane run`.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_CMD_RUN_H
#define WANE_HARNESS_CMD_RUN_H

// argv[0] is "run". Returns an enum wane_exit.
int wane_cmd_run(int argc, char **argv);

#endif
