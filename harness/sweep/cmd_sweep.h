// cmd_sweep.h: `wane sweep`.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_CMD_SWEEP_H
#define WANE_HARNESS_CMD_SWEEP_H

// argv[0] is "sweep". Returns an enum wane_exit.
int wane_cmd_sweep(int argc, char **argv);

#endif
