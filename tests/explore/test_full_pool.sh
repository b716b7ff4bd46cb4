#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# test_full_pool.sh EXPLORE_0: a log pool that has no chunk left when the
# finalizers' thread is first needed once ended the process. The pool of the
# program has room for main and no other; more and less is tried as well, since
# that depends on how many chunks a thread begins with.
set -u
explore=$1
program=$(dirname "$0")/full_pool.txt
file=$(mktemp)
trap 'rm -f "$file"' EXIT
chunk=$((16 + 8 * $(sed -n 's/^config log_chunk //p' "$program")))
for chunks in 1 2 3 4 5 6 7 8; do
  sed "s/^config log_pool .*/config log_pool $((chunks * chunk))/" \
    "$program" > "$file"
  grep -q "^config log_pool $((chunks * chunk))$" "$file" || exit 1
  if ! "$explore" --replay "$file"; then
    echo "FAILED: with a pool of $chunks chunks"
    exit 1
  fi
done
