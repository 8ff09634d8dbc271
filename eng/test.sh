#!/usr/bin/env bash
# Builds what is not built and runs every test; ends with a line `N passed, N failed, N skipped`.
# Golden models and real images are found beside the project (../shared) or through SCORING_MODELS and SCORING_DATA;
# tests that need them and do not find them say that they were skipped, and why.
set -euo pipefail
source "$(dirname "$0")/common.sh"
configuration="${CONFIGURATION:-Release}"
"$root/eng/build.sh" "$configuration"
cd "$root"

logs="$root/artifacts/test-logs"
rm -rf "$logs" && mkdir -p "$logs"
passed=0 failed=0 skipped=0 broken=0
count() { # log file, word
  sed -n "s/^ *$2: *\([0-9][0-9]*\).*/\1/p" "$1" | tail -n 1
}
for project in tests/*.Tests; do
  name="ScoringCluster.$(basename "$project")"
  program="$root/artifacts/bin/$name/$(echo "$configuration" | tr '[:upper:]' '[:lower:]')/$name"
  log="$logs/$name.log"
  if timeout --kill-after=10 600 "$program" --no-ansi --no-progress --show-live-output off >"$log" 2>&1; then status=0; else status=$?; fi
  p="$(count "$log" succeeded)" f="$(count "$log" failed)" s="$(count "$log" skipped)"
  echo "$(basename "$project"): ${p:-0} passed, ${f:-0} failed, ${s:-0} skipped"
  grep -iE '^skipped ' "$log" | sed 's/^/  /' | sort | uniq -c | sort -rn | head -n 5 || true
  grep -A2 -iE '^skipped ' "$log" | sed -n 's/^  *\(.*shared.*\)$/    reason: \1/p' | sort -u || true
  passed=$((passed + ${p:-0})) failed=$((failed + ${f:-0})) skipped=$((skipped + ${s:-0}))
  # A crash, a time-out or a run without a count is a failure, whatever was counted.
  if [ "$status" -ne 0 ]; then
    tail -n 60 "$log"
    [ "${f:-0}" -gt 0 ] || { broken=$((broken + 1)); echo "$name ended with code $status" >&2; }
  elif [ -z "$p" ]; then
    broken=$((broken + 1)); echo "$name printed no result" >&2; tail -n 20 "$log"
  fi
done
failed=$((failed + broken))
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
