// guard.h: notices plugins that misuse the services of wane/collector.h.
// SPDX-License-Identifier: MIT
//
// Only where somebody asked for the verifier (wane_config.verify): then each
// service looks at what it is given before it does anything, and ends the
// process with a sentence that names the plugin, the service and the mistake.
// Without the verifier it costs one load and a branch that is never taken.

#ifndef WANE__GUARD_H
#define WANE__GUARD_H

#include "heap.h"

struct wane_round;

// Where a plugin may be called from, and what it may call there.
enum wane__callback {
  WANE__CALL_NONE = 0,
  WANE__CALL_YOUNG = 1u << 0,
  WANE__CALL_COLLECT = 1u << 1,
};

// The coordinator is about to call the plugin, and is back.
void wane__guard_enter(enum wane__callback callback,
                       const struct wane_round *r);
void wane__guard_leave(void);

// `service` was called: from one of `callbacks`, on their thread, with the
// round that the plugin was given?
void wane__guard_call(const char *service, unsigned callbacks,
                      const struct wane_round *r);
// Is it an object; one that was handed over, unless `young_too`?
void wane__guard_object(const char *service, wane_ref o, bool young_too);
// Are these cells of a block in use, every one?
void wane__guard_cells(const char *service, uint32_t block, uint32_t word,
                       uint64_t cells);
// The mistake, in words.
_Noreturn void wane__guard_fail(const char *service, wane_ref o,
                                const char *what);

#define WANE__GUARDED WANE_UNLIKELY(wane__verify_holds)

#endif
