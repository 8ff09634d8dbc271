#!/usr/bin/env bash
# A job of ten times the image folder (7,800 inputs with the ultrasound images) is killed with -9 at random moments until
# at least ROUNDS kills hit it, at least half of them between the first receipt and _SUCCESS; then shards/ and errors/
# must hold the same bytes as an undisturbed run.
set -euo pipefail
source "$(dirname "$0")/../common.sh"
rounds="${1:-20}"
seed="${2:-1}"
RANDOM=$seed

models="${SCORING_MODELS:-$root/../shared/models}"
data="${SCORING_DATA:-$root/../shared/data}"
work="$root/artifacts/soak/kill-jobs"
rm -rf "$work" && mkdir -p "$work/input"
if [ -d "$models/busi_cnn/saved_model" ] && [ -d "$data/busi" ]; then
  model="busi=$models/busi_cnn/saved_model" images="$data/busi"
else
  dotnet run --project "$root/samples/DemoAssets" --configuration Release -- "$work/assets" --images 780
  model="stripes=$work/assets/model" images="$work/assets/images"
fi
for copy in 0 1 2 3 4 5 6 7 8 9; do cp -r "$images" "$work/input/copy-$copy"; done
chmod -R u+w "$work/input"
# A few bad images, so that errors/ is not empty.
printf 'no image' >"$work/input/copy-3/bad.png"
head -c 500 "$(find "$work/input/copy-5" -name '*.png' | sort | head -n 1)" >"$work/input/copy-5/cut.png"
: >"$work/input/copy-9/empty.png"

rescore() { "$root/scoring" rescore --model "$model" --input "$work/input" --output "$1" --json; }

"$root/scoring" --version >/dev/null
begin=$(date +%s%N)
rescore "$work/undisturbed" >"$work/undisturbed.json"
milliseconds=$((($(date +%s%N) - begin) / 1000000))
echo "undisturbed: $milliseconds ms, $(ls "$work/undisturbed/shards" | wc -l) shards"

kills=0 inside=0
for ((attempt = 1; kills < rounds || inside * 2 < rounds; attempt++)); do
  if [ "$attempt" -gt $((rounds * 10)) ]; then echo "FAIL: no progress in $attempt attempts" >&2; exit 1; fi
  # A finished job starts over; its bytes are compared first.
  if [ -e "$work/killed/_SUCCESS" ]; then
    diff -r "$work/undisturbed/shards" "$work/killed/shards"
    diff -r "$work/undisturbed/errors" "$work/killed/errors"
    rm -rf "$work/killed"
  fi
  "$root/scoring" rescore --model "$model" --input "$work/input" --output "$work/killed" --json >"$work/killed.json" 2>"$work/killed.log" &
  pid=$!
  after=$((RANDOM % (milliseconds / 3) + 300))
  # The pause is what is random here: the moment of the kill.
  sleep "$((after / 1000)).$(printf '%03d' $((after % 1000)))"
  if kill -9 "$pid" 2>/dev/null; then
    kills=$((kills + 1))
    receipts=$(ls "$work/killed/receipts" 2>/dev/null | wc -l)
    if [ "$receipts" -gt 0 ] && [ ! -e "$work/killed/_SUCCESS" ]; then inside=$((inside + 1)); fi
    echo "kill $kills after $after ms: $receipts receipts"
  fi
  wait "$pid" 2>/dev/null || true
done
rescore "$work/killed" >"$work/killed.json"
diff -r "$work/undisturbed/shards" "$work/killed/shards"
diff -r "$work/undisturbed/errors" "$work/killed/errors"
echo "ok: $kills kills, $inside between the first receipt and _SUCCESS; shards/ and errors/ are the same bytes"
