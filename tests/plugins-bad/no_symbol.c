// no_symbol.c: exports something, but no collector.
// SPDX-License-Identifier: MIT

#include <wane/object.h>

extern WANE_API const int wane_something_else;
const int wane_something_else = 1;
