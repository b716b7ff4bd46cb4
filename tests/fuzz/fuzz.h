// fuzz.h: what a fuzz target is: libFuzzer's interface, and our own driver's.
// SPDX-License-Identifier: MIT

#ifndef WANE_TESTS_FUZZ_H
#define WANE_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

// Reads `n` bytes as the target's kind of file. Returns 0. A crash, a leak or
// whatever a sanitizer says is a bug of the reader; so is an error without a
// sentence, which aborts.
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

#endif
