/* accounts.c -- sessions, links to Strava, and things that work once. */
#include "store/store_internal.h"

sai_status store_session_get(struct store *store, struct sai_id id, struct sai_arena *arena, struct session *ret_session,
                             struct sai_err *err)
{
        return store_get(store, QUERY_SESSION_GET, VALUES(V_ID(id)), arena, ret_session, err);
}

sai_status store_session_put(struct store *store, struct session *session, struct sai_err *err)
{
        return store_put(store, QUERY_SESSION_REPLACE,
                         VALUES(V_ID(session->id), V_ID(session->user_id), V_INTEGER(session->revision)), session,
                         &session->revision, err);
}

/* The session first, so that it is over even when the rest fails; then the claims it held. */
static sai_status end_session(struct store *store, struct sai_id user_id, struct sai_id id, int64_t *ret_deleted,
                              struct sai_err *err)
{
        sai_status status = store_remove(store, QUERY_SESSION_DELETE, VALUES(V_ID(id), V_ID(user_id)), ret_deleted, err);
        if (status == SAI_OK && *ret_deleted > 0)
                status = store_remove(store, QUERY_CLAIMS_OF_HOLDER, VALUES(V_ID(id)), NULL, err);
        return status;
}

sai_status store_session_delete(struct store *store, struct sai_id user_id, struct sai_id id, struct sai_err *err)
{
        int64_t deleted = 0;
        sai_status status = end_session(store, user_id, id, &deleted, err);
        if (status == SAI_OK && deleted == 0)
                return sai_fail(err, SAI_NOT_FOUND, "no such session");
        return status;
}

enum { SESSION_LIST = 200, SWEEP_PAGE = 256 };

sai_status store_session_list(struct store *store, struct sai_id user_id, struct sai_arena *arena, struct session **ret_items,
                              size_t *ret_count, struct sai_err *err)
{
        const struct request request = { .query = QUERY_SESSION_LIST, .values = VALUES(V_ID(user_id)), .limit = SESSION_LIST };
        return store_find(store, &request, arena, (void **)ret_items, ret_count, err);
}

struct sweep {
        struct {
                struct sai_id id, user_id;
        } sessions[SWEEP_PAGE];
        size_t count;
};

static sai_status sweep_collect(void *context, const void *row, struct sai_err *err)
{
        (void)err;
        struct sweep *sweep = context;
        const struct session *session = row;
        sweep->sessions[sweep->count].id = session->id;
        sweep->sessions[sweep->count++].user_id = session->user_id;
        return SAI_OK;
}

static sai_status sweep_sessions(struct store *store, enum query_id query, int64_t now, int64_t *deleted, struct sai_err *err)
{
        struct sweep sweep;
        do {
                sweep.count = 0;
                const struct request request = { .query = query, .values = VALUES(V_INTEGER(now)), .limit = SWEEP_PAGE };
                sai_status status = store->backend->ops->visit(store->backend, &request, NULL, sweep_collect, &sweep, err);
                for (size_t i = 0; i < sweep.count && status == SAI_OK; i++) {
                        int64_t one = 0;
                        status = end_session(store, sweep.sessions[i].user_id, sweep.sessions[i].id, &one, err);
                        *deleted += one;
                }
                if (status != SAI_OK)
                        return status;
        } while (sweep.count == SWEEP_PAGE);
        return SAI_OK;
}

sai_status store_session_sweep(struct store *store, struct sai_instant now, int64_t *ret_count, struct sai_err *err)
{
        int64_t deleted = 0;
        sai_status status = sweep_sessions(store, QUERY_SESSION_EXPIRED, now.ms, &deleted, err);
        if (status == SAI_OK)
                status = sweep_sessions(store, QUERY_SESSION_IDLE, now.ms, &deleted, err);
        if (status == SAI_OK)
                *ret_count = deleted;
        return status;
}

sai_status store_link_get(struct store *store, struct sai_id user_id, struct sai_arena *arena, struct strava_link *ret_link,
                          struct sai_err *err)
{
        return store_get(store, QUERY_LINK_GET, VALUES(V_ID(user_id)), arena, ret_link, err);
}

sai_status store_link_put(struct store *store, struct strava_link *link, struct sai_err *err)
{
        return store_put(store, QUERY_LINK_REPLACE, VALUES(V_ID(link->id), V_INTEGER(link->revision)), link, &link->revision,
                         err);
}

sai_status store_link_lease(struct store *store, struct sai_id user_id, const char *owner, int64_t lease_ms,
                            struct sai_arena *arena, struct strava_link *ret_link, struct sai_err *err)
{
        int64_t now = sai_now_ms(&store->clock);
        const struct request request = {
                .query = QUERY_LINK_LEASE,
                .values = VALUES(V_ID(user_id), V_INTEGER(now), V_TEXT(owner), V_INTEGER(now + lease_ms), V_INTEGER(1),
                                 V_INTEGER(1)),
        };
        sai_status status = store->backend->ops->change(store->backend, &request, arena, ret_link, err);
        if (status != SAI_NOT_FOUND)
                return status;
        struct strava_link link;
        status = store_link_get(store, user_id, arena, &link, err);
        return status == SAI_OK ? sai_fail(err, SAI_CONFLICT, "another refresh is under way") : status;
}

sai_status store_link_delete(struct store *store, struct sai_id user_id, struct sai_err *err)
{
        int64_t deleted = 0;
        sai_status status = store_remove(store, QUERY_LINK_GET, VALUES(V_ID(user_id)), &deleted, err);
        if (status == SAI_OK && deleted == 0)
                return sai_fail(err, SAI_NOT_FOUND, "not linked to Strava");
        return status;
}

sai_status store_once_put(struct store *store, const char *key, enum once_kind kind, const char *payload,
                          struct sai_instant expires_at, struct sai_err *err)
{
        const struct once once = {
                .id = store_new_id(store), .key = key, .kind = (int)kind, .payload = payload, .expires_at = expires_at
        };
        return store->backend->ops->insert(store->backend, COLLECTION_ONCE, &once, err);
}

sai_status store_once_take(struct store *store, const char *key, enum once_kind kind, struct sai_arena *arena,
                           struct once *ret_once, struct sai_err *err)
{
        const struct request request = {
                .query = QUERY_ONCE_TAKE,
                .values = VALUES(V_TEXT(key), V_INTEGER(kind), V_INTEGER(sai_now_ms(&store->clock))),
        };
        return store->backend->ops->take(store->backend, &request, arena, ret_once, err);
}

sai_status store_once_sweep(struct store *store, struct sai_instant now, int64_t *ret_count, struct sai_err *err)
{
        return store_remove(store, QUERY_ONCE_EXPIRED, VALUES(V_INTEGER(now.ms)), ret_count, err);
}

sai_status store_link_list(struct store *store, struct sai_id after, size_t limit, struct sai_arena *arena,
                           struct strava_link **ret_items, size_t *ret_count, struct sai_err *err)
{
        const struct request request = { .query = QUERY_LINK_LIST, .after = VALUES(V_ID(after)), .limit = limit };
        return store_find(store, &request, arena, (void **)ret_items, ret_count, err);
}
