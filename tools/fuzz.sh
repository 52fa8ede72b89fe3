#!/usr/bin/env bash
# fuzz.sh -- builds every target of tests/fuzz and runs each for FUZZ_SECONDS, as many at a time as there are processors. What is
# found new stays in build/fuzz/corpus for the next run; inputs that break something land in build/fuzz/crashes and belong, after
# the mending, into tests/fuzz/corpus/<target>, where every `make test` replays them. The last line counts the targets.
set -uo pipefail
cd "$(dirname "$0")/.."
seconds=${FUZZ_SECONDS:-20}
mapfile -t targets < <(git ls-files 'tests/fuzz/*/fuzz_*.c' | sed 's|.*/||; s|\.c$||' | sort)
[[ ${#targets[@]} -gt 0 ]] || { echo "fuzz: no targets"; exit 1; }
tools/step "build ${#targets[@]} fuzz targets" ninja -C build/fuzz "${targets[@]}" || exit 1

fuzz_one() { # SECONDS TARGET; says one line, and all of the log when it failed
	local target=$2 corpus=build/fuzz/corpus/$2 log=build/fuzz/$2.log found
	mkdir -p "$corpus" build/fuzz/crashes
	# malloc_limit: an input that makes us ask for a gigabyte is a finding even where it is given.
	if "build/fuzz/fuzz/$target" -max_total_time="$1" -timeout=10 -rss_limit_mb=1024 -malloc_limit_mb=512 -print_final_stats=1 \
		-artifact_prefix="build/fuzz/crashes/$target-" "$corpus" "tests/fuzz/corpus/$target" >"$log" 2>&1; then
		found=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
		printf 'ok      %-24s %10s runs, %s\n' "$target" "${found:-?}" "$(grep -oE 'cov: [0-9]+' "$log" | tail -n 1)"
	else
		printf 'FAILED  %-24s\n' "$target"
		tail -n 60 "$log"
		return 1
	fi
}
export -f fuzz_one
export ASAN_OPTIONS=${ASAN_OPTIONS:-}:symbolize=1 # llvm-symbolizer, where there is one
results=$(printf '%s\n' "${targets[@]}" | xargs -P "$(nproc)" -I{} bash -c 'fuzz_one "$@"' _ "$seconds" {} 2>&1 | tee /dev/stderr | grep -cE '^ok  ')
failed=$((${#targets[@]} - results))
echo "$results passed, $failed failed, 0 skipped"
[[ $failed -eq 0 ]]
