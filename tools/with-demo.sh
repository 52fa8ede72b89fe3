#!/usr/bin/env bash
# with-demo.sh COMMAND… -- runs a command beside a demo of the release build on a free port, with a database of its own that is
# thrown away. The command finds the service's address in URL. The demo's output is shown when something went wrong.
# Without rate limits unless the caller sets them: tests ask faster than people.
set -uo pipefail
[[ $# -ge 1 ]] || { sed -n '2p' "$0" >&2; exit 2; }
cd "$(dirname "$0")/.."
work=$(mktemp -d)
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); });')
STRAVAAI_RATE_LIMITS=${STRAVAAI_RATE_LIMITS:-none} build/release/stravaai demo --port "$port" --data "$work/data" >"$work/demo.log" 2>&1 &
demo=$!
finish() {
	kill "$demo" 2>/dev/null
	wait "$demo" 2>/dev/null
	rm -rf "$work"
}
trap finish EXIT

# Ten years of generated training take a minute to sync where every write waits for a slow disk.
for ((waited = 0; waited < 3000; waited++)); do
	grep -q 'synced [0-9]* activities' "$work/demo.log" && break
	kill -0 "$demo" 2>/dev/null || break
	sleep 0.1
done
if ! grep -q 'synced [0-9]* activities' "$work/demo.log"; then
	echo "with-demo: the demo did not get to its end of sync; it said:" >&2
	cat "$work/demo.log" >&2
	exit 1
fi
URL="http://127.0.0.1:$port" "$@"
status=$?
if [[ $status -ne 0 ]]; then
	echo "with-demo: the demo's last lines:"
	tail -n 40 "$work/demo.log"
fi
exit "$status"
