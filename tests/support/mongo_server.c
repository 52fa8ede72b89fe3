/* mongo_server.c -- see mongo_server.h. */
#include "support/mongo_server.h"

#include <mongoc/mongoc.h>

bool mongo_server_asked(void)
{
        const char *store = getenv("SAI_TEST_STORE");
        return store && strcmp(store, "mongodb") == 0;
}

bool mongo_server_at_hand(void) { return getenv("SAI_MONGODB_URI") != NULL; }

static void skip_one(void **state)
{
        (void)state;
        print_message("SKIPPED: no MongoDB server is at hand\n");
        skip();
}

int mongo_server_run(const char *name, const struct CMUnitTest *tests, size_t count, CMFixtureFunction setup,
                     CMFixtureFunction teardown)
{
        if (!mongo_server_asked() || mongo_server_at_hand())
                return _cmocka_run_group_tests(name, tests, count, setup, teardown);
        struct CMUnitTest *skipped = calloc(count, sizeof *skipped);
        if (!skipped)
                return -1;
        for (size_t i = 0; i < count; i++)
                skipped[i] = (struct CMUnitTest) { .name = tests[i].name, .test_func = skip_one };
        int failed = _cmocka_run_group_tests(name, skipped, count, NULL, NULL);
        free(skipped);
        return failed;
}

bool mongo_server_tears_reads(void) { return mongo_server_asked() && getenv("SAI_MONGODB_STAND_IN"); }

bool mongo_server_url(const char *suffix, char *out, size_t size)
{
        const char *uri = getenv("SAI_MONGODB_URI");
        const char *scheme = uri ? strstr(uri, "://") : NULL;
        if (!scheme)
                return false;
        /* scheme and hosts, our database, the options */
        size_t hosts = (size_t)(scheme - uri) + 3 + strcspn(scheme + 3, "/?");
        const char *options = strchr(uri, '?');
        int len = snprintf(out, size, "%.*s/sai_test_%s%s", (int)hosts, uri, suffix, options ? options : "");
        return len > 0 && (size_t)len < size;
}

static mongoc_client_t *connect_to(const char *url, mongoc_uri_t **ret_uri)
{
        mongoc_init();
        *ret_uri = mongoc_uri_new(url);
        return *ret_uri ? mongoc_client_new_from_uri(*ret_uri) : NULL;
}

static void disconnect(mongoc_client_t *client, mongoc_uri_t *uri)
{
        mongoc_client_destroy(client);
        mongoc_uri_destroy(uri);
}

bool mongo_server_command(const char *url, const char *json)
{
        mongoc_uri_t *uri;
        mongoc_client_t *client = connect_to(url, &uri);
        bson_t *command = bson_new_from_json((const uint8_t *)json, -1, NULL);
        bool good = client && command &&
                    mongoc_client_command_simple(client, mongoc_uri_get_database(uri), command, NULL, NULL, NULL);
        bson_destroy(command);
        disconnect(client, uri);
        return good;
}

void mongo_server_drop(const char *url)
{
        if (!mongo_server_command(url, "{\"dropDatabase\": 1}"))
                fprintf(stderr, "a test's database could not be dropped\n");
}

char *mongo_server_first(const char *url, const char *collection)
{
        mongoc_uri_t *uri;
        mongoc_client_t *client = connect_to(url, &uri);
        char *text = NULL;
        if (client) {
                mongoc_collection_t *rows = mongoc_client_get_collection(client, mongoc_uri_get_database(uri), collection);
                bson_t all = BSON_INITIALIZER;
                const bson_t *document;
                mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(rows, &all, NULL, NULL);
                if (mongoc_cursor_next(cursor, &document)) {
                        char *json = bson_as_relaxed_extended_json(document, NULL);
                        text = json ? strdup(json) : NULL;
                        bson_free(json);
                }
                mongoc_cursor_destroy(cursor);
                mongoc_collection_destroy(rows);
        }
        disconnect(client, uri);
        return text;
}
