# SPDX-License-Identifier: MIT
"""rules_code.py: include arrows, include circles, doors, forbidden words.

A rule is a generator of (path, line, sentence) over a lint.Tree.
"""
import fnmatch
import posixpath
import re

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)
PUBLIC = "runtime/include/"
LIBC = {f"{h}.h" for h in (
    "assert errno float inttypes limits math stdalign stdarg stdatomic "
    "stdbool stddef stdint stdio stdlib string time").split()}

# Package: (pattern of its headers, the only files that may include them).
DOORS = {
    "liburcu": (r"^(urcu|rcu)[/.-]?", ["runtime/inbox.[ch]"]),
    "hwloc": (r"^hwloc", ["runtime/topology/*"]),
    "Google Benchmark": (r"^benchmark/", ["harness/micro/gbench.cc",
                                          "harness/micro/gbench.h"]),
    "cmocka": (r"^cmocka", ["tests/*"]),
    "zstd": (r"^zstd", ["workloads/trace/gct_*.c", "harness/companion_file.c",
                        "harness/report/zstd_read.c",
                        "harness/sweep/merge_zstd.c",
                        "tests/unit/*", "tests/fuzz/*"]),
    "xxhash": (r"^xxhash", ["workloads/trace/gct_*.c", "harness/file_hash.c",
                            "tests/unit/*"]),
    "jansson": (r"^jansson", ["harness/*", "tests/unit/*"]),
    "libcyaml": (r"^cyaml", ["harness/sweep/yaml*.[ch]"]),
    "libyaml": (r"^yaml\.h", ["harness/sweep/yaml*.[ch]"]),
    "SQLite": (r"^sqlite", ["harness/export/*"]),
    "zlib": (r"^zlib", ["harness/export/gzip.c"]),
    "mimalloc": (r"^mimalloc", ["harness/peers/*"]),
    "GSL": (r"^gsl/", ["harness/stats/*"]),
    "Boehm GC": (r"^gc(/|\.h$|_)", ["harness/peers/*"]),
}


def strip_comments(text):
    """C source without comments and literals; the lines stay."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match.group())
    return re.sub(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"'
                  r"|'(?:\\.|[^'\\\n])*'", blank, text, flags=re.S)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def includes(tree, path):
    """(line, name as written, repository path or None) of each include."""
    text = tree.text(path) or ""
    paths = set(tree.paths)
    for match in INCLUDE.finditer(text):
        kind, name = match.groups()
        near = posixpath.normpath(
            posixpath.join(posixpath.dirname(path), name))
        target = None
        if kind == '"' and near in paths:
            target = near
        elif PUBLIC + name in paths:
            target = PUBLIC + name
        elif kind == '"':
            target = next((p for p in tree.paths
                           if p == name or p.endswith("/" + name)), None)
        yield line_of(text, match.start()), name, target


def arrow_breach(path, name, target):
    """Why `path` may not include `target`; None if it may."""
    storey = path.split("/")[0]
    folder = posixpath.dirname(path)
    own = target is not None and target.startswith(folder + "/")
    public = target is not None and target.startswith(PUBLIC)
    trace = target is not None and re.match(r"workloads/trace/(\w+/)?gct",
                                            target)
    if storey == "runtime":
        if target and not target.startswith("runtime/"):
            return f"the runtime knows nothing of {target}"
    elif storey == "collectors":
        if not (own or target == PUBLIC + "wane/collector.h"
                or (target is None and name in LIBC)):
            return (f"a collector sees wane/collector.h, its own folder and "
                    f"libc, not {name}")
    elif storey == "workloads":
        if target and not (own or trace or target == "workloads/program.h" or (
                public and name != "wane/collector.h")):
            return (f"a workload sees wane/*.h, traces (gct*.h) and its own "
                    f"folder, not {target}")
    elif storey == "harness":
        if target and not (public or target.startswith("harness/") or trace):
            return f"the harness includes no {target}"
    return None


def arrows(tree):
    for path in tree.c_files("runtime", "collectors", "workloads", "harness"):
        for line, name, target in includes(tree, path):
            why = arrow_breach(path, name, target)
            if why:
                yield path, line, why


def circles(tree):
    graph = {path: [(line, target) for line, _, target in
                    includes(tree, path) if target]
             for path in tree.c_files()}
    state = {}

    def visit(path, trail):
        state[path] = "open"
        for line, target in graph.get(path, []):
            if state.get(target) == "open":
                circle = trail[trail.index(target):] + [target]
                yield path, line, "a circle: " + " -> ".join(circle)
            elif target not in state:
                yield from visit(target, trail + [target])
        state[path] = "done"

    for path in graph:
        if path not in state:
            yield from visit(path, [path])


def doors(tree):
    for path in tree.c_files():
        for line, name, target in includes(tree, path):
            if target:
                continue
            for package, (pattern, allowed) in DOORS.items():
                if re.match(pattern, name) and not any(
                        fnmatch.fnmatch(path, door) for door in allowed):
                    yield path, line, (f"{package} is included by "
                                       f"{', '.join(allowed)} only")


def words(tree):
    """Ordering comes from C11 atomics, so the runtime has neither."""
    pattern = re.compile(r"\b(volatile|asm|__asm__|__asm|__volatile__)\b")
    for path in tree.c_files("runtime", "collectors", "workloads"):
        text = strip_comments(tree.text(path) or "")
        for match in pattern.finditer(text):
            yield path, line_of(text, match.start()), (
                f"no '{match.group()}' here: C11 atomics order memory")


RULES = {"arrows": arrows, "circles": circles, "doors": doors, "words": words}
