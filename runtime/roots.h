// roots.h: the roots that no thread owns: handles.
// SPDX-License-Identifier: MIT

#ifndef WANE__ROOTS_H
#define WANE__ROOTS_H

#include <wane/object.h>

// Calls `each` for what every handle refers to. Coordinator; `each` takes no
// lock and makes no handle.
void wane__handles_each(void (*each)(wane_ref o, void *context), void *context);

void wane__handles_lock(void); // around fork
void wane__handles_unlock(void);

#endif
