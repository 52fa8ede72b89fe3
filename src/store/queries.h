/* queries.h -- every question and every conditional change that the store asks of a back end, as data.
 *
 * A back end turns a row into its own language (SQL text, a BSON filter); nothing here knows which. Members are offsets in the row's
 * struct. A test walks these rows and shows that each is served by the index it names. */
#ifndef SAI_STORE_QUERIES_H
#define SAI_STORE_QUERIES_H

#include "store/indexes.h"

enum condition_op {
        CONDITION_END,
        CONDITION_EQ,
        CONDITION_LT,
        CONDITION_LE,
        CONDITION_GT,
        CONDITION_GE,
        CONDITION_IN, /* one of the values of a list */
        CONDITION_CONTAINS, /* text: has the other as a part, without case (fold.h) */
        CONDITION_ABSENT, /* takes no value */
        CONDITION_LE_OR_ABSENT,
};

struct condition {
        size_t field;
        enum condition_op op;
        bool optional; /* not asked when its value is VALUE_NONE */
};

enum change_op { CHANGE_END, CHANGE_SET, CHANGE_ADD };
struct change {
        size_t field;
        enum change_op op;
};

enum { QUERY_CONDITIONS = 16, QUERY_SORTS = 3, QUERY_CHANGES = 8, QUERY_FIELDS = 4 };

struct query_row {
        const char *name;
        enum collection collection;
        enum index_id index;
        struct condition conditions[QUERY_CONDITIONS];
        uint8_t sort_count;
        size_t sort[QUERY_SORTS];
        bool keyset; /* only rows after a position: one value for each member of the sort */
        bool columns_only; /* the document is not read */
        size_t until; /* when not 0: the document's members from this one on stay empty */
        uint8_t field_count; /* when not 0: only these members are read */
        size_t fields[QUERY_FIELDS];
        struct change changes[QUERY_CHANGES];
};

enum query_id {
        QUERY_CLAIM_GET,
        QUERY_CLAIM_RELEASE,
        QUERY_CLAIMS_OF_HOLDER,
        QUERY_USER_GET,
        QUERY_USER_REPLACE,
        QUERY_USER_STAMP,
        QUERY_USER_TOUCH,
        QUERY_USER_LIST,
        QUERY_THRESHOLD_LIST,
        QUERY_THRESHOLD_REPLACE,
        QUERY_ACTIVITY_GET,
        QUERY_ACTIVITY_REPLACE,
        QUERY_ACTIVITY_BY_START, /* in the order of enum activity_sort */
        QUERY_ACTIVITY_BY_DISTANCE,
        QUERY_ACTIVITY_BY_MOVING_TIME,
        QUERY_ACTIVITY_BY_AVERAGE_SPEED,
        QUERY_ACTIVITY_BY_ELEVATION_GAIN,
        QUERY_ACTIVITY_BY_TRAINING_LOAD,
        QUERY_ACTIVITY_WITHOUT_DISTANCE, /* the same, for rows without a value; a start is always there */
        QUERY_ACTIVITY_WITHOUT_MOVING_TIME,
        QUERY_ACTIVITY_WITHOUT_AVERAGE_SPEED,
        QUERY_ACTIVITY_WITHOUT_ELEVATION_GAIN,
        QUERY_ACTIVITY_WITHOUT_TRAINING_LOAD,
        QUERY_ACTIVITY_SCAN,
        QUERY_ACTIVITY_COUNT,
        QUERY_ACTIVITY_NEAR,
        QUERY_SOURCE_BY_KEY,
        QUERY_SOURCE_OF_ACTIVITY,
        QUERY_SOURCE_REPLACE,
        QUERY_SOURCE_DELETE,
        QUERY_SOURCE_PENDING,
        QUERY_SOURCE_EXPIRED,
        QUERY_SOURCE_FETCHED,
        QUERY_STREAM_CHUNK,
        QUERY_STREAM_CHUNKS,
        QUERY_BLOB_CHUNK,
        QUERY_BLOB_CHUNKS,
        QUERY_JOB_BY_ID,
        QUERY_JOB_GET,
        QUERY_JOB_LIST,
        QUERY_JOB_CLAIM,
        QUERY_JOB_LEASED,
        QUERY_JOB_RENEW,
        QUERY_JOB_REPLACE,
        QUERY_JOB_ENLIVEN,
        QUERY_JOB_DROP,
        QUERY_JOB_STATUS,
        QUERY_JOB_OF_STATUS,
        QUERY_JOB_OLDEST,
        QUERY_JOB_ENDED,
        QUERY_JOB_STILLBORN,
        QUERY_SESSION_GET,
        QUERY_SESSION_REPLACE,
        QUERY_SESSION_DELETE,
        QUERY_SESSION_LIST,
        QUERY_SESSION_EXPIRED,
        QUERY_SESSION_IDLE,
        QUERY_LINK_GET,
        QUERY_LINK_REPLACE,
        QUERY_LINK_LEASE,
        QUERY_LINK_LIST,
        QUERY_ONCE_TAKE,
        QUERY_ONCE_EXPIRED,
        QUERY_INSIGHT_GET,
        QUERY_INSIGHT_REPLACE,
        QUERY_INSIGHT_BY_FACTS,
        QUERY_INSIGHT_LIST,
        QUERY_INSIGHT_OF_ACTIVITY,
        QUERY_INSIGHT_EXPIRED,
        QUERY_API_TOKEN_GET,
        QUERY_API_TOKEN_REPLACE,
        QUERY_API_TOKEN_LIST,
        QUERY_API_TOKEN_DELETE,
        QUERY_API_TOKEN_EXPIRED,
        QUERY_CREDENTIAL_GET,
        QUERY_CREDENTIAL_REPLACE,
        QUERY_THROTTLE_ADD,
        QUERY_THROTTLE_OVER,
        QUERY_THROTTLE_FORGET,
        QUERY_THROTTLE_EXPIRED,
        QUERY_SECURITY_EVENT_LIST,
        QUERY_SECURITY_EVENT_OLDEST,
        QUERY_SECURITY_EVENT_COUNT,
        QUERY_SECURITY_EVENT_EXPIRED,
        QUERIES
};
extern const struct query_row queries[QUERIES];

size_t query_condition_count(const struct query_row *query);
size_t query_change_count(const struct query_row *query);

#endif
