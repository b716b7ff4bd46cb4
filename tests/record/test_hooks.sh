#!/usr/bin/env bash
# test_hooks.sh: hooks.py says what does not fit, and changes no file then.
# SPDX-License-Identifier: MIT
set -uo pipefail

hooks="$(dirname "$(realpath "$0")")/../../workloads/recorder/hooks.py"
tmp="$(mktemp -d)"
trap 'rm -rf "$tmp"' EXIT
failures=0
# refuses TEXT: exit code 3, TEXT on stderr, and the folder as it was.
refuses() {
  cp -r "$tmp/tree" "$tmp/before"
  python3 "$hooks" "$tmp/tree" >"$tmp/out" 2>"$tmp/err"
  local code=$?
  if [ $code != 3 ] || ! grep -qF "$1" "$tmp/err" ||
    ! diff -r "$tmp/before" "$tmp/tree"; then
    echo "FAILED: '$1', exit code $code: $(cat "$tmp/err")"
    failures=$((failures + 1))
  fi
  rm -rf "$tmp/before"
}
mkdir -p "$tmp/tree/Objects"
refuses "object.c: No such file"
line='/* Defined in tracemalloc.c */'
echo 'int nothing;' >"$tmp/tree/Objects/object.c"
refuses "0 lines '$line'"
printf '%s\n%s\n' "$line" "$line" >"$tmp/tree/Objects/object.c"
refuses "2 lines '$line'"
echo "$line" >"$tmp/tree/Objects/object.c"
refuses "0 lines '_Py_NewReference(PyObject *op)'"
printf '%s\n_Py_NewReference(PyObject *op)\n}\n' "$line" \
  >"$tmp/tree/Objects/object.c"
refuses "0 lines 'Py_SET_REFCNT(op, 1);'"
python3 "$hooks" >/dev/null 2>&1
[ $? = 2 ] || { echo "FAILED: usage"; failures=$((failures + 1)); }
exit $((failures > 0))
