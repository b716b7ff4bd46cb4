// spec.h: "NAME[:POSITIONAL][,k=v...]", how plugins are named on the shell.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_SPEC_H
#define WANE_HARNESS_SPEC_H

#include <stddef.h>

struct spec {
  const char *text; // as typed; not owned
  char *name;       // a plugin's name, or a path with a slash
  char *positional; // what followed ':', or NULL
  char *options;    // what followed the first ',', or NULL
};

// Cuts `text`, which must outlive the spec. A positional argument ends at the
// first comma. Returns 0, -ENOMEM, or -EINVAL with a sentence in `error`.
int spec_parse(struct spec *spec, const char *text, char *error,
               size_t error_size);
void spec_free(struct spec *spec);

// The options as wane_options_parse wants them, the positional argument under
// the name `option` ("file=FILE,k=v"). `option` NULL: the plugin takes none.
// Returns 0, -ENOMEM, or -EINVAL with a sentence. *text is the caller's.
int spec_options(const struct spec *spec, const char *option, char **text,
                 char *error, size_t error_size);

#endif
