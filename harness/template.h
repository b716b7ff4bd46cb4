// template.h: a folder of templates, copied with a name put in.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_TEMPLATE_H
#define WANE_HARNESS_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

// [a-z][a-z0-9_]*, 63 at most: what a plugin may be called that is also a file,
// a target of CMake and part of an identifier.
bool template_name_valid(const char *name);

// Copies the files of the folder `from` into the folder `to`, in their names
// and their text `name` for each whole word NAME. `to` is made if it is not
// there, and must be empty if it is: no file is ever overwritten. All or
// nothing: what was written is removed again when the rest fails. 0, or -errno
// and one sentence in `error`. Main thread.
int template_copy(const char *from, const char *to, const char *name,
                  char *error, size_t error_size);

#endif
