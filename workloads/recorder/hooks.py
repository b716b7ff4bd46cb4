#!/usr/bin/env python3
"""hooks.py DIR: puts the recorder's hooks into the source of CPython 3.11.

SPDX-License-Identifier: MIT

Each place is named by a function (or the beginning of the file) and a line
that must occur exactly once behind its head, before the next function. A
place that is not there, or not alone, ends the script with a sentence and
exit code 3, and no file is changed.
"""
import pathlib
import re
import sys

BEFORE, AFTER, INSTEAD = "before", "after", "instead"

# file, where the search begins, where it ends, the line, how, what.
PLACES = [
    ("Objects/object.c", None, None, "/* Defined in tracemalloc.c */", BEFORE,
     "struct wane_hooks wane_hooks;"),
    ("Objects/object.c", "_Py_NewReference(PyObject *op)", "}",
     "Py_SET_REFCNT(op, 1);", AFTER, "WANE_HOOK(birth, op);"),
    ("Objects/object.c", "_Py_Dealloc(PyObject *op)", "}",
     "(*dealloc)(op);", BEFORE, "WANE_HOOK(death, op);"),
    ("Objects/object.c", "PyObject_CallFinalizer(PyObject *self)", "}",
     "tp->tp_finalize(self);", BEFORE, "WANE_HOOK(finalizer, self);"),
    ("Include/internal/pycore_object.h",
     "_Py_DECREF_SPECIALIZED(PyObject *op, const destructor destruct)", "}",
     "destruct(op);", BEFORE, "WANE_HOOK(death, op);"),
    ("Python/ceval.c", "#define Py_DECREF(arg) \\", "#undef Py_XDECREF",
     "(*dealloc)(op); \\", BEFORE, "WANE_HOOK(death, op); \\"),
    ("Python/ceval.c", "#define _Py_DECREF_SPECIALIZED(arg, dealloc) \\",
     "#endif", "d(op); \\", BEFORE, "WANE_HOOK(death, op); \\"),
    ("Python/ceval_gil.h",
     "drop_gil(struct _ceval_runtime_state *ceval, "
     "struct _ceval_state *ceval2,",
     "}", "MUTEX_LOCK(gil->mutex);", BEFORE, "WANE_HOOK(hand_over);"),
    ("Python/pystate.c", "_PyThreadState_DeleteCurrent(PyThreadState *tstate)",
     "}", "tstate_delete_common(tstate, gilstate);", BEFORE,
     "WANE_HOOK(thread_end);"),
    ("Modules/gcmodule.c", "_PyObject_GC_Link(PyObject *op)", "}",
     "PyGC_Head *g = AS_GC(op);", BEFORE, "WANE_HOOK(safepoint);"),
    ("Modules/gcmodule.c", "gc_collect_main(PyThreadState *tstate, int "
     "generation,", "}", "/* update collection and allocation counters */",
     BEFORE, "WANE_HOOK(collection, generation, 1);"),
    ("Modules/gcmodule.c", "gc_collect_main(PyThreadState *tstate, int "
     "generation,", "}", "delete_garbage(tstate, gcstate, "
     "&final_unreachable, old);", INSTEAD, """\
for (gc = GC_NEXT(&final_unreachable); gc != &final_unreachable;
     gc = GC_NEXT(gc)) {
    WANE_HOOK(garbage, FROM_GC(gc));
}
WANE_HOOK(clearing, 1);
delete_garbage(tstate, gcstate, &final_unreachable, old);
WANE_HOOK(clearing, 0);"""),
    ("Modules/gcmodule.c", "gc_collect_main(PyThreadState *tstate, int "
     "generation,", "}", "/* Update stats */", BEFORE,
     "WANE_HOOK(collection, generation, 0);"),
    ("Modules/gcmodule.c", "finalize_garbage(PyThreadState *tstate, PyGC_Head "
     "*collectable)", "}", "finalize(op);", BEFORE,
     "WANE_HOOK(finalizer, op);"),
    ("Modules/gcmodule.c", "gc_collect_main(PyThreadState *tstate, int "
     "generation,", "}", "/* Print debugging information. */", BEFORE, """\
for (gc = GC_NEXT(&unreachable); gc != &unreachable; gc = GC_NEXT(gc)) {
    WANE_HOOK(unreachable, FROM_GC(gc));
}"""),
    ("Objects/weakrefobject.c", "weakref_vectorcall(PyWeakReference *self, "
     "PyObject *const *args,", "}",
     "return Py_NewRef(PyWeakref_GET_OBJECT(self));",
     BEFORE, "WANE_HOOK(revived, PyWeakref_GET_OBJECT(self));"),
    ("Objects/unicodeobject.c", "PyUnicode_InternInPlace(PyObject **p)", "}",
     "PyObject *t = PyDict_SetDefault(interned, s, s);", BEFORE,
     "WANE_HOOK(interned, interned);"),
    ("Objects/unicodeobject.c", "PyUnicode_InternInPlace(PyObject **p)", "}",
     "if (t != s) {", AFTER, "    WANE_HOOK(revived, t);"),
]


def fail(message):
    print(f"hooks.py: {message}", file=sys.stderr)
    sys.exit(3)


def stretch(lines, begin, end, path):
    """The line numbers between the one that is `begin` and the next `end`."""
    if begin is None:
        return 0, len(lines)
    heads = [i for i, line in enumerate(lines) if line == begin]
    if len(heads) != 1:
        fail(f"{path}: {len(heads)} lines {begin!r}, expected one")
    for i in range(heads[0], len(lines)):
        if lines[i] == end:
            return heads[0], i
    fail(f"{path}: no {end!r} behind {begin!r}")


def put(lines, place):
    """Puts one hook into the lines of its file."""
    path, begin, end, line, how, text = place
    low, high = stretch(lines, begin, end, path)
    found = [i for i in range(low, high) if lines[i].strip() == line]
    if len(found) != 1:
        fail(f"{path}: {len(found)} lines {line!r} behind {begin!r}, "
             "expected one")
    at = found[0]
    indent = re.match(r"\s*", lines[at]).group()
    new = [indent + part for part in text.split("\n")]
    if how == INSTEAD:
        lines[at:at + 1] = new
    else:
        lines[at + (how == AFTER):at + (how == AFTER)] = new


def main():
    if len(sys.argv) != 2:
        print("usage: hooks.py DIRECTORY", file=sys.stderr)
        sys.exit(2)
    top = pathlib.Path(sys.argv[1])
    files = {}
    for place in PLACES:
        path = top / place[0]
        if path not in files:
            try:
                files[path] = path.read_text(encoding="utf-8").split("\n")
            except OSError as error:
                fail(f"{path}: {error.strerror}")
        put(files[path], place)
    for path, lines in files.items():
        lines.insert(0, '#include "hooks.h"')
        path.write_text("\n".join(lines), encoding="utf-8")
    print(f"hooks.py: {len(PLACES)} hooks in {len(files)} files")


main()
