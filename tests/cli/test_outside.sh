#!/usr/bin/env bash
# test_outside.sh: a collector and a workload from outside of Wane's tree.
# SPDX-License-Identifier: MIT
#
# $1: wane, of a build tree. Does what a newcomer does: installs it into a
# clean prefix, `wane new`, builds with find_package(wane), runs; then follows
# collectors/README.md from the template to a mark-scan collector, with the
# code that stands there. Only the variety `measure`, but with $2: any.
set -uo pipefail

wane="$(realpath "${1:?usage: test_outside.sh WANE [any]}")"
here="$(dirname "$(realpath "$0")")"
source="$(dirname "$(dirname "$here")")"
build="$(dirname "$(dirname "$wane")")"
variety="$("$wane" --version | sed 's/.*(\([a-z]*\),.*/\1/')"
if [ "$variety" != measure ] && [ "${2-}" != any ]; then
  echo "skipped: $variety; what is installed is measure"
  exit 77
fi
tmp="$(mktemp -d)"
trap 'rm -rf "$tmp"' EXIT
chmod 755 "$tmp"
cd "$tmp" || exit 1
# Nothing but the prefix may be found.
unset WANE_PLUGIN_PATH WANE_SOURCE_DIR CMAKE_PREFIX_PATH PKG_CONFIG_PATH

checks=0 failures=0
ok() { checks=$((checks + 1)); }
fail() {
  failures=$((failures + 1))
  echo "FAILED: $1"
  shift
  for file; do [ ! -s "$file" ] || sed 's/^/    /' "$file" | tail -n 30; done
}
# check NAME COMMAND...: it succeeds. Output in out and err.
check() {
  local name="$1"
  shift
  if "$@" >out 2>err; then ok; else fail "$name (exit $?)" out err; fi
}
# refused CODE PATTERN COMMAND...: that exit code, one line, nothing on stdout.
refused() {
  local code="$1" pattern="$2" found
  shift 2
  "$@" >out 2>err
  found=$?
  if [ "$found" -eq "$code" ] && [ "$(wc -l <err)" -eq 1 ] && [ ! -s out ] &&
    grep -qE -- "$pattern" err; then
    ok
  else
    fail "$*: exit $found, expected $code and $pattern" out err
  fi
}
is() { # NAME FOUND EXPECTED
  if [ "$2" = "$3" ]; then ok; else fail "$1: found '$2', expected '$3'"; fi
}
# follow FILE: runs the commands that `wane new` has printed there.
follow() { bash -euo pipefail <(grep '^    ' "$1"); }

# --- the prefix --------------------------------------------------------------
# Moved after it was installed: nothing in it may know where it was.
check "cmake --install" cmake --install "$build" --prefix "$tmp/first"
mv first prefix
prefix="$tmp/prefix" wane="$tmp/prefix/bin/wane"

for file in bin/wane lib/libwane.so include/wane/collector.h \
  lib/cmake/wane/wane-config.cmake lib/cmake/wane/wane-config-version.cmake \
  lib/pkgconfig/wane.pc share/wane/schema.json share/doc/wane/LICENSE; do
  [ -e "prefix/$file" ] && ok || fail "$file is not installed"
done
while read -r elf; do
  path="$(readelf -d "$elf" | sed -n 's/.*R.*PATH.*\[\(.*\)\]/\1/p')"
  case "$path" in
    '' | "\$ORIGIN"*) ok ;;
    *) fail "$elf looks for libraries in $path" ;;
  esac
done < <(find prefix/bin prefix/lib -type f \( -name '*.so*' -o -name wane \))
grep -rlI -e "$source/" -e "$build" -e "$tmp/first" prefix >out
is "files that name the build tree" "$(cat out)" ""
ldd "$wane" >out && grep -q "libwane.so.0 => $prefix/" out && ok ||
  fail "the installed wane has another libwane" out

list() { # collectors|workloads: NAME PATH of each
  "$wane" list "$1" --format json | python3 -c 'import json, sys
for p in json.load(sys.stdin): print(p["name"], p["path"])'
}
for kind in collectors workloads; do
  list $kind >$kind
  is "$kind installed" "$(wc -l <$kind)" \
    "$(find "$build/lib/wane/$kind" -name '*.so' | wc -l)"
  is "$kind from elsewhere" "$(grep -vc " $prefix/lib/wane/$kind/" $kind)" 0
done

# --- a collector -------------------------------------------------------------
# All workloads, traces and cases, in sizes that take little time: those of
# test_verified.sh and adversary.py, so that there is one list of them.
eval "$(sed -n '/^workloads=(/,/^)/p' "$here/test_verified.sh")"
mapfile -t more < <(sed -n \
  '/^SMALL = {/,/^}/s/^ *"\(.*\)": "\(.*\)",$/\1,\2/p' \
  "$here/adversary.py")
workloads+=("${more[@]}")
all=()
for w in "${workloads[@]}"; do all+=(-w "$w"); done
runs="${#workloads[@]}"
while read -r name _; do
  printf '%s\n' "${workloads[@]}" | grep -qE "^$name([:,]|\$)" && ok ||
    fail "the workload $name is not tried"
done <workloads

# So small that collections come while the program runs, not only at its end.
often=(--rc young_bytes=128k)
# verified NAME RUNS ARGS...: as many runs, all verified.
verified() {
  local name="$1" expected="$2"
  shift 2
  check "$name" "$wane" run -q --verify -t 2 --workers=2 \
    "${often[@]}" "$@"
  is "$name: runs verified" "$(grep -c ' verified$' out)" "$expected"
}

check "wane new collector" "$wane" new collector mine
cp out commands
is "files of a new collector" "$(cd mine && echo *)" "CMakeLists.txt mine.c"
lines="$(cat mine/* | wc -l)"
[ "$lines" -le 100 ] && ok || fail "a new collector has $lines lines"
grep -rn NAME mine >out && fail "NAME was not replaced" out || ok
check "what wane new collector prints" follow commands
grep -q ' verified$' out && ok || fail "wane new collector: not verified" out
grep -q warning out err && fail "warnings in the template" out err || ok
grep -q 'CMAKE_BUILD_TYPE:.*=Release$' mine/build/CMakeCache.txt && ok ||
  fail "a new collector is not built for speed"
mine=(-c ./mine/build/mine.so)
verified "template" "$runs" "${mine[@]}" "${all[@]}"
# The place for `wane check --quick` of what is not in the tree.
if "$wane" --help | grep -q '^  check '; then
  check "wane check --quick" "$wane" check --quick ./mine/build/mine.so
fi

# By its name, once it is installed; then the name is taken.
check "installs" cmake --install mine/build --prefix "$prefix"
check "runs by name" "$wane" run -q -c mine -w rings,nodes=1000 --verify
refused 2 'a collector mine already' "$wane" new collector mine elsewhere
[ ! -e elsewhere ] && ok || fail "a refused collector left a folder"
rm prefix/lib/wane/collectors/mine.so

# --- without CMake, and with what is not there -------------------------------
export PKG_CONFIG_PATH="$prefix/lib/pkgconfig"
is "pkg-config's variety" "$(pkg-config --variable=variety wane)" "$variety"
mkdir plain
# shellcheck disable=SC2046 # words on purpose
check "pkg-config" cc -std=c17 -O2 -Wall -Wextra -Werror -shared -fPIC \
  $(pkg-config --cflags wane) mine/mine.c -o plain/mine.so \
  $(pkg-config --libs wane)
check "pkg-config: runs" "$wane" run -q -c plain/mine.so \
  -w rings,nodes=1000 --verify
sed -i 's/find_package(wane/& 9.0/' mine/CMakeLists.txt
cmake -S mine -B other -DCMAKE_PREFIX_PATH="$prefix" >out 2>err &&
  fail "find_package(wane 9.0) found one" out || ok
grep -q 'version: 0' err && ok || fail "find_package(wane 9.0)" err
sed -i 's/wane 9.0/wane/' mine/CMakeLists.txt

# --- collectors/README.md ----------------------------------------------------
# A little of everything for each step; all there is for the last.
few=(-w rings,nodes=1000 -w live_churn,trees=100,ops=1000
  -w "case:$source/tests/cases/cases.gct")
left() { # objects that one mutator's 1000 nodes of dead rings leave
  "$wane" run -q "$@" -w rings,nodes=1000 --format json 2>err |
    python3 -c 'import json, sys
print(*[r["value"] for r in json.load(sys.stdin)["rows"]
        if r["metric"] == "leak.objects"])'
}
readme="$source/collectors/README.md"
steps="$(python3 -B "$here/tutorial.py" "$readme" steps)"
is "steps of collectors/README.md" "$steps" "1 2 3 4"
is "objects that rc leaves" "$(left -c rc)" 1000
is "objects that the template leaves" "$(left "${mine[@]}")" 0
for step in $steps; do
  check "step $step" python3 -B "$here/tutorial.py" "$readme" step "$step" \
    mine/mine.c
  check "step $step builds" cmake --build mine/build
  grep -q warning out err && fail "step $step: warnings" out err || ok
  verified "step $step" 3 "${mine[@]}" "${few[@]}"
  case "$step" in
    1 | 2) is "objects that step $step leaves" "$(left "${mine[@]}")" 1000 ;;
    *) is "objects that step $step leaves" "$(left "${mine[@]}")" 0 ;;
  esac
done
mine=(-c ./mine/build/mine.so,closers=100)
verified "mark-scan" "$runs" "${mine[@]}" "${all[@]}"

# --- a workload --------------------------------------------------------------
check "wane new workload" "$wane" new workload pairs "a new folder"
cp out commands
lines="$(cat "a new folder"/* | wc -l)"
[ "$lines" -le 100 ] && ok || fail "a new workload has $lines lines"
grep -rn NAME "a new folder" >out && fail "NAME was not replaced" out || ok
check "what wane new workload prints" follow commands
grep -q warning out err && fail "warnings in the template" out err || ok
collectors=()
while read -r name _; do collectors+=(-c "$name"); done <collectors
pairs=(-w "./a new folder/build/pairs.so,pairs=1000,ops=20000")
verified "a new workload" "$((${#collectors[@]} / 2 + 1))" \
  "${collectors[@]}" "${mine[@]}" "${pairs[@]}"

# A collector that frees what is held by one reference only is noticed on it.
# Back-pressure sees to it that a round comes while the pairs of the last one
# are alive: it may come 16 * 128 KiB late, and 200,000 pairs are 16 MB.
sed -i 's/held > 0/held > 1/' mine/mine.c
check "a wrong collector builds" cmake --build mine/build
"$wane" run -q --verify --timeout 100 "${often[@]}" "${mine[@]}" \
  -w "./a new folder/build/pairs.so,pairs=200000" >out 2>err
is "a wrong collector: exit code" $? 1
grep -q 'was freed although it is reachable' err && ok ||
  fail "a wrong collector is not noticed" out err

# --- bad input ---------------------------------------------------------------
refused 2 'one of collector, workload, found "nothing"' "$wane" new
refused 2 'one of collector, workload, found "mine"' "$wane" new mine
refused 2 'no option but --help, found "--force"' "$wane" new --force
refused 2 'a name.*found "nothing"' "$wane" new collector
refused 2 'expected no more, found "c"' "$wane" new collector a b c
refused 2 'expected a folder, found ""' "$wane" new collector a ""
long="$(printf 'a%.0s' $(seq 64))"
for name in "" 9lives Mine my-gc my/gc ../gc _gc 'a b' gc.c "$long"; do
  refused 2 "a name: .*found \"$name\"" "$wane" new collector "$name"
done
refused 2 'a collector rc already' "$wane" new collector rc
refused 2 'a workload rings already' "$wane" new workload rings
cp -r mine before
refused 3 '^wane new: mine: expected a new or an empty folder' \
  "$wane" new collector mine
check "an existing folder is as it was" diff -r before mine
refused 3 'commands: cannot be opened: Not a directory' \
  "$wane" new collector other commands
refused 3 'no/where: cannot be made: No such file' \
  "$wane" new collector other no/where
is "what was refused" "$(ls -d other.* no other/*.c 2>/dev/null)" ""
mkdir empty && check "an empty folder" "$wane" new collector other empty
is "an empty folder is filled" "$(ls empty | wc -l)" 2

mkdir -m 555 locked
nobody=()
[ "$(id -u)" -ne 0 ] ||
  nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
refused 3 'locked/it: cannot be made: Permission denied' "${nobody[@]}" \
  "$wane" new collector other locked/it
refused 3 'locked/CMakeLists.txt: cannot be written: Permission denied' \
  "${nobody[@]}" "$wane" new collector other locked
# The second file does not fit: nothing is left of the first.
no_room() (
  trap '' XFSZ
  ulimit -f 1
  "$wane" new collector other full
)
no_room >/dev/null 2>err
is "no room: exit code" $? 3
grep -q 'full/other.c: cannot be written: File too large' err && ok ||
  fail "no room" err
[ ! -e full ] && ok || fail "no room: a folder is left"
mv prefix/share/wane/templates gone
refused 3 'no templates' "$wane" new collector other

echo "$checks checks passed, $failures failed"
[ "$failures" -eq 0 ]
