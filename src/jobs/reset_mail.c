/* reset_mail.c -- mails the token that sets a new password.
 *
 * A job, so that asking takes the same time whether somebody has the address or not: for nobody's the same job is added, and does nothing. The
 * token is made here, right before it is sent, and is in no row in the clear; a repeat sends a new one. The job is the service's own: no
 * athlete sees it, and whoever asks learns nothing from it. */
#include "jobs/jobs_internal.h"

#include "auth/account.h"
#include "client/mail.h"
#include "store/store.h"

struct reset_argument {
        struct sai_id user_id;
};
static const struct sai_field argument_fields[] = { SAI_FIELD(struct reset_argument, user_id) };
static const struct sai_model argument_model = SAI_MODEL_OF(struct reset_argument, argument_fields, "ResetMailArgument");

static const char body[] =
        "Somebody, probably you, asked to set a new password for this address at\n%s\n\n"
        "This token does it, once, within an hour:\n\n%s\n\n"
        "Setting it signs all devices out. If it was not you, do nothing: without the token nothing changes.\n";

sai_status job_reset_mail(struct run *run, struct sai_err *err)
{
        const struct auth *auth = run->jobs->config.auth;
        struct reset_argument argument = { 0 };
        struct user user;
        const char *secret;
        sai_status status =
                sai_model_decode(&argument_model, run->job->argument.data, run->job->argument.len, run->arena, &argument, err);
        if (status != SAI_OK || sai_id_is_zero(argument.user_id))
                return status;
        status = store_user_get(auth->store, argument.user_id, run->arena, &user, err);
        if (status == SAI_NOT_FOUND || (status == SAI_OK && !user.email))
                return SAI_OK; /* erased meanwhile */
        if (status == SAI_OK && !auth->mail) {
                run->final = true;
                return sai_fail(err, SAI_UNAVAILABLE, "this process has neither MAIL_COMMAND nor MAIL_URL");
        }
        if (status == SAI_OK)
                status = account_make_reset(auth, user.id, run->arena, &secret, err);
        char *text = status == SAI_OK ? sai_arena_printf(run->arena, body, auth->issuer, secret) : NULL;
        if (status == SAI_OK && !text)
                status = sai_fail(err, SAI_NO_MEMORY, "mail");
        return status == SAI_OK ? mail_send(auth->mail, user.email, "Set a new password", text, err) : status;
}

sai_status jobs_add_reset_mail(struct jobs *jobs, struct sai_id user_id, struct sai_arena *arena, struct sai_err *err)
{
        bool existing;
        struct job job = { .kind = JOB_RESET_MAIL };
        struct reset_argument argument = { user_id };
        return jobs_add(jobs, &job, &argument_model, &argument, arena, &existing, err);
}
