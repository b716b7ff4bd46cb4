#!/usr/bin/env bash
# test_numa.sh: `wane run` on nodes, and `wane report`, as a user types them.
# SPDX-License-Identifier: MIT
#
# $1: wane. On this machine's own nodes, on described ones, and on a system
# that refuses to bind or lies about it: every row says which it was, numa.csv
# is what results/numa_schema.json says and agrees with results.csv, and what
# must not be compared is drawn apart. What a machine of several nodes really
# does is for tests/numa.
set -uo pipefail

wane="$(realpath "${1:?usage: test_numa.sh WANE}")"
here="$(dirname "$(realpath "$0")")"
build="$(dirname "$(dirname "$wane")")"
results="$here/../../results"
preload="$build/tests/libfault_preload.so"
variety="$("$wane" --version | sed 's/.*(\([a-z]*\),.*/\1/')"
four='synthetic:numa:4 core:2 pu:1'
tmp="$(mktemp -d)"
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1

checks=0 failures=0
ok() { checks=$((checks + 1)); }
fail() {
  failures=$((failures + 1))
  echo "FAILED: $1"
  [ -z "${2-}" ] || sed 's/^/    /' "$2" | head -20
}
# expect CODE NAME ARGS...: exit code; output in out and err.
expect() {
  local code="$1" name="$2" found
  shift 2
  "$wane" "$@" >out 2>err
  found=$?
  if [ "$found" -eq "$code" ]; then
    ok
  else
    fail "$name: exit $found, expected $code" err
  fi
}
says() { # PATTERN NAME [FILE]
  grep -qE -- "$1" "${3:-err}" && ok || fail "$2: no $1" "${3:-err}"
}
# asks SCRIPT ARGS...: a question in Python.
asks() {
  if python3 -B "$here/$1" "${@:2}" >py 2>&1; then ok; else fail "$*" py; fi
}
# whole DIR: all that a folder of a run with nodes must be.
whole() {
  asks numa_rows.py fits "$1" "$wane" "$results"
}
rings() { # ARGS...: a short run
  echo run -q -c trial_deletion -w rings,nodes=2000 "$@"
}

# One run has all the threads there are; the rest is the same in any variety.
if [ "$variety" = tsan ]; then
  expect 0 tsan run -q -c concurrent_mark_sweep -w rings,nodes=2000 -o tsan \
    --numa model --topology "$four" -t 2 --workers 2 --place scatter \
    --memory local --steal owner
  asks rows.py any tsan/results.csv 'r["metric"] == "numa.remote_alloc"'
  expect 0 "tsan, real" $(rings --place scatter -t 2 --workers 2)
  echo "$checks checks passed, $failures failed"
  [ "$failures" -eq 0 ]
  exit
fi

# --- what is refused, before anything runs ----------------------------------
refused() { # CODE PATTERN ARGS...
  local code="$1" pattern="$2"
  shift 2
  expect "$code" "$*" run -q -c rc -w rings,nodes=10 -o never "$@"
  says "$pattern" "$*"
  [ "$(wc -l <err)" -eq 1 ] && [ ! -e never ] && ok || fail "$*: not only said"
}
refused 2 '--numa: expected off, real or model, found "on"' --numa on
refused 2 '--place: thread policy "far"' --place far
refused 2 '--memory: memory policy "near"' --memory near
refused 2 'found "heap"' --memory 'heap=local'
refused 2 '--steal: expected any' --steal most
refused 2 '--numa-cost: expected --numa model' --numa-cost local_ns=9
refused 2 'option local_ns' --numa model --numa-cost local_ns=x
refused 2 '--strict: says nothing with --numa off' --numa off --strict
refused 2 '--topology: ' --topology moon
refused 3 'cannot be read' --topology xml:/nonexistent
refused 3 '--numa model needs no binding' --topology "$four"
refused 2 'out of 0-3' --numa model --topology "$four" --memory bind:4

# --- off: nothing but where it ran ------------------------------------------
expect 0 off $(rings -o off)
asks rows.py schema off/results.csv "$results/schema.json"
asks rows.py any off/results.csv 'r["numa_mode"] == "off" and
  r["numa_policy"] == "none" and r["placement"] == "NA" and
  "numa" not in r["config"]'
asks numa_rows.py run off 'j["topology"]["mode"] in ("real", "denied") and
  j["topology"]["nodes"] and j["settings"]["numa"] == {"mode": "off"} and
  j["invocations"][0]["threads"] is None'
[ -s off/topology.xml ] && [ ! -e off/numa.csv ] && ok || fail "off: files"
grep -q '"numa\.' off/results.csv && fail "off: numbers of nodes" || ok

# --- a model of four nodes --------------------------------------------------
model() { # DIR ARGS...
  expect 0 "$1" run -q -c trial_deletion -c concurrent_mark_sweep \
    -w binary_trees,depth=8 --numa model --topology "$four" --workers 2 \
    --place scatter -o "$@"
}
model local -t 4 -n 2 --memory local --steal local-first
whole local
asks rows.py any local/results.csv 'r["numa_mode"] == "model" and
  r["placement"] == "unbound" and r["gc_policy"] == "local-first" and
  r["metric"] == "numa.remote_alloc" and r["value"] == "0"'
asks numa_rows.py any local 'r["metric"] == "numa.alloc_bytes" and
  r["src_node"] == r["dst_node"] == "3" and r["source"] == "model"'
asks numa_rows.py run local 'j["topology"]["mode"] == "plan-only" and
  len(j["topology"]["nodes"]) == 4 and
  j["settings"]["numa"]["memory"] == "local"'
asks numa_rows.py run local '{t["got"] for t in j["invocations"][0]["threads"]
  if t["role"] == "mutator"} == {0, 1, 2, 3}'
model worst -t 4 --memory worst
whole worst
asks rows.py any worst/results.csv 'r["metric"] == "numa.remote_alloc" and
  r["value"] == "1"'
asks rows.py any worst/results.csv 'r["metric"] == "numa.cost" and
  r["scope"] == "mutator" and float(r["value"]) > 0'
model spaces -t 1 --memory 'objects=interleave;logs=bind:1'
whole spaces
# Which is row and which is column.
model next -t 4 --memory next-node
asks numa_rows.py any next 'r["metric"] == "numa.alloc_bytes" and
  r["src_node"] == "0" and r["dst_node"] == "1"'
# The topology that was written is read again, and is the same.
expect 0 again $(rings -o again --numa model --topology \
  xml:local/topology.xml --place per-node)
asks numa_rows.py run again 'len(j["topology"]["nodes"]) == 4'
# Births are the same, whoever counts them.
births="$(python3 -B "$here/numa_rows.py" sum worst numa.alloc_objects)"
asks rows.py any worst/results.csv 'r["metric"] == "alloc.objects" and
  r["value"] in ("NA", "'"$births"'")'

# --- this machine -----------------------------------------------------------
# What rc leaves lying can be asked for afterwards.
expect 0 real run -q -c rc -w rings,nodes=2000 -o real --place compact \
  --memory local -t 2 --workers 2
whole real
mode="$(python3 -B -c 'import json
print(json.load(open("real/run.json"))["settings"]["numa"]["mode"])')"
if [ "$mode" = real ]; then
  asks rows.py any real/results.csv 'r["placement"] == "ok"'
  asks numa_rows.py any real 'r["metric"] == "numa.pages" and
    r["source"] == "move_pages" and r["src_node"] == r["dst_node"] == "0"'
  asks numa_rows.py any real 'r["metric"] == "numa.process_bytes" and
    float(r["value"]) > 2**20'
  asks numa_rows.py any real 'r["metric"] == "numa.stat.numa_hit" and
    r["reliable"] == "0" and r["reason"] == "machine-wide"'
  expect 0 "strict, where it can be" $(rings --place compact --strict)
else
  echo "not tried here: this system lets nobody bind"
fi

# --- a system that refuses, and one that lies -------------------------------
if [ ! -e "$preload" ]; then
  echo "not tried here: refused bindings (a $variety build has no preload)"
elif [ "$mode" != real ] || [ "$(nproc)" -lt 2 ]; then
  echo "not tried here: wrong bindings (two processors and leave to bind)"
else
  under() { # FAULT CODE ARGS...
    LD_PRELOAD="$preload" FAULT_AFFINITY="$1" "$wane" "${@:3}" >out 2>err
    found=$?
    [ "$found" -eq "$2" ] && ok || fail "${*:3}: exit $found, expected $2" err
  }
  under 1 0 $(rings -o denied --place compact --memory local)
  whole denied
  asks rows.py any denied/results.csv 'r["numa_mode"] == "denied" and
    r["placement"] == "unbound" and ".numa-denied" in r["config"]'
  under 1 3 $(rings --place compact --strict)
  says '--strict: nothing can be bound: the system refuses' "denied, strict"
  under 2 0 $(rings -o mismatch --place compact -t 2)
  whole mismatch
  asks rows.py any mismatch/results.csv 'r["placement"] == "mismatch" and
    r["status"] == "ok"'
  says 'mutator 0: .*is not where it should be' "mismatch: a note" out
  asks numa_rows.py run mismatch \
    'any(t["mismatch"] for t in j["invocations"][0]["threads"])'
  under 2 3 $(rings -o strict --place compact --strict)
  says 'skipped: .*is not where it should be' "mismatch, strict" out
  asks rows.py any strict/results.csv 'r["status"] == "skipped"'
fi

# --- report -----------------------------------------------------------------
reports() { # CODE PATTERN ARGS...
  expect "$1" "report ${*:3}" report "${@:3}"
  says "$2" "report ${*:3}"
}
reports 2 'expected folders of results'
reports 2 'expected -o OUT' local worst
reports 2 'there is no "F99"' local -o out --figure F99
reports 2 '--frob: no such option' local -o out --frob
reports 3 'found no run.json' . -o out
reports 2 'is the same experiment as' local ./local -o out
cp -r local cut && truncate -s -9 cut/numa.csv
reports 3 'cut/numa.csv:[0-9]*: the last line has no end' cut -o out
cp -r worst wrong && sed -i '3s/,[^,]*,[^,]*$/,many,measure/' wrong/results.csv
reports 3 'wrong/results.csv:3: value: expected a number, found "many"' \
  wrong -o out
[ ! -e out/F8.svg ] && ok || fail "a report that failed left a picture"

model more -t 2 -i 2 --memory local --steal local-first
# As a guest would have written it: its times are not results.
cp -r worst guest
sed -i 's/"emulated": null/"emulated": "so says a test"/' guest/run.json
sed -i 's/,model,worst,/,real,worst,/' guest/results.csv
if [ "$variety" = measure ]; then
  expect 0 "report: emulated" report guest -o out3
  asks numa_rows.py figure out3 F8_emulated
  grep -q 'speed_up\|births_per_s' out3/F8_emulated.csv &&
    fail "times of an emulated machine" || ok
  expect 0 report report off local more worst real -o out1
  says 'cannot be compared' "model and measured" out
  asks numa_rows.py figure out1 F8
  asks numa_rows.py figure out1 F8_modelled
  asks numa_rows.py figure out1 numa_matrices_modelled
  says '^Nothing was left out' "nothing left out" out1/F8_modelled.txt
  grep -q modelled out1/F8.csv && fail "models among measured ones" || ok
  says 'modelled, not measured' "the title" out1/F8_modelled.svg
  if [ -e strict ]; then
    expect 0 "report: left out" report real strict mismatch -o out2 --figure F8
    says 'rings.*: skipped' "left out" out2/F8.txt
    says 'a thread was not where it was asked' "left out" out2/F8.txt
    [ ! -e out2/numa_matrices.svg ] && ok || fail "one figure was asked for"
  fi
else
  expect 0 report report off local more worst real -o out1
  says 'not a measure build' "left out" out1/F8_modelled.txt
fi

asks report_golden.py "$wane" "$results"
if command -v "${WANE_GNUPLOT:-gnuplot}" >/dev/null; then
  asks report_papers.py "$wane" "$results"
else
  echo "skipped: report_papers.py needs gnuplot"
fi

echo "$checks checks passed, $failures failed"
[ "$failures" -eq 0 ]
