#!/bin/sh
# build.sh DIR -- gathers what the browser gets into DIR: our pages and modules as they are, and of each library the files that the
# pages name, nothing else. There is no bundler: browsers load ES modules, and what is served is what is read in the editor.
# The names are flat because they become /assets/NAME (index.html and docs.html: / and /docs).
set -eu
[ $# -eq 1 ] || { echo "usage: build.sh DIR" >&2; exit 2; }
mkdir -p "$1"
out=$(cd "$1" && pwd)
cd "$(dirname "$0")"
./install.sh

staging=$(mktemp -d "$out.XXXXXX")
trap 'rm -rf "$staging"' EXIT
cp index.html docs.html ./*.css favicon.svg app/*.js "$staging"

# The source-map comments go, or developer tools would ask for files that are not there.
library() { sed '/^\/\/# sourceMappingURL=/d; s/\/\*# sourceMappingURL=[^*]*\*\///' "node_modules/$1" >"$staging/$2"; }
library uplot/dist/uPlot.esm.js uplot.js
library uplot/dist/uPlot.min.css uplot.css
library leaflet/dist/leaflet.js leaflet.js
library leaflet/dist/leaflet.css leaflet.css
library swagger-ui-dist/swagger-ui-bundle.js swagger-ui-bundle.js
library swagger-ui-dist/swagger-ui.css swagger-ui.css

{
	echo "The pages use these libraries, each under its own terms."
	for licence in uplot/LICENSE leaflet/LICENSE swagger-ui-dist/LICENSE swagger-ui-dist/NOTICE swagger-ui-dist/swagger-ui-bundle.js.LICENSE.txt; do
		printf '\n\n==== %s ====\n\n' "$licence"
		cat "node_modules/$licence"
	done
} >"$staging/licenses.txt"

rm -rf "$out"
chmod 755 "$staging"
mv "$staging" "$out"
trap - EXIT
