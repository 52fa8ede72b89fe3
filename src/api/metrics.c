/* metrics.c -- counters of requests by route, and gauges of everything else, in Prometheus' text form (0.0.4).
 *
 * Labels come from closed sets: the route's pattern, never the path; the status class; so there are as many series as rows in the tables. Counting
 * is one relaxed atomic add or two a request. */
#include "api/api_internal.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { STATUS_CLASSES = 4, BUCKETS = 12 }; /* 2xx, 3xx, 4xx, 5xx */
static const double bucket_ms[BUCKETS] = { 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 100, 500, 2500 };

struct route_counter {
        const struct sai_route *route;
        _Atomic uint64_t count[STATUS_CLASSES];
};

struct api_metrics {
        struct route_counter *routes; /* in the order of the tables; the last one is for requests that matched none */
        size_t route_count;
        _Atomic uint64_t buckets[BUCKETS + 1], sum_us, bytes;
};

struct api_metrics *api_metrics_new(const struct sai_route *const *tables)
{
        struct api_metrics *metrics = calloc(1, sizeof *metrics);
        size_t count = 0;
        for (size_t t = 0; tables[t]; t++) {
                for (const struct sai_route *r = tables[t]; r->method; r++)
                        count++;
        }
        if (metrics)
                metrics->routes = calloc(count + 1, sizeof *metrics->routes);
        if (!metrics || !metrics->routes) {
                free(metrics);
                return NULL;
        }
        for (size_t t = 0; tables[t]; t++) {
                for (const struct sai_route *r = tables[t]; r->method; r++)
                        metrics->routes[metrics->route_count++].route = r;
        }
        return metrics;
}

void api_metrics_free(struct api_metrics *metrics)
{
        if (metrics)
                free(metrics->routes);
        free(metrics);
}

static struct route_counter *counter_of(struct api_metrics *metrics, const struct sai_route *route)
{
        for (size_t i = 0; route && i < metrics->route_count; i++) {
                if (metrics->routes[i].route == route)
                        return &metrics->routes[i];
        }
        return &metrics->routes[metrics->route_count];
}

void api_observe(void *app, const struct sai_route *route, int status, int64_t duration_us, size_t bytes)
{
        struct api_metrics *metrics = ((struct api *)app)->metrics;
        int class = status / 100 - 2;
        if (class < 0 || class >= STATUS_CLASSES)
                class = STATUS_CLASSES - 1;
        atomic_fetch_add_explicit(&counter_of(metrics, route)->count[class], 1, memory_order_relaxed);
        int b = 0;
        while (b < BUCKETS && (double)duration_us > bucket_ms[b] * 1000)
                b++;
        atomic_fetch_add_explicit(&metrics->buckets[b], 1, memory_order_relaxed);
        atomic_fetch_add_explicit(&metrics->sum_us, (uint64_t)duration_us, memory_order_relaxed);
        atomic_fetch_add_explicit(&metrics->bytes, bytes, memory_order_relaxed);
}

/* -- Writing ----------------------------------------------------------------------------------------------------------------------- */

static void head(struct sai_buf *buf, const char *name, const char *type, const char *help)
{
        sai_buf_printf(buf, "# HELP stravaai_%s %s\n# TYPE stravaai_%s %s\n", name, help, name, type);
}

static void one(struct sai_buf *buf, const char *name, const char *type, const char *help, double value)
{
        head(buf, name, type, help);
        sai_buf_printf(buf, "stravaai_%s ", name);
        sai_buf_f64(buf, value);
        sai_buf_char(buf, '\n');
}

static void write_requests(const struct api_metrics *metrics, struct sai_buf *buf)
{
        head(buf, "http_requests_total", "counter", "Requests by route and status class.");
        for (size_t i = 0; i <= metrics->route_count; i++) {
                const struct route_counter *counter = &metrics->routes[i];
                for (int c = 0; c < STATUS_CLASSES; c++) {
                        uint64_t count = atomic_load_explicit(&counter->count[c], memory_order_relaxed);
                        if (count)
                                sai_buf_printf(buf,
                                               "stravaai_http_requests_total{method=\"%s\",route=\"%s\",status=\"%dxx\"} %llu\n",
                                               counter->route ? counter->route->method : "",
                                               counter->route ? counter->route->path : "none", c + 2, (unsigned long long)count);
                }
        }
        head(buf, "http_request_duration_seconds", "histogram", "Time from the complete request to the answer.");
        uint64_t sum = 0;
        for (int b = 0; b <= BUCKETS; b++) {
                sum += atomic_load_explicit(&metrics->buckets[b], memory_order_relaxed);
                if (b < BUCKETS)
                        sai_buf_printf(buf, "stravaai_http_request_duration_seconds_bucket{le=\"%g\"} %llu\n",
                                       bucket_ms[b] / 1000, (unsigned long long)sum);
        }
        sai_buf_printf(buf, "stravaai_http_request_duration_seconds_bucket{le=\"+Inf\"} %llu\n", (unsigned long long)sum);
        sai_buf_printf(buf, "stravaai_http_request_duration_seconds_sum %.6f\n",
                       (double)atomic_load_explicit(&metrics->sum_us, memory_order_relaxed) / 1e6);
        sai_buf_printf(buf, "stravaai_http_request_duration_seconds_count %llu\n", (unsigned long long)sum);
        one(buf, "http_response_bytes_total", "counter", "Bytes of answers.",
            (double)atomic_load_explicit(&metrics->bytes, memory_order_relaxed));
}

static void write_server(const struct api *api, struct sai_buf *buf)
{
        struct sai_server_stats stats = { 0 };
        if (api->server)
                sai_server_stats(api->server, &stats);
        one(buf, "http_connections", "gauge", "Open connections.", (double)stats.connections);
        one(buf, "http_in_flight", "gauge", "Requests being answered.", (double)stats.in_flight);
        one(buf, "http_queued", "gauge", "Requests waiting for a worker.", (double)stats.queued);
        one(buf, "http_refused_total", "counter", "Requests refused because the queue was full.", (double)stats.refused);
}

static void write_jobs(const struct api *api, struct sai_buf *buf)
{
        struct job_counts counts = { 0 };
        struct sai_err err;
        if (store_job_counts(api->store, &counts, &err) == SAI_OK) {
                head(buf, "jobs", "gauge", "Jobs by state.");
                sai_buf_printf(buf, "stravaai_jobs{status=\"queued\"} %lld\nstravaai_jobs{status=\"running\"} %lld\n",
                               (long long)counts.queued, (long long)counts.running);
                sai_buf_printf(buf, "stravaai_jobs{status=\"waiting\"} %lld\nstravaai_jobs{status=\"failed\"} %lld\n",
                               (long long)counts.waiting, (long long)counts.failed);
                one(buf, "jobs_oldest_age_seconds", "gauge", "Age of the oldest job that waits to run.",
                    (double)counts.oldest_age_ms / 1000);
        }
        struct jobs_stats stats = { 0 };
        jobs_stats(api->jobs, &stats);
        one(buf, "jobs_done_total", "counter", "Jobs done by this process.", (double)stats.done);
        one(buf, "jobs_retried_total", "counter", "Tries that failed and will be repeated.", (double)stats.retried);
}

static void write_rest(const struct api *api, struct sai_buf *buf)
{
        struct store_stats store;
        store_stats(api->store, &store);
        one(buf, "store_reads_total", "counter", "Reads of the store.", (double)store.reads);
        one(buf, "store_writes_total", "counter", "Writes of the store.", (double)store.writes);
        one(buf, "store_commits_total", "counter", "Commits: several writes share one.", (double)store.commits);
        struct cache_stats cache = cache_stats(api->cache);
        one(buf, "cache_hits_total", "counter", "Cache hits.", (double)cache.hits);
        one(buf, "cache_misses_total", "counter", "Cache misses.", (double)cache.misses);
        one(buf, "cache_evictions_total", "counter", "Entries evicted.", (double)cache.evictions);
        one(buf, "cache_remote_hits_total", "counter", "Values that the shared cache had.", (double)cache.remote_hits);
        one(buf, "cache_remote_misses_total", "counter", "Values that it had not.", (double)cache.remote_misses);
        one(buf, "cache_remote_failures_total", "counter", "Calls that it did not answer in time, or refused.",
            (double)cache.remote_failures);
        one(buf, "cache_bytes", "gauge", "Bytes held.", (double)cache.bytes);
        struct strava_limits_view limits = strava_limits_view(strava_rate_limits(api->strava));
        one(buf, "strava_calls_left_short", "gauge", "Calls left in Strava's quarter hour.", (double)limits.remaining_short);
        one(buf, "strava_calls_left_day", "gauge", "Calls left in Strava's day.", (double)limits.remaining_day);
        struct rusage usage;
        getrusage(RUSAGE_SELF, &usage);
        one(buf, "process_cpu_seconds_total", "counter", "CPU time.",
            (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                    (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
        one(buf, "process_max_resident_bytes", "gauge", "Largest resident size so far.", (double)usage.ru_maxrss * 1024);
        one(buf, "uptime_seconds", "gauge", "Time since the start.",
            (double)(sai_monotonic_ms(&api->clock) - api->started_ms) / 1000);
}

void api_metrics_write(const struct api *api, struct sai_buf *buf)
{
        write_requests(api->metrics, buf);
        write_server(api, buf);
        write_jobs(api, buf);
        write_rest(api, buf);
}
