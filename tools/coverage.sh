#!/usr/bin/env bash
# coverage.sh -- the whole suite with gcov's counters; prints the figure of src/ and sim/, folder by folder, and leaves the lines in
# build/coverage/coverage.html. The suite's own line of counts is the last.
set -uo pipefail
cd "$(dirname "$0")/.."
tools/step "build with coverage" ninja -C build/coverage || exit 1
find build/coverage -name '*.gcda' -delete
log=$(mktemp)
trap 'rm -f "$log"' EXIT
TEST_TIMEOUT=300 tools/run-tests.sh build/coverage >"$log" 2>&1
status=$?
[[ $status -eq 0 ]] || cat "$log"
gcovr --root . --filter 'src/' --filter 'sim/' --object-directory build/coverage --exclude-throw-branches --gcov-ignore-parse-errors \
	-j "$(nproc)" --json-summary build/coverage/coverage.json --html-details build/coverage/coverage.html --print-summary ||
	status=1
node -e '
	const folders = new Map();
	for (const file of JSON.parse(require("fs").readFileSync("build/coverage/coverage.json")).files) {
		// Headers are found through the links of the build folder.
		const path = file.filename.replace(/^build\/coverage\/include\/sim\//, "").replace(/^build\/coverage\/include\/[a-z]+\//, "src/");
		const name = path.split("/").slice(0, -1).join("/");
		const sum = folders.get(name) ?? { covered: 0, total: 0 };
		sum.covered += file.line_covered;
		sum.total += file.line_total;
		folders.set(name, sum);
	}
	for (const [name, { covered, total }] of [...folders].sort()) console.log(`${name.padEnd(24)} ${(100 * covered / total).toFixed(1).padStart(5)} % of ${total} lines`);
' || status=1
tail -n 1 "$log"
exit "$status"
