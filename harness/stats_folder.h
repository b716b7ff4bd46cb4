// stats_folder.h: a folder into which all files come, or none.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_STATS_FOLDER_H
#define WANE_HARNESS_STATS_FOLDER_H

#include <stddef.h>

struct stats_folder;

// Creates the folder if it is not there. NULL: out of memory; what else goes
// wrong shows at stats_folder_close.
struct stats_folder *stats_folder_open(const char *directory);

// Writes the bytes to NAME.part.
void stats_folder_put(struct stats_folder *folder, const char *name,
                      const char *bytes, size_t n);

// Something else went wrong: `error`, a negative errno, about `name`.
void stats_folder_fail(struct stats_folder *folder, const char *name,
                       int error);

// Gives all files their names, in place of older ones, or removes them all if
// anything went wrong; frees. Only a name that cannot be given, say because it
// is a folder's, can leave those before it there. Returns 0, or the first
// negative errno and the path that it was about in `where`.
int stats_folder_close(struct stats_folder *folder, char *where, size_t n);

#endif
