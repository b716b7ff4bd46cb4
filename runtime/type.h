// type.h: the type table.
// SPDX-License-Identifier: MIT

#ifndef WANE__TYPE_H
#define WANE__TYPE_H

#include "config.h"

int wane__types_start(void);
void wane__types_stop(void);
// Has any type a death hook? Once true, it stays so.
bool wane__types_with_death(void);

#endif
