/* support_promise.c -- compares answers with the OpenAPI document, and keeps what was called. */
#include <libgen.h>
#include <limits.h>
#include <unistd.h>

#include "support/schema_check.h"
#include "support_internal.h"

enum { OPERATIONS = 256, NAME = 96 };

/* Of all services of this program. */
static char all_operations[OPERATIONS][NAME];
static atomic_bool called[OPERATIONS];
static size_t operation_count;

static size_t operation_index(const char *name)
{
        for (size_t i = 0; i < operation_count; i++)
                if (strcmp(all_operations[i], name) == 0)
                        return i;
        assert_true(operation_count < OPERATIONS);
        snprintf(all_operations[operation_count], NAME, "%s", name);
        return operation_count++;
}

static void learn_operations(const json_t *document)
{
        const char *path, *method;
        json_t *operations, *operation;
        json_object_foreach(json_object_get(document, "paths"), path, operations)
        {
                json_object_foreach(operations, method, operation)
                {
                        (void)operation;
                        char name[NAME];
                        snprintf(name, sizeof name, "%s %s", method, path);
                        (void)operation_index(name);
                }
        }
}

/* Whether the path fits the template, and how many of its segments are parameters. */
static bool fits(const char *template, const char *path, size_t len, size_t *ret_parameters)
{
        size_t at = 0;
        *ret_parameters = 0;
        while (*template && at < len) {
                if (*template == '{') {
                        ++*ret_parameters;
                        template += strcspn(template, "}") + 1;
                        while (at < len && path[at] != '/')
                                at++;
                } else if (*template ++ != path[at++]) {
                        return false;
                }
        }
        return !*template && at == len;
}

static const json_t *find_operation(const json_t *document, const char *method, const char *target, const char **ret_path)
{
        const char *path;
        json_t *operations;
        const json_t *found = NULL;
        size_t len = strcspn(target, "?"), fewest = SIZE_MAX, parameters;
        char lower[16];
        snprintf(lower, sizeof lower, "%s", strcmp(method, "HEAD") == 0 ? "get" : method);
        for (char *c = lower; *c; c++)
                *c = (char)(*c | 0x20);
        json_object_foreach(json_object_get(document, "paths"), path, operations)
        {
                if (fits(path, target, len, &parameters) && parameters < fewest) {
                        fewest = parameters;
                        found = json_object_get(operations, lower);
                        *ret_path = path;
                }
        }
        return found;
}

static const json_t *follow(const json_t *document, const json_t *node)
{
        const char *reference = json_string_value(json_object_get(node, "$ref"));
        if (!reference)
                return node;
        const json_t *at = document;
        char copy[256], *save = NULL;
        snprintf(copy, sizeof copy, "%s", reference + 2);
        for (char *word = strtok_r(copy, "/", &save); word; word = strtok_r(NULL, "/", &save))
                at = json_object_get(at, word);
        return at;
}

static void check_content(struct test_service *s, const char *what, const json_t *response, const struct reply *reply)
{
        char type[1024], coding[1024], why[600] = "";
        if (!header_of(reply, "Content-Type", type) || header_of(reply, "Content-Encoding", coding))
                return;
        type[strcspn(type, ";")] = '\0';
        const json_t *content = json_object_get(response, "content");
        const json_t *media = json_object_get(content, type);
        if (!media)
                media = json_object_get(content, "*/*");
        if (!media)
                fail_msg("%s: content type %s is not promised", what, type);
        if (strstr(type, "json") && !reply->json)
                fail_msg("%s: not JSON: %.300s", what, reply->body);
        if (strstr(type, "json") && !schema_check(s->openapi, json_object_get(media, "schema"), reply->json, why, sizeof why))
                fail_msg("%s: %s\n%.400s", what, why, reply->body);
}

static void check_problem(struct test_service *s, const char *what, const struct reply *reply)
{
        char type[1024], why[600] = "";
        const json_t *schema = json_object_get(json_object_get(json_object_get(s->openapi, "components"), "schemas"), "Problem");
        if (!header_of(reply, "Content-Type", type) || strcmp(type, "application/problem+json") != 0)
                fail_msg("%s: an error that is no problem document: %.300s", what, reply->body);
        if (!schema_check(s->openapi, schema, reply->json, why, sizeof why))
                fail_msg("%s: %s\n%.400s", what, why, reply->body);
        if (json_integer_value(json_object_get(reply->json, "status")) != reply->status)
                fail_msg("%s: the problem's status is another", what);
        if (!header_of(reply, "Cache-Control", type) || strcmp(type, "no-store") != 0)
                fail_msg("%s: an error may be cached", what);
}

/* Headers that every answer carries (checklist H13). */
static void check_headers(const char *what, const struct reply *reply)
{
        static const char *const always[] = {
                "X-Content-Type-Options",       "X-Frame-Options", "Referrer-Policy", "Content-Security-Policy",
                "Cross-Origin-Resource-Policy", "X-Request-Id",    "Cache-Control"
        };
        char value[1024];
        for (size_t i = 0; i < SAI_COUNT(always); i++)
                if (!header_of(reply, always[i], value))
                        fail_msg("%s: no %s", what, always[i]);
        if (strncmp(what, "GET /api/v1/auth/", 17) == 0 || strncmp(what, "POST /api/v1/auth/", 18) == 0)
                if (!header_of(reply, "Cache-Control", value) || strcmp(value, "no-store") != 0 ||
                    header_of(reply, "ETag", value))
                        fail_msg("%s: may be cached", what);
}

void check_promise(struct test_service *s, const char *method, const char *target, const struct reply *reply)
{
        char what[200], status[16];
        const char *path = NULL;
        snprintf(what, sizeof what, "%s %.120s -> %d", method, target, reply->status);
        learn_operations(s->openapi);
        check_headers(what, reply);
        const json_t *operation = find_operation(s->openapi, method, target, &path);
        if (operation) {
                char name[NAME];
                snprintf(name, sizeof name, "%s %s", strcmp(method, "HEAD") == 0 ? "get" : method, path);
                for (char *c = name; *c != ' '; c++)
                        *c = (char)(*c | 0x20);
                called[operation_index(name)] = true;
        }
        if (strcmp(method, "OPTIONS") == 0 || reply->status == 304 || strcmp(method, "HEAD") == 0)
                return;
        if (reply->status >= 400 && reply->status != 503)
                check_problem(s, what, reply);
        if (!operation)
                return;
        snprintf(status, sizeof status, "%d", reply->status);
        const json_t *response = json_object_get(json_object_get(operation, "responses"), status);
        if (!response)
                fail_msg("%s: the document does not promise this status: %.300s", what, reply->body);
        check_content(s, what, follow(s->openapi, response), reply);
}

/* -- Coverage over the programs -------------------------------------------------------------------------------------------------------- */

/* One file beside the programs: a line for each operation that was called, by any of them. */
static void coverage_path(char *path, size_t size)
{
        char self[PATH_MAX];
        ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
        self[len > 0 ? len : 0] = '\0';
        snprintf(path, size, "%.*s/api_operations_called.txt", 3000, dirname(self));
}

void report_coverage(const char *program)
{
        char path[PATH_MAX], line[NAME + 2];
        coverage_path(path, sizeof path);
        FILE *file = fopen(path, "a+");
        if (!file)
                return;
        for (size_t i = 0; i < operation_count; i++)
                if (called[i])
                        fprintf(file, "%s\n", all_operations[i]);
        rewind(file);
        while (fgets(line, sizeof line, file)) {
                line[strcspn(line, "\n")] = '\0';
                called[operation_index(line)] = true;
        }
        fclose(file);
        size_t missing = 0;
        for (size_t i = 0; i < operation_count; i++)
                missing += !called[i];
        fprintf(stderr, "%s: %zu of %zu operations were called by the API tests so far\n", program, operation_count - missing,
                operation_count);
        for (size_t i = 0; i < operation_count; i++)
                if (!called[i])
                        fprintf(stderr, "  not called: %s\n", all_operations[i]);
}
