#!/usr/bin/env bash
# Restores and builds everything, warnings as errors. Usage: eng/build.sh [Release|Debug]
set -euo pipefail
source "$(dirname "$0")/common.sh"
need_sdk
cd "$root"
dotnet restore ScoringCluster.sln --verbosity quiet
dotnet build ScoringCluster.sln --no-restore --configuration "${1:-Release}" --verbosity quiet
