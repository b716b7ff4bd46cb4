// pressure.h: when a round is asked for, and when a mutator helps or waits.
// SPDX-License-Identifier: MIT

#ifndef WANE__PRESSURE_H
#define WANE__PRESSURE_H

#include "thread.h"

void wane__pressure_start(void);
// Allocation slow path, at a safepoint: tells new bytes, asks for a round,
// helps, waits. See pressure.c for the four steps.
void wane__pressure_allocating(struct wane__thread *t);
// A thread exits, which has given up its blocks: the same for what it has not
// told yet. May wait, detached.
void wane__pressure_exiting(struct wane__thread *t);
// No block could be had, for the `turn`-th time (from 0): gives the collector
// its turn. True: try again.
bool wane__pressure_exhausted(struct wane__thread *t, uint32_t turn);
// At a safepoint after the log pool ran dry: waits for a round, detached.
void wane__pressure_wait_log(struct wane__thread *t);

// Coordinator: young and log bytes up to here belong to a round that begins;
// one that ended freed `freed` bytes by applying `applied` log entries.
void wane__pressure_round_begins(void);
void wane__pressure_round_ended(uint64_t applied, uint64_t freed,
                                uint64_t pending, uint64_t live_bytes);
// Bytes of cells in use, as far as known; is it time for a tracing cycle?
uint64_t wane__pressure_used(void);
bool wane__pressure_cycle_due(void);
void wane__pressure_external(void); // external bytes have grown; any thread
bool wane__pressure_anything(void); // is there anything a round could do?
uint64_t wane__stall_max_ns(void);
void wane__pressure_reset_stats(void);

#endif
