#!/usr/bin/env bash
# test_record.sh: records small scripts and asks whether the traces are right.
# SPDX-License-Identifier: MIT
#
# $1: wane. Builds the recording interpreter if it is not there (minutes), so
# it runs only with `tests/run --long`. Exit code 77: skipped, with the reason.
set -uo pipefail

wane="$(realpath "${1:?usage: test_record.sh WANE}")"
here="$(dirname "$(realpath "$0")")"
tmp="$(mktemp -d)"
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1

checks=0 failures=0
ok() { checks=$((checks + 1)); }
fail() {
  failures=$((failures + 1))
  echo "FAILED: $*"
  [ ! -s err ] || sed 's/^/    /' err | tail -n 20
}
# exits CODE TEXT COMMAND...: with that code, and TEXT in what it prints.
exits() {
  local code="$1" text="$2"
  shift 2
  "$@" >out 2>err
  local got=$?
  if [ $got = "$code" ] && { [ -z "$text" ] ||
    cat out err | grep -qF -- "$text"; }; then
    ok
  else
    fail "exit code $got (wanted $code, '$text'): $*"
  fi
}
count() { "$wane" trace info "$1" | awk -v op="$2" '$1 == op { print $2 }'; }

"$wane" trace record -o first.gct -- -c 'print("hello")' >out 2>err
if [ $? = 3 ] && grep -qE 'apt-get|is missing' err; then
  echo "skipped: the recorder cannot be built here: $(tail -n 1 err)"
  exit 77
fi
if grep -q hello out && [ -s first.gct ]; then ok; else fail "-c"; fi

# Nothing missed, verified, and replayed on collectors of each kind.
for script in containers finalizers revived threads; do
  exits 0 "0 writes missed" "$wane" trace record --paranoid --checkpoint 3000 \
    -o $script.gct -- "$here/$script.py"
  for collector in rc trial_deletion concurrent_mark_sweep cpython; do
    exits 0 verified "$wane" run -c $collector -w trace:$script.gct --verify
  done
done

# What the scripts are about is in their traces.
[ "$(count finalizers.gct finalizer)" -gt 8000 ] && ok || fail "finalizers"
[ "$(count threads.gct wait)" -gt 100 ] && ok || fail "hand-overs"
[ "$(count containers.gct resize)" -gt 1000 ] && ok || fail "buffer sizes"
exits 0 "" "$wane" trace record --raw -o r.gct -- "$here/revived.py"
[ "$(count r.gct.raw ext)" -ge 2 ] && ok || fail "revived objects are marked"
[ -z "$(count r.gct ext)" ] && ok || fail "marks are gone"

# A thread's roots are its own; who runs a finalizer holds its object. (Between
# checkpoints all threads stand together, so without them the order is plain.)
for script in threads finalizers; do
  exits 0 "" "$wane" trace record --raw -o s.gct -- "$here/$script.py"
  "$wane" trace text s.gct.raw -o s.txt
  read -r foreign bare < <(python3 "$here/roots.py" s.txt)
  [ "$foreign" -lt 10 ] && [ "$bare" = 0 ] && ok ||
    fail "$script: $foreign of 1000 roots are given up by others, $bare bare"
done

# Without the marks the trace uses what no collector could have kept.
"$wane" trace text r.gct.raw -o r.txt && grep -v ': ext ' r.txt >unmarked.txt
exits 0 "" "$wane" trace text unmarked.txt -o unmarked.gct
exits 3 "was unreachable at a checkpoint" "$wane" trace cut unmarked.gct \
  -o no.gct --every 3000

# The same bytes again.
bare=(env -i PATH="$PATH"
  "WANE_RECORDER_DIR=${WANE_RECORDER_DIR:-$HOME/.cache/wane/recorder}")
for script in containers finalizers revived; do
  for n in 1 2; do
    exits 0 "" "${bare[@]}" "$wane" trace record -o $script.$n -- \
      "$here/$script.py"
  done
  cmp $script.1 $script.2 && ok || fail "$script: not the same twice"
done

# Marks, and processes of the script's.
exits 0 "30000 1000 100000" "$wane" trace record -o marks.gct -- \
  "$here/marks.py"
births=$("$wane" trace info marks.gct | awk '$1 == "births" { print $2 }')
[ "$births" -gt 40000 ] && [ "$births" -lt 100000 ] && ok ||
  fail "marks: $births births"

# The script's errors are the script's, and leave nothing.
echo 'raise SystemExit(7)' >seven.py
echo 'import os, signal; os.kill(os.getpid(), signal.SIGKILL)' >killed.py
echo 'import os; os._exit(0)' >gone.py
exits 7 "exit code 7; no trace is written" "$wane" trace record seven.py
exits 1 "killed by signal 9" "$wane" trace record killed.py
exits 1 "ended without a trace" "$wane" trace record gone.py
exits 2 "No such file" "$wane" trace record nowhere.py
exits 3 "No such file" "$wane" trace record -o no/where.gct -- seven.py
exits 2 "no script" "$wane" trace record
exits 2 "bad value: 0" "$wane" trace record --checkpoint 0 -- seven.py
ls | grep -E 'part-|seven.gct|killed.gct|gone.gct' && fail "left behind" || ok

# An interruption ends it, and leaves nothing either.
echo 'while True: x = [1]' >ever.py
setsid timeout -s INT 2 "$wane" trace record ever.py >out 2>err
ls | grep -E 'part-|ever.gct' && fail "left behind by an interruption" || ok

echo "$checks checks, $failures failures"
[ $failures = 0 ]
