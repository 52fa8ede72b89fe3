/* store_internal.h -- what the files of the store share: the store's parts and the few shapes that most of its functions have. */
#ifndef SAI_STORE_INTERNAL_H
#define SAI_STORE_INTERNAL_H

#include "base/limits.h"
#include "store/backend.h"

struct store {
        struct backend *backend;
        struct sai_clock clock;
        struct sai_log *log;
        struct sai_id_source *ids;
};

#define VALUES(...) ((const struct value[]) { __VA_ARGS__ })

/* Before every id, or (descending) after every one: where a list begins that begins nowhere. */
struct sai_id store_edge_id(bool descending);

/* These pass on to the back end. */
sai_status store_get(struct store *store, enum query_id query, const struct value *values, struct sai_arena *arena, void *ret_row,
                     struct sai_err *err) SAI_MUST_USE;
sai_status store_find(struct store *store, const struct request *request, struct sai_arena *arena, void **ret_rows,
                      size_t *ret_count, struct sai_err *err) SAI_MUST_USE;
sai_status store_remove(struct store *store, enum query_id query, const struct value *values, int64_t *ret_count,
                        struct sai_err *err) SAI_MUST_USE;

/* The put of every row with a revision: inserts at 0, else replaces where `values` still hold (the revision among them). On success
 * *revision, a member of the row, has grown by one; on failure it is as it was. */
sai_status store_put(struct store *store, enum query_id replace, const struct value *values, void *row, int64_t *revision,
                     struct sai_err *err) SAI_MUST_USE;

#endif
