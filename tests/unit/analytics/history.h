/* history.h -- made-up training histories for the tests of the answers. */
#ifndef SAI_TESTS_ANALYTICS_HISTORY_H
#define SAI_TESTS_ANALYTICS_HISTORY_H

#include "analytics/columns.h"
#include "base/cleanup.h"
#include "expect.h"

static inline struct sai_day day_of(int y, int m, int d) { return sai_day_from_civil(y, m, d); }

/* A row with distance, moving and elapsed time only; the id counts. */
static inline struct column_row row_on(struct sai_day day, enum sport sport, double distance, double moving)
{
        static uint32_t next;
        struct column_row row;
        column_row_clear(&row);
        next++;
        memcpy(row.id.bytes, &next, sizeof next);
        row.start_local.ms = (int64_t)day.number * 86400000 + 8 * 3600000;
        row.sport = sport;
        row.distance = distance;
        row.moving_time = moving;
        row.elapsed_time = moving;
        return row;
}

static inline struct athlete_columns *columns_of(const struct column_row *rows, size_t n, struct sai_arena *arena)
{
        struct athlete_columns *columns = NULL;
        assert_int_equal(columns_begin(n, arena, &columns, NULL), SAI_OK);
        for (size_t i = 0; i < n; i++)
                columns_set(columns, i, &rows[i]);
        assert_int_equal(columns_finish(columns, n, arena, NULL), SAI_OK);
        return columns;
}

#endif
