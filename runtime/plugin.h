// plugin.h: what the parts of the plugin loader share.
// SPDX-License-Identifier: MIT
//
// plugin.c finds and loads, plugin_elf.c looks at the file before the dynamic
// linker does, plugin_needs.c judges what a loaded collector declares. All of
// them refuse with one sentence: the file, what was expected, what was found.

#ifndef WANE_RUNTIME_PLUGIN_H
#define WANE_RUNTIME_PLUGIN_H

#include <wane/collector.h>

// Writes the sentence and returns -EINVAL, so that a check can end with it.
int wane__plugin_refuse(char *error, size_t error_size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// Is `name` a plugin's or an option's name: [a-z0-9_]+, at most 63 bytes?
bool wane__plugin_name_valid(const char *name);

// Can the file be given to dlopen without risk of a SIGBUS or of ld.so reading
// outside the mapping? Reads headers and the dynamic section only. 0, or
// -EINVAL with a sentence.
int wane__plugin_elf_check(const char *path, char *error, size_t error_size);

// Can the runtime do what a collector declares? `path` is the file it came
// from. 0, or -EINVAL with a sentence.
int wane__collector_check(const struct wane_collector *c, const char *path,
                          char *error, size_t error_size);

#endif
