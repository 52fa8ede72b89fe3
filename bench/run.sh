#!/usr/bin/env bash
# run.sh -- `make bench`: the service beside nginx serving the very same bytes, into docs/performance.md.
#
#   BENCH_SECONDS=5 BENCH_ROUNDS=3 BENCH_ONLY='reads cold memory work fit' bench/run.sh
#
# Seeds a database (bench_seed), starts the service and nginx on free ports of 127.0.0.1, and runs wrk against both in turn. Raw figures stay
# in bench/results. Nothing outside the temporary directory is written but those and the page.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
ONLY=" ${BENCH_ONLY:-reads cold memory work fit} "
wanted() { [[ $ONLY == *" $1 "* ]]; }

ninja -C "$BUILD" bench_seed bench_client bench_fit >/dev/null
PORT=$(free_port)
export STRAVAAI_PROFILE=development STRAVAAI_RATE_LIMITS=none STRAVAAI_DATA_DIR=$WORK/data STRAVAAI_LISTEN=127.0.0.1:$PORT STRAVAAI_PUBLIC_URL=http://127.0.0.1:$PORT \
	STRAVAAI_DATABASE_URL= STRAVAAI_LOG_LEVEL=warn STRAVAAI_ACCESS_TOKEN_LIFE=1d
BASE=http://127.0.0.1:$PORT
SERVE=("$BUILD/stravaai" serve)

service_start() {
	"${SERVE[@]}" 2>>"$RESULTS/service.log" &
	SERVICE_PID=$!
	started+=("$SERVICE_PID")
	wait_for "$BASE/health/ready" "$SERVICE_PID"
}
service_stop() {
	kill "$SERVICE_PID"
	wait "$SERVICE_PID" || true
}
rss_kib() { sed -n "s/^$1:[^0-9]*\([0-9]*\) kB/\1/p" "/proc/$SERVICE_PID/status"; }

echo "== seeding"
seed_began=$(date +%s%N)
"$BUILD/bench/bench_seed" fill >"$WORK/athletes"
echo "   $(awk '{ n += $2 } END { print n }' "$WORK/athletes") activities of $(wc -l <"$WORK/athletes") athletes in $((($(date +%s%N) - seed_began) / 1000000)) ms"
read -r USER_ID _ ACTIVITY TOKEN < <(tail -1 "$WORK/athletes")
AUTH="Authorization: Bearer $TOKEN"

# -- reads under load ----------------------------------------------------------------------------------------------------------

# Pages that no cache has: 20 athletes, and days far enough apart; more of them than the answer cache can hold.
list_requests() {
	local day
	for day in $(seq 100 9 3600); do
		head -20 "$WORK/athletes" | awk -v before="$(date -u -d "2016-01-01 + $day days" +%F)" '{ print "/api/v1/activities?limit=30&before=" before "\tBearer " $4 }'
	done
}

reads() {
	service_start
	nginx_start
	measure_begin reads
	list_requests >"$WORK/lists"
	local list="/api/v1/activities?limit=30"
	measure "health" 1.3 "$SERVICE_PID" "$BASE" /health/live ""
	measure "304, signed in" 3 "$SERVICE_PID" "$BASE" "$list" "" -H "$AUTH"
	measure "one activity" 3.5 "$SERVICE_PID" "$BASE" "/api/v1/activities/$ACTIVITY" "" -H "$AUTH"
	measure "list of 30, from the store" 7 "$SERVICE_PID" "$BASE" "$list" "$WORK/lists" -H "$AUTH"
	measure "list of 30, repeated" 2.5 "$SERVICE_PID" "$BASE" "$list" "" -H "$AUTH"
	measure "summary, repeated" 3 "$SERVICE_PID" "$BASE" /api/v1/analytics/summary "" -H "$AUTH"
	measure "trends, repeated" 3 "$SERVICE_PID" "$BASE" /api/v1/analytics/trends "" -H "$AUTH"
	measure "fitness, repeated" 3 "$SERVICE_PID" "$BASE" /api/v1/analytics/fitness "" -H "$AUTH"
	service_stop
	{
		echo "\`make bench\`: wrk -t2 -c64 -d${SECONDS_EACH}s, median of $ROUNDS runs. $(machine)"
		echo
		cat "$TABLE"
	} | publish reads
}

# -- first answers after a change -------------------------------------------------------------------------------------------------

cold() {
	service_start
	local name median_us worst_us
	{
		echo "One athlete with 5,000 activities; the data version moves before each of 20 requests, the time is that of the answer at the client. $(machine)"
		echo
		echo "| first request after a change | median ms | longest ms | aim |"
		echo "| --- | ---: | ---: | --- |"
		for name in summary trends fitness; do
			read -r median_us worst_us < <("$BUILD/bench/bench_client" cold "$PORT" "$TOKEN" "/api/v1/analytics/$name" 20 "$BUILD/bench/bench_seed" touch "$USER_ID")
			awk -v name="$name" -v m="$median_us" -v w="$worst_us" 'BEGIN { printf "| %s | %.1f | %.1f | ≤ 10: %s |\n", name, m / 1000, w / 1000, m <= 10000 ? "met" : sprintf("missed by %.0f %%", m / 100 - 100) }'
		done
	} >"$WORK/cold"
	service_stop
	cat "$WORK/cold"
	publish cold <"$WORK/cold"
}

# -- memory and start ----------------------------------------------------------------------------------------------------------------

memory() {
	local start_us worst_us idle idle_own held held_own
	read -r start_us worst_us < <("$BUILD/bench/bench_client" start "$PORT" 20 "${SERVE[@]}")
	service_start
	sleep 2
	idle=$(rss_kib VmRSS) idle_own=$(rss_kib RssAnon)
	mkfifo "$WORK/hold"
	"$BUILD/bench/bench_client" hold "$PORT" 1000 <"$WORK/hold" >"$WORK/held" &
	local holder=$!
	exec 9>"$WORK/hold"
	until grep -q held "$WORK/held"; do kill -0 "$holder" 2>/dev/null || fail "connections cannot be held"; sleep 0.1; done
	held=$(rss_kib VmRSS) held_own=$(rss_kib RssAnon)
	exec 9>&-
	wait "$holder"
	service_stop
	{
		machine
		echo
		awk -v start="$start_us" -v worst="$worst_us" -v idle="$idle" -v idle_own="$idle_own" -v held="$held" -v held_own="$held_own" '
			function row(name, value, limit, unit, extra) { printf "| %s | %.1f %s%s | ≤ %d: %s |\n", name, value, unit, extra, limit, value <= limit ? "met" : sprintf("missed by %.0f %%", 100 * (value / limit - 1)) }
			BEGIN {
				print "| | measured | aim |\n| --- | --- | --- |"
				row("RSS idle", idle / 1024, 15, "MiB", sprintf(" (%.1f of its own, the rest is program and libraries)", idle_own / 1024))
				row("RSS with 1,000 idle connections", held / 1024, 32, "MiB", sprintf(" (%.1f of its own)", held_own / 1024))
				row("fork to first 200", start / 1000, 50, "ms", sprintf(" (median of 20; longest %.1f)", worst / 1000))
			}'
	} >"$WORK/memory"
	cat "$WORK/memory"
	publish memory <"$WORK/memory"
}

# -- sync and import ----------------------------------------------------------------------------------------------------------------

# A generated athlete of ten years, signed in through the simulator; the sync fetches every activity with its streams.
sync_rate() {
	local log="$WORK/demo.log" port pid line
	port=$(free_port)
	mkdir -p "$WORK/away/from"   # the demo looks for recordings beside where it starts
	(cd "$WORK/away/from" && RECORDINGS='' exec "$BUILD/stravaai" demo --port "$port" --data "$WORK/demo" >"$log" 2>&1) &
	pid=$!
	started+=("$pid")
	until grep -q '^synced' "$log"; do
		kill -0 "$pid" 2>/dev/null || { cat "$log" >&2; fail "the demo ended"; }
		sleep 0.2
	done
	kill "$pid"
	wait "$pid" || true
	sed -n 's/^synced \([0-9]*\) activities (\([0-9.]*\) s)$/\1 \2/p' "$log"
}

import_rate() { # prints: files bytes seconds
	local files="$WORK/files" user began
	"$BUILD/strava-sim" --write-files "$files" --count 600 >/dev/null
	mapfile -t files < <(ls "$files"/*.fit | head -300)
	export STRAVAAI_DATA_DIR=$WORK/import
	user=$("$BUILD/stravaai" user add --email bench@example.org)
	began=$(date +%s%N)
	"$BUILD/stravaai" import --user "$user" "${files[@]}" >/dev/null 2>"$WORK/import.log" || { cat "$WORK/import.log" >&2; fail "import"; }
	echo "${#files[@]} $(cat "${files[@]}" | wc -c) $(awk -v ns=$(($(date +%s%N) - began)) 'BEGIN { print ns / 1e9 }')"
	export STRAVAAI_DATA_DIR=$WORK/data
}

work() {
	local synced sync_s files bytes import_s
	read -r synced sync_s < <(sync_rate)
	read -r files bytes import_s < <(import_rate)
	{
		machine
		echo
		echo "| | measured |"
		echo "| --- | --- |"
		awk -v n="$synced" -v s="$sync_s" -v f="$files" -v b="$bytes" -v t="$import_s" 'BEGIN {
			printf "| sync from the simulator without limits, streams and metrics included | %.0f activities/s (%d in %.1f s) |\n", n / s, n, s
			printf "| import of FIT files, to metrics | %.0f files/s, %.1f MB/s (%d files in %.1f s) |\n", f / t, b / t / 1e6, f, t }'
	} >"$WORK/work"
	cat "$WORK/work"
	publish work <"$WORK/work"
}

# -- FIT decoding ---------------------------------------------------------------------------------------------------------------------

# The recordings where they are, else generated ones. Broken files are for tests of refusal, no decoder gets them here.
fit() {
	local folder="$WORK/fit" from="${SAI_SHARED_DATA:-$ROOT/../shared/data}/fit" ours theirs="" what="recordings of devices"
	mkdir -p "$folder"
	if ls "$from"/*.fit >/dev/null 2>&1; then
		find "$from" -name '*.fit' ! -name 'bad-*' ! -name 'empty*' ! -name 'not-*' -exec cp {} "$folder" \;
	else
		what="generated recordings"
		"$BUILD/strava-sim" --write-files "$folder" --count 300 >/dev/null
		rm -f "$folder"/*.gpx "$folder"/*.tcx
	fi
	ours=$("$BUILD/bench/bench_fit" "$folder" | tee "$RESULTS/fit.txt" | awk '$1 == "all" { print $4 }')
	if command -v go >/dev/null && (cd "$ROOT/bench/peer/fit-go" && go build -o "$WORK/fit-go" .) 2>"$RESULTS/go.log"; then
		theirs=$(GOMAXPROCS=1 "$WORK/fit-go" "$folder" | tee "$RESULTS/fit-go.txt" | awk '$1 == "all" { print $4 }')
	fi
	{
		echo "$(ls "$folder" | wc -l) $what, one core, best of 50 rounds over all files in memory. $(machine)"
		echo
		echo "| decoder | MB/s | aim |"
		echo "| --- | ---: | --- |"
		awk -v ours="$ours" -v theirs="$theirs" 'BEGIN {
			printf "| this service, file to columns | %.0f | ≥ 200: %s%s |\n", ours, (ours >= 200 ? "met" : "missed"), theirs ? sprintf("; ≥ 4 × the next: %.1f ×", ours / theirs) : ""
			if (theirs) printf "| github.com/muktihari/fit v0.26.1 (Go), file to its structs | %.0f | |\n", theirs
			else print "| github.com/muktihari/fit v0.26.1 | not run: no Go here | |" }'
	} >"$WORK/fit.md"
	cat "$WORK/fit.md"
	publish fit <"$WORK/fit.md"
}

for part in reads cold memory work fit; do
	if wanted "$part"; then
		echo "== $part"
		"$part"
	fi
done
