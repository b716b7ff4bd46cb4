// spec.c: "NAME[:POSITIONAL][,k=v...]", how plugins are named on the shell.
// SPDX-License-Identifier: MIT
//
// The name ends at the first ':' or ','; what follows a ':' up to the next ','
// is the plugin's positional argument (trace:FILE); the rest is left to
// wane_options_parse. Any thread; no shared state.
#include "spec.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int spec_parse(struct spec *spec, const char *text, char *error,
               size_t error_size)
{
  *spec = (struct spec){.text = text};
  size_t name = strcspn(text, ":,");
  const char *at = text + name;
  if (name == 0) {
    snprintf(error, error_size, "expected NAME[,k=v...], found \"%s\"", text);
    return -EINVAL;
  }
  spec->name = strndup(text, name);
  bool complete = spec->name != NULL;
  if (*at == ':') {
    size_t length = strcspn(++at, ",");
    spec->positional = strndup(at, length);
    complete = complete && spec->positional;
    at += length;
  }
  if (*at == ',') {
    spec->options = strdup(at + 1);
    complete = complete && spec->options;
  }
  if (complete) return 0;
  spec_free(spec);
  snprintf(error, error_size, "no memory for the command line");
  return -ENOMEM;
}

void spec_free(struct spec *spec)
{
  free(spec->name);
  free(spec->positional);
  free(spec->options);
  *spec = (struct spec){0};
}

int spec_options(const struct spec *spec, const char *option, char **text,
                 char *error, size_t error_size)
{
  const char *options = spec->options ? spec->options : "";
  int length;
  *text = NULL;
  if (spec->positional && !option) {
    snprintf(error, error_size, "%s takes no argument after ':', found \"%s\"",
             spec->name, spec->positional);
    return -EINVAL;
  }
  if (spec->positional)
    length = asprintf(text, "%s=%s%s%s", option, spec->positional,
                      spec->options ? "," : "", options);
  else
    length = asprintf(text, "%s", options);
  if (length >= 0) return 0;
  *text = NULL;
  snprintf(error, error_size, "no memory for the command line");
  return -ENOMEM;
}
