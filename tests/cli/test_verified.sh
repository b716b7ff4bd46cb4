#!/usr/bin/env bash
# test_verified.sh: the programs and recorded traces, on all collectors.
# SPDX-License-Identifier: MIT
#
# $1: wane. Each with --verify: the workload's own check, the trace's oracle at
# every checkpoint, weak references, and the heap verifier after each
# collection, with two mutators, two workers and two copies of the traces.
# The adversarial workloads have adversary.py; random programs and upkeep are
# for `wane check`, and here only since a new collector is to run everything.
# Under tsan, which takes ten times as long, the cases are left to test_case and
# random programs to the laws; of the traces the one with threads is played, and
# of the programs one allocates and one shares between its mutators.
set -uo pipefail

wane="$(realpath "${1:?usage: test_verified.sh WANE}")"
source="$(dirname "$(dirname "$(dirname "$(realpath "$0")")")")"
tmp="$(mktemp -d)"
trap 'rm -rf "$tmp"' EXIT

mapfile -t collectors < <("$wane" list collectors --format json |
  python3 -c 'import json, sys
for c in json.load(sys.stdin): print(c["name"])')
workloads=(
  "trace:$source/workloads/traces/lru_cycles.gct,copies=2"
  "trace:$source/workloads/traces/threads_queue.gct,copies=2"
  "case:$source/tests/cases/cases.gct"
  "case:$source/tests/cases/shapes.gct"
  graphs,objects=2,slots=1,steps=2
  histories,operations=1000
  upkeep,garbage=0,collections=30
  gcbench,stretch=12,long_lived=10,array=5000,max=10
  binary_trees,depth=10
  rings,nodes=100000
  live_churn,trees=500,ops=5000
)
if "$wane" --version | grep -q '(tsan,'; then
  mapfile -t workloads < <(printf '%s\n' "${workloads[@]}" |
    grep -vE '^case:|/lru_cycles|^(binary|graphs|histories|rings|upkeep)' |
    sed 's/,copies=2$//')
fi
if [ "${#collectors[@]}" -lt 8 ]; then
  echo "wane list names ${#collectors[@]} collectors"
  exit 1
fi

arguments=()
for c in "${collectors[@]}"; do arguments+=(-c "$c"); done
for w in "${workloads[@]}"; do arguments+=(-w "$w"); done
"$wane" run -q --verify -t 2 --workers=2 "${arguments[@]}" \
  >"$tmp/out" 2>"$tmp/err"
code=$?
cat "$tmp/err"
verified="$(grep -c ' verified$' "$tmp/out")"
expected=$((${#collectors[@]} * ${#workloads[@]}))
echo "$verified of $expected runs verified, exit code $code"
[ "$code" -eq 0 ] && [ "$verified" -eq "$expected" ] && exit 0
grep -v ' verified$' "$tmp/out"
exit 1
