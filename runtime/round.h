// round.h: the coordinator: when rounds run and who waits for them.
// SPDX-License-Identifier: MIT

#ifndef WANE__ROUND_H
#define WANE__ROUND_H

#include "config.h"

struct wane_collector;

// 0 or -errno, and a sentence if there is more to say than that.
int wane__round_start(const struct wane_collector *collector, char *error,
                      size_t error_size);
void wane__round_stop(void); // after a last, full round

// What the chosen collector makes of mutators.
uint32_t wane__round_barrier(void);
bool wane__round_wants_closers(void);
void wane__round_closer_lost(void); // one was flagged but could not be logged
bool wane__round_closers_lost(void); // were there any? Resets
bool wane__round_possible(void); // false: the collector never reclaims
bool wane__round_counts(void);   // references are counted
// In this round, as of the ack: do threads shade what they overwrite?
bool wane__round_marking(void);
void wane__round_log_lost(void); // something was, for want of room
bool wane__round_log_lost_once(void); // was it? Resets

// Asks for a round, without waiting. Cheap when one is asked for already.
void wane__round_request(enum wane_cause cause);
bool wane__round_wanted(void); // is one asked for?
bool wane__round_busy(void);
uint64_t wane__round_ended(void); // rounds completed so far
#define WANE__NEVER_NS ((uint64_t)1 << 62) // as long as it takes

// Asks and waits until `until` rounds have ended or one more has, `most_ns` at
// most; false: that time is over, or the coordinator is stopping. The caller is
// detached or no mutator.
bool wane__round_wait(enum wane_cause cause, uint64_t until, uint64_t most_ns);
// Waits until everything that is garbage now is gone.
void wane__round_collect(enum wane_cause cause);
// Runs `fn` on the coordinator with the world stopped and all counts exact.
void wane__round_with_world_stopped(void (*fn)(void *context), void *context);

// Mutator, at an ack: does round `epoch` stop the world?
bool wane__round_stopping(uint64_t epoch);

// Around fork: the world stands still; in the child everything starts anew.
void wane__round_fork_begin(void);
void wane__round_fork_parent(void);
void wane__round_fork_child(void);
uint64_t wane__round_epoch(void);
uint64_t wane__round_cpu_ns(void);

#endif
