// gct_text.h: event traces as text, both ways.
// SPDX-License-Identifier: MIT
//
// For traces written by hand, for diffs and for bug reports. README.md has the
// grammar. A binary file without compression becomes text and the very same
// bytes again; a compressed one loses nothing but its compression.
#ifndef WANE_GCT_TEXT_H
#define WANE_GCT_TEXT_H

#include <stdio.h>

#include "gct.h"

// Prints an open file. Returns 0 or a negative errno with *error filled.
int gct_text_print(const struct gct_file *file, FILE *out,
                   struct gct_error *error);

// Reads text and makes the binary file `path`, which appears only if all of
// the text is good. level as in struct gct_writer_options. Returns 0,
// -EBADMSG with error->offset the line and error->chunk "line" for bad text,
// or another negative errno.
int gct_text_parse(FILE *in, const char *path, int level,
                   struct gct_error *error);

#endif
