// tiny_symbol.c: exports too few bytes to hold even size and ABI.
// SPDX-License-Identifier: MIT

#include <wane/object.h>

extern WANE_API const uint16_t wane_collector;
const uint16_t wane_collector = 8;
