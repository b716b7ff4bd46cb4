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
limit=10 knobs=poll_timeout_ms=300 n=0

# ends STATUS PATTERN ARGS...: the only row has that status and reason. All at
# once, in folders of their own: most of them do nothing until they are ended.
ends() {
  n=$((n + 1))
  judge "$n" "$@" &
}

judge() {
  local out="out$1" status="$2" pattern="$3" found
  shift 3
  "$wane" run -o "$out" -q --timeout "$limit" --rc "$knobs" "$@" \
    >"$out.log" 2>&1
  found="$(python3 -B -c 'import json, sys
for i in json.load(open(sys.argv[1] + "/run.json"))["invocations"]:
    print(i["status"] + ":", i["reason"])' "$out" 2>&1)"
  if ! grep -qE -- "^$status: .*$pattern" <<<"$found"; then
    printf 'FAILED: %s\n  expected %s: %s\n  found %s\n' "$*" "$status" \
      "$pattern" "$found" >"$out.failed"
    sed 's/^/    /' "$out.log" | head -5 >>"$out.failed"
  elif [ "$status" != ok ] && ! grep -q ",run.status," "$out/results.csv"; then
    echo "FAILED: $*: no row run.status" >"$out.failed"
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

# A mutator that never polls, blocks with a lock, or ends without a word.
for name in rc mark_sweep_stw; do
  ends timeout 'thread "mutator-0" has not reached a safepoint for [0-9.]+ s' \
    -c $name -w "$workload,mode=deaf"
  # Whoever of the two the round waits for.
  ends timeout 'thread "mutator-[01]" has not reached a safepoint for' \
    -c $name -w "$workload,mode=locked" -t 2
  ends crash 'thread "mutator-0" ended without wane_thread_exit' \
    -c $name -w "$workload,mode=vanish"
done
wait

# Forks and signals in the middle of rounds.
# Sanitizers: a child of a process with threads may find their locks taken.
limit=100 knobs=young_bytes=64k,round_ms=1
for name in rc trial_deletion cpython concurrent_mark_sweep; do
  [ "${3-}" = tsan ] || [ "${3-}" = checked ] ||
    ends ok '' -c $name -w "$workload,mode=forks,nodes=20000"
  ends ok '' -c $name -w "$workload,mode=storm,nodes=500"
done

wait

cat ./*.failed 2>/dev/null
failures="$(find . -name '*.failed' | wc -l)"
echo "$n runs, $failures failures"
[ "$failures" -eq 0 ]
