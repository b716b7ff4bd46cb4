// pacing.h: the policies that say when a tracing cycle starts.
// SPDX-License-Identifier: MIT
//
// A policy is named in wane_config.pacing: its name, then its options, as in
// "go,gogc=50" (runtime/DESIGN.md, "Pacing").

#ifndef WANE_PACING_H
#define WANE_PACING_H

#include <wane/option.h>

struct wane_pacing_policy {
  const char *name; // [a-z0-9_]+
  const char *help; // one line
  const struct wane_option *options;
  uint32_t n_options;
};

// The policies, `index` from 0, the default one first; NULL past the end.
WANE_API const struct wane_pacing_policy *wane_pacing_policy(uint32_t index);

// Checks a text as wane_start does (NULL or "": the default policy with its
// defaults) and writes what it means into `effective`, which may be NULL:
// "go;earliest=0.5;gogc=50;...", options sorted by name. Returns 0, or -EINVAL
// (-ENOSPC: `size` is too small) with a sentence in `error`. Any thread.
WANE_API int wane_pacing_check(const char *text, char *effective, size_t size,
                               char *error, size_t error_size);

#endif
