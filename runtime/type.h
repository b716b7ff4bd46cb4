// type.h: the type table.
// SPDX-License-Identifier: MIT

#ifndef WANE__TYPE_H
#define WANE__TYPE_H

#include "config.h"

int wane__types_start(void);
void wane__types_stop(void);
// Has any type a death hook? Once true, it stays so.
bool wane__types_with_death(void);
// Runs the type's death hook, which is there.
void wane__type_death(const struct wane_type *type, wane_ref o,
                      enum wane_freed_by by);

#endif
