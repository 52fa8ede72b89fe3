# What the system tests share: where the programs are, servers that end with the test, and one line a promise.
#
# These tests run the real programs as a user would, over loopback, with kill -9 and signals: what no test inside one process can show.
# Each test sources this file and ends with `finish`. A line is `PASSED: …`, `FAILED: …` or `SKIPPED: …`; run.sh counts them.
set -u

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
build=${SAI_BUILD:-$root/build/release}
case $build in /*) ;; *) build=$root/$build ;; esac
stravaai=$build/stravaai
strava_sim=$build/strava-sim
shared=${SAI_SHARED_DATA:-$root/../shared/data}
seed=${SAI_SEED:-$((RANDOM * 32768 + RANDOM))}

work=$(mktemp -d "${TMPDIR:-/tmp}/stravaai-system.XXXXXX")
started=()   # pids of ours, to be ended whatever happens
failures=0
unset $(compgen -v STRAVAAI_) RECORDINGS http_proxy https_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY all_proxy 2>/dev/null
export STRAVAAI_RATE_LIMITS=none # load is what these tests make

passed() { printf 'PASSED: %s\n' "$*"; }
failed() { printf 'FAILED: %s\n' "$*"; failures=$((failures + 1)); }
skipped() { printf 'SKIPPED: %s\n' "$*"; }
# promise TEXT COMMAND…: passed when the command succeeds.
promise() {
	local text=$1
	shift
	if "$@"; then passed "$text"; else failed "$text"; fi
}

clean_up() {
	local pid
	for pid in "${started[@]}"; do kill -9 "$pid" 2>/dev/null; done
	wait 2>/dev/null
	if [ "$failures" -gt 0 ] && [ -n "${SAI_KEEP:-}" ]; then echo "kept: $work"; else rm -rf "$work"; fi
}
trap clean_up EXIT
finish() { [ "$failures" -eq 0 ]; exit; }

need_programs() {
	[ -x "$stravaai" ] && [ -x "$strava_sim" ] && return
	failed "the programs are built in $build"
	finish
}

# A port nobody listens on. Between this and its use another may take it: tests that fail to start say so.
free_port() {
	local port
	while :; do
		port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
		(exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
	done
}

now_ms() { date +%s%3N; }

# until_true SECONDS COMMAND…
until_true() {
	local end=$(($(now_ms) + $1 * 1000))
	shift
	until "$@"; do
		[ "$(now_ms)" -lt "$end" ] || return 1
		sleep 0.02
	done
}
answers() { curl -s -o /dev/null --max-time 2 "$1"; }
is_gone() { ! kill -0 "$1" 2>/dev/null; }

# start_sim PORT [OPTION…]: sets sim_pid.
start_sim() {
	local port=$1
	shift
	mkdir -p "$work/sim"
	"$strava_sim" --listen "127.0.0.1:$port" --auto-consent --limits none --state "$work/sim" "$@" >"$work/sim.log" 2>&1 &
	sim_pid=$!
	started+=("$sim_pid")
	until_true 60 answers "http://127.0.0.1:$port/sim/requests?since=0" || { failed "the simulator starts"; cat "$work/sim.log"; finish; }
}

# few_recordings: a folder with the handful of recordings that our own writers made for the fuzz corpora, for tests that need some activities soon.
few_recordings() {
	mkdir -p "$work/few"
	cp "$root"/tests/fuzz/corpus/fuzz_{fit,gpx,tcx}/sample* "$work/few/"
	echo "$work/few"
}

# The environment of a service on PORT against a simulator on SIM_PORT with its data in DIR.
service_environment() {
	export STRAVAAI_LISTEN=127.0.0.1:$1 STRAVAAI_PUBLIC_URL=http://127.0.0.1:$1 STRAVAAI_DATA_DIR=$3 STRAVAAI_STRAVA_CLIENT_ID=1 \
		STRAVAAI_STRAVA_CLIENT_SECRET=secret STRAVAAI_STRAVA_API_URL=http://127.0.0.1:$2/api/v3 STRAVAAI_STRAVA_OAUTH_URL=http://127.0.0.1:$2/oauth \
		STRAVAAI_ACCESS_TOKEN_LIFE=1h
	base=http://127.0.0.1:$1
}

# start_service [OPTION…]: sets service_pid; needs service_environment.
start_service() {
	"$stravaai" serve "$@" >>"$work/service.out" 2>>"$work/service.log" &
	service_pid=$!
	started+=("$service_pid")
	until_true 30 answers "$base/health/live" && kill -0 "$service_pid" 2>/dev/null && return
	failed "the service starts"
	tail -5 "$work/service.log"
	finish
}

# sign_in: as a browser does it; sets user_id and token.
sign_in() {
	local answer
	answer=$(curl -sS -L -c "$work/cookies" -b "$work/cookies" "$base/api/v1/auth/strava/authorize")
	user_id=$(jq -r '.user_id // empty' <<<"$answer" 2>/dev/null)
	token=$(jq -r '.access_token // empty' <<<"$answer" 2>/dev/null)
	[ -n "$user_id" ] && [ -n "$token" ] && return
	failed "signing in gives a user and a token"
	printf '%.300s\n' "$answer"
	finish
}
api() { curl -sS --max-time 20 -H "Authorization: Bearer $token" "$@"; }
sync_status() { api "$base/api/v1/activities/sync" | jq -r .status; }
start_full_sync() { api -X POST -H 'Content-Type: application/json' -d '{"full":true}' -o /dev/null "$base/api/v1/activities/sync"; }
sync_has_ended() { case $(sync_status) in done | failed) return 0 ;; *) return 1 ;; esac; }

# Rows of a database, for what no API shows.
database_tool() {
	[ -x "$work/rows" ] || cc -O1 -Wall -Wextra -o "$work/rows" "$here/rows.c" -lsqlite3
}
rows() { "$work/rows" "$@"; }
