#!/bin/bash
# kill -9 of the service at random moments of a sync, each time followed by a start with the same settings and database: at the end every
# activity is there once, with its streams and metrics, and nothing is left over. A reader asks the API all the while: whatever it is
# shown must be whole.
source "$(dirname "$0")/lib.sh"
need_programs
kills=${KILLS:-50}
RANDOM=$((seed % 32768))
echo "seed $seed, $kills kills"
database_tool || { failed "the checker compiles"; finish; }

sim_port=$(free_port)
port=$(free_port)
options=()
if [ -d "$shared" ]; then options=(--recordings "$shared"); else echo "no recordings: generated training"; options=(--seed 7); fi
start_sim "$sim_port" "${options[@]}"
service_environment "$port" "$sim_port" "$work/data"
start_service
sign_in
node "$here/watch_api.mjs" "$base" "$token" "$work/watch.stop" >"$work/watch.out" 2>&1 &
watcher=$!
started+=("$watcher")

met=0
slowest=0
for ((i = 0; i < kills; i++)); do
	case $(sync_status) in done | failed) start_full_sync ;; esac
	sleep "0.$(printf %03d $((20 + RANDOM % 581)))"
	case $(sync_status) in queued | running | waiting) met=$((met + 1)) ;; esac
	kill -9 "$service_pid"
	wait "$service_pid" 2>/dev/null
	began=$(now_ms)
	start_service
	took=$(($(now_ms) - began))
	[ "$took" -le "$slowest" ] || slowest=$took
done
echo "$met of $kills kills met a running sync; the slowest start took $slowest ms; jobs taken back: $(grep -c job.taken_back "$work/service.log")"
promise "kills met running syncs" [ "$met" -ge $((kills / 2)) ]

promise "the sync that was killed goes on and ends" until_true 400 sync_has_ended
promise "the last sync is done, not failed" [ "$(sync_status)" = done ]
# One more in peace: what it finds must be what is there.
before=$(rows "$work/data/stravaai.db" 'SELECT count(*) FROM activities')
: >"$work/watch.stop"
wait "$watcher"
promise "the API showed nothing half-written ($(tail -1 "$work/watch.out"))" grep -q '^whole:' "$work/watch.out"

node "$here/compare_with_simulator.mjs" "$base" "$token" "http://127.0.0.1:$sim_port" || failures=$((failures + 1))

db=$work/data/stravaai.db
none() {   # TEXT QUERY: the query finds nothing
	local found
	found=$(rows "$db" "$2") || { failed "$1 (the query)"; return; }
	if [ -z "$found" ]; then passed "$1"; else failed "$1: $(head -3 <<<"$found" | tr '\n' ' ')($(wc -l <<<"$found") rows)"; fi
}
none "no workout is there twice" "SELECT key FROM sources GROUP BY user_id,key HAVING count(*)>1"
none "no source without its activity" "SELECT key FROM sources WHERE activity_id NOT IN (SELECT id FROM activities)"
none "no activity without a source" "SELECT hex(id) FROM activities WHERE id NOT IN (SELECT activity_id FROM sources)"
none "no streams are still to be fetched" "SELECT key FROM sources WHERE streams_pending"
none "no source names streams that are not there" \
	"SELECT key FROM sources WHERE _document->>'\$.streams_id' IS NOT NULL AND _document->>'\$.streams_id' NOT IN (SELECT key FROM streams)"
none "no streams that nothing names" \
	"SELECT key FROM streams WHERE substr(key,1,24) NOT IN (SELECT ifnull(_document->>'\$.streams_id','') FROM sources)"
none "no activity shows other streams than its source has" \
	"SELECT hex(a.id) FROM activities a JOIN activities_document d USING(_row) WHERE ifnull(d._document->>'\$.streams_id','') NOT IN
	 (SELECT ifnull(s._document->>'\$.streams_id','') FROM sources s WHERE s.activity_id=a.id)"
none "no source names an original that is not there" \
	"SELECT key FROM sources WHERE _document->>'\$.original_id' IS NOT NULL AND _document->>'\$.original_id' NOT IN (SELECT key FROM blobs)"
none "no original that nothing names" \
	"SELECT key FROM blobs WHERE substr(key,1,24) NOT IN (SELECT ifnull(_document->>'\$.original_id','') FROM sources)"
none "no claim of a workout that is not there" \
	"SELECT c.key FROM claims c WHERE c.key LIKE 'source:%' AND NOT EXISTS
	 (SELECT 1 FROM sources s WHERE c.key='source:'||lower(hex(s.user_id))||':'||s.key AND s.activity_id=c.holder)"
none "no workout without its claim" \
	"SELECT s.key FROM sources s WHERE NOT EXISTS (SELECT 1 FROM claims c WHERE c.key='source:'||lower(hex(s.user_id))||':'||s.key)"
none "no claim of a job that has ended" "SELECT key FROM claims WHERE key LIKE 'job:%' AND holder NOT IN (SELECT id FROM jobs WHERE live)"
none "no job is held by a process that is gone" "SELECT hex(id),kind FROM jobs WHERE live AND lease_until>0"
none "no sync waits or failed" "SELECT hex(id),status FROM jobs WHERE kind=0 AND status<>3"
none "no activity without computed metrics" "SELECT hex(id) FROM activities WHERE ifnull(metrics_version,0)=0 OR ifnull(metrics_parameters_hash,0)=0"

kill -TERM "$service_pid"
wait "$service_pid"
promise "the service stops with exit 0 after all that" [ $? -eq 0 ]
promise "the database is sound" [ "$(rows "$db" 'PRAGMA integrity_check')" = ok ]
errors=$(grep -c '"level":"error"' "$work/service.log")
promise "no error in the log ($errors)" [ "$errors" -eq 0 ]
[ "$errors" -eq 0 ] || grep '"level":"error"' "$work/service.log" | head -3
echo "$before activities"
finish
