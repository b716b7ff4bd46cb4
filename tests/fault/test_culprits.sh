#!/usr/bin/env bash
# test_culprits.sh: who stalls or dies is named, and the run ends with a row.
# SPDX-License-Identifier: MIT
#
# test_culprits.sh WANE PLUGINS: the folder of tests/plugins in the build.
set -uo pipefail

wane="$(realpath "$1")" plugins="$(realpath "$2")"
collector="$plugins/bad_collector.so" workload="$plugins/bad_workload.so"
tmp="$(mktemp -d)"
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1
checks=0 failures=0
limit=2 knobs=poll_timeout_ms=300

# ends STATUS PATTERN ARGS...: the only row has that status and reason.
ends() {
  local status="$1" pattern="$2" found
  shift 2
  checks=$((checks + 1))
  rm -rf out
  "$wane" run -o out -q --timeout "$limit" --rc "$knobs" "$@" >log 2>&1
  found="$(python3 -B -c 'import json
for i in json.load(open("out/run.json"))["invocations"]:
    print(i["status"] + ":", i["reason"])' 2>&1)"
  if ! grep -qE -- "^$status: .*$pattern" <<<"$found"; then
    failures=$((failures + 1))
    printf 'FAILED: %s\n  expected %s: %s\n  found %s\n' "$*" "$status" \
      "$pattern" "$found"
    sed 's/^/    /' log | head -5
  elif ! grep -q ",run.status," out/results.csv && [ "$status" != ok ]; then
    failures=$((failures + 1))
    echo "FAILED: $*: no row run.status"
  fi
}

# A callback of a collector that does not return, or ends its thread.
for where in collect young closers due; do
  ends timeout "collector \"bad_collector\" has not returned from its \
callback $where for 0.3 s" -c "$collector,where=$where" -w rings,nodes=500000
  ends crash "a thread of the runtime's was ended .*\"bad_collector\", \
callback $where" -c "$collector,how=die,where=$where" -w rings,nodes=500000
done
ends timeout 'has not returned from its callback collect' \
  -c "$collector,where=worker" -w rings,nodes=20000 --workers 2
ends crash "a thread of the runtime's was ended .*callback collect" \
  -c "$collector,how=die,where=worker" -w rings,nodes=20000 --workers 2

# A mutator that never polls, blocks with a lock, ends without a word, or forks.
for name in rc mark_sweep_stw; do
  ends timeout 'thread "mutator-0" has not reached a safepoint for 0.3 s' \
    -c $name -w "$workload,mode=deaf"
  ends timeout 'thread "mutator-[01]" has not reached a safepoint for 0.3 s' \
    -c $name -w "$workload,mode=locked" -t 2
  for i in 0 1; do # both are: the one that holds the lock and the other
    checks=$((checks + 1))
    grep -q "thread \"mutator-$i\" has not reached a safepoint" log || {
      failures=$((failures + 1))
      echo "FAILED: locked: mutator-$i is not named"
    }
  done
  ends crash 'thread "mutator-0" ended without wane_thread_exit' \
    -c $name -w "$workload,mode=vanish"
done
# Sanitizers do not let the child of a process with threads start any.
limit=100 knobs=young_bytes=64k,round_ms=1
for name in rc trial_deletion cpython concurrent_mark_sweep; do
  [ "${3-}" = tsan ] ||
    ends ok '' -c $name -w "$workload,mode=forks,nodes=20000"
  ends ok '' -c $name -w "$workload,mode=storm,nodes=500"
done

echo "$checks checks passed, $failures failed"
[ "$failures" -eq 0 ]
