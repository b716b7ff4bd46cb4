#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# test_explore.sh EXPLORE_0 EXPLORE_3: one seed is one run; what was recorded
# can be replayed; what was cut down is smaller and fails still, and does not
# without the bug.
set -u
right=$1
wrong=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
fail() {
  echo "FAILED: $1"
  exit 1
}
count() {
  grep -c "^$1 " "$2"
}

# The same seed twice, in two processes: the same events in the same order.
for run in 1 2; do
  "$right" --seed 7 --runs 120 --schedules 20 --budget 0 --hashes |
    grep '^hash' > "$dir/hashes$run" || fail "no run passed"
done
[ "$(wc -l < "$dir/hashes1")" -eq 120 ] || fail "not 120 hashes"
cmp "$dir/hashes1" "$dir/hashes2" || fail "one seed, two event sequences"
[ "$(cut -d' ' -f2 "$dir/hashes1" | sort -u | wc -l)" -gt 60 ] ||
  fail "the schedules hardly differ"

# A failure that needs a schedule: kept as found, cut down, replayed. The
# program is given, so that this does not depend on which are made; and a random
# walk decides more than it needs to.
program=$(dirname "$0")/hand_over.txt
"$wrong" --replay "$program" > "$dir/replay" || fail "it needs no schedule"
"$wrong" --program "$program" --strategy walk \
  --keep "$dir/kept" --save "$dir/saved" --minimise 10 > "$dir/out"
[ $? -eq 1 ] || fail "nothing found: $(cat "$dir/out")"
grep -q '^cut down' "$dir/out" || fail "nothing was cut down"
grep -q 'NOT DETERMINISTIC' "$dir/out" && fail "$(cat "$dir/out")"
for file in kept saved; do
  "$wrong" --replay "$dir/$file" > "$dir/replay"
  [ $? -eq 1 ] || fail "$file does not fail again"
  grep -q 'as recorded' "$dir/replay" || fail "$file: no hash"
  grep -q 'NOT as recorded' "$dir/replay" && fail "$file: another hash"
done
[ "$(count op "$dir/saved")" -lt "$(count op "$dir/kept")" ] ||
  fail "no operation was taken away"
[ "$(count decision "$dir/saved")" -lt "$(count decision "$dir/kept")" ] ||
  fail "no decision was taken away"
[ "$(count decision "$dir/saved")" -gt 0 ] || fail "it needs no schedule"
"$right" --replay "$dir/saved" > "$dir/replay" ||
  fail "it fails without the bug: $(cat "$dir/replay")"

echo 'no such file' > "$dir/other"
"$wrong" --replay "$dir/other" 2> "$dir/errors"
[ $? -eq 3 ] || fail "a file of another kind was taken"
"$wrong" --strategy none 2> /dev/null
[ $? -eq 2 ] || fail "a strategy that does not exist was taken"
cat "$dir/out"
