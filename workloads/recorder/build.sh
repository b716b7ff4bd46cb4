#!/usr/bin/env bash
# build.sh DIR: builds the recording interpreter in DIR.
# SPDX-License-Identifier: MIT
#
# Fetches CPython 3.11's source as Debian 12 has it, with apt lists of its own
# in DIR (the system's sources and state are neither changed nor needed by
# root), puts in the hooks, builds it so that every store is a call, and links
# it with the recorder. The result is DIR/python, a link. Each step is done
# again only when what it depends on has changed. The last line of stdout is
# the path of the interpreter. Exit code 3 and one sentence when it cannot.
#
#   WANE_CPYTHON_SOURCE   a tarball of CPython 3.11.x, instead of fetching one
#   WANE_GCT_SOURCE       the trace library's sources; default ../trace
set -euo pipefail

here="$(dirname "$(realpath "$0")")"
gct="${WANE_GCT_SOURCE:-$here/../trace}"
[ $# = 1 ] || { echo "usage: build.sh DIR" >&2; exit 2; }
mkdir -p "$1"
dir="$(realpath "$1")"
log="$dir/build.log"

say() { echo "recorder: $*" >&2; }
give_up() {
  [ ! -s "$log" ] || tail -n 5 "$log" >&2
  say "$*${log:+ (the log is $log)}"
  exit 3
}
need() {
  command -v "$1" >/dev/null || give_up "$1 is missing, Debian has it in $2"
}
need gcc gcc
need make make
need python3 python3
echo '#include <zstd.h>' | gcc -E - >/dev/null 2>&1 ||
  give_up "zstd.h is missing, Debian has it in libzstd-dev"

exec 9>"$dir/lock"
flock -n 9 || { say "another build is at work; waiting"; flock 9; }

# ---- the source

fetch() {
  need apt-get apt
  say "1/5 fetching CPython's source"
  local apt="$dir/apt" file
  rm -rf "$apt"
  mkdir -p "$apt"/{parts,lists/partial,cache/archives/partial}
  for file in /etc/apt/sources.list.d/*.sources; do
    [ ! -e "$file" ] ||
      sed 's/^Types:.*/Types: deb-src/' "$file" >"$apt/parts/${file##*/}"
  done
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [ ! -e "$file" ] || { sed -n 's/^deb /deb-src /p' "$file" \
      >"$apt/parts/$(basename "$file" .list).list"; }
  done
  local options=(-q -o Dir::Etc::SourceList=/dev/null
    -o Dir::Etc::SourceParts="$apt/parts" -o Dir::State::lists="$apt/lists"
    -o Dir::Cache="$apt/cache" -o APT::Sandbox::User=)
  apt-get "${options[@]}" update >"$log" 2>&1 ||
    give_up "apt-get update failed, with private lists of the same sources"
  (cd "$apt" && apt-get "${options[@]}" source --download-only --tar-only \
    python3.11) >>"$log" 2>&1 || give_up "apt-get source python3.11 failed"
  mv "$apt"/python3.11_3.11.*.orig.tar.* "$dir/"
  rm -rf "$apt"
}

if [ -n "${WANE_CPYTHON_SOURCE:-}" ]; then
  tarball="$WANE_CPYTHON_SOURCE"
  [ -r "$tarball" ] || give_up "WANE_CPYTHON_SOURCE=$tarball: cannot read it"
else
  compgen -G "$dir/python3.11_3.11.*.orig.tar.*" >/dev/null || fetch
  tarball="$(compgen -G "$dir/python3.11_3.11.*.orig.tar.*" | head -n 1)"
fi

# ---- the interpreter

flags=(-fsanitize=kernel-address
  --param asan-instrumentation-with-call-threshold=0
  --param asan-instrument-reads=0 --param asan-stack=0
  --param asan-globals=0 --param asan-use-after-return=0)
depends="$(cat "$here/hooks.py" "$here/hooks.h" "$here/stores_none.c" \
  <(declare -p flags) <(sha256sum <"$tarball") | sha256sum | cut -c 1-12)"
python="$dir/python-$depends"

# Shows how far the compiler is, on a terminal.
watch() {
  [ -t 2 ] || { wait "$1"; return; }
  while kill -0 "$1" 2>/dev/null; do
    printf '\r  %s files' "$(grep -c '^gcc' "$log")" >&2
    sleep 1
  done
  printf '\r\033[K' >&2
  wait "$1"
}

build_python() {
  local tree="$python.part"
  rm -rf "$tree" "$dir"/python-*
  mkdir "$tree"
  say "2/5 putting in the hooks"
  tar -xf "$tarball" -C "$tree" --strip-components=1 ||
    give_up "$tarball: cannot unpack it"
  python3 "$here/hooks.py" "$tree" >"$log" || give_up "the hooks do not fit"
  cp "$here/hooks.h" "$tree/Include/"
  gcc -O2 -c "$here/stores_none.c" -o "$tree/stores_none.o"
  cd "$tree"
  say "3/5 configuring (half a minute or more)"
  ./configure -q --without-freelists --without-ensurepip \
    --disable-test-modules OPT="-DNDEBUG -O2 -fwrapv -w" \
    CFLAGS_NODIST="${flags[*]}" LIBS="$tree/stores_none.o" >"$log" 2>&1 ||
    give_up "configure failed"
  say "4/5 compiling (about 330 files, one to five minutes)"
  make -j"$(nproc)" >"$log" 2>&1 &
  watch $! || give_up "make failed"
  # Modules are compiled now: else the first recording would do it.
  ./python -E -m compileall -q -j0 Lib -x 'lib2to3/tests|bad_coding|badsyntax' \
    >>"$log" 2>&1 || true
  cd "$dir"
  mv "$tree" "$python"
}
[ -e "$python/python" ] || build_python

# ---- the recorder

sources=("$here"/rec_*.c) # and the trace library's writer
for part in chunks crc32c decode encode file format map sink stream tables \
  writer; do
  sources+=("$gct/gct_$part.c")
done
depends="$(cat "${sources[@]}" "$here"/*.h "$gct"/gct*.h "$here/build.sh" |
  sha256sum | cut -c 1-12)"
interpreter="$python/wane-python-$depends"
if [ ! -e "$interpreter" ]; then
  say "5/5 linking the recorder"
  rm -f "$python"/wane-python-*
  gcc -std=gnu17 -O2 -w -fno-tree-loop-distribute-patterns -rdynamic \
    -I"$here" -I"$gct" -I"$python" -I"$python/Include" \
    -I"$python/Include/internal" \
    "${sources[@]}" "$python/libpython3.11.a" -o "$interpreter.part" \
    -lzstd -lpthread -ldl -lutil -lm >"$log" 2>&1 ||
    give_up "the recorder does not compile"
  mv "$interpreter.part" "$interpreter"
fi
ln -sfn "$interpreter" "$dir/python"
rm -f "$log"
echo "$interpreter"
