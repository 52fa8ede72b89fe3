#!/bin/bash
# The demo as a user starts it: what it prints, that it shows each recording with its true distance and times, that it stops cleanly and starts
# again, and that it works without recordings and says so.
source "$(dirname "$0")/lib.sh"
need_programs
# Started from here, no `../shared/data` is found by itself.
away=$work/far/away
mkdir -p "$away"

# start_demo OPTION…: sets demo_pid, waits for the last line that it prints.
start_demo() {
	(cd "$away" && exec "$stravaai" demo "$@") >"$work/demo.out" 2>"$work/demo.err" &
	demo_pid=$!
	started+=("$demo_pid")
	until_true 300 demo_is_ready && return
	failed "the demo starts: $(tail -2 "$work/demo.err" | tr '\n' ' ')"
	finish
}
demo_is_ready() { grep -q '^open http' "$work/demo.out" || is_gone "$demo_pid"; }
said() { awk -v key="$1" '$1 == key { print $2; exit }' "$work/demo.out"; }
stop_demo() {
	local simulator code
	simulator=$(said simulator)
	kill -TERM "$demo_pid"
	wait "$demo_pid"
	code=$?
	promise "$1: SIGTERM ends the demo with exit 0" [ "$code" -eq 0 ]
	promise "$1: no process is left behind" is_silent "$simulator"
}
is_silent() { ! answers "$1"; }
sign_in_by_command() {
	user_id=$(said user)
	token=$(STRAVAAI_DATA_DIR=$1 STRAVAAI_PUBLIC_URL=http://127.0.0.1:$port "$stravaai" token --user "$user_id")
	base=http://127.0.0.1:$port
}

port=$(free_port)
if [ -f "$shared/facts.json" ]; then
	start_demo --recordings "$shared" --port "$port" --data "$work/real"
	synced=$(said synced)
	promise "it prints the service, the simulator, the user, the database and where to look" \
		[ "$(grep -cE '^(service +http://127|simulator +http://127|user +[0-9a-f]{24}$|database +sqlite:|synced [0-9]+ activities|token +STRAVAAI_|open http)' "$work/demo.out")" -eq 7 ]
	sign_in_by_command "$work/real"
	node "$here/demo_facts.mjs" "$base" "$token" "$shared" | tee "$work/facts.out"
	[ "${PIPESTATUS[0]}" -eq 0 ] || failures=$((failures + 1))
	promise "the number it prints is the number it serves" grep -qx "$synced activities" "$work/facts.out"
	promise "the page is served" [ "$(curl -s -o /dev/null -w '%{http_code}' "$base/")" = 200 ]
	promise "nothing is said to be generated" [ "$(curl -s "$base/version" | jq -r .notice)" = null ]
	promise "a browser that chooses Connect is the same athlete" [ "$(curl -sL -c "$work/c" -b "$work/c" "$base/api/v1/auth/strava/authorize" | jq -r .user_id)" = "$user_id" ]
	"$stravaai" demo --port "$port" --data "$work/other" >"$work/second.out" 2>&1
	promise "a port that is taken is a clear error, exit 1" [ $? -eq 1 ]
	promise "and the error names the port" grep -q "port $port is taken" "$work/second.out"
	stop_demo "with recordings"
	start_demo --recordings "$shared" --port "$port" --data "$work/real"
	promise "a second start on the same data has the same user and as many activities" [ "$(said user) $(said synced)" = "$user_id $synced" ]
	simulator=$(said simulator)
	kill -9 "$demo_pid"
	wait "$demo_pid" 2>/dev/null
	promise "kill -9 of the demo takes the simulator with it" until_true 5 is_silent "$simulator"

	# The same recordings as files: every point of them, and the broken ones refused with their reason.
	port=$(free_port)
	service_environment "$port" 1 "$work/files"
	user_id=$("$stravaai" user add --email athlete@example.com)
	"$stravaai" import --user "$user_id" --json "$shared"/fit/*.fit "$shared"/gpx/*.gpx "$shared"/tcx/*.tcx >"$work/import.out" 2>"$work/import.err"
	promise "importing all recordings says with exit 1 that some were refused" [ $? -eq 1 ]
	promise "refused are those without an activity or a time: $(jq -r '.result.failed[]? | "\(.name) (\(.reason))"' "$work/import.out" | tr '\n' ' ')" \
		[ "$(jq -r '.result.failed[]?.name' "$work/import.out" | sort | tr '\n' ' ')" = "bad-empty-trkseg.gpx empty.fit not-activity-settings.fit " ]
	token=$("$stravaai" token --user "$user_id")
	start_service
	node "$here/demo_facts.mjs" "$base" "$token" "$shared" --files || failures=$((failures + 1))
	kill -TERM "$service_pid"
	wait "$service_pid"
else
	skipped "the demo on real recordings: no $shared/facts.json"
fi

port=$(free_port)
start_demo --port "$port" --data "$work/made"
promise "without recordings it says that the training is generated" grep -q '^data  *generated' "$work/demo.out"
promise "and so does /version" [ -n "$(curl -s "http://127.0.0.1:$port/version" | jq -r '.notice // empty' | grep -i generated)" ]
promise "ten years of training are there ($(said synced))" [ "$(said synced)" -gt 500 ]
sign_in_by_command "$work/made"
promise "fitness is computed from it" [ "$(api "$base/api/v1/analytics/fitness?from=2024-01-01&to=2024-03-31" -o /dev/null -w '%{http_code}')" = 200 ]
stop_demo generated
"$stravaai" demo --port "$port" --data "$work/x" --recordings "$work/nowhere" >"$work/second.out" 2>&1
promise "a folder of recordings that is not there is an error, exit 1" [ $? -eq 1 ]
finish
