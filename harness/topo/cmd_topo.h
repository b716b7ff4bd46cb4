// cmd_topo.h: `wane topo`.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_CMD_TOPO_H
#define WANE_HARNESS_CMD_TOPO_H

int wane_cmd_topo(int argc, char **argv);

#endif
