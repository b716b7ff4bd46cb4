#!/usr/bin/env bash
# test_trace_stats.sh: wane trace stats as a user types it.
# SPDX-License-Identifier: MIT
#
# $1: wane. The numbers themselves have golden values in tests/unit/test_gct_*;
# here: text, tables and pictures are whole, agree with each other and with
# `wane trace info`, and what is wrong leaves nothing behind.
set -uo pipefail

wane="$(realpath "${1:?usage: test_trace_stats.sh WANE}")"
variety="$("$wane" --version | sed 's/.*(\([a-z]*\),.*/\1/')"
if [ "$variety" = tsan ]; then
  echo "skipped: tsan; the command has one thread"
  exit 77
fi
here="$(dirname "$(realpath "$0")")"
traces="$here/../../workloads/traces"
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
# exits CODE NAME ARGUMENTS...: wane trace stats ends so.
exits() {
  local code="$1" name="$2"
  shift 2
  "$wane" trace stats "$@" >out 2>err
  if [ $? = "$code" ]; then ok; else fail "$name"; fi
}
says() { if grep -qF -- "$1" "$2"; then ok; else fail "'$1' in $2"; fi; }
absent() { if [ ! -e "$1" ]; then ok; else fail "$1 is there"; fi; }

exits 0 "two traces" "$traces"/{lru_cycles,threads_queue}.gct -o new/folder
line='^threads_queue: [0-9]+ k events, [0-9]+ k births, [0-9.]+ MB, 9 threads$'
if grep -qE "$line" out; then ok; else fail "threads_queue in out"; fi
if awk 'length > 80 { exit 1 }' out; then ok; else fail "80 columns"; fi
"$wane" trace info "$traces/threads_queue.gct" >info
if python3 "$here/stats_files.py" new/folder info >out 2>err; then ok
else fail "tables and pictures"; fi

# A name that XML and CSV have to quote; nothing freed, nothing shared.
printf '%s\n' '#!gct 1' 'type 1 flags=1 name=a<b&c, "d"' \
  'T0: alloc 0 type=1 bytes=32 slots=2' >odd.txt
"$wane" trace text odd.txt -o odd.gct || fail "odd.gct"
exits 0 "one object" odd.gct -o odd
says 'odd,1,"a<b&c, ""d""",1,32,0,0,1,0,1,0' odd/types.csv
says 'a&lt;b&amp;c, "d"' odd/odd.svg
absent odd/traces.svg
exits 0 "the same as CSV" odd.gct --csv
if cmp -s out odd/stats.csv; then ok; else fail "--csv is stats.csv"; fi
printf '#!gct 1\n' >none.txt
"$wane" trace text none.txt -o none.gct || fail "none.gct"
exits 0 "no event" none.gct -o none
says "none,AOA,NA,B,NA,0,NA,NA,NA,NA,mean size of an object" none/stats.csv

exits 2 "no file"
exits 2 "unknown option" odd.gct --figure
says "unknown option: --figure" err
exits 2 "no samples" odd.gct --samples 0
exits 2 "no value" odd.gct -o
mkdir other && cp odd.gct other
exits 2 "two of a name" odd.gct other/odd.gct
says "two files of the same name: other/odd.gct" err
head -c 100 odd.gct >cut.gct
exits 3 "a bad file" odd.gct cut.gct -o bad
says "cut.gct:" err
if [ ! -s out ]; then ok; else fail "text beside an error"; fi
absent bad
mkdir -p full/stats.csv/in_the_way
exits 3 "a name that is taken" odd.gct -o full
says "full/stats.csv: " err
if [ -z "$(find full -name '*.part')" ]; then ok; else fail ".part left"; fi
exits 0 "help" --help
says "usage: wane trace stats" out

echo "$checks checks, $failures failures"
[ $failures = 0 ]
