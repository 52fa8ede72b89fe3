# phases.sh -- sourced by what runs several checks one after the other: each gets a time, a failed one does not stop the next,
# and what they counted is added up. A phase counts by lines "N passed, N failed[, N skipped]"; one without such a line is itself
# one test. A phase that ends badly without a counted failure is one failure.
phase_names=() phase_results=()
total_passed=0 total_failed=0 total_skipped=0
phases_started=$SECONDS
phase_log=$(mktemp)
trap 'rm -f "$phase_log"' EXIT

phase() { # NAME COMMAND…
	local name=$1 started=$SECONDS status passed failed skipped lines
	shift
	printf '\n######## %s\n' "$name"
	"$@" </dev/null 2>&1 | tee "$phase_log"
	status=${PIPESTATUS[0]}
	read -r passed failed skipped lines < <(awk '
		/^[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$/ { passed += $1; failed += $3; skipped += $5; lines++ }
		END { print passed + 0, failed + 0, skipped + 0, lines + 0 }' "$phase_log")
	if [[ $status -ne 0 && $failed -eq 0 ]]; then
		failed=1
	elif [[ $lines -eq 0 ]]; then
		passed=1
	fi
	total_passed=$((total_passed + passed)) total_failed=$((total_failed + failed)) total_skipped=$((total_skipped + skipped))
	phase_names+=("$name")
	phase_results+=("$(printf '%5d s  %5d passed %4d failed %4d skipped%s' $((SECONDS - started)) "$passed" "$failed" "$skipped" \
		"$([[ $failed -eq 0 ]] || echo '   <-- FAILED')")")
}

# Prints what each phase did; the last line is the sum, the exit code says whether all went well.
phases_end() {
	local i
	printf '\n######## all phases, %d s\n' $((SECONDS - phases_started))
	for i in "${!phase_names[@]}"; do printf '%-28s %s\n' "${phase_names[i]}" "${phase_results[i]}"; done
	echo "$total_passed passed, $total_failed failed, $total_skipped skipped"
	[[ $total_failed -eq 0 ]]
}
