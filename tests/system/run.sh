#!/bin/bash
# Runs every system test and counts its promises: `tests/system/run.sh [NAME…]`, with the programs of $SAI_BUILD (build/release).
#   KILLS=50         how often kill_during_sync kills     SAI_SEED=N    what is random (printed by each test)
#   SAI_KEEP=1       keeps the folder of a test that failed
# The last line is `N passed, N failed, N skipped`; the exit status is 0 when nothing failed.
here=$(cd "$(dirname "$0")" && pwd)
tests=("$@")
[ $# -gt 0 ] || tests=(commands start_failures stop_under_load two_processes shared_cache demo_truth malformed_requests kill_during_sync)
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for name in "${tests[@]}"; do
	echo "== $name"
	began=$(date +%s)
	bash "$here/$name.sh" 2>&1 | tee -a "$log"
	# A test that ends badly without having said why is a failure too.
	[ "${PIPESTATUS[0]}" -eq 0 ] || echo "ENDED: $name" >>"$log"
	echo "   ($(($(date +%s) - began)) s)"
done
count() { grep -c "^$1: " "$log"; }
failed=$(count FAILED)
ended=$(count ENDED)
[ "$failed" -gt 0 ] || failed=$ended
echo "$(count PASSED) passed, $failed failed, $(count SKIPPED) skipped"
[ "$failed" -eq 0 ]
