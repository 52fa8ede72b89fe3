/* The public JSON parsing suite against the stage before any model: scan and parse, as every body goes through it. */
#include "json/json_internal.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "support/shared_data.h"

struct counts {
        int must_accept, accepted, must_refuse, refused, free_choice;
};

static bool parses(const char *path)
{
        size_t len;
        char *text = read_whole_file(path, &len);
        if (!text)
                fail_msg("cannot read %s", path);
        json_t *root = NULL;
        struct sai_err err;
        sai_status status = json_parse(text, len, &root, &err);
        assert_true(status == SAI_OK || status == SAI_MALFORMED_JSON);
        if (status != SAI_OK)
                assert_true(err.detail[0] && sai_utf8_valid(err.detail, strlen(err.detail)));
        json_decref(root);
        free(text);
        return status == SAI_OK;
}

static void the_suite_is_read_as_strictly_as_stated(void **state)
{
        (void)state;
        struct counts counts = { 0 };
        char folder[512];
        snprintf(folder, sizeof folder, "%s/json-test-suite/test_parsing", shared_data_or_skip());
        DIR *directory = opendir(folder);
        assert_non_null(directory);
        for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
                char path[1024];
                if (entry->d_name[0] == '.')
                        continue;
                snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
                bool good = parses(path);
                switch (entry->d_name[0]) {
                case 'y':
                        counts.must_accept++;
                        counts.accepted += good;
                        break;
                case 'n':
                        counts.must_refuse++;
                        counts.refused += !good;
                        if (good)
                                print_error("accepted %s\n", entry->d_name);
                        break;
                default:
                        counts.free_choice++;
                        break;
                }
        }
        closedir(directory);
        assert_int_equal(counts.must_refuse, 188);
        assert_int_equal(counts.refused, 188);
        assert_int_equal(counts.must_accept, 95);
        assert_int_equal(counts.accepted, 83);
        assert_true(counts.free_choice > 0);
}

static sai_status scan(const char *text, size_t len)
{
        struct sai_err err;
        return sai_json_scan(text, len, 4, &err);
}

static void the_scan_sees_what_the_parser_would_let_pass(void **state)
{
        (void)state;
        assert_int_equal(scan("", 0), SAI_OK);
        assert_int_equal(scan("{\"a\":[[[1]]]}", 13), SAI_OK);
        assert_int_equal(scan("{\"a\":[[[[1]]]]}", 15), SAI_MALFORMED_JSON);
        assert_int_equal(scan("[\"[[[[[[[[[\\\"[[[[\"]", 19), SAI_OK); /* brackets in a string nest nothing */
        assert_int_equal(scan("[1],[1],[1],[1],[1]", 19), SAI_OK);
        assert_int_equal(scan("\xef\xbb\xbf{}", 5), SAI_MALFORMED_JSON);
        assert_int_equal(scan("{}\0", 3), SAI_MALFORMED_JSON);
        assert_int_equal(scan("\"\xff\"", 3), SAI_MALFORMED_JSON);
        assert_int_equal(scan("\"\xed\xa0\x80\"", 5), SAI_MALFORMED_JSON);
        assert_int_equal(scan("\"\\", 2), SAI_OK); /* unfinished: the parser's to say */
        struct sai_err err;
        assert_int_equal(sai_json_scan("[[[", 3, 2, &err), SAI_MALFORMED_JSON);
        assert_non_null(strstr(err.detail, "byte 2"));
}

/* A megabyte that looks like depth, strings or escapes all the way takes one pass. */
static void the_scan_is_linear_on_hostile_text(void **state)
{
        (void)state;
        size_t len = SAI_MAX_JSON_BODY;
        char *text = malloc(len);
        static const char *const patterns[] = { "\\\"", "\"", "[]", "{}", "\xc3\xa9", "\"\\" };
        assert_non_null(text);
        for (size_t p = 0; p < SAI_COUNT(patterns); p++) {
                size_t size = strlen(patterns[p]);
                for (size_t i = 0; i + size <= len; i += size)
                        memcpy(text + i, patterns[p], size);
                if (len % size)
                        text[len - 1] = ' ';
                assert_int_equal(scan(text, len), SAI_OK);
        }
        free(text);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_suite_is_read_as_strictly_as_stated),
                cmocka_unit_test(the_scan_sees_what_the_parser_would_let_pass),
                cmocka_unit_test(the_scan_is_linear_on_hostile_text),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
