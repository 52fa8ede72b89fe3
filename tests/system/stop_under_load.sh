#!/bin/bash
# SIGTERM while 32 clients ask as fast as they can: every request that was accepted is answered whole, the service ends with exit 0 in time, and
# while it drains the readiness check says so.
source "$(dirname "$0")/lib.sh"
need_programs
rounds=${ROUNDS:-3}
drain=1
sim_port=$(free_port)
port=$(free_port)
start_sim "$sim_port" --recordings "$(few_recordings)"
service_environment "$port" "$sim_port" "$work/data"
export STRAVAAI_DRAIN_DELAY=${drain}s STRAVAAI_LOG_LEVEL=warn
start_service
sign_in
until_true 300 sync_has_ended
for ((round = 1; round <= rounds; round++)); do
	[ "$round" -eq 1 ] || start_service
	node "$here/hammer.mjs" "$port" "$token" 32 >"$work/hammer.out" 2>&1 &
	hammer=$!
	started+=("$hammer")
	sleep 1
	began=$(now_ms)
	kill -TERM "$service_pid"
	sleep 0.3
	ready=$(curl -s -o /dev/null -w '%{http_code}' --max-time 2 "$base/health/ready")
	live=$(curl -s -o /dev/null -w '%{http_code}' --max-time 2 "$base/health/live")
	wait "$service_pid"
	code=$?
	took=$(($(now_ms) - began))
	wait "$hammer"
	answered=$?
	echo "round $round: $(cat "$work/hammer.out"); stopped in $took ms"
	promise "round $round: every accepted request was answered" [ "$answered" -eq 0 ]
	promise "round $round: exit 0" [ "$code" -eq 0 ]
	promise "round $round: within the drain delay and 5 s" [ "$took" -le $((drain * 1000 + 5000)) ]
	promise "round $round: not ready but alive while it drains ($ready, $live)" [ "$ready $live" = "503 200" ]
done
errors=$(grep -c '"level":"error"' "$work/service.log")
promise "no error in the log" [ "$errors" -eq 0 ]
finish
