#!/bin/bash
# Ten thousand malformed requests against the release build and against one with AddressSanitizer: no crash, no 5xx but "busy", no leak.
# REQUESTS=10000; the sanitized build is $SAI_ASAN_BUILD (build/asan).
source "$(dirname "$0")/lib.sh"
need_programs
requests=${REQUESTS:-10000}
sanitized=${SAI_ASAN_BUILD:-$root/build/asan}
case $sanitized in /*) ;; *) sanitized=$root/$sanitized ;; esac
echo "seed $seed, $requests requests"
# Without the pages of the database file that are mapped: those are not ours.
memory_kib() { awk '/^RssAnon/ { print $2 }' "/proc/$1/status"; }

# A running import holds a recording and its columns: memory is compared between two moments without work. One job is always queued: the periodic one,
# for later.
jobs_have_ended() { curl -sS "$base/metrics" | awk '/^stravaai_jobs\{/ && !/failed/ { n += $2 } END { exit n > 1 }'; }

sim_port=$(free_port)
start_sim "$sim_port" --recordings "$(few_recordings)"
attack() {   # NAME: against the programs as they are now
	local port answer before after began
	port=$(free_port)
	service_environment "$port" "$sim_port" "$work/data-$1"
	export STRAVAAI_LOG_LEVEL=warn
	: >"$work/service.log"
	start_service
	sign_in
	until_true 300 sync_has_ended
	# A first part warms up what is kept for good: spare buffers, statements, threads' arenas.
	node "$here/malformed.mjs" "$port" "$token" $((requests / 2)) $((seed + 1)) "$root/tests/fuzz/corpus" >"$work/warm.out" 2>&1
	until_true 120 jobs_have_ended
	before=$(memory_kib "$service_pid")
	began=$(now_ms)
	answer=$(node "$here/malformed.mjs" "$port" "$token" "$requests" "$seed" "$root/tests/fuzz/corpus" 2>&1)
	promise "$1: no bad answer to $requests malformed requests" [ $? -eq 0 ]
	printf '%s\n' "$answer" | tail -6
	echo "$1: $((($(now_ms) - began + 500) / 1000)) s"
	promise "$1: the service is alive" kill -0 "$service_pid"
	promise "$1: and answers" answers "$base/health/ready"
	promise "$1: the jobs that were accepted end" until_true 120 jobs_have_ended
	after=$(memory_kib "$service_pid")
	echo "$1: $before KiB of memory before, $after KiB after"
	[ "$1" != release ] || promise "release: memory does not grow with refused requests" [ "$after" -le $((before + before / 4 + 8192)) ]
	kill -TERM "$service_pid"
	wait "$service_pid"
	promise "$1: stops with exit 0" [ $? -eq 0 ]
	promise "$1: no error in the log" [ "$(grep -c '"level":"error"' "$work/service.log")" -eq 0 ]
	grep -m3 '"level":"error"' "$work/service.log"
}
attack release
if [ -x "$sanitized/stravaai" ]; then
	stravaai=$sanitized/stravaai
	export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0:exitcode=99 UBSAN_OPTIONS=print_stacktrace=1
	attack asan
	promise "asan: no finding and no leak" [ "$(grep -cE 'ERROR: (Address|Leak)Sanitizer|runtime error' "$work/service.log")" -eq 0 ]
	grep -E -A12 -m1 'ERROR: (Address|Leak)Sanitizer|runtime error' "$work/service.log"
else
	skipped "malformed requests against AddressSanitizer: no build in $sanitized (make asan)"
fi
finish
