// whole_folder.h: a folder into which all files come, or none.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_WHOLE_FOLDER_H
#define WANE_HARNESS_WHOLE_FOLDER_H

#include <stddef.h>

struct whole_folder;

// Creates the folder if it is not there. NULL: out of memory; what else goes
// wrong shows at whole_folder_close.
struct whole_folder *whole_folder_open(const char *directory);

// Writes the bytes to NAME.part, which may be in a folder in it: "A/B".
void whole_folder_put(struct whole_folder *folder, const char *name,
                      const char *bytes, size_t n);

// Something else went wrong: `error`, a negative errno, about `name`.
void whole_folder_fail(struct whole_folder *folder, const char *name,
                       int error);

// Gives all files their names, in place of older ones, or removes them all if
// anything went wrong; frees. Only a name that cannot be given, say because it
// is a folder's, can leave those before it there. Returns 0, or the first
// negative errno and the path that it was about in `where`.
int whole_folder_close(struct whole_folder *folder, char *where, size_t n);

#endif
