#!/bin/bash
# The commands as an operator types them: help, config, user, token, import, sync, migrate, version; their exit codes and their JSON.
source "$(dirname "$0")/lib.sh"
need_programs

# expect TEXT CODE COMMAND…: standard output in $work/out, standard error in $work/err.
expect() {
	local text=$1 wanted=$2 code
	shift 2
	timeout 60 "$@" >"$work/out" 2>"$work/err" </dev/null
	code=$?
	if [ "$code" -eq "$wanted" ]; then passed "$text"; else failed "$text: exit $code instead of $wanted: $(tail -2 "$work/err" | tr '\n' ' ')"; fi
}
out() { grep -qE -- "$1" "$work/out"; }
err() { grep -qE -- "$1" "$work/err"; }
json() { jq -e "$1" "$work/out" >/dev/null 2>&1; }
no_progress() { ! grep -q $'\r' "$work/err"; }

port=$(free_port)
sim_port=$(free_port)
service_environment "$port" "$sim_port" "$work/data"

expect "without a command: usage, exit 2" 2 "$stravaai"
expect "help" 0 "$stravaai" help
cp "$work/out" "$work/help"
for command in serve worker demo migrate config import sync jobs token user version; do
	promise "help lists $command" grep -q "^  $command" "$work/help"
	expect "help $command" 0 "$stravaai" help "$command"
	promise "help $command shows its usage" out "^usage: stravaai $command"
	expect "$command --help" 0 "$stravaai" "$command" --help
done
expect "help config explains every setting" 0 "$stravaai" help config
promise "with its name and default" out '^STRAVAAI_LISTEN \['
expect "an unknown command is wrong use" 2 "$stravaai" fly
expect "an unknown option is wrong use" 2 "$stravaai" serve --fast
expect "an option without its value is wrong use" 2 "$stravaai" token --user
expect "version" 0 "$stravaai" version
promise "version names the libraries" out '^sqlite 3'
expect "--version is the same" 0 "$stravaai" --version

expect "config" 0 "$stravaai" config
promise "config masks secrets" sh -c "grep -q '^STRAVAAI_STRAVA_CLIENT_SECRET=\*' '$work/out' || ! grep -q 'secret$' '$work/out'"
promise "config shows no secret" sh -c "! grep -E 'CLIENT_SECRET.*=secret' '$work/out'"
expect "config --json" 0 "$stravaai" config --json
promise "config --json is JSON" json .

expect "migrate makes the database" 0 "$stravaai" migrate
promise "and says what it is" out 'sqlite.*schema'
expect "migrate again changes nothing" 0 "$stravaai" migrate
promise "keys and database are for the owner alone" [ -z "$(find "$work/data" -type f -perm /077)" ]

expect "user add" 0 "$stravaai" user add --email athlete@example.com --name Athlete
promise "user add prints the id alone" [ "$(grep -cE '^[0-9a-f]{24}$' "$work/out") $(wc -l <"$work/out")" = "1 1" ]
user_id=$(cat "$work/out")
expect "user add --json" 0 "$stravaai" user add --email other@example.com --json
promise "gives the id as JSON" json '.user_id | test("^[0-9a-f]{24}$")'
expect "an address twice is refused" 1 "$stravaai" user add --email ATHLETE@example.com
expect "an address that is none is wrong use or refused" 2 "$stravaai" user add --email nobody
expect "user add without an address is wrong use" 2 "$stravaai" user add

expect "keys rotate" 0 "$stravaai" keys rotate --json
promise "says what was sealed anew" json '.links == 0 and .sealed == 0 and .dropped == 0'
expect "keys without rotate is wrong use" 2 "$stravaai" keys

expect "token" 0 "$stravaai" token --user "$user_id"
promise "token prints the token alone" [ "$(grep -cE '^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$' "$work/out") $(wc -l <"$work/out")" = "1 1" ]
expect "token --json" 0 "$stravaai" token --user "$user_id" --json
promise "token --json has the token and its end" json '.access_token and .expires_at'
expect "a token for nobody" 1 "$stravaai" token --user 000000000000000000000000
expect "a token for what is no id" 1 "$stravaai" token --user me
expect "sync without Strava says so" 1 "$stravaai" sync --user "$user_id"
promise "in words" err 'Strava|connect'

corpus=$root/tests/fuzz/corpus
expect "import of a FIT file" 0 "$stravaai" import --user "$user_id" "$corpus/fuzz_fit/sample0.fit"
expect "import of the same again" 0 "$stravaai" import --user "$user_id" --json "$corpus/fuzz_fit/sample0.fit"
promise "is a duplicate" json '.status == "done" and .kind == "import" and .result.duplicates >= 1 and .result.created == 0'
expect "import of GPX and TCX, several at once" 0 "$stravaai" import --user "$user_id" --json "$corpus/fuzz_gpx/sample1.gpx" "$corpus/fuzz_tcx/sample2.tcx"
promise "gives a job each" [ "$(jq -s 'map(select(.result.created + .result.updated + .result.duplicates >= 1)) | length' "$work/out")" = 2 ]
echo 'no recording' >"$work/notes.txt"
expect "a file that is no recording fails" 1 "$stravaai" import --user "$user_id" --json "$work/notes.txt"
promise "with its name and a reason" json '.result.failed[0].name == "notes.txt" and (.result.failed[0].reason | length > 0)'
expect "a file that is not there fails" 1 "$stravaai" import --user "$user_id" "$work/nothing.fit"
promise "with its path" err nothing.fit
expect "a folder is not a file" 1 "$stravaai" import --user "$user_id" "$work"
mkfifo "$work/pipe.fit"
expect "a pipe that nobody writes to is refused, not waited for" 1 "$stravaai" import --user "$user_id" "$work/pipe.fit"
expect "an empty file fails" 1 "$stravaai" import --user "$user_id" /dev/null
expect "a good and a bad one: failed in part" 1 "$stravaai" import --user "$user_id" "$corpus/fuzz_fit/sample1.fit" "$work/notes.txt"
expect "import without a file is wrong use" 2 "$stravaai" import --user "$user_id"

# With a simulator and a service beside, on the same database.
start_sim "$sim_port" --recordings "$(few_recordings)"
start_service
sign_in
until_true 300 sync_has_ended
promise "the sync of the sign-in is done" [ "$(sync_status)" = done ]
expect "sync by command, beside the service" 0 "$stravaai" sync --user "$user_id" --json
promise "sync --json is the job" json '.kind == "sync" and .status == "done" and (.result.fetched | type) == "number"'
promise "progress is for terminals only" no_progress
expect "sync in words" 0 "$stravaai" sync --user "$user_id"
promise "says what came" out synced
token=$("$stravaai" token --user "$user_id")
promise "the token of the command works" [ "$(api -o /dev/null -w '%{http_code}' "$base/api/v1/users/profile")" = 200 ]
expect "import beside the service" 0 "$stravaai" import --user "$user_id" "$corpus/fuzz_fit/chained.fit"
expect "jobs list" 0 "$stravaai" jobs list --status done --kind sync
promise "shows each as a line with its athlete" out "^[0-9a-f]{24}  sync +done .*user [0-9a-f]{24}"
job_id=$(head -c 24 "$work/out")
expect "jobs list --json" 0 "$stravaai" jobs list --json
promise "is the contract's jobs" json '.items | type == "array"'
expect "jobs show" 0 "$stravaai" jobs show "$job_id" --json
promise "is that job" json ".id == \"$job_id\" and .status == \"done\""
expect "a job that is done is not tried again" 1 "$stravaai" jobs retry "$job_id"
expect "jobs drop deletes one that ended" 0 "$stravaai" jobs drop "$job_id"
expect "and then it is gone" 1 "$stravaai" jobs show "$job_id"
promise "which is said" err "no job has this id"
expect "jobs without a verb is wrong use" 2 "$stravaai" jobs
expect "a state that is none is wrong use" 2 "$stravaai" jobs list --status lost
kill -TERM "$service_pid"
wait "$service_pid"
promise "the service stops with exit 0" [ $? -eq 0 ]
expect "sync by command, alone" 0 "$stravaai" sync --user "$user_id"
secrets=$(grep -rhoE '"(access|refresh)_token":"[^"*]' "$work/service.log" | head -1)
promise "no token is in the log" [ -z "$secrets" ]
promise "nor the one of the command" sh -c "! grep -qF '$token' '$work/service.log'"
finish
