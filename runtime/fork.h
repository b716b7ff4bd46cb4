// fork.h: a process that forks.
// SPDX-License-Identifier: MIT

#ifndef WANE__FORK_H
#define WANE__FORK_H

void wane__fork_start(void); // from now on forks are taken care of
void wane__fork_stop(void);

#endif
