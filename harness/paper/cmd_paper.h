// cmd_paper.h: `wane paper`.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_CMD_PAPER_H
#define WANE_HARNESS_CMD_PAPER_H

// argv[0] is "paper". An enum wane_exit; EXPERIMENT: a claim is OUTSIDE or NOT
// MEASURED.
int wane_cmd_paper(int argc, char **argv);

#endif
