/* Users, thresholds, sources, claims, sessions, links, once, insights: what comes back is what went in, to its own athlete only. */
#include "suite.h"

/* -- Users ------------------------------------------------------------------------------------------------------------ */

static struct user full_user(void **state)
{
        struct sai_arena *arena = ARENA(state);
        struct milestone *milestone = SAI_NEW(arena, struct milestone);
        *milestone = (struct milestone) { .id = new_id(state),
                                          .name = "Oceanman 5K",
                                          .date = { 20700 },
                                          .target = "sub-2:30",
                                          .target_time = SOME(9000),
                                          .sport_type = "Swim" };
        double *zones = SAI_NEW_ARRAY(arena, double, 2);
        zones[0] = 120;
        zones[1] = 141.5;
        const char **scopes = SAI_NEW_ARRAY(arena, const char *, 2);
        scopes[0] = "read";
        scopes[1] = "activity:read_all";
        return (struct user) {
                .id = new_id(state),
                .strava_id = SAI_SOME(sai_opt_i64, 9007199254740993),
                .username = "kim",
                .name = "Kim \xE9\xBE\x8D \xF0\x9F\x8F\x8A",
                .email = "kim@example.org",
                .birth_year = SAI_SOME(sai_opt_i64, 1984),
                .milestones = { milestone, 1 },
                .preferences = { .units = UNITS_IMPERIAL, .timezone = "Europe/Zurich", .notifications = true, .language = "de" },
                .sex = SAI_SOME(sai_opt_enum, SEX_FEMALE),
                .given = { .ftp = SOME(251.5) },
                .strava = { .weight = SOME(61.25) },
                .strava_zones = { zones, 2 },
                .name_given = true,
                .strava_status = LINK_CONNECTED,
                .scopes = { scopes, 2 },
                .created_at = { 1 },
                .updated_at = { 2 }
        };
}

static void a_user_comes_back_as_it_was_put(void **state)
{
        struct user user = full_user(state), back;
        assert_ok(store_user_put(STORE(state), &user, ERR));
        assert_int_equal(user.revision, 1);
        assert_ok(store_user_get(STORE(state), user.id, ARENA(state), &back, ERR));
        assert_same_id(back.id, user.id);
        assert_int_equal(back.strava_id.value, 9007199254740993);
        assert_string_equal(back.name, user.name);
        assert_null(back.firstname);
        assert_int_equal(back.milestones.count, 1);
        const struct milestone *milestone = back.milestones.items;
        assert_string_equal(milestone->target, "sub-2:30");
        assert_int_equal(milestone->date.number, 20700);
        assert_false(SAI_HAS(milestone->target_pace));
        assert_int_equal(back.preferences.units, UNITS_IMPERIAL);
        assert_true(back.sex.has == SAI_VALUE && back.sex.value == SEX_FEMALE);
        assert_true(back.given.ftp.value == 251.5 && back.strava.weight.value == 61.25);
        assert_true(((const double *)back.strava_zones.items)[1] == 141.5);
        assert_string_equal(((const char *const *)back.scopes.items)[1], "activity:read_all");
        assert_int_equal(back.revision, 1);
        assert_false(SAI_HAS(back.data_committed_at));
        assert_status(SAI_NOT_FOUND, store_user_get(STORE(state), new_id(state), ARENA(state), &back, ERR));
}

static void a_replace_names_the_revision_it_read(void **state)
{
        struct user user = full_user(state);
        assert_ok(store_user_put(STORE(state), &user, ERR));
        struct user mine = user, theirs = user;
        theirs.name = "Faster";
        assert_ok(store_user_put(STORE(state), &theirs, ERR));
        mine.name = "Slower";
        assert_status(SAI_CONFLICT, store_user_put(STORE(state), &mine, ERR));
        assert_int_equal(mine.revision, 1);
        struct user back;
        assert_ok(store_user_get(STORE(state), user.id, ARENA(state), &back, ERR));
        assert_string_equal(back.name, "Faster");
        assert_int_equal(back.revision, 2);
        user.revision = 0;
        assert_status(SAI_CONFLICT, store_user_put(STORE(state), &user, ERR)); /* inserted twice */
        assert_int_equal(user.revision, 0);
}

static void a_touch_moves_the_stamp_and_a_put_does_not(void **state)
{
        struct user user = full_user(state);
        struct user_stamp stamp;
        assert_status(SAI_NOT_FOUND, store_user_touch(STORE(state), user.id, ERR));
        assert_status(SAI_NOT_FOUND, store_user_stamp(STORE(state), user.id, &stamp, ERR));
        assert_ok(store_user_put(STORE(state), &user, ERR));
        assert_ok(store_user_stamp(STORE(state), user.id, &stamp, ERR));
        assert_true(stamp.revision == 1 && stamp.data_version == 0 && !SAI_HAS(stamp.data_committed_at));
        assert_ok(store_user_touch(STORE(state), user.id, ERR));
        assert_ok(store_user_touch(STORE(state), user.id, ERR));
        user.data_version = 77; /* what a caller holds is not what counts */
        assert_ok(store_user_put(STORE(state), &user, ERR));
        assert_ok(store_user_stamp(STORE(state), user.id, &stamp, ERR));
        assert_int_equal(stamp.revision, 2);
        assert_int_equal(stamp.data_version, 2);
        assert_true(SAI_HAS(stamp.data_committed_at) && stamp.data_committed_at.value.ms == NOW(state));
}

static void users_are_listed_in_pages_by_id(void **state)
{
        struct sai_id first = { 0 };
        for (int i = 0; i < 5; i++) {
                struct user user = full_user(state);
                if (i == 0)
                        first = user.id;
                assert_ok(store_user_put(STORE(state), &user, ERR));
        }
        struct user *page;
        size_t count, seen = 0;
        struct sai_id after = first;
        do {
                assert_ok(store_user_list(STORE(state), after, 2, ARENA(state), &page, &count, ERR));
                for (size_t i = 0; i < count; i++) {
                        assert_true(sai_id_compare(after, page[i].id) < 0);
                        after = page[i].id;
                        seen++;
                }
        } while (count == 2);
        assert_int_equal(seen, 4);
}

static void thresholds_come_by_day(void **state)
{
        struct sai_id user = new_id(state);
        static const int days[] = { 20500, -5, 20400 };
        for (size_t i = 0; i < SAI_COUNT(days); i++) {
                struct threshold threshold = {
                        .id = new_id(state), .user_id = user, .from = { days[i] }, .ftp = SOME(200 + (double)i)
                };
                assert_ok(store_threshold_put(STORE(state), &threshold, ERR));
                threshold.weight = SOME(70);
                assert_ok(store_threshold_put(STORE(state), &threshold, ERR));
        }
        struct threshold *items;
        size_t count;
        assert_ok(store_threshold_list(STORE(state), user, ARENA(state), &items, &count, ERR));
        assert_int_equal(count, 3);
        assert_true(items[0].from.number == -5 && items[1].from.number == 20400 && items[2].from.number == 20500);
        assert_true(items[0].ftp.value == 201 && items[0].weight.value == 70 && items[0].revision == 2);
        assert_ok(store_threshold_list(STORE(state), new_id(state), ARENA(state), &items, &count, ERR));
        assert_int_equal(count, 0);
}

/* -- Claims ----------------------------------------------------------------------------------------------------------- */

static void a_claim_has_one_holder(void **state)
{
        struct sai_id a = new_id(state), b = new_id(state), holder;
        assert_status(SAI_NOT_FOUND, store_claim_holder(STORE(state), "strava:1", &holder, ERR));
        assert_ok(store_claim(STORE(state), "strava:1", a, &holder, ERR));
        assert_ok(store_claim(STORE(state), "strava:1", a, &holder, ERR));
        assert_status(SAI_CONFLICT, store_claim(STORE(state), "strava:1", b, &holder, ERR));
        assert_same_id(holder, a);
        assert_ok(store_release(STORE(state), "strava:1", b, ERR)); /* not its holder: nothing happens */
        assert_ok(store_claim_holder(STORE(state), "strava:1", &holder, ERR));
        assert_same_id(holder, a);
        assert_ok(store_release(STORE(state), "strava:1", a, ERR));
        assert_ok(store_claim(STORE(state), "strava:1", b, &holder, ERR));
}

/* -- Sources ---------------------------------------------------------------------------------------------------------- */

static struct source new_source(void **state, struct sai_id user, const char *key, int64_t minutes)
{
        struct source source = { .id = new_id(state),
                                 .user_id = user,
                                 .activity_id = new_id(state),
                                 .key = key,
                                 .kind = SOURCE_STRAVA_API,
                                 .fetched_at = { 1000 },
                                 .streams_pending = true };
        source.document = new_activity(state, user, minutes);
        return source;
}

static void a_source_keeps_its_own_activity_whole(void **state)
{
        struct sai_id user = new_id(state);
        struct source source = new_source(state, user, "strava:9", 60), back;
        source.document.distance = SOME(10020.5);
        source.document.metrics.training_load = SOME(71.25);
        source.document.metrics.hr_time.z2 = SOME(600);
        source.document.has_gps = true;
        source.original_id = SAI_SOME(sai_opt_id, new_id(state));
        assert_ok(store_source_put(STORE(state), &source, ERR));
        assert_ok(store_source_get(STORE(state), user, "strava:9", ARENA(state), &back, ERR));
        assert_same_id(back.id, source.id);
        assert_string_equal(back.document.name, "Morning Run");
        assert_true(back.document.distance.value == 10020.5 && back.document.metrics.training_load.value == 71.25);
        assert_true(back.document.metrics.hr_time.z2.value == 600 && !SAI_HAS(back.document.metrics.hr_time.z1));
        assert_int_equal(back.document.start_date.ms, source.document.start_date.ms);
        assert_true(back.document.has_gps && back.streams_pending);
        assert_same_id(back.original_id.value, source.original_id.value);
        assert_status(SAI_NOT_FOUND, store_source_get(STORE(state), new_id(state), "strava:9", ARENA(state), &back, ERR));

        struct source *items;
        size_t count;
        assert_ok(store_source_list(STORE(state), user, source.activity_id, ARENA(state), &items, &count, ERR));
        assert_int_equal(count, 1);
        assert_ok(store_source_list(STORE(state), new_id(state), source.activity_id, ARENA(state), &items, &count, ERR));
        assert_int_equal(count, 0);
        assert_status(SAI_NOT_FOUND, store_source_delete(STORE(state), new_id(state), source.id, ERR));
        assert_ok(store_source_delete(STORE(state), user, source.id, ERR));
        assert_status(SAI_NOT_FOUND, store_source_get(STORE(state), user, "strava:9", ARENA(state), &back, ERR));
}

static void pending_sources_come_newest_activity_first(void **state)
{
        struct sai_id user = new_id(state);
        static const int minutes[] = { 30, 10, 40, 20 };
        for (size_t i = 0; i < SAI_COUNT(minutes); i++) {
                char key[32];
                snprintf(key, sizeof key, "strava:%d", minutes[i]);
                struct source source = new_source(state, user, key, minutes[i]);
                assert_ok(store_source_put(STORE(state), &source, ERR));
                if (minutes[i] == 40) {
                        source.streams_pending = false;
                        assert_ok(store_source_put(STORE(state), &source, ERR));
                }
        }
        struct source *items;
        size_t count;
        assert_ok(store_source_pending(STORE(state), user, 2, ARENA(state), &items, &count, ERR));
        assert_int_equal(count, 2);
        assert_string_equal(items[0].key, "strava:30");
        assert_string_equal(items[1].key, "strava:20");
}

static void expired_sources_come_oldest_first(void **state)
{
        static const int64_t expiry[] = { 5000, 3000, 0, 4000 };
        for (size_t i = 0; i < SAI_COUNT(expiry); i++) {
                struct source source = new_source(state, new_id(state), "strava:1", 0);
                if (expiry[i])
                        source.expires_at = (struct sai_opt_instant) { { expiry[i] }, SAI_VALUE };
                assert_ok(store_source_put(STORE(state), &source, ERR));
        }
        struct source *items;
        size_t count;
        assert_ok(store_source_expired(STORE(state), (struct sai_instant) { 5000 }, 10, ARENA(state), &items, &count, ERR));
        assert_int_equal(count, 2);
        assert_true(items[0].expires_at.value.ms == 3000 && items[1].expires_at.value.ms == 4000);
}

/* -- Sessions --------------------------------------------------------------------------------------------------------- */

static struct session new_session(void **state, struct sai_id user, int64_t used, int64_t expires)
{
        return (struct session) { .id = new_id(state),
                                  .user_id = user,
                                  .kind = SESSION_PAGE,
                                  .created_at = { 1 },
                                  .last_used_at = { used },
                                  .expires_at = { expires },
                                  .idle_expires_at = { expires },
                                  .user_agent = "test",
                                  .ip = "127.0.0.1",
                                  .secret_hash = { (const uint8_t *)"\0\1\2\3", 4 } };
}

static void sessions_are_compared_and_set(void **state)
{
        struct sai_id user = new_id(state);
        struct session session = new_session(state, user, 10, 1000), back;
        assert_ok(store_session_put(STORE(state), &session, ERR));
        struct session stale = session;
        session.counter = 1;
        session.rotated_at = (struct sai_opt_instant) { { 12 }, SAI_VALUE };
        assert_ok(store_session_put(STORE(state), &session, ERR));
        assert_status(SAI_CONFLICT, store_session_put(STORE(state), &stale, ERR));
        assert_ok(store_session_get(STORE(state), session.id, ARENA(state), &back, ERR));
        assert_true(back.counter == 1 && back.rotated_at.value.ms == 12 && back.revision == 2);
        assert_true(back.secret_hash.len == 4 && memcmp(back.secret_hash.data, "\0\1\2\3", 4) == 0);
        assert_status(SAI_NOT_FOUND, store_session_delete(STORE(state), new_id(state), session.id, ERR));
        assert_ok(store_session_delete(STORE(state), user, session.id, ERR));
        assert_status(SAI_NOT_FOUND, store_session_get(STORE(state), session.id, ARENA(state), &back, ERR));
        /* Replacing what was deleted does not bring it back. */
        assert_status(SAI_CONFLICT, store_session_put(STORE(state), &session, ERR));
}

static void sessions_are_listed_and_swept(void **state)
{
        struct sai_id user = new_id(state), holder;
        struct session old = new_session(state, user, 10, 100), young = new_session(state, user, 5, 90000),
                       idle = new_session(state, user, 7, 90000);
        idle.idle_expires_at.ms = 200;
        assert_ok(store_session_put(STORE(state), &old, ERR));
        assert_ok(store_session_put(STORE(state), &young, ERR));
        assert_ok(store_session_put(STORE(state), &idle, ERR));
        assert_ok(store_claim(STORE(state), "session:00010203", old.id, &holder, ERR));
        struct session *items;
        size_t count;
        assert_ok(store_session_list(STORE(state), user, ARENA(state), &items, &count, ERR));
        assert_int_equal(count, 3);
        assert_true(items[0].last_used_at.ms == 5 && items[1].last_used_at.ms == 7 && items[2].last_used_at.ms == 10);
        int64_t swept;
        assert_ok(store_session_sweep(STORE(state), (struct sai_instant) { 200 }, &swept, ERR));
        assert_int_equal(swept, 2);
        assert_ok(store_session_list(STORE(state), user, ARENA(state), &items, &count, ERR));
        assert_int_equal(count, 1);
        assert_same_id(items[0].id, young.id);
        assert_status(SAI_NOT_FOUND, store_claim_holder(STORE(state), "session:00010203", &holder, ERR));
}

/* -- The link to Strava ------------------------------------------------------------------------------------------------ */

static void one_refresh_at_a_time_has_the_lease(void **state)
{
        struct strava_link link = { .id = new_id(state),
                                    .athlete_id = 42,
                                    .access_token = { (const uint8_t *)"aa", 2 },
                                    .refresh_token = { (const uint8_t *)"bb\0b", 4 },
                                    .status = LINK_CONNECTED };
        struct strava_link back;
        assert_status(SAI_NOT_FOUND, store_link_lease(STORE(state), link.id, "a", 1000, ARENA(state), &back, ERR));
        assert_ok(store_link_put(STORE(state), &link, ERR));
        assert_ok(store_link_lease(STORE(state), link.id, "worker \"a\"\n", 1000, ARENA(state), &back, ERR));
        assert_int_equal(back.fencing, 1);
        assert_string_equal(back.lease_owner, "worker \"a\"\n");
        assert_int_equal(back.lease_until.value.ms, NOW(state) + 1000);
        assert_true(back.refresh_token.len == 4 && memcmp(back.refresh_token.data, "bb\0b", 4) == 0);
        struct strava_link other;
        assert_status(SAI_CONFLICT, store_link_lease(STORE(state), link.id, "b", 1000, ARENA(state), &other, ERR));
        ADVANCE(state, 1001);
        assert_ok(store_link_lease(STORE(state), link.id, "b", 1000, ARENA(state), &other, ERR));
        assert_int_equal(other.fencing, 2);
        back.access_token = (struct sai_secret) { (const uint8_t *)"late", 4 };
        assert_status(SAI_CONFLICT, store_link_put(STORE(state), &back, ERR)); /* its lease went to b */
        other.lease_owner = NULL;
        other.lease_until.has = SAI_ABSENT;
        assert_ok(store_link_put(STORE(state), &other, ERR));
        assert_ok(store_link_lease(STORE(state), link.id, "c", 1000, ARENA(state), &other, ERR));
        assert_int_equal(other.fencing, 3);
        assert_ok(store_link_delete(STORE(state), link.id, ERR));
        assert_status(SAI_NOT_FOUND, store_link_get(STORE(state), link.id, ARENA(state), &back, ERR));
}

/* -- Once -------------------------------------------------------------------------------------------------------------- */

static void what_works_once_works_once(void **state)
{
        struct sai_instant soon = { NOW(state) + 1000 };
        struct once once;
        int64_t swept;
        assert_ok(store_once_put(STORE(state), "k1", ONCE_CODE, "{\"a\":1}", soon, ERR));
        assert_status(SAI_CONFLICT, store_once_put(STORE(state), "k1", ONCE_CODE, "{}", soon, ERR));
        assert_status(SAI_NOT_FOUND, store_once_take(STORE(state), "k1", ONCE_OAUTH_STATE, ARENA(state), &once, ERR));
        assert_ok(store_once_take(STORE(state), "k1", ONCE_CODE, ARENA(state), &once, ERR));
        assert_string_equal(once.payload, "{\"a\":1}");
        assert_status(SAI_NOT_FOUND, store_once_take(STORE(state), "k1", ONCE_CODE, ARENA(state), &once, ERR));
        assert_ok(store_once_put(STORE(state), "k2", ONCE_CODE, NULL, soon, ERR));
        ADVANCE(state, 1000);
        assert_status(SAI_NOT_FOUND, store_once_take(STORE(state), "k2", ONCE_CODE, ARENA(state), &once, ERR));
        assert_ok(store_once_sweep(STORE(state), (struct sai_instant) { NOW(state) }, &swept, ERR));
        assert_int_equal(swept, 1);
}

/* -- Insights ---------------------------------------------------------------------------------------------------------- */

static void insights_come_newest_first(void **state)
{
        struct sai_id user = new_id(state), activity = new_id(state), ids[6];
        for (int i = 0; i < 6; i++) {
                struct insight insight = { .id = new_id(state),
                                           .user_id = user,
                                           .kind = i % 2 ? INSIGHT_WEEKLY : INSIGHT_ACTIVITY,
                                           .status = INSIGHT_DONE,
                                           .title = "t",
                                           .provider = PROVIDER_RULES,
                                           .language = "en",
                                           .facts_hash = i < 4 ? "same" : "other",
                                           .facts = { "{\"v\":1}", 7 },
                                           .score = i / 10.0 };
                if (i % 2 == 0)
                        insight.activity_id = SAI_SOME(sai_opt_id, activity);
                if (i == 5)
                        insight.expires_at = (struct sai_opt_instant) { { 500 }, SAI_VALUE };
                ids[i] = insight.id;
                assert_ok(store_insight_put(STORE(state), &insight, ERR));
        }
        struct insight back, *items;
        size_t count;
        assert_ok(store_insight_get(STORE(state), user, ids[2], ARENA(state), &back, ERR));
        assert_true(back.facts.len == 7 && memcmp(back.facts.data, "{\"v\":1}", 7) == 0);
        assert_status(SAI_NOT_FOUND, store_insight_get(STORE(state), new_id(state), ids[2], ARENA(state), &back, ERR));
        assert_ok(store_insight_by_facts(STORE(state), user, "same", ARENA(state), &back, ERR));
        assert_same_id(back.id, ids[3]);
        assert_status(SAI_NOT_FOUND, store_insight_by_facts(STORE(state), user, "none", ARENA(state), &back, ERR));

        assert_ok(store_insight_list(STORE(state), user, NULL, (struct sai_id) { 0 }, 4, ARENA(state), &items, &count, ERR));
        assert_int_equal(count, 4);
        assert_same_id(items[0].id, ids[5]);
        assert_ok(store_insight_list(STORE(state), user, NULL, items[3].id, 4, ARENA(state), &items, &count, ERR));
        assert_int_equal(count, 2);
        assert_same_id(items[1].id, ids[0]);
        struct insight_filter filter = { .kind = INSIGHT_ACTIVITY,
                                         .activity_id = SAI_SOME(sai_opt_id, activity),
                                         .min_score = SOME(0.2) };
        assert_ok(store_insight_list(STORE(state), user, &filter, (struct sai_id) { 0 }, 9, ARENA(state), &items, &count, ERR));
        assert_int_equal(count, 2);
        filter = (struct insight_filter) { .kind = INSIGHT_WEEKLY };
        assert_ok(store_insight_list(STORE(state), user, &filter, (struct sai_id) { 0 }, 9, ARENA(state), &items, &count, ERR));
        assert_int_equal(count, 3);

        int64_t swept;
        assert_ok(store_insight_sweep(STORE(state), (struct sai_instant) { 500 }, &swept, ERR));
        assert_int_equal(swept, 1);
        assert_status(SAI_NOT_FOUND, store_insight_delete(STORE(state), new_id(state), ids[0], ERR));
        assert_ok(store_insight_delete(STORE(state), user, ids[0], ERR));
        assert_status(SAI_NOT_FOUND, store_insight_get(STORE(state), user, ids[0], ARENA(state), &back, ERR));
}

/* -- Life -------------------------------------------------------------------------------------------------------------- */

static void the_store_says_that_it_works(void **state)
{
        int64_t latency = -1;
        assert_ok(store_check(STORE(state), &latency, ERR));
        assert_true(latency >= 0);
        assert_true(strlen(store_describe(STORE(state))) > 0);
        struct store_stats stats;
        store_stats(STORE(state), &stats);
        assert_true(stats.reads > 0 && stats.writes > 0 && stats.commits > 0);
        store_thread_done(STORE(state));
        assert_ok(store_check(STORE(state), &latency, ERR)); /* the thread gets a new connection */
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                SUITE_TEST(a_user_comes_back_as_it_was_put),
                SUITE_TEST(a_replace_names_the_revision_it_read),
                SUITE_TEST(a_touch_moves_the_stamp_and_a_put_does_not),
                SUITE_TEST(users_are_listed_in_pages_by_id),
                SUITE_TEST(thresholds_come_by_day),
                SUITE_TEST(a_claim_has_one_holder),
                SUITE_TEST(a_source_keeps_its_own_activity_whole),
                SUITE_TEST(pending_sources_come_newest_activity_first),
                SUITE_TEST(expired_sources_come_oldest_first),
                SUITE_TEST(sessions_are_compared_and_set),
                SUITE_TEST(sessions_are_listed_and_swept),
                SUITE_TEST(one_refresh_at_a_time_has_the_lease),
                SUITE_TEST(what_works_once_works_once),
                SUITE_TEST(insights_come_newest_first),
                SUITE_TEST(the_store_says_that_it_works),
        };
        return SUITE_RUN(tests);
}
