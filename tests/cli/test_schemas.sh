#!/usr/bin/env bash
# test_schemas.sh: each file of a result is what its schema says. $1: wane.
# SPDX-License-Identifier: MIT
#
# results.csv and numa.csv are held against theirs by test_run.sh and
# test_numa.sh. A schema must refuse what is wrong, too: each is given its file
# with one cell changed.
set -uo pipefail

wane="$(realpath "${1:?usage: test_schemas.sh WANE}")"
here="$(dirname "$(realpath "$0")")"
results="$here/../../results"
traces="$here/../../workloads/traces"
tmp="$(mktemp -d)"
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1

failures=0
fail() {
  failures=$((failures + 1))
  echo "FAILED: $1"
  [ -z "${2-}" ] || sed 's/^/    /' "$2" | head -20
}

"$wane" run -q -c trial_deletion -c mark_sweep_stw -t 2 -i 2 --sample 1 \
  -w live_churn,trees=200,ops=500,rate=20000 \
  -w "trace:$traces/lisp_closures.gct,lifetimes=50" -w rings,nodes=2k \
  -o run >out 2>err || fail "run" err
cat >sweep.yml <<'YAML'
name: small
invocations: 1
iterations: 1
heap_factors: [3]
minheap: {trials: 2, tolerance: 0.5}
canary: {workload: "rings,nodes=100", every: 1}
modifiers: {free: {heap: unbounded}, two: {heap: 2m}}
configs: ["rc|free", "mark_sweep_stw", "mark_sweep_stw|two"]
suites: {programs: {rings: "rings,nodes=1k"}}
YAML
"$wane" sweep -q sweep.yml -o sweep >out 2>err || fail "sweep" err

# holds NAME FILE: it is what NAME_schema.json says, and what is not is refused.
holds() {
  python3 -B "$here/rows.py" schema "$2" "$results/$1_schema.json" >py 2>&1 ||
    fail "$1" py
}
for name in gc_events requests heap_samples lifetimes; do
  zstd -dcq "run/$name.csv.zst" >$name.csv
  holds $name $name.csv
  zstd -dcq "sweep/$name.csv.zst" >merged.csv
  [ "$(head -n 1 merged.csv)" = "$(head -n 1 $name.csv)" ] ||
    fail "$name: another header after a merge" merged.csv
done
zstd -dcq sweep/gc_events.csv.zst >merged.csv
holds gc_events merged.csv
for name in plan minheap; do holds $name sweep/$name.csv; done

python3 -B "$here/schema_refuses.py" "$results" <<'END' >py 2>&1 ||
gc_events gc_events.csv event frob
gc_events gc_events.csv t_begin_ns NA
gc_events gc_events.csv stw 2
requests requests.csv t_start_ns 1.5
requests requests.csv request -1
heap_samples heap_samples.csv node 0
lifetimes lifetimes.csv reclaimed_by frob
lifetimes lifetimes.csv size 0
plan sweep/plan.csv mutators 0
plan sweep/plan.csv command NA
minheap sweep/minheap.csv minheap_bytes NA
END
  fail "what is wrong is taken" py

[ "$failures" = 0 ]
