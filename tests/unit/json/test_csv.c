/* CSV: quoting, and no cell that a spreadsheet would run. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "every_kind.h"

struct row {
        const char *text;
        double number;
        struct sai_opt_i64 maybe;
        struct sai_day day;
        struct inner *place;
        struct sai_list words;
        struct sai_list numbers;
        struct sai_list items;
        int64_t internal;
};
#define ROW(m, ...) SAI_FIELD(struct row, m, __VA_ARGS__)
static const struct sai_field row_fields[] = {
        ROW(text, .flags = SAI_F_NULLABLE),
        ROW(number, .decimals = 2),
        ROW(maybe, .flags = 0),
        ROW(day, .flags = 0),
        SAI_MODEL_POINTER(struct row, place, &inner_model),
        SAI_ARRAY(struct row, words, SAI_K_STR),
        SAI_ARRAY(struct row, numbers, SAI_K_F64),
        SAI_LIST(struct row, items, &inner_model),
        ROW(internal, .flags = SAI_F_INTERNAL),
};
static const struct sai_model row_model = SAI_MODEL_OF(struct row, row_fields, "Row");

static struct sai_buf buf;

static const char *csv(const struct row *row)
{
        if (buf.max == 0)
                sai_buf_init(&buf, SAI_MIB(1));
        sai_buf_clear(&buf);
        sai_model_csv_row(&buf, &row_model, row);
        assert_int_equal(sai_buf_status(&buf, NULL), SAI_OK);
        return buf.data;
}

static void header_and_row_have_the_same_columns(void **state)
{
        (void)state;
        struct inner place = { .x = 1.005, .label = "a,b" };
        struct row row = { .text = "t", .number = -1.5, .maybe = SAI_SOME(sai_opt_i64, -3), .place = &place };
        sai_buf_init(&buf, SAI_MIB(1));
        sai_model_csv_header(&buf, &row_model);
        assert_string_equal(buf.data, "text,number,maybe,day,place.x,place.n,place.label,words,numbers\r\n");
        assert_string_equal(csv(&row), "t,-1.5,-3,1970-01-01,1,,\"a,b\",,\r\n");
        row = (struct row) { 0 };
        assert_string_equal(csv(&row), ",0,,1970-01-01,,,,,\r\n");
}

static void begins(const char *text, const char *cell)
{
        struct row row = { .text = text };
        if (strncmp(csv(&row), cell, strlen(cell)) != 0)
                fail_msg("%s: %s", text, buf.data);
}

static void cells_that_would_be_formulas_are_made_text(void **state)
{
        (void)state;
        static const struct {
                const char *text, *cell;
        } cases[] = {
                { "=1+1", "'=1+1," },
                { "+cmd", "'+cmd," },
                { "-a", "'-a," },
                { "@SUM(1)", "'@SUM(1)," },
                { "\tx", "'\tx," },
                { "\rx", "\"'\rx\"," },
                { "=a,b", "\"'=a,b\"," },
                { "-", "'-," },
                { "-5", "-5," },
                { "-5.25", "-5.25," },
                { "-5+1", "'-5+1," },
                { "+5", "'+5," },
                { "a=b", "a=b," },
                { "", "," },
                { "5", "5," },
                { "=\"a\"", "\"'=\"\"a\"\"\"," },
        };
        for (size_t i = 0; i < SAI_COUNT(cases); i++)
                begins(cases[i].text, cases[i].cell);
}

static void quotes_and_line_breaks_are_quoted(void **state)
{
        (void)state;
        begins("say \"hi\"", "\"say \"\"hi\"\"\",");
        begins("two\r\nlines", "\"two\r\nlines\",");
        begins(" blank", "\" blank\",");
        begins("blank ", "\"blank \",");
}

static void arrays_are_one_cell(void **state)
{
        (void)state;
        const char *words[] = { "=x", "b,c", NULL };
        double numbers[] = { -1.25, 2, (double)NAN };
        struct row row = { .text = "t", .words = { words, 3 }, .numbers = { numbers, 3 } };
        assert_string_equal(csv(&row), "t,0,,1970-01-01,,,,\"'=x;b,c;\",-1.25;2;\r\n");
        sai_buf_done(&buf);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(header_and_row_have_the_same_columns),
                cmocka_unit_test(cells_that_would_be_formulas_are_made_text),
                cmocka_unit_test(quotes_and_line_breaks_are_quoted),
                cmocka_unit_test(arrays_are_one_cell),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
