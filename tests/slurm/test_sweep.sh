#!/usr/bin/env bash
# test_sweep.sh: one experiment through both engines. $1: wane.
# SPDX-License-Identifier: MIT
#
# Run by ./cluster. The same plan must give the same rows; an element that is
# cancelled is a cell that is not done, and is done when the sweep is resumed.
set -uo pipefail

wane="$(realpath "${1:?usage: test_sweep.sh WANE}")"
here="$(dirname "$(realpath "$0")")"
cd "$WANE_CLUSTER" || exit 1
failures=0
fail() {
  failures=$((failures + 1))
  echo "FAILED: $1"
  [ -z "${2-}" ] || sed 's/^/    /' "$2" | tail -n 20
}
has() { # PATTERN FILE WHAT
  grep -qE -- "$1" "$2" || fail "$3: nothing says $1" "$2"
}

cat >experiment.yml <<'YAML'
name: both
invocations: 2
iterations: 2
canary: {every: 0}
modifiers:
  roomy: {heap: 8m}
  unbounded: {heap: unbounded}
  w2: {workers: 2}
configs: ["mark_sweep_stw|roomy", "trial_deletion|w2|unbounded"]
suites:
  programs:
    rings: "rings,nodes=2k"
    trees: "binary_trees,depth=6"
mutators: [1, 2]
YAML
"$wane" sweep experiment.yml -o here -q >out 2>err || fail "local: $?" err
n="$(ls here/cells | wc -l)"
[ "$n" = 16 ] || fail "local: $n cells"

# The same plan, of which nothing is done yet.
cp -r here there
rm -r there/cells/* there/results.csv there/run.json there/*.zst

"$wane" sweep experiment.yml -o there -q --resume --engine slurm \
  --slurm-options "--exclusive --hold" >out 2>err &
sweep=$!
for _ in $(seq 200); do
  [ "$(squeue -h -r -t PENDING | wc -l)" != "$n" ] || break
  sleep 0.1
done
job="$(squeue -h -o %F | head -n 1)"
for _ in $(seq 100); do # held: nothing runs, and the sweep says why
  ! grep -q 'cells wait' err || break
  sleep 0.1
done
has 'cells wait in Slurm.s queue: JobHeldUser' err "held"
scancel "${job}_3"
scontrol release "$job"
wait $sweep
[ $? = 1 ] || fail "an element was cancelled: not exit code 1" err
has '^wane sweep: cell 3 \(.*\): left no results: .*cancelled before' err \
  "cancelled"
[ "$(wc -l <err)" = 2 ] || fail "cancelled: more is said than that" err
has '15 cells ok, .* 1 not done' out "cancelled"
[ "$(python3 -B "$here/same_rows.py" cells there)" = \
  "0 1 2 4 5 6 7 8 9 10 11 12 13 14 15" ] || fail "cancelled: rows of others"
[ ! -e there/cells/000003 ] || fail "cancelled: there is a cell 3"

touch before
"$wane" sweep experiment.yml -o there -q --resume --engine slurm >out 2>err ||
  fail "resumed: $?" err
[ "$(cat there/slurm/array-0002.cells)" = 3 ] || fail "resumed: other cells"
again="$(find there/cells -name run.json -newer before | tr '\n' ' ')"
[ "$again" = "there/cells/000003/run.json " ] || fail "resumed: $again"
python3 -B "$here/same_rows.py" here there >py 2>&1 || fail "the rows differ" py

"$wane" sweep experiment.yml -o x --slurm-options a >out 2>err
[ $? = 2 ] || fail "--slurm-options without --engine slurm" err
SLURM_CONF=/dev/null "$wane" sweep experiment.yml -o x --engine slurm >out 2>err
[ $? = 3 ] || fail "no cluster: not exit code 3" err
has '^wane sweep: scontrol: ' err "no cluster"
[ ! -e x ] || fail "no cluster: a folder was made"

[ "$failures" = 0 ]
