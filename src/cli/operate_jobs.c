/* operate_jobs.c -- `stravaai jobs`: the queue as an operator sees it, over all athletes, on the store itself.
 *
 * What was given up stays until somebody decides: `retry` queues it again with its tries forgotten, `drop` deletes it. A job that lives is cancelled by
 * `drop`, also while a worker runs it: what that worker writes afterwards is refused by its fencing number. */
#include "cli/cli_internal.h"

#include "base/limits.h"
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { JOBS_SHOWN = 1000 }; /* of one state: more than that is not read, but counted by /metrics */

/* -- One job as a line ------------------------------------------------------------------------------------------------------------ */

static void print_line(const struct job *job)
{
        char id[SAI_ID_HEX + 1], user[SAI_ID_HEX + 1], created[64];
        sai_id_format(job->id, id);
        sai_id_format(job->user_id, user);
        created[sai_instant_format(job->created_at, created)] = '\0';
        printf("%s  %-10s %-9s  %s  user %s  tries %lld", id, job_kind_names.values[job->kind],
               job_status_names.values[job->status], created, sai_id_is_zero(job->user_id) ? "-" : user, (long long)job->tries);
        if (job->error.len)
                printf("  %.*s", (int)job->error.len, job->error.data);
        putchar('\n');
}

/* -- list -------------------------------------------------------------------------------------------------------------------------- */

static int find_name(const struct sai_enumeration *names, const char *text)
{
        return text ? sai_enumeration_find(names, text, strlen(text)) : -1;
}

struct listing {
        struct sai_list items; /* struct job */
};
static const struct sai_field listing_fields[] = { SAI_LIST(struct listing, items, &job_model, .max_items = 6 * JOBS_SHOWN) };
static const struct sai_model listing_model = SAI_MODEL_OF(struct listing, listing_fields, "JobListing");

static bool is_listed(const struct words *words, int status)
{
        int wanted = find_name(&job_status_names, word_value(words, "status"));
        return wanted < 0 ? status != JOB_DONE : status == wanted;
}

static sai_status add_status(struct service *service, enum job_status status, int kind, struct sai_arena *arena, struct job *jobs,
                             size_t *count, struct sai_err *err)
{
        struct job *items;
        size_t found;
        sai_status result = store_job_of_status(service->store, status, NULL, JOBS_SHOWN, arena, &items, &found, err);
        for (size_t i = 0; result == SAI_OK && i < found; i++) {
                if (kind < 0 || items[i].kind == kind)
                        jobs[(*count)++] = items[i];
        }
        if (result == SAI_OK && found == JOBS_SHOWN)
                fprintf(stderr, "stravaai: only the oldest %d that are %s were looked at\n", JOBS_SHOWN,
                        job_status_names.values[status]);
        return result;
}

static int list_jobs(struct service *service, const struct words *words, struct sai_arena *arena)
{
        struct sai_err err = { 0 };
        size_t count = 0;
        struct job *jobs = SAI_NEW_ARRAY(arena, struct job, (JOB_CANCELLED + 1) * JOBS_SHOWN);
        sai_status status = jobs ? SAI_OK : sai_fail(&err, SAI_NO_MEMORY, "jobs");
        for (int s = JOB_QUEUED; s <= JOB_CANCELLED && status == SAI_OK; s++) {
                if (is_listed(words, s))
                        status = add_status(service, (enum job_status)s, find_name(&job_kind_names, word_value(words, "kind")),
                                            arena, jobs, &count, &err);
        }
        if (status != SAI_OK)
                return command_failed(&err);
        if (word_value(words, "json"))
                cli_print_model(&listing_model, &(struct listing) { { jobs, count } });
        for (size_t i = 0; i < count && !word_value(words, "json"); i++)
                print_line(&jobs[i]);
        return EXIT_DONE;
}

/* -- show, retry, drop --------------------------------------------------------------------------------------------------------------- */

static int act_on_job(struct service *service, const struct words *words, struct sai_arena *arena)
{
        const char *verb = words->rest[0];
        struct sai_err err = { 0 };
        struct sai_id id;
        struct job job;
        if (!sai_id_parse(words->rest[1], strlen(words->rest[1]), &id))
                return command_misused(words, "an id has 24 hexadecimal digits");
        sai_status status = store_job_by_id(service->store, id, arena, &job, &err);
        if (status == SAI_NOT_FOUND)
                status = sai_fail(&err, SAI_NOT_FOUND, "no job has this id");
        else if (status == SAI_OK && strcmp(verb, "retry") == 0)
                status = store_job_retry(service->store, &job, &err);
        else if (status == SAI_OK && strcmp(verb, "drop") == 0)
                status = store_job_drop(service->store, &job, &err);
        if (status != SAI_OK)
                return command_failed(&err);
        if (word_value(words, "json"))
                cli_print_model(&job_model, &job);
        else
                print_line(&job);
        return EXIT_DONE;
}

static bool is_verb(const char *word)
{
        return strcmp(word, "show") == 0 || strcmp(word, "retry") == 0 || strcmp(word, "drop") == 0;
}

int command_jobs(const struct words *words)
{
        bool lists = words->rest_count == 1 && strcmp(words->rest[0], "list") == 0;
        if (!lists && (words->rest_count != 2 || !is_verb(words->rest[0])))
                return command_misused(words, "there are `jobs list`, `jobs show ID`, `jobs retry ID` and `jobs drop ID`");
        if (word_value(words, "status") && find_name(&job_status_names, word_value(words, "status")) < 0)
                return command_misused(words, "--status is queued, running, waiting, done, failed or cancelled");
        if (word_value(words, "kind") && find_name(&job_kind_names, word_value(words, "kind")) < 0)
                return command_misused(words, "--kind is no kind of job");
        return cli_with_service(words, lists ? list_jobs : act_on_job);
}
