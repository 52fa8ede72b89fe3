/* Other people's cases: nst/JSONTestSuite through the reader that every body goes through.
 *
 * Each case is read twice: as a body of its own, and as the value of a member that the model does not have. The second tells syntax from content: a
 * well-formed value is refused with a pointer (422), a malformed one as JSON that is none (400), whatever kind of value it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <dirent.h>

#include "base/limits.h"
#include "every_kind.h"
#include "support/shared_data.h"

struct nothing {
        char byte;
};
static const struct sai_model nothing_model = { .name = "Nothing", .size = sizeof(struct nothing) };

static sai_status read_body(const char *json, size_t len)
{
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MIB(8));
        struct sai_errors errors;
        struct sai_err err = { 0 };
        struct nothing object;
        sai_errors_init(&errors, arena);
        return sai_model_read(&nothing_model, json, len, arena, &object, &errors, &err);
}

/* `{"value":CASE}` */
static sai_status read_wrapped(const char *json, size_t len)
{
        static const char before[] = "{\"value\":", after[] = "}";
        char *text = malloc(sizeof before + len + sizeof after);
        memcpy(text, before, sizeof before - 1);
        memcpy(text + sizeof before - 1, json, len);
        memcpy(text + sizeof before - 1 + len, after, sizeof after - 1);
        sai_status status = read_body(text, sizeof before - 1 + len + sizeof after - 1);
        free(text);
        return status;
}

static bool is_object(const char *json, size_t len)
{
        size_t i = 0;
        while (i < len && strchr(" \t\r\n", json[i]) && json[i])
                i++;
        return i < len && json[i] == '{';
}

/* Well-formed by the letter, and refused by us (checklist H10). */
static const char *const refused[][2] = {
        { "y_object_duplicated_key.json", "a member twice: two readers could take two values" },
        { "y_object_duplicated_key_and_value.json", "a member twice" },
        { "y_string_null_escape.json", "NUL ends texts in C and in databases" },
        { "y_object_escaped_null_in_key.json", "the same, in a name" },
};

/* What the grammar leaves open (`i_`), and what we do. Everything else of that kind is refused: text that is not UTF-8 or half a surrogate pair, numbers
 * that no double holds, a byte order mark, nesting beyond 32. */
static const char *const taken[][2] = {
        { "i_number_double_huge_neg_exp.json", "rounds to zero, which is the nearest double" },
        { "i_number_real_underflow.json", "rounds to zero" },
};

static bool listed(const char *const (*list)[2], size_t count, const char *name)
{
        for (size_t i = 0; i < count; i++)
                if (strcmp(list[i][0], name) == 0)
                        return true;
        return false;
}

static int wrong;

static void expect(const char *name, const char *how, sai_status status, sai_status wanted)
{
        if (status == wanted)
                return;
        print_message("%s (%s): %s instead of %s\n", name, how, sai_status_slug(status), sai_status_slug(wanted));
        wrong++;
}

static void try_case(const char *name, const char *json, size_t len)
{
        bool good = name[0] == 'y' ? !listed(refused, SAI_COUNT(refused), name)
                                   : name[0] == 'i' && listed(taken, SAI_COUNT(taken), name);
        expect(name, "as a value", read_wrapped(json, len), good ? SAI_INVALID : SAI_MALFORMED_JSON);
        /* A body must be an object; the one without members is what a model without members takes. */
        sai_status whole = read_body(json, len);
        if (!good || !is_object(json, len))
                expect(name, "as a body", whole, len == 0 ? SAI_OK : SAI_MALFORMED_JSON);
        else if (whole != SAI_OK)
                expect(name, "as a body", whole, SAI_INVALID);
}

static size_t try_all(char kind)
{
        char folder[512], path[1024];
        snprintf(folder, sizeof folder, "%s/json-test-suite/test_parsing", shared_data_or_skip());
        DIR *entries = opendir(folder);
        assert_non_null(entries);
        size_t count = 0;
        wrong = 0;
        for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
                if (entry->d_name[0] != kind || entry->d_name[1] != '_')
                        continue;
                size_t len = 0;
                snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
                char *json = read_whole_file(path, &len);
                try_case(entry->d_name, json ? json : "", len);
                free(json);
                count++;
        }
        closedir(entries);
        assert_int_equal(wrong, 0);
        return count;
}

static void what_is_json_is_taken_or_refused_for_a_stated_reason(void **state)
{
        (void)state;
        assert_true(try_all('y') >= 90);
}

static void what_is_no_json_is_refused_as_malformed(void **state)
{
        (void)state;
        assert_true(try_all('n') >= 180);
}

static void what_the_grammar_leaves_open_is_decided(void **state)
{
        (void)state;
        assert_true(try_all('i') >= 30);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_is_json_is_taken_or_refused_for_a_stated_reason),
                cmocka_unit_test(what_is_no_json_is_refused_as_malformed),
                cmocka_unit_test(what_the_grammar_leaves_open_is_decided),
        };
        return cmocka_run_group_tests_name("json/suite", tests, NULL, NULL);
}
