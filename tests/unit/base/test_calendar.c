/* Days, weeks, texts of instants, and zones with their gaps and overlaps. */
#include "base/calendar.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"

static struct sai_day day(const char *text)
{
        struct sai_day result = { 0 };
        if (!sai_day_parse(text, strlen(text), &result))
                fail_msg("%s is no day", text);
        return result;
}

static struct sai_instant instant(const char *text)
{
        struct sai_instant result = { 0 };
        if (!sai_instant_parse(text, strlen(text), &result))
                fail_msg("%s is no instant", text);
        return result;
}

static struct sai_local local(const char *text)
{
        struct sai_local result = { 0 };
        if (!sai_local_parse(text, strlen(text), &result))
                fail_msg("%s is no local time", text);
        return result;
}

static void days_count_from_1970(void **state)
{
        (void)state;
        assert_int_equal(day("1970-01-01").number, 0);
        assert_int_equal(day("1969-12-31").number, -1);
        assert_int_equal(day("2000-03-01").number, 11017);
        assert_int_equal(day("2026-11-22").number, 20779);
        assert_int_equal(day("1900-01-01").number, -25567);
        for (int32_t n = -30000; n < 90000; n++) {
                int year, month, of_month;
                sai_day_to_civil((struct sai_day) { n }, &year, &month, &of_month);
                assert_int_equal(sai_day_from_civil(year, month, of_month).number, n);
        }
}

static void weeks_are_iso_8601(void **state)
{
        (void)state;
        static const struct {
                const char *day;
                int year, week;
        } cases[] = {
                { "2026-01-01", 2026, 1 }, { "2027-01-01", 2026, 53 }, { "2021-01-03", 2020, 53 },
                { "2024-12-30", 2025, 1 }, { "2026-11-22", 2026, 47 }, { "1969-12-31", 1970, 1 },
        };
        for (size_t i = 0; i < SAI_COUNT(cases); i++) {
                int year, week;
                sai_day_iso_week(day(cases[i].day), &year, &week);
                assert_int_equal(year, cases[i].year);
                assert_int_equal(week, cases[i].week);
        }
        assert_int_equal(sai_day_weekday(day("1970-01-01")), 3);
        assert_int_equal(sai_day_weekday(day("2026-11-22")), 6);
        assert_int_equal(sai_day_weekday(day("1969-12-29")), 0);
        assert_int_equal(sai_day_week_start(day("2026-11-22")).number, day("2026-11-16").number);
        assert_int_equal(sai_day_week_start(day("2026-11-16")).number, day("2026-11-16").number);
}

static void months_and_years_begin_on_their_first(void **state)
{
        (void)state;
        assert_int_equal(sai_day_month_start(day("2024-02-29")).number, day("2024-02-01").number);
        assert_int_equal(sai_day_year_start(day("2024-02-29")).number, day("2024-01-01").number);
        assert_int_equal(sai_day_add_months(day("2024-11-01"), 3).number, day("2025-02-01").number);
        assert_int_equal(sai_day_add_months(day("2024-01-01"), -1).number, day("2023-12-01").number);
        assert_int_equal(sai_day_add_months(day("1970-01-01"), -25).number, day("1967-12-01").number);
        assert_int_equal(sai_local_day((struct sai_local) { -1 }).number, -1);
        assert_int_equal(sai_local_day(local("2026-11-22T23:59:59.999")).number, day("2026-11-22").number);
}

static void texts_have_one_form(void **state)
{
        (void)state;
        char text[SAI_INSTANT_TEXT];
        assert_int_equal(sai_instant_format((struct sai_instant) { 0 }, text), 20);
        assert_string_equal(text, "1970-01-01T00:00:00Z");
        sai_instant_format((struct sai_instant) { -1 }, text);
        assert_string_equal(text, "1969-12-31T23:59:59.999Z");
        sai_instant_format(instant("2026-11-22T08:15:30Z"), text);
        assert_string_equal(text, "2026-11-22T08:15:30Z");
        sai_instant_format(instant("2026-11-22T08:15:30.0509Z"), text);
        assert_string_equal(text, "2026-11-22T08:15:30.050Z");
        sai_instant_format(instant("2026-11-22T00:15:30+01:30"), text);
        assert_string_equal(text, "2026-11-21T22:45:30Z");
        sai_instant_format(instant("2026-11-22T00:15:30.5-00:30"), text);
        assert_string_equal(text, "2026-11-22T00:45:30.500Z");
        sai_local_format(local("2026-11-22T09:15:30.120"), text);
        assert_string_equal(text, "2026-11-22T09:15:30.120");
        assert_int_equal(sai_day_format(day("2024-02-29"), text), 10);
        assert_string_equal(text, "2024-02-29");
        /* Damaged rows hold any number; the text stays inside its buffer. */
        assert_int_equal(sai_instant_format((struct sai_instant) { INT64_MAX }, text), 20);
        assert_int_equal(sai_instant_format((struct sai_instant) { INT64_MIN }, text), 20);
        assert_int_equal(sai_day_format((struct sai_day) { INT32_MAX }, text), 10);
        assert_int_equal(sai_day_format((struct sai_day) { INT32_MIN }, text), 10);
}

static void parsing_takes_the_whole_text_and_real_dates(void **state)
{
        (void)state;
        static const char *const bad_days[] = { "",           "2026-11-2",           "2026-1-22",   "2026-11-31", "2025-02-29",
                                                "1900-02-29", "2026-00-01",          "2026-13-01",  "2026-01-00", "1899-12-31",
                                                "2200-01-01", "2026-11-22 ",         " 2026-11-22", "2026/11/22", "+026-11-22",
                                                "20261122",   "2026-11-22T00:00:00Z" };
        struct sai_day d = { 77 };
        for (size_t i = 0; i < SAI_COUNT(bad_days); i++)
                assert_false(sai_day_parse(bad_days[i], strlen(bad_days[i]), &d));
        assert_int_equal(d.number, 77);
        static const char *const bad_instants[] = { "",
                                                    "2026-11-22T08:15:30",
                                                    "2026-11-22 08:15:30Z",
                                                    "2026-11-22T24:00:00Z",
                                                    "2026-11-22T08:60:00Z",
                                                    "2026-11-22T08:15:60Z",
                                                    "2026-11-22T08:15:30.Z",
                                                    "2026-11-22T08:15:30z",
                                                    "2026-11-22t08:15:30Z",
                                                    "2026-11-22T08:15:30+1:00",
                                                    "2026-11-22T08:15:30+0100",
                                                    "2026-11-22T08:15:30+24:00",
                                                    "2026-11-22T08:15:30Zx",
                                                    "2026-11-22T08:15Z",
                                                    "2026-02-30T08:15:30Z" };
        struct sai_instant at = { 77 };
        for (size_t i = 0; i < SAI_COUNT(bad_instants); i++)
                assert_false(sai_instant_parse(bad_instants[i], strlen(bad_instants[i]), &at));
        assert_int_equal(at.ms, 77);
        struct sai_local wall = { 77 };
        assert_false(sai_local_parse("2026-11-22T08:15:30Z", 20, &wall));
        assert_false(sai_local_parse("2026-11-22T08:15:30+01:00", 25, &wall));
        assert_int_equal(wall.ms, 77);
        assert_true(sai_day_parse("2000-02-29", 10, &d));
        assert_true(sai_instant_parse("2199-12-31T23:59:59.1234567890123456789Z", 40, &at));
        assert_int_equal(at.ms % 1000, 123);
}

static void check_offset(const char *zone_name, const char *at, int32_t expected)
{
        const struct sai_zone *zone = sai_zone_find(zone_name);
        if (!zone)
                fail_msg("no zone %s: is tzdata there?", zone_name);
        int32_t offset = sai_zone_offset(zone, instant(at));
        if (offset != expected)
                fail_msg("%s at %s: %d, expected %d", zone_name, at, offset, expected);
}

static void offsets_change_at_the_second(void **state)
{
        (void)state;
        check_offset("Europe/Berlin", "2026-03-29T00:59:59Z", 3600);
        check_offset("Europe/Berlin", "2026-03-29T01:00:00Z", 7200);
        check_offset("Europe/Berlin", "2026-10-25T00:59:59Z", 7200);
        check_offset("Europe/Berlin", "2026-10-25T01:00:00Z", 3600);
        check_offset("America/New_York", "2026-03-08T06:59:59Z", -18000);
        check_offset("America/New_York", "2026-03-08T07:00:00Z", -14400);
        check_offset("America/New_York", "2026-11-01T05:59:59Z", -14400);
        check_offset("America/New_York", "2026-11-01T06:00:00Z", -18000);
        check_offset("Australia/Lord_Howe", "2026-01-01T00:00:00Z", 39600);
        check_offset("Australia/Lord_Howe", "2026-07-01T00:00:00Z", 37800);
        check_offset("Asia/Kathmandu", "2026-07-01T00:00:00Z", 20700);
        check_offset("Asia/Kathmandu", "1980-07-01T00:00:00Z", 19800);
        check_offset("UTC", "2026-07-01T00:00:00Z", 0);
        check_offset("Africa/Casablanca", "2020-05-01T00:00:00Z", 0);
        check_offset("Africa/Casablanca", "2020-07-01T00:00:00Z", 3600);
}

/* After 2037 the files have only the rule at their end. */
static void the_rule_at_the_end_holds_for_ever(void **state)
{
        (void)state;
        check_offset("Europe/Berlin", "2150-01-15T12:00:00Z", 3600);
        check_offset("Europe/Berlin", "2150-07-15T12:00:00Z", 7200);
        check_offset("Europe/Berlin", "2151-03-28T00:59:59Z", 3600);
        check_offset("Europe/Berlin", "2151-03-28T01:00:00Z", 7200);
        check_offset("America/New_York", "2150-03-08T06:59:59Z", -18000);
        check_offset("America/New_York", "2150-03-08T07:00:00Z", -14400);
        check_offset("Australia/Lord_Howe", "2150-01-01T00:00:00Z", 39600);
        check_offset("Australia/Lord_Howe", "2150-12-31T23:59:59Z", 39600);
        check_offset("Australia/Lord_Howe", "2150-06-15T00:00:00Z", 37800);
        check_offset("Asia/Kathmandu", "2150-07-01T00:00:00Z", 20700);
}

/* The C library reads the same files with other code. */
static void offsets_agree_with_the_c_library(void **state)
{
        (void)state;
        static const char *const zones[] = { "Europe/Berlin",       "Europe/Dublin",  "America/New_York",  "America/Sao_Paulo",
                                             "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca", "Africa/Cairo",
                                             "Asia/Tehran",         "Pacific/Apia",   "Antarctica/Troll",  "America/Santiago",
                                             "Asia/Gaza",           "EST5EDT" };
        for (size_t z = 0; z < SAI_COUNT(zones); z++) {
                const struct sai_zone *zone = sai_zone_find(zones[z]);
                if (!zone)
                        fail_msg("no zone %s: is tzdata there?", zones[z]);
                setenv("TZ", zones[z], 1);
                tzset();
                for (time_t t = -1577923200; t < 7258118400; t += 86400 * 3 + 3701) { /* 1920 to 2199 */
                        struct tm parts;
                        assert_non_null(localtime_r(&t, &parts));
                        int32_t offset = sai_zone_offset(zone, (struct sai_instant) { (int64_t)t * 1000 });
                        if (offset != parts.tm_gmtoff)
                                fail_msg("%s at %lld: %d, expected %ld", zones[z], (long long)t, offset, parts.tm_gmtoff);
                }
        }
        unsetenv("TZ");
        tzset();
}

static void check_local(const char *zone_name, const char *wall, const char *expected)
{
        char text[SAI_INSTANT_TEXT];
        const struct sai_zone *zone = sai_zone_find(zone_name);
        if (!zone)
                fail_msg("no zone %s: is tzdata there?", zone_name);
        sai_instant_format(sai_zone_instant(zone, local(wall)), text);
        if (strcmp(text, expected) != 0)
                fail_msg("%s in %s: %s, expected %s", wall, zone_name, text, expected);
}

static void a_gap_reads_later_and_an_overlap_earlier(void **state)
{
        (void)state;
        check_local("Europe/Berlin", "2026-03-29T01:59:59", "2026-03-29T00:59:59Z");
        check_local("Europe/Berlin", "2026-03-29T02:30:00", "2026-03-29T01:30:00Z"); /* never shown: 03:30 summer time */
        check_local("Europe/Berlin", "2026-03-29T03:00:00", "2026-03-29T01:00:00Z");
        check_local("Europe/Berlin", "2026-10-25T01:59:59", "2026-10-24T23:59:59Z");
        check_local("Europe/Berlin", "2026-10-25T02:30:00", "2026-10-25T00:30:00Z"); /* shown twice: the summer one */
        check_local("Europe/Berlin", "2026-10-25T03:00:00", "2026-10-25T02:00:00Z");
        check_local("America/New_York", "2026-03-08T02:30:00", "2026-03-08T07:30:00Z");
        check_local("America/New_York", "2026-11-01T01:30:00", "2026-11-01T05:30:00Z");
        /* Half an hour: 02:00 to 02:30 on the first Sunday of October, back on the first of April. */
        check_local("Australia/Lord_Howe", "2026-10-04T02:15:00", "2026-10-03T15:45:00Z");
        check_local("Australia/Lord_Howe", "2026-04-05T01:45:00", "2026-04-04T14:45:00Z");
        check_local("Asia/Kathmandu", "2026-10-25T02:30:00", "2026-10-24T20:45:00Z");
        /* A whole day that Samoa left out. */
        check_local("Pacific/Apia", "2011-12-29T23:30:00", "2011-12-30T09:30:00Z");
        check_local("Pacific/Apia", "2011-12-31T00:30:00", "2011-12-30T10:30:00Z");
        check_local("UTC", "2026-10-25T02:30:00", "2026-10-25T02:30:00Z");
}

static void a_wall_clock_leads_back_to_its_instant(void **state)
{
        (void)state;
        static const char *const zones[] = { "Europe/Berlin",  "America/New_York",  "Australia/Lord_Howe",
                                             "Asia/Kathmandu", "America/Sao_Paulo", "Africa/Cairo" };
        for (size_t z = 0; z < SAI_COUNT(zones); z++) {
                const struct sai_zone *zone = sai_zone_find(zones[z]);
                assert_non_null(zone);
                for (int64_t ms = instant("2015-01-01T00:00:00Z").ms; ms < instant("2060-01-01T00:00:00Z").ms; ms += 1234567000) {
                        struct sai_local wall = sai_zone_local(zone, (struct sai_instant) { ms });
                        int64_t back = sai_zone_instant(zone, wall).ms;
                        /* In an overlap the earlier reading is given, an hour at most before. */
                        if (back != ms && !(back < ms && ms - back <= 3600000 &&
                                            sai_zone_local(zone, (struct sai_instant) { back }).ms == wall.ms))
                                fail_msg("%s: %lld came back as %lld", zones[z], (long long)ms, (long long)back);
                }
        }
}

static void names_lead_nowhere_else(void **state)
{
        (void)state;
        static const char *const bad[] = { "",
                                           "../etc/passwd",
                                           "/etc/passwd",
                                           "Europe/../UTC",
                                           "Europe",
                                           "Europe/",
                                           "Europe/Atlantis",
                                           "Europe/Berlin\n",
                                           "tzdata.zi",
                                           "posixrules",
                                           "posix/Europe/Berlin",
                                           "right/Europe/Berlin",
                                           "zone1970.tab",
                                           "EST5EDT,M3.2.0,M11.1.0",
                                           "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" };
        for (size_t i = 0; i < SAI_COUNT(bad); i++)
                assert_null(sai_zone_find(bad[i]));
        assert_null(sai_zone_find(NULL));
        const struct sai_zone *zone = sai_zone_find("America/Argentina/Buenos_Aires");
        assert_non_null(zone);
        assert_string_equal(sai_zone_name(zone), "America/Argentina/Buenos_Aires");
        assert_ptr_equal(sai_zone_find("America/Argentina/Buenos_Aires"), zone);
        assert_ptr_equal(sai_zone_find("UTC"), sai_zone_find("UTC"));
}

/* A damaged row can hold any number; nothing here may overflow over it (the sanitizers watch). */
static void the_ends_of_time_are_survived(void **state)
{
        (void)state;
        static const int64_t ends[] = { INT64_MIN, INT64_MIN + 1, -1, 0, INT64_MAX - 1, INT64_MAX };
        static const int32_t days[] = { INT32_MIN, INT32_MIN + 1, INT32_MAX - 1, INT32_MAX };
        static const char *const zones[] = { "UTC", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu" };
        char text[SAI_INSTANT_TEXT];
        int year, week;
        for (size_t i = 0; i < SAI_COUNT(ends); i++) {
                for (size_t z = 0; z < SAI_COUNT(zones); z++) {
                        const struct sai_zone *zone = sai_zone_find(zones[z]);
                        assert_non_null(zone);
                        sai_zone_local(zone, (struct sai_instant) { ends[i] });
                        sai_zone_instant(zone, (struct sai_local) { ends[i] });
                }
                assert_in_range(sai_local_format((struct sai_local) { ends[i] }, text), 19, 23);
                sai_local_day((struct sai_local) { ends[i] });
        }
        for (size_t i = 0; i < SAI_COUNT(days); i++) {
                struct sai_day d = { days[i] };
                sai_day_week_start(d);
                sai_day_month_start(d);
                sai_day_year_start(d);
                sai_day_add_months(d, -5);
                sai_day_iso_week(d, &year, &week);
                assert_int_equal(sai_day_format(d, text), 10);
        }
}

static void *find_some(void *arg)
{
        static const char *const zones[] = { "Europe/Paris", "Europe/London",  "Asia/Tokyo",
                                             "Asia/Kolkata", "America/Denver", "Pacific/Auckland" };
        const struct sai_zone **out = arg;
        for (int i = 0; i < 6; i++)
                out[i] = sai_zone_find(zones[i]);
        return NULL;
}

static void threads_get_the_same_zone(void **state)
{
        (void)state;
        const struct sai_zone *found[4][6];
        pthread_t threads[4];
        for (int i = 0; i < 4; i++)
                assert_int_equal(pthread_create(&threads[i], NULL, find_some, found[i]), 0);
        for (int i = 0; i < 4; i++)
                pthread_join(threads[i], NULL);
        for (int i = 0; i < 4; i++)
                for (int j = 0; j < 6; j++) {
                        assert_non_null(found[i][j]);
                        assert_ptr_equal(found[i][j], found[0][j]);
                }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(days_count_from_1970),
                cmocka_unit_test(weeks_are_iso_8601),
                cmocka_unit_test(months_and_years_begin_on_their_first),
                cmocka_unit_test(texts_have_one_form),
                cmocka_unit_test(parsing_takes_the_whole_text_and_real_dates),
                cmocka_unit_test(offsets_change_at_the_second),
                cmocka_unit_test(offsets_agree_with_the_c_library),
                cmocka_unit_test(the_rule_at_the_end_holds_for_ever),
                cmocka_unit_test(a_gap_reads_later_and_an_overlap_earlier),
                cmocka_unit_test(a_wall_clock_leads_back_to_its_instant),
                cmocka_unit_test(names_lead_nowhere_else),
                cmocka_unit_test(the_ends_of_time_are_survived),
                cmocka_unit_test(threads_get_the_same_zone),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
