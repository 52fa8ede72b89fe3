# lib.sh -- what bench/run.sh and bench/peer/run.sh share: servers, one measured case, and tables in docs/performance.md.
#
# The figure that counts is CPU time a request, from /proc: user and system time of all threads of a server over one run of wrk. Unlike the
# rate it hardly depends on what wrk itself takes from the same cores. Beside each run of ours comes one of nginx with the same bytes.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
BUILD=${BUILD:-$ROOT/build/release}
SECONDS_EACH=${BENCH_SECONDS:-5}
ROUNDS=${BENCH_ROUNDS:-3}
RESULTS=$ROOT/bench/results
DOC=$ROOT/docs/performance.md
TICKS=$(getconf CLK_TCK)
mkdir -p "$RESULTS"
WORK=$(mktemp -d)
started=()

cleanup() {
	local pid
	for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done
	for pid in "${started[@]}"; do wait "$pid" 2>/dev/null || true; done
	rm -rf "$WORK"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

fail() { echo "bench: $*" >&2; exit 1; }

# A port nobody listens on, from the range above the kernel's own choices.
free_port() {
	local port
	for port in $(shuf -i 20000-29999 -n 50); do
		(exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
	done
	fail "no free port"
}

wait_for() { # URL PID
	local i
	for i in $(seq 200); do
		curl -s -o /dev/null --noproxy '*' "$1" && return
		kill -0 "$2" 2>/dev/null || break
		sleep 0.05
	done
	fail "$1 does not answer"
}

# -- nginx, serving files as fast as it can ------------------------------------------------------------------------------

nginx_start() { # sets NGINX_PORT and NGINX_PID
	NGINX_PORT=$(free_port)
	mkdir -p "$WORK/nginx" "$WORK/www"
	cat >"$WORK/nginx.conf" <<-END
		daemon off;
		worker_processes $(nproc);
		pid $WORK/nginx/pid;
		error_log $WORK/nginx/error.log error;
		events { worker_connections 4096; }
		http {
			access_log off;
			sendfile on;
			tcp_nopush on;
			keepalive_requests 100000000;
			gzip off;
			open_file_cache max=1000 inactive=10m;
			open_file_cache_valid 10m;
			client_body_temp_path $WORK/nginx/body;
			proxy_temp_path $WORK/nginx/proxy;
			fastcgi_temp_path $WORK/nginx/fastcgi;
			uwsgi_temp_path $WORK/nginx/uwsgi;
			scgi_temp_path $WORK/nginx/scgi;
			default_type application/json;
			types { }
			server { listen 127.0.0.1:$NGINX_PORT backlog=4096; root $WORK/www; }
		}
	END
	chmod 755 "$WORK" "$WORK/www"
	local nginx
	nginx=$(PATH=$PATH:/usr/sbin command -v nginx) || fail "nginx is not installed"
	"$nginx" -c "$WORK/nginx.conf" -p "$WORK" 2>"$WORK/nginx/stderr" &
	NGINX_PID=$!
	started+=("$NGINX_PID")
	echo up >"$WORK/www/up"
	wait_for "http://127.0.0.1:$NGINX_PORT/up" "$NGINX_PID"
}

# -- one case ----------------------------------------------------------------------------------------------------------------

# CPU ticks so far of a process, all its threads, and its children that live.
ticks() { # PID
	local pid total=0 fields
	for pid in "$1" $(cat "/proc/$1/task"/*/children 2>/dev/null); do
		fields=$(sed 's/^.*) //' "/proc/$pid/stat" 2>/dev/null) || continue
		set -- "$1" $fields
		total=$((total + ${13} + ${14}))
	done
	echo "$total"
}

# One run of wrk; prints: cpu_us rate p50_us p99_us errors bytes_a_request
run_wrk() { # PID URL REQUESTS_FILE wrk-options…
	local pid=$1 url=$2 file=$3 before after line
	shift 3
	before=$(ticks "$pid")
	line=$(wrk -t2 -c64 --timeout 30s -d"${SECONDS_EACH}s" -s "$ROOT/bench/report.lua" "$@" "$url" -- $file | sed -n 's/^RESULT //p')
	after=$(ticks "$pid")
	[[ -n $line ]] || fail "wrk gave no result for $url"
	echo "$line" | awk -v ticks=$((after - before)) -v hz="$TICKS" '{ printf "%.2f %.0f %d %d %d %d\n", ticks * 1e6 / hz / $1, $1 / $2, $3, $4, $5, $6 / $1 }'
}

median() { sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
column() { awk -v c="$1" '{ print $c }' "$2"; }

# Measures one answer of a server and the same bytes of nginx, in turn; appends a row to $TABLE and raw lines to $RAW.
#   NAME AIM PID BASE_URL PATH REQUESTS_FILE wrk-options…      AIM `-`: none
measure() {
	local name=$1 aim=$2 pid=$3 base=$4 path=$5 file=$6 round etag options=() mine="$WORK/mine" other="$WORK/other"
	shift 6
	: >"$mine"; : >"$other"
	local file_name=$LABEL-$CASE_COUNT body="$WORK/www/$LABEL-$CASE_COUNT"
	curl -sf --noproxy '*' -o "$body" "$@" "$base$path" || fail "$name: no answer"
	# A 304 has no bytes: nginx gets its own tag of the same file.
	if [[ $name == *304* ]]; then
		etag=$(curl -si --noproxy '*' "$@" "$base$path" | tr -d '\r' | sed -n 's/^etag: //Ip')
		set -- "$@" -H "If-None-Match: $etag"
		etag=$(curl -si --noproxy '*' "http://127.0.0.1:$NGINX_PORT/$file_name" | tr -d '\r' | sed -n 's/^etag: //Ip')
		options=(-H "If-None-Match: $etag")
	fi
	for ((round = 0; round < ROUNDS; round++)); do
		run_wrk "$pid" "$base$path" "$file" "$@" >>"$mine"
		run_wrk "$NGINX_PID" "http://127.0.0.1:$NGINX_PORT/$file_name" "" "${options[@]}" >>"$other"
	done
	sed "s/^/$name\tservice\t/" "$mine" >>"$RAW"
	sed "s/^/$name\tnginx\t/" "$other" >>"$RAW"
	awk '$5 != 0 { exit 1 }' "$mine" "$other" || fail "$name: answers with errors"
	CASE_COUNT=$((CASE_COUNT + 1))
	local cpu nginx_cpu
	cpu=$(column 1 "$mine" | median)
	nginx_cpu=$(column 1 "$other" | median)
	awk -v name="$name" -v aim="$aim" -v size="$(stat -c %s "$body")" -v cpu="$cpu" -v nginx="$nginx_cpu" -v rate="$(column 2 "$mine" | median)" \
		-v nginx_rate="$(column 2 "$other" | median)" -v p50="$(column 3 "$mine" | median)" -v p99="$(column 4 "$mine" | median)" 'BEGIN {
		ratio = cpu / nginx
		verdict = aim == "-" ? "" : ratio <= aim ? "≤ " aim ": met" : sprintf("≤ %s: missed by %.0f %%", aim, 100 * (ratio / aim - 1))
		printf "| %s | %d | %.1f | %.1f | **%.2f** | %s | %d | %d | %.2f | %.2f |\n", name, name ~ /304/ ? 0 : size, cpu, nginx, ratio, verdict, rate, nginx_rate, p50 / 1000, p99 / 1000 }' | tee -a "$TABLE"
	printf '%s\t%s\t%s\n' "$name" "$cpu" "$nginx_cpu" >>"$CPU"
}

measure_begin() { # LABEL: of the raw results
	LABEL=$1
	RAW=$RESULTS/$1.tsv
	CPU=$RESULTS/$1.cpu
	TABLE=$WORK/table
	CASE_COUNT=0
	: >"$RAW"; : >"$CPU"
	{
		echo "| request | bytes | CPU µs | nginx µs | ratio | aim | rate/s | nginx rate/s | p50 ms | p99 ms |"
		echo "| --- | ---: | ---: | ---: | ---: | --- | ---: | ---: | ---: | ---: |"
	} >"$TABLE"
}

# -- the page --------------------------------------------------------------------------------------------------------------

# Puts standard input between the markers `<!-- NAME begin -->` and `<!-- NAME end -->` of docs/performance.md.
publish() { # NAME
	cat >"$WORK/section"
	cp "$WORK/section" "$RESULTS/$1.md"
	awk -v begin="<!-- $1 begin -->" -v end="<!-- $1 end -->" -v file="$WORK/section" '
		$0 == begin { print; while ((getline line < file) > 0) print line; skip = 1; next }
		$0 == end { skip = 0 }
		!skip' "$DOC" >"$WORK/doc"
	cat "$WORK/doc" >"$DOC"
}

machine() {
	echo "$(nproc) cores ($(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1)), Linux $(uname -r | cut -d. -f1-2), $(date -u +%F)."
}
