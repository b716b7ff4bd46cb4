// trace_import.h: `wane trace import`.
// SPDX-License-Identifier: MIT
#ifndef WANE_TRACE_IMPORT_H
#define WANE_TRACE_IMPORT_H

// Other tools' heap dumps and traces as GCT traces; argv[1] = "import". Returns
// the exit code: 0, 2 for wrong usage, 3 for a malformed file or a failure of
// the system.
int wane_trace_import(int argc, char **argv);

#endif
