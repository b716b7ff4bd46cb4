// option.h: options of plugins: name, type, default, help.
// SPDX-License-Identifier: MIT

#ifndef WANE_OPTION_H
#define WANE_OPTION_H

#include <wane/object.h>

enum wane_option_type {
  WANE_OPTION_BOOL,   // 0/1, yes/no, true/false, on/off
  WANE_OPTION_INT,    // decimal, or with k/m/g = 2^10/20/30, or 2^N
  WANE_OPTION_SIZE,   // bytes: as INT, optional B/KiB/MiB/GiB
  WANE_OPTION_DOUBLE,
  WANE_OPTION_STRING, // file names and enumerations (`choices`)
};

struct wane_option {
  const char *name; // [a-z0-9_]+
  enum wane_option_type type;
  const char *value; // default, in the text form that users type
  const char *help;  // one line; units
  double min, max;   // inclusive, for INT, SIZE and DOUBLE; both 0: no bounds
  const char *choices; // STRING: "a|b|c", or NULL
};

union wane_value {
  bool boolean;
  int64_t integer; // INT and SIZE
  double real;
  const char *string; // lives as long as the parsed options
};

// Parses "k=v,k=v" (NULL or "": all defaults) into `values`, one per option,
// in the order of `options`. String values are pointers into `*storage`, which
// the caller frees. Returns 0, or -EINVAL with a sentence in `error`.
WANE_API int wane_options_parse(const char *owner,
                                const struct wane_option *options, size_t n,
                                const char *text, union wane_value *values,
                                char **storage, char *error,
                                size_t error_size);

// Writes the effective values as "k=v;k=v", sorted by name.
WANE_API int wane_options_format(const struct wane_option *options, size_t n,
                                 const union wane_value *values, char *text,
                                 size_t size);

#endif
