/* Goals: made, read, changed, given up; what is understood of a target; onboarding. */
#include "support_service.h"

static struct test_service *s;
static struct athlete athlete, stranger;

#define MILESTONES "/api/v1/users/milestones"
#define OCEANMAN                                                                                                                 \
        "{\"name\":\"Oceanman 5K\",\"date\":\"2027-06-12\",\"target\":\"sub-2:30\",\"sport_type\":\"Swim\",\"distance\":5000}"

static int start(void **state)
{
        (void)state;
        s = service_start(&(struct test_options) { .no_strava = true });
        if (!s)
                return -1;
        add_athlete(s, "Athlete", &athlete);
        add_athlete(s, "Stranger", &stranger);
        return 0;
}
static int stop(void **state)
{
        (void)state;
        service_stop(s);
        return 0;
}

static void add(const char *body, char location[1024])
{
        REPLY made = call_as(s, athlete.access, "POST", MILESTONES, body);
        assert_status(made, 201);
        assert_non_null(header_of(&made, "Location", location));
        assert_string_equal(location + strlen(MILESTONES "/"), text_at(made.json, "milestone_id"));
}

static void a_goal_is_kept_with_what_its_target_means(void **state)
{
        (void)state;
        char at[1024];
        add(OCEANMAN, at);
        REPLY one = call_as(s, athlete.access, "GET", at, NULL);
        assert_status(one, 200);
        assert_string_equal(text_at(one.json, "target"), "sub-2:30");
        assert_float_equal(number_at(one.json, "target_time"), 9000, 0);
        assert_true(json_is_null(value_at(one.json, "target_pace")));
        REPLY list = call_as(s, athlete.access, "GET", MILESTONES, NULL);
        assert_true(json_equal(value_at(list.json, "items.0"), one.json));
        REPLY profile = call_as(s, athlete.access, "GET", "/api/v1/users/profile", NULL);
        assert_true(json_equal(value_at(profile.json, "milestones.0"), one.json));
}

static void a_target_that_is_not_understood_is_kept_and_not_guessed(void **state)
{
        (void)state;
        char at[1024];
        add("{\"name\":\"Parkrun\",\"date\":\"2027-01-02\",\"target\":\"faster than "
            "Tom\",\"sport_type\":\"Run\",\"distance\":5000}",
            at);
        REPLY one = call_as(s, athlete.access, "GET", at, NULL);
        assert_string_equal(text_at(one.json, "target"), "faster than Tom");
        assert_true(json_is_null(value_at(one.json, "target_time")) && json_is_null(value_at(one.json, "target_pace")));
}

static void what_is_left_out_of_a_change_stays_and_null_clears(void **state)
{
        (void)state;
        char at[1024];
        add(OCEANMAN, at);
        REPLY changed = call_as(s, athlete.access, "PUT", at, "{\"target\":\"1:45/100m\"}");
        assert_status(changed, 200);
        assert_string_equal(text_at(changed.json, "name"), "Oceanman 5K");
        assert_float_equal(number_at(changed.json, "target_pace"), 1050, 0);
        assert_true(json_is_null(value_at(changed.json, "target_time")));
        REPLY back = call_as(s, athlete.access, "PUT", at, "{\"target\":\"2:30\",\"distance\":null}");
        assert_status(back, 200);
        assert_true(json_is_null(value_at(back.json, "distance")) && json_is_null(value_at(back.json, "target_time")));
        REPLY none = call_as(s, athlete.access, "PUT", at, "{\"name\":null}");
        assert_status(none, 422);
        assert_pointer(&none, "/name");
        REPLY kept = call_as(s, athlete.access, "GET", at, NULL);
        assert_true(json_equal(kept.json, back.json));
}

static void every_error_of_a_goal_is_reported_at_once(void **state)
{
        (void)state;
        REPLY bad = call_as(s, athlete.access, "POST", MILESTONES,
                            "{\"id\":\"0123456789abcdef01234567\",\"name\":\"\",\"sport_type\":\"Chess\",\"distance\":-1,"
                            "\"target_time\":1}");
        assert_status(bad, 422);
        static const char *const pointers[] = { "/id", "/name", "/sport_type", "/distance", "/target_time", "/date", "/target" };
        for (size_t i = 0; i < SAI_COUNT(pointers); i++)
                assert_pointer(&bad, pointers[i]);
}

static void a_goal_that_was_given_up_is_gone(void **state)
{
        (void)state;
        char at[1024], other[1024];
        add(OCEANMAN, at);
        add(OCEANMAN, other);
        REPLY before = call_as(s, athlete.access, "GET", MILESTONES, NULL);
        REPLY gone = call_as(s, athlete.access, "DELETE", at, NULL);
        assert_status(gone, 200);
        REPLY after = call_as(s, athlete.access, "GET", MILESTONES, NULL);
        assert_int_equal(json_array_size(value_at(after.json, "items")), json_array_size(value_at(before.json, "items")) - 1);
        const char *const methods[] = { "GET", "DELETE", "PUT" };
        for (size_t i = 0; i < SAI_COUNT(methods); i++) {
                REPLY reply = call_as(s, athlete.access, methods[i], at, i == 2 ? "{}" : NULL);
                assert_problem(&reply, 404, "not-found");
        }
        REPLY still = call_as(s, athlete.access, "GET", other, NULL);
        assert_status(still, 200);
}

static void anothers_goal_does_not_exist(void **state)
{
        (void)state;
        char at[1024];
        add(OCEANMAN, at);
        const char *const methods[] = { "GET", "DELETE", "PUT" };
        for (size_t i = 0; i < SAI_COUNT(methods); i++) {
                REPLY reply = call_as(s, stranger.access, methods[i], at, i == 2 ? "{\"name\":\"mine\"}" : NULL);
                assert_problem(&reply, 404, "not-found");
        }
        REPLY mine = call_as(s, athlete.access, "GET", at, NULL);
        assert_string_equal(text_at(mine.json, "name"), "Oceanman 5K");
}

static void goals_are_bounded(void **state)
{
        (void)state;
        struct athlete eager;
        add_athlete(s, "Eager", &eager);
        for (int i = 0; i < SAI_MAX_MILESTONES; i++) {
                REPLY made = call_as(s, eager.access, "POST", MILESTONES, OCEANMAN);
                assert_status(made, 201);
        }
        REPLY beyond = call_as(s, eager.access, "POST", MILESTONES, OCEANMAN);
        assert_status(beyond, 409);
}

static void onboarding_makes_a_profile_complete(void **state)
{
        (void)state;
        struct athlete fresh;
        add_athlete(s, "Fresh", &fresh);
        REPLY empty = call_as(s, fresh.access, "POST", "/api/v1/users/onboarding", NULL);
        assert_status(empty, 422);
        assert_pointer(&empty, "/name");
        assert_pointer(&empty, "/age");
        assert_pointer(&empty, "/weight");
        REPLY bad = call_as(s, fresh.access, "POST", "/api/v1/users/onboarding",
                            "{\"name\":\"Ada\",\"age\":34,\"weight\":61.5,\"milestones\":[{\"name\":\"x\"}]}");
        assert_status(bad, 422);
        assert_pointer(&bad, "/milestones/0/date");
        REPLY untouched = call_as(s, fresh.access, "GET", "/api/v1/users/profile", NULL);
        assert_true(json_is_null(value_at(untouched.json, "weight")));
        REPLY done = call_as(s, fresh.access, "POST", "/api/v1/users/onboarding",
                             "{\"name\":\"Ada\",\"age\":34,\"weight\":61.5,\"milestones\":[" OCEANMAN "]}");
        assert_status(done, 200);
        assert_true(json_is_true(value_at(done.json, "profile_complete")));
        REPLY profile = call_as(s, fresh.access, "GET", "/api/v1/users/profile", NULL);
        assert_string_equal(text_at(profile.json, "name"), "Ada");
        assert_float_equal(number_at(profile.json, "age"), 34, 0);
        assert_float_equal(number_at(profile.json, "weight"), 61.5, 0);
        assert_float_equal(number_at(profile.json, "milestones.0.target_time"), 9000, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_goal_is_kept_with_what_its_target_means),
                cmocka_unit_test(a_target_that_is_not_understood_is_kept_and_not_guessed),
                cmocka_unit_test(what_is_left_out_of_a_change_stays_and_null_clears),
                cmocka_unit_test(every_error_of_a_goal_is_reported_at_once),
                cmocka_unit_test(a_goal_that_was_given_up_is_gone),
                cmocka_unit_test(anothers_goal_does_not_exist),
                cmocka_unit_test(goals_are_bounded),
                cmocka_unit_test(onboarding_makes_a_profile_complete),
        };
        int failed = SERVICE_RUN("milestones", tests, start, stop);
        report_coverage("test_milestones");
        return failed;
}
