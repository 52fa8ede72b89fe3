/* operate.c -- what operators do: serve, and work on the store itself without a server. */
#include "cli/cli_internal.h"

#include "auth/account.h"
#include "auth/session.h"
#include "base/limits.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* -- Serving ------------------------------------------------------------------------------------------------------------------------- */

static int run_until_stopped(const struct service_options *options)
{
        struct sai_err err = { 0 };
        static struct service service; /* large, and there is one */
        cli_block_signals();
        if (service_open(options, &service, &err) != SAI_OK)
                return command_failed(&err);
        if (service.server)
                sai_log(service.log, SAI_LOG_INFO, "service.started", SAI_LOG_TEXT("listen", service.settings.listen),
                        SAI_LOG_INT("port", sai_server_port(service.server)),
                        SAI_LOG_TEXT("store", store_describe(service.store)));
        else
                sai_log(service.log, SAI_LOG_INFO, "worker.started", SAI_LOG_TEXT("store", store_describe(service.store)));
        int received = cli_wait_for_signal();
        sai_log(service.log, SAI_LOG_INFO, "service.stopping", SAI_LOG_INT("signal", received));
        service_close(&service, true);
        return EXIT_DONE;
}

int command_serve(const struct words *words)
{
        struct service_options options = { .job_threads = word_value(words, "no-workers") ? 0 : SERVICE_JOBS_DEFAULT,
                                           .listen = true,
                                           .migrate = true };
        return run_until_stopped(&options);
}

int command_worker(const struct words *words)
{
        (void)words;
        return run_until_stopped(&(struct service_options) { .job_threads = SERVICE_JOBS_DEFAULT, .migrate = true });
}

/* -- Store and settings ------------------------------------------------------------------------------------------------------------------ */

extern char **environ;

int command_config(const struct words *words)
{
        struct sai_err err = { 0 };
        struct sai_settings settings;
        struct sai_buf buf;
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MIB(4));
        sai_status status = arena ? sai_settings_load(environ, sai_settings_files(), arena, &settings, &err)
                                  : sai_fail(&err, SAI_NO_MEMORY, "settings");
        if (status == SAI_OK)
                status = sai_settings_check(&settings, &err);
        if (status != SAI_OK)
                return command_failed(&err);
        sai_buf_init(&buf, SAI_MIB(1));
        sai_settings_print(&buf, &settings, word_value(words, "json") != NULL);
        fputs(buf.data ? buf.data : "", stdout);
        sai_buf_done(&buf);
        return EXIT_DONE;
}

/* A service without listening and without workers, for the length of one command. */
int cli_with_service(const struct words *words, int (*act)(struct service *, const struct words *, struct sai_arena *))
{
        struct sai_err err = { 0 };
        static struct service service;
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MAX_REQUEST_ARENA);
        if (!arena)
                return command_failed(&(struct sai_err) { .code = SAI_NO_MEMORY });
        if (service_open(&(struct service_options) { .migrate = true }, &service, &err) != SAI_OK)
                return command_failed(&err);
        int code = act(&service, words, arena);
        service_close(&service, false);
        return code;
}

static int migrate(struct service *service, const struct words *words, struct sai_arena *arena)
{
        (void)words;
        (void)arena;
        printf("%s\n", store_describe(service->store));
        return EXIT_DONE;
}
int command_migrate(const struct words *words) { return cli_with_service(words, migrate); }

/* -- Users and tokens ------------------------------------------------------------------------------------------------------------------------ */

struct added_user {
        struct sai_id user_id;
};
static const struct sai_field added_user_fields[] = { SAI_FIELD(struct added_user, user_id) };
static const struct sai_model added_user_model = SAI_MODEL_OF(struct added_user, added_user_fields, "AddedUser");

static int add_user(struct service *service, const struct words *words, struct sai_arena *arena)
{
        struct sai_err err = { 0 };
        const char *email = word_value(words, "email");
        struct user user;
        sai_status status = account_add(&service->auth, email, word_value(words, "name"), arena, &user, &err);
        if (status != SAI_OK)
                return command_failed(&err);
        char id[SAI_ID_HEX + 1];
        sai_id_format(user.id, id);
        if (word_value(words, "json"))
                cli_print_model(&added_user_model, &(struct added_user) { user.id });
        else
                printf("%s\n", id);
        return EXIT_DONE;
}

int command_user(const struct words *words)
{
        if (words->rest_count != 1 || strcmp(words->rest[0], "add") != 0)
                return command_misused(words, "there is `user add`");
        if (!word_value(words, "email") || account_email_problem(word_value(words, "email")))
                return command_misused(words, "--email takes an address");
        return cli_with_service(words, add_user);
}

struct printed_token {
        struct sai_id user_id;
        const char *access_token;
        struct sai_instant expires_at;
        const char *token_type;
};
static const struct sai_field printed_token_fields[] = {
        SAI_FIELD(struct printed_token, user_id),
        SAI_FIELD(struct printed_token, access_token),
        SAI_FIELD(struct printed_token, expires_at),
        SAI_FIELD(struct printed_token, token_type),
};
static const struct sai_model printed_token_model = SAI_MODEL_OF(struct printed_token, printed_token_fields, "PrintedToken");

static int print_token(struct service *service, const struct words *words, struct sai_arena *arena)
{
        struct sai_err err = { 0 };
        struct user user;
        struct token_pair tokens;
        sai_status status = cli_user(service, words, arena, &user, &err);
        if (status == SAI_OK)
                status = session_open(&service->auth, user.id, SESSION_CLI, (struct session_device) { "stravaai token", "local" },
                                      arena, &tokens, &err);
        if (status != SAI_OK)
                return command_failed(&err);
        if (word_value(words, "json"))
                cli_print_model(&printed_token_model,
                                &(struct printed_token) { user.id, tokens.access_token, tokens.expires_at, "Bearer" });
        else
                printf("%s\n", tokens.access_token);
        return EXIT_DONE;
}

int command_token(const struct words *words)
{
        if (!word_value(words, "user") || words->rest_count)
                return command_misused(words, "say whose: --user ID");
        return cli_with_service(words, print_token);
}

/* -- Jobs ---------------------------------------------------------------------------------------------------------------------------------------- */

/* Waits for a job, running it here if nobody else does. */
static int follow(struct service *service, struct sai_id user_id, const struct job *job, bool json, struct sai_arena *arena,
                  struct job *ret_job)
{
        struct sai_err err = { 0 };
        if (jobs_run_until_done(service->jobs, user_id, job->id, cli_progress, NULL, arena, ret_job, &err) != SAI_OK)
                return command_failed(&err);
        if (json)
                cli_print_model(&job_model, ret_job);
        else if (ret_job->status != JOB_DONE)
                fprintf(stderr, "stravaai: %.*s\n", (int)ret_job->error.len, ret_job->error.data ? ret_job->error.data : "");
        return ret_job->status == JOB_DONE ? EXIT_DONE : EXIT_FAILED;
}

static int sync_user(struct service *service, const struct words *words, struct sai_arena *arena)
{
        struct sai_err err = { 0 };
        struct user user;
        struct job job;
        bool existing;
        sai_status status = cli_user(service, words, arena, &user, &err);
        if (status == SAI_OK)
                status = jobs_add_sync(service->jobs, user.id, word_value(words, "full") != NULL, (struct sai_opt_instant) { 0 },
                                       arena, &job, &existing, &err);
        if (status != SAI_OK)
                return command_failed(&err);
        bool json = word_value(words, "json") != NULL;
        int code = follow(service, user.id, &job, json, arena, &job);
        if (code == EXIT_DONE && !json)
                printf("synced: %.*s\n", (int)job.result.len, job.result.data ? job.result.data : "");
        return code;
}

int command_sync(const struct words *words)
{
        if (!word_value(words, "user") || words->rest_count)
                return command_misused(words, "say whose: --user ID");
        return cli_with_service(words, sync_user);
}

static int import_one(struct service *service, struct sai_id user_id, const char *path, bool json, struct sai_arena *arena)
{
        struct sai_err err = { 0 };
        struct job job;
        const char *slash = strrchr(path, '/');
        const char *name = slash ? slash + 1 : path;
        if (jobs_add_import_file(service->jobs, user_id, path, name, arena, &job, &err) != SAI_OK) {
                fprintf(stderr, "stravaai: %s: %s\n", path, err.detail);
                return EXIT_FAILED;
        }
        int code = follow(service, user_id, &job, json, arena, &job);
        /* A file that could not be read is a result of a job that is done; for the command it is a failure in part. */
        bool failed = job.result.data && memmem(job.result.data, job.result.len, "\"reason\"", 8);
        if (!json && code == EXIT_DONE)
                printf("%s: %.*s\n", name, (int)job.result.len, job.result.data ? job.result.data : "");
        return code == EXIT_DONE && failed ? EXIT_FAILED : code;
}

static int import_files(struct service *service, const struct words *words, struct sai_arena *arena)
{
        struct sai_err err = { 0 };
        struct user user;
        if (cli_user(service, words, arena, &user, &err) != SAI_OK)
                return command_failed(&err);
        struct sai_id user_id = user.id;
        int code = EXIT_DONE;
        for (int i = 0; i < words->rest_count; i++) {
                SAI_CLEANUP(sai_arena_free_p) struct sai_arena *each = sai_arena_new(SAI_MAX_REQUEST_ARENA);
                int one = each ? import_one(service, user_id, words->rest[i], word_value(words, "json") != NULL, each)
                               : EXIT_FAILED;
                code = one > code ? one : code;
        }
        return code;
}

int command_import(const struct words *words)
{
        if (!word_value(words, "user") || words->rest_count == 0)
                return command_misused(words, "say whose and which: --user ID FILE…");
        return cli_with_service(words, import_files);
}
