/* support_answers.c -- looking at answers. */
#include "support_internal.h"

const json_t *value_at(const json_t *json, const char *path)
{
        char copy[256], *save = NULL;
        snprintf(copy, sizeof copy, "%s", path);
        for (char *word = strtok_r(copy, ".", &save); word && json; word = strtok_r(NULL, ".", &save))
                json = json_is_array(json) ? json_array_get(json, strtoul(word, NULL, 10)) : json_object_get(json, word);
        return json;
}

const char *text_at(const json_t *json, const char *path)
{
        const char *text = json_string_value(value_at(json, path));
        if (!text)
                fail_msg("%s is no text", path);
        return text;
}

double number_at(const json_t *json, const char *path)
{
        const json_t *value = value_at(json, path);
        if (!json_is_number(value))
                fail_msg("%s is no number", path);
        return json_number_value(value);
}

void assert_problem(const struct reply *reply, int status, const char *slug)
{
        char type[128];
        assert_status(*reply, status);
        snprintf(type, sizeof type, "/problems/%s", slug);
        assert_string_equal(text_at(reply->json, "type"), type);
}

void assert_pointer(const struct reply *reply, const char *pointer)
{
        const json_t *errors = value_at(reply->json, "errors");
        assert_status(*reply, 422);
        for (size_t i = 0; i < json_array_size(errors); i++)
                if (strcmp(text_at(json_array_get(errors, i), "pointer"), pointer) == 0)
                        return;
        fail_msg("no error points to %s: %s", pointer, reply->body);
}

size_t requests_to(struct test_service *s, const char *part)
{
        static struct sim_request_entry entries[4096];
        size_t count = sim_requests(s->sim, 0, entries, SAI_COUNT(entries)), hits = 0;
        for (size_t i = 0; i < count; i++)
                hits += strstr(entries[i].path, part) != NULL;
        return hits;
}
