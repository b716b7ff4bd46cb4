#!/usr/bin/env bash
# test_trace_relax.sh: wane trace relax as a user types it.
# SPDX-License-Identifier: MIT
#
# $1: wane.
set -uo pipefail

wane="$(realpath "${1:?usage: test_trace_relax.sh WANE}")"
tmp="$(mktemp -d)"
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1

checks=0 failures=0
# expect CODE PATTERN ARGS...: `wane trace relax ARGS` exits so and says that.
expect() {
  local code="$1" pattern="$2" got
  shift 2
  "$wane" trace relax "$@" >out 2>err
  got=$?
  checks=$((checks + 1))
  if [ "$got" -ne "$code" ] || ! cat out err | grep -q -- "$pattern"; then
    failures=$((failures + 1))
    echo "FAILED: $*: exit $got, expected $code and '$pattern'"
    sed 's/^/    /' out err
  fi
}

# T1 takes what T0 refers to, before T0 forgets it; T2 has its own.
cat >small.txt <<'TEXT'
#!gct 1
trace minor=1 flags=3 threads=3 handles=9
type 1 flags=5 name=t
T0: alloc 0 type=1 bytes=32 slots=1
T0: alloc 1 type=1 bytes=32 slots=1
T0: write 0.0 1
T0: unroot 1
T1: wait T0 4
T1: root 1 from 0.0
T2: wait T1 2
T2: alloc 2 type=1 bytes=32 slots=1
T0: wait T2 2
T0: write 0.0 nil
TEXT
"$wane" trace text small.txt -o small.gct || exit 1

expect 0 'usage: wane trace relax' --help
expect 2 'no file'
expect 2 'unknown option: --fast' --fast small.gct
expect 2 'option without a value: -o' small.gct -o
expect 2 'bad value: 23' small.gct --level 23
expect 2 'one file, please' small.gct small.gct
expect 3 'nowhere.gct:0:file: ' nowhere.gct
expect 3 'small.txt:0:header: ' small.txt -o new.gct
expect 0 'waits        2, the file has 3' small.gct
expect 0 'longest path 6 events' small.gct
expect 0 'new.gct: 9 events, 1 checkpoints' small.gct -o new.gct
expect 3 'nowhere/new.gct' small.gct -o nowhere/new.gct

checks=$((checks + 2))
"$wane" trace text new.gct >new.txt
grep -c wait new.txt | grep -qx 2 && "$wane" trace verify new.gct >out 2>&1 || {
  failures=$((failures + 1))
  echo "FAILED: the new file"
  cat out new.txt
}
files="$(printf '%s\n' err new.gct new.txt out small.gct small.txt)"
[ "$(ls)" = "$files" ] || {
  failures=$((failures + 1))
  echo "FAILED: files are left:" *
}
echo "$checks checks, $failures failed"
[ "$failures" -eq 0 ]
