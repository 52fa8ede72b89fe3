/* http_client.c -- the policy around single tries: who may be called, when not, how often again, and what the log says.
 *
 * One lock guards the table of hosts, the pool of handles and the retry budget; nothing is called, waited for or logged under it. Idle
 * handles are taken last in, first out, so that the one whose connections are warm is used again. */
#include "client/http_client.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>

#include "base/limits.h"
#include "client/circuit.h"
#include "client/http_internal.h"

struct host {
        char origin[HTTP_ORIGIN_SIZE];
        struct circuit circuit;
        uint64_t calls, failures, refused; /* tries, failed ones, and those the circuit stopped */
};

struct trusted {
        char origin[HTTP_ORIGIN_SIZE];
};

struct http_client {
        struct sai_clock clock;
        struct sai_random random;
        struct sai_log *log;
        char *user_agent, *ca_file;
        bool https_only;
        void (*wait)(void *context, int64_t ms);
        void *wait_context;
        struct trusted *trusted;
        size_t trusted_count;
        atomic_bool stopped;

        pthread_mutex_t lock; /* guards all below */
        pthread_cond_t wake; /* ends waits between tries when the client stops */
        struct host hosts[SAI_MAX_UPSTREAM_HOSTS];
        size_t host_count;
        CURL *idle[SAI_MAX_IDLE_HANDLES];
        size_t idle_count;
        int budget; /* hundredths of a retry */
};

/* One call with its tries. */
struct call {
        struct http_client *client;
        const struct http_request *request;
        struct sai_arena *arena;
        CURLU *url;
        struct host *host;
        char origin[HTTP_ORIGIN_SIZE];
        bool trusted, plain;
        int64_t began_ms;
        int tries;
};

/* -- Life --------------------------------------------------------------------------------------------------------- */
static pthread_once_t curl_once = PTHREAD_ONCE_INIT;
static bool curl_ready;
static void start_curl(void) { curl_ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK; }

static bool copy_text(char **ret, const char *text)
{
        if (text)
                *ret = strdup(text);
        return !text || *ret;
}

/* A base URL that cannot be parsed grants nothing: the calls built on it fail by themselves. */
static bool copy_trusted(struct http_client *client, const struct http_client_config *config)
{
        if (config->trusted_count == 0)
                return true;
        client->trusted = calloc(config->trusted_count, sizeof *client->trusted);
        if (!client->trusted)
                return false;
        for (size_t i = 0; i < config->trusted_count; i++) {
                CURLU *url = http_url_parse(config->trusted_urls[i], client->trusted[client->trusted_count].origin);
                client->trusted_count += url != NULL;
                curl_url_cleanup(url);
        }
        return true;
}

static bool init_locks(struct http_client *client)
{
        pthread_condattr_t attributes;
        pthread_condattr_init(&attributes);
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
        int failed = pthread_cond_init(&client->wake, &attributes);
        pthread_condattr_destroy(&attributes);
        return !failed && pthread_mutex_init(&client->lock, NULL) == 0;
}

struct http_client *http_client_new(const struct http_client_config *config)
{
        pthread_once(&curl_once, start_curl);
        struct http_client *client = curl_ready ? calloc(1, sizeof *client) : NULL;
        if (!client)
                return NULL;
        if (!init_locks(client)) {
                free(client);
                return NULL;
        }
        client->clock = config->clock;
        client->random = config->random;
        client->log = config->log;
        client->https_only = config->https_only;
        client->wait = config->wait;
        client->wait_context = config->wait_context;
        client->budget = SAI_RETRY_BUDGET_BURST * 100;
        atomic_init(&client->stopped, false);
        if (!copy_text(&client->user_agent, config->user_agent) || !copy_text(&client->ca_file, config->ca_file) ||
            !copy_trusted(client, config)) {
                http_client_free(client);
                return NULL;
        }
        return client;
}

void http_client_free(struct http_client *client)
{
        if (!client)
                return;
        for (size_t i = 0; i < client->idle_count; i++)
                curl_easy_cleanup(client->idle[i]);
        pthread_mutex_destroy(&client->lock);
        pthread_cond_destroy(&client->wake);
        free(client->trusted);
        free(client->user_agent);
        free(client->ca_file);
        free(client);
}

void http_client_stop(struct http_client *client)
{
        atomic_store(&client->stopped, true);
        pthread_mutex_lock(&client->lock);
        pthread_cond_broadcast(&client->wake);
        pthread_mutex_unlock(&client->lock);
}

/* -- Handles ------------------------------------------------------------------------------------------------------ */
static CURL *take_handle(struct http_client *client)
{
        pthread_mutex_lock(&client->lock);
        CURL *easy = client->idle_count > 0 ? client->idle[--client->idle_count] : NULL;
        pthread_mutex_unlock(&client->lock);
        return easy ? easy : curl_easy_init();
}

static void give_handle_back(struct http_client *client, CURL *easy)
{
        pthread_mutex_lock(&client->lock);
        bool kept = client->idle_count < SAI_MAX_IDLE_HANDLES;
        if (kept)
                client->idle[client->idle_count++] = easy;
        pthread_mutex_unlock(&client->lock);
        if (!kept)
                curl_easy_cleanup(easy);
}

/* -- Policy ------------------------------------------------------------------------------------------------------- */
static bool is_trusted(const struct http_client *client, const char *origin)
{
        for (size_t i = 0; i < client->trusted_count; i++) {
                if (strcmp(client->trusted[i].origin, origin) == 0)
                        return true;
        }
        return false;
}

static struct host *find_host(struct http_client *client, const char *origin)
{
        struct host *host = NULL;
        pthread_mutex_lock(&client->lock);
        for (size_t i = 0; !host && i < client->host_count; i++) {
                if (strcmp(client->hosts[i].origin, origin) == 0)
                        host = &client->hosts[i];
        }
        if (!host && client->host_count < SAI_MAX_UPSTREAM_HOSTS) {
                host = &client->hosts[client->host_count++];
                memcpy(host->origin, origin, HTTP_ORIGIN_SIZE);
        }
        pthread_mutex_unlock(&client->lock);
        return host;
}

static sai_status open_call(struct call *call, struct sai_err *err)
{
        const struct http_request *request = call->request;
        call->url = http_url_parse(request->url, call->origin);
        if (!call->url)
                return sai_fail(err, SAI_INTERNAL, "%s: not a URL that can be called", request->label);
        call->trusted = is_trusted(call->client, call->origin);
        call->plain = strncmp(call->origin, "http:", 5) == 0;
        if (call->plain && (call->client->https_only || !call->trusted))
                return sai_fail(err, SAI_INTERNAL, "%s: plain http is not allowed here", request->label);
        call->host = find_host(call->client, call->origin);
        if (!call->host)
                return sai_fail(err, SAI_INTERNAL, "%s: too many different hosts", request->label);
        return SAI_OK;
}

static bool may_repeat(const struct http_request *request)
{
        static const char *const idempotent[] = { "GET", "HEAD", "PUT", "DELETE" };
        if (request->retry != HTTP_RETRY_IDEMPOTENT)
                return request->retry == HTTP_RETRY_ALWAYS;
        for (size_t i = 0; i < SAI_COUNT(idempotent); i++) {
                if (strcmp(request->method, idempotent[i]) == 0)
                        return true;
        }
        return false;
}

/* -- Retry budget ------------------------------------------------------------------------------------------------- */
static void earn_retry(struct http_client *client)
{
        pthread_mutex_lock(&client->lock);
        client->budget += SAI_RETRY_BUDGET_PERCENT;
        if (client->budget > SAI_RETRY_BUDGET_BURST * 100)
                client->budget = SAI_RETRY_BUDGET_BURST * 100;
        pthread_mutex_unlock(&client->lock);
}

static bool spend_retry(struct http_client *client)
{
        pthread_mutex_lock(&client->lock);
        bool enough = client->budget >= 100;
        if (enough)
                client->budget -= 100;
        pthread_mutex_unlock(&client->lock);
        return enough;
}

/* -- Waiting ------------------------------------------------------------------------------------------------------ */
static void wait_really(struct http_client *client, int64_t ms)
{
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        int64_t ns = until.tv_nsec + ms % 1000 * 1000000;
        until.tv_sec += (time_t)(ms / 1000 + ns / 1000000000);
        until.tv_nsec = (long)(ns % 1000000000);
        pthread_mutex_lock(&client->lock);
        while (!atomic_load(&client->stopped) && pthread_cond_timedwait(&client->wake, &client->lock, &until) == 0)
                ;
        pthread_mutex_unlock(&client->lock);
}

/* Waits before the next try; false when there is to be none. */
static bool pause_before_retry(struct call *call)
{
        struct http_client *client = call->client;
        if (call->tries >= SAI_MAX_TRIES || !may_repeat(call->request))
                return false;
        uint64_t most = (uint64_t)SAI_RETRY_BASE_MS << call->tries;
        int64_t ms = (int64_t)sai_random_below(&client->random, (most < SAI_RETRY_MAX_MS ? most : SAI_RETRY_MAX_MS) + 1);
        if (call->request->deadline_ms && sai_monotonic_ms(&client->clock) + ms >= call->request->deadline_ms)
                return false;
        if (!spend_retry(client))
                return false;
        if (client->wait)
                client->wait(client->wait_context, ms);
        else
                wait_really(client, ms);
        return !atomic_load(&client->stopped);
}

/* -- Tries -------------------------------------------------------------------------------------------------------- */
static enum circuit_ticket admit(struct call *call)
{
        struct http_client *client = call->client;
        int64_t now = sai_monotonic_ms(&client->clock);
        pthread_mutex_lock(&client->lock);
        enum circuit_ticket ticket = circuit_admit(&call->host->circuit, now);
        if (ticket == CIRCUIT_REFUSED)
                call->host->refused++;
        else
                call->host->calls++;
        pthread_mutex_unlock(&client->lock);
        return ticket;
}

static void report(struct call *call, enum circuit_ticket ticket, const struct http_outcome *outcome)
{
        struct http_client *client = call->client;
        int64_t now = sai_monotonic_ms(&client->clock);
        pthread_mutex_lock(&client->lock);
        call->host->failures += outcome->host_failed;
        if (outcome->says_nothing)
                circuit_abandon(&call->host->circuit, ticket);
        else
                circuit_report(&call->host->circuit, ticket, outcome->host_failed, now);
        pthread_mutex_unlock(&client->lock);
}

/* No try is made. What an earlier one gave stands, so that the caller sees Strava's 503 and not that we stopped asking. */
static void refuse(const struct call *call, struct http_outcome *outcome, sai_status status, const char *reason)
{
        if (call->tries == 0)
                *outcome = (struct http_outcome) { .status = status, .reason = reason };
        outcome->retry = false;
}

/* What is left for one try: its own limit or the time to the call's deadline. */
static int64_t time_left(const struct call *call)
{
        const struct http_request *request = call->request;
        int64_t limit = request->timeout_ms > 0 ? request->timeout_ms : SAI_TOTAL_TIMEOUT_MS;
        if (request->deadline_ms == 0)
                return limit;
        int64_t left = request->deadline_ms - sai_monotonic_ms(&call->client->clock);
        return left < limit ? left : limit;
}

static void make_try(struct call *call, struct http_outcome *outcome)
{
        struct http_client *client = call->client;
        int64_t timeout_ms = time_left(call);
        if (atomic_load(&client->stopped)) {
                refuse(call, outcome, SAI_UNAVAILABLE, "the service is stopping");
                return;
        }
        if (timeout_ms <= 0) {
                refuse(call, outcome, SAI_TIMEOUT, "no time is left for it");
                return;
        }
        CURL *easy = take_handle(client);
        if (!easy) {
                refuse(call, outcome, SAI_NO_MEMORY, "no memory for a handle");
                return;
        }
        enum circuit_ticket ticket = admit(call);
        if (ticket == CIRCUIT_REFUSED) {
                refuse(call, outcome, SAI_UNAVAILABLE, "the host failed lately and is left alone for a while");
        } else {
                struct http_try try = { .request = call->request,
                                        .url = call->url,
                                        .ca_file = client->ca_file,
                                        .stopped = &client->stopped,
                                        .user_agent = client->user_agent,
                                        .timeout_ms = timeout_ms,
                                        .may_be_private = call->trusted,
                                        .plain = call->plain };
                call->tries++;
                http_try_run(easy, &try, call->arena, outcome);
                report(call, ticket, outcome);
        }
        give_handle_back(client, easy);
}

/* Only what is constant or a number: no URL, no header, no body. */
static void log_call(const struct call *call, const struct http_outcome *outcome, int64_t elapsed_ms)
{
        bool well = outcome->status == SAI_OK && outcome->response.status < 500;
        sai_log(call->client->log, well ? SAI_LOG_DEBUG : SAI_LOG_WARN, well ? "http_client.call" : "http_client.failed",
                SAI_LOG_TEXT("call", call->request->label), SAI_LOG_TEXT("origin", call->origin),
                SAI_LOG_INT("status", outcome->response.status), SAI_LOG_INT("tries", call->tries),
                SAI_LOG_INT("elapsed_ms", elapsed_ms), SAI_LOG_INT("bytes", outcome->response.body.len),
                SAI_LOG_TEXT("reason", outcome->reason ? outcome->reason : ""));
}

sai_status http_client_call(struct http_client *client, const struct http_request *request, struct sai_arena *arena,
                            struct http_response *ret_response, struct sai_err *err)
{
        struct call call = { .client = client, .request = request, .arena = arena, .began_ms = sai_monotonic_ms(&client->clock) };
        struct http_outcome outcome = { .status = SAI_INTERNAL };
        sai_status status = open_call(&call, err);

        if (status == SAI_OK) {
                earn_retry(client);
                do
                        make_try(&call, &outcome);
                while (outcome.retry && pause_before_retry(&call));

                int64_t elapsed_ms = sai_monotonic_ms(&client->clock) - call.began_ms;
                log_call(&call, &outcome, elapsed_ms);
                if (outcome.status == SAI_OK) {
                        *ret_response = outcome.response;
                        ret_response->tries = call.tries;
                        ret_response->elapsed_ms = elapsed_ms;
                } else {
                        status = sai_fail(err, outcome.status, "%s: %s", request->label, outcome.reason);
                }
        }
        curl_url_cleanup(call.url);
        return status;
}

struct sai_text http_response_header(const struct http_response *response, const char *name)
{
        for (size_t i = 0; i < response->header_count; i++) {
                if (strcasecmp(response->headers[i].name, name) == 0)
                        return sai_text_of(response->headers[i].value);
        }
        return (struct sai_text) { NULL, 0 };
}

size_t http_client_hosts(struct http_client *client, struct http_host_state *states, size_t capacity)
{
        int64_t now = sai_monotonic_ms(&client->clock);
        pthread_mutex_lock(&client->lock);
        size_t count = client->host_count;
        for (size_t i = 0; i < count && i < capacity; i++) {
                const struct host *host = &client->hosts[i];
                states[i] = (struct http_host_state) {
                        .open = host->circuit.open, .calls = host->calls, .failures = host->failures, .refused = host->refused
                };
                memcpy(states[i].origin, host->origin, HTTP_ORIGIN_SIZE);
                if (host->circuit.open && host->circuit.until_ms > now)
                        states[i].retry_in_ms = host->circuit.until_ms - now;
        }
        pthread_mutex_unlock(&client->lock);
        return count;
}
