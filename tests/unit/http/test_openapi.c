/* test_openapi.c -- the document says what the tables say. With a file name as argument it writes the document of the demo routes
 * there, for linters. */
#include "fixture.h"

#include <jansson.h>

static const char *const tags[][2] = { { "notes", "Notes of the athlete" }, { "operations", "For operators" }, { NULL, NULL } };
static const struct sai_openapi_info info = {
        .title = "Demo",
        .version = "1.0.0",
        .description = "Routes of the tests",
        .server_url = "https://api.stravaai.test",
        .license_name = "MIT",
        .contact_url = "https://stravaai.test",
        .tags = tags,
};

static struct sai_router *router;
static struct sai_buf text;
static json_t *document;

static int set_up(void **state)
{
        struct sai_err err;
        json_error_t error;
        (void)state;
        sai_buf_init(&text, SAI_MIB(8));
        if (sai_router_new(demo_tables, &router, &err) != SAI_OK || sai_openapi_write(router, &info, &text, &err) != SAI_OK)
                return -1;
        document = json_loadb(text.data, text.len, JSON_REJECT_DUPLICATES, &error);
        if (!document)
                print_error("%s at %d: %.80s\n", error.text, error.position,
                            text.data + (error.position > 40 ? error.position - 40 : 0));
        return document ? 0 : -1;
}

static int tear_down(void **state)
{
        (void)state;
        json_decref(document);
        sai_buf_done(&text);
        sai_router_free(router);
        return 0;
}

static json_t *operation(const char *path, const char *method)
{
        json_t *found = json_object_get(json_object_get(json_object_get(document, "paths"), path), method);
        assert_non_null(found);
        return found;
}

static bool answers(const char *path, const char *method, const char *status)
{
        return json_object_get(json_object_get(operation(path, method), "responses"), status) != NULL;
}

/* Every #/… in the document names something in it. */
static void check_references(const json_t *value)
{
        const char *key;
        json_t *member;
        size_t i;
        if (json_is_array(value)) {
                json_array_foreach(value, i, member) check_references(member);
                return;
        }
        json_object_foreach((json_t *)(uintptr_t)value, key, member)
        {
                if (strcmp(key, "$ref") != 0) {
                        check_references(member);
                        continue;
                }
                const char *at = json_string_value(member);
                json_t *target = document;
                assert_memory_equal(at, "#/", 2);
                for (at += 2; target && *at; at += strcspn(at, "/"), at += *at == '/')
                        target = json_object_getn(target, at, strcspn(at, "/"));
                if (!target)
                        print_error("%s leads nowhere\n", json_string_value(member));
                assert_non_null(target);
        }
}

static void references_lead_somewhere(void **state)
{
        (void)state;
        check_references(document);
}

static void every_route_is_an_operation(void **state)
{
        (void)state;
        for (const struct sai_route *route = demo_routes; route->method; route++) {
                const char *path;
                json_t *item;
                int found = 0;
                json_object_foreach(json_object_get(document, "paths"), path, item)
                {
                        const char *method;
                        json_t *one;
                        json_object_foreach(item, method, one) found +=
                                strcmp(json_string_value(json_object_get(one, "operationId")), route->operation) == 0;
                }
                assert_int_equal(found, 1);
        }
        assert_int_equal(json_object_size(json_object_get(json_object_get(document, "paths"), "/api/v1/notes/{id}")), 2);
}

static void problems_follow_from_the_row(void **state)
{
        (void)state;
        static const struct {
                const char *path, *method, *status;
                bool there;
        } cases[] = {
                { "/health/live", "get", "401", false },        { "/health/live", "get", "429", false },
                { "/health/live", "get", "503", false },        { "/health/live", "get", "403", false },
                { "/health/live", "get", "304", false },        { "/health/live", "get", "200", true },
                { "/api/v1/notes", "get", "401", true },        { "/api/v1/notes", "get", "304", true },
                { "/api/v1/notes", "get", "413", false },       { "/api/v1/notes", "post", "201", true },
                { "/api/v1/notes", "post", "202", true },       { "/api/v1/notes", "post", "200", false },
                { "/api/v1/notes", "post", "413", true },       { "/api/v1/notes", "post", "415", true },
                { "/api/v1/notes", "post", "422", true },       { "/api/v1/notes", "post", "503", true },
                { "/api/v1/notes/{id}", "get", "404", true },   { "/api/v1/notes/import", "post", "507", true },
                { "/api/v1/auth/sign-in", "get", "303", true },
        };
        for (size_t i = 0; i < SAI_COUNT(cases); i++) {
                if (answers(cases[i].path, cases[i].method, cases[i].status) != cases[i].there)
                        print_error("%s %s %s\n", cases[i].method, cases[i].path, cases[i].status);
                assert_true(answers(cases[i].path, cases[i].method, cases[i].status) == cases[i].there);
        }
}

static void a_model_taken_and_answered_has_two_schemas(void **state)
{
        (void)state;
        json_t *schemas = json_object_get(json_object_get(document, "components"), "schemas");
        json_t *out = json_object_get(schemas, "Note"), *in = json_object_get(schemas, "NoteInput");
        assert_non_null(json_object_get(json_object_get(out, "properties"), "id"));
        assert_null(json_object_get(json_object_get(in, "properties"), "id"));
        assert_int_equal(json_array_size(json_object_get(in, "required")), 1);
        assert_non_null(json_object_get(schemas, "NoteList"));
}

static void query_parameters_come_from_their_model(void **state)
{
        (void)state;
        json_t *parameters = json_object_get(operation("/api/v1/notes", "get"), "parameters"), *parameter;
        size_t i, found = 0;
        json_array_foreach(parameters, i, parameter)
        {
                const char *name = json_string_value(json_object_get(parameter, "name"));
                if (!name || strcmp(name, "limit") != 0)
                        continue;
                json_t *schema = json_object_get(parameter, "schema");
                assert_string_equal(json_string_value(json_object_get(schema, "type")), "integer");
                assert_int_equal(json_integer_value(json_object_get(schema, "default")), 30);
                found++;
        }
        assert_int_equal(found, 1);
}

static void the_document_is_the_same_each_time(void **state)
{
        struct sai_buf again;
        struct sai_err err;
        (void)state;
        sai_buf_init(&again, SAI_MIB(8));
        assert_int_equal(sai_openapi_write(router, &info, &again, &err), SAI_OK);
        assert_int_equal(again.len, text.len);
        assert_memory_equal(again.data, text.data, text.len);
        sai_buf_done(&again);
}

static void undocumented_routes_are_an_error(void **state)
{
        static const struct sai_route rows[] = { { .method = "GET", .path = "/a", .handler = answer_ok, .summary = "x" }, { 0 } };
        static const struct sai_route *const tables[] = { rows, NULL };
        struct sai_router *bare;
        struct sai_err err;
        struct sai_buf out;
        (void)state;
        sai_buf_init(&out, SAI_MIB(1));
        assert_int_equal(sai_router_new(tables, &bare, &err), SAI_OK);
        assert_int_equal(sai_openapi_write(bare, &info, &out, &err), SAI_INTERNAL);
        sai_router_free(bare);
        sai_buf_done(&out);
}

int main(int argc, char **argv)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(references_lead_somewhere),
                cmocka_unit_test(every_route_is_an_operation),
                cmocka_unit_test(problems_follow_from_the_row),
                cmocka_unit_test(a_model_taken_and_answered_has_two_schemas),
                cmocka_unit_test(query_parameters_come_from_their_model),
                cmocka_unit_test(the_document_is_the_same_each_time),
                cmocka_unit_test(undocumented_routes_are_an_error),
        };
        if (argc > 1 && set_up(NULL) == 0) {
                FILE *file = fopen(argv[1], "w");
                bool ok = file && fwrite(text.data, 1, text.len, file) == text.len && fclose(file) == 0;
                (void)tear_down(NULL);
                return ok ? 0 : 1;
        }
        return cmocka_run_group_tests_name("openapi", tests, set_up, tear_down);
}
