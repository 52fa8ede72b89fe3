/* mongo_server.h -- the MongoDB server that tools/mongo-test-server.sh found, for tests that need one.
 *
 * SAI_MONGODB_URI names it, SAI_MONGODB_STAND_IN says that it is mongo-java-server; SAI_TEST_STORE=mongodb asks a test for it. */
#ifndef TESTS_SUPPORT_MONGO_SERVER_H
#define TESTS_SUPPORT_MONGO_SERVER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

bool mongo_server_asked(void);
bool mongo_server_at_hand(void);
/* cmocka_run_group_tests; but where a server is asked for and none is at hand, each of the tests says so and counts as skipped. */
int mongo_server_run(const char *name, const struct CMUnitTest *tests, size_t count, CMFixtureFunction setup,
                     CMFixtureFunction teardown);
/* The stand-in lets readers see a document while it is changed. */
bool mongo_server_tears_reads(void);
/* The URI of a database "sai_test_<suffix>" there; false when there is no server or no room. */
bool mongo_server_url(const char *suffix, char *out, size_t size);
/* Removes the database of a URI that mongo_server_url made. */
void mongo_server_drop(const char *url);
/* One command (JSON) on that database; false when it failed. */
bool mongo_server_command(const char *url, const char *json);
/* The first document of a collection as MongoDB's extended JSON (relaxed), for free(); NULL when there is none. */
char *mongo_server_first(const char *url, const char *collection);

#endif
