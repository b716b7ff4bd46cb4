#!/usr/bin/env bash
# test_import.sh: `wane trace import`, from samples and from real programs.
# SPDX-License-Identifier: MIT
#
# $1: wane. Imports the samples, verifies and replays them, and provokes what
# is refused. $2: --real, in the long tier: heap dumps that node and java make
# here and now; 77 when neither is there.
set -uo pipefail

wane="$(realpath "${1:?usage: test_import.sh WANE [--real]}")"
here="$(dirname "$(realpath "$0")")"
samples="$here/../fuzz/corpus/import"
tmp="$(mktemp -d)"
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1
checks=0 failures=0
collectors=(-c rc -c concurrent_mark_sweep)

fail() {
  failures=$((failures + 1))
  echo "FAILED: $1"
  sed 's/^/    /' out err | tail -n 30
}
# check NAME COMMAND...: it succeeds. Output in out and err.
check() {
  local name="$1"
  shift
  checks=$((checks + 1))
  "$@" >out 2>err || fail "$name (exit $?)"
}
# says PATTERN: what check has found last.
says() {
  checks=$((checks + 1))
  grep -qE -- "$1" out err || fail "expected $1"
}
# refused CODE PATTERN WORDS...: that exit code, the first line of err, and
# nothing that looks like an output.
refused() {
  local code="$1" pattern="$2" found
  shift 2
  checks=$((checks + 1))
  "$wane" trace import "$@" >out 2>err
  found=$?
  if [ "$found" -ne "$code" ] || ! head -n 1 err | grep -qE -- "$pattern" ||
    [ -s out ] || compgen -G "bad.gct*" >/dev/null; then
    fail "import $*: exit $found, expected $code and $pattern"
  fi
}
# imported NAME FORMAT FILE WORDS...: it becomes a good trace that replays.
imported() {
  local name="$1" format="$2" file="$3"
  shift 3
  check "$name is imported" "$wane" trace import "$file" -o ok.gct "$@"
  says "$format \\(guessed from its content\\)"
  check "$name is good" "$wane" trace verify ok.gct
  check "$name replays" "$wane" run "${collectors[@]}" -w trace:ok.gct \
    --verify -n 1
  says verified
}

real_snapshot() {
  if ! command -v node >/dev/null; then
    echo "skipped: no node to take a heap snapshot of"
    return 1
  fi
  cat >heap.js <<'EOF'
const all = [];
for (let i = 0; i < 20000; i++)
  all.push({ i, next: all[i - 1] || null, map: new Map([[i, { i }]]) });
globalThis.all = all;
globalThis.weak = new WeakRef(all[3]);
require('v8').writeHeapSnapshot('real.heapsnapshot');
EOF
  check "node writes a snapshot" node heap.js
  for order in depth-first breadth-first children-first; do
    imported "a snapshot, $order" heapsnapshot real.heapsnapshot \
      --order "$order" --teardown
  done
}

real_dump() {
  if ! command -v java >/dev/null; then
    echo "skipped: no java to take a heap dump of"
    return 1
  fi
  cat >Heap.java <<'EOF'
import java.lang.management.ManagementFactory;
import java.lang.ref.WeakReference;
import java.util.*;
public class Heap {
  static Object kept;
  public static void main(String[] arguments) throws Exception {
    Map<Integer, Object> map = new HashMap<>();
    LinkedList<Object> list = new LinkedList<>();
    for (int i = 0; i < 40000; i++) {
      map.put(i, "s" + i);
      list.add(i % 8 == 0 ? new WeakReference<Object>(list.peekLast())
                          : new Object[i % 5]);
    }
    kept = new Object[] {map, list};
    ManagementFactory.getPlatformMXBean(
        com.sun.management.HotSpotDiagnosticMXBean.class)
        .dumpHeap("real.hprof", true);
  }
}
EOF
  check "java writes a dump" java Heap.java
  if ! grep -q "compiler not found" err; then
    imported "a Java heap" hprof real.hprof --teardown
    head -c 5000000 real.hprof >cut.hprof
    refused 3 '^cut.hprof:[0-9]+:hprof: the file is cut short' \
      cut.hprof -o bad.gct
  fi
}

if [ "${2-}" = --real ]; then
  tried=0
  real_snapshot && tried=1
  real_dump && tried=1
  [ "$tried" = 1 ] || exit 77
else
  imported "a snapshot" heapsnapshot "$samples/window.heapsnapshot" \
    --order children-first
  imported "a Java heap" hprof "$samples/ids8.hprof" --teardown
  imported "Elephant Tracks" elephant-tracks "$samples/calls.elephant" --every 5
  imported "GarCoSim" garcosim "$samples/lists.garcosim" --every 5 --teardown
  "$wane" trace info ok.gct >out
  says '^meta  *source_format=garcosim$'
  says '^meta  *import.kept=2$'
  says '^held  *after every event$'

  refused 2 'no file' -o bad.gct
  refused 2 '-o OUT.gct is needed' "$samples/ids8.hprof"
  refused 2 'one file, please: b' a b -o bad.gct
  refused 2 'bad value: pdf' a --format pdf -o bad.gct
  refused 2 'bad value: 23' a --level 23 -o bad.gct
  refused 2 'unknown option: --lavel' a --lavel 3 -o bad.gct
  refused 3 '^none:0:file: No such file' none -o bad.gct
  head -c 700 "$samples/ids8.hprof" >cut
  refused 3 '^cut:[0-9]+:hprof: the file is cut short' cut -o bad.gct
  refused 3 '^cut:0:heapsnapshot: expected' cut --format heapsnapshot -o bad.gct
  refused 3 '^no/bad.gct:0:file: No such' "$samples/ids8.hprof" -o no/bad.gct
fi
echo "$checks checks, $failures failures"
[ "$failures" -eq 0 ]
