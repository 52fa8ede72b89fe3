#!/usr/bin/env bash
# run-tests.sh BUILD_DIR [ctest options…] -- runs the built test programs through ctest and counts the single tests in them.
#
# ctest knows programs only, and a skipped test is a pass to it. So every cmocka program is asked for TAP, and the numbers come
# from what it wrote. A replay of a fuzz corpus counts as one test. A program that ends badly although no test of it failed
# (crash, leak, data race, time limit), or that ran no test at all, is a failure of its own.
# TEST_TIMEOUT: seconds a program may take (120). The last line is "N passed, N failed, N skipped".
set -uo pipefail
[[ $# -ge 1 ]] || { sed -n '2p' "$0" >&2; exit 2; }
build=$1
shift

export CMOCKA_MESSAGE_OUTPUT=TAP
log=$build/Testing/Temporary/LastTest.log
mkdir -p "${log%/*}"
: >"$log"
started=$SECONDS
"${0%/*}/mongo-test-server.sh" ctest --test-dir "$build" -j"$(nproc)" --timeout "${TEST_TIMEOUT:-120}" --output-on-failure --no-tests=error \
	--test-output-size-passed 4000000 --test-output-size-failed 4000000 "$@"
status=$?

awk -v ctest_status="$status" -v seconds="$((SECONDS - started))" '
function note(text) { failures[++failed] = text }
# "not ok 2 # SKIP name" is how cmocka writes a skipped test; a test may have printed something on the same line before it.
function result(line) {
        results++
        if (line ~ /^not ok [0-9]+ # SKIP/) {
                sub(/^not ok [0-9]+ # SKIP /, "", line)
                skips[++skipped] = program ": " line (reason == "" ? "" : " (" reason ")")
                reason = ""
        } else if (line ~ /^not ok/) {
                sub(/^not ok [0-9]+ - /, "", line)
                note(program ": " line)
                here++
        } else {
                passed++
        }
}
/^[0-9]+\/[0-9]+ Testing: / { program = $3; inside = 0; results = here = replayed = 0; reason = "" }
/^Output:$/ && program != "" { inside = 1; next }
/^<end of output>$/ { inside = 0 }
inside && match($0, /(not )?ok [0-9]+ (- |# SKIP )/) { result(substr($0, RSTART)); next }
inside && /SKIPPED: / { reason = $0; sub(/^.*SKIPPED: /, "", reason) }
inside && /^[0-9]+ inputs replayed$/ { replayed = 1 }
/^Test (Passed|Failed|time)/ && program != "" && $2 != "time" {
        if ($2 == "Passed." && replayed)
                passed++
        else if ($2 == "Passed." && results == 0)
                note(program ": ran no test")
        else if ($2 != "Passed." && here == 0)
                note(program ": the program failed after " results " tests (see its output above)")
        programs++
        program = ""
}
END {
        if (program != "")
                note(program ": did not end")
        if (programs == 0)
                note("no test program was run")
        if (ctest_status != 0 && failed == 0)
                note("ctest ended with status " ctest_status)
        print ""
        for (i = 1; i <= skipped; i++)
                print "skipped  " skips[i]
        for (i = 1; i <= failed; i++)
                print "FAILED   " failures[i]
        printf "%d programs in %d s\n", programs, seconds
        printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
        exit failed > 0
}' "$log"
