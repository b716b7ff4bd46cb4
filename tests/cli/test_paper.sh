#!/usr/bin/env bash
# test_paper.sh: wane paper as a user types it.
# SPDX-License-Identifier: MIT
#
# $1: wane. How claims are judged, tests/unit says; here: an experiment runs,
# its claims and tables are written and decide the exit code, a second time runs
# nothing, and what is wrong is said before anything runs.
set -uo pipefail

wane="$(realpath "${1:?usage: test_paper.sh WANE}")"
variety="$("$wane" --version | sed 's/.*(\([a-z]*\),.*/\1/')"
if [ "$variety" = tsan ]; then
  echo "skipped: tsan; the command has one thread"
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
# exits CODE NAME ARGUMENTS...: wane paper ends so.
exits() {
  local code="$1" name="$2"
  shift 2
  "$wane" paper "$@" >out 2>err
  if [ $? = "$code" ]; then ok; else fail "$name"; fi
}
says() { if grep -qF -- "$1" "$2"; then ok; else fail "'$1' in $2"; fi; }
# refuses CODE SENTENCE ARGUMENTS...: with that one line, and no folder.
refuses() {
  local code="$1" sentence="$2"
  shift 2
  exits "$code" "$sentence" "$@"
  says "$sentence" err
  if [ "$(wc -l <err)" = 1 ] && ! compgen -G 'paper-*' >compgen; then
    ok
  else
    fail "one line and no folder: $sentence"
  fi
}

cat >tiny.yml <<'END'
name: tiny
invocations: 2
iterations: 1
claims: claims.yml
canary: {every: 0}
modifiers: {unbounded: {heap: unbounded}}
configs: ["trial_deletion|unbounded", "rc|unbounded"]
suites:
  s: {rings: "rings,nodes=20k", trees: "binary_trees,depth=8"}
END

# claim ID RELATION...: a claim about what is freed.
claim() {
  cat <<END
  - id: $1
    text: a text
    source: a paper
    measure: [freed.objects.cycle]
    divided_by: [alloc.objects]
END
  shift
  printf '    %s\n' "$@"
}
rc='of: {config: "rc|unbounded"}'
trial='of: {config: "trial_deletion|unbounded"}'
{
  echo "claims:"
  claim C1 "$rc" 'relation: value' 'high: 0' 'over: each'
  claim C2 "$trial" 'relation: value' 'low: 2'
  claim C3 "$trial" 'than: {config: "rc|unbounded"}' 'relation: less'
  claim C4 'of: {config: "trial_deletion|unbounded", benchmarks: [rings]}' \
    'relation: value' 'low: 0.9'
  echo "tables:"
  echo "  - {name: t, title: A table, configs: [\"rc|unbounded\"],"
  echo "     columns: [{name: freed, measure: [freed.objects]}]}"
} >claims.yml

# --- before anything runs

refuses 2 "expected one experiment file, found 0"
refuses 2 "expected --kick or --budget, found both" tiny.yml --kick --budget 1h
refuses 2 "--nothing: no such option" tiny.yml --nothing
refuses 2 'has no claim "C9"' tiny.yml --claims C1,C9
sed 's/rings\]/ringz]/' claims.yml >wrong.yml
sed 's/claims.yml/wrong.yml/' tiny.yml >typo.yml
refuses 3 ': benchmarks: the experiment has no "ringz"' typo.yml
sed 's/config: "rc|/config: "rc|x|/' claims.yml >wrong.yml
refuses 3 './wrong.yml:7:18: config: the experiment has no "rc.x.unbounded"' \
  typo.yml
{ cat tiny.yml && echo 'figures: [F1, F99]'; } >figures.yml
refuses 3 ':10:15: figures: there is no "F99"' figures.yml
sed '/^claims:/d' tiny.yml >none.yml
refuses 2 "none.yml names no file of claims" none.yml --claims C1
exits 0 "a dry run" tiny.yml --dry-run
if compgen -G 'paper-*' >compgen; then fail "makes nothing"; else ok; fi

# --- all of it

if [ "$variety" != measure ]; then
  exits 1 "what this build measures is no result" tiny.yml -q
  says "not a measure build: its numbers are not results (2 of 2)" out
  echo "$checks checks passed, $failures failed"
  [ "$failures" = 0 ]
  exit
fi
exits 1 "some claims do not hold" tiny.yml -q
says "C1: PASS" out
says "C2: OUTSIDE" out
says "C3: OUTSIDE" out # some over none
says "C4: PASS" out
for file in claims.txt claims.csv claims.tex claims.json table_t.csv \
  table_t.txt table_t.tex results.csv report; do
  if [ -e "paper-tiny/$file" ]; then ok; else fail "paper-tiny/$file"; fi
done
if python3 -c 'import json, sys
claims = json.load(open("paper-tiny/claims.json"))["claims"]
sys.exit([c["verdict"] for c in claims] !=
         ["PASS", "OUTSIDE", "OUTSIDE", "PASS"])'; then
  ok
else
  fail claims.json
fi

# --- and again: the same rows, since nothing runs

cp paper-tiny/results.csv before.csv
exits 0 "those that hold" tiny.yml -q --claims C1,C4
cmp -s before.csv paper-tiny/results.csv && ok || fail "runs nothing"
if grep -q "^C2" paper-tiny/claims.csv; then fail "only C1 and C4"; else ok; fi
exits 0 "no claims" none.yml -q -o none
says "no claims" out

# --- a cell that left no rows failed

mkdir -p unable/bin
cat >unable/bin/wane <<END
#!/bin/sh
case " \$* " in *" exec_index=1 "*) echo "no node 7"; exit 3 ;; esac
exec "$wane" "\$@"
END
chmod +x unable/bin/wane
cat >lost.yml <<'END'
name: lost
invocations: 2
iterations: 1
claims: lost_claims.yml
canary: {every: 0}
builds: {unable: unable}
modifiers: {unbounded: {heap: unbounded}, unable: {build: unable}}
configs: ["rc|unbounded|unable"]
suites: {s: {rings: "rings,nodes=20k"}}
END
{
  echo "claims:"
  claim C1 'of: {config: "rc|unbounded|unable"}' 'relation: value' 'high: 0'
} >lost_claims.yml
(
  unset WANE_PLUGIN_PATH
  "$wane" paper lost.yml -q >out 2>err
)
[ $? = 1 ] && ok || fail "a lost cell"
says "C1: NOT MEASURED" out
says "not done (1 of 2)" out
says "not all cells of the sweep ended well" out

echo "$checks checks passed, $failures failed"
[ "$failures" = 0 ]
