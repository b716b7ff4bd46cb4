// interrupt.h: Ctrl-C, SIGTERM and SIGHUP end an experiment in good order.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_INTERRUPT_H
#define WANE_HARNESS_INTERRUPT_H

#include <signal.h>
#include <stdbool.h>

// Blocks the three signals but within interrupt_mask, and notes when one
// comes. SIGPIPE is ignored. Main thread; once until interrupt_end.
void interrupt_install(void);
bool interrupt_came(void);
// How many were let in so far; 2: two or more.
int interrupt_count(void);
// The mask for ppoll: as it was before interrupt_install.
const sigset_t *interrupt_mask(void);
// The signals work again as before. One that came and was not let in is
// forgotten: it has been heeded, or nothing was left to interrupt.
void interrupt_end(void);
// In a forked child, before exec: everything as it was.
void interrupt_restore(void);

#endif
