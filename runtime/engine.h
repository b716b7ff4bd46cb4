// engine.h: the counting engine: what a round does with its packets.
// SPDX-License-Identifier: MIT

#ifndef WANE__ENGINE_H
#define WANE__ENGINE_H

#include "ring.h"

struct wane_collector;

int wane__engine_start(const struct wane_collector *collector,
                       const char *options, char *error, size_t error_size);
void wane__engine_stop(void);

// Coordinator: works on the packets of round `epoch`. `stopped`: the world is,
// and every decrement is applied. `collect`: the plugin has its turn. Fills in
// the totals of `cycle`.
void wane__engine_round(uint64_t epoch, bool stopped, bool collect, bool full,
                        struct wane__ring *ring, struct wane_event *cycle);
bool wane__engine_due(void);
// In a round that stops the world, after its work: the verifier looks.
void wane__engine_verify(void *unused);
// CPU time of the coordinator and the workers: the coordinator asks.
uint64_t wane__engine_cpu_ns(void);
// From within the plugin's turn, what takes long in it: begins with the times
// of now, CPU of all workers; ends as an event of this round.
struct wane_event wane__engine_part_begin(void);
void wane__engine_part_end(struct wane_event *part,
                           enum wane_event_phase phase);
void wane__engine_handshake_took(uint64_t ns);
void wane__engine_lock(void); // around fork
void wane__engine_unlock(void);

#endif
