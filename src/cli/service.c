/* service.c -- see service.h. The order here is the order of dependencies; service_close goes backwards. */
#include "cli/service.h"

#include "auth/key_use.h"
#include "base/limits.h"
#include "client/http_client.h"
#include <curl/curl.h>
#include <errno.h>
#include <jansson.h>
#include <microhttpd.h>
#include <sodium.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { DRAIN_MS = 30000, STRAVA_RESERVE_PERCENT = 10, WORKERS_DEFAULT = 4 /* of the server: see http.h */ };

/* Who asks the store beside the workers: at most 8 event threads, 4 job threads, their heart-beat and the program itself. */
enum { OTHER_STORE_THREADS = 14 };

/* -- Settings and keys ------------------------------------------------------------------------------------------------------------ */

static sai_status make_directory(const char *path, struct sai_err *err)
{
        if (mkdir(path, 0700) == 0 || errno == EEXIST)
                return SAI_OK;
        return sai_fail_field(err, SAI_UNAVAILABLE, "STRAVAAI_DATA_DIR", "cannot be made: %s", strerror(errno));
}

/* Parents too: `--data build/demo/data` should work on a fresh tree. */
sai_status service_make_directories(const char *path, struct sai_arena *arena, struct sai_err *err)
{
        char *copy = sai_arena_strdup(arena, path);
        if (!copy)
                return sai_fail(err, SAI_NO_MEMORY, "settings");
        for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
                *slash = '\0';
                sai_status status = make_directory(copy, err);
                if (status != SAI_OK)
                        return status;
                *slash = '/';
        }
        return make_directory(copy, err);
}

static sai_status load_settings(struct service *s, const struct service_options *options, struct sai_err *err)
{
        sai_status status = sai_settings_load(options->environment ? options->environment : environ, sai_settings_files(),
                                              s->arena, &s->settings, err);
        if (status == SAI_OK)
                status = sai_settings_check(&s->settings, err);
        if (status == SAI_OK)
                status = service_make_directories(s->settings.data_dir, s->arena, err);
        if (status != SAI_OK)
                return status;
        if (!s->settings.database_url[0])
                s->settings.database_url = sai_arena_printf(s->arena, "sqlite:%s/stravaai.db", s->settings.data_dir);
        return s->settings.database_url ? SAI_OK : sai_fail(err, SAI_NO_MEMORY, "settings");
}

/* Names the setting that a failure is about, where nobody below knew it. */
static sai_status about(const char *setting, sai_status status, struct sai_err *err)
{
        if (status != SAI_OK && err && !err->field[0])
                snprintf(err->field, sizeof err->field, "%s", setting);
        return status;
}

/* The keys of the setting, else those of the file, which is made where there is none. */
static sai_status keys_text(struct service *s, const char *given, const char *file_name, const char *prefix,
                            const char **ret_text, struct sai_err *err)
{
        *ret_text = given;
        return given[0] ? SAI_OK
                        : key_file_read_or_make(s->settings.data_dir, file_name, prefix, &s->random, s->arena, ret_text, err);
}

static sai_status load_keys(struct service *s, struct sai_err *err)
{
        const char *jwt, *data;
        sai_status status = keys_text(s, s->settings.jwt_keys, "jwt.key", "dev:HS256:", &jwt, err);
        if (status == SAI_OK)
                status = jwt_ring_parse(jwt, &s->auth.jwt_keys, err);
        if (status != SAI_OK)
                return about("STRAVAAI_JWT_KEYS", status, err);
        status = keys_text(s, s->settings.data_keys, "data.key", "dev:", &data, err);
        if (status == SAI_OK)
                status = data_ring_parse(data, &s->auth.data_keys, err);
        return about("STRAVAAI_DATA_KEYS", status, err);
}

/* -- The parts ----------------------------------------------------------------------------------------------------------------------- */

static bool cache_is_shared(const struct service *s) { return strcmp(s->settings.cache_url, "memory:") != 0; }

/* What processes share is authenticated with a key that follows from the data key: whoever has that is one of us. */
static sai_status open_cache(struct service *s, struct sai_err *err)
{
        struct cache_memory_config memory = { .clock = s->clock, .random = s->random };
        struct cache *front = cache_memory_new(&memory);
        if (!front)
                return sai_fail(err, SAI_NO_MEMORY, "cache");
        if (!cache_is_shared(s)) {
                s->cache = front;
                return SAI_OK;
        }
        static const char purpose[] = "stravaai shared cache";
        struct cache_redis_config shared = { .front = front,
                                             .url = s->settings.cache_url,
                                             .password = s->settings.cache_password,
                                             .prefix = "stravaai:" SAI_VERSION "-" SAI_COMMIT,
                                             .log = s->log };
        const struct data_key *key = &s->auth.data_keys.keys[0];
        crypto_generichash(shared.secret, sizeof shared.secret, (const uint8_t *)purpose, sizeof purpose, key->secret,
                           sizeof key->secret);
        sai_status status = about("STRAVAAI_CACHE_URL", cache_redis_new(&shared, &s->cache, err), err);
        sodium_memzero(&shared, sizeof shared);
        return status;
}

static sai_status open_store(struct service *s, const struct service_options *options, struct sai_err *err)
{
        int64_t workers = s->settings.worker_threads ? s->settings.worker_threads : WORKERS_DEFAULT;
        struct store_config config = { .url = s->settings.database_url,
                                       .clock = s->clock,
                                       .random = s->random,
                                       .log = s->log,
                                       .migrate = options->migrate,
                                       .threads = (unsigned)workers + OTHER_STORE_THREADS };
        return store_open(&config, &s->store, err);
}

/* Only what the operator wrote may lie in a private network or go without TLS. */
static sai_status open_client(struct service *s, struct sai_err *err)
{
        const char *trusted[2] = { s->settings.strava_api_url, s->settings.strava_oauth_url };
        char *agent = sai_arena_printf(s->arena, "stravaai/%s", SAI_VERSION);
        struct http_client_config http = { .clock = s->clock,
                                           .random = s->random,
                                           .log = s->log,
                                           .user_agent = agent,
                                           .trusted_urls = trusted,
                                           .trusted_count = SAI_COUNT(trusted),
                                           .https_only = s->settings.profile == SAI_PROFILE_PRODUCTION };
        s->http_client = agent ? http_client_new(&http) : NULL;
        struct strava_config strava = { .api_url = s->settings.strava_api_url,
                                        .oauth_url = s->settings.strava_oauth_url,
                                        .client_id = s->settings.strava_client_id,
                                        .client_secret = s->settings.strava_client_secret,
                                        .clock = s->clock,
                                        .reserve_percent = STRAVA_RESERVE_PERCENT };
        s->strava = s->http_client ? strava_new(&strava, s->http_client) : NULL;
        return s->strava ? SAI_OK : sai_fail(err, SAI_NO_MEMORY, "client");
}

/* `no-reply@` and the host of PUBLIC_URL, without its port. */
static sai_status make_mail(struct service *s, struct sai_err *err)
{
        const char *host = strstr(s->settings.public_url, "://");
        host = host ? host + 3 : s->settings.public_url;
        size_t len = host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/");
        const char *from =
                s->settings.mail_from[0] ? s->settings.mail_from : sai_arena_printf(s->arena, "no-reply@%.*s", (int)len, host);
        s->mail = (struct mail) { s->settings.mail_command, s->settings.mail_url, from, s->clock };
        s->auth.mail = s->mail.command[0] || s->mail.url[0] ? &s->mail : NULL;
        return from ? SAI_OK : sai_fail(err, SAI_NO_MEMORY, "mail");
}

static sai_status make_auth(struct service *s, struct sai_err *err)
{
        s->auth.store = s->store;
        s->auth.cache = s->cache;
        s->auth.strava = s->strava;
        s->auth.clock = s->clock;
        s->auth.random = s->random;
        s->auth.log = s->log;
        s->auth.issuer = s->settings.public_url;
        s->auth.access_life_ms = s->settings.access_token_life_ms;
        s->auth.refresh_idle_ms = s->settings.refresh_token_idle_ms;
        s->auth.refresh_life_ms = s->settings.refresh_token_life_ms;
        s->auth.refresh_grace_ms = s->settings.refresh_token_grace_ms;
        s->auth.callback_url = sai_arena_printf(s->arena, "%s/api/v1/auth/strava/callback", s->settings.public_url);
        lease_owner_make(&s->random, s->auth.worker_name);
        password_pool_init(&s->passwords, (size_t)s->settings.argon2_memory_mib << 20, (uint64_t)s->settings.argon2_passes,
                           s->settings.worker_threads ? (int)s->settings.worker_threads : WORKERS_DEFAULT);
        s->auth.passwords = &s->passwords;
        return s->auth.callback_url ? make_mail(s, err) : sai_fail(err, SAI_NO_MEMORY, "auth");
}

static sai_status start_jobs(struct service *s, unsigned threads, struct sai_err *err)
{
        if (threads == SERVICE_JOBS_DEFAULT) {
                long cores = sysconf(_SC_NPROCESSORS_ONLN);
                threads = cores > 4 ? 4 : cores < 2 ? 2 : (unsigned)cores;
        }
        struct jobs_config config = { s->store, &s->training,        &s->auth, s->strava, s->clock, s->random,
                                      s->log,   s->auth.worker_name, threads };
        return jobs_start(&config, &s->jobs, err);
}

static sai_status make_api(struct service *s, struct sai_err *err)
{
        bool admin = s->settings.admin_listen[0] != '\0';
        sai_status status = sai_router_new(api_route_tables(admin), &s->router, err);
        if (status == SAI_OK && admin)
                status = sai_router_new(api_admin_tables(), &s->admin_router, err);
        if (status != SAI_OK)
                return status;
        s->api = (struct api) { .settings = &s->settings,
                                .store = s->store,
                                .cache = s->cache,
                                .auth = &s->auth,
                                .training = &s->training,
                                .jobs = s->jobs,
                                .strava = s->strava,
                                .http_client = s->http_client,
                                .clock = s->clock,
                                .random = s->random,
                                .log = s->log,
                                .router = s->router,
                                .version = SAI_VERSION,
                                .commit = SAI_COMMIT,
                                .build_id = SAI_VERSION "-" SAI_COMMIT };
        s->api_made = true;
        return api_prepare(&s->api, err);
}

static sai_status make_rate_limiter(struct service *s, struct sai_err *err)
{
        struct sai_rate_limits limits;
        const char *wanted = sai_rate_limits_parse(s->settings.rate_limits, &limits);
        if (wanted)
                return sai_fail_field(err, SAI_INVALID, "STRAVAAI_RATE_LIMITS", "%s", wanted);
        return sai_rate_limiter_new(&limits, &s->clock, &s->random, &s->rate_limiter, err);
}

static const char *const *terminated(struct service *s, const struct sai_settings_list *list)
{
        const char **items = SAI_NEW_ARRAY(s->arena, const char *, list->count + 1);
        if (items && list->count)
                memcpy(items, list->items, list->count * sizeof *items);
        return items;
}

static sai_status listen_on(struct service *s, const char *address, const struct sai_router *router,
                            struct sai_server **ret_server, struct sai_err *err)
{
        struct sai_server_config config = {
                .listen = address,
                .event_threads = (unsigned)s->settings.event_threads,
                .worker_threads = (unsigned)s->settings.worker_threads,
                .build_id = s->api.build_id,
                .public_url = s->settings.public_url,
                .staging_dir = s->staging.path,
                .cors_origins = terminated(s, &s->settings.cors_origins),
                .trusted_proxies = terminated(s, &s->settings.trusted_proxies),
                .remote = cache_is_shared(s) || store_is_remote(s->store),
                .require_https = s->settings.profile == SAI_PROFILE_PRODUCTION,
                .page_csp = api_page_csp,
                .rate_limiter = s->rate_limiter,
                .authenticator = api_authenticator(&s->api),
                .app = &s->api,
                .clock = s->clock,
                .random = s->random,
                .log = s->log,
                .observe = api_observe,
                .thread_done = api_thread_done,
        };
        if (!config.cors_origins || !config.trusted_proxies)
                return sai_fail(err, SAI_NO_MEMORY, "server");
        return sai_server_start(&config, router, ret_server, err);
}

static sai_status open_parts(struct service *s, const struct service_options *options, struct sai_err *err)
{
        if (sodium_init() < 0)
                return sai_fail(err, SAI_INTERNAL, "the cryptographic library cannot be started");
        sai_status status = load_settings(s, options, err);
        if (status == SAI_OK)
                status = about("STRAVAAI_DATA_DIR", staging_take(s->settings.data_dir, &s->random, s->arena, &s->staging, err),
                               err);
        if (status != SAI_OK)
                return status;
        s->log = sai_log_new(options->log_fd ? options->log_fd : STDERR_FILENO, (enum sai_log_level)s->settings.log_level,
                             s->clock);
        if (!s->log)
                return sai_fail(err, SAI_NO_MEMORY, "log");
        status = load_keys(s, err);
        if (status == SAI_OK)
                status = open_cache(s, err);
        if (status == SAI_OK)
                status = open_store(s, options, err);
        if (status == SAI_OK)
                status = open_client(s, err);
        if (status == SAI_OK)
                status = make_auth(s, err);
        if (status == SAI_OK)
                status = about("STRAVAAI_DATA_KEYS", key_use_check(&s->auth, err), err);
        if (status != SAI_OK)
                return status;
        training_init(&s->training, s->store, s->cache, s->clock, s->log, (enum sai_data_policy)s->settings.data_policy);
        s->training_made = true;
        status = start_jobs(s, options->job_threads, err);
        if (status == SAI_OK)
                status = make_api(s, err);
        if (status == SAI_OK)
                status = make_rate_limiter(s, err);
        if (status != SAI_OK || !options->listen)
                return status;
        status = listen_on(s, s->settings.listen, s->router, &s->server, err);
        s->api.server = s->server;
        if (status == SAI_OK && s->admin_router)
                status = listen_on(s, s->settings.admin_listen, s->admin_router, &s->admin_server, err);
        return status;
}

sai_status service_open(const struct service_options *options, struct service *ret_service, struct sai_err *err)
{
        struct service *s = ret_service;
        *s = (struct service) { .clock = options->clock.wall_ms ? options->clock : sai_clock_system(),
                                .random = options->random.fill ? options->random : sai_random_system() };
        s->arena = sai_arena_new(SAI_MIB(16));
        if (!s->arena)
                return sai_fail(err, SAI_NO_MEMORY, "service");
        sai_status status = open_parts(s, options, err);
        if (status != SAI_OK)
                service_close(s, false);
        return status;
}

static void wait_ms(int64_t ms)
{
        struct timespec wait = { ms / 1000, (ms % 1000) * 1000000 };
        while (nanosleep(&wait, &wait) != 0 && errno == EINTR)
                ;
}

void service_close(struct service *s, bool drain)
{
        if (s->server && drain) {
                /* A load balancer must see the unreadiness before connections are refused (checklist J6). */
                atomic_store(&s->api.draining, true);
                wait_ms(s->settings.drain_delay_ms);
        }
        if (s->server)
                sai_server_stop(s->server, drain ? DRAIN_MS : 0);
        if (s->http_client)
                http_client_stop(s->http_client);
        jobs_stop(s->jobs);
        if (s->admin_server)
                sai_server_stop(s->admin_server, 0);
        if (s->api_made)
                api_release(&s->api);
        sai_rate_limiter_free(s->rate_limiter);
        sai_router_free(s->router);
        sai_router_free(s->admin_router);
        if (s->training_made)
                training_done(&s->training);
        strava_free(s->strava);
        http_client_free(s->http_client);
        cache_free(s->cache);
        store_close(s->store);
        staging_release(&s->staging);
        sodium_memzero(&s->auth, sizeof s->auth);
        sai_log_free(s->log);
        sai_arena_free(s->arena);
        *s = (struct service) { 0 };
}

void service_print_version(void)
{
        printf("stravaai %s (%s)\n", SAI_VERSION, SAI_COMMIT);
        printf("libmicrohttpd %s\nsqlite %s\nlibcurl %s\nlibsodium %s\njansson %s\n", MHD_get_version(), sqlite3_libversion(),
               curl_version_info(CURLVERSION_NOW)->version, sodium_version_string(), jansson_version_str());
}
