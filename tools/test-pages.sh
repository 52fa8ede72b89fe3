#!/bin/sh
# test-pages.sh -- the page tests in Chromium, against a running demo.
cd "$(dirname "$0")/.." && exec tools/with-demo.sh tests/pages/run.sh
