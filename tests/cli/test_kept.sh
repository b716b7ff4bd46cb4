#!/usr/bin/env bash
# test_kept.sh: what is kept in results/, and how it gets there.
# SPDX-License-Identifier: MIT
#
# $1: wane. results/keep takes what it says and no path of this machine; what is
# committed has its rows, and the report beside them is a report of them.
set -uo pipefail

wane="$(realpath "${1:?usage: test_kept.sh WANE}")"
root="$(dirname "$(dirname "$(dirname "$(realpath "$0")")")")"
variety="$("$wane" --version | sed 's/.*(\([a-z]*\),.*/\1/')"
if [ "$variety" != measure ]; then
  echo "skipped: $variety; files are the same in all varieties"
  exit 77
fi
tmp="$(mktemp -d)"
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1

checks=0 failures=0
ok() { checks=$((checks + 1)); }
fail() {
  failures=$((failures + 1))
  echo "FAILED: $1"
  for file in out err; do [ ! -s $file ] || sed 's/^/    /' $file | tail; done
}
# exits CODE WHAT COMMAND...: it ends so.
exits() {
  local code="$1" what="$2"
  shift 2
  "$@" >out 2>err </dev/null
  if [ $? = "$code" ]; then ok; else fail "$what"; fi
}
is_there() { if [ -s "$1" ]; then ok; else fail "no $1"; fi; }
is_not_there() { if [ ! -e "$1" ]; then ok; else fail "$1 is there"; fi; }

# --- keep ---------------------------------------------------------------------

cat >claims.yml <<'YAML'
claims:
  - id: A
    text: Time passes.
    source: "this test"
    measure: [time.wall]
    of: {config: rc}
    relation: value
    low: 0
YAML
cat >small.yml <<'YAML'
name: small
claims: claims.yml
figures: [F6, T9]
invocations: 2
iterations: 2
canary: {every: 0}
modifiers: {free: {heap: unbounded}}
configs: ["rc|free"]
suites: {programs: {rings: "rings,nodes=1k"}}
YAML
sed -i 's/config: rc}/config: "rc|free"}/' claims.yml
exits 0 "a small paper" "$wane" paper -q small.yml -o small
keep="$root/results/keep"
exits 2 "no arguments" "$keep"
exits 2 "a folder without results" "$keep" "$tmp" kept
exits 0 "keep" "$keep" small kept
exits 2 "keep, where something is" "$keep" small kept
exits 0 "keep --all" "$keep" --all "$tmp/small" all
for file in claims.txt claims.json experiment.json run.json; do
  is_there kept/$file
  is_there all/$file
done
is_not_there kept/results.csv.zst
for file in results.csv.zst report/index.html report/F6.svg report/T9.csv; do
  is_there all/$file
done
if grep -rlF -e "$tmp" -e "$root/" kept all >out; then
  fail "paths of this machine"
else
  ok
fi
zstd -dcq all/results.csv.zst >rows.csv
if grep -q ',timing,' rows.csv && ! grep -q ',warmup,' rows.csv; then
  ok
else
  fail "iterations that were kept"
fi
exits 0 "a report of what was kept" "$wane" report all -o again --figure T9
exits 0 "is the same" cmp again/T9.csv all/report/T9.csv

# --- what is committed --------------------------------------------------------

reference="$root/results/reference"
papers=(F1 F3 F6 T2 T9 T10)
exits 0 "a report of the reference run" "$wane" report "$reference" -o report \
  "${papers[@]/#/--figure=}"
for name in "${papers[@]}"; do
  exits 0 "$name of the reference run" \
    cmp "report/$name.csv" "$reference/report/$name.csv"
done
for paper in "$root"/results/papers/*/; do
  is_there "$paper/measured/claims.txt"
  is_there "$paper/measured/run.json"
done

echo "$checks checks, $failures failures"
[ $failures = 0 ]
