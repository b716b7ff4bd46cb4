#!/usr/bin/env bash
# test_engine.sh: what the engine for Slurm makes of cells that end in every
# way. $1: slurm_drive.
# SPDX-License-Identifier: MIT
#
# Run by ./cluster, with arrays of at most three elements. Cells are a script's,
# so that each ends as it is told.
set -uo pipefail

drive="$(realpath "${1:?usage: test_engine.sh SLURM_DRIVE}")"
cd "$WANE_CLUSTER" || exit 1
failures=0
fail() {
  failures=$((failures + 1))
  echo "FAILED: $1"
  [ -z "${2-}" ] || sed 's/^/    /' "$2"
}
# has PATTERN FILE WHAT: a line of the file matches.
has() {
  grep -qE -- "$1" "$2" || fail "$3: nothing says $1" "$2"
}
# done_are DIR "0 1": these cells are done, and no others.
done_are() {
  local found
  found="$(cd "$1/cells" && echo *)"
  [ "$found" = "$2" ] || fail "$1: done are '$found', expected '$2'"
}

# A cell in the place of `wane sweep --cell I -o DIR`. Each attempt leaves a
# line in DIR/attempts.
cat >wane <<'WANE'
#!/bin/sh
cell=$3 dir=$5
echo "$cell" >>"$dir/attempts"
echo "attempt at $cell"
if [ ! -e "$dir/mended" ]; then
  case "$cell" in
    1) echo "it broke"; exit 5 ;;
    2) kill -KILL $$ ;;
    8) while [ ! -e "$dir/go" ]; do sleep 0.1; done ;;
    9) while :; do sleep 0.1; done ;;
  esac
fi
mkdir "$dir/cells/$(printf %06d "$cell")"
WANE
chmod +x wane

# --- ways to end, in a folder whose name must be quoted ---------------------
dir="$PWD/a folder's %a \$name"
mkdir -p "$dir/cells"
SQUEUE_STATES=SUSPENDED SQUEUE_FORMAT=%i SCANCEL_INTERACTIVE=1 \
  "$drive" "$dir" "$PWD/wane" 8 >out 2>err || fail "ends: exit $?" err
done_are "$dir" "000000 000003 000004 000005 000006 000007"
has '^1 failed: .*FAILED \(NonZeroExitCode\), exit code 5, on .*it broke$' \
  out "an exit code"
has '^2 failed: .*FAILED .*signal 9, on .*attempt at 2$' out "a signal"
[ "$(grep -c ' done$' out)" = 6 ] || fail "ends: not six are done" out
[ "$(cat "$dir"/slurm/array-*.cells | tr '\n' ' ')" = "0 1 2 3 4 5 6 7 " ] ||
  fail "ends: not each cell once, in order"
[ "$(ls "$dir"/slurm/array-*.sh | wc -l)" = 3 ] ||
  fail "ends: not three arrays of at most three"

# --- again: what is missing, and nothing else -------------------------------
touch "$dir/mended"
"$drive" "$dir" "$PWD/wane" 8 >out 2>err || fail "again: exit $?" err
[ "$(sort out | grep -v runs)" = "$(printf '1 done\n2 done')" ] ||
  fail "again: not the two that failed" out
[ "$(sort "$dir/attempts" | tr '\n' ' ')" = "0 1 1 2 2 3 4 5 6 7 " ] ||
  fail "again: an attempt too many" "$dir/attempts"

# --- what cannot be ---------------------------------------------------------
refused() { # PATTERN OPTIONS
  "$drive" "$dir" "$PWD/wane" 10 "$2" >out 2>err
  [ $? = 3 ] || fail "$2: not refused"
  has "$1" err "$2"
}
refused 'sbatch: error: .*[Ii]nvalid partition' --partition=nix
refused '^--slurm-options: .*quoted' "a; b"
refused '^--slurm-options: .*no commands' 'a $(b)'
done_are "$dir" "$(printf '%06d ' 0 1 2 3 4 5 6)000007"
SLURM_CONF=/dev/null "$drive" "$dir" "$PWD/wane" 10 >out 2>err
[ $? = 3 ] || fail "no cluster: not refused"

# wait_for WHAT COMMAND...: until it is true.
wait_for() {
  local what="$1"
  shift
  for _ in $(seq 300); do
    ! "$@" || return 0
    sleep 0.1
  done
  fail "$what: waited in vain" out
}
attempted() { grep -qx "$2" "$1/attempts" 2>/dev/null; }

# --- interrupted: what runs finishes, what waits does not start -------------
dir="$PWD/interrupted"
mkdir -p "$dir/cells"
for i in 0 1 2 3 4 5 6 7; do mkdir "$dir/cells/00000$i"; done
"$drive" "$dir" "$PWD/wane" 11 "--exclusive" >out 2>err &
driver=$!
wait_for "cell 8" attempted "$dir" 8
kill -INT $driver
wait_for "what waits is cancelled" grep -q '^9 interrupted' out
wait_for "all that waits is cancelled" grep -q '^10 interrupted' out
touch "$dir/go"
wait $driver
[ $? = 130 ] || fail "interrupted: not 130" err
has '^8 done$' out "interrupted: what runs finishes"
done_are "$dir" "$(printf '%06d ' 0 1 2 3 4 5 6 7)000008"

# --- killed: what it left is cancelled, and then there is one attempt -------
"$drive" "$dir" "$PWD/wane" 10 >out 2>err &
driver=$!
wait_for "cell 9" attempted "$dir" 9
kill -KILL $driver
wait $driver 2>/dev/null
"$drive" "$dir" "$PWD/wane" 10 >out 2>err &
driver=$!
wait_for "the second attempt" grep -q '^9 runs' out
has 'cancels what an earlier sweep has left' err "killed"
[ "$(squeue -h -r | wc -l)" = 1 ] || fail "killed: not one in the queue"

# --- interrupted twice: what runs is cancelled, too -------------------------
kill -INT $driver
sleep 0.5
kill -INT $driver
wait $driver
[ $? = 130 ] || fail "twice: not 130" err
has '^9 interrupted: .*CANCELLED' out "twice"
[ -z "$(squeue -h)" ] || fail "twice: something is left in the queue"

[ "$failures" = 0 ]
