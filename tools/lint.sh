#!/usr/bin/env bash
# lint.sh [FILE…] -- layout (clang-format), analysis (clang-tidy, cppcheck) and clang's warnings, over the tracked C files or those
# named. Only what is tracked: a scratch file is nobody's business. Needs build/clang configured (make lint does that).
# The last line counts the checks.
set -uo pipefail
cd "$(dirname "$0")/.."
if [[ $# -gt 0 ]]; then
	mapfile -t files < <(printf '%s\n' "$@" | grep -E '\.[ch]$')
else
	mapfile -t files < <(git ls-files '*.c' '*.h')
fi
[[ ${#files[@]} -gt 0 ]] || { echo "0 passed, 0 failed, 0 skipped"; exit 0; }
mapfile -t sources < <(printf '%s\n' "${files[@]}" | grep '\.c$')
mapfile -t analysed < <(printf '%s\n' "${sources[@]}" | grep -v '^tests/' | grep .)
mapfile -t tests < <(printf '%s\n' "${sources[@]}" | grep '^tests/')
passed=0 failed=0
. tools/step
check() {
	if step "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
}

# Some files in one process each time: the number of processes is the machine's, and none waits long for the last.
in_parallel() { xargs -r -d '\n' -P "$(nproc)" -n 4 "$@"; }

# The analyser is most of the time, and of tests it mostly says that a failed assertion might not have ended the function: there the
# sanitizers look, and clang-tidy runs its other checks only, without those about whole seconds in made-up data and long literals in tables.
clang_tidy() {
	local status=0
	[[ ${#analysed[@]} -eq 0 ]] || printf '%s\n' "${analysed[@]}" | in_parallel clang-tidy -p build/clang --quiet || status=1
	[[ ${#tests[@]} -eq 0 ]] || printf '%s\n' "${tests[@]}" | in_parallel clang-tidy -p build/clang --quiet \
		'--checks=-clang-analyzer-*,-bugprone-integer-division,-bugprone-suspicious-missing-comma,-clang-diagnostic-string-concatenation' || status=1
	return "$status"
}
quiet_clang_tidy() {
	# The counts of suppressed warnings in system headers are noise.
	clang_tidy 2>&1 | grep -vE '^[0-9]+ warnings? generated\.$|^Suppressed [0-9]+ warnings'
	return "${PIPESTATUS[0]}"
}

# cppcheck 2.10 does not know C11's _Generic and C23's __VA_OPT__, so both get a stand-in that parses. Tests are left out: cmocka's
# macros and its own do not agree, and clang-tidy reads them. What it says wrongly is in tools/cppcheck.txt.
analyse_cppcheck() {
	local include
	include=$(printf -- '-I%s ' build/clang/include/*)
	# shellcheck disable=SC2086 # the include path is many words
	printf '%s\n' "${analysed[@]}" | cppcheck --file-list=- -j "$(nproc)" --quiet --std=c11 \
		--enable=warning,performance,portability --library=posix,gnu --inline-suppr --suppressions-list=tools/cppcheck.txt $include \
		-D__GNUC__=12 -D__linux__ '-D_Generic(...)=0' '-D__VA_OPT__(...)=,' -UOPTIONS \
		--error-exitcode=1 --template='{file}:{line}: {severity}: {message} [{id}]'
}
check "clang-format" clang-format --dry-run -Werror "${files[@]}"
[[ ${#analysed[@]} -eq 0 ]] || check "cppcheck" analyse_cppcheck
[[ ${#sources[@]} -eq 0 ]] || check "clang-tidy" quiet_clang_tidy
# A change of one file is compiled by its author; all of it under clang is for the whole run.
[[ $# -gt 0 ]] || check "warnings of clang" ninja -C build/clang --quiet -k 0
echo "$passed passed, $failed failed, 0 skipped"
[[ $failed -eq 0 ]]
