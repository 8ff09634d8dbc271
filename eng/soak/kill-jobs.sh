#!/usr/bin/env bash
# A job of ten times the image folder (7,800 inputs with the ultrasound images) is killed with -9 until ROUNDS kills hit
# it, most of them a random while after a receipt of their run, some at any moment of it; then shards/ and errors/ must
# hold the same bytes as an undisturbed run. Fails where fewer than half of the kills fell between the first receipt and
# _SUCCESS: then it proved little.
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

receipts() { find "$work/killed/receipts" -name "part-*.json" 2>/dev/null | wc -l || true; }

pause() { sleep "$(($1 / 1000)).$(printf '%03d' $(($1 % 1000)))"; }

same_bytes() {
  diff -r "$work/undisturbed/shards" "$work/killed/shards"
  diff -r "$work/undisturbed/errors" "$work/killed/errors"
}

"$root/scoring" --version >/dev/null
begin=$(date +%s%N)
rescore "$work/undisturbed" >"$work/undisturbed.json"
milliseconds=$((($(date +%s%N) - begin) / 1000000))
shards=$(find "$work/undisturbed/shards" -name "part-*.parquet" | wc -l)
echo "undisturbed: $milliseconds ms, $shards shards"

kills=0 inside=0
for ((attempt = 1; kills < rounds; attempt++)); do
  if [ "$attempt" -gt $((rounds * 10)) ]; then echo "FAIL: $kills kills in $attempt attempts" >&2; exit 1; fi
  # A finished job starts over; its bytes are compared first.
  if [ -e "$work/killed/_SUCCESS" ]; then
    same_bytes
    rm -rf "$work/killed"
  fi
  before=$(receipts)
  "$root/scoring" rescore --model "$model" --input "$work/input" --output "$work/killed" --json \
    >"$work/killed.json" 2>"$work/killed.log" &
  pid=$!
  if [ $((RANDOM % 4)) -eq 0 ]; then
    # One in four may fall anywhere: into the start, the planning, the end.
    after=$((RANDOM % milliseconds)) from="start"
  else
    # The work is waited for, however long a start takes here; a job that ends meanwhile is no kill.
    while [ "$(receipts)" -le "$before" ] && kill -0 "$pid" 2>/dev/null; do pause 20; done
    # A tenth of a run or less each time, so that a job takes several kills before it is through.
    after=$((RANDOM % (milliseconds / 10 + 1))) from="a receipt"
  fi
  pause "$after"
  if kill -9 "$pid" 2>/dev/null; then
    kills=$((kills + 1))
    done=$(receipts)
    if [ "$done" -gt 0 ] && [ ! -e "$work/killed/_SUCCESS" ]; then inside=$((inside + 1)); fi
    echo "kill $kills, $after ms after $from: $done of $shards receipts"
  fi
  wait "$pid" 2>/dev/null || true
done
rescore "$work/killed" >"$work/killed.json"
same_bytes
echo "$kills kills, $inside between the first receipt and _SUCCESS; shards/ and errors/ are the same bytes"
if [ $((inside * 2)) -lt "$kills" ]; then echo "FAIL: fewer than half of the kills hit the work" >&2; exit 1; fi
