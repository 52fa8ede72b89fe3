#!/usr/bin/env bash
# lint.sh FILE|URL -- holds the OpenAPI document of the service to Redocly's and Spectral's recommended rules. A warning counts as
# a failure: the document is generated, so there is no author who could not mend it. The last line counts the two linters.
set -euo pipefail
[[ $# -eq 1 ]] || { sed -n '2p' "$0" >&2; exit 2; }
document=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
case $document in
http://*) curl -sSf "$document" >"$work/openapi.json" ;;
*) cp "$document" "$work/openapi.json" ;;
esac

cd "$(dirname "$0")"
if ! cmp -s package-lock.json node_modules/.installed; then
	npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	cp package-lock.json node_modules/.installed
fi
export REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true
passed=0 failed=0
check() { if "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi; }
redocly() {
	node_modules/.bin/redocly lint --config redocly.yaml --format=stylish --max-problems=50 "$work/openapi.json" 2>&1 | tee "$work/redocly.txt" || return 1
	! grep -qE '^ *[0-9]+:[0-9]+ +warning|[1-9][0-9]* warnings?' "$work/redocly.txt"
}
spectral() { node_modules/.bin/spectral lint --ruleset spectral.yaml --fail-severity=warn "$work/openapi.json"; }
check redocly
check spectral
echo "$passed passed, $failed failed, 0 skipped"
[[ $failed -eq 0 ]]
