#!/usr/bin/env bash
# test_doctor.sh: wane doctor as a user types it.
# SPDX-License-Identifier: MIT
#
# $1: wane. What is found on which machine, tests/unit says; here: what is
# printed, and how it ends.
set -uo pipefail

wane="$(realpath "${1:?usage: test_doctor.sh WANE}")"
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
# exits CODE ARGUMENTS...: wane doctor ends so.
exits() {
  local code=$1
  shift
  "$wane" doctor "$@" >out 2>err </dev/null
  local found=$?
  if [ $found = "$code" ]; then ok; else fail "$* ends with $found"; fi
}
says() {
  if grep -qF -- "$2" "$1"; then ok; else fail "$1 does not say $2"; fi
}

mkdir -p idle/proc/self loaded/proc/self
for machine in idle loaded; do
  printf 'Cpus_allowed_list:\t0-3\n' >$machine/proc/self/status
done
echo "0.00 0 0 1/1 1" >idle/proc/loadavg
echo "9.00 0 0 1/1 1" >loaded/proc/loadavg

exits 0 --root loaded
says out "refuse   load: 9.00 on 4 processors"
says out "         change: end what runs"
says out "unknown  governor: unknown"
if [ "$(head -c 6 out)" = refuse ]; then ok; else fail "the worst is first"; fi
if grep -q $'\033' out; then fail "colours in a file"; else ok; fi
if [ "$(awk 'length > 79' out)" = "" ]; then ok; else fail "wide lines"; fi
exits 3 --strict --root loaded
exits 0 --strict --root idle
exits 3 --json --strict --root loaded
python3 - out <<'PYTHON' && ok || fail "not the findings"
import json, sys
found = {f["name"]: f for f in json.load(open(sys.argv[1]))}
assert found["load"]["severity"] == "refuse", found["load"]
assert found["thp"] == {**found["thp"], "found": "unknown",
                        "severity": "unknown", "change": None}
assert all(list(f) == ["name", "found", "severity", "effect", "change"]
           for f in found.values())
PYTHON
exits 0 --json # this machine, whatever it is
exits 3 --root .
says err "there is no folder proc in it"
exits 2 --what
says err 'found "--what"'
exits 2 more
exits 2 --root
exits 0 --help
says out "usage: wane doctor"

echo "$checks checks, $failures failures"
[ $failures = 0 ]
