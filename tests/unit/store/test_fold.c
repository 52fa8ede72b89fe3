/* A search finds a text whatever the case of its letters, in every alphabet that has cases, and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "store/fold.h"

static bool has(const char *text, const char *part) { return fold_contains(text, strlen(text), part, strlen(part)); }

static void case_does_not_matter(void **state)
{
        (void)state;
        assert_true(has("Morning RUN", "morning run"));
        assert_true(has("ZÜRICH", "zürich") && has("zürich", "ÜRI"));
        assert_true(has("Лыжи", "ЛЫЖ") && has("Ёлка", "ёЛКА"));
        assert_true(has("ΔΡΌΜΟΣ", "δρόμος") && has("Σισύφου ΔΡΌΜΟΣ", "σΙς"));
        assert_true(has("ŻÓŁW", "żółw") && has("Ÿ", "ÿ") && has("ẞ", "ẞ") && has("Việt NAM Ộ", "ộ"));
}

static void other_letters_are_others(void **state)
{
        (void)state;
        assert_false(has("zurich", "zürich"));
        assert_false(has("abc", "abcd"));
        assert_false(has("", "a"));
        assert_true(has("", "") && has("abc", ""));
        assert_true(has("龍の道 🏊", "の道 🏊"));
        assert_false(has("×", "÷")); /* between the letters of Latin-1, and no letters */
}

static void every_letter_folds_once(void **state)
{
        (void)state;
        for (uint32_t c = 0; c < 0x11000; c++)
                assert_int_equal(fold_code_point(fold_code_point(c)), fold_code_point(c));
}

static void bytes_that_are_no_text_match_themselves_only(void **state)
{
        (void)state;
        static const char *const odd[] = { "\x80", "\xC3", "\xE2\x82", "\xF0\x9F\x8F", "\xFF" };
        for (size_t i = 0; i < SAI_COUNT(odd); i++) {
                assert_true(has(odd[i], odd[i]));
                assert_false(has(odd[i], "a"));
                assert_false(has("abc", odd[i]));
        }
        assert_true(fold_contains("a\0b", 3, "\0B", 2));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(case_does_not_matter),
                cmocka_unit_test(other_letters_are_others),
                cmocka_unit_test(every_letter_folds_once),
                cmocka_unit_test(bytes_that_are_no_text_match_themselves_only),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
