// parts.h: the folders of attempts at a cell.
// SPDX-License-Identifier: MIT
//
// Each attempt has one of its own, "FOLDER.HOST.PID.part": two that run at the
// same time, on whatever machines, never write to the same files.

#ifndef WANE_HARNESS_SWEEP_PARTS_H
#define WANE_HARNESS_SWEEP_PARTS_H

// That of this process; the caller's. NULL: no memory.
char *parts_name(const char *folder);
// Those of processes of this machine that are no more. Of another machine's,
// nobody here knows.
void parts_remove_dead(const char *folder);
// All of them: the cell is done.
void parts_remove(const char *folder);

#endif
