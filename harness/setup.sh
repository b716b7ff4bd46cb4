#!/usr/bin/env bash
# setup.sh: installs the Debian packages of packages.txt that are missing.
# SPDX-License-Identifier: MIT
#
#   harness/setup.sh [--tests]
#
# Called by harness/demo and, with --tests, by tests/run. Says what it installs
# and why on one line, and nothing when nothing is missing. Exit code 3 and one
# sentence when it cannot.
set -euo pipefail

list="$(dirname "$(realpath "$0")")/packages.txt"

# Its argument: why. What to do by hand goes with it.
give_up() {
  echo "setup: $1: apt-get install --no-install-recommends $missing" >&2
  exit 3
}

mapfile -t wanted < <(sed 's/#.*//' "$list" |
  awk -v all="${1-}" 'NF && ($2 != "tests" || all == "--tests") { print $1 }')
missing="${wanted[*]}"
if ! command -v dpkg-query || ! command -v apt-get; then
  give_up "this is no Debian system; what is needed is what Debian 12 gets by"
fi >/dev/null

# ${Package} names a package once per architecture that is installed.
installed="$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' \
  "${wanted[@]}" 2>/dev/null | sed -n 's/^installed //p' || true)"
missing="$(printf '%s\n' "${wanted[@]}" |
  { grep -vxF -f <(printf '%s\n' "$installed") || true; } | tr '\n' ' ')"
missing="${missing% }"
[ -n "$missing" ] || exit 0

as_root=()
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null ||
    give_up "packages are missing, and there is no sudo here; as root"
  as_root=(sudo)
  [ -t 0 ] || as_root=(sudo -n) # nobody there to type a password
fi
echo "setup: installing (needed to build and test Wane, see" \
  "harness/packages.txt): $missing"

log="$(mktemp)"
trap 'rm -f "$log"' EXIT
apt() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q \
    -o DPkg::Lock::Timeout=300 "$@" >"$log" 2>&1 && return
  tail -n 5 "$log" >&2
  give_up "'apt-get $1' failed (its last lines are above); as root"
}
apt update
# shellcheck disable=SC2086 # a list of words
apt install -y --no-install-recommends $missing
