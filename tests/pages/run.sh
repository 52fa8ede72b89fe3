#!/bin/sh
# run.sh -- the page tests, with their one library brought in when it is missing. URL or DIST as run.mjs says.
#   URL=http://127.0.0.1:8000 tests/pages/run.sh
#   DIST=build/release/web/dist tests/pages/run.sh
set -eu
[ -z "${DIST:-}" ] || { DIST=$(cd "$DIST" && pwd); export DIST; }
cd "$(dirname "$0")"
if ! cmp -s package-lock.json node_modules/.installed 2>/dev/null; then
	npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	cp package-lock.json node_modules/.installed
fi
node units.mjs
exec node run.mjs
