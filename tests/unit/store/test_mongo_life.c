/* What is MongoDB's alone: URIs, servers that are not there, indexes at migrate, and what a person with mongosh sees. */
#include "suite.h"

static sai_status open_url(void **state, const char *url, bool migrate)
{
        struct suite other = *(struct suite *)*state;
        struct store *store = NULL;
        snprintf(other.url, sizeof other.url, "%s", url);
        suite_err = (struct sai_err) { 0 };
        sai_status status = suite_open(&other, migrate, &store);
        if (status == SAI_OK)
                store_close(store);
        return status;
}

static void a_uri_without_a_database_is_refused(void **state)
{
        assert_int_equal(open_url(state, "mongodb://127.0.0.1:1", true), SAI_INVALID);
        assert_non_null(strstr(suite_err.detail, "names no database"));
        assert_int_equal(open_url(state, "mongodb://127.0.0.1:1/", true), SAI_INVALID);
        assert_non_null(strstr(suite_err.detail, "names no database"));
}

static void an_option_that_nobody_knows_is_named(void **state)
{
        assert_int_equal(open_url(state, "mongodb://127.0.0.1:1/db?retryWrites=true&tlsCAfiel=/x", true), SAI_INVALID);
        assert_non_null(strstr(suite_err.detail, "tlsCAfiel"));
        assert_int_equal(open_url(state, "mongodb://user:secret@host:99999/db", true), SAI_INVALID);
        assert_null(strstr(suite_err.detail, "secret"));
}

static void a_server_that_is_not_there_is_unavailable(void **state)
{
        assert_int_equal(open_url(state, "mongodb://127.0.0.1:1/db?serverSelectionTimeoutMS=50", true), SAI_UNAVAILABLE);
        assert_null(strstr(suite_err.detail, "127.0.0.1"));
}

static void an_empty_database_is_not_migrated_unasked(void **state)
{
        char url[512];
        assert_true(mongo_server_url("empty", url, sizeof url));
        assert_int_equal(open_url(state, url, false), SAI_CONFLICT);
        assert_non_null(strstr(suite_err.detail, "migrate it first"));
        assert_int_equal(open_url(state, url, true), SAI_OK);
        assert_int_equal(open_url(state, url, false), SAI_OK);
        mongo_server_drop(url);
}

static void an_index_that_differs_is_left_alone(void **state)
{
        char url[512];
        assert_true(mongo_server_url("drift", url, sizeof url));
        assert_true(mongo_server_command(url, "{\"createIndexes\": \"once\", \"indexes\": [{\"key\": {\"kind\": 1}, \"name\": "
                                              "\"once_by_key\"}]}"));
        assert_int_equal(open_url(state, url, true), SAI_OK);
        /* Two rows of one key are refused by our index and taken by the one that was left. */
        struct suite other = *(struct suite *)*state;
        snprintf(other.url, sizeof other.url, "%s", url);
        assert_ok(suite_open(&other, false, &other.store));
        assert_ok(store_once_put(other.store, "k", ONCE_CODE, "{}", (struct sai_instant) { 1 }, ERR));
        assert_ok(store_once_put(other.store, "k", ONCE_CODE, "{}", (struct sai_instant) { 1 }, ERR));
        store_close(other.store);
        mongo_server_drop(url);
        assert_ok(store_once_put(STORE(state), "k", ONCE_CODE, "{}", (struct sai_instant) { 1 }, ERR));
        assert_status(SAI_CONFLICT, store_once_put(STORE(state), "k", ONCE_CODE, "{}", (struct sai_instant) { 1 }, ERR));
}

static void a_document_is_what_a_person_expects(void **state)
{
        struct activity activity = new_activity(state, new_id(state), 0);
        activity.distance = SOME(10000.5);
        activity.metrics.training_load = SOME(52);
        assert_ok(store_activity_put(STORE(state), &activity, ERR));
        char *json = mongo_server_first(((struct suite *)*state)->url, "activities");
        assert_non_null(json);
        char id[64];
        char hex[SAI_ID_HEX + 1];
        sai_id_format(activity.id, hex);
        snprintf(id, sizeof id, "\"_id\" : { \"$oid\" : \"%s\" }", hex);
        assert_non_null(strstr(json, id));
        assert_non_null(strstr(json, "\"start_date\" : { \"$date\" : \"2026-01-01T00:00:00Z\" }"));
        assert_non_null(strstr(json, "\"distance\" : 10000.5"));
        assert_non_null(strstr(json, "\"metrics\" : { "));
        assert_non_null(strstr(json, "\"training_load\" : 52.0"));
        assert_null(strstr(json, "null"));
        assert_null(strstr(json, "moving_time"));
        free(json);
}

static void a_row_that_cannot_be_read_names_its_collection_only(void **state)
{
        struct suite *suite = *state;
        struct sai_id user = new_id(state);
        char hex[SAI_ID_HEX + 1], command[512];
        sai_id_format(user, hex);
        snprintf(command, sizeof command,
                 "{\"insert\": \"users\", \"documents\": [{\"_id\": {\"$oid\": \"%s\"}, \"revision\": \"many\"}]}", hex);
        assert_true(mongo_server_command(suite->url, command));
        struct user row;
        assert_status(SAI_INTERNAL, store_user_get(STORE(state), user, ARENA(state), &row, ERR));
        assert_string_equal(suite_err.detail, "a row of users cannot be read");
}

static void what_the_server_can_do_is_described(void **state)
{
        int64_t latency;
        assert_int_equal(strncmp(store_describe(STORE(state)), "mongodb ", 8), 0);
        assert_non_null(strstr(store_describe(STORE(state)), "retryable writes"));
        assert_true(store_is_remote(STORE(state)));
        assert_ok(store_check(STORE(state), &latency, ERR));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                SUITE_TEST(a_document_is_what_a_person_expects),
                SUITE_TEST(a_uri_without_a_database_is_refused),
                SUITE_TEST(an_option_that_nobody_knows_is_named),
                SUITE_TEST(a_server_that_is_not_there_is_unavailable),
                SUITE_TEST(an_empty_database_is_not_migrated_unasked),
                SUITE_TEST(an_index_that_differs_is_left_alone),
                SUITE_TEST(a_row_that_cannot_be_read_names_its_collection_only),
                SUITE_TEST(what_the_server_can_do_is_described),
        };
        return SUITE_RUN(tests);
}
