/* The promises of rules.h over thousands of athletes, and a few texts word for word. */
#include "generated.h"

#include "insights/gate.h"
#include "insights/rules.h"
#include <stdio.h>

enum { ATHLETES = 400, ASKED_EACH = 8 };

static const struct fact *fact_of(const struct facts *facts, const char *ref)
{
        const struct fact *items = facts->items.items;
        for (size_t i = 0; i < facts->items.count; i++) {
                if (strcmp(items[i].id, ref) == 0)
                        return &items[i];
        }
        fail_msg("evidence names %s, which is no fact", ref);
        return NULL;
}

static void print_facts(const struct facts *facts)
{
        struct sai_buf buf;
        sai_buf_init(&buf, (size_t)1 << 20);
        sai_model_write(&buf, &facts_model, facts);
        print_error("%.*s\n", (int)buf.len, buf.data);
        sai_buf_done(&buf);
}

/* Against all facts: what a title or a summary may draw on. */
static void check_text(const struct facts *facts, const char *text, enum gate_mode mode)
{
        const struct fact *all[FACTS_MAX], *items = facts->items.items;
        struct gate_result result = { 0 };
        for (size_t i = 0; i < facts->items.count; i++)
                all[i] = &items[i];
        gate_text(text, all, facts->items.count, mode, &result);
        if (result.failed) {
                print_facts(facts);
                fail_msg("the gate (%x) refuses: %s", result.failed, text);
        }
}

static void check_finding(const struct facts *facts, const struct insight_finding *finding)
{
        const struct insight_evidence *evidence = finding->evidence.items;
        const struct fact *used[FACTS_MAX];
        struct gate_result result = { 0 };
        for (size_t i = 0; i < finding->evidence.count; i++) {
                const struct fact *fact = fact_of(facts, evidence[i].ref);
                if (!fact)
                        fail_msg("no fact %s", evidence[i].ref);
                else
                        assert_string_equal(evidence[i].metric, fact_metric_infos[fact->metric].id);
                used[i] = fact;
        }
        gate_text(finding->text, used, finding->evidence.count, GATE_CLAIM, &result);
        if (result.failed || result.claims != result.supported) {
                print_facts(facts);
                fail_msg("the evidence (%x) does not carry: %s", result.failed, finding->text);
        }
        size_t len = strlen(finding->text);
        assert_true(len > 20 && len < 320);
        assert_int_equal(finding->text[len - 1], '.');
        assert_null(strstr(finding->text, "  "));
        assert_null(strstr(finding->text, "(null)"));
        assert_null(strstr(finding->text, "nan"));
}

static void check_insight(const struct facts *facts, const struct insight *insight)
{
        const struct insight_finding *findings = insight->findings.items;
        const struct insight_recommendation *advice = insight->recommendations.items;
        check_text(facts, insight->title, GATE_CLAIM);
        check_text(facts, insight->summary, GATE_CLAIM);
        assert_true(strlen(insight->title) < 100);
        assert_true(strlen(insight->summary) > 20);
        if (insight->findings.count < 1 || insight->findings.count > 4)
                fail_msg("%zu findings: %s", insight->findings.count, insight->title);
        for (size_t i = 0; i < insight->findings.count; i++) {
                check_finding(facts, &findings[i]);
                for (size_t k = 0; k < i; k++)
                        assert_string_not_equal(findings[i].text, findings[k].text);
        }
        if (insight->recommendations.count != 1)
                fail_msg("%zu recommendations: %s", insight->recommendations.count, insight->title);
        check_text(facts, advice->text, GATE_ADVICE);
        check_text(facts, advice->rationale, GATE_CLAIM);
        assert_non_null(advice->when);
        assert_true(insight->quality.grounded);
        assert_int_equal(insight->quality.claims, insight->quality.claims_supported);
        assert_true(insight->quality.score > 0 && insight->quality.score <= 1);
        assert_int_equal(insight->quality.checks.count, GATE_CHECK_COUNT);
        assert_string_equal(insight->language, "en");
}

static void word(const struct facts *facts, struct sai_arena *arena, struct insight *insight)
{
        struct sai_err err = { 0 };
        *insight = (struct insight) { 0 };
        if (rules_word(facts, arena, insight, &err) != SAI_OK)
                fail_msg("not worded: %s", err.detail);
}

static struct facts *facts_for(const struct generated *g, size_t i, bool week, enum unit_system units, struct sai_arena *arena)
{
        struct facts *facts = NULL;
        struct sai_err err = { 0 };
        struct sai_day day = sai_local_day(g->activities[i].start_date_local);
        struct facts_input input = { .columns = g->columns,
                                     .history = &g->history,
                                     .activity = week ? NULL : &g->activities[i],
                                     .week = day,
                                     .today = { day.number + (i % 3 == 0 ? 0 : 30) },
                                     .units = units };
        sai_status status = week ? facts_of_week(&input, arena, &facts, &err) : facts_of_activity(&input, arena, &facts, &err);
        if (status != SAI_OK)
                fail_msg("no facts: %s", err.detail);
        return facts;
}

static void every_text_of_generated_athletes_is_carried_by_its_facts(void **state)
{
        (void)state;
        size_t insights = 0, thin = 0;
        for (uint64_t seed = 1; seed <= ATHLETES; seed++) {
                SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new((size_t)256 << 20);
                struct generated g;
                generate_athlete(&g, seed, arena);
                for (size_t k = 0; k < ASKED_EACH && g.count > 0; k++) {
                        size_t i = (k * g.count) / ASKED_EACH;
                        struct insight insight;
                        struct facts *facts = facts_for(&g, i, k % 2 == 1, k % 4 < 2 ? UNITS_METRIC : UNITS_IMPERIAL, arena);
                        word(facts, arena, &insight);
                        check_insight(facts, &insight);
                        insights++;
                        thin += insight.findings.count < 2;
                }
        }
        assert_true(insights > 2000);
        /* Two findings at least, but for the first days of a history, of which there is nothing to say. */
        if (thin * 50 > insights)
                fail_msg("%zu of %zu insights have one finding", thin, insights);
}

static void the_same_facts_give_the_same_words_after_storage(void **state)
{
        (void)state;
        for (uint64_t seed = 1; seed <= 40; seed++) {
                SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new((size_t)256 << 20);
                struct generated g;
                struct insight before, after;
                struct facts decoded;
                struct sai_buf buf, again;
                struct sai_err err = { 0 };
                generate_athlete(&g, seed, arena);
                const struct facts *facts = facts_for(&g, g.count - 1, seed % 2 == 1, UNITS_METRIC, arena);
                sai_buf_init(&buf, (size_t)1 << 20);
                sai_buf_init(&again, (size_t)1 << 20);
                facts_encode(facts, &buf);
                if (facts_decode(buf.data, buf.len, arena, &decoded, &err) != SAI_OK)
                        fail_msg("not decoded: %s", err.detail);
                facts_encode(&decoded, &again);
                size_t same = 0;
                while (same < buf.len && same < again.len && buf.data[same] == again.data[same])
                        same++;
                if (same < buf.len || same < again.len)
                        fail_msg("differs from %zu on: %.60s, not %.60s", same, again.data + same, buf.data + same);
                word(facts, arena, &before);
                word(&decoded, arena, &after);
                assert_string_equal(before.title, after.title);
                assert_string_equal(before.summary, after.summary);
                assert_int_equal(before.findings.count, after.findings.count);
                sai_buf_done(&buf);
                sai_buf_done(&again);
        }
}

static void what_is_no_facts_document_is_refused(void **state)
{
        (void)state;
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new((size_t)1 << 20);
        static const char *const bad[] = { "", "{", "{\"version\":1,\"items\":3}", "{\"version\":2,\"kind\":0}", "[]" };
        for (size_t i = 0; i < SAI_COUNT(bad); i++) {
                struct facts facts;
                assert_int_not_equal(facts_decode(bad[i], strlen(bad[i]), arena, &facts, NULL), SAI_OK);
        }
}

/* Ten easy runs in four weeks, then one that is faster at a lower heart rate. */
static void steady_runner(struct generated *g, struct sai_arena *arena)
{
        begin_generated(g, 12, arena);
        struct sai_day day = sai_day_from_civil(2021, 3, 1);
        for (size_t i = 0; i < 11; i++, day.number += 2) {
                put_activity(g, i, day, 8, SPORT_RUN, false);
                struct activity *a = &g->activities[i];
                bool last = i == 10;
                set_some(&a->distance, last ? 8000 : 8000 + 100.0 * (double)(i % 4));
                set_some(&a->moving_time, a->distance.value / (last ? 3.4 : 3.0 + 0.02 * (double)(i % 3)));
                set_some(&a->average_heartrate, last ? 141 : 150 + (double)(i % 3));
                set_some(&a->metrics.training_load, 50 + (double)(i % 3));
                a->metrics.training_load_method = SAI_SOME(sai_opt_enum, LOAD_PACE);
                add_row(g, i);
                g->count++;
        }
        end_generated(g, arena);
}

static void a_faster_easier_run_reads_so(void **state)
{
        (void)state;
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new((size_t)16 << 20);
        struct generated g;
        struct insight insight;
        steady_runner(&g, arena);
        word(facts_for(&g, 10, false, UNITS_METRIC, arena), arena, &insight);
        const struct insight_finding *finding = insight.findings.items;
        assert_string_equal(insight.title, "8.00 km run: fastest comparable run in 28 days");
        assert_string_equal(finding->text, "At 4:54 /km you were 37 s/km faster than the median of 10 comparable runs in the 28 "
                                           "days before (5:31 /km), with a heart "
                                           "rate 10 bpm lower (141 bpm).");
        assert_int_equal(finding->severity, SEVERITY_POSITIVE);
        assert_string_equal(insight.summary, "On 21 March 2021 you ran 8.00 km in 39:13, at 4:54 /km. Heart rate averaged 141 "
                                             "bpm and the training load was 51. "
                                             "With it the week stands at 4 activities and 2 h 54 min of moving time.");
}

static void imperial_athletes_read_miles(void **state)
{
        (void)state;
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new((size_t)16 << 20);
        struct generated g;
        struct insight insight;
        steady_runner(&g, arena);
        word(facts_for(&g, 10, false, UNITS_IMPERIAL, arena), arena, &insight);
        const struct insight_finding *finding = insight.findings.items;
        assert_string_equal(finding->text, "At 7:53 /mi you were 1:00 /mi faster than the median of 10 comparable runs in the 28 "
                                           "days before (8:53 /mi), with a heart rate 10 bpm lower (141 bpm).");
        assert_null(strstr(insight.summary, "km"));
}

static void a_lone_activity_says_what_is_missing(void **state)
{
        (void)state;
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new((size_t)16 << 20);
        struct generated g;
        struct insight insight;
        begin_generated(&g, 1, arena);
        put_activity(&g, 0, sai_day_from_civil(2021, 3, 1), 8, SPORT_ROWING, true);
        set_some(&g.activities[0].moving_time, 1707);
        add_row(&g, 0);
        g.count = 1;
        end_generated(&g, arena);
        word(facts_for(&g, 0, false, UNITS_METRIC, arena), arena, &insight);
        const struct insight_finding *findings = insight.findings.items;
        const struct insight_recommendation *advice = insight.recommendations.items;
        assert_string_equal(insight.summary, "A rowing session of 28:27 on 1 March 2021. Without heart rate or power there is no "
                                             "training load, so how hard it was "
                                             "cannot be told. With it the week stands at 1 activity and 28 min of moving time.");
        assert_string_equal(findings[0].text, "No distance was recorded, so pace and what rests on it are unknown.");
        assert_string_equal(findings[1].text, "Fitness and form are not known: no activity so far has a training load.");
        assert_string_equal(advice->text, "Record heart rate next time if you can: load, fitness and efficiency all rest on it.");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_text_of_generated_athletes_is_carried_by_its_facts),
                cmocka_unit_test(the_same_facts_give_the_same_words_after_storage),
                cmocka_unit_test(what_is_no_facts_document_is_refused),
                cmocka_unit_test(a_faster_easier_run_reads_so),
                cmocka_unit_test(imperial_athletes_read_miles),
                cmocka_unit_test(a_lone_activity_says_what_is_missing),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
