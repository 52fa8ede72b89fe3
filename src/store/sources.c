/* sources.c -- the places a workout came from. */
#include "store/store_internal.h"

enum { SOURCE_LIST = 200 }; /* far more than an activity has: it is refused beyond 50 */

sai_status store_source_get(struct store *store, struct sai_id user_id, const char *key, struct sai_arena *arena,
                            struct source *ret_source, struct sai_err *err)
{
        return store_get(store, QUERY_SOURCE_BY_KEY, VALUES(V_ID(user_id), V_TEXT(key)), arena, ret_source, err);
}

sai_status store_source_list(struct store *store, struct sai_id user_id, struct sai_id activity_id, struct sai_arena *arena,
                             struct source **ret_items, size_t *ret_count, struct sai_err *err)
{
        const struct request request = { .query = QUERY_SOURCE_OF_ACTIVITY,
                                         .values = VALUES(V_ID(user_id), V_ID(activity_id)),
                                         .limit = SOURCE_LIST };
        return store_find(store, &request, arena, (void **)ret_items, ret_count, err);
}

sai_status store_source_put(struct store *store, struct source *source, struct sai_err *err)
{
        return store_put(store, QUERY_SOURCE_REPLACE,
                         VALUES(V_ID(source->id), V_ID(source->user_id), V_INTEGER(source->revision)), source, &source->revision,
                         err);
}

sai_status store_source_delete(struct store *store, struct sai_id user_id, struct sai_id id, struct sai_err *err)
{
        int64_t deleted = 0;
        sai_status status = store_remove(store, QUERY_SOURCE_DELETE, VALUES(V_ID(id), V_ID(user_id)), &deleted, err);
        if (status == SAI_OK && deleted == 0)
                return sai_fail(err, SAI_NOT_FOUND, "no such source");
        return status;
}

sai_status store_source_pending(struct store *store, struct sai_id user_id, size_t limit, struct sai_arena *arena,
                                struct source **ret_items, size_t *ret_count, struct sai_err *err)
{
        const struct request request = {
                .query = QUERY_SOURCE_PENDING, .values = VALUES(V_ID(user_id), V_INTEGER(1)), .descending = true, .limit = limit
        };
        return store_find(store, &request, arena, (void **)ret_items, ret_count, err);
}

sai_status store_source_expired(struct store *store, struct sai_instant at, size_t limit, struct sai_arena *arena,
                                struct source **ret_items, size_t *ret_count, struct sai_err *err)
{
        const struct request request = { .query = QUERY_SOURCE_EXPIRED, .values = VALUES(V_INTEGER(at.ms)), .limit = limit };
        return store_find(store, &request, arena, (void **)ret_items, ret_count, err);
}

sai_status store_source_fetched(struct store *store, struct sai_id user_id, enum activity_source_kind kind,
                                struct sai_instant until, size_t limit, struct sai_arena *arena, struct source **ret_items,
                                size_t *ret_count, struct sai_err *err)
{
        const struct request request = { .query = QUERY_SOURCE_FETCHED,
                                         .values = VALUES(V_ID(user_id), V_INTEGER(kind), V_INTEGER(until.ms)),
                                         .limit = limit };
        return store_find(store, &request, arena, (void **)ret_items, ret_count, err);
}
