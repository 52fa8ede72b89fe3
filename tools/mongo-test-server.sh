#!/bin/sh
# mongo-test-server.sh -- runs a command beside a MongoDB server that the tests may use, and stops that server afterwards.
#
#   tools/mongo-test-server.sh --fetch        bring the stand-in's jars into build/mongo once (Maven; needs java and mvn)
#   tools/mongo-test-server.sh COMMAND…       SAI_MONGODB_URI names the server while COMMAND runs (SAI_MONGODB_STAND_IN: it is the stand-in)
#
# In this order: the server that MONGODB_TEST_URI names; a mongod on PATH; mongo-java-server, when its jars were fetched before. Without
# any, it says so and runs the command without SAI_MONGODB_URI: the tests that need a server then count themselves as skipped.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
jars=$root/build/mongo/jars
work= server=

fetch() {
	[ -f "$jars/complete" ] && return 0
	command -v mvn >/dev/null || { echo "mongo-test-server: mvn is missing" >&2; return 1; }
	mkdir -p "$jars"
	cat >"$root/build/mongo/pom.xml" <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>stravaai</groupId><artifactId>mongo-test-server</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>de.bwaldvogel</groupId><artifactId>mongo-java-server-h2-backend</artifactId><version>1.47.0</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-nop</artifactId><version>2.0.17</version></dependency>
  </dependencies>
</project>
POM
	mvn -q -B -f "$root/build/mongo/pom.xml" dependency:copy-dependencies "-DoutputDirectory=$jars" >&2 && : >"$jars/complete"
}

stop() {
	if [ -n "$server" ]; then
		kill "$server" 2>/dev/null || :
		wait "$server" 2>/dev/null || : # its status is that of the signal, not ours
	fi
	if [ -n "$work" ]; then rm -rf "$work"; fi
}

# Waits until the server has written a line with its port, at most 20 s.
await_port() {
	tries=0
	while [ $tries -lt 200 ]; do
		port=$(sed -n "$1" "$work/out" | head -n 1)
		[ -n "$port" ] && return 0
		kill -0 "$server" 2>/dev/null || return 1
		sleep 0.1
		tries=$((tries + 1))
	done
	return 1
}

start_java() {
	cat >"$work/Serve.java" <<'JAVA'
import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.backend.h2.H2Backend;

public class Serve {
    public static void main(String[] arguments) throws Exception {
        MongoServer server = new MongoServer(H2Backend.inMemory());
        System.out.println("port " + server.bind().getPort());
        System.out.flush();
        Thread.currentThread().join();
    }
}
JAVA
	java -Xmx512m -cp "$jars/*" "$work/Serve.java" >"$work/out" 2>&1 &
	server=$!
	await_port 's/^port \([0-9]*\)$/\1/p'
}

start_mongod() {
	mkdir "$work/db"
	port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	mongod --dbpath "$work/db" --bind_ip 127.0.0.1 --port "$port" >"$work/out" 2>&1 &
	server=$!
	await_port '/Waiting for connections/s/.*/'"$port"'/p'
}

if [ "${1-}" = --fetch ]; then
	fetch
	exit
fi
[ $# -gt 0 ] || { sed -n '2,5p' "$0" >&2; exit 2; }
trap stop EXIT
trap 'exit 130' INT TERM
unset SAI_MONGODB_URI SAI_MONGODB_STAND_IN
if [ -n "${MONGODB_TEST_URI-}" ]; then
	export SAI_MONGODB_URI="$MONGODB_TEST_URI"
else
	work=$(mktemp -d)
	if command -v mongod >/dev/null && start_mongod; then
		export SAI_MONGODB_URI="mongodb://127.0.0.1:$port"
	elif [ -f "$jars/complete" ] && command -v java >/dev/null && start_java; then
		export SAI_MONGODB_STAND_IN=1
		export SAI_MONGODB_URI="mongodb://127.0.0.1:$port"
	else
		echo "*** NO MONGODB SERVER AT HAND: the tests of the MongoDB store are SKIPPED (MONGODB_TEST_URI, mongod, or tools/mongo-test-server.sh --fetch)" >&2
	fi
fi
"$@"
