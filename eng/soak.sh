#!/usr/bin/env bash
# Long runs that are no part of eng/test.sh. Usage: eng/soak.sh NAME
#   kill-jobs [ROUNDS]   kills a rescore (-9) at random moments and compares its bytes with an undisturbed run
set -euo pipefail
source "$(dirname "$0")/common.sh"
cd "$root"
case "${1:-}" in
  kill-jobs) shift; exec "$root/eng/soak/kill-jobs.sh" "$@" ;;
  *) sed -n '2,4p' "$0" >&2; exit 2 ;;
esac
