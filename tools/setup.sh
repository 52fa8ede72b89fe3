#!/usr/bin/env bash
# setup.sh [--list] GROUP… -- installs by apt what the named groups need: build test-all lint bench fuzz coverage (or: all).
#
# When everything is there it says nothing and takes a few hundredths of a second, so every make target can begin with it. On a
# system it does not know it prints the list and stops; SKIP_SETUP=1 is for those who brought the same things by other means.
set -euo pipefail

# group   package            there already when this is on PATH, reason
needs='
build     gcc                -            C compiler
build     libc6-dev          -            C library headers
build     cmake              -            build description
build     ninja-build        -            runs the build
build     pkg-config         -            finds the libraries
build     libmicrohttpd-dev  -            HTTP server
build     libjansson-dev     -            reads JSON
build     libsqlite3-dev     -            embedded store
build     libsodium-dev      -            encryption, signatures, random numbers
build     libcurl4-openssl-dev -          outgoing HTTP
build     libexpat1-dev      -            reads GPX and TCX
build     zlib1g-dev         -            gzip
build     libzstd-dev        -            compresses streams
build     libhiredis-dev     -            shared cache
build     libmongoc-dev      -            distributed store
build     libcmocka-dev      -            unit tests
build     tzdata             -            time zones of athletes
build     ca-certificates    -            trust for outgoing HTTPS
build     openssl            openssl      certificates that the TLS tests make
build     nodejs             node         runs npm
build     npm                npm          brings the libraries of the pages
test-all  default-jre-headless java      runs the MongoDB server of the tests
test-all  maven            mvn          brings it
test-all  redis-server       redis-server shared cache of the tests
test-all  chromium           chromium     browser of the page tests
test-all  curl               curl         asks the running demo
test-all  jq                 jq           reads answers in the system tests
lint      clang              clang        second compiler
lint      clang-format       clang-format layout
lint      clang-tidy         clang-tidy   static analysis
lint      cppcheck           cppcheck     static analysis
fuzz      clang              clang        libFuzzer
fuzz      libclang-rt-14-dev -            the sanitizers and libFuzzer of clang
fuzz      llvm               -            names in their reports
coverage  gcovr              gcovr        coverage figures
bench     wrk                wrk          load
bench     nginx-light        nginx        the yardstick
bench     curl               curl         checks the answers that are measured
bench     python3-venv       -            the service that is compared
nightly   valgrind           valgrind     memory checks of the release build
'

list_only=
[[ ${1-} != --list ]] || { list_only=1; shift; }
[[ $# -ge 1 ]] || { sed -n '2,5p' "$0" >&2; exit 2; }
[[ -z ${SKIP_SETUP-} || -n $list_only ]] || exit 0

groups=" $* "
packages=()
declare -A reasons=()
while read -r group package command reason; do
	[[ -n $group && ($groups == *" $group "* || $groups == *" all "*) ]] || continue
	[[ -z ${reasons[$package]-} ]] || continue
	if [[ $command != - && -z $list_only ]] && command -v "$command" >/dev/null; then continue; fi
	packages+=("$package")
	reasons[$package]=$reason
done <<<"$needs"
[[ ${#packages[@]} -gt 0 ]] || exit 0

show() { for package in "$@"; do printf '  %-22s %s\n' "$package" "${reasons[$package]}"; done; }
if [[ -n $list_only ]]; then
	show "${packages[@]}"
	exit 0
fi

missing=("${packages[@]}")
if command -v dpkg-query >/dev/null; then
	# It fails when one of them is unknown, which is no news.
	installed=" $({ dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${packages[@]}" 2>/dev/null || true; } | sed -n 's/^installed //p' | tr '\n' ' ')"
	missing=()
	for package in "${packages[@]}"; do [[ $installed == *" $package "* ]] || missing+=("$package"); done
	[[ ${#missing[@]} -gt 0 ]] || exit 0
fi

stop() {
	echo "setup: $1. This is needed (names of Debian 12), then SKIP_SETUP=1 goes on without asking apt:" >&2
	show "${missing[@]}" >&2
	exit 1
}

# Unset rather than wrong when the file is not there.
system=$(. /etc/os-release 2>/dev/null && echo "${ID-}:${VERSION_ID-}:${ID_LIKE-}") || system=
case $system in
debian:12:* | ubuntu:* | *:*debian* | *:*ubuntu*) ;;
*) stop "this system is not Debian 12 or one of its kin" ;;
esac
command -v apt-get >/dev/null || stop "there is no apt-get"
as_root=()
if [[ $(id -u) -ne 0 ]]; then
	command -v sudo >/dev/null || stop "not root, and there is no sudo"
	as_root=(sudo)
fi

echo "setup: installing ${#missing[@]} packages${as_root:+ with sudo}:"
show "${missing[@]}"
apt() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 "$@" </dev/null; }
log=$(mktemp)
trap 'rm -f "$log"' EXIT
started=$SECONDS
if ! { apt update && apt install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
	cat "$log" >&2
	stop "apt-get failed"
fi
echo "setup: done in $((SECONDS - started)) s"
