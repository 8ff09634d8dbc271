#!/usr/bin/env bash
# Long runs that are no part of eng/test.sh. Usage: eng/soak.sh NAME
#   kill-jobs [ROUNDS]   kills a rescore (-9) at random moments and compares its bytes with an undisturbed run
#   schedules [COUNT]    plays so many random schedules (10,000) against the batch queue, and checks every answer
set -euo pipefail
source "$(dirname "$0")/common.sh"
cd "$root"
case "${1:-}" in
  kill-jobs) shift; exec "$root/eng/soak/kill-jobs.sh" "$@" ;;
  schedules)
    need_sdk
    dotnet build tests/Engine.Tests -c Release -v quiet
    CsCheck_Iter="${2:-10000}" exec artifacts/bin/ScoringCluster.Engine.Tests/release/ScoringCluster.Engine.Tests \
      -noColor -class "*BatchQueueScheduleTests"
    ;;
  *) sed -n '2,5p' "$0" >&2; exit 2 ;;
esac
