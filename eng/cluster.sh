#!/usr/bin/env bash
# A small cluster on this machine: two silos and a gateway, each a process of its own.
# Usage: eng/cluster.sh start NAME=SAVED_MODEL_DIR [NAME=SCORING_JSON]   starts it and prints where it answers
#        eng/cluster.sh status | stop
# Without a model, start takes the demo's. Ports: CLUSTER_HTTP (8080), CLUSTER_GRPC (8081), CLUSTER_SILO (11111).
# What it writes lies in CLUSTER_DIR (artifacts/cluster).
set -euo pipefail
source "$(dirname "$0")/common.sh"
dir="${CLUSTER_DIR:-$root/artifacts/cluster}"
http="${CLUSTER_HTTP:-8080}" grpc="${CLUSTER_GRPC:-8081}" silo="${CLUSTER_SILO:-11111}"

members=(gateway silo-1 silo-0) # the first silo keeps the list of the others: it goes last

identity() { # NAME: the arguments that a member begins with and is known by
  if [ "$1" = gateway ]; then echo "serve --role gateway"; else echo "serve --role silo --silo-name $1"; fi
}

command_line() { # PID: its arguments with spaces between them; nothing where there is no such process
  if [ -d /proc/self ]; then tr '\0' ' ' <"/proc/$1/cmdline"; else ps -ww -o args= -p "$1"; fi 2>/dev/null || true
}

runs() { # NAME PID: whether the process is that member; once it has ended, its number may be another's
  [[ "$(command_line "$2") " == *" $(identity "$1") "* ]]
}

running() { # the members that run, each with its pid
  local member pid
  for member in "${members[@]}"; do
    if [ -f "$dir/$member.pid" ] && pid="$(cat "$dir/$member.pid")" && runs "$member" "$pid"; then
      echo "$member $pid"
    fi
  done
}

launch() { # NAME ARGUMENTS…: starts a member; its first line goes to NAME.out, its log to NAME.log
  local member="$1" identity
  shift
  read -ra identity <<<"$(identity "$member")"
  nohup "$root/scoring" "${identity[@]}" "$@" >"$dir/$member.out" 2>"$dir/$member.log" </dev/null &
  echo $! >"$dir/$member.pid"
}

await() { # NAME: until it says that it is ready
  local tries
  for ((tries = 0; tries < 600; tries++)); do
    [ -s "$dir/$1.out" ] && return 0
    if ! kill -0 "$(cat "$dir/$1.pid")" 2>/dev/null; then break; fi
    sleep 0.1
  done
  echo "$1 did not become ready:" >&2
  cat "$dir/$1.log" >&2
  stop
  exit 1
}

stop() {
  local member pid tries code=0
  while read -r member pid; do
    kill -TERM "$pid" 2>/dev/null || true
    for ((tries = 0; tries < 300; tries++)); do runs "$member" "$pid" || break; sleep 0.1; done
    if runs "$member" "$pid"; then
      echo "$member (process $pid) does not stop." >&2
      code=1
    else
      echo "$member stopped"
    fi
  done < <(running)

  for member in "${members[@]}"; do # of those that ended by themselves too
    if [ -f "$dir/$member.pid" ] && ! runs "$member" "$(cat "$dir/$member.pid")"; then rm "$dir/$member.pid"; fi
  done
  return "$code"
}

case "${1:-}" in
  start)
    need_sdk
    if [ -n "$(running)" ]; then
      echo "The cluster runs already: eng/cluster.sh stop" >&2
      exit 2
    fi
    mkdir -p "$dir"
    rm -f "$dir"/*.out "$dir"/*.log "$dir"/*.pid
    source "$root/eng/demo-assets.sh" "$dir"
    model="${2:-$demo_name=$demo_model}"
    manifest=()
    if [ $# -ge 3 ]; then manifest=(--manifest "$3"); elif [ $# -lt 2 ]; then manifest=(--manifest "$demo_name=$demo_manifest"); fi
    "$root/scoring" --version >/dev/null # builds
    trap 'stop; exit 130' INT TERM # half a cluster is none
    for member in silo-0 silo-1; do
      primary=(--primary "127.0.0.1:$silo")
      [ "$member" = silo-0 ] && primary=(--silo-port "$silo")
      launch "$member" "${primary[@]}" --model "$model" "${manifest[@]}" \
        --device cpu:0=1 --state "$dir/state"
    done
    await silo-0
    await silo-1
    launch gateway --primary "127.0.0.1:$silo" --http-port "$http" --grpc-port "$grpc"
    await gateway
    echo "ready http://127.0.0.1:$http grpc http://127.0.0.1:$grpc"
    ;;
  stop) stop ;;
  status)
    running
    for member in "${members[@]}"; do # a pid file without its process: it ended by itself
      if [ -f "$dir/$member.pid" ] && ! runs "$member" "$(cat "$dir/$member.pid")"; then echo "$member ended; see $dir/$member.log" >&2; fi
    done
    ;;
  *)
    sed -n '2,6p' "$0" >&2
    exit 2
    ;;
esac
