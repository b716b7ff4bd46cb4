// stores_none.c: what a store reports to when there is no recorder.
// SPDX-License-Identifier: MIT
//
// The interpreter's build runs helper programs made of instrumented code, and
// loads its own modules to see whether they work. The recorder's stores.c has
// the same names, not weak.
#include <stddef.h>

#define NONE(name, ...)                                                        \
  __attribute__((weak)) void name(__VA_ARGS__);                                \
  void name(__VA_ARGS__)                                                       \
  {                                                                            \
  }

NONE(__asan_store1_noabort, const void *p __attribute__((unused)))
NONE(__asan_store2_noabort, const void *p __attribute__((unused)))
NONE(__asan_store4_noabort, const void *p __attribute__((unused)))
NONE(__asan_store8_noabort, const void *p __attribute__((unused)))
NONE(__asan_store16_noabort, const void *p __attribute__((unused)))
NONE(__asan_storeN_noabort, const void *p __attribute__((unused)),
     size_t n __attribute__((unused)))
NONE(__asan_handle_no_return, void)
