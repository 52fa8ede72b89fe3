#!/bin/sh
# test-openapi.sh -- the linters over the OpenAPI document that a running demo gives.
# shellcheck disable=SC2016 # URL is set by with-demo.sh
cd "$(dirname "$0")/.." && exec tools/with-demo.sh sh -c 'tools/openapi/lint.sh "$URL/openapi.json"'
