// trace_relax.h: wane trace relax.
// SPDX-License-Identifier: MIT
#ifndef WANE_TRACE_RELAX_H
#define WANE_TRACE_RELAX_H

// Gets the whole command line, argv[1] being the verb. Returns an exit code.
int wane_trace_relax(int argc, char **argv);

#endif
