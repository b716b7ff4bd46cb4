// function_symbol.c: exports a function under the collector's name.
// SPDX-License-Identifier: MIT

#include <wane/object.h>

WANE_API int wane_collector(void);
int wane_collector(void)
{
  return 1;
}
