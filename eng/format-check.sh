#!/usr/bin/env bash
# Fails where the formatter would change a file. `eng/format-check.sh --fix` changes it.
set -euo pipefail
source "$(dirname "$0")/common.sh"
cd "$root"
check=(--verify-no-changes)
[ "${1:-}" = "--fix" ] && check=()
dotnet format whitespace ScoringCluster.sln --no-restore --verbosity quiet "${check[@]}"
