/* Strava's answers, recorded and made by hand, into structs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "client/strava/objects.h"
#include "support/shared_data.h"

static int setup(void **state)
{
        *state = sai_arena_new(SAI_MIB(64));
        return *state ? 0 : -1;
}

static int teardown(void **state)
{
        sai_arena_free(*state);
        return 0;
}

#define MINIMAL "\"id\":15000000001,\"name\":\"Run\",\"start_date\":\"2026-05-04T06:07:08Z\""

static sai_status read_activity(void **state, const char *json, struct strava_activity *activity)
{
        return strava_read_activity(sai_text_of(json), *state, activity, NULL);
}

/* -- Leniency ----------------------------------------------------------------------------------------------------- */
static void numbers_may_be_written_either_way(void **state)
{
        struct strava_activity a;
        assert_int_equal(read_activity(state,
                                       "{" MINIMAL ",\"moving_time\":1500.0,\"elapsed_time\":1501,\"distance\":5000,"
                                       "\"max_heartrate\":187,\"total_elevation_gain\":12.5,\"utc_offset\":-14400.0}",
                                       &a),
                         SAI_OK);
        assert_int_equal(a.moving_time.value, 1500);
        assert_int_equal(a.elapsed_time.value, 1501);
        assert_true(a.distance.value == 5000 && a.max_heartrate.value == 187 && a.total_elevation_gain.value == 12.5);
        assert_true(a.utc_offset.value == -14400);
}

static void ids_are_exact(void **state)
{
        struct strava_activity a;
        assert_int_equal(read_activity(state, "{\"id\":9007199254740993,\"name\":\"x\",\"start_date\":\"2026-05-04T06:07:08Z\"}",
                                       &a),
                         SAI_OK);
        assert_true(a.id == INT64_C(9007199254740993));
        assert_int_equal(read_activity(state, "{\"id\":1946417534.0,\"name\":\"x\",\"start_date\":\"2026-05-04T06:07:08Z\"}", &a),
                         SAI_OK);
        assert_true(a.id == INT64_C(1946417534));
        static const char *const bad[] = { "9007199254740993.0",  "1.5", "0", "-5", "\"12\"", "null", "1e30",
                                           "99999999999999999999" };
        for (size_t i = 0; i < SAI_COUNT(bad); i++) {
                char json[200];
                snprintf(json, sizeof json, "{\"id\":%s,\"name\":\"x\",\"start_date\":\"2026-05-04T06:07:08Z\"}", bad[i]);
                assert_int_equal(read_activity(state, json, &a), SAI_UPSTREAM);
        }
}

static void what_is_unknown_null_or_missing_is_no_error(void **state)
{
        struct strava_activity a;
        assert_int_equal(read_activity(state,
                                       "{" MINIMAL
                                       ",\"brand_new\":{\"deep\":[1,{}]},\"gear_id\":null,\"map\":null,\"athlete\":null,"
                                       "\"laps\":null,\"start_latlng\":null,\"sport_type\":\"MoonWalk\"}",
                                       &a),
                         SAI_OK);
        assert_false(SAI_HAS(a.gear_id) || SAI_HAS(a.distance) || SAI_HAS(a.map.summary_polyline));
        assert_null(a.athlete);
        assert_null(a.gear);
        assert_null(a.zone);
        assert_string_equal(a.sport_type.value, "MoonWalk");
        assert_int_equal(a.sport, SPORT_WORKOUT);
}

static void values_outside_their_bounds_count_as_absent(void **state)
{
        struct strava_activity a;
        assert_int_equal(read_activity(state,
                                       "{" MINIMAL
                                       ",\"distance\":-5,\"average_heartrate\":0,\"moving_time\":1e9,\"start_latlng\":[95,10]}",
                                       &a),
                         SAI_OK);
        assert_false(SAI_HAS(a.distance) || SAI_HAS(a.average_heartrate) || SAI_HAS(a.moving_time));
        assert_int_equal(a.start_latlng.count, 0);
}

static void a_wrong_type_refuses_the_object_with_the_member_named(void **state)
{
        struct strava_activity a;
        struct sai_err err = { 0 };
        assert_int_equal(strava_read_activity(SAI_TEXT("{" MINIMAL ",\"distance\":\"5 km\"}"), *state, &a, &err), SAI_UPSTREAM);
        assert_string_equal(err.field, "distance");
        static const char *const bad[] = {
                "{" MINIMAL ",\"map\":[]}",
                "{" MINIMAL ",\"laps\":{}}",
                "{" MINIMAL ",\"trainer\":1}",
                "{" MINIMAL ",\"start_latlng\":[\"a\",1]}",
                "{" MINIMAL ",\"start_latlng\":[1,2,3]}",
                "{" MINIMAL ",\"start_date_local\":\"yesterday\"}",
                "{" MINIMAL ",\"athlete\":{}}",
                "{\"id\":1,\"name\":\"x\"}",
                "{\"id\":1,\"start_date\":\"2026-05-04T06:07:08Z\"}",
                "[]",
                "null",
                "",
                "{",
                "<html></html>",
                "{" MINIMAL ",\"name\":\"\\u0000\"}",
        };
        for (size_t i = 0; i < SAI_COUNT(bad); i++)
                assert_int_equal(read_activity(state, bad[i], &a), SAI_UPSTREAM);
}

static void local_times_lose_their_false_zone(void **state)
{
        struct strava_activity a;
        assert_int_equal(read_activity(state,
                                       "{" MINIMAL ",\"start_date_local\":\"2026-05-04T02:07:08Z\","
                                       "\"timezone\":\"(GMT-05:00) America/New_York\"}",
                                       &a),
                         SAI_OK);
        assert_true(a.start_date.ms == INT64_C(1777874828000));
        assert_true(a.start_date.ms - a.start_date_local.value.ms == 4 * 3600 * 1000);
        assert_string_equal(a.zone, "America/New_York");
}

static void the_legacy_type_stands_in_for_a_missing_sport(void **state)
{
        struct strava_activity a;
        assert_int_equal(read_activity(state, "{" MINIMAL ",\"type\":\"Ride\"}", &a), SAI_OK);
        assert_int_equal(a.sport, SPORT_RIDE);
        assert_int_equal(read_activity(state, "{" MINIMAL ",\"type\":\"Ride\",\"sport_type\":\"GravelRide\"}", &a), SAI_OK);
        assert_int_equal(a.sport, SPORT_GRAVEL_RIDE);
}

static void a_bad_lap_is_left_out_alone(void **state)
{
        struct strava_activity a;
        assert_int_equal(read_activity(state,
                                       "{" MINIMAL ",\"laps\":[{\"id\":1,\"name\":\"Lap 1\"},{\"id\":\"two\"},7,{\"id\":3}],"
                                       "\"best_efforts\":[{\"elapsed_time\":100},{\"name\":\"1k\",\"elapsed_time\":240.0}]}",
                                       &a),
                         SAI_OK);
        const struct strava_lap *laps = a.laps.items;
        const struct strava_effort *efforts = a.best_efforts.items;
        assert_int_equal(a.laps.count, 2);
        assert_int_equal(laps[1].id.value, 3);
        assert_false(SAI_HAS(laps[1].name)); /* nothing is left of the refused one */
        assert_int_equal(a.best_efforts.count, 1);
        assert_string_equal(efforts[0].name, "1k");
        assert_int_equal(a.refused_parts, 3);
}

/* -- Pages -------------------------------------------------------------------------------------------------------- */
static void a_bad_item_does_not_take_the_page_along(void **state)
{
        struct strava_page page;
        static const char text[] =
                " [ {" MINIMAL "} ,\n{\"id\":\"x\"}, {\"id\":99999999999999999999}, \"text ] , \\\" }\", {" MINIMAL
                ",\"name\":\"br\xff"
                "oken\"}, { " MINIMAL " , \"commute\" : true } ] ";
        assert_int_equal(strava_read_page(SAI_TEXT(text), *state, &page, NULL), SAI_OK);
        assert_int_equal(page.received, 6);
        assert_int_equal(page.count, 2);
        assert_int_equal(page.refused_count, 4);
        assert_int_equal(page.refused[0].index, 1);
        assert_int_equal(page.refused[3].index, 4);
        assert_true(sai_text_is(page.refused[0].raw, "{\"id\":\"x\"}"));
        assert_true(sai_text_is(page.items[1].raw, "{ " MINIMAL " , \"commute\" : true }")); /* byte for byte */
        assert_true(page.items[1].commute.value);
}

static void an_empty_page_is_the_end(void **state)
{
        struct strava_page page;
        assert_int_equal(strava_read_page(SAI_TEXT("[ ]\n"), *state, &page, NULL), SAI_OK);
        assert_int_equal(page.received, 0);
}

static void what_is_no_page_is_refused(void **state)
{
        struct strava_page page;
        static const char *const bad[] = { "",        "{}",    "[",    "]",    "[{]",  "[{}",    "[,]",
                                           "[{} {}]", "[{}]x", "[\"]", "[{},", "null", "<html>", "[[[[" };
        for (size_t i = 0; i < SAI_COUNT(bad); i++)
                assert_int_equal(strava_read_page(sai_text_of(bad[i]), *state, &page, NULL), SAI_UPSTREAM);
        struct sai_buf many;
        sai_buf_init(&many, SAI_MIB(1));
        sai_buf_text(&many, "[{}");
        for (size_t i = 0; i < SAI_MAX_LIST_ITEMS; i++)
                sai_buf_text(&many, ",{}");
        sai_buf_text(&many, "]");
        assert_int_equal(strava_read_page((struct sai_text) { many.data, many.len }, *state, &page, NULL), SAI_UPSTREAM);
        sai_buf_done(&many);
}

/* -- Tokens ------------------------------------------------------------------------------------------------------- */
static void tokens_have_an_expiry(void **state)
{
        struct strava_token token;
        assert_int_equal(strava_read_token(SAI_TEXT("{\"access_token\":\"a\",\"refresh_token\":\"r\",\"expires_at\":1542940199,"
                                                    "\"expires_in\":5}"),
                                           1000, *state, &token, NULL),
                         SAI_OK);
        assert_true(token.expires_at.ms == INT64_C(1542940199000));
        assert_null(token.athlete);
        assert_int_equal(strava_read_token(SAI_TEXT("{\"access_token\":\"a\",\"refresh_token\":\"r\",\"expires_in\":21600.0}"),
                                           1000, *state, &token, NULL),
                         SAI_OK);
        assert_true(token.expires_at.ms == 21601000);
        static const char *const bad[] = {
                "{\"access_token\":\"a\",\"refresh_token\":\"r\"}",
                "{\"access_token\":\"a\",\"expires_in\":1}",
                "{\"access_token\":7,\"refresh_token\":\"r\",\"expires_in\":1}",
                "{}",
                "[]",
                "",
                "{\"access_token\":\"a\",\"refresh_token\":\"r\",\"expires_in\":1,\"athlete\":{\"id\":\"x\"}}"
        };
        for (size_t i = 0; i < SAI_COUNT(bad); i++)
                assert_int_equal(strava_read_token(sai_text_of(bad[i]), 0, *state, &token, NULL), SAI_UPSTREAM);
}

/* -- Streams ------------------------------------------------------------------------------------------------------ */
static void both_forms_give_the_same_columns(void **state)
{
        static const char *const forms[] = {
                "{\"time\":{\"data\":[0,1,3]},\"latlng\":{\"data\":[[45.5,7.25],null,[]]},\"watts\":{\"data\":[200,null,0]},"
                "\"moving\":{\"data\":[true,false,null]},\"watts_calc\":{\"data\":[1]},\"heartrate\":{\"data\":[120.0,121,1.22e2]"
                "}}",
                "[{\"type\":\"time\",\"data\":[0,1,3],\"series_type\":\"distance\"},{\"data\":[[45.5,7.25],null,[]],\"type\":"
                "\"latlng\"},"
                "{\"type\":\"watts\",\"data\":[200,null,0]},{\"type\":\"moving\",\"data\":[true,false,null]},{\"type\":\"watts_"
                "calc\",\"data\":[1]},"
                "{\"type\":\"heartrate\",\"data\":[120.0,121,1.22e2]}]",
        };
        for (size_t i = 0; i < SAI_COUNT(forms); i++) {
                struct streams s;
                assert_int_equal(strava_read_streams(sai_text_of(forms[i]), *state, &s, NULL), SAI_OK);
                assert_int_equal(s.count, 3);
                assert_true(s.channel[STREAM_TIME][2] == 3 && s.channel[STREAM_HEARTRATE][2] == 122);
                assert_true(s.channel[STREAM_LATITUDE][0] == 45.5 && s.channel[STREAM_LONGITUDE][0] == 7.25);
                assert_true(isnan(s.channel[STREAM_LATITUDE][1]) && isnan(s.channel[STREAM_LONGITUDE][2]));
                assert_true(s.channel[STREAM_WATTS][0] == 200 && isnan(s.channel[STREAM_WATTS][1]) &&
                            s.channel[STREAM_WATTS][2] == 0);
                assert_true(s.channel[STREAM_MOVING][0] == 1 && s.channel[STREAM_MOVING][1] == 0 &&
                            isnan(s.channel[STREAM_MOVING][2]));
                assert_null(s.channel[STREAM_CADENCE]);
        }
}

static void points_that_go_back_in_time_are_dropped(void **state)
{
        struct streams s;
        assert_int_equal(strava_read_streams(SAI_TEXT("{\"distance\":{\"data\":[0,1,2,3,4]},\"time\":{\"data\":[0,2,2,1,5]}}"),
                                             *state, &s, NULL),
                         SAI_OK);
        assert_int_equal(s.count, 3);
        assert_true(s.channel[STREAM_TIME][1] == 2 && s.channel[STREAM_TIME][2] == 5);
        assert_true(s.channel[STREAM_DISTANCE][1] == 1 && s.channel[STREAM_DISTANCE][2] == 4);
}

static void broken_streams_are_refused(void **state)
{
        struct streams s;
        static const char *const bad[] = {
                "",
                "[",
                "{",
                "7",
                "\"x\"",
                "<html>",
                "[7]",
                "[{\"data\":[]}]",
                "{\"time\":7}",
                "{\"time\":{}}",
                "{\"time\":{\"data\":7}}",
                "{\"time\":{\"data\":[0,1]},\"watts\":{\"data\":[0]}}",
                "{\"time\":{\"data\":[0]},\"watts\":{\"data\":[0,1]}}",
                "{\"time\":{\"data\":[0]},\"watts\":{\"data\":[]}}",
                "{\"watts\":{\"data\":[\"a\"]}}",
                "{\"watts\":{\"data\":[true]}}",
                "{\"watts\":{\"data\":[1e999]}}",
                "{\"latlng\":{\"data\":[[1]]}}",
                "{\"latlng\":{\"data\":[[1,2,3]]}}",
                "{\"latlng\":{\"data\":[x]}}",
                "{\"latlng\":{\"data\":[5]}}",
                "{\"time\":{\"data\":[0,]}}",
                "{\"time\":{\"data\":[0 1]}}",
                "{\"time\":{\"data\":[0]},\"time\":{\"data\":[0]}}",
        };
        for (size_t i = 0; i < SAI_COUNT(bad); i++) {
                if (strava_read_streams(sai_text_of(bad[i]), *state, &s, NULL) != SAI_UPSTREAM)
                        fail_msg("accepted: %s", bad[i]);
        }
}

static void no_streams_are_no_points(void **state)
{
        struct streams s;
        assert_int_equal(strava_read_streams(SAI_TEXT("{}"), *state, &s, NULL), SAI_OK);
        assert_int_equal(s.count, 0);
        assert_int_equal(strava_read_streams(SAI_TEXT("{\"time\":{\"data\":[]}}"), *state, &s, NULL), SAI_OK);
        assert_int_equal(s.count, 0);
}

/* -- Memory ------------------------------------------------------------------------------------------------------- */
static void too_little_memory_is_an_error_and_no_wrong_answer(void **state)
{
        (void)state;
        static const char page_text[] =
                "[{" MINIMAL ",\"laps\":[{\"id\":1,\"name\":\"L\"}],\"start_latlng\":[1,2],\"athlete\":{\"id\":3}},{\"id\":7}]";
        static const char streams_text[] = "{\"time\":{\"data\":[0,1,2]},\"latlng\":{\"data\":[[1,2],[1,2],null]}}";
        static const char token_text[] =
                "{\"access_token\":\"a\",\"refresh_token\":\"r\",\"expires_in\":1,\"athlete\":{\"id\":9,\"city\":\"C\"}}";
        int refused = 0, read = 0;
        for (size_t limit = 0; limit < 8192; limit += 8) {
                struct sai_arena *arena = sai_arena_new(limit);
                struct strava_page page;
                struct streams streams;
                struct strava_token token;
                sai_status statuses[] = { strava_read_page(SAI_TEXT(page_text), arena, &page, NULL),
                                          strava_read_streams(SAI_TEXT(streams_text), arena, &streams, NULL),
                                          strava_read_token(SAI_TEXT(token_text), 0, arena, &token, NULL) };
                for (size_t i = 0; i < SAI_COUNT(statuses); i++) {
                        assert_true(statuses[i] == SAI_OK || statuses[i] == SAI_NO_MEMORY);
                        refused += statuses[i] == SAI_NO_MEMORY;
                        read += statuses[i] == SAI_OK;
                }
                if (statuses[0] == SAI_OK)
                        assert_true(page.count == 1 && page.refused_count == 1 && page.items[0].laps.count == 1);
                sai_arena_free(arena);
        }
        assert_true(refused > 0 && read > 0);
}

/* -- Recorded ----------------------------------------------------------------------------------------------------- */
static struct sai_text recorded(struct sai_arena *arena, const char *name)
{
        char path[4096];
        size_t len = 0;
        snprintf(path, sizeof path, "%s/strava-json/%s", shared_data_or_skip(), name);
        char *text = read_whole_file(path, &len);
        assert_non_null(text);
        assert_int_equal(sai_arena_defer(arena, free, text), SAI_OK);
        return (struct sai_text) { text, len };
}

static json_t *parsed(struct sai_text text)
{
        json_t *json = json_loadb(text.data, text.len, 0, NULL);
        assert_non_null(json);
        return json;
}

/* The body of a recorded exchange, or of one member, as text again. */
static struct sai_text text_of(struct sai_arena *arena, const json_t *json)
{
        char *text = json_dumps(json, JSON_COMPACT);
        assert_non_null(text);
        assert_int_equal(sai_arena_defer(arena, free, text), SAI_OK);
        return sai_text_of(text);
}

static void a_recorded_marathon_reads_whole(void **state)
{
        struct strava_activity a;
        struct sai_text body = recorded(*state, "activity-detail-run-1946417534.json");
        assert_int_equal(strava_read_activity(body, *state, &a, NULL), SAI_OK);
        assert_true(a.id == 1946417534 && a.resource_state.value == 3 && a.athlete->id == 26462176);
        assert_true(a.distance.value == 42268.1 && a.moving_time.value > 10000);
        assert_int_equal(a.sport, SPORT_RUN);
        assert_string_equal(a.zone, "America/New_York");
        assert_int_equal(a.start_latlng.count, 2);
        assert_true(SAI_HAS(a.map.polyline) && SAI_HAS(a.calories) && SAI_HAS(a.average_heartrate));
        assert_int_equal(a.refused_parts, 0);
        assert_true(a.best_efforts.count >= 10 && a.laps.count >= 1);
}

static void recorded_pages_read_without_a_refusal(void **state)
{
        json_t *pages = parsed(recorded(*state, "athlete-activities-pages-01-08.json"));
        size_t total = 0, with_heartrate = 0;
        for (size_t i = 0; i < json_array_size(pages); i++) {
                struct strava_page page;
                const json_t *body = json_object_get(json_object_get(json_array_get(pages, i), "response"), "json");
                struct sai_text text = text_of(*state, body);
                assert_int_equal(strava_read_page(text, *state, &page, NULL), SAI_OK);
                assert_int_equal(page.refused_count, 0);
                for (size_t k = 0; k < page.count; k++) {
                        const json_t *item = json_array_get(body, k);
                        const struct strava_activity *a = &page.items[k];
                        assert_true(a->id == json_integer_value(json_object_get(item, "id")));
                        assert_string_equal(a->name, json_string_value(json_object_get(item, "name")));
                        assert_true(a->distance.value == json_number_value(json_object_get(item, "distance")));
                        assert_int_equal(SAI_HAS(a->average_heartrate), json_object_get(item, "average_heartrate") != NULL);
                        assert_int_equal(a->start_latlng.count, json_array_size(json_object_get(item, "start_latlng")));
                        /* local = UTC + utc_offset, as the reference says */
                        assert_true((double)(a->start_date_local.value.ms - a->start_date.ms) == a->utc_offset.value * 1000);
                        json_t *again = json_loadb(a->raw.data, a->raw.len, 0, NULL);
                        assert_true(json_equal(again, item));
                        json_decref(again);
                        with_heartrate += SAI_HAS(a->average_heartrate);
                }
                total += page.count;
        }
        json_decref(pages);
        assert_int_equal(total, 576);
        assert_true(with_heartrate > 0);
}

static void other_recorded_activities_read(void **state)
{
        struct strava_activity a;
        json_t *manual = parsed(recorded(*state, "activity-manual-5002496450.json"));
        assert_int_equal(strava_read_activity(text_of(*state, json_object_get(manual, "activity")), *state, &a, NULL), SAI_OK);
        assert_true(a.manual.value && a.start_latlng.count == 0 && !SAI_HAS(a.upload_id) && !SAI_HAS(a.sport_type));
        assert_int_equal(a.sport, SPORT_RUN);
        assert_string_equal(a.zone, "America/Edmonton");
        json_decref(manual);

        json_t *documented = parsed(recorded(*state, "documented-example-activity-detail.json"));
        assert_int_equal(strava_read_activity(text_of(*state, json_object_get(documented, "getActivityById")), *state, &a, NULL),
                         SAI_OK);
        assert_true(a.id == 999582172);
        json_decref(documented);

        json_t *ride = parsed(recorded(*state, "activity-detail-ride-3122164560.json"));
        const json_t *body = json_object_get(ride, "activity") ? json_object_get(ride, "activity") : ride;
        assert_int_equal(strava_read_activity(text_of(*state, body), *state, &a, NULL), SAI_OK);
        assert_true(a.id == 3122164560 && a.distance.value == 50235.6 && a.moving_time.value == 6474 &&
                    a.elapsed_time.value == 6594);
        json_decref(ride);
}

static void recorded_streams_read(void **state)
{
        struct streams s;
        struct sai_text body = recorded(*state, "activity-streams-run-1946417534-distance-only.json");
        assert_int_equal(strava_read_streams(body, *state, &s, NULL), SAI_OK);
        assert_int_equal(s.count, 13129);
        assert_true(s.channel[STREAM_DISTANCE][1] == 1.4 && s.channel[STREAM_DISTANCE][13128] == 42268.1);

        body = recorded(*state, "activity-streams-ride-array-form.json");
        assert_int_equal(strava_read_streams(body, *state, &s, NULL), SAI_OK);
        assert_int_equal(s.count, 78);
        assert_true(s.channel[STREAM_ALTITUDE][0] == 247.8 && s.channel[STREAM_HEARTRATE] && s.channel[STREAM_LATITUDE]);
}

static const json_t *exchange(const json_t *all, const char *name)
{
        for (size_t i = 0; i < json_array_size(all); i++) {
                const json_t *item = json_array_get(all, i);
                if (strcmp(json_string_value(json_object_get(item, "name")), name) == 0)
                        return json_object_get(json_object_get(item, "response"), "json");
        }
        return NULL;
}

static void recorded_tokens_athletes_and_zones_read(void **state)
{
        struct strava_token token;
        struct strava_athlete athlete;
        struct strava_zones zones;
        json_t *all = parsed(recorded(*state, "http-exchanges-a.json"));
        assert_int_equal(strava_read_token(text_of(*state, exchange(all, "token exchange")), 0, *state, &token, NULL), SAI_OK);
        assert_true(token.expires_at.ms == INT64_C(1542940199000) && token.athlete->id == 12342176);
        assert_string_equal(token.athlete->username.value, "dblockdotorg");
        assert_int_equal(strava_read_token(text_of(*state, exchange(all, "token refresh")), 0, *state, &token, NULL), SAI_OK);
        assert_string_equal(token.refresh_token, "new-refresh-token");
        assert_null(token.athlete);
        assert_int_equal(strava_read_athlete(text_of(*state, exchange(all, "athlete (detailed)")), *state, &athlete, NULL),
                         SAI_OK);
        assert_true(athlete.id == 26462176 && athlete.resource_state.value == 3);
        assert_int_equal(strava_read_zones(text_of(*state, exchange(all, "athlete zones")), *state, &zones, NULL), SAI_OK);
        const struct strava_zone *hr = zones.heart_rate.zones.items;
        assert_int_equal(zones.heart_rate.zones.count, 5);
        assert_true(hr[1].min.value == 111 && hr[4].max.value == -1 && zones.power.zones.count == 0);
        json_decref(all);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(numbers_may_be_written_either_way),
                TEST(ids_are_exact),
                TEST(what_is_unknown_null_or_missing_is_no_error),
                TEST(values_outside_their_bounds_count_as_absent),
                TEST(a_wrong_type_refuses_the_object_with_the_member_named),
                TEST(local_times_lose_their_false_zone),
                TEST(the_legacy_type_stands_in_for_a_missing_sport),
                TEST(a_bad_lap_is_left_out_alone),
                TEST(a_bad_item_does_not_take_the_page_along),
                TEST(an_empty_page_is_the_end),
                TEST(what_is_no_page_is_refused),
                TEST(tokens_have_an_expiry),
                TEST(both_forms_give_the_same_columns),
                TEST(points_that_go_back_in_time_are_dropped),
                TEST(broken_streams_are_refused),
                TEST(no_streams_are_no_points),
                cmocka_unit_test(too_little_memory_is_an_error_and_no_wrong_answer),
                TEST(a_recorded_marathon_reads_whole),
                TEST(recorded_pages_read_without_a_refusal),
                TEST(other_recorded_activities_read),
                TEST(recorded_streams_read),
                TEST(recorded_tokens_athletes_and_zones_read),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
