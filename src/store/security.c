/* security.c -- API tokens, passwords, counters of tries, and the trail of security events. */
#include "store/store_internal.h"

/* -- API tokens ----------------------------------------------------------------------------------------------------- */

sai_status store_api_token_get(struct store *store, struct sai_id id, struct sai_arena *arena, struct api_token *ret_token,
                               struct sai_err *err)
{
        return store_get(store, QUERY_API_TOKEN_GET, VALUES(V_ID(id)), arena, ret_token, err);
}

sai_status store_api_token_put(struct store *store, struct api_token *token, struct sai_err *err)
{
        return store_put(store, QUERY_API_TOKEN_REPLACE,
                         VALUES(V_ID(token->id), V_ID(token->user_id), V_INTEGER(token->revision)), token, &token->revision, err);
}

sai_status store_api_token_list(struct store *store, struct sai_id user_id, struct sai_arena *arena, struct api_token **ret_items,
                                size_t *ret_count, struct sai_err *err)
{
        const struct request request = { .query = QUERY_API_TOKEN_LIST,
                                         .values = VALUES(V_ID(user_id)),
                                         .limit = SAI_MAX_API_TOKENS_PER_USER + 1 };
        return store_find(store, &request, arena, (void **)ret_items, ret_count, err);
}

sai_status store_api_token_delete(struct store *store, struct sai_id user_id, struct sai_id id, struct sai_err *err)
{
        int64_t deleted = 0;
        sai_status status = store_remove(store, QUERY_API_TOKEN_DELETE, VALUES(V_ID(id), V_ID(user_id)), &deleted, err);
        if (status == SAI_OK && deleted == 0)
                return sai_fail(err, SAI_NOT_FOUND, "no such token");
        return status;
}

/* -- Passwords -------------------------------------------------------------------------------------------------------- */

sai_status store_credential_get(struct store *store, struct sai_id user_id, struct sai_arena *arena,
                                struct credential *ret_credential, struct sai_err *err)
{
        return store_get(store, QUERY_CREDENTIAL_GET, VALUES(V_ID(user_id)), arena, ret_credential, err);
}

sai_status store_credential_put(struct store *store, struct credential *credential, struct sai_err *err)
{
        return store_put(store, QUERY_CREDENTIAL_REPLACE, VALUES(V_ID(credential->id), V_INTEGER(credential->revision)),
                         credential, &credential->revision, err);
}

/* -- Counters --------------------------------------------------------------------------------------------------------- */

/* Counting is a change of the row that is there; only the first of a window inserts one. Two firsts at once meet in the key, and the later
 * one counts in the row of the other. */
sai_status store_throttle_add(struct store *store, const char *key, int64_t window_ms, int64_t *ret_count,
                              struct sai_instant *ret_end, struct sai_err *err)
{
        int64_t now = sai_now_ms(&store->clock);
        for (int i = 0; i < SAI_MAX_TRIES; i++) {
                struct throttle row;
                const struct request add = { .query = QUERY_THROTTLE_ADD,
                                             .values = VALUES(V_TEXT(key), V_INTEGER(now), V_INTEGER(1)) };
                sai_status status = store->backend->ops->change(store->backend, &add, NULL, &row, err);
                if (status == SAI_NOT_FOUND) {
                        status = store_remove(store, QUERY_THROTTLE_OVER, VALUES(V_TEXT(key), V_INTEGER(now)), NULL, err);
                        row = (struct throttle) { .key = key, .count = 1, .expires_at = { now + window_ms } };
                        if (status == SAI_OK)
                                status = store->backend->ops->insert(store->backend, COLLECTION_THROTTLES, &row, err);
                        if (status == SAI_CONFLICT)
                                continue;
                }
                if (status == SAI_OK) {
                        *ret_count = row.count;
                        *ret_end = row.expires_at;
                }
                return status;
        }
        return sai_fail(err, SAI_UNAVAILABLE, "the counter is written by too many at once");
}

sai_status store_throttle_forget(struct store *store, const char *key, struct sai_err *err)
{
        return store_remove(store, QUERY_THROTTLE_FORGET, VALUES(V_TEXT(key)), NULL, err);
}

/* -- Events ------------------------------------------------------------------------------------------------------------- */

sai_status store_security_event_add(struct store *store, struct security_event *event, struct sai_err *err)
{
        event->id = store_new_id(store);
        sai_status status = store->backend->ops->insert(store->backend, COLLECTION_SECURITY_EVENTS, event, err);
        const struct value user[] = { V_ID(event->user_id) };
        int64_t count = 0;
        if (status == SAI_OK)
                status = store->backend->ops->count(store->backend,
                                                    &(struct request) { .query = QUERY_SECURITY_EVENT_COUNT, .values = user },
                                                    &count, err);
        for (; status == SAI_OK && count > SAI_MAX_SECURITY_EVENTS_PER_USER; count--) {
                status = store->backend->ops->take(store->backend,
                                                   &(struct request) { .query = QUERY_SECURITY_EVENT_OLDEST, .values = user },
                                                   NULL, NULL, err);
                if (status == SAI_NOT_FOUND)
                        return SAI_OK; /* another made room */
        }
        return status;
}

sai_status store_security_event_list(struct store *store, struct sai_id user_id, struct sai_id after, size_t limit,
                                     struct sai_arena *arena, struct security_event **ret_items, size_t *ret_count,
                                     struct sai_err *err)
{
        const struct request request = { .query = QUERY_SECURITY_EVENT_LIST,
                                         .values = VALUES(V_ID(user_id)),
                                         .after = VALUES(V_ID(sai_id_is_zero(after) ? store_edge_id(true) : after)),
                                         .descending = true,
                                         .limit = limit };
        return store_find(store, &request, arena, (void **)ret_items, ret_count, err);
}

sai_status store_security_sweep(struct store *store, struct sai_instant now, int64_t *ret_count, struct sai_err *err)
{
        static const enum query_id over[] = { QUERY_API_TOKEN_EXPIRED, QUERY_THROTTLE_EXPIRED, QUERY_SECURITY_EVENT_EXPIRED };
        int64_t total = 0;
        for (size_t i = 0; i < SAI_COUNT(over); i++) {
                int64_t count = 0;
                sai_status status = store_remove(store, over[i], VALUES(V_INTEGER(now.ms)), &count, err);
                if (status != SAI_OK)
                        return status;
                total += count;
        }
        *ret_count = total;
        return SAI_OK;
}
