#!/usr/bin/env bash
# test_sweep.sh: `wane sweep` as a user types it. $1: wane; --full: more kills.
# SPDX-License-Identifier: MIT
#
# The same experiment once without trouble, once killed and once interrupted:
# the rows must be the same, and no cell may run twice.
set -uo pipefail

wane="$(realpath "${1:?usage: test_sweep.sh WANE [--full]}")"
full="${2-}"
build="$(dirname "$(dirname "$wane")")"
here="$(dirname "$(realpath "$0")")"
tmp="$(mktemp -d)"
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1

checks=0 failures=0
ok() {
  checks=$((checks + 1))
}
fail() {
  failures=$((failures + 1))
  echo "FAILED: $1"
  [ -z "${2-}" ] || sed 's/^/    /' "$2" | head -20
}
# check NAME COMMAND...: it must succeed; what it says is shown if not.
check() {
  local name="$1"
  shift
  if "$@" >said 2>&1; then ok; else fail "$name" said; fi
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
says() {
  if grep -qE -- "$1" "${3:-err}"; then
    ok
  else
    fail "$2: nothing says $1" "${3:-err}"
  fi
}

if "$wane" --version | grep -q '(tsan,'; then
  echo "skipped: a sweep is one thread, and what it starts has its own tests"
  exit 77
fi

cat >tiny.yml <<'END'
name: tiny
invocations: 2
iterations: 1
seed: 7
heap_factors: [2]
minheap: {trials: 2, tolerance: 0.5}
canary: {workload: "rings,nodes=100", every: 4}
modifiers:
  free: {heap: unbounded}
  w2: {workers: 2}
configs: ["nogc|free", "mark_sweep_stw|w2"]
suites: {programs: {trees: "binary_trees,depth=6", rings: "rings,nodes=1k"}}
END

# --- mistakes ----------------------------------------------------------------
# bad SED PATTERN CODE: the experiment, changed so, is refused with a place.
bad() {
  sed "$1" tiny.yml >bad.yml
  expect "$3" "$1" sweep bad.yml -o never
  says "^wane sweep: bad.yml:$2" "$1"
  [ "$(wc -l <err)" -eq 1 ] && [ ! -e never ] && ok ||
    fail "$1: more than one line, or a folder" err
}
bad 's/w2"\]/w3"]/' '11:24: "mark_sweep_stw\|w3": there is no modifier "w3"' 2
bad 's/"nogc|free"/nogs/' '11:11: "nogs": .*nogs' 3
bad 's/depth=6/depth=x/' '12:28: binary_trees: option depth: ' 2
bad 's/rings,nodes=1k/trace:no.gct/' '12:59: there is no file "no.gct"' 3
bad 's/invocations: 2/invocation: 2/' '2:1: there is no key "invocation"' 2
bad 's/: 7$/: seven/' '4:7: seed: expected a whole number, found "seven"' 2
bad 's/: 7$/: 010/' '4:7: seed: expected a whole number without a zero' 2
bad 's/\[2\]/[3, 1.5]/' '5:19: heap_factors: expected more than 3' 2
expect 2 "no experiment" sweep
says 'expected an experiment file' "no experiment"
expect 2 "bad budget" sweep tiny.yml --budget soon
says '--budget: expected 90s' "bad budget"

# --- a plan ------------------------------------------------------------------
expect 0 "dry run" sweep tiny.yml --dry-run
says '^8 cells and 3 canaries' "dry run" out
cp out plan
expect 0 "dry run" sweep tiny.yml --dry-run
check "the same seed gives the same plan" cmp out plan

# --- all of it ---------------------------------------------------------------
expect 0 "sweep" sweep tiny.yml -o whole -q
says '11 cells ok, 0 without enough heap, 0 ended otherwise, 0 not' "sweep" out
check "its results" python3 -B "$here/sweep_files.py" whole whole
check "schema" python3 -B "$here/rows.py" schema whole/results.csv \
  "$here/../../results/schema.json"
expect 3 "used folder" sweep tiny.yml -o whole
says 'holds a sweep already' "used folder"
mkdir run
touch run/results.csv
expect 3 "results of something else" sweep tiny.yml -o run --resume
says 'holds results that are no sweep' "results of something else"
expect 0 "known times" sweep tiny.yml -o whole --dry-run
says '8 cells and 3 canaries; about' "known times" out
cp whole/run.json run.json
cp whole/results.csv results.csv
expect 0 "merge again" sweep --merge -o whole
check "merging again changes nothing" cmp run.json whole/run.json
check "merging again changes nothing" cmp results.csv whole/results.csv
sed 's/seed: 7/seed: 8/' tiny.yml >other.yml
expect 2 "another experiment" sweep other.yml -o whole --resume
says 'is not what .* was begun with' "another experiment"
expect 2 "no such cell" sweep --cell 99 -o whole
says 'expected 0 to 10, found 99' "no such cell"

# One cell again, as an engine on another machine would have it.
cp -r whole again
rm -r again/cells/000005
expect 1 "a cell is missing" sweep --merge -o again
says '10 cells ok, .* 1 not done' "a cell is missing" out
expect 0 "one cell" sweep --cell 5 -o again
expect 0 "one cell" sweep --merge -o again
check "the same rows" python3 -B "$here/sweep_files.py" whole again

# --- killed, interrupted -----------------------------------------------------
# A build that stops in the cell named in the file `at` until there is `go`, so
# that it is known where a signal comes.
unset WANE_PLUGIN_PATH
mkdir -p stop/bin
cat >stop/bin/wane <<END
#!/usr/bin/env bash
case " \$* " in
*" exec_index=\$(cat "$tmp/at") "*)
  touch "$tmp/there"
  until [ -e "$tmp/go" ]; do sleep 0.02; done
  ;;
esac
exec "$wane" "\$@"
END
chmod +x stop/bin/wane
sed 's/nogc|free/&|stop/; s/stw|w2/&|stop/
  s/^modifiers:/builds: {stop: stop}\n&\n  stop: {build: stop}/' \
  tiny.yml >stop.yml
# start DIR CELL: in the background, until that cell, no canary, is under way.
start() {
  rm -f there go
  echo "$2" >at
  "$wane" sweep stop.yml -o "$1" --resume -q >out 2>err &
  pid=$!
  until [ -e there ]; do
    kill -0 "$pid" 2>/dev/null || return
    sleep 0.02
  done
}
times=(3)
[ -z "$full" ] || times=(1 2 3 4 6 7 8 9)
for cell in "${times[@]}"; do
  start killed "$cell"
  kill -KILL "$pid"
  wait "$pid" 2>/dev/null
  set -- killed/cells/??????
  [ "$#" -eq "$cell" ] && ok ||
    fail "killed in cell $cell: that many must be done"
done
touch go
ls -di killed/cells/?????? >before
cp killed/plan.csv plan.csv
expect 0 "resume" sweep stop.yml -o killed --resume -q
says '11 cells ok' "resume" out
check "the plan stays" cmp plan.csv killed/plan.csv
ls -di killed/cells/?????? >after
check "what was done stays" sh -c "! comm -23 before after | grep ."
check "the same rows" python3 -B "$here/sweep_files.py" whole killed

start cut 3
kill -INT "$pid"
touch go
wait "$pid"
code=$?
[ "$code" -eq 130 ] && ok || fail "interrupt: exit $code, expected 130" err
says 'interrupted; --resume goes on from here' "interrupt"
says '4 cells ok, .* 7 not done' "interrupt" out
check "no cell is cut" sh -c '! ls -d cut/cells/*.part 2>/dev/null'
start cut 6
kill -INT "$pid"
until grep -q 'the cell under way is finished' err; do sleep 0.02; done
kill -INT "$pid"
wait "$pid"
code=$?
[ "$code" -eq 130 ] && ok || fail "interrupted twice: exit $code" err
says 'ended by an interrupt' "interrupted twice"
says '6 cells ok, .* 5 not done' "interrupted twice" out
touch go
expect 0 "resume" sweep stop.yml -o cut --resume -q
check "the same rows" python3 -B "$here/sweep_files.py" whole cut

# The rest is the same code in every variety, and sanitizers are slow.
if [ -z "$full" ] && ! "$wane" --version | grep -q '(measure,'; then
  echo "not tried in this variety: a budget, failures, two builds"
  echo "$checks checks passed, $failures failed"
  [ "$failures" -eq 0 ]
  exit
fi

# Once more without canaries: when the last cell is done, all is.
sed 's/every: 4/every: 0/' stop.yml >last.yml
rm -f there go
echo 7 >at
"$wane" sweep last.yml -o last -q >out 2>err &
pid=$!
until [ -e there ]; do sleep 0.02; done
kill -INT "$pid"
touch go
wait "$pid"
code=$?
[ "$code" -eq 0 ] && ok || fail "interrupted in the last cell: exit $code" err
says '8 cells ok, .* 0 not done' "interrupted in the last cell" out

# --- what was not tried ------------------------------------------------------
# A build that cannot start its invocation in the cell named in `at`, and says
# so as wane run does: exit 3, and files without a row.
mkdir -p unable/bin
cat >unable/bin/wane <<END
#!/usr/bin/env bash
"$wane" "\$@" || exit
[ -e "$tmp/able" ] && exit
case " \$* " in
*" exec_index=2 "*) sed -i '2,\$d' "\${@: -1}/results.csv" ;;
*" exec_index=3 "*) ;;
*) exit ;;
esac
python3 - "\${@: -1}/run.json" \$# <<'EOF'
import json, sys
run = json.load(open(sys.argv[1]))
if "000002" in sys.argv[1]:
    run["invocations"] = []
else:
    run["invocations"][0].update(status="skipped", reason="no node 7")
json.dump(run, open(sys.argv[1], "w"))
EOF
exit 3
END
chmod +x unable/bin/wane
sed 's/stop/unable/g; s/every: 4/every: 0/' stop.yml >unable.yml
expect 1 "not tried" sweep unable.yml -o unable.out -q
says '6 cells ok, .* 2 not done' "not tried" out
says 'cell 3 .*: exit code 3: no node 7' "not tried"
check "each attempt has a folder" sh -c \
  "ls -d unable.out/cells/000002.*.[0-9]*.part"
touch able
mkdir unable.out/slurm queue
printf '#!/bin/sh\necho "7|0|PENDING|Resources"\n' >queue/squeue
chmod +x queue/squeue
PATH="$PWD/queue:$PATH" expect 3 "cells in Slurm's queue" \
  sweep unable.yml -o unable.out --resume -q
says "Slurm still has cells of this sweep" "cells in Slurm's queue"
rm -r unable.out/slurm
expect 0 "tried again" sweep unable.yml -o unable.out --resume -q
says '8 cells ok, .* 0 not done' "tried again" out
check "nothing is left of attempts" sh -c \
  '! ls -d unable.out/cells/*.part 2>/dev/null'

# --- a budget ----------------------------------------------------------------
expect 0 "budget" sweep tiny.yml -o little --budget 0.001s -q
says 'left out: mark_sweep_stw.w2' "budget" out
says 'the smallest plan there is takes longer' "budget" out
says '"dropped_configs"' "budget" little/run.json

# --- what does not end well --------------------------------------------------
bad="$build/tests/plugins/bad_workload.so"
sed "s|rings,nodes=1k|$bad,mode=crash|; s/, \"mark_sweep.*/, rc|free]/
  s/every: 4/every: 0/" tiny.yml >crash.yml
expect 1 "a crash" sweep crash.yml -o crash -q
says 'programs.rings on rc.free: crash: signal 11' "a crash" out
says '4 cells ok, .* 4 ended otherwise, 0 not done' "a crash" out
sed 's/rc|free/rc/' crash.yml >heap.yml
expect 1 "no smallest heap" sweep heap.yml -o heap -q
says 'smallest heap: programs.rings on .*crash: signal 11' "no smallest heap"

# --- two builds ---------------------------------------------------------------
sed "s|^configs.*|configs: [\"nogc\|free\", \"nogc\|free\|own\"]|
  s|^modifiers:|builds: {own: $build}\n&\n  own: {build: own}|
  s/^invocations: 2/invocations: 1/" tiny.yml >builds.yml
WANE_PLUGIN_PATH="$build/lib/wane" expect 3 "plugins of one build" \
  sweep builds.yml -o builds -q
says 'builds.yml:8:[0-9]*: WANE_PLUGIN_PATH is set' "plugins of one build"
expect 0 "two builds" sweep builds.yml -o builds -q
check "two builds" grep -q '"nogc.free.own"' builds/experiment.json

echo "$checks checks passed, $failures failed"
[ "$failures" -eq 0 ]
