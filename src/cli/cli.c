/* cli.c -- the table of commands, help made from it, and the taking apart of words. */
#include "cli/cli_internal.h"

#include "base/limits.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define OPTIONS(...)                                                                                                             \
        (const char *const[]) { __VA_ARGS__ __VA_OPT__(, ) NULL }

static int command_version(const struct words *words);
static int command_help(const struct words *words);

const struct command commands[] = {
        { "serve", "serve [--no-workers]", "HTTP service with workers inside; --no-workers leaves jobs to others",
          OPTIONS("no-workers"), command_serve },
        { "worker", "worker", "jobs only", OPTIONS(), command_worker },
        { "demo", "demo [--port N] [--data DIR] [--recordings DIR]",
          "service and a Strava simulator side by side, with the first athlete signed in and synced",
          OPTIONS("port=", "data=", "recordings="), command_demo },
        { "migrate", "migrate", "bring the database schema up to date", OPTIONS(), command_migrate },
        { "config", "config [--json]", "the effective settings, secrets masked; fails on an unknown or impossible value",
          OPTIONS("json"), command_config },
        { "import", "import --user ID [--json] FILE…", "import recordings (FIT, GPX, TCX) and wait", OPTIONS("user=", "json"),
          command_import },
        { "sync", "sync --user ID [--full] [--json]", "bring activities in from Strava and wait",
          OPTIONS("user=", "full", "json"), command_sync },
        { "jobs", "jobs list [--status S] [--kind K] | show ID | retry ID | drop ID  [--json]",
          "the queue: what waits, runs or was given up; try one again; cancel or delete one", OPTIONS("status=", "kind=", "json"),
          command_jobs },
        { "token", "token --user ID [--json]", "an access token for scripts on this machine", OPTIONS("user=", "json"),
          command_token },
        { "user", "user add --email ADDRESS [--name NAME]", "make a user; prints the id", OPTIONS("email=", "name=", "json"),
          command_user },
        { "keys", "keys rotate [--json]",
          "bring everything that is sealed under the newest of DATA_KEYS; may be stopped and run again", OPTIONS("json"),
          command_keys },
        { "version", "version", "version, commit, library versions", OPTIONS(), command_version },
        { "help", "help [COMMAND|config]", "this, or one command, or the settings", OPTIONS(), command_help },
        { 0 },
};

/* -- Words ---------------------------------------------------------------------------------------------------------------------------- */

const char *word_value(const struct words *words, const char *name)
{
        size_t len = strlen(name);
        for (int i = 0; words->options[i]; i++) {
                if (strncmp(words->options[i], name, len) == 0 &&
                    (words->options[i][len] == '\0' || words->options[i][len] == '='))
                        return words->values[i];
        }
        return NULL;
}

static int find_option(const struct words *words, const char *word, const char **ret_value)
{
        const char *equals = strchr(word, '=');
        size_t len = equals ? (size_t)(equals - word) : strlen(word);
        for (int i = 0; words->options[i]; i++) {
                size_t name = strcspn(words->options[i], "=");
                if (name == len && strncmp(words->options[i], word, len) == 0) {
                        *ret_value = equals ? equals + 1 : NULL;
                        return i;
                }
        }
        return -1;
}

static bool take_apart(const struct command *command, int argc, char **argv, struct words *ret)
{
        *ret = (struct words) { .options = command->options, .rest = argv };
        for (int i = 0; i < argc; i++) {
                const char *value;
                if (strncmp(argv[i], "--", 2) != 0 || !argv[i][2]) {
                        ret->rest[ret->rest_count++] = argv[i];
                        continue;
                }
                int at = find_option(ret, argv[i] + 2, &value);
                if (at < 0) {
                        fprintf(stderr, "stravaai %s: unknown option %s\n", command->name, argv[i]);
                        return false;
                }
                bool wants = strchr(command->options[at], '=') != NULL;
                if (wants && !value && i + 1 < argc)
                        value = argv[++i];
                if (wants != (value != NULL)) {
                        fprintf(stderr, "stravaai %s: %s %s\n", command->name, argv[i],
                                wants ? "needs a value" : "takes no value");
                        return false;
                }
                ret->values[at] = value ? value : "";
        }
        return true;
}

/* -- Help and version -------------------------------------------------------------------------------------------------------------------- */

static void print_usage(FILE *out)
{
        fputs("stravaai -- the server behind an endurance-training product\n\n", out);
        for (const struct command *c = commands; c->name; c++)
                fprintf(out, "  %-48s %s\n", c->usage, c->doc);
        fputs("\nSettings are environment variables STRAVAAI_…, or lines of stravaai.env: see `stravaai help config`.\n", out);
}

static int command_help(const struct words *words)
{
        if (words->rest_count == 0) {
                print_usage(stdout);
                return EXIT_DONE;
        }
        const char *name = words->rest[0];
        for (const struct command *c = commands; c->name; c++) {
                if (strcmp(c->name, name) != 0)
                        continue;
                printf("usage: stravaai %s\n\n%s\n", c->usage, c->doc);
                if (strcmp(name, "config") == 0) {
                        struct sai_buf buf;
                        sai_buf_init(&buf, SAI_MIB(1));
                        sai_settings_help(&buf);
                        printf("\n%s", buf.data ? buf.data : "");
                        sai_buf_done(&buf);
                }
                return EXIT_DONE;
        }
        fprintf(stderr, "stravaai: no command `%s`\n", name);
        return EXIT_USAGE;
}

static int command_version(const struct words *words)
{
        (void)words;
        service_print_version();
        return EXIT_DONE;
}

/* -- What commands share ------------------------------------------------------------------------------------------------------------------- */

int command_failed(const struct sai_err *err)
{
        fprintf(stderr, "stravaai: %s%s%s\n", err->field, err->field[0] ? ": " : "",
                err->detail[0] ? err->detail : sai_status_text(err->code));
        return EXIT_FAILED;
}

int command_misused(const struct words *words, const char *why)
{
        for (const struct command *c = commands; c->name; c++) {
                if (c->options == words->options)
                        fprintf(stderr, "stravaai %s: %s\nusage: stravaai %s\n", c->name, why, c->usage);
        }
        return EXIT_USAGE;
}

static sigset_t stop_signals(void)
{
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, SIGTERM);
        sigaddset(&set, SIGINT);
        return set;
}

/* Blocked before any thread starts, so that only the one that waits receives them. */
void cli_block_signals(void)
{
        sigset_t set = stop_signals();
        pthread_sigmask(SIG_BLOCK, &set, NULL);
}

int cli_wait_for_signal(void)
{
        sigset_t set = stop_signals();
        int received = 0;
        while (sigwait(&set, &received) != 0)
                ;
        return received;
}

bool cli_signal_within(int ms)
{
        sigset_t set = stop_signals();
        return sigtimedwait(&set, NULL, &(struct timespec) { ms / 1000, (ms % 1000) * 1000000L }) > 0;
}

sai_status cli_user(struct service *service, const struct words *words, struct sai_arena *arena, struct user *ret_user,
                    struct sai_err *err)
{
        const char *text = word_value(words, "user");
        struct sai_id id;
        if (!sai_id_parse(text, strlen(text), &id))
                return sai_fail(err, SAI_INVALID, "--user takes an id of 24 hexadecimal digits");
        sai_status status = store_user_get(service->store, id, arena, ret_user, err);
        return status == SAI_NOT_FOUND ? sai_fail(err, SAI_NOT_FOUND, "no user has this id") : status;
}

void cli_progress(void *context, const struct job *job)
{
        (void)context;
        if (!isatty(STDERR_FILENO))
                return;
        if (SAI_HAS(job->progress.percentage))
                fprintf(stderr, "\r%s: %s, %lld of %lld (%.0f %%)   ", job_kind_names.values[job->kind],
                        job_status_names.values[job->status], (long long)job->progress.done, (long long)job->progress.total.value,
                        job->progress.percentage.value);
        else
                fprintf(stderr, "\r%s: %s, %lld   ", job_kind_names.values[job->kind], job_status_names.values[job->status],
                        (long long)job->progress.done);
        if (job->status >= JOB_DONE)
                fputc('\n', stderr);
}

void cli_print_model(const struct sai_model *model, const void *object)
{
        struct sai_buf buf;
        sai_buf_init(&buf, SAI_MIB(8));
        sai_model_write(&buf, model, object);
        printf("%s\n", buf.data && !buf.failed ? buf.data : "null");
        sai_buf_done(&buf);
}

int cli_main(int argc, char **argv)
{
        signal(SIGPIPE, SIG_IGN); /* a peer that went away is an error of the write */
        if (argc < 2) {
                print_usage(stderr);
                return EXIT_USAGE;
        }
        const char *name = strcmp(argv[1], "--help") == 0 ? "help" : strcmp(argv[1], "--version") == 0 ? "version" : argv[1];
        for (const struct command *c = commands; c->name; c++) {
                if (strcmp(c->name, name) != 0)
                        continue;
                for (int i = 2; i < argc; i++) {
                        if (strcmp(argv[i], "--help") == 0) {
                                printf("usage: stravaai %s\n\n%s\n", c->usage, c->doc);
                                return EXIT_DONE;
                        }
                }
                struct words words;
                if (!take_apart(c, argc - 2, argv + 2, &words))
                        return EXIT_USAGE;
                return c->run(&words);
        }
        fprintf(stderr, "stravaai: no command `%s`; see `stravaai help`\n", name);
        return EXIT_USAGE;
}
