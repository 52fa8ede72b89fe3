/* Every query is served by the index it names, by MongoDB's own rule: what is compared for equality first, then what is sorted by, then
 * what is bounded. Shown on the tables, so it needs no server. */
#include "suite.h"

#include "store/queries.h"

static bool compared_for_equality(const struct query_row *query, size_t field)
{
        for (size_t i = 0; i < query_condition_count(query); i++) {
                const struct condition *condition = &query->conditions[i];
                bool equal = condition->op == CONDITION_EQ || condition->op == CONDITION_ABSENT;
                if (equal && !condition->optional && condition->field == field)
                        return true;
        }
        return false;
}

static bool bounded(const struct query_row *query, size_t field)
{
        for (size_t i = 0; i < query_condition_count(query); i++) {
                enum condition_op op = query->conditions[i].op;
                if (query->conditions[i].field == field && !query->conditions[i].optional &&
                    (op == CONDITION_LT || op == CONDITION_LE || op == CONDITION_GT || op == CONDITION_GE))
                        return true;
        }
        return false;
}

/* The key's own index: the key is compared, bounded, or walked in order. */
static bool served_by_key(const struct query_row *query, const struct layout *layout)
{
        size_t key = layout->columns[layout->key].offset;
        return compared_for_equality(query, key) || bounded(query, key) || (query->sort_count == 1 && query->sort[0] == key);
}

static bool served(const struct query_row *query, const struct index_row *index)
{
        size_t at = 0, sorted = 0;
        while (at < index->count && compared_for_equality(query, index->fields[at]))
                at++;
        size_t equal = at;
        while (sorted < query->sort_count && at < index->count && query->sort[sorted] == index->fields[at])
                at++, sorted++;
        if (sorted < query->sort_count)
                return false;
        return equal > 0 || query->keyset || (index->count > 0 && bounded(query, index->fields[0]));
}

static void each_query_is_served_by_the_index_it_names(void **state)
{
        (void)state;
        static struct layout layout;
        for (size_t i = 0; i < QUERIES; i++) {
                const struct query_row *query = &queries[i];
                assert_int_equal(layout_make(query->collection, &layout, NULL), SAI_OK);
                bool good = query->index == INDEX_KEY ? served_by_key(query, &layout)
                                                      : indexes[query->index].collection == query->collection &&
                                                                served(query, &indexes[query->index]);
                if (!good)
                        print_message("%s is not served by %s\n", query->name,
                                      query->index == INDEX_KEY ? "the key" : indexes[query->index].name);
                assert_true(good);
        }
}

/* The rule itself can tell: a sort that the index does not have, a bound on a member behind its first. */
static void a_query_without_its_index_is_seen(void **state)
{
        (void)state;
        struct query_row query = queries[QUERY_ACTIVITY_BY_DISTANCE];
        assert_true(served(&query, &indexes[INDEX_ACTIVITIES_BY_DISTANCE]));
        assert_false(served(&query, &indexes[INDEX_ACTIVITIES_BY_START]));
        assert_false(served(&queries[QUERY_SESSION_EXPIRED], &indexes[INDEX_SESSIONS_BY_USE]));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_query_is_served_by_the_index_it_names),
                cmocka_unit_test(a_query_without_its_index_is_seen),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
