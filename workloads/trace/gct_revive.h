// gct_revive.h: objects that a recorded program got back through weak means.
// SPDX-License-Identifier: MIT
//
// Private to the library. In the recorded program a dead cycle kept an object
// alive, and a weak reference or the table of interned strings handed it out
// again; a replay's collector may have freed it by then. The recorder notices
// and marks the moment: EXT, number GCT_EXT_REVIVED, the handle as four bytes.
// Cutting keeps such an object rooted from its birth to that moment.
#ifndef WANE_GCT_REVIVE_H
#define WANE_GCT_REVIVE_H

#include "gct_order.h"

// Which births are revived, and how often (255 is the most).
struct gct__revivals {
  uint8_t *times;  // by birth; NULL: none at all
  uint32_t *birth; // by handle, while reading
  uint64_t births; // read so far
};

// Returns 0 or -ENOMEM. A file without extensions needs no memory.
int gct__revivals_open(struct gct__revivals *revivals,
                       const struct gct_info *info);
void gct__revivals_close(struct gct__revivals *revivals);

// Takes the walk's last event, in the canonical order.
void gct__revivals_note(struct gct__revivals *revivals,
                        const struct gct_walk *walk,
                        const struct gct_info *info,
                        const struct gct_event *event);

// The handle that the walk's last event revives; GCT_NIL if it is not that.
uint32_t gct__revived(const struct gct_walk *walk, const struct gct_info *info,
                      const struct gct_event *event);

// How often the object of that birth is revived later.
static inline unsigned gct__revivals_of(const struct gct__revivals *revivals,
                                        uint64_t birth)
{
  return revivals->times ? revivals->times[birth] : 0;
}

#endif
