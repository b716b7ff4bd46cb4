#!/usr/bin/env bash
# test_check.sh: `wane check` on every collector, and what it refuses.
# SPDX-License-Identifier: MIT
#
# $1: wane. $2: --full instead of --quick, in the long tier. That wrong
# collectors are found out is test_wrong.py's. --quick is for one collector that
# traces and one that counts, --full for all. In the slow varieties only random
# programs are run, on one of each kind: one thread at a time, and all at once.
set -uo pipefail

wane="$(realpath "${1:?usage: test_check.sh WANE}")"
tmp="$(mktemp -d)"
trap 'rm -rf "$tmp"' EXIT
failed=0
seed="${WANE_SEED:-1}"
extent="${2:---quick}"

# expect CODE WORDS...: the exit code, and that its last words were not empty.
expect() {
  local code="$1" found
  shift
  "$wane" check "$@" >"$tmp/out" 2>"$tmp/err"
  found=$?
  if [ "$found" -ne "$code" ]; then
    echo "wane check $*: expected exit code $code, found $found"
    cat "$tmp/out" "$tmp/err"
    failed=1
  fi
}

sentence() {
  if [ "$(wc -l <"$tmp/err")" -ne 1 ] || ! grep -q "$1" "$tmp/err"; then
    echo "expected one sentence with '$1', found:"
    cat "$tmp/err"
    failed=1
  fi
}

expect 2
sentence 'expected one collector, found "none"'
expect 2 rc nogc
sentence 'expected one collector, found "nogc"'
expect 2 --seed x rc
sentence 'expected --seed NUMBER, found "x"'
expect 2 --colour rc
sentence 'expected a known option, found "--colour"'
expect 2 --law nonsense rc
sentence 'there is no law "nonsense"'
expect 2 --law leaks rc
sentence 'every run is held against "leaks"'
expect 2 --timeout 99999999999 rc
sentence 'of 1000000 at most'
expect 2 --seed 18446744073709551615 rc
sentence 'of 2305843009213693952 at most'
expect 3 rc,nonsense=1
sentence nonsense
expect 3 no_such_collector
sentence no_such_collector
expect 3 ./no/such/file.so
sentence ./no/such/file.so

mapfile -t collectors < <("$wane" list collectors --format json |
  python3 -c 'import json, sys
for c in json.load(sys.stdin): print(c["name"])')
if [ "${#collectors[@]}" -lt 8 ]; then
  echo "wane list names ${#collectors[@]} collectors"
  failed=1
fi

kinds=(concurrent_mark_sweep cpython satb_mark_sweep trial_deletion)
if ! "$wane" --version | grep -q '(measure,'; then
  laws=()
  for collector in "${kinds[@]}"; do
    laws+=("histories $collector" "threads $collector")
  done
  for one in "${laws[@]}"; do
    read -r law collector <<<"$one"
    expect 0 --seed "$seed" --law "$law" --timeout 600 "$collector"
    grep -E "^  $law +kept" "$tmp/out" || failed=1
  done
  exit "$failed"
fi
expect 0 --law programs trial_deletion,young_closers=2
[ "$extent" = --full ] || collectors=(satb_mark_sweep trial_deletion)
for collector in "${collectors[@]}"; do
  expect 0 "$extent" --seed "$seed" --json "$collector"
  python3 - "$tmp/out" "$collector" <<'PY' || failed=1
import json, sys
found = json.load(open(sys.argv[1]))
laws = {law["law"]: law for law in found["laws"]}
wanted = {"loads", "ends", "graphs", "histories", "threads", "scenarios",
          "traces", "programs", "upkeep"}
if found["about"]["frees_all"]:
    wanted |= {"leaks", "memory"}
missing = [law for law in wanted if law not in laws
           or laws[law]["verdict"] != "kept" or laws[law]["runs"] < 1]
runs = laws["ends"]["runs"] if "ends" in laws else 0
print("%-22s %3d runs in %.0f s%s" % (sys.argv[2], runs, found["seconds"],
      "; not kept: " + " ".join(missing) if missing else ""))
sys.exit(bool(missing))
PY
done
exit "$failed"
