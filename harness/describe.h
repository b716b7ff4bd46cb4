// describe.h: what a plugin says of itself, as JSON.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_DESCRIBE_H
#define WANE_HARNESS_DESCRIBE_H

#include <wane/collector.h>
#include <wane/option.h>

#include <jansson.h>

// name, help, claims and `options`. Loads the plugin: NULL and a sentence in
// `error` if it cannot be. The caller's reference.
json_t *describe_collector(const char *path, char *error, size_t size);
json_t *describe_workload(const char *path, char *error, size_t size);

// "none", "rc_log" or "log".
const char *describe_barrier(uint32_t barrier);

// An array of name, type, default, min, max, choices, help; null: none.
json_t *describe_options(const struct wane_option *options, uint32_t n);

#endif
