// cmd_new.h: `wane new collector|workload NAME [DIR]`.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_CMD_NEW_H
#define WANE_HARNESS_CMD_NEW_H

// argv[0] is "new". Returns an enum wane_exit.
int wane_cmd_new(int argc, char **argv);

#endif
