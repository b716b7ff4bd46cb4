// external.h: bytes that objects hold outside the heap.
// SPDX-License-Identifier: MIT

#ifndef WANE__EXTERNAL_H
#define WANE__EXTERNAL_H

#include <wane/alloc.h>

void wane__external_start(void); // nothing is told yet

#endif
