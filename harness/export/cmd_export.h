// cmd_export.h: `wane export`: results in the forms of other tools.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_CMD_EXPORT_H
#define WANE_HARNESS_CMD_EXPORT_H

// argv[0] is "export". Returns the exit code.
int wane_cmd_export(int argc, char **argv);

#endif
