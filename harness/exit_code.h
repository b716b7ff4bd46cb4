// exit_code.h: what `wane` says to the shell.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_EXIT_CODE_H
#define WANE_HARNESS_EXIT_CODE_H

enum wane_exit {
  WANE_EXIT_OK = 0,
  WANE_EXIT_EXPERIMENT = 1,  // a run crashed, hung, ran out of memory, ...
  WANE_EXIT_USAGE = 2,       // the command line is wrong
  WANE_EXIT_ENVIRONMENT = 3, // a plugin, a file or the machine is
  WANE_EXIT_VERIFY = 4,      // --verify found the heap to be wrong
  WANE_EXIT_INTERRUPTED = 130,
};

#endif
