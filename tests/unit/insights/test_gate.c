/* What the gate lets through and what it does not, on texts that nobody's rules would write. */
#include "generated.h"

#include "insights/gate.h"

/* 8.00 km at 4:54 /km, 37 s/km faster than usual; heart rate 10 bpm lower; the highest load of ten. */
static struct fact_comparison speed_before = { .against = "28_days",
                                               .measure = "median",
                                               .center = 3.02,
                                               .n = 10,
                                               .delta = 0.38,
                                               .direction = DIRECTION_BETTER,
                                               .extreme = EXTREME_HIGHEST,
                                               .center_display = "5:31 /km",
                                               .delta_display = "37 s/km",
                                               .percent_display = "13 %",
                                               .n_display = "10",
                                               .window_display = "28 days" };
static struct fact_comparison heart_before = { .against = "28_days",
                                               .measure = "median",
                                               .center = 151,
                                               .n = 10,
                                               .delta = -10,
                                               .center_display = "151 bpm",
                                               .delta_display = "10 bpm",
                                               .n_display = "10",
                                               .window_display = "28 days" };
static struct fact_comparison form_before = { .against = "90_days",
                                              .measure = "median",
                                              .center = -3,
                                              .n = 90,
                                              .delta = -9,
                                              .center_display = "-3",
                                              .delta_display = "9",
                                              .n_display = "90",
                                              .window_display = "90 days" };
static const struct fact speed = { .id = "f1",
                                   .metric = FACT_AVERAGE_SPEED,
                                   .value = { 3.4, SAI_VALUE },
                                   .display = "4:54 /km",
                                   .scope = "activity",
                                   .comparisons = { &speed_before, 1 } };
static const struct fact heart = { .id = "f2",
                                   .metric = FACT_AVERAGE_HEARTRATE,
                                   .value = { 141, SAI_VALUE },
                                   .display = "141 bpm",
                                   .scope = "activity",
                                   .comparisons = { &heart_before, 1 } };
static const struct fact form = { .id = "f3",
                                  .metric = FACT_TSB,
                                  .value = { -12, SAI_VALUE },
                                  .display = "-12",
                                  .scope = "day",
                                  .comparisons = { &form_before, 1 } };
static const struct fact length = {
        .id = "f4", .metric = FACT_DISTANCE, .value = { 8000, SAI_VALUE }, .display = "8.00 km", .scope = "activity"
};
static const struct fact *const known[] = { &speed, &heart, &form, &length };

static struct gate_result gate(const char *text)
{
        struct gate_result result = { 0 };
        gate_text(text, known, SAI_COUNT(known), GATE_CLAIM, &result);
        return result;
}

static void passes(const char *text)
{
        struct gate_result result = gate(text);
        if (result.failed)
                fail_msg("refused (%x): %s", result.failed, text);
        assert_int_equal(result.claims, result.supported);
}

static void refuses(const char *text, enum gate_check check)
{
        struct gate_result result = gate(text);
        if (!(result.failed >> check & 1))
                fail_msg("let through (%x): %s", result.failed, text);
}

static void true_sentences_pass(void **state)
{
        (void)state;
        passes("At 4:54 /km you were 37 s/km faster than the median of 10 runs in the 28 days before (5:31 /km).");
        passes("Heart rate was 10 bpm lower, 141 bpm.");
        passes("It was your fastest of 10 in 28 days.");
        passes("Form stood at -12, 9 lower than the -3 of the 90 days before.");
        passes("8.00 km, well run: 13 % faster.");
        passes("Nothing to say.");
        passes("The weight training session.");
}

static void a_number_that_no_fact_has_is_refused(void **state)
{
        (void)state;
        refuses("At 4:55 /km you were faster.", GATE_NUMBERS);
        refuses("You ran 8.00 km in 40:00.", GATE_NUMBERS);
        refuses("You ran 8 km.", GATE_NUMBERS);
        refuses("Form stood at 12.", GATE_NUMBERS);
        refuses("Form stood at -121.", GATE_NUMBERS);
        refuses("Of 108.00 km.", GATE_NUMBERS);
        refuses("37 s/km2 faster.", GATE_NUMBERS);
        refuses("At 14:54 /km.", GATE_NUMBERS);
        refuses("You ran twice as far.", GATE_NUMBERS);
        refuses("The last three runs.", GATE_NUMBERS);
}

static void a_direction_against_the_figures_is_refused(void **state)
{
        (void)state;
        refuses("You were 37 s/km slower.", GATE_DIRECTIONS);
        refuses("Heart rate was 10 bpm higher.", GATE_DIRECTIONS);
        refuses("Heart rate rose by 10 bpm and pace by 37 s/km faster, 10 bpm more.", GATE_DIRECTIONS);
        refuses("The run was longer than usual.", GATE_DIRECTIONS);
        refuses("It was flatter than usual.", GATE_DIRECTIONS);
        refuses("SLOWER than usual.", GATE_DIRECTIONS);
}

static void a_superlative_needs_a_count(void **state)
{
        (void)state;
        refuses("It was your longest run.", GATE_SUPERLATIVES);
        refuses("It was your slowest run.", GATE_SUPERLATIVES);
        refuses("The lowest heart rate.", GATE_SUPERLATIVES);
        passes("Your best pace of 10 runs: 4:54 /km.");
}

static void health_is_not_spoken_of(void **state)
{
        (void)state;
        refuses("This raises your injury risk.", GATE_TOPICS);
        refuses("You may be getting sick.", GATE_TOPICS);
        refuses("Your ACWR is 1.4.", GATE_TOPICS);
        refuses("See a doctor.", GATE_TOPICS);
        refuses("Overtraining looms.", GATE_TOPICS);
        refuses("You could lose weight.", GATE_TOPICS);
}

static void praise_needs_a_figure(void **state)
{
        (void)state;
        refuses("Great run!", GATE_PRAISE);
        refuses("An impressive, solid effort.", GATE_PRAISE);
        passes("A solid 8.00 km.");
}

static void markup_and_links_are_refused(void **state)
{
        (void)state;
        refuses("See https://example.org.", GATE_PLAIN);
        refuses("<b>4:54 /km</b>", GATE_PLAIN);
        refuses("[4:54 /km](x)", GATE_PLAIN);
        refuses("Line\nbreak", GATE_PLAIN);
}

static void advice_may_wish_but_not_invent(void **state)
{
        (void)state;
        struct gate_result result = { 0 };
        gate_text("Keep the next one shorter and slower.", known, SAI_COUNT(known), GATE_ADVICE, &result);
        assert_int_equal(result.failed, 0);
        gate_text("Run 20 km.", known, SAI_COUNT(known), GATE_ADVICE, &result);
        assert_int_equal(result.failed, 1u << GATE_NUMBERS);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(true_sentences_pass),
                cmocka_unit_test(a_number_that_no_fact_has_is_refused),
                cmocka_unit_test(a_direction_against_the_figures_is_refused),
                cmocka_unit_test(a_superlative_needs_a_count),
                cmocka_unit_test(health_is_not_spoken_of),
                cmocka_unit_test(praise_needs_a_figure),
                cmocka_unit_test(markup_and_links_are_refused),
                cmocka_unit_test(advice_may_wish_but_not_invent),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
