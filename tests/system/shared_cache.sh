#!/bin/bash
# Two services on one database and one Redis: what one made the other serves, byte for byte; a Redis that is stopped or killed is felt by no request.
source "$(dirname "$0")/lib.sh"
need_programs
command -v redis-server >/dev/null || { skipped "two services share answers: redis-server is not installed"; finish; }
sim_port=$(free_port)
port=$(free_port)
start_sim "$sim_port" --recordings "$(few_recordings)"
service_environment "$port" "$sim_port" "$work/data"
redis_port=$(free_port)
start_redis() {
	redis-server --port "$redis_port" --bind 127.0.0.1 --save '' --appendonly no --logfile "$work/redis.log" &
	redis=$!
	started+=("$redis")
	until_true 10 bash -c "exec 3<>/dev/tcp/127.0.0.1/$redis_port" 2>/dev/null || { failed "redis-server starts"; finish; }
}
start_redis
export STRAVAAI_CACHE_URL=redis://127.0.0.1:$redis_port/1
start_service
first=$base
first_pid=$service_pid
second_port=$(free_port)
export STRAVAAI_LISTEN=127.0.0.1:$second_port
base=http://127.0.0.1:$second_port
start_service
second=$base
base=$first
sign_in
until_true 60 sync_has_ended
promise "the sync is done" [ "$(sync_status)" = done ]
metric() { curl -sS "$1/metrics" | awk -v name="$2" '$1 ~ name { print $2; exit }'; }
cache_is() { curl -sS "$1/health/ready" | jq -e --arg state "$2" '.dependencies[] | select(.name == "cache") | .state == $state' >/dev/null; }
promise "both say that Redis is there" until_true 10 cache_is "$first" ok
promise "the second too" until_true 10 cache_is "$second" ok

target='/api/v1/activities?limit=5'
api "$first$target" >"$work/one"
api "$second$target" >"$work/two"
promise "the second answers with the first one's bytes" cmp -s "$work/one" "$work/two"
promise "which came from Redis" [ "$(metric "$second" cache_remote_hits_total)" -ge 1 ]
promise "an answer has something in it" [ "$(jq '.items | length' "$work/one")" -ge 1 ]

api -X PUT -H 'Content-Type: application/json' -d '{"preferences":{"units":"imperial"}}' -o /dev/null "$first/api/v1/users/profile"
unit() { api "$1$target" | jq -r '.items[0].display.distance' | grep -o '[a-z]*$'; }
promise "a change of units shows at once where it was made" [ "$(unit "$first")" = mi ]
promise "and at the other" [ "$(unit "$second")" = mi ]

# all_answer NAME: a hundred different targets at both, each 200.
all_answer() {
	local i bad=0
	for i in $(seq 1 50); do
		for at in "$first" "$second"; do
			[ "$(api -o /dev/null -w '%{http_code}' "$at/api/v1/activities?limit=5&min_distance=$1$i")" = 200 ] || bad=$((bad + 1))
		done
	done
	[ "$bad" -eq 0 ]
}
kill -STOP "$redis"
promise "with a Redis that hangs every request is answered" all_answer 1
promise "readiness says degraded" until_true 10 cache_is "$first" degraded
promise "and stays 200" [ "$(curl -s -o /dev/null -w '%{http_code}' "$first/health/ready")" = 200 ]
promise "what it did not answer is counted" [ "$(metric "$first" cache_remote_failures_total)" -ge 1 ]
kill -CONT "$redis"
promise "when it goes on it is used again" until_true 20 cache_is "$first" ok
kill -9 "$redis"
wait "$redis" 2>/dev/null
promise "with a Redis that was killed every request is answered" all_answer 2
start_redis
promise "a new one is used" until_true 20 cache_is "$second" ok
promise "secrets and tokens are not in it" bash -c "! grep -q '$token' '$work/redis.log'"

# A second service must not clear what the first is receiving.
promise "each service has a folder for uploads of its own" [ "$(find "$work/data/staging" -mindepth 1 -maxdepth 1 -type d | wc -l)" -eq 2 ]
kill -9 "$service_pid"
wait "$service_pid" 2>/dev/null
start_service_again() { base=$second; start_service; base=$first; }
start_service_again
promise "that of a killed one goes when the next starts, the living one's stays" [ "$(find "$work/data/staging" -mindepth 1 -maxdepth 1 -type d | wc -l)" -eq 2 ]
kill -TERM "$first_pid" "$service_pid"
wait "$first_pid"
promise "the first stops with exit 0" [ $? -eq 0 ]
wait "$service_pid"
promise "the second too" [ $? -eq 0 ]
promise "nothing is left of uploads" [ "$(find "$work/data/staging" -mindepth 1 | wc -l)" -eq 0 ]
promise "no error in the logs" [ "$(grep -c '"level":"error"' "$work/service.log")" -eq 0 ]
finish
