/* auth_strava.c -- the link to Strava of an athlete who signs in another way as well, and taking it away. */
#include "api/auth_internal.h"

#include "auth/account.h"
#include "auth/strava_access.h"
#include "store/store.h"
#include <inttypes.h>

enum { CAS_TRIES = 8 };

/* What Strava said of the athlete goes; what the athlete set here stays. */
static sai_status forget_athlete(struct api *api, struct sai_id user_id, struct sai_arena *arena, struct sai_err *err)
{
        sai_status status = SAI_CONFLICT;
        for (int i = 0; i < CAS_TRIES && status == SAI_CONFLICT; i++) {
                struct user user;
                status = store_user_get(api->store, user_id, arena, &user, err);
                if (status != SAI_OK)
                        return status;
                if (!user.name_given)
                        user.name = NULL;
                user.strava_id = (struct sai_opt_i64) { 0 };
                user.username = user.firstname = user.lastname = user.city = user.country = NULL;
                user.strava = (struct body) { 0 };
                user.strava_zones = user.scopes = (struct sai_list) { 0 };
                user.strava_status = LINK_NONE;
                user.last_activity_sync = user.last_full_listing = (struct sai_opt_instant) { 0 };
                user.updated_at.ms = sai_now_ms(&api->clock);
                status = store_user_put(api->store, &user, err);
        }
        return status == SAI_OK ? store_user_touch(api->store, user_id, err) : status;
}

/* Each step may be repeated, and the athlete's id at Strava goes last: while it is there, asking again finishes what was begun. */
static sai_status unlink_strava(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        struct api *api = api_of(request);
        const struct user *user = api_user(request);
        struct sai_id user_id = request->principal.user_id;
        bool has_password = false;
        if (!SAI_HAS(user->strava_id))
                return sai_fail(err, SAI_STRAVA_NOT_CONNECTED, "Strava is not connected");
        sai_status status = account_has_password(api->auth, user_id, request->arena, &has_password, err);
        if (status == SAI_OK && !(has_password && api->settings->local_accounts))
                return sai_fail(err, SAI_CONFLICT, "Strava is the only way to sign in to this account");
        if (status == SAI_OK)
                status = strava_access_end(api->auth, user_id, request->deadline_ms, request->arena, err);
        if (status == SAI_OK)
                status = jobs_add_unlink(api->jobs, user_id, request->arena, err);
        const char *key = sai_arena_printf(request->arena, "strava:%" PRId64, user->strava_id.value);
        if (status == SAI_OK && !key)
                status = sai_fail(err, SAI_NO_MEMORY, "claim");
        if (status == SAI_OK)
                status = store_release(api->store, key, user_id, err);
        if (status == SAI_OK)
                status = forget_athlete(api, user_id, request->arena, err);
        if (status != SAI_OK)
                return status;
        auth_event_add(api->auth, user_id, EVENT_STRAVA_UNLINKED, auth_device(request), NULL);
        return api_answer_success(reply, err);
}

static const sai_status unlink_problems[] = { SAI_CONFLICT, SAI_STRAVA_NOT_CONNECTED, SAI_UPSTREAM, SAI_UNAVAILABLE, SAI_OK };

const struct sai_route auth_strava_routes[] = {
        { "DELETE", "/api/v1/auth/strava", unlink_strava, .auth = SAI_AUTH_USER, .sessions_only = true,
          .cache = SAI_CACHE_NO_STORE, .rate = SAI_RATE_AUTH, .out = &success_model, .deadline_ms = 30000, .tag = "auth",
          .operation = "unlinkStrava", .summary = "Take the link to Strava away",
          .doc = "The authorization ends at Strava, and a job erases what came from its API. Uploaded files stay. 409 when it is "
                 "the "
                 "only way to sign in.",
          .problems = unlink_problems },
        { 0 },
};
