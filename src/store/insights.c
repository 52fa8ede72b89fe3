/* insights.c -- what the service said, newest first; ids grow with time, so the id is the order. */
#include "store/store_internal.h"

sai_status store_insight_get(struct store *store, struct sai_id user_id, struct sai_id id, struct sai_arena *arena,
                             struct insight *ret_insight, struct sai_err *err)
{
        return store_get(store, QUERY_INSIGHT_GET, VALUES(V_ID(id), V_ID(user_id)), arena, ret_insight, err);
}

sai_status store_insight_put(struct store *store, struct insight *insight, struct sai_err *err)
{
        return store_put(store, QUERY_INSIGHT_REPLACE,
                         VALUES(V_ID(insight->id), V_ID(insight->user_id), V_INTEGER(insight->revision)), insight,
                         &insight->revision, err);
}

sai_status store_insight_delete(struct store *store, struct sai_id user_id, struct sai_id id, struct sai_err *err)
{
        int64_t deleted = 0;
        sai_status status = store_remove(store, QUERY_INSIGHT_GET, VALUES(V_ID(id), V_ID(user_id)), &deleted, err);
        if (status == SAI_OK && deleted == 0)
                return sai_fail(err, SAI_NOT_FOUND, "no such insight");
        return status;
}

sai_status store_insight_by_facts(struct store *store, struct sai_id user_id, const char *facts_hash, struct sai_arena *arena,
                                  struct insight *ret_insight, struct sai_err *err)
{
        const struct request request = { .query = QUERY_INSIGHT_BY_FACTS,
                                         .values = VALUES(V_ID(user_id), V_TEXT(facts_hash)),
                                         .descending = true,
                                         .limit = 1 };
        return store->backend->ops->get(store->backend, &request, arena, ret_insight, err);
}

sai_status store_insight_list(struct store *store, struct sai_id user_id, const struct insight_filter *filter,
                              struct sai_id after, size_t limit, struct sai_arena *arena, struct insight **ret_items,
                              size_t *ret_count, struct sai_err *err)
{
        static const struct insight_filter everything = { .kind = -1 };
        const struct insight_filter *f = filter ? filter : &everything;
        struct value kind = f->kind < 0 ? V_NONE : V_INTEGER(f->kind);
        struct value score = SAI_HAS(f->min_score) ? V_REAL(f->min_score.value) : V_NONE;
        struct request request = { .query = QUERY_INSIGHT_LIST,
                                   .values = VALUES(V_ID(user_id), kind, score),
                                   .after = VALUES(V_ID(sai_id_is_zero(after) ? store_edge_id(true) : after)),
                                   .descending = true,
                                   .limit = limit };
        if (SAI_HAS(f->activity_id)) {
                request.query = QUERY_INSIGHT_OF_ACTIVITY;
                request.values = VALUES(V_ID(user_id), V_ID(f->activity_id.value), kind, score);
                return store_find(store, &request, arena, (void **)ret_items, ret_count, err);
        }
        return store_find(store, &request, arena, (void **)ret_items, ret_count, err);
}

sai_status store_insight_sweep(struct store *store, struct sai_instant at, int64_t *ret_count, struct sai_err *err)
{
        return store_remove(store, QUERY_INSIGHT_EXPIRED, VALUES(V_INTEGER(at.ms)), ret_count, err);
}
