# What people type, over the presets of CMakePresets.json. `make help` lists it; nothing here knows about single files.
PORT ?= 8000
PREFIX ?= /usr/local
DESTDIR ?=
FUZZ_SECONDS ?= 20
STEP := tools/step
RUN := tools/run-tests.sh
# A data race shows only where there are threads; the rest of the suite would run ten times slower for nothing.
THREADED := ^(base/test_log|http/|store/|cache/|client/|jobs/|api/)

.PHONY: help run test test-all release lint asan tsan fuzz bench bench-peer coverage nightly install hooks clean
.DEFAULT_GOAL := help

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | while IFS="$$(printf '\t')" read -r target text; do printf '  make %-11s %s\n' "$$target" "$$text"; done
	@echo "  PORT=$(PORT) PREFIX=$(PREFIX) DESTDIR= FUZZ_SECONDS=$(FUZZ_SECONDS) SKIP_SETUP=1 (never ask apt)"

# Configured once; after that ninja sees by itself when CMake must run again.
build/%/build.ninja: CMakePresets.json
	@mkdir -p build
	@$(STEP) "configure $*" sh -c 'cmake --preset $* >build/$*.log 2>&1 || { cat build/$*.log; exit 1; }'
	@touch $@

release: ## build/release/stravaai and build/release/strava-sim, hardened
	@tools/setup.sh build
	@$(MAKE) --no-print-directory build/release/build.ninja
	@$(STEP) "build stravaai and strava-sim" ninja -C build/release stravaai strava-sim

run: release ## set up, build, and start the demo on port $PORT
	@echo "== demo on http://127.0.0.1:$(PORT)/ (Ctrl-C ends it)"
	@exec build/release/stravaai demo --port $(PORT)

test: ## set up, build everything, run every test and count them
	@tools/setup.sh build
	@$(MAKE) --no-print-directory build/release/build.ninja
	@$(STEP) "build everything" ninja -C build/release
	@$(RUN) build/release

test-all: ## the same, then the pages in Chromium, the OpenAPI document under two linters, the system tests
	@tools/test-all.sh

lint: ## layout, clang's and cppcheck's analysis, warnings of clang
	@tools/setup.sh build lint
	@$(MAKE) --no-print-directory build/clang/build.ninja
	@tools/lint.sh

asan: ## every test under AddressSanitizer and UBSan
	@tools/setup.sh build
	@$(MAKE) --no-print-directory build/asan/build.ninja
	@$(STEP) "build with ASan and UBSan" ninja -C build/asan
	@TEST_TIMEOUT=300 $(RUN) build/asan

tsan: ## the threaded parts under ThreadSanitizer
	@tools/setup.sh build
	@$(MAKE) --no-print-directory build/tsan/build.ninja
	@$(STEP) "build with TSan" ninja -C build/tsan
	@TEST_TIMEOUT=300 $(RUN) build/tsan -R '$(THREADED)'

fuzz: ## $FUZZ_SECONDS of fuzzing for each target
	@tools/setup.sh build fuzz
	@$(MAKE) --no-print-directory build/fuzz/build.ninja
	@FUZZ_SECONDS=$(FUZZ_SECONDS) tools/fuzz.sh

coverage: ## the tests with line coverage, printed and in build/coverage/coverage.html
	@tools/setup.sh build coverage
	@$(MAKE) --no-print-directory build/coverage/build.ninja
	@tools/coverage.sh

bench: release ## speed beside nginx, into docs/performance.md
	@tools/setup.sh bench
	@bench/run.sh

bench-peer: release ## the same work by a FastAPI service
	@tools/setup.sh bench
	@bench/peer/run.sh

nightly: ## what is too long for .ci/run: ten minutes of fuzzing a target, valgrind over the release build
	@tools/setup.sh build fuzz nightly
	@tools/nightly.sh

install: release ## into $DESTDIR$PREFIX
	install -Dm755 build/release/stravaai $(DESTDIR)$(PREFIX)/bin/stravaai
	install -Dm644 LICENSE $(DESTDIR)$(PREFIX)/share/doc/stravaai/LICENSE
	install -Dm644 README.md $(DESTDIR)$(PREFIX)/share/doc/stravaai/README.md

hooks: ## a pre-commit that formats and lints what is staged
	@install -m755 tools/pre-commit "$$(git rev-parse --git-path hooks)/pre-commit"
	@echo "installed: $$(git rev-parse --git-path hooks)/pre-commit"

clean: ## remove everything that was built
	rm -rf build
