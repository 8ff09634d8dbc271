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
passed=0 failed=0 skipped=0
summary='Total: ([0-9]+), Errors: ([0-9]+), Failed: ([0-9]+), Skipped: ([0-9]+)'
for project in tests/*.Tests; do
  name="ScoringCluster.$(basename "$project")"
  program="$root/artifacts/bin/$name/${configuration,,}/$name"
  log="$logs/$name.log"
  if timeout --kill-after=10 600 "$program" -noColor >"$log" 2>&1; then status=0; else status=$?; fi
  if [[ "$(grep -E "$summary" "$log" | tail -n 1)" =~ $summary ]]; then
    total=${BASH_REMATCH[1]} errors=${BASH_REMATCH[2]} f=${BASH_REMATCH[3]} s=${BASH_REMATCH[4]}
  else
    # A crash or a time-out before the summary is a failure, whatever ran before it.
    total=1 errors=0 f=1 s=0
    echo "$name ended with code $status and no summary" >&2
  fi
  f=$((f + errors))
  if [ "$status" -ne 0 ] && [ "$f" -eq 0 ]; then
    f=1
    echo "$name ended with code $status" >&2
  fi
  p=$((total > f + s ? total - f - s : 0))
  echo "$(basename "$project"): $p passed, $f failed, $s skipped"
  [ "$f" -eq 0 ] || tail -n 120 "$log"
  if [ "$s" -gt 0 ]; then
    grep -A1 '\[SKIP\]' "$log" | grep -vE '\[SKIP\]|^--' | sed 's/^ */  skipped: /' | sort | uniq -c | sed 's/^ */  /' || true
  fi
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
