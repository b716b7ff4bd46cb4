// short_struct.c: exports too few bytes to be a collector.
// SPDX-License-Identifier: MIT

#include <wane/mutator.h>

extern WANE_API const uint32_t wane_collector[2];
const uint32_t wane_collector[2] = {8, WANE_ABI(1)};
