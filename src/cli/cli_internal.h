/* cli_internal.h -- what the commands share: options, output, progress. */
#ifndef SAI_CLI_CLI_INTERNAL_H
#define SAI_CLI_CLI_INTERNAL_H

#include "cli/cli.h"
#include "cli/service.h"
#include <stdbool.h>

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

/* The words after the command, taken apart: `--name VALUE`, `--flag`, and the rest. */
struct words {
        const char *const *options; /* the command's: "user=" takes a value, "json" is a flag; ends with NULL */
        const char *values[16]; /* by index of `options`; a flag's is "" */
        char **rest;
        int rest_count;
};
const char *word_value(const struct words *words, const char *name); /* NULL when it was not given */

struct command {
        const char *name, *usage, *doc;
        const char *const *options;
        int (*run)(const struct words *words);
};
extern const struct command commands[]; /* ends with a NULL name */

int command_serve(const struct words *words);
int command_worker(const struct words *words);
int command_demo(const struct words *words);
int command_migrate(const struct words *words);
int command_config(const struct words *words);
int command_import(const struct words *words);
int command_sync(const struct words *words);
int command_token(const struct words *words);
int command_user(const struct words *words);
int command_jobs(const struct words *words);
int command_keys(const struct words *words);

/* Runs `act` on a service that does not listen, its schema up to date, and takes it apart again. */
int cli_with_service(const struct words *words, int (*act)(struct service *, const struct words *, struct sai_arena *));

/* Says what went wrong on standard error, with the setting it is about; gives EXIT_FAILED. */
int command_failed(const struct sai_err *err);
int command_misused(const struct words *words, const char *why);
/* Blocks SIGTERM and SIGINT in this thread and all it will start; cli_wait_for_signal then waits for one. */
void cli_block_signals(void);
int cli_wait_for_signal(void);
/* Whether one came within so many milliseconds. */
bool cli_signal_within(int ms);
/* The user that `--user` names, or an error. */
sai_status cli_user(struct service *service, const struct words *words, struct sai_arena *arena, struct user *ret_user,
                    struct sai_err *err) SAI_MUST_USE;
/* Prints a job while it runs, when standard error is a terminal. */
void cli_progress(void *context, const struct job *job);
void cli_print_model(const struct sai_model *model, const void *object);

#endif
