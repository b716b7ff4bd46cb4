// hand_over.h: what a thread gives up at an ack and at its end.
// SPDX-License-Identifier: MIT

#ifndef WANE__HAND_OVER_H
#define WANE__HAND_OVER_H

#include "thread.h"

// Closes the young span of one size class: [begin, cursor) joins the list.
void wane__young_close(struct wane__thread *t, uint32_t size_class);
void wane__young_add(struct wane__young_list *list, uint32_t block,
                     uint32_t begin, uint32_t end);
void wane__young_retire(struct wane__young_list *list, uint32_t block);
// The thread leaves: its open blocks are retired.
void wane__hand_over_retire(struct wane__thread *t);
// After its last hand-over: frees list storage.
void wane__hand_over_exit(struct wane__thread *t);
// For the statistics: how long an ack took (a stopped world is a stall of the
// collector's making and counted apart).
void wane__hand_over_ack_time(uint64_t ns, bool stopped);

#endif
