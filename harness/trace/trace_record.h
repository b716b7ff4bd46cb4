// trace_record.h: wane trace record: a Python script's heap, as a trace.
// SPDX-License-Identifier: MIT
#ifndef WANE_TRACE_RECORD_H
#define WANE_TRACE_RECORD_H

// argv[1] is "record". Returns an exit code.
int wane_trace_record(int argc, char **argv);

#endif
