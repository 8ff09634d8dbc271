#!/usr/bin/env bash
# The main job from start to end: serve a model, score pictures over HTTP and gRPC, rescore a folder into Parquet, stop.
# With the golden models and images beside the project (../shared, or SCORING_MODELS and SCORING_DATA) it uses the trained
# ultrasound classifier; without them it draws pictures and writes a small model of its own.
# Usage: eng/demo.sh [OUTPUT_FOLDER]     (default: demo-output)
set -euo pipefail
source "$(dirname "$0")/common.sh"
need_sdk

out="${1:-$root/demo-output}"
if [ -e "$out" ] && [ ! -e "$out/.scoring-demo" ] && [ -n "$(ls -A "$out" 2>/dev/null)" ]; then
  echo "$out exists and is not the output of an earlier demo: name another folder." >&2
  exit 2
fi
rm -rf "$out" && mkdir -p "$out" && touch "$out/.scoring-demo"
out="$(cd "$out" && pwd)"

source "$root/eng/demo-assets.sh" "$out"
name="$demo_name" model="$demo_model" images="$demo_images" manifest="$demo_manifest"

"$root/scoring" --version >/dev/null # builds, so that the times below are the program's own
started=$SECONDS

echo "== Serving $name from $model"
coproc server { exec "$root/scoring" serve --model "$name=$model" --manifest "$name=$manifest" --http-port 0 --json \
  --state "$out/state" --input-root "$images" --output-root "$out" 2>"$out/serve.log"; }
pid=$server_PID
exec {ready}<&"${server[0]}"
trap 'kill -TERM "$pid" 2>/dev/null || true' EXIT
if ! read -r -t 60 -u "$ready" line || [[ ! "$line" =~ \"ready\":\"([^\"]+)\",\"grpc\":\"([^\"]+)\" ]]; then
  echo "The service did not start:" >&2
  cat "$out/serve.log" >&2
  exit 1
fi
url="${BASH_REMATCH[1]}" grpc="${BASH_REMATCH[2]}"
echo "ready $url, gRPC $grpc"

pictures=()
for class in "$images"/*/; do
  all=("$class"*.png)
  pictures+=("${all[@]:0:12}")
done
echo "== Scoring ${#pictures[@]} pictures over HTTP"
"$root/scoring" score "${pictures[@]}" --model "$name" --url "$url"

echo "== The same over gRPC: the client prepares the pixels and sends tensors"
"$root/scoring" score "${pictures[@]}" --model "$name" --grpc "$grpc"

echo "== Rescoring $images"
"$root/scoring" rescore --model "$name" --input "$images" --output "$out/scores" --url "$url"
if [ "$name" = busi ]; then
  echo "          (most of these images were in the model's training: on images kept back it is right for 0.72)"
fi

kill -TERM "$pid"
if wait "$pid"; then code=0; else code=$?; fi
trap - EXIT
if [ "$code" -ne 0 ]; then
  echo "The service ended with code $code:" >&2
  cat "$out/serve.log" >&2
  exit 1
fi
echo "== Stopped cleanly; $((SECONDS - started)) s in all. Results: $out/scores"
