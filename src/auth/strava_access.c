/* strava_access.c -- see strava_access.h. */
#include "auth/strava_access.h"

#include "auth/seal.h"
#include "base/limits.h"
#include "store/store.h"
#include <time.h>

enum {
        /* Strava gives a new token only within the last hour; half an hour early keeps long syncs from meeting a 401. */
        REFRESH_AHEAD_MS = 30 * 60 * 1000,
        LEASE_MS = 45000, /* longer than one refresh call with all its time-outs */
        POLL_MS = 100, /* how often a waiter looks for the result of the one that refreshes */
        CAS_TRIES = 8,
};

static struct seal_place access_place(struct sai_id user_id)
{
        return (struct seal_place) { "strava_links", user_id, "access_token" };
}
static struct seal_place refresh_place(struct sai_id user_id)
{
        return (struct seal_place) { "strava_links", user_id, "refresh_token" };
}

static sai_status seal_tokens(const struct auth *auth, struct strava_link *link, const struct strava_token *token,
                              struct sai_arena *arena, struct sai_err *err)
{
        sai_status status = seal_close(&auth->data_keys, &auth->random, access_place(link->id), token->access_token,
                                       strlen(token->access_token), arena, &link->access_token, err);
        if (status == SAI_OK)
                status = seal_close(&auth->data_keys, &auth->random, refresh_place(link->id), token->refresh_token,
                                    strlen(token->refresh_token), arena, &link->refresh_token, err);
        link->expires_at = token->expires_at;
        link->updated_at.ms = sai_now_ms(&auth->clock);
        return status;
}

sai_status strava_access_keep(const struct auth *auth, struct sai_id user_id, int64_t athlete_id,
                              const struct strava_token *token, const char *const *scopes, size_t scope_count,
                              struct sai_arena *arena, struct sai_err *err)
{
        sai_status status = SAI_CONFLICT;
        for (int i = 0; i < CAS_TRIES && status == SAI_CONFLICT; i++) {
                struct strava_link link = { 0 };
                status = store_link_get(auth->store, user_id, arena, &link, err);
                if (status != SAI_OK && status != SAI_NOT_FOUND)
                        return status;
                const char **copy = SAI_NEW_ARRAY(arena, const char *, scope_count ? scope_count : 1);
                if (!copy)
                        return sai_fail(err, SAI_NO_MEMORY, "scopes");
                memcpy(copy, scopes, scope_count * sizeof *copy);
                link.id = user_id;
                link.athlete_id = athlete_id;
                link.status = LINK_CONNECTED;
                link.scopes = (struct sai_list) { copy, scope_count };
                link.fencing++; /* a refresh that is under way with the old tokens must not overwrite these */
                link.lease_owner = NULL;
                link.lease_until = (struct sai_opt_instant) { 0 };
                status = seal_tokens(auth, &link, token, arena, err);
                if (status == SAI_OK)
                        status = store_link_put(auth->store, &link, err);
        }
        return status;
}

static sai_status mark_user(const struct auth *auth, struct sai_id user_id, enum link_status strava, struct sai_arena *arena,
                            struct sai_err *err)
{
        sai_status status = SAI_CONFLICT;
        for (int i = 0; i < CAS_TRIES && status == SAI_CONFLICT; i++) {
                struct user user;
                status = store_user_get(auth->store, user_id, arena, &user, err);
                if (status != SAI_OK || user.strava_status == (int)strava)
                        return status;
                user.strava_status = (int)strava;
                user.updated_at.ms = sai_now_ms(&auth->clock);
                status = store_user_put(auth->store, &user, err);
        }
        return status == SAI_OK ? store_user_touch(auth->store, user_id, err) : status;
}

sai_status strava_access_mark(const struct auth *auth, struct sai_id user_id, enum link_status strava, struct sai_err *err)
{
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MIB(1));
        if (!arena)
                return sai_fail(err, SAI_NO_MEMORY, "link");
        sai_status status = SAI_CONFLICT;
        for (int i = 0; i < CAS_TRIES && status == SAI_CONFLICT; i++) {
                struct strava_link link;
                status = store_link_get(auth->store, user_id, arena, &link, err);
                if (status == SAI_OK && link.status != (int)strava) {
                        link.status = (int)strava;
                        status = store_link_put(auth->store, &link, err);
                }
        }
        return status == SAI_OK ? mark_user(auth, user_id, strava, arena, err) : status;
}

static sai_status not_connected(struct sai_err *err)
{
        return sai_fail(err, SAI_STRAVA_NOT_CONNECTED, "Strava is not connected: connect it, or connect it again");
}

/* Whether the link's token serves: it lives long enough and is not the one that was refused. */
static sai_status usable(const struct auth *auth, const struct strava_link *link, const char *rejected, struct sai_arena *arena,
                         const char **ret_token, struct sai_err *err)
{
        *ret_token = NULL;
        if (link->status == LINK_NONE || link->status == LINK_RECONNECT_NEEDED)
                return not_connected(err);
        char *plain = NULL;
        size_t len = 0;
        sai_status status = seal_open(&auth->data_keys, access_place(link->id), link->access_token, arena, &plain, &len, err);
        if (status != SAI_OK)
                return status;
        bool fresh = link->expires_at.ms - sai_now_ms(&auth->clock) > REFRESH_AHEAD_MS;
        if (fresh && !(rejected && strcmp(rejected, plain) == 0))
                *ret_token = plain;
        return SAI_OK;
}

/* Makes the call under the lease. The old pair stays in the row until the new one is committed. SAI_CONFLICT: the link was written meanwhile, by a
 * new sign-in or by whoever took the lease over; what this call learned is about tokens that are not the link's any more. */
static sai_status refresh_leased(const struct auth *auth, struct strava_link *link, int64_t deadline_ms, struct sai_arena *arena,
                                 const char **ret_token, struct sai_err *err)
{
        char *refresh_token = NULL;
        size_t len = 0;
        sai_status status =
                seal_open(&auth->data_keys, refresh_place(link->id), link->refresh_token, arena, &refresh_token, &len, err);
        if (status != SAI_OK)
                return status;
        struct strava_token token;
        struct strava_error error;
        status = strava_refresh(auth->strava, refresh_token, deadline_ms, arena, &token, &error);
        link->lease_owner = NULL;
        link->lease_until = (struct sai_opt_instant) { 0 };
        if (status == SAI_OK) {
                status = seal_tokens(auth, link, &token, arena, err);
                if (status == SAI_OK)
                        status = store_link_put(auth->store, link, err);
                if (status != SAI_OK)
                        return status;
                *ret_token = token.access_token;
                sai_log(auth->log, SAI_LOG_INFO, "strava.token_refreshed", SAI_LOG_ID("user_id", link->id));
                return status;
        }
        struct sai_err ignored;
        sai_status released = store_link_put(auth->store, link, &ignored);
        if (released == SAI_CONFLICT)
                return sai_fail(err, SAI_CONFLICT, "the link was written meanwhile");
        if (error.class == STRAVA_REFRESH_TOKEN_DEAD) {
                sai_log(auth->log, SAI_LOG_WARN, "strava.reconnect_needed", SAI_LOG_ID("user_id", link->id));
                sai_status marked = strava_access_mark(auth, link->id, LINK_RECONNECT_NEEDED, err);
                return marked == SAI_OK ? not_connected(err) : marked;
        }
        if (released != SAI_OK)
                sai_log(auth->log, SAI_LOG_WARN, "strava.lease_kept", SAI_LOG_ID("user_id", link->id),
                        SAI_LOG_TEXT("reason", ignored.detail));
        return sai_fail(err, status, "%s", error.err.detail);
}

/* Gives back the lease of a process that was killed while it refreshed. Somebody faster is as good. */
static sai_status end_lease(const struct auth *auth, struct strava_link *link, struct sai_err *err)
{
        link->lease_owner = NULL;
        link->lease_until = (struct sai_opt_instant) { 0 };
        link->fencing++;
        sai_status status = store_link_put(auth->store, link, err);
        if (status == SAI_OK)
                sai_log(auth->log, SAI_LOG_WARN, "strava.lease_taken_back", SAI_LOG_ID("user_id", link->id));
        return status == SAI_CONFLICT ? SAI_OK : status;
}

static void pause_ms(int64_t ms)
{
        struct timespec wait = { ms / 1000, (ms % 1000) * 1000000 };
        nanosleep(&wait, NULL);
}

sai_status strava_access_token(const struct auth *auth, struct sai_id user_id, const char *rejected, int64_t deadline_ms,
                               struct sai_arena *arena, const char **ret_token, struct sai_err *err)
{
        for (;;) {
                struct strava_link link;
                sai_status status = store_link_get(auth->store, user_id, arena, &link, err);
                if (status == SAI_NOT_FOUND)
                        return not_connected(err);
                if (status == SAI_OK)
                        status = usable(auth, &link, rejected, arena, ret_token, err);
                if (status != SAI_OK || *ret_token)
                        return status;
                status = store_link_lease(auth->store, user_id, auth->worker_name, LEASE_MS, arena, &link, err);
                if (status == SAI_OK) {
                        /* Between our look and the lease another may have refreshed: its token serves. */
                        status = usable(auth, &link, rejected, arena, ret_token, err);
                        if (status == SAI_OK && !*ret_token) {
                                status = refresh_leased(auth, &link, deadline_ms, arena, ret_token, err);
                                if (status == SAI_CONFLICT)
                                        continue;
                                return status;
                        }
                        link.lease_owner = NULL;
                        link.lease_until = (struct sai_opt_instant) { 0 };
                        struct sai_err ignored;
                        sai_status released = store_link_put(auth->store, &link, &ignored);
                        return status != SAI_OK ? status : released == SAI_CONFLICT ? SAI_OK : released;
                }
                if (status != SAI_CONFLICT)
                        return status;
                if (lease_owner_is_gone(link.lease_owner)) {
                        status = end_lease(auth, &link, err);
                        if (status != SAI_OK)
                                return status;
                        continue;
                }
                if (deadline_ms && sai_monotonic_ms(&auth->clock) + POLL_MS > deadline_ms)
                        return sai_fail(err, SAI_TIMEOUT, "Strava's token is being refreshed");
                pause_ms(POLL_MS);
        }
}

sai_status strava_access_end(const struct auth *auth, struct sai_id user_id, int64_t deadline_ms, struct sai_arena *arena,
                             struct sai_err *err)
{
        const char *token;
        sai_status status = strava_access_token(auth, user_id, NULL, deadline_ms, arena, &token, err);
        if (status == SAI_OK) {
                struct strava_call call = { .access_token = token, .deadline_ms = deadline_ms, .priority = STRAVA_INTERACTIVE };
                struct strava_error error;
                status = strava_revoke(auth->strava, &call, arena, &error);
                if (status != SAI_OK)
                        return sai_fail(err, status, "%s", error.err.detail);
        } else if (status != SAI_STRAVA_NOT_CONNECTED) {
                return status;
        }
        status = store_link_delete(auth->store, user_id, err);
        if (status == SAI_OK || status == SAI_NOT_FOUND)
                status = mark_user(auth, user_id, LINK_NONE, arena, err);
        return status;
}

/* One secret of a leased link, under the newest key. */
static sai_status reseal(const struct auth *auth, struct seal_place place, struct sai_secret *sealed, struct sai_arena *arena,
                         struct sai_err *err)
{
        char *plain = NULL;
        size_t len = 0;
        sai_status status = seal_open(&auth->data_keys, place, *sealed, arena, &plain, &len, err);
        if (status == SAI_OK)
                status = seal_close(&auth->data_keys, &auth->random, place, plain, len, arena, sealed, err);
        if (plain)
                explicit_bzero(plain, len);
        return status;
}

static bool is_newest(const struct auth *auth, const struct strava_link *link)
{
        return seal_is_newest(&auth->data_keys, link->access_token) && seal_is_newest(&auth->data_keys, link->refresh_token);
}

static sai_status reseal_leased(const struct auth *auth, struct strava_link *link, struct sai_arena *arena, struct sai_err *err)
{
        struct sai_secret before[2] = { link->access_token, link->refresh_token };
        sai_status status = reseal(auth, access_place(link->id), &link->access_token, arena, err);
        if (status == SAI_OK)
                status = reseal(auth, refresh_place(link->id), &link->refresh_token, arena, err);
        if (status != SAI_OK) { /* the lease is given back in any case, with the tokens as they were */
                link->access_token = before[0];
                link->refresh_token = before[1];
        }
        link->lease_owner = NULL;
        link->lease_until = (struct sai_opt_instant) { 0 };
        struct sai_err ignored;
        sai_status put = store_link_put(auth->store, link, status == SAI_OK ? err : &ignored);
        return status == SAI_OK ? put : status;
}

sai_status strava_access_reseal(const struct auth *auth, struct sai_id user_id, struct sai_arena *arena, bool *ret_sealed,
                                struct sai_err *err)
{
        *ret_sealed = false;
        /* A refresh lasts no longer than its lease; a new sign-in in between makes the link new, which is looked at again. */
        for (int64_t waited = 0; waited <= 2 * LEASE_MS; waited += POLL_MS) {
                struct strava_link link;
                sai_status status = store_link_get(auth->store, user_id, arena, &link, err);
                if (status == SAI_NOT_FOUND || (status == SAI_OK && is_newest(auth, &link)))
                        return SAI_OK;
                if (status == SAI_OK)
                        status = store_link_lease(auth->store, user_id, auth->worker_name, LEASE_MS, arena, &link, err);
                if (status == SAI_OK)
                        status = reseal_leased(auth, &link, arena, err);
                *ret_sealed = status == SAI_OK;
                if (status != SAI_CONFLICT && status != SAI_NOT_FOUND)
                        return status;
                if (status == SAI_CONFLICT)
                        pause_ms(POLL_MS);
        }
        return sai_fail(err, SAI_TIMEOUT, "a link is being refreshed all the time");
}
