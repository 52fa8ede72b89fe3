#!/bin/bash
# `serve --no-workers` and `worker` on one database: what the API accepts, the worker does. A worker that is killed is followed by another at once.
source "$(dirname "$0")/lib.sh"
need_programs
sim_port=$(free_port)
port=$(free_port)
options=(--seed 5)
[ ! -d "$shared" ] || options=(--recordings "$shared")
start_sim "$sim_port" "${options[@]}"
service_environment "$port" "$sim_port" "$work/data"
start_service --no-workers
sign_in
sleep 1.5
promise "without workers the sync waits" [ "$(sync_status)" = queued ]
start_worker() {
	"$stravaai" worker >>"$work/worker.out" 2>>"$work/worker.log" &
	worker=$!
	started+=("$worker")
}
fetched() { api "$base/api/v1/activities/sync" | jq -r .fetched; }
is_running() { [ "$(sync_status)" = running ] && [ "$(fetched)" -gt "$1" ]; }
start_worker
promise "a worker takes it" until_true 30 is_running 0
kill -9 "$worker"
wait "$worker" 2>/dev/null
reached=$(fetched)
began=$(now_ms)
start_worker
promise "after kill -9 of the worker the next one goes on" until_true 30 is_running "$reached"
took=$(($(now_ms) - began))
echo "went on after $took ms"
promise "at once, not when the lease ends" [ "$took" -lt 8000 ]
kill -TERM "$worker"
wait "$worker"
promise "a worker that is told to stop in the middle ends with exit 0" [ $? -eq 0 ]
promise "and gives the sync back" [ "$(sync_status)" = queued ]
start_worker
promise "a third one ends it" until_true 300 sync_has_ended
promise "the sync is done" [ "$(sync_status)" = done ]
answer=$(curl -sS -H "Authorization: Bearer $token" -F "file=@$root/tests/fuzz/corpus/fuzz_fit/sample0.fit" "$base/api/v1/activities/import")
job=$(jq -r '.job_id // .id // empty' <<<"$answer")
import_is_done() { [ "$(api "$base/api/v1/jobs/$job" | jq -r .status)" = done ]; }
promise "a file that was uploaded to one is read by the other" until_true 30 import_is_done
promise "both see the same database: the service shows what the worker wrote" [ "$(api "$base/api/v1/activities?limit=1" | jq '.items | length')" = 1 ]
kill -TERM "$worker" "$service_pid"
wait "$worker"
promise "the worker stops with exit 0" [ $? -eq 0 ]
wait "$service_pid"
promise "the service stops with exit 0" [ $? -eq 0 ]
errors=$(cat "$work/service.log" "$work/worker.log" | grep -c '"level":"error"')
promise "no error in the logs" [ "$errors" -eq 0 ]
finish
