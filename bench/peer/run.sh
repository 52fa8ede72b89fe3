#!/usr/bin/env bash
# run.sh -- `make bench-peer`: the same reads by a tuned FastAPI service over SQLite, beside nginx and beside ours, into docs/performance.md.
#
# Everything is made anew but the Python environment (build/peer): the seeded database, a copy of it in the peer's own shape, and the three servers.
set -euo pipefail
. "$(dirname "$0")/../lib.sh"
HERE=$ROOT/bench/peer
VENV=${PEER_VENV:-$ROOT/build/peer}

if [[ ! -x $VENV/bin/uvicorn ]]; then
	python3 -m venv "$VENV"
	"$VENV/bin/pip" install --quiet --disable-pip-version-check -r "$HERE/requirements.txt"
fi
ninja -C "$BUILD" bench_seed >/dev/null

PORT=$(free_port)
BASE=http://127.0.0.1:$PORT
export STRAVAAI_PROFILE=development STRAVAAI_RATE_LIMITS=none STRAVAAI_DATA_DIR=$WORK/data STRAVAAI_LISTEN=127.0.0.1:$PORT STRAVAAI_PUBLIC_URL=$BASE STRAVAAI_DATABASE_URL= \
	STRAVAAI_LOG_LEVEL=warn STRAVAAI_ACCESS_TOKEN_LIFE=1d PEER_DATABASE=$WORK/peer.db PYTHONDONTWRITEBYTECODE=1
"$BUILD/bench/bench_seed" fill >"$WORK/athletes"
"$BUILD/stravaai" serve 2>"$RESULTS/service.log" &
SERVICE_PID=$!
started+=("$SERVICE_PID")
wait_for "$BASE/health/ready" "$SERVICE_PID"
echo "== copying into the peer's database"
(cd "$HERE" && "$VENV/bin/python" seed.py "$BASE" "$WORK/athletes") >"$WORK/peer-athletes"

PEER_PORT=$(free_port)
PEER_BASE=http://127.0.0.1:$PEER_PORT
(cd "$HERE" && exec "$VENV/bin/uvicorn" app:app --host 127.0.0.1 --port "$PEER_PORT" --loop uvloop --http httptools --no-access-log --log-level warning) &
PEER_PID=$!
started+=("$PEER_PID")
wait_for "$PEER_BASE/health/live" "$PEER_PID"
nginx_start

lists() { # ATHLETES_FILE: the pages that no cache has, as in bench/run.sh
	local day
	for day in $(seq 100 9 3600); do
		head -20 "$1" | awk -v before="$(date -u -d "2016-01-01 + $day days" +%F)" '{ print "/api/v1/activities?limit=30&before=" before "\tBearer " $4 }'
	done
}

reads() { # LABEL PID BASE ATHLETES_FILE
	local activity token path="/api/v1/activities?limit=30"
	read -r _ _ activity token < <(tail -1 "$4")
	measure_begin "$1"
	lists "$4" >"$WORK/lists"
	measure "health" - "$2" "$3" /health/live ""
	measure "304, signed in" - "$2" "$3" "$path" "" -H "Authorization: Bearer $token"
	measure "one activity" - "$2" "$3" "/api/v1/activities/$activity" "" -H "Authorization: Bearer $token"
	measure "list of 30, from the store" - "$2" "$3" "$path" "$WORK/lists" -H "Authorization: Bearer $token"
	measure "list of 30, repeated" - "$2" "$3" "$path" "" -H "Authorization: Bearer $token"
	measure "fitness, repeated" - "$2" "$3" /api/v1/analytics/fitness "" -H "Authorization: Bearer $token"
}
echo "== peer"
reads peer-fastapi "$PEER_PID" "$PEER_BASE" "$WORK/peer-athletes"
echo "== service"
reads peer-service "$SERVICE_PID" "$BASE" "$WORK/athletes"

{
	echo "\`make bench-peer\`: $("$VENV/bin/pip" freeze | grep -iE '^(fastapi|pydantic|uvicorn|uvloop|orjson)==' | tr '==' ' ' | tr -s ' ' | paste -sd, | sed 's/,/, /g'), $("$VENV/bin/python" --version), one process; wrk -t2 -c64 -d${SECONDS_EACH}s, median of $ROUNDS. $(machine)"
	echo
	echo "| request | FastAPI, CPU µs | × nginx | this service, CPU µs | × nginx | FastAPI / this |"
	echo "| --- | ---: | ---: | ---: | ---: | ---: |"
	paste "$RESULTS/peer-fastapi.cpu" "$RESULTS/peer-service.cpu" |
		awk -F'\t' '{ printf "| %s | %.0f | %.1f | %.1f | %.2f | %.0f |\n", $1, $2, $2 / $3, $5, $5 / $6, $2 / $5 }'
} | publish peer
cat "$RESULTS/peer.md"
