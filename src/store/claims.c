/* claims.c -- unique keys: the row's own key is the claim, so the database's primary key decides who was first. */
#include "store/rows.h"
#include "store/store_internal.h"

sai_status store_claim(struct store *store, const char *key, struct sai_id holder, struct sai_id *ret_holder, struct sai_err *err)
{
        /* The holder that stood in the way may release before it can be read; then the key is free again. */
        for (int i = 0; i < SAI_MAX_TRIES; i++) {
                const struct claim claim = { .key = key, .holder = holder };
                struct sai_err conflict = { 0 };
                sai_status status = store->backend->ops->insert(store->backend, COLLECTION_CLAIMS, &claim, &conflict);
                if (status != SAI_CONFLICT) {
                        if (status != SAI_OK && err)
                                *err = conflict;
                        return status;
                }
                struct sai_id found;
                status = store_claim_holder(store, key, &found, err);
                if (status == SAI_NOT_FOUND)
                        continue;
                if (status != SAI_OK)
                        return status;
                if (sai_id_equal(found, holder))
                        return SAI_OK;
                *ret_holder = found;
                return sai_fail(err, SAI_CONFLICT, "the key is held by another");
        }
        return sai_fail(err, SAI_UNAVAILABLE, "the key changes hands too often");
}

sai_status store_claim_holder(struct store *store, const char *key, struct sai_id *ret_holder, struct sai_err *err)
{
        struct claim claim;
        sai_status status = store_get(store, QUERY_CLAIM_GET, VALUES(V_TEXT(key)), NULL, &claim, err);
        if (status == SAI_OK)
                *ret_holder = claim.holder;
        return status;
}

sai_status store_release(struct store *store, const char *key, struct sai_id holder, struct sai_err *err)
{
        return store_remove(store, QUERY_CLAIM_RELEASE, VALUES(V_TEXT(key), V_ID(holder)), NULL, err);
}

sai_status store_claims_of(struct store *store, struct sai_id holder, struct sai_arena *arena, const char **ret_keys, size_t room,
                           size_t *ret_count, struct sai_err *err)
{
        const struct request request = { .query = QUERY_CLAIMS_OF_HOLDER, .values = VALUES(V_ID(holder)), .limit = room };
        struct claim *claims;
        sai_status status = store_find(store, &request, arena, (void **)&claims, ret_count, err);
        for (size_t i = 0; status == SAI_OK && i < *ret_count; i++)
                ret_keys[i] = claims[i].key;
        return status;
}
