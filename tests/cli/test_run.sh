#!/usr/bin/env bash
# test_run.sh: `wane run` and `wane list` as a user types them. $1: wane.
# SPDX-License-Identifier: MIT
#
# Every way an invocation can end must be a row with the right status and the
# right exit code; results.csv must be what results/schema.json says.
set -uo pipefail

wane="$(realpath "${1:?usage: test_run.sh WANE}")"
here="$(dirname "$(realpath "$0")")"
build="$(dirname "$(dirname "$wane")")"
bad="$build/tests/plugins/bad_workload.so"
tmp="$(mktemp -d)"
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1
[ -e "$bad" ] || { echo "no $bad: build the test plugins first"; exit 1; }

checks=0 failures=0
ok() {
  checks=$((checks + 1))
}
fail() {
  failures=$((failures + 1))
  echo "FAILED: $1"
  [ -z "${2-}" ] || sed 's/^/    /' "$2" | head -20
}

# expect CODE NAME ARGS...: exit code; output in $tmp/out and $tmp/err.
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
# says PATTERN NAME [FILE]: a line of the last output matches.
says() {
  if grep -qE -- "$1" "${3:-err}"; then
    ok
  else
    fail "$2: nothing says $1" "${3:-err}"
  fi
}
# one_line NAME: standard error has exactly one line.
one_line() {
  if [ "$(wc -l <err)" -eq 1 ]; then ok; else fail "$1: not one line" err; fi
}
# rows DIR FILTER NAME: python expression over r (a row) must hold for some.
rows() {
  if python3 -B "$here/rows.py" any "$1/results.csv" "$2" >py 2>&1; then
    ok
  else
    fail "$3: no row with $2" py
  fi
}

# --- usage ------------------------------------------------------------------
refused() { # CODE PATTERN ARGS...
  local code="$1" pattern="$2"
  shift 2
  expect "$code" "wane $*" "$@"
  one_line "wane $*"
  says "$pattern" "wane $*"
}
refused 2 'a command, found "frob"' frob
refused 2 '--bogus: no such option' run --bogus
refused 2 '-t: no such option, or its value is missing' run -c rc -w rings -t
refused 2 'expected a collector' run -w rings
refused 2 'expected a workload' run -c rc
refused 2 '-t.*found "0"' run -c rc -w rings -t 0
refused 2 '-n.*found "x"' run -c rc -w rings -n x
refused 2 '--heap.*found "1q"' run -c rc -w rings -H 1q
refused 2 'expected table, csv or json, found "xml"' run -c rc -w rings \
  --format xml
refused 2 'expected options, found "stray"' run -c rc -w rings stray
refused 2 '--rc: unknown option "frob"' run -c rc -w rings --rc frob=1
refused 2 '--pacing: pacing: unknown policy "frob"' run -c rc -w rings \
  --pacing frob
refused 2 '--pacing: pacing go: option gogc: .*"x"' run -c rc -w rings \
  --pacing go,gogc=x
refused 2 'unknown option "frob"' run -c rc -w rings,frob=1
refused 2 'unknown option "frob"' run -c rc,frob=1 -w rings
refused 2 'expected NAME' run -c ,x=1 -w rings
refused 2 'takes no argument after' run -c rc -w rings:file
refused 2 'option mode: expected one of ok' run -c rc -w "$bad,mode=frob"
refused 3 "no collector 'frob'" run -c frob -w rings
refused 3 "no workload 'frob'" run -c rc -w frob
refused 3 '/dev/null/x.so: cannot be opened' run -c rc -w /dev/null/x.so
refused 2 'one of collectors, workloads, pacing, metrics.*"frob"' list frob
refused 2 'one of collectors, .*"rc"' list pacing rc
refused 2 'expected' list metrics --format xml
expect 0 "--help" --help
expect 0 "run --help" run --help
says 'young_bytes' "run --help" out
expect 0 "--version" --version
says '^wane [0-9]' "--version" out

# --- list -------------------------------------------------------------------
expect 0 "list collectors" list collectors
for name in cpython nogc rc trial_deletion trial_deletion_stw; do
  says "^$name: " "list collectors" out
done
expect 0 "list workloads" list workloads --format json
python3 -c 'import json,sys
names = {w["name"] for w in json.load(open("out"))}
wanted = {"rings", "gcbench", "binary_trees", "live_churn"}
sys.exit(0 if wanted <= names else 1)' && ok ||
  fail "list workloads --format json" out
expect 0 "list pacing" list pacing
for name in balance go fixed explicit; do
  says "^$name: " "list pacing" out
done
says '^    gogc  .* 100 ' "list pacing: an option" out
expect 0 "list pacing --format json" list pacing --format json
python3 -c 'import json,sys
found = json.load(open("out"))
good = [p["name"] for p in found if p["default"]] == ["balance"]
names = {o["name"] for p in found for o in p["options"]}
sys.exit(0 if good and names >= {"c", "gogc"} else 1)' && ok ||
  fail "list pacing --format json" out
expect 0 "list metrics" list metrics
says '^time\.wall ' "list metrics" out

# --- a good run -------------------------------------------------------------
expect 0 "good run" run -c rc -c trial_deletion -w "$bad" \
  -w rings,nodes=20000 -t 2 -n 2 -i 3 --seed 7 -o good --verify
says 'verified' "good run: table" out
says 'latency.simple us:  50 0\.1' "good run: latency" out
says 'a note' "good run: note" out
for file in results.csv run.json gc_events.csv.zst; do
  [ -s "good/$file" ] && ok || fail "good run: no $file"
done
[ -z "$(find good -name '*.part')" ] && ok || fail "good run: .part is left"
python3 -B "$here/rows.py" schema good/results.csv \
  "$here/../../results/schema.json" >py 2>&1 && ok || fail "schema" py
python3 -B "$here/rows.py" metrics good/results.csv "$wane" >py 2>&1 && ok ||
  fail "metrics" py
python3 -B "$here/rows.py" order good 4 3 >py 2>&1 && ok || fail "order" py
rows good 'r["metric"] == "check.heap_verify" and r["value"] == "1"' verify
rows good 'r["phase"] == "warmup" and r["iteration"] == "1"' warmup
rows good 'r["collector"] == "rc" and r["metric"] == "leak.objects" and
  r["benchmark"] == "rings" and r["value"] == "40000"' 'rc says what it leaks'
rows good 'r["collector"] == "trial_deletion" and r["benchmark"] == "rings" and
  r["metric"] == "leak.objects" and r["value"] == "0"' 'no leak'
rows good 'r["metric"] == "latency.simple" and r["stat"] == "p99" and
  r["value"] == "99"' 'latencies'
zstd -dc good/gc_events.csv.zst >events.csv 2>err && ok || fail "events" err
python3 -B "$here/rows.py" events events.csv good/results.csv >py 2>&1 && ok ||
  fail "gc_events.csv" py
expect 3 "results are not overwritten" run -c rc -w "$bad" -o good
one_line "results are not overwritten"

# The same seed, the same order; another seed, another.
for seed in 7 8; do
  "$wane" run -c rc -c trial_deletion -w "$bad" -w rings,nodes=10 \
    -i 3 --seed "$seed" --format csv -q 2>err |
    python3 -B "$here/rows.py" sequence >"order$seed"
done
python3 -B "$here/rows.py" sequence <good/results.csv >order
cmp -s order order7 && ok || fail "seed 7 gave two orders"
cmp -s order7 order8 && fail "seeds 7 and 8 gave one order" || ok

expect 0 "json" run -c rc -w "$bad" --format json
python3 -c 'import json,sys
rows = json.load(open("out"))["rows"]
wall = [r["value"] for r in rows if r["metric"] == "time.wall" and
        r["scope"] == "process"]
sys.exit(0 if len(wall) == 1 and wall[0] > 0 else 1)' && ok || fail json out

expect 0 "knobs" run -c rc -w rings,nodes=200000 \
  --rc young_bytes=256k,log_chunk=8 -H 1g --workers 2 -o knobs
rows knobs 'r["metric"] == "gc.cycles" and int(r["value"]) >= 10' knobs
rows knobs '"young_bytes=262144;log_chunk=8" in r["config"]' "knobs in config"
rows knobs 'r["heap_mode"] == "fixed" and r["heap_bytes"] == str(2**30)' heap

expect 0 "pacing" run -c rc -w rings,nodes=1000 --pacing go,gogc=50,least=1m \
  -o pacing
rows pacing '".pacing-go;earliest=0.5;gogc=50;" in r["config"] and
  ";least=1048576;" in r["config"]' "pacing in config"
for folder in pacing knobs; do
  python3 -c 'import json,sys
print(json.load(open(sys.argv[1] + "/run.json"))["settings"]["pacing"])' \
    $folder >out 2>err
  case $folder in
  pacing) says '^go;.*gogc=50;' "pacing in run.json" out ;;
  knobs) says '^balance;c=0.2;' "the default pacing in run.json" out ;;
  esac
done
rows knobs '"pacing" not in r["config"]' "no pacing in config if not given"

# --- every other way to end -------------------------------------------------
ends() { # MODE STATUS CODE PATTERN [ARGS...]
  local mode="$1" status="$2" code="$3" pattern="$4"
  shift 4
  expect "$code" "mode=$mode $*" run -c rc -w "$bad,mode=$mode" -o "d-$mode$*" \
    -H 64m "$@"
  rows "d-$mode$*" "r['status'] == '$status' and r['metric'] == 'run.status' and
    r['value'] == 'NA'" "mode=$mode $*"
  says "$status: .*$pattern" "mode=$mode $*" out
}
ends crash crash 1 'signal 11'
ends exit crash 1 'without a result'
ends late crash 1 'exit 7 without a result'
ends hang timeout 1 'not done after 1 s' --timeout 1
ends wrong invalid 1 'expected 1, found 2'
ends wrong invalid 4 'expected 1, found 2' --verify
ends twice invalid 1 'expected 1, found 2'
ends oom oom 1 'heap limit'
ends metric invalid 1 'unknown metric "latency.smiple"'
ends unit invalid 1 'expected unit count, found "ns"'
ends setup invalid 1 'setup returned 5'
ends body invalid 1 'returned 5'
ends prepare skipped 3 'is bad'
ends needs skipped 3 'needs types that collector rc does not know'

# Bodies that wait for each other are all there, or do not begin. Each mutator
# reserves address space for its roots; sanitizers need more than there is then.
little() {
  ulimit -s 256 -v 900000
  "$@"
}
if (little "$wane" list collectors) >/dev/null 2>&1; then
  wane_proper="$wane"
  wane=little_wane
  little_wane() {
    (little "$wane_proper" "$@")
  }
  expect 1 "no room for all mutators" run -c rc -w live_churn,trees=10,ops=10 \
    -t 8 -H 64m --timeout 30
  wane="$wane_proper"
  says 'invalid: no memory for mutator' "no room for all mutators" out
else
  echo "not tried here: too little address space for all mutators"
fi

# A crash in the second iteration keeps the first one's numbers; the other
# collector runs on.
expect 1 "late crash" run -c rc -c trial_deletion \
  -w "$bad,mode=crash,iteration=2" -w "$bad" -n 2 -o later
rows later 'r["status"] == "crash" and r["metric"] == "time.wall" and
  r["iteration"] == "1"' "late crash: iteration 1"
rows later 'r["status"] == "ok" and r["metric"] == "time.wall" and
  r["iteration"] == "2"' "late crash: the others"
python3 -B "$here/rows.py" schema later/results.csv \
  "$here/../../results/schema.json" >py 2>&1 && ok || fail "schema, crash" py

# --- labels -----------------------------------------------------------------
id=lbo-host-2026-01-31-Sat-120000
expect 0 labels run -c rc -w "$bad" -i 2 -o labelled --label run_id=$id \
  --label suite=traces --label hfac=1.417 --label exec_index=41 \
  --label invocation=3 --label 'config=rc.2x' --label minheap_bytes=65536
rows labelled "r['exec_index'] == '42' and r['invocation'] == '4' and
  r['invocation_id'] == '$id-00042' and r['run_id'] == '$id' and
  r['hfac'] == '1.417' and r['suite'] == 'traces' and
  r['config'] == 'rc.2x' and r['minheap_bytes'] == '65536'" labels
python3 -B "$here/rows.py" schema labelled/results.csv \
  "$here/../../results/schema.json" >py 2>&1 && ok || fail "schema, labels" py
expect 2 "bad label" run -c rc -w "$bad" --label value=1
says '--label: expected COLUMN=VALUE' "bad label"
one_line "bad label"

# --- interrupted ------------------------------------------------------------
"$wane" run -c rc -w "$bad" -w "$bad,mode=hang" -i 50 -o int >out 2>err &
pid=$!
for _ in $(seq 100); do
  sleep 0.1
  [ "$(wc -l <int/results.csv.part 2>/dev/null || echo 0)" -gt 1 ] && break
done
sleep 0.3
kill -INT "$pid"
wait "$pid"
code=$?
[ "$code" -eq 130 ] && ok || fail "interrupt: exit $code, expected 130" err
rows int 'r["status"] == "skipped" and r["metric"] == "run.status"' interrupt
python3 -c 'import json,sys
sys.exit(0 if json.load(open("int/run.json"))["interrupted"] else 1)' && ok ||
  fail "interrupt: run.json does not say so"
sleep 0.2
# Nothing of it is alive: the child held the plugin open by its path.
if grep -ls "$bad" /proc/[0-9]*/maps 2>/dev/null |
  xargs -r -n1 dirname | while read -r p; do
    tr '\0' ' ' <"$p/cmdline" | grep -q -- "--child-fd" && echo "$p"
  done | grep -q .; then
  fail "interrupt: a child lives on"
else
  ok
fi

echo "$checks checks passed, $failures failed"
[ "$failures" -eq 0 ]
