/* indexes.h -- every index of the store, once: SQLite's DDL and MongoDB's createIndexes are made from these rows.
 *
 * A collection's key is unique by itself and has no row here. An index never changes its columns under the same name: `migrate` makes
 * those that are missing and reports one that differs, it does not rebuild it silently. */
#ifndef SAI_STORE_INDEXES_H
#define SAI_STORE_INDEXES_H

#include "store/collections.h"

enum { INDEX_FIELDS = 5 };

/*        enum                      collection   unique, members of the row's struct */
enum index_id {
        INDEX_KEY, /* the primary key */
        INDEX_THRESHOLDS_BY_DAY,
        INDEX_ACTIVITIES_BY_START,
        INDEX_ACTIVITIES_BY_DISTANCE,
        INDEX_ACTIVITIES_BY_MOVING_TIME,
        INDEX_ACTIVITIES_BY_AVERAGE_SPEED,
        INDEX_ACTIVITIES_BY_ELEVATION_GAIN,
        INDEX_ACTIVITIES_BY_TRAINING_LOAD,
        INDEX_SOURCES_BY_KEY,
        INDEX_SOURCES_BY_ACTIVITY,
        INDEX_SOURCES_BY_PENDING,
        INDEX_SOURCES_BY_EXPIRY,
        INDEX_JOBS_BY_CLAIM,
        INDEX_JOBS_BY_USER,
        INDEX_JOBS_BY_STATUS,
        INDEX_JOBS_BY_END,
        INDEX_SESSIONS_BY_USE,
        INDEX_SESSIONS_BY_EXPIRY,
        INDEX_SESSIONS_BY_IDLE_EXPIRY,
        INDEX_ONCE_BY_KEY,
        INDEX_ONCE_BY_EXPIRY,
        INDEX_INSIGHTS_BY_USER,
        INDEX_INSIGHTS_BY_ACTIVITY,
        INDEX_INSIGHTS_BY_FACTS,
        INDEX_INSIGHTS_BY_EXPIRY,
        INDEX_CLAIMS_BY_HOLDER,
        INDEX_API_TOKENS_BY_USER,
        INDEX_API_TOKENS_BY_EXPIRY,
        INDEX_THROTTLES_BY_EXPIRY,
        INDEX_SECURITY_EVENTS_BY_USER,
        INDEX_SECURITY_EVENTS_BY_EXPIRY,
        INDEXES
};

struct index_row {
        const char *name;
        enum collection collection;
        bool unique;
        uint8_t count;
        size_t fields[INDEX_FIELDS]; /* offsets */
};
extern const struct index_row indexes[INDEXES];

#endif
