#!/bin/sh
# Brings the libraries named in package-lock.json into web/node_modules, once. Builds in several folders may ask at the same
# moment, so the work is done under a lock, and a stamp with the lock file's checksum says when there is nothing to do.
set -eu
cd "$(dirname "$0")"

wanted=$(sha256sum <package-lock.json)
stamp=node_modules/.installed
is_installed() { [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; }

is_installed && exit 0
if ! command -v npm >/dev/null 2>&1; then
	echo "web/install.sh: npm is not installed (Debian: apt-get install npm), and the pages' libraries are needed for the build" >&2
	exit 1
fi
exec 9<package-lock.json
flock 9
is_installed && exit 0
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
printf '%s\n' "$wanted" >"$stamp"
