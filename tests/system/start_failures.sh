#!/bin/bash
# What cannot be started says why, names the setting, and ends with another status than 0: never a crash, never a half-started service.
source "$(dirname "$0")/lib.sh"
need_programs
database_tool || { failed "the checker compiles"; finish; }

# refuses TEXT PATTERN [NAME=VALUE…] -- COMMAND…: exit 1 within 10 s, a line on standard error with PATTERN.
refuses() {
	local text=$1 pattern=$2 code
	shift 2
	timeout 10 env "$@" >"$work/out" 2>"$work/err"
	code=$?
	if [ "$code" -eq 1 ] && grep -qE -- "$pattern" "$work/err"; then
		passed "$text"
	else
		failed "$text: exit $code, $(tail -2 "$work/err" | tr '\n' ' ')"
	fi
}
port=$(free_port)
data=$work/data
export STRAVAAI_LISTEN=127.0.0.1:$port STRAVAAI_DATA_DIR=$data

refuses "an unknown setting is named" STRAVAAI_NO_SUCH_KEY STRAVAAI_NO_SUCH_KEY=1 "$stravaai" serve
refuses "also by config" STRAVAAI_NO_SUCH_KEY STRAVAAI_NO_SUCH_KEY=1 "$stravaai" config
refuses "a number that is none is named" STRAVAAI_WORKER_THREADS STRAVAAI_WORKER_THREADS=many "$stravaai" serve
refuses "a number out of bounds is named" STRAVAAI_WORKER_THREADS STRAVAAI_WORKER_THREADS=100000 "$stravaai" serve
refuses "an address that is none is named" 'STRAVAAI_LISTEN' STRAVAAI_LISTEN=nowhere "$stravaai" serve
refuses "a database of no known kind is named" 'STRAVAAI_DATABASE_URL|database' STRAVAAI_DATABASE_URL=ftp://x "$stravaai" serve
refuses "a key that is too short is named" STRAVAAI_JWT_KEYS STRAVAAI_JWT_KEYS=k:HS256:c2hvcnQ= "$stravaai" serve
refuses "a data key that is no base64 is named" STRAVAAI_DATA_KEYS 'STRAVAAI_DATA_KEYS=k:???' "$stravaai" serve
refuses "production without its secrets is refused" STRAVAAI_ STRAVAAI_PROFILE=production "$stravaai" serve
refuses "a secret file that is not there is named" 'STRAVAAI_JWT_KEYS' STRAVAAI_JWT_KEYS_FILE=/no/such/file "$stravaai" serve

refuses "a data folder that cannot be made is an error that names the setting" STRAVAAI_DATA_DIR STRAVAAI_DATA_DIR="$work/file/data" sh -c ": >'$work/file'; exec '$stravaai' serve"
if [ "$(id -u)" -ne 0 ]; then
	mkdir -p "$work/closed" && chmod 500 "$work/closed"
	refuses "a data folder that cannot be written is an error" "$work/closed" STRAVAAI_DATA_DIR="$work/closed" "$stravaai" serve
else
	skipped "a data folder without permission to write: root may write everywhere"
fi

mkdir -p "$work/bad"
head -c 65536 /dev/urandom >"$work/bad/stravaai.db"
refuses "a file that is no database is an error" 'database|stravaai.db' STRAVAAI_DATA_DIR="$work/bad" "$stravaai" serve
promise "and is left as it was" [ "$(stat -c %s "$work/bad/stravaai.db")" -eq 65536 ]

"$stravaai" user add --email someone@example.com >/dev/null 2>&1
mkdir -p "$work/torn"
cp "$data"/*.key "$work/torn/" 2>/dev/null
head -c 6000 "$data/stravaai.db" >"$work/torn/stravaai.db"
refuses "a database that was cut off is an error" 'database|stravaai.db|schema|malformed' STRAVAAI_DATA_DIR="$work/torn" "$stravaai" serve

cp -r "$data" "$work/newer"
"$work/rows" "$work/newer/stravaai.db" 'PRAGMA wal_checkpoint' >/dev/null
cc -O1 -o "$work/execute" -x c - -lsqlite3 <<'END'
#include <sqlite3.h>
int main(int argc, char **argv)
{
        sqlite3 *database;
        return argc != 3 || sqlite3_open(argv[1], &database) || sqlite3_exec(database, argv[2], 0, 0, 0) || sqlite3_close(database);
}
END
"$work/execute" "$work/newer/stravaai.db" 'INSERT INTO _schema(version, applied_at) VALUES(9999, 0)'
refuses "a schema of a newer program is refused" 'newer|9999' STRAVAAI_DATA_DIR="$work/newer" "$stravaai" serve
refuses "by migrate too" 'newer|9999' STRAVAAI_DATA_DIR="$work/newer" "$stravaai" migrate

cp -r "$data" "$work/keys"
head -c 10 /dev/urandom >"$work/keys/data.key"
refuses "a key file that is damaged is an error" 'data.key|DATA_KEYS|key' STRAVAAI_DATA_DIR="$work/keys" "$stravaai" serve

"$stravaai" serve 2>"$work/service.log" &
service_pid=$!
started+=("$service_pid")
base=http://127.0.0.1:$port
until_true 10 answers "$base/health/live"
refuses "a port that is taken is an error with the address" "127.0.0.1:$port|STRAVAAI_LISTEN|in use" STRAVAAI_DATA_DIR="$work/second" "$stravaai" serve
kill -TERM "$service_pid"
wait "$service_pid"
promise "the one that runs is not disturbed and stops with exit 0" [ $? -eq 0 ]

# From the program's start to the first answer, best of five: a promise on seconds, for a machine that does other things too.
best=100000
for _ in 1 2 3 4 5; do
	began=$(now_ms)
	"$stravaai" serve 2>>"$work/service.log" &
	service_pid=$!
	started+=("$service_pid")
	until_true 10 answers "$base/health/live"
	took=$(($(now_ms) - began))
	[ "$took" -ge "$best" ] || best=$took
	kill -TERM "$service_pid"
	wait "$service_pid"
done
echo "start to first answer: $best ms (curl's own start is in it)"
promise "a start takes less than two seconds" [ "$best" -lt 2000 ]
finish
