/* support_service.c -- the service's life in a test, and requests to it. */
#include "support_service.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support_internal.h"

/* -- Clock ---------------------------------------------------------------------------------------------------------------------- */

static int64_t wall(void *context) { return atomic_load(&((struct test_clock *)context)->wall_ms); }
static int64_t monotonic(void *context) { return atomic_load(&((struct test_clock *)context)->monotonic_ms); }

void clock_advance(struct test_service *s, int64_t ms)
{
        atomic_fetch_add(&s->clock.wall_ms, ms);
        atomic_fetch_add(&s->clock.monotonic_ms, ms);
}

/* -- Life ------------------------------------------------------------------------------------------------------------------------ */

static void remove_tree(const char *path)
{
        DIR *directory = opendir(path);
        if (!directory)
                return;
        for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
                char child[600];
                struct stat info;
                if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
                        continue;
                snprintf(child, sizeof child, "%s/%s", path, entry->d_name);
                if (lstat(child, &info) == 0 && S_ISDIR(info.st_mode))
                        remove_tree(child);
                else
                        unlink(child);
        }
        closedir(directory);
        rmdir(path);
}

static void write_file(const char *path, const void *data, size_t len)
{
        FILE *file = fopen(path, "wb");
        assert_non_null(file);
        assert_int_equal(fwrite(data, 1, len, file), len);
        assert_int_equal(fclose(file), 0);
}

/* Workouts of the first athlete: one a day, the newest yesterday. */
static void write_recordings(struct test_service *s, int count, char *path, size_t size)
{
        snprintf(path, size, "%s/recordings", s->directory);
        assert_int_equal(mkdir(path, 0700), 0);
        for (int i = 0; i < count; i++) {
                char file[400];
                size_t len;
                struct workout_file workout = { .sport = i % 3 == 2 ? SPORT_RIDE : SPORT_RUN,
                                                .start_s = TEST_NOW_MS / 1000 - (int64_t)(i + 1) * 86400,
                                                .points = 600 + (size_t)i * 60,
                                                .speed = i % 3 == 2 ? 8 : 3,
                                                .heartrate = true,
                                                .gps = true };
                void *data = make_file(FILE_FIT, &workout, 1, &len);
                snprintf(file, sizeof file, "%s/%02d.fit", path, i);
                write_file(file, data, len);
                free(data);
        }
}

static void start_strava(struct test_service *s, const struct test_options *options)
{
        char recordings[256];
        struct sai_err err = { 0 };
        write_recordings(s, options->recordings ? options->recordings : 3, recordings, sizeof recordings);
        struct sim_config config = { .listen = "127.0.0.1:0",
                                     .recordings = recordings,
                                     .athletes = 2,
                                     .seed = 1,
                                     .auto_consent = true,
                                     .limits = options->limits,
                                     .clock = { wall, monotonic, &s->clock } };
        if (config.limits.short_term == 0)
                config.limits = (struct sim_limits) { .none = true };
        if (sim_start(&config, &s->sim, &err) != SAI_OK)
                fail_msg("sim_start: %s", err.detail);
}

static void open_service(struct test_service *s, const struct test_options *options)
{
        char texts[12][256], *environment[24];
        size_t count = 0;
        unsigned port = s->sim ? sim_port(s->sim) : 9;
        const char *const lines[] = { "STRAVAAI_REDIRECT_URIS=" TEST_REDIRECT, "STRAVAAI_CORS_ORIGINS=" TEST_ORIGIN,

                                      "STRAVAAI_STRAVA_CLIENT_ID=1", "STRAVAAI_STRAVA_CLIENT_SECRET=" TEST_CLIENT_SECRET,
                                      "STRAVAAI_LOG_LEVEL=debug" };
        for (size_t i = 0; i < SAI_COUNT(lines); i++)
                snprintf(texts[count++], sizeof texts[0], "%s", lines[i]);
        snprintf(texts[count++], sizeof texts[0], "STRAVAAI_PUBLIC_URL=%s", s->public_url);
        snprintf(texts[count++], sizeof texts[0], "STRAVAAI_DATA_DIR=%s/data", s->directory);
        snprintf(texts[count++], sizeof texts[0], "STRAVAAI_STRAVA_API_URL=http://127.0.0.1:%u/api/v3", port);
        snprintf(texts[count++], sizeof texts[0], "STRAVAAI_STRAVA_OAUTH_URL=http://127.0.0.1:%u/oauth", port);
        if (mongo_server_asked()) {
                snprintf(texts[count], sizeof texts[0], "STRAVAAI_DATABASE_URL=");
                size_t used = strlen(texts[count]);
                assert_true(mongo_server_url(strrchr(s->directory, '-') + 1, texts[count] + used, sizeof texts[0] - used));
                count++;
        }
        for (size_t i = 0; i < count; i++)
                environment[i] = texts[i];
        for (size_t i = 0; i < SAI_COUNT(options->extra) && options->extra[i]; i++)
                environment[count++] = (char *)(uintptr_t)options->extra[i];
        environment[count] = NULL;
        struct service_options open = { .environment = environment,
                                        .clock = { wall, monotonic, &s->clock },
                                        .log_fd = s->log_fd,
                                        .job_threads = options->job_threads,
                                        .migrate = true };
        struct sai_err err = { 0 };
        if (service_open(&open, &s->service, &err) != SAI_OK)
                fail_msg("service_open: %s %s", err.field, err.detail);
}

struct test_service *service_start(const struct test_options *options)
{
        static const struct test_options none = { 0 };
        static const char *const origins[] = { TEST_ORIGIN, NULL };
        struct test_service *s = calloc(1, sizeof *s);
        assert_non_null(s);
        options = options ? options : &none;
        s->public_url = options->public_url ? options->public_url : TEST_PUBLIC_URL;
        s->clock.wall_ms = TEST_NOW_MS;
        s->clock.monotonic_ms = 1000000;
        snprintf(s->directory, sizeof s->directory, "/tmp/stravaai-api-XXXXXX");
        assert_non_null(mkdtemp(s->directory));
        char log[128];
        snprintf(log, sizeof log, "%s/log", s->directory);
        s->log_fd = open(log, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        assert_true(s->log_fd > 0);
        if (!options->no_strava)
                start_strava(s, options);
        open_service(s, options);
        s->config = (struct sai_server_config) { .build_id = s->service.api.build_id,
                                                 .public_url = s->public_url,
                                                 .staging_dir = s->service.staging.path,
                                                 .cors_origins = origins,
                                                 .page_csp = api_page_csp,
                                                 .authenticator = api_authenticator(&s->service.api),
                                                 .app = &s->service.api,
                                                 .clock = s->service.clock,
                                                 .random = s->service.random,
                                                 .log = s->service.log,
                                                 .require_https = s->service.settings.profile == SAI_PROFILE_PRODUCTION };
        s->openapi = json_loadb(s->service.api.openapi.data, s->service.api.openapi.len, JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(s->openapi);
        return s;
}

void service_stop(struct test_service *s)
{
        if (!s)
                return;
        service_close(&s->service, false);
        char url[512];
        if (mongo_server_asked() && mongo_server_url(strrchr(s->directory, '-') + 1, url, sizeof url))
                mongo_server_drop(url);
        sim_stop(s->sim);
        close(s->log_fd);
        json_decref(s->openapi);
        remove_tree(s->directory);
        free(s);
}

char *log_text(struct test_service *s)
{
        off_t len = lseek(s->log_fd, 0, SEEK_END);
        char *text = calloc(1, (size_t)len + 1);
        assert_non_null(text);
        assert_int_equal(pread(s->log_fd, text, (size_t)len, 0), len);
        return text;
}

/* -- Requests ---------------------------------------------------------------------------------------------------------------------- */

static enum sai_method method_of(const char *name)
{
        static const char *const names[] = { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE" };
        for (size_t i = 0; i < SAI_COUNT(names); i++)
                if (strcmp(names[i], name) == 0)
                        return (enum sai_method)i;
        return SAI_METHOD_OTHER;
}

static void append(char **text, const char *name, struct sai_text value)
{
        char *longer;
        assert_true(asprintf(&longer, "%s%s: %.*s\n", *text ? *text : "", name, (int)value.len, value.data) > 0);
        free(*text);
        *text = longer;
}

static void take_reply(const struct sai_reply *from, struct reply *to)
{
        struct sai_text body = from->shared_body.data ? from->shared_body : (struct sai_text) { from->body.data, from->body.len };
        *to = (struct reply) { .status = from->status, .len = body.len, .body = calloc(1, body.len + 1) };
        assert_non_null(to->body);
        if (body.len)
                memcpy(to->body, body.data, body.len);
        for (size_t i = 0; i < from->header_count; i++) {
                char name[64];
                snprintf(name, sizeof name, "%.*s", (int)from->headers[i].name.len, from->headers[i].name.data);
                append(&to->header_text, name, from->headers[i].value);
        }
        to->json = json_loadb(to->body, to->len, JSON_REJECT_DUPLICATES, NULL);
}

void reply_done(struct reply *reply)
{
        json_decref(reply->json);
        free(reply->body);
        free(reply->header_text);
        *reply = (struct reply) { 0 };
}

const char *header_of(const struct reply *reply, const char *name, char out[1024])
{
        size_t len = strlen(name);
        for (const char *line = reply->header_text; line && *line; line = strchr(line, '\n') + 1) {
                if (strncasecmp(line, name, len) != 0 || line[len] != ':')
                        continue;
                snprintf(out, 1024, "%.*s", (int)(strchr(line, '\n') - line - (long)len - 2), line + len + 2);
                return out;
        }
        return NULL;
}

static struct reply dispatch(struct test_service *s, struct sai_request *request, const char *method)
{
        struct reply reply;
        struct sai_reply raw = { 0 };
        request->arena = sai_arena_new(SAI_MAX_REQUEST_ARENA);
        assert_non_null(request->arena);
        sai_dispatch(&s->config, s->service.router, request, &raw);
        take_reply(&raw, &reply);
        sai_reply_done(&raw);
        sai_arena_free(request->arena);
        check_promise(s, method, request->target.data, &reply);
        return reply;
}

struct reply call(struct test_service *s, const char *method, const char *target, const char *const *headers, const char *body)
{
        struct sai_header list[16];
        size_t count = 0;
        bool typed = false;
        for (; headers && headers[0] && count < SAI_COUNT(list) - 1; headers += 2) {
                list[count++] = (struct sai_header) { sai_text_of(headers[0]), sai_text_of(headers[1]) };
                typed |= strcasecmp(headers[0], "Content-Type") == 0;
        }
        if (body && !typed)
                list[count++] = (struct sai_header) { SAI_TEXT("Content-Type"), SAI_TEXT("application/json") };
        struct sai_request request = { .method = method_of(method),
                                       .target = sai_text_of(target),
                                       .headers = list,
                                       .header_count = count,
                                       .body = sai_text_of(body) };
        return dispatch(s, &request, method);
}

struct reply call_as(struct test_service *s, const char *token, const char *method, const char *target, const char *body)
{
        char authorization[1400];
        snprintf(authorization, sizeof authorization, "Bearer %s", token);
        const char *const headers[] = { "Authorization", authorization, NULL };
        return call(s, method, target, headers, body);
}

struct reply import_bytes(struct test_service *s, const char *token, const char *name, const void *data, size_t len)
{
        char authorization[1400], path[256];
        snprintf(authorization, sizeof authorization, "Bearer %s", token);
        snprintf(path, sizeof path, "%s/upload-test", s->service.staging.path);
        write_file(path, data, len);
        struct sai_upload upload = { .file_name = sai_text_of(name), .path = path, .size = len };
        struct sai_header headers[] = { { SAI_TEXT("Authorization"), sai_text_of(authorization) } };
        struct sai_request request = { .method = SAI_POST,
                                       .target = SAI_TEXT("/api/v1/activities/import"),
                                       .headers = headers,
                                       .header_count = 1,
                                       .upload = &upload };
        struct reply reply = dispatch(s, &request, "POST");
        unlink(path);
        return reply;
}
