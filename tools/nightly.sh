#!/usr/bin/env bash
# nightly.sh -- what takes longer than .ci/run may: long fuzzing, the whole suite under TSan, and the release build under valgrind,
# which sees reads of memory that was never written; the sanitizers of gcc do not.
set -uo pipefail
cd "$(dirname "$0")/.."
. tools/phases.sh
under_valgrind() {
	ninja -C build/release || return 1
	local program failed=0 passed=0
	for program in build/release/tests/*_test_*; do
		[[ -x $program ]] || continue
		# Timing matters to these: valgrind runs one thread at a time, twenty times slower.
		[[ $program != *_test_wire ]] || continue
		if valgrind --quiet --error-exitcode=99 --errors-for-leak-kinds=definite --leak-check=full "$program" >build/valgrind.log 2>&1; then
			passed=$((passed + 1))
		else
			echo "FAILED $program"
			tail -n 50 build/valgrind.log
			failed=$((failed + 1))
		fi
	done
	echo "$passed passed, $failed failed, 0 skipped"
	[[ $failed -eq 0 ]]
}
phase "fuzzing" make --no-print-directory fuzz FUZZ_SECONDS="${NIGHTLY_FUZZ_SECONDS:-600}"
phase "everything under TSan" make --no-print-directory tsan THREADED=.
phase "valgrind" under_valgrind
phases_end
