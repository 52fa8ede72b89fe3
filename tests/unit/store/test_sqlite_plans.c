/* Every query of the store is served by the index it names, in the index's own order: read from SQLite's plans, for every form in which
 * the query is asked, with all of its optional conditions and with none. */
#include "suite.h"

#include "store/sqlite/lite.h"
#include "store/store_internal.h"

static struct lite *lite_of(void **state) { return (struct lite *)STORE(state)->backend; }

static void stand_in(sqlite3_context *context, int count, sqlite3_value **values)
{
        (void)count;
        (void)values;
        sqlite3_result_int(context, 1);
}

/* The whole plan as one text. */
static void read_plan(sqlite3 *db, const char *sql, struct sai_buf *plan)
{
        char *explain = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", sql);
        sqlite3_stmt *stmt;
        int code = sqlite3_prepare_v2(db, explain, -1, &stmt, NULL);
        if (code != SQLITE_OK)
                print_message("%s\n%s\n", sqlite3_errmsg(db), sql);
        assert_int_equal(code, SQLITE_OK);
        while (sqlite3_step(stmt) == SQLITE_ROW) {
                sai_buf_text(plan, (const char *)sqlite3_column_text(stmt, 3));
                sai_buf_char(plan, '\n');
        }
        sqlite3_finalize(stmt);
        sqlite3_free(explain);
}

static void check_plan(void **state, sqlite3 *db, enum query_id id, enum lite_form form, bool optionals, bool descending)
{
        struct lite *lite = lite_of(state);
        const struct query_row *query = &queries[id];
        struct value values[QUERY_CONDITIONS + QUERY_CHANGES] = { 0 };
        static const char *const texts[] = { "a", "b", "c" };
        for (size_t i = 0; i < query_condition_count(query); i++)
                if (optionals || !query->conditions[i].optional)
                        values[i] = query->conditions[i].op == CONDITION_IN
                                            ? (struct value) { .kind = VALUE_TEXTS, .count = 3, .texts = texts }
                                            : V_INTEGER(1);
        const struct request request = { .query = id, .values = values, .after = values, .descending = descending, .limit = 1 };
        const struct lite_shape shape = lite_shape_of(form, &request);
        struct sai_buf sql, plan;
        sai_buf_init(&sql, 65536);
        sai_buf_init(&plan, 65536);
        lite_sql(lite, &shape, &sql);
        read_plan(db, sql.data, &plan);

        char index[96];
        snprintf(index, sizeof index, "INDEX %s%s", query->index == INDEX_KEY ? "sqlite_autoindex_" : indexes[query->index].name,
                 query->index == INDEX_KEY ? lite->backend.layouts[query->collection].name : "");
        bool good = strstr(plan.data, index) && !strstr(plan.data, "TEMP B-TREE") && !strstr(plan.data, "SCAN") &&
                    strstr(plan.data, "SEARCH");
        if (!good)
                print_message("query %s needs %s:\n%s\n%.300s\n", query->name, index, plan.data, sql.data);
        assert_true(good);
        sai_buf_done(&sql);
        sai_buf_done(&plan);
}

static void every_query_uses_the_index_it_names(void **state)
{
        sqlite3 *db;
        assert_int_equal(sqlite3_open_v2(lite_of(state)->path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
        sqlite3_create_function(db, "sai_contains", 2, SQLITE_UTF8, NULL, stand_in, NULL, NULL);
        for (int id = 0; id < QUERIES; id++) {
                assert_non_null(queries[id].name);
                for (int variant = 0; variant < 4; variant++) {
                        check_plan(state, db, (enum query_id)id, FORM_SELECT, variant & 1, variant & 2);
                        if (queries[id].keyset) /* pages are only ever read */
                                continue;
                        check_plan(state, db, (enum query_id)id, FORM_COUNT, variant & 1, variant & 2);
                        check_plan(state, db, (enum query_id)id, FORM_TAKE, variant & 1, variant & 2);
                        check_plan(state, db, (enum query_id)id, FORM_REMOVE, variant & 1, variant & 2);
                        if (query_change_count(&queries[id]))
                                check_plan(state, db, (enum query_id)id, FORM_CHANGE, variant & 1, variant & 2);
                        if (lite_of(state)->backend.layouts[queries[id].collection].wide)
                                check_plan(state, db, (enum query_id)id, FORM_REMOVE_DOCUMENTS, variant & 1, variant & 2);
                }
        }
        sqlite3_close(db);
}

/* The position bounds the index on its side, whatever filters there are: a page far down does not step over those before it. A filter on
 * the member of the sort bounds the other side. */
static void check_bound(void **state, sqlite3 *db, enum activity_sort sort, bool descending, bool filtered)
{
        struct lite *lite = lite_of(state);
        static const char *const texts[] = { "a" };
        struct value values[QUERY_CONDITIONS];
        for (size_t i = 0; i < QUERY_CONDITIONS; i++)
                values[i] = i == 0 || filtered ? V_INTEGER(1) : V_NONE;
        if (filtered)
                values[1] = (struct value) { .kind = VALUE_TEXTS, .count = 1, .texts = texts };
        const struct request request = { .query = QUERY_ACTIVITY_BY_START + (enum query_id)sort,
                                         .values = values,
                                         .after = values,
                                         .descending = descending,
                                         .limit = 1 };
        const struct lite_shape shape = lite_shape_of(FORM_SELECT, &request);
        struct sai_buf sql, plan;
        sai_buf_init(&sql, 65536);
        sai_buf_init(&plan, 65536);
        lite_sql(lite, &shape, &sql);
        read_plan(db, sql.data, &plan);
        const struct query_row *query = &queries[request.query];
        const struct layout *layout = &lite->backend.layouts[query->collection];
        const char *first = layout_column(layout, query->sort[0])->name, *second = layout_column(layout, query->sort[1])->name;
        char bound[192];
        snprintf(bound, sizeof bound, "(%s,%s)%c(?,?)", first, second, descending ? '<' : '>');
        if (!strstr(plan.data, bound))
                print_message("no %s in\n%s", bound, plan.data);
        assert_non_null(strstr(plan.data, bound));
        if (filtered && sort == SORT_START_DATE) {
                snprintf(bound, sizeof bound, "%s%c?", first, descending ? '>' : '<');
                assert_non_null(strstr(plan.data, bound));
        }
        sai_buf_done(&sql);
        sai_buf_done(&plan);
}

static void a_page_far_down_starts_at_its_position(void **state)
{
        sqlite3 *db;
        assert_int_equal(sqlite3_open_v2(lite_of(state)->path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
        sqlite3_create_function(db, "sai_contains", 2, SQLITE_UTF8, NULL, stand_in, NULL, NULL);
        for (int sort = 0; sort < ACTIVITY_SORTS; sort++)
                for (int variant = 0; variant < 4; variant++)
                        check_bound(state, db, (enum activity_sort)sort, variant & 1, variant & 2);
        sqlite3_close(db);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                SUITE_TEST(every_query_uses_the_index_it_names),
                SUITE_TEST(a_page_far_down_starts_at_its_position),
        };
        return SUITE_RUN(tests);
}
