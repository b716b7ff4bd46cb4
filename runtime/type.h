// type.h: the type table.
// SPDX-License-Identifier: MIT

#ifndef WANE__TYPE_H
#define WANE__TYPE_H

#include "config.h"

void wane__types_start(void);
void wane__types_stop(void);

#endif
