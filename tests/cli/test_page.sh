#!/usr/bin/env bash
# test_page.sh: what `wane report` and `wane export perfetto` make of events.
# SPDX-License-Identifier: MIT
#
# $1: wane. All of it is in page.py.
here="$(dirname "$(realpath "$0")")"
exec python3 -B "$here/page.py" "$(realpath "$1")" "$here/../../results"
