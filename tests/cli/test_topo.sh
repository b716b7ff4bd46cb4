#!/usr/bin/env bash
# test_topo.sh: wane topo as a user types it.
# SPDX-License-Identifier: MIT
#
# $1: wane. What topologies hold and what plans are, tests/unit says; here:
# text, picture and XML tell all of it, and what is wrong is a sentence.
set -uo pipefail

wane="$(realpath "${1:?usage: test_topo.sh WANE}")"
variety="$("$wane" --version | sed 's/.*(\([a-z]*\),.*/\1/')"
if [ "$variety" = tsan ]; then
  echo "skipped: tsan; the command has one thread"
  exit 77
fi
here="$(dirname "$(realpath "$0")")"
topologies="$(realpath "$here/../topologies")"
tmp="$(mktemp -d)"
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1
cp "$topologies"/*.xml .
unset HWLOC_SYNTHETIC HWLOC_XMLFILE HWLOC_THISSYSTEM HWLOC_COMPONENTS

checks=0 failures=0
ok() { checks=$((checks + 1)); }
fail() {
  failures=$((failures + 1))
  echo "FAILED: $1"
  for file in out err; do [ ! -s $file ] || sed 's/^/    /' $file | tail; done
}
# exits CODE NAME ARGUMENTS...: wane topo ends so.
exits() {
  local code="$1" name="$2"
  shift 2
  "$wane" topo "$@" >out 2>err
  if [ $? = "$code" ]; then ok; else fail "$name"; fi
}
says() { if grep -qxF -- "$1" "$2"; then ok; else fail "'$1' in $2"; fi; }
# refuses CODE SENTENCE ARGUMENTS...: with that one line, and no output.
refuses() {
  local code="$1" sentence="$2"
  shift 2
  exits "$code" "$sentence" "$@"
  if [ "$(cat err)" = "wane topo: $sentence" ] && [ ! -s out ]; then ok
  else fail "$sentence"; fi
}

# The whole text of a small one.
exits 0 "asymmetric" xml:asymmetric.xml --place scatter -t 3 --workers 2 \
  --memory worst
cat >expected <<'END'
source     xml:asymmetric.xml
mode       plan-only: xml:asymmetric.xml is a description, not this machine
shape      3 nodes, 8 PUs, not all alike

3 nodes, 8 PUs
  L#   P#       memory   PUs
   0    0        4 GiB     4: 0-3
   1    1        2 GiB     2: 4-5
   2    2        1 GiB     2: 6-7

distances, from the row's PUs to the column's memory
        0    1    2
   0   10   12   20
   1   14   10   22
   2   40   30   10

threads: scatter
  mutator       0  node    0    PU 0
  mutator       1  node    1    PU 4
  mutator       2  node    2    PU 6
  collector     0  node    2    PU 7
  collector     1  node    1    PU 5
  finalizer     0  node    2    PU 7

memory: worst
  threads on node    0 get it on node    2, distance 20
  threads on node    1 get it on node    2, distance 22
  threads on node    2 get it on node    0, distance 40
END
if grep -v '^read by    hwloc [2-9]' out | diff expected - >err; then ok
else fail "asymmetric is told"; fi

exits 0 "forbidden" xml:forbidden_memory.xml --place compact -t 5
says '  of no node, memory is forbidden: 0-3,8-11' out
says '  mutator       3  of no node   PU 3' out
says '  mutator       4  node    0    PU 4' out
exits 0 "memory only" xml:memory_only.xml --place none
says '   4    5       16 GiB  none of its own' out
says '  mutator       0  anywhere' out
exits 0 "nothing told" "synthetic:numa:2 pu:2" --memory interleave
says 'no distances are told; taken are 10 to itself and 20 to others' out
says '  threads on node    1 get it on the nodes of the policy' out

# This machine, whatever it is: real or denied, and what moves pages here.
exits 0 "machine"
if grep -qE '^mode       (real$|denied: )' out; then ok; else fail "mode"; fi
if grep -qE '^huge pages ' out && grep -qE '^balancing ' out; then ok
else fail "huge pages and balancing"; fi
HWLOC_SYNTHETIC="numa:3 pu:1" "$wane" topo >out 2>err || fail "stand-in"
why='HWLOC_SYNTHETIC in the environment stands for this machine'
says "mode       plan-only: $why" out
says '3 nodes, 3 PUs' out
if grep -q balancing out; then fail "balancing of another machine"; else ok; fi
if command -v taskset >taskset; then
  cpu="$(grep -oP 'Cpus_allowed_list:\s*\K[0-9]+' /proc/self/status)"
  taskset -c "$cpu" "$wane" topo >out 2>err || fail "taskset"
  if grep -qE '^[0-9]+ nodes?, 1 PU$' out; then ok; else fail "one PU"; fi
fi

# A container that forbids it. Plans are made all the same.
denies() {
  python3 "$here/forbid.py" "$1" "$wane" topo --place compact >out 2>err
  case $? in
  0) says "mode       denied: $2: Operation not permitted" out
    says '  mutator       0  node    0    PU '"$first" out ;;
  77) echo "skipped: no seccomp filters here: mode denied" ;;
  *) fail "$1 denied" ;;
  esac
}
"$wane" topo --place compact >out
if grep -qx 'mode       real' out; then
  first="$(sed -n 's/^  mutator *0 .* PU //p' out)"
  denies sched_setaffinity 'the system refuses to bind a thread'
  denies mbind 'the system refuses to bind memory'
  denies move_pages 'the system does not tell where a page is'
else
  echo "skipped: nothing can be bound here anyway: mode denied"
fi

# Pictures: 1, 4, 8 and 64 nodes, PUs without nodes, shared PUs, long names.
picture() {
  local name="$1" words="$2"
  shift 2
  exits 0 "$name" "$@" --svg picture.svg
  # shellcheck disable=SC2086
  if python3 "$here/topo_picture.py" picture.svg $words 2>err; then ok
  else fail "the picture of $name"; fi
}
picture "machine" "m0" --place compact
picture "four" "m0 m7 c0 c1 31" "synthetic:numa:4 core:4 pu:2" \
  --place scatter -t 8 --workers 2 --memory next-node
picture "eight" "m7 c3 32 12 15" xml:eight.xml --place per-node -t 8 --workers 4
picture "sixty-four" "m63 c0 127" "synthetic:numa:64 core:2 pu:1" \
  --place compact -t 64 --workers 8
picture "no node" "m3 c0 15 30" xml:forbidden_memory.xml --place compact -t 5
picture "many on a PU" "1 c0" "synthetic:pu:2" --place list:1 -t 300

# XML: there and back, every line of it.
for file in *.xml; do
  case "$file" in again.xml) continue ;; esac
  exits 0 "$file" "xml:$file" --place compact -t 3 --xml again.xml
  sed 1,2d out >first
  exits 0 "$file again" xml:again.xml --place compact -t 3
  if sed 1,2d out | diff first - >err; then ok; else fail "$file as XML"; fi
  rm again.xml
done

# What is wrong.
refuses 2 "topology \"mars\": expected machine, synthetic:DESCRIPTION or \
xml:FILE" mars
why='cannot be read: No such file or directory'
refuses 3 "topology \"xml:none.xml\": $why" xml:none.xml
echo half >half.xml
refuses 3 'topology "xml:half.xml": expected XML as hwloc writes it' \
  xml:half.xml
refuses 2 "thread policy \"near\": expected none, compact, scatter, per-node, \
list:CPUS or mutators@NODES/collectors@NODES" --place near
refuses 2 'memory policy "bind:9": expected nodes out of 0-7, such as "0-1,3"' \
  xml:eight.xml --memory bind:9
see='see wane topo --help'
refuses 2 "-t: expected 0 to 1024 mutators, found: \"x\"; $see" \
  --place none -t x
refuses 2 "--workers: expected 1 to 1024, found: \"0\"; $see" --place none \
  --workers 0
refuses 2 "-t and --workers are for --place, found no: \"--place\"; $see" -t 2
refuses 2 "one source, please, found: \"b\"; $see" a b
exits 2 "unknown option" --nodes
HWLOC_XMLFILE=/none.xml "$wane" topo >out 2>err
if [ $? = 3 ]; then ok; else fail "a stand-in that is not there"; fi
exits 3 "no folder" --svg none/a.svg
says 'wane topo: none/a.svg: cannot be written: No such file or directory' err
exits 3 "full disk" --xml /dev/full
says 'wane topo: /dev/full: cannot be written: No space left on device' err
"$wane" topo >/dev/full 2>err
if [ $? = 3 ]; then ok; else fail "text to a full disk"; fi
exits 0 "help" --help
says 'usage: wane topo [SOURCE] [--place POLICY] [-t N] [--workers N]' out

echo "$checks checks, $failures failures"
[ "$failures" = 0 ]
