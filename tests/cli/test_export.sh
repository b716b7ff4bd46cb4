#!/usr/bin/env bash
# test_export.sh: `wane export` as a user types it. $1: wane.
# SPDX-License-Identifier: MIT
#
# Every form must say what results.csv says, failures too; what is no result
# must not become one; a file that was there stays until a whole one is.
set -uo pipefail

wane="$(realpath "${1:?usage: test_export.sh WANE}")"
here="$(dirname "$(realpath "$0")")"
build="$(dirname "$(dirname "$wane")")"
bad="$build/tests/plugins/bad_workload.so"
tmp="$(mktemp -d)"
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1
[ -e "$bad" ] || { echo "no $bad: build the test plugins first"; exit 1; }

failures=0
fail() {
  failures=$((failures + 1))
  echo "FAILED: $1"
  [ -z "${2-}" ] || sed 's/^/    /' "$2" | head -20
}
expect() { # CODE ARGS...: output in out, complaints in err
  local code="$1" found
  shift
  "$wane" "$@" >out 2>err
  found=$?
  [ "$found" -eq "$code" ] || fail "wane $*: exit $found, expected $code" err
}
says() {
  grep -qE -- "$1" "${2:-err}" || fail "nothing says $1" "${2:-err}"
}
forms() {
  python3 -B "$here/export_forms.py" "$@" >py 2>&1 || fail "$*" py
}

# One that fails, two sizes of one workload, a reason with a comma in it.
"$wane" run -q -c rc -c trial_deletion -w rings,nodes=500 -w rings,nodes=1k \
  -w "$bad,mode=crash" -n 2 -i 2 -o good >out 2>err
[ $? = 1 ] || fail "run" err

for format in json wide sqlite; do
  expect 0 export good $format -o "a $format"
  forms $format good "a $format"
done
grep -qx "without events" py || fail "sqlite: events unasked" py
expect 0 export good sqlite --events -o base
forms sqlite good base
grep -qx "with events" py || fail "sqlite: no events" py
for format in split plotty; do
  expect 0 export good $format -o folder/$format
  forms $format good folder/$format
done
grep -qx "bad_workload rings_nodes_1024_ring_10 rings_nodes_500_ring_10" py ||
  fail "plotty: names" py
expect 0 export good wide
forms wide good out
for format in pandas r; do
  expect 0 export good $format
  [ "$(wc -l <out)" = 2 ] || fail "$format: not two lines" out
  says "\"$tmp/good/results.csv\"" out
done
python3 -c 'import ast, sys
ast.parse(sys.stdin.read())' < <("$wane" export good pandas) ||
  fail "pandas: no Python"
[ -z "$(find . -name '*.part')" ] || fail "something is left half"
# A text that looks like a number stays as it is.
cp -r good numbers
sed -i 's/,nodes=500;ring=10,/,007,/' numbers/results.csv
expect 0 export numbers sqlite -o numbers.db
[ "$(python3 -c 'import sqlite3
print(*{r[0] for r in sqlite3.connect("numbers.db").execute(
    "SELECT size FROM invocations WHERE size LIKE \"%7\"")})')" = 007 ] ||
  fail "sqlite: 007 is a text"

# --- usage ------------------------------------------------------------------
refused() { # CODE PATTERN ARGS...
  expect "$1" "${@:3}"
  [ "$(wc -l <err)" = 1 ] || fail "$2: not one line" err
  says "$2"
}
refused 2 'expected a folder of results and a format' export good
refused 2 'no format "frob"' export good frob
refused 2 '--frob: no such option' export good json --frob
refused 2 'json takes no --events' export good json --events
refused 2 'json takes no --invocation' export good json --invocation x
refused 2 'expected -o OUT: sqlite is a file' export good sqlite
refused 2 'expected -o OUT: split is a folder' export good split
refused 3 'nowhere: expected the folder of an experiment' export nowhere json
refused 3 '/dev/full/a.part: cannot be written' export good json -o /dev/full/a
refused 3 'folder: cannot be written' export good json -o folder
refused 3 'base/invocations.csv: cannot be written' export good split -o base
"$wane" export good json >/dev/full 2>err
[ $? = 3 ] || fail "a full disk" err
expect 0 export --help
says '  plotty ' out

# --- what is no result ------------------------------------------------------
# spoiled PATTERN COMMAND...: after it no format takes the folder.
spoiled() {
  local pattern="$1"
  shift
  rm -rf spoiled
  cp -r good spoiled
  "$@"
  for format in json sqlite wide; do
    echo old >there
    refused 3 "$pattern" export spoiled $format -o there
    [ "$(cat there)" = old ] || fail "$format: an older file is lost"
  done
  for format in split plotty; do
    rm -rf out.d
    refused 3 "$pattern" export spoiled $format -o out.d
    [ -z "$(find out.d -type f)" ] || fail "$format: files of a bad folder"
  done
  [ ! -e there.part ] || fail "$*: something is left half"
}
cut_it() { head -c -20 good/results.csv >spoiled/results.csv; }
next_version() { sed -i 's/"schema_version": [0-9]*/"schema_version": 99/' \
  spoiled/run.json; }
no_column() { sed -i '1s/,hfac,/,hfak,/' spoiled/results.csv; }
spoiled 'results.csv:[0-9]+: .*cut' cut_it
spoiled 'schema_version [0-9]+, found 99' next_version
spoiled 'results.csv: has no column hfac' no_column
for text in nan 0x10 01; do
  spoiled "results.csv:4: value: expected a number, found \"$text\"" \
    python3 -B "$here/export_forms.py" spoil spoiled value "$text"
done
spoiled 'results.csv:4: a row of no invocation' \
  python3 -B "$here/export_forms.py" spoil spoiled invocation_id NA
spoiled 'spoiled/run.json:' truncate -s 100 spoiled/run.json
head -c -9 good/gc_events.csv.zst >spoiled/gc_events.csv.zst
cp good/run.json spoiled/run.json
refused 3 'gc_events.csv.zst' export spoiled sqlite --events -o there

[ "$failures" = 0 ]
