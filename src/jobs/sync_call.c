/* sync_call.c -- a call to Strava on behalf of a sync: with the athlete's token, and what each kind of failure means for athlete and job. */
#include "jobs/sync_internal.h"

#include "auth/strava_access.h"

enum { LIMIT_JITTER_MS = 5000 };

static sai_status limited(struct sync *sync, const struct strava_error *error, struct sai_err *err)
{
        sync->run->retry_at_ms = error->until_ms + (int64_t)sai_random_below(&sync->run->jobs->config.random, LIMIT_JITTER_MS);
        return sai_fail(err, SAI_RATE_LIMITED, "Strava's limit is used up");
}

/* What Strava's answer means for the athlete and for this job. */
static sai_status decide(struct sync *sync, sai_status status, const struct strava_error *error, struct sai_err *err)
{
        const struct auth *auth = sync->run->jobs->config.auth;
        sai_status marked = SAI_OK;
        switch (error->class) {
        case STRAVA_RATE_LIMITED:
                return limited(sync, error, err);
        case STRAVA_MISSING_SCOPE:
                /* The athlete unticked a permission: asking again changes nothing, but what does not need it goes on. */
                sync->run->final = true;
                return sai_fail(err, SAI_MISSING_SCOPE,
                                "a permission was not granted at Strava: connect again and leave it ticked");
        case STRAVA_UNAUTHORIZED:
                marked = strava_access_mark(auth, sync->user_id, LINK_RECONNECT_NEEDED, err);
                sync->run->final = marked == SAI_OK;
                return marked == SAI_OK ? sai_fail(err, SAI_STRAVA_NOT_CONNECTED,
                                                   "Strava does not accept the authorization any more: connect again")
                                        : marked;
        case STRAVA_INACTIVE:
                marked = strava_access_mark(auth, sync->user_id, LINK_INACTIVE, err);
                sync->run->final = marked == SAI_OK;
                return marked == SAI_OK ? sai_fail(err, SAI_UNAVAILABLE, "Strava has deactivated this application") : marked;
        default:
                return sai_fail(err, status, "%s", error->err.detail);
        }
}

static sai_status fetch_token(struct sync *sync, const char *rejected, struct sai_err *err)
{
        sai_status status = strava_access_token(sync->run->jobs->config.auth, sync->user_id, rejected, 0, sync->run->arena,
                                                &sync->token, err);
        if (status == SAI_STRAVA_NOT_CONNECTED)
                sync->run->final = true;
        return status;
}

sai_status sync_call(struct sync *sync, strava_step step, void *context, struct sai_err *err)
{
        for (int tries = 0;; tries++) {
                sai_status status = sync->token ? SAI_OK : fetch_token(sync, NULL, err);
                if (status != SAI_OK)
                        return status;
                struct strava_call call = { .access_token = sync->token, .priority = STRAVA_BACKGROUND };
                struct strava_error error;
                status = step(sync, &call, context, &error);
                if (status == SAI_OK)
                        return SAI_OK;
                if (error.class == STRAVA_NOT_FOUND)
                        return sai_fail(err, SAI_NOT_FOUND, "%s", error.err.detail);
                if (error.class != STRAVA_UNAUTHORIZED || tries > 0)
                        return decide(sync, status, &error, err);
                const char *rejected = sync->token;
                sync->token = NULL;
                status = fetch_token(sync, rejected, err);
                if (status != SAI_OK)
                        return status;
        }
}
