#!/bin/bash
# SPDX-License-Identifier: MIT
# run.sh [-DNAME[=VALUE]]... MODEL [MUTANT [PROPERTY]]: checks tests/model/
# MODEL.pml with Spin, exhaustively.
#
# Without MUTANT, or with 0, it passes if the whole state space was searched
# and nothing is wrong. With one, it passes if PROPERTY (a name as S1_... in
# weak_world.pml; any of them if none is given) is violated; the steps that
# lead there are printed when WANE_TRAIL is set. Exit code 1 if not, 2 for a
# wrong call, 77 with a reason if Spin is not there.
#
# WANE_MODEL_MB: most memory for the search [2000].
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
options=()
while [[ "${1-}" == -D* ]]; do
  options+=("$1")
  shift
done
if [ $# -lt 1 ] || [ $# -gt 3 ] || [ ! -f "$here/$1.pml" ]; then
  echo "usage: run.sh [-DNAME[=VALUE]]... MODEL [MUTANT [PROPERTY]]" >&2
  exit 2
fi
model=$1 mutant=${2:-0} property=${3:-'[A-Z][0-9]+_[a-z_]+'}
for tool in spin gcc; do
  if ! command -v "$tool" >/dev/null; then
    echo "skipped: $tool is not installed (harness/packages.txt)"
    exit 77
  fi
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

options+=("-DMUTANT=$mutant")
echo "$model ${options[*]}"
if ! spin "${options[@]}" -a "$here/$model.pml" >spin.out 2>&1 ||
  [ ! -f pan.c ]; then
  cat spin.out
  echo "FAILED: spin does not understand the model"
  exit 1
fi
# -w: Spin's own code, in which gcc suspects indices it cannot follow. A
# mutant dies before better code has paid for itself.
optimise=-O2
[ "$mutant" = 0 ] || optimise=-O0
gcc "$optimise" -w -DSAFETY -DCOLLAPSE -DMEMLIM="${WANE_MODEL_MB:-2000}" \
  -o pan pan.c
# A mutant needs few states, and a small table for them.
table=24
[ "$mutant" = 0 ] || table=20
code=0
./pan -m200000 -w$table >pan.out 2>&1 || code=$?

fail() {
  cat pan.out
  echo "FAILED: $1"
  exit 1
}

# value PATTERN: the number before or after it.
states=$(sed -nE 's/^ *([0-9.e+]+) states, stored.*/\1/p' pan.out)
depth=$(sed -nE 's/.*depth reached ([0-9]+),.*/\1/p' pan.out)
errors=$(sed -nE 's/.*, errors: ([0-9]+).*/\1/p' pan.out)
memory=$(sed -nE 's/^ *([0-9.]+).*total actual memory usage.*/\1/p' pan.out)
[ -n "$states" ] && [ -n "$depth" ] && [ -n "$errors" ] ||
  fail "pan ended with code $code and without figures"
echo "states $states, depth $depth, errors $errors, memory ${memory:-?} MB"
if grep -q 'out of memory' pan.out; then
  fail "out of memory: the search is not complete"
fi
if grep -q 'max search depth too small' pan.out; then
  fail "max search depth too small: the search is not complete"
fi
if [ "$mutant" = 0 ]; then
  [ "$errors" = 0 ] || fail "$(grep -m 1 '^pan:1:' pan.out)"
  grep -q 'Search not completed' pan.out && fail "the search is not complete"
  [ "$code" = 0 ] || fail "pan ended with code $code"
  echo "holds: nothing is wrong in any state"
  exit 0
fi
[ "$errors" != 0 ] || fail "SURVIVED: nothing is wrong with mutant $mutant"
broken=$(sed -nE "s/^pan:1: assertion violated .*\|\|($property)\).*/\1/p" \
  pan.out)
[ -n "$broken" ] || fail "killed, but not by $property"
echo "killed: $broken is violated"
if [ -n "${WANE_TRAIL-}" ]; then
  spin "${options[@]}" -k "$(ls -- *.trail)" -p -g -l \
    "$here/$model.pml"
fi
