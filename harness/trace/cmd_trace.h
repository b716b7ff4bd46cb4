// cmd_trace.h: `wane trace`, the command that looks at heap traces.
// SPDX-License-Identifier: MIT
#ifndef WANE_CMD_TRACE_H
#define WANE_CMD_TRACE_H

// `wane trace info|verify|text|cut ...`, with argv[0] = "trace". Returns the
// exit code: 0, 2 for wrong usage, 3 for a malformed file or a failure of the
// system, 4 when a trace's oracle disagrees with its events.
int wane_cmd_trace(int argc, char **argv);

#endif
