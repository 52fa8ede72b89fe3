/* demo.c -- the service beside a Strava simulator, with the first athlete signed in.
 *
 * The service knows no difference: only its base URLs are configured. The simulator is a program of its own that stands beside this one and never links
 * into it; it is started on the next free port and ended with us. Where there are no recordings the athlete is generated, and output
 * and page say so. Signing in is done as a browser would: this file keeps cookies and follows redirects, with curl as it is. */
#include "cli/cli_internal.h"

#include "base/limits.h"
#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { PORT_DEFAULT = 8000, PORTS_TRIED = 100, START_TRIES = 300, TRY_MS = 100 };

struct demo {
        struct sai_arena *arena;
        int port, sim_port;
        const char *data, *recordings, *sim_path, *own_path;
        pid_t sim;
        bool generated;
};

static void wait_ms(int ms) { nanosleep(&(struct timespec) { ms / 1000, (ms % 1000) * 1000000L }, NULL); }

/* -- The simulator --------------------------------------------------------------------------------------------------------------------- */

static bool port_is_free(int port)
{
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
        struct sockaddr_in address = { .sin_family = AF_INET,
                                       .sin_port = htons((uint16_t)port),
                                       .sin_addr = { htonl(INADDR_LOOPBACK) } };
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        bool free_now = fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0;
        if (fd >= 0)
                close(fd);
        return free_now;
}

static bool answers(int port)
{
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        struct sockaddr_in address = { .sin_family = AF_INET,
                                       .sin_port = htons((uint16_t)port),
                                       .sin_addr = { htonl(INADDR_LOOPBACK) } };
        bool there = fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
        if (fd >= 0)
                close(fd);
        return there;
}

static sai_status start_sim(struct demo *demo, struct sai_err *err)
{
        for (demo->sim_port = demo->port + 1; !port_is_free(demo->sim_port); demo->sim_port++) {
                if (demo->sim_port > demo->port + PORTS_TRIED)
                        return sai_fail(err, SAI_UNAVAILABLE, "no free port for the simulator");
        }
        const char *listen = sai_arena_printf(demo->arena, "127.0.0.1:%d", demo->sim_port);
        const char *state = sai_arena_printf(demo->arena, "%s/strava-sim", demo->data);
        if (!demo->sim_path || !listen || !state)
                return sai_fail(err, SAI_NO_MEMORY, "demo");
        sai_status made = service_make_directories(state, demo->arena, err);
        if (made != SAI_OK)
                return made;
        const char *words[16] = { demo->sim_path, "--listen", listen, "--auto-consent", "--limits", "none", "--state", state };
        if (demo->recordings) {
                words[8] = "--recordings";
                words[9] = demo->recordings;
        }
        fflush(NULL);
        demo->sim = fork();
        if (demo->sim == 0) {
                sigset_t none;
                sigemptyset(&none);
                sigprocmask(SIG_SETMASK, &none, NULL);
                prctl(PR_SET_PDEATHSIG, SIGTERM); /* it must not outlive us, whatever ends us */
                setpgid(0, 0); /* Ctrl-C is for the service, which then ends this one in order */
                execv(demo->sim_path, (char *const *)(uintptr_t)words);
                _exit(127);
        }
        if (demo->sim < 0)
                return sai_fail(err, SAI_UNAVAILABLE, "the simulator cannot be started: %s", strerror(errno));
        for (int i = 0; i < START_TRIES; i++) {
                if (answers(demo->sim_port))
                        return SAI_OK;
                if (waitpid(demo->sim, NULL, WNOHANG) == demo->sim) {
                        demo->sim = 0;
                        return sai_fail(err, SAI_UNAVAILABLE, "the simulator beside this program ended at once");
                }
                wait_ms(TRY_MS);
        }
        return sai_fail(err, SAI_TIMEOUT, "the simulator does not answer");
}

static void stop_sim(struct demo *demo)
{
        if (demo->sim <= 0)
                return;
        kill(demo->sim, SIGTERM);
        waitpid(demo->sim, NULL, 0);
}

/* -- The environment of the service -------------------------------------------------------------------------------------------------------- */

/* What the demo decides, in place of what the environment says of the same keys. */
static char **environment_of(struct demo *demo)
{
        const char *set[] = {
                sai_arena_printf(demo->arena, "STRAVAAI_LISTEN=127.0.0.1:%d", demo->port),
                sai_arena_printf(demo->arena, "STRAVAAI_PUBLIC_URL=http://127.0.0.1:%d", demo->port),
                sai_arena_printf(demo->arena, "STRAVAAI_DATA_DIR=%s", demo->data),
                "STRAVAAI_PROFILE=development",
                "STRAVAAI_STRAVA_CLIENT_ID=1",
                "STRAVAAI_STRAVA_CLIENT_SECRET=demo",
                sai_arena_printf(demo->arena, "STRAVAAI_STRAVA_API_URL=http://127.0.0.1:%d/api/v3", demo->sim_port),
                sai_arena_printf(demo->arena, "STRAVAAI_STRAVA_OAUTH_URL=http://127.0.0.1:%d/oauth", demo->sim_port),
                demo->generated ? "STRAVAAI_NOTICE=This athlete and all training shown here are generated, for trying things out."
                                : "STRAVAAI_NOTICE=",
                "STRAVAAI_LOG_LEVEL=warn", /* last: the environment's own wins */
        };
        size_t count = 0, out = 0, own = SAI_COUNT(set) - (getenv("STRAVAAI_LOG_LEVEL") ? 1 : 0);
        while (environ[count])
                count++;
        char **environment = SAI_NEW_ARRAY(demo->arena, char *, count + SAI_COUNT(set) + 1);
        for (size_t i = 0; environment && i < count; i++) {
                size_t name = strcspn(environ[i], "=") + 1;
                bool replaced = false;
                for (size_t k = 0; k < own && !replaced; k++)
                        replaced = set[k] && strncmp(set[k], environ[i], name) == 0;
                if (!replaced)
                        environment[out++] = environ[i];
        }
        for (size_t k = 0; environment && k < own; k++) {
                environment[out++] = set[k] ? sai_arena_strdup(demo->arena, set[k]) : NULL;
                if (!environment[out - 1])
                        return NULL;
        }
        return environment;
}

/* -- Signing in ---------------------------------------------------------------------------------------------------------------------------- */

struct signed_in {
        struct sai_opt_id user_id;
};
static const struct sai_field signed_in_fields[] = { SAI_FIELD(struct signed_in, user_id) };
static const struct sai_model signed_in_model = SAI_MODEL_OF(struct signed_in, signed_in_fields, "DemoSignedIn");

static size_t keep_body(char *data, size_t size, size_t count, void *context)
{
        struct sai_buf *buf = context;
        sai_buf_append(buf, data, size * count);
        return buf->failed ? 0 : size * count;
}

/* The whole flow: authorize, consent (which the simulator gives by itself), callback. */
static sai_status sign_in(struct demo *demo, struct sai_id *ret_user, struct sai_err *err)
{
        struct sai_buf body;
        long status_code = 0;
        sai_buf_init(&body, SAI_MIB(1));
        CURL *browser = curl_easy_init();
        const char *url = sai_arena_printf(demo->arena, "http://127.0.0.1:%d/api/v1/auth/strava/authorize", demo->port);
        if (!browser || !url)
                return sai_fail(err, SAI_NO_MEMORY, "demo");
        curl_easy_setopt(browser, CURLOPT_URL, url);
        curl_easy_setopt(browser, CURLOPT_COOKIEFILE, "");
        curl_easy_setopt(browser, CURLOPT_FOLLOWLOCATION, 1L);
        curl_easy_setopt(browser, CURLOPT_PROXY, "");
        curl_easy_setopt(browser, CURLOPT_TIMEOUT, 60L);
        curl_easy_setopt(browser, CURLOPT_USERAGENT, "stravaai demo");
        curl_easy_setopt(browser, CURLOPT_WRITEFUNCTION, keep_body);
        curl_easy_setopt(browser, CURLOPT_WRITEDATA, &body);
        CURLcode result = curl_easy_perform(browser);
        curl_easy_getinfo(browser, CURLINFO_RESPONSE_CODE, &status_code);
        curl_easy_cleanup(browser);
        struct signed_in answer = { 0 };
        sai_status status = SAI_OK;
        if (result != CURLE_OK || status_code != 200)
                status = sai_fail(err, SAI_UPSTREAM, "signing in did not work: %s, status %ld", curl_easy_strerror(result),
                                  status_code);
        else
                status = sai_model_decode(&signed_in_model, body.data, body.len, demo->arena, &answer, err);
        if (status == SAI_OK && !SAI_HAS(answer.user_id))
                status = sai_fail(err, SAI_UPSTREAM, "signing in gave no user");
        *ret_user = answer.user_id.value;
        sai_buf_done(&body);
        return status;
}

/* The sync that the sign-in started, or the one that runs already. Whoever interrupts need not wait for its end. */
static sai_status wait_for_sync(struct service *service, struct sai_id user_id, struct sai_err *err)
{
        for (;;) {
                SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MIB(4));
                struct job *job;
                size_t count;
                if (!arena)
                        return sai_fail(err, SAI_NO_MEMORY, "demo");
                sai_status status =
                        store_job_list(service->store, user_id, JOB_SYNC, -1, (struct sai_id) { 0 }, 1, arena, &job, &count, err);
                if (status != SAI_OK)
                        return status;
                if (count == 0)
                        return sai_fail(err, SAI_INTERNAL, "no sync was started");
                cli_progress(NULL, job);
                if (job->status == JOB_DONE)
                        return SAI_OK;
                if (job->status == JOB_FAILED || job->status == JOB_CANCELLED)
                        return sai_fail(err, SAI_UPSTREAM, "the sync failed: %.*s",
                                        (int)(job->error.len > 120 ? 120 : job->error.len),
                                        job->error.data ? job->error.data : "");
                if (cli_signal_within(TRY_MS))
                        return sai_fail(err, SAI_UNAVAILABLE,
                                        "stopped before the sync was through; the next start goes on with it");
        }
}

static sai_status introduce(struct demo *demo, struct service *service, struct sai_err *err)
{
        struct sai_id user_id;
        int64_t activities = 0, began = sai_monotonic_ms(&service->clock);
        printf("service    http://127.0.0.1:%d/\nsimulator  http://127.0.0.1:%d/\n", demo->port, demo->sim_port);
        printf("data       %s\n", demo->generated ? "generated training (no recordings found)" : demo->recordings);
        fflush(stdout);
        sai_status status = sign_in(demo, &user_id, err);
        if (status == SAI_OK) {
                char id[SAI_ID_HEX + 1];
                sai_id_format(user_id, id);
                printf("user       %s\ndatabase   %s\nsyncing …\n", id, service->settings.database_url);
                fflush(stdout);
                status = wait_for_sync(service, user_id, err);
                if (status == SAI_OK)
                        status = store_activity_count(service->store, user_id, &activities, err);
                if (status == SAI_OK) {
                        printf("synced %lld activities (%.1f s)\n", (long long)activities,
                               (double)(sai_monotonic_ms(&service->clock) - began) / 1000);
                        printf("token      STRAVAAI_DATA_DIR=%s STRAVAAI_PUBLIC_URL=http://127.0.0.1:%d %s token --user %s\n",
                               demo->data, demo->port, demo->own_path, id);
                        printf("open http://127.0.0.1:%d/ and choose Connect with Strava; stop with Ctrl-C\n", demo->port);
                        fflush(stdout);
                }
        }
        return status;
}

/* -- The command ------------------------------------------------------------------------------------------------------------------------------ */

static bool is_directory(const char *path)
{
        struct stat info;
        return path && path[0] && stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static sai_status prepare(struct demo *demo, const struct words *words, struct sai_err *err)
{
        int64_t port = PORT_DEFAULT;
        const char *text = word_value(words, "port");
        if (text && (!sai_parse_i64(text, strlen(text), &port) || port < 1 || port > 65000))
                return sai_fail(err, SAI_INVALID, "--port takes a number from 1 to 65000");
        demo->port = (int)port;
        demo->data = word_value(words, "data") ? word_value(words, "data") : "data/demo";
        demo->recordings = word_value(words, "recordings") ? word_value(words, "recordings") : getenv("RECORDINGS");
        if (demo->recordings && demo->recordings[0] && !is_directory(demo->recordings))
                return sai_fail(err, SAI_INVALID, "--recordings names no directory");
        if (!demo->recordings || !demo->recordings[0])
                demo->recordings = is_directory("../shared/data") ? "../shared/data" : NULL;
        demo->generated = demo->recordings == NULL;
        char self[512];
        ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
        if (len <= 0)
                return sai_fail(err, SAI_INTERNAL, "this program does not know where it lies");
        self[len] = '\0';
        demo->sim_path = sai_arena_printf(demo->arena, "%.*sstrava-sim", (int)(strrchr(self, '/') + 1 - self), self);
        demo->own_path = sai_arena_strdup(demo->arena, self);
        if (!port_is_free(demo->port))
                return sai_fail(err, SAI_UNAVAILABLE, "port %d is taken: choose another with --port", demo->port);
        return demo->sim_path && demo->own_path ? SAI_OK : sai_fail(err, SAI_NO_MEMORY, "demo");
}

static int run_demo(struct demo *demo, const struct words *words)
{
        struct sai_err err = { 0 };
        static struct service service;
        struct service_options options = { .job_threads = SERVICE_JOBS_DEFAULT, .listen = true, .migrate = true };
        sai_status status = prepare(demo, words, &err);
        if (status == SAI_OK)
                status = start_sim(demo, &err);
        if (status == SAI_OK) {
                options.environment = environment_of(demo);
                status = options.environment ? service_open(&options, &service, &err) : sai_fail(&err, SAI_NO_MEMORY, "demo");
        }
        if (status != SAI_OK)
                return command_failed(&err);
        status = introduce(demo, &service, &err);
        int code = status == SAI_OK ? EXIT_DONE : command_failed(&err);
        if (status == SAI_OK)
                cli_wait_for_signal();
        service_close(&service, false);
        return code;
}

int command_demo(const struct words *words)
{
        struct demo demo = { .arena = sai_arena_new(SAI_MIB(64)) };
        if (!demo.arena)
                return command_failed(&(struct sai_err) { .code = SAI_NO_MEMORY });
        cli_block_signals();
        int code = run_demo(&demo, words);
        stop_sim(&demo);
        sai_arena_free(demo.arena);
        return code;
}
