/* users.c -- athletes and their dated thresholds. */
#include "store/store_internal.h"

sai_status store_user_get(struct store *store, struct sai_id id, struct sai_arena *arena, struct user *ret_user,
                          struct sai_err *err)
{
        return store_get(store, QUERY_USER_GET, VALUES(V_ID(id)), arena, ret_user, err);
}

sai_status store_user_put(struct store *store, struct user *user, struct sai_err *err)
{
        return store_put(store, QUERY_USER_REPLACE, VALUES(V_ID(user->id), V_INTEGER(user->revision)), user, &user->revision,
                         err);
}

sai_status store_user_stamp(struct store *store, struct sai_id id, struct user_stamp *ret_stamp, struct sai_err *err)
{
        struct user user;
        sai_status status = store_get(store, QUERY_USER_STAMP, VALUES(V_ID(id)), NULL, &user, err);
        if (status == SAI_OK)
                *ret_stamp = (struct user_stamp) { .revision = user.revision,
                                                   .data_version = user.data_version,
                                                   .data_committed_at = user.data_committed_at };
        return status;
}

sai_status store_user_touch(struct store *store, struct sai_id id, struct sai_err *err)
{
        const struct request request = {
                .query = QUERY_USER_TOUCH,
                .values = VALUES(V_ID(id), V_INTEGER(1), V_INTEGER(sai_now_ms(&store->clock))),
        };
        return store->backend->ops->change(store->backend, &request, NULL, NULL, err);
}

sai_status store_user_list(struct store *store, struct sai_id after, size_t limit, struct sai_arena *arena,
                           struct user **ret_users, size_t *ret_count, struct sai_err *err)
{
        const struct request request = { .query = QUERY_USER_LIST, .after = VALUES(V_ID(after)), .limit = limit };
        return store_find(store, &request, arena, (void **)ret_users, ret_count, err);
}

enum { THRESHOLD_LIST = 1000 };

sai_status store_threshold_list(struct store *store, struct sai_id user_id, struct sai_arena *arena, struct threshold **ret_items,
                                size_t *ret_count, struct sai_err *err)
{
        const struct request request = { .query = QUERY_THRESHOLD_LIST,
                                         .values = VALUES(V_ID(user_id)),
                                         .limit = THRESHOLD_LIST };
        return store_find(store, &request, arena, (void **)ret_items, ret_count, err);
}

sai_status store_threshold_put(struct store *store, struct threshold *threshold, struct sai_err *err)
{
        return store_put(store, QUERY_THRESHOLD_REPLACE,
                         VALUES(V_ID(threshold->id), V_ID(threshold->user_id), V_INTEGER(threshold->revision)), threshold,
                         &threshold->revision, err);
}
