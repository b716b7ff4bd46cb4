// cmd_list.h: `wane list collectors|workloads|pacing|metrics`.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_CMD_LIST_H
#define WANE_HARNESS_CMD_LIST_H

// argv[0] is "list". Returns an enum wane_exit.
int wane_cmd_list(int argc, char **argv);

#endif
