# Sourced by the scripts beside it: the SDK check and where things lie.
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1

need_sdk() {
  if ! command -v dotnet >/dev/null 2>&1; then
    echo "The .NET 10 SDK is needed and 'dotnet' is not on the PATH: see https://dotnet.microsoft.com/download" >&2
    exit 2
  fi
  local version
  version="$(cd "$root" && dotnet --version 2>/dev/null)" || {
    echo "The .NET SDK that global.json asks for (10.0.400 or a later 10.0 feature band) is not installed." >&2
    exit 2
  }
  echo "SDK $version" >&2
}
