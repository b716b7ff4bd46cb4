// gct_deaths.h: when each object of a trace came to be out of reach.
// SPDX-License-Identifier: MIT
//
// FREE and DROP say when the recorded program gave an object up, which for a
// cycle is when its own collector ran. An object is dead from the event on
// after which no chain of references leads to it from a root. That is found as
// Merlin does it (Hertz et al., 2006): what begins or ends at events is roots
// and references, so the last moment x could be reached is the latest of
//   * the end of each of its roots,
//   * for each reference to it, the end of the reference or the last moment its
//     owner could be reached, whichever comes first.
// An object that is out of reach does not come back: where a trace says that it
// does, it is taken to have been in reach all the time.
#ifndef WANE_GCT_DEATHS_H
#define WANE_GCT_DEATHS_H

#include "gct_order.h"

#define GCT_NEVER UINT64_MAX

// Numbers of events, from 0, in the canonical order (gct_order.h; WAITs count).
struct gct_life {
  uint64_t born; // the ALLOC
  uint64_t dead; // the event that puts it out of reach, the number of all
                 // events if only a holder does not know yet, or GCT_NEVER
  uint32_t words; // of its ALLOC
};

// What somebody who replays the trace holds beyond what it says: an object that
// loses a root or a reference to it may *linger* until the next event of the
// same thread that *settles*; one that gains or loses a root may be *buried*,
// until the next one that the same thread buries.
struct gct_holder {
  // Is all that lingers let go just before `event`? `before`: of this thread.
  bool (*settles)(void *context, const struct gct_event *event,
                  const struct gct_event *before);
  // Does what loses a root or reference by `event` linger?
  bool (*lingers)(void *context, const struct gct_event *event, uint64_t birth);
  // Is it buried? Asked once for each root that begins or ends by `event` of
  // `thread`, in that order.
  bool (*buries)(void *context, uint32_t thread, const struct gct_event *event,
                 uint64_t birth);
  void *context;
  bool together; // the threads hold as one
};

// By birth; the caller frees *lives. `holder`: NULL if nothing lingers. A root
// is also what the finalizer registry has, from FINALIZER until that ran or the
// object was freed. The file must have passed gct_verify. Returns 0 or a
// negative errno with *error filled.
int gct_deaths_make(const struct gct_file *file,
                    const struct gct_holder *holder, struct gct_life **lives,
                    struct gct_error *error);

#endif
