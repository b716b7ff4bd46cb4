// hooks.h: where the instrumented interpreter calls the recorder.
// SPDX-License-Identifier: MIT
//
// hooks.py puts the calls into CPython's source. All of them run with the
// interpreter's lock held. A NULL hook is not called: the helper programs of
// the interpreter's own build run without a recorder.
#ifndef WANE_HOOKS_H
#define WANE_HOOKS_H

struct _object;

struct wane_hooks {
  void (*birth)(struct _object *);     // has type and a reference count of 1
  void (*death)(struct _object *);     // count 0, tp_dealloc is next
  void (*finalizer)(struct _object *); // tp_finalize is next
  void (*safepoint)(void);             // the collector might run here
  void (*hand_over)(void);             // the lock is about to be released
  void (*thread_end)(void);            // of the calling thread
  void (*collection)(int generation, int begins);
  void (*unreachable)(struct _object *); // found by the collector
  void (*garbage)(struct _object *);     // and not resurrected either
  void (*clearing)(int begins);          // tp_clear of all garbage
  void (*revived)(struct _object *);     // reached through what holds it weakly
  void (*interned)(struct _object *);    // the table of interned strings
};

extern struct wane_hooks wane_hooks;

#define WANE_HOOK(name, ...)                                                   \
  do {                                                                         \
    if (wane_hooks.name) wane_hooks.name(__VA_ARGS__);                         \
  } while (0)

#endif
