#!/usr/bin/env bash
# test_traces.sh: the recorded traces are good, and replay.
# SPDX-License-Identifier: MIT
#
#   test_traces.sh WANE             all traces are verified, two and their merge
#                                   are replayed
#   test_traces.sh WANE --matrix    every trace, collector; 1, 2 and 4 copies;
#                                   all of them merged
#   test_traces.sh WANE --programs  each program says the same twice
set -uo pipefail

wane="$(realpath "${1:?usage: test_traces.sh WANE [--matrix|--programs]}")"
traces="$(realpath "$(dirname "$0")/../../workloads/traces")"
tmp="$(mktemp -d)"
trap 'rm -rf "$tmp"' EXIT

fail() {
  echo "FAILED: $*"
  exit 1
}

# replay LINES ARGUMENTS...: `wane run --verify`, and so many runs verified.
replay() {
  local expected="$1" code=0 verified
  shift
  "$wane" run -q --verify "$@" >"$tmp/out" 2>"$tmp/err" || code=$?
  verified="$(grep -c ' verified$' "$tmp/out")"
  echo "$verified of $expected runs verified, exit code $code"
  if [ "$code" -ne 0 ] || [ "$verified" -ne "$expected" ]; then
    cat "$tmp/err"
    grep -v ' verified$' "$tmp/out"
    exit 1
  fi
}

# final WORD FILE: the N of "WORD N" at the end of the trace.
final() {
  "$wane" trace info "$2" | sed -n "s/^final .*\<$1 \([0-9]*\).*/\1/p"
}

if [ "${2-}" = --programs ]; then
  n=0
  for program in "$traces"/programs/*.py; do
    # Those that import Debian packages run where these are installed.
    export PYTHONHASHSEED=0
    once="$(python3 -B "$program" 2>"$tmp/err")" || {
      grep -q ModuleNotFoundError "$tmp/err" && continue
      fail "$program: $(tail -1 "$tmp/err")"
    }
    [ -n "$once" ] && [ "$once" = "$(python3 -B "$program")" ] ||
      fail "$program: not the same twice"
    n=$((n + 1))
  done
  echo "$n programs"
  [ "$n" -ge 9 ]
  exit
fi

if [ "${2-}" = --matrix ]; then
  mapfile -t collectors < <("$wane" list collectors --format json |
    python3 -c 'import json, sys
for c in json.load(sys.stdin): print(c["name"])')
  [ "${#collectors[@]}" -ge 8 ] || fail "${#collectors[@]} collectors"
  arguments=() n=0
  for collector in "${collectors[@]}"; do arguments+=(-c "$collector"); done
  for trace in "$traces"/*.gct; do
    for copies in 1 2 4; do
      arguments+=(-w "trace:$trace,copies=$copies")
      n=$((n + 1))
    done
  done
  "$wane" trace merge "$traces"/*.gct -o "$tmp/all.gct" --level 0 || fail merge
  replay $(((n + 1) * ${#collectors[@]})) --workers=2 "${arguments[@]}" \
    -w "trace:$tmp/all.gct"
  exit
fi

# Every program has a trace and every trace a program.
for file in "$traces"/*.gct "$traces"/programs/*.py; do
  name="$(basename "${file%.*}")"
  [ -e "$traces/$name.gct" ] && [ -e "$traces/programs/$name.py" ] ||
    fail "$name has no trace, or no program"
done
n="$(find "$traces" -name '*.gct' | wc -l)"
[ "$n" -ge 9 ] || fail "only $n traces"
bytes="$(cat "$traces"/*.gct | wc -c)"
[ "$bytes" -le 12000000 ] || fail "$bytes bytes in all"

"$wane" trace verify "$traces"/*.gct >"$tmp/verified" || fail "a trace is bad"
cat "$tmp/verified"
good="$(grep -cE ', ([0-9]+) of \1 checkpoints compared$' "$tmp/verified")"
[ "$good" -eq "$n" ] || fail "checkpoints of $good traces compared, not of $n"

a="$traces/lru_cycles.gct" b="$traces/threads_queue.gct" both="$tmp/both.gct"
"$wane" trace merge "$a" "$b" -o "$both" --level 1 || fail merge
"$wane" trace verify "$both" || fail "the merge is bad"
for what in objects edges; do
  [ "$(final $what "$both")" -eq \
    $(("$(final $what "$a")" + "$(final $what "$b")")) ] ||
    fail "$what of a merge are not those of its parts"
done
"$wane" trace merge "$a" "$tmp/none.gct" -o "$tmp/new.gct" 2>"$tmp/err"
[ $? -eq 3 ] && grep -q "none.gct" "$tmp/err" || fail "a file that is not there"
[ ! -e "$tmp/new.gct" ] || fail "something was written"
many=()
for _ in $(seq 257); do many+=("$tmp/one.gct"); done
printf '#!gct 1\nT0: gc 0\n' >"$tmp/one.txt"
"$wane" trace text "$tmp/one.txt" -o "$tmp/one.gct" || fail text
"$wane" trace merge "${many[@]}" -o "$tmp/new.gct" 2>"$tmp/err"
[ $? -eq 3 ] && grep -q "257 threads together, the limit is 256" "$tmp/err" ||
  fail "257 threads: $(cat "$tmp/err")"
"$wane" trace merge "$a" 2>"$tmp/err"
[ $? -eq 2 ] || fail "no output: exit code"
[ "$(ls "$tmp" | grep -c merge-)" -eq 0 ] || fail "a working file is left"

replay 3 -c rc -w "trace:$a" -w "trace:$b" -w "trace:$both"
