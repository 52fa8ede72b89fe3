#!/usr/bin/env bash
# test-all.sh -- `make test` and what needs more than Debian's packages and the pages' libraries: Chromium, npm's linters,
# the system tests' tools.
set -uo pipefail
cd "$(dirname "$0")/.."
tools/setup.sh build test-all || exit 1
. tools/phases.sh
phase "MongoDB server" tools/mongo-test-server.sh --fetch
phase "tests" make --no-print-directory test
phase "pages in Chromium" tools/test-pages.sh
phase "OpenAPI document" tools/test-openapi.sh
phase "system tests" tests/system/run.sh
phases_end
