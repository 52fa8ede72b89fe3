/* collections.h -- what is kept, and how a model lies in a row: which members are columns and which share the document.
 *
 * A layout is made from a model's table when a store is opened. Members flagged SAI_F_COLUMN are columns; those of nested models
 * are flattened under the name parent_child, unless the nested model has a collection of its own (a source's `document` is a whole
 * activity, not a row of this one). Everything else that is stored is one JSON document in the last column. A member that is both deep
 * inside such a document and needed by a query is lifted: named in the collection's row below, it becomes a column as well.
 *
 * Members are named by their offset in the struct, which the compiler checks; the table turns offsets into names. */
#ifndef SAI_STORE_COLLECTIONS_H
#define SAI_STORE_COLLECTIONS_H

#include "json/model.h"

enum collection {
        COLLECTION_USERS,
        COLLECTION_THRESHOLDS,
        COLLECTION_ACTIVITIES,
        COLLECTION_SOURCES,
        COLLECTION_STREAMS,
        COLLECTION_BLOBS,
        COLLECTION_JOBS,
        COLLECTION_SESSIONS,
        COLLECTION_LINKS,
        COLLECTION_ONCE,
        COLLECTION_INSIGHTS,
        COLLECTION_CLAIMS,
        COLLECTION_API_TOKENS,
        COLLECTION_CREDENTIALS,
        COLLECTION_THROTTLES,
        COLLECTION_SECURITY_EVENTS,
        COLLECTIONS
};

enum { LAYOUT_COLUMNS = 80, LAYOUT_NAME = 64, COLLECTION_MEMBERS = 4 };

struct collection_row {
        const struct sai_model *model;
        size_t user; /* offset of the member that says whose row it is; 0: nobody's */
        size_t lifted[COLLECTION_MEMBERS]; /* offsets; 0 ends the list */
        size_t kept[COLLECTION_MEMBERS]; /* columns that a replace leaves alone; only changes named in a query touch them */
        bool wide; /* documents are large and columns are scanned: a back end may keep them apart */
};
extern const struct collection_row collections[COLLECTIONS];

struct column {
        char name[LAYOUT_NAME];
        const struct sai_field *field;
        size_t offset; /* in the struct of the row */
        uint16_t size; /* of the value, without the byte that says it is there */
        uint16_t has; /* optionals: where that byte is, from the value; 0: not optional */
        int enum_count; /* SAI_K_ENUM: number of values */
        bool kept;
};

struct layout {
        const struct sai_model *model;
        const char *name; /* of the collection */
        struct column columns[LAYOUT_COLUMNS];
        size_t count;
        size_t key; /* index of the key's column */
        size_t user; /* index of user_id, or LAYOUT_COLUMNS when rows belong to nobody */
        bool document, wide;
        uint32_t without; /* flags of the members that the document leaves out */
};

/* SAI_INTERNAL when a table cannot be laid out (too many columns, a key that is none): a fault of ours, found at open. */
sai_status layout_make(enum collection collection, struct layout *ret_layout, struct sai_err *err) SAI_MUST_USE;
/* The column at an offset, or NULL: then the member is in the document. */
const struct column *layout_column(const struct layout *layout, size_t offset);
/* The member at an offset that lives at the top of the document, or NULL. */
const struct sai_field *layout_document_field(const struct layout *layout, size_t offset);
/* The model's row of a member, wherever it is kept. */
const struct sai_field *layout_field(const struct layout *layout, size_t offset);
static inline bool column_present(const struct column *column, const void *row)
{
        return !column->has || ((const uint8_t *)row)[column->offset + column->has] == SAI_VALUE;
}
/* Appends the document of a row. */
void layout_encode(const struct layout *layout, const void *row, struct sai_buf *buf);

#endif
