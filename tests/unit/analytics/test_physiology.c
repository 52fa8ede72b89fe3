/* Heart rate, energy, load, pace, power, efficiency: worked examples of 5 to 10 and 16, by id. */
#include "analytics/athlete.h"
#include "analytics/efficiency.h"
#include "analytics/energy.h"
#include "analytics/heartrate.h"
#include "analytics/pace.h"
#include "analytics/power.h"
#include "analytics/zones.h"
#include "base/cleanup.h"
#include "expect.h"

static void HRM_maximum_by_age(void **state)
{
        (void)state;
        const double want[] = { 182, 181.4, 180.4, 186.68, 181.94, 184.68 };
        for (int f = HRMAX_FOX; f <= HRMAX_ASTRAND; f++)
                expect("HRM", max_heartrate_by_age((enum max_heartrate_formula)f, 38), want[f]);
        expect("LTHR estimate", threshold_heartrate_from_reserve(50, 180), 160.5);
}

static void ZONE_tables_are_in_whole_beats(void **state)
{
        (void)state;
        static const struct {
                int max, upper[4];
        } cases[] = { { 150, { 98, 122, 134, 146 } },
                      { 175, { 114, 142, 156, 170 } },
                      { 185, { 120, 150, 165, 179 } },
                      { 190, { 124, 154, 169, 184 } },
                      { 198, { 129, 160, 176, 192 } } };
        for (size_t i = 0; i < SAI_COUNT(cases); i++) {
                struct zone_table table = zones_from_max_heartrate(cases[i].max);
                assert_int_equal(table.count, 5);
                for (int z = 0; z < 4; z++) {
                        assert_int_equal(zone_of(&table, cases[i].upper[z]), z + 1);
                        assert_int_equal(zone_of(&table, cases[i].upper[z] + 1), z + 2);
                }
        }
        struct zone_table karvonen = zones_karvonen(50, 190), friel = zones_friel(false, 165);
        const double karv[] = { 120, 134, 148, 162, 176 }, lthr[] = { 140.25, 148.5, 156.75, 165, 169.95, 174.9 };
        for (int i = 0; i < 5; i++)
                expect("KARV", karvonen.min[i + 1], karv[i]);
        for (int i = 0; i < 6; i++)
                expect("LTHR", friel.min[i + 1], lthr[i]);
        assert_int_equal(zone_of(&karvonen, 30), 1);
        assert_int_equal(zone_of(&karvonen, 250), 6);
}

static void DRIFT_and_recovery(void **state)
{
        (void)state;
        expect("DRIFT-1", heartrate_drift(145, 152), 4.827586207);
        expect("HRR60", heartrate_recovery(172, 138), 34);
}

static void KEY_energy_from_heart_rate(void **state)
{
        (void)state;
        double none = (double)NAN;
        expect("KEY-1", keytel(SEX_MALE, 145, 72, 38, none, 45), 627.696224);
        expect("KEY-2", keytel(SEX_FEMALE, 155, 60, 29, none, 60), 623.543977);
        expect("KEYV-1", keytel(SEX_MALE, 150, 80, 34, 50, 60), 864.156310);
        expect("clamped", keytel(SEX_MALE, 50, 60, 20, none, 60), 0);
        expect_absent("sex unknown", keytel(SEX_UNKNOWN, 145, 72, 38, none, 45));
        double both = (keytel(SEX_MALE, 145, 72, 38, none, 45) + keytel(SEX_FEMALE, 145, 72, 38, none, 45)) / 2;
        expect("both", keytel_both(145, 72, 38, 45), both);
}

static void MET_work_and_running_cost(void **state)
{
        (void)state;
        expect("MET-1", met_energy(5.8, 72, 150), 1096.2);
        expect("MET-2", met_energy(8.3, 68, 42), 414.834);
        expect("WORK", work_energy(720, 0.24), 717.017208);
        double flat[] = { 0, 10000 }, rise[] = { 0, 5000 }, grade[] = { 0, 0.05 };
        expect("MINK-1", running_energy(flat, NULL, 2, 70), 602.294455);
        expect("MINK-2", running_energy(rise, grade, 2, 70), 391.926057);
        expect("run 10 km/h", met_of(SPORT_RUN, 10 / 3.6), 9.8);
        expect("ride 20 km/h", met_of(SPORT_RIDE, 20 / 3.6), 8.0);
        expect_absent("no table", met_of(SPORT_E_BIKE_RIDE, 5));
}

static void TRIMP_is_summed_over_the_stream(void **state)
{
        (void)state;
        expect("TRIMP-1", trimp(25, 142, 48, 188, SEX_MALE), 38.9930700);
        expect("TRIMP-2m", trimp(60, 150, 50, 190, SEX_MALE), 108.0953593);
        expect("TRIMP-2f", trimp(60, 150, 50, 190, SEX_FEMALE), 121.4990664);
        double t[2101], hr[2101];
        for (int i = 0; i <= 2100; i++) {
                t[i] = i;
                hr[i] = i <= 600 ? 120 : i <= 1800 ? 150 : 175;
        }
        expect("TRIMP-3", trimp_stream(t, hr, 2101, 10, 50, 190, SEX_MALE), 60.2540948);
        expect("TRIMP-3 mean", trimp(35, 145, 50, 190, SEX_MALE), 55.9328895);
        expect_absent("bad parameters", trimp(60, 150, 100, 120, SEX_MALE));
        double edwards[] = { 10, 20, 15, 10, 5 }, lucia[] = { 40, 15, 5 };
        expect("EDW-1", trimp_edwards(edwards), 160);
        expect("LUC-1", trimp_lucia(lucia), 85);
        expect("HRTSS-1", hrtss(150, 52, 186, 166, SEX_MALE), 89.6538852);
        expect("HRTSS-2", hrtss(trimp(90, 140, 50, 190, SEX_MALE), 50, 190, 168, SEX_MALE), 77.9260531);
        expect("SRPE-1", session_rpe(7, 55), 385);
}

static void cadence_lock_needs_closeness_and_correlation(void **state)
{
        (void)state;
        double t[600], hr[600], steps[600], apart[600];
        for (int i = 0; i < 600; i++) {
                t[i] = i;
                steps[i] = 165 + 8 * sin(i / 20.0);
                hr[i] = steps[i] + (i % 3) - 1;
                apart[i] = 165 + 8 * cos(i / 33.0);
        }
        assert_true(cadence_lock(t, hr, steps, 600, 10));
        assert_false(cadence_lock(t, apart, steps, 600, 10));
        for (int i = 0; i < 600; i++)
                hr[i] = 165; /* near, but it does not follow */
        assert_false(cadence_lock(t, hr, steps, 600, 10));
}

static void MIN_cost_of_slope(void **state)
{
        (void)state;
        static const struct {
                double grade, cost, ratio;
        } cases[] = { { -0.20, 1.800032, 0.500008889 },    { -0.10, 2.151706, 0.597696111 },
                      { -0.05, 2.745923937, 0.762756649 }, { 0, 3.6, 1 },
                      { 0.05, 4.685196063, 1.301443351 },  { 0.10, 5.968214, 1.657837222 },
                      { 0.20, 9.006688, 2.501857778 } };
        for (size_t i = 0; i < SAI_COUNT(cases); i++) {
                expect_within("MIN", minetti_run(cases[i].grade), cases[i].cost, 5e-10 * 10);
                expect_within("MIN ratio", graded_factor_minetti(cases[i].grade), cases[i].ratio, 5e-9);
        }
        expect("MINW 0", minetti_walk(0), 2.5);
        expect("MINW +", minetti_walk(0.1), 4.899135);
        expect("MINW -", minetti_walk(-0.1), 1.127125);
        expect("clamped", minetti_run(2), minetti_run(0.45));
        expect("POLY-p8", graded_factor(8), 1.348675740);
        expect("POLY-m6", graded_factor(-6), 0.888811853);
        expect("GAP-1", 2.5 * graded_factor_minetti(0.08), 3.773204466);
        expect("GAP-1 pace", 1000 / (2.5 * graded_factor_minetti(0.08)), 265.026719);
        expect("GAP-2", 3.5 * graded_factor_minetti(-0.06), 2.533142478);
        expect("GAP-2 pace", 1000 / (3.5 * graded_factor_minetti(-0.06)), 394.766583);
}

static void RTSS_and_STSS(void **state)
{
        (void)state;
        expect("RTSS-1", rtss(3000, 1000.0 / 285, 1000.0 / 270), 74.7922438);
        expect("STSS-1", stss(9000, 5000.0 / 9000, 100.0 / 114), 63.5092593);
        expect("SWP-1", swim_power(1.25, 70), 86.2630208);
        expect("SWP-2", swim_speed(100, 70), 1.31311207);
}

static void NP_2_intervals_with_ftp_250(void **state)
{
        (void)state;
        double w[1200];
        for (int i = 0; i < 1200; i++)
                w[i] = i / 60 % 2 == 0 ? 300 : 100;
        double np = normalized_power(w, 1200);
        expect("NP-2", np, 239.372085);
        expect("NP-2 VI", np / 200, 1.196860425);
        expect("NP-2 IF", intensity_factor(np, 250), 0.957488340);
        expect("NP-2 TSS", training_stress(1200, np, 250), 30.5594641);
}

static void NP_and_XP_examples(void **state)
{
        (void)state;
        double w[1200], ramp[100];
        for (int i = 0; i < 1200; i++)
                w[i] = i < 600 ? 100 : 300;
        for (int i = 0; i < 100; i++)
                ramp[i] = i;
        expect("NP-1", normalized_power(w, 1200), 252.378002);
        expect("NP-1 VI", normalized_power(w, 1200) / 200, 1.261890011);
        expect("NP-3", normalized_power(ramp, 100), 59.4553498);
        expect("XP-1", xpower(w, 1200, 1), 248.445291);
        expect_absent("under 30 samples", normalized_power(w, 29));
        expect("FTP20", ftp_from_20min(280), 266);
        expect("WKG", ftp_from_20min(280) / 70, 3.8);
}

static void CYC_estimated_power(void **state)
{
        (void)state;
        struct ride_model m = { .mass = 80, .cda = 0.32, .crr = 0.004, .air_density = 1.2, .loss = 0.03 };
        expect("CYC-1", estimated_power(&m, 30 / 3.6, 0, 0), 141.507400);
        expect("CYC-2", estimated_power(&m, 18 / 3.6, 0.05, 0), 242.844697);
        expect("CYC-3", estimated_power(&m, 50 / 3.6, -0.04, 0), 126.237865);
        expect("CYC-4", estimated_power(&m, 30 / 3.6, -0.06, 0), 0);
}

static void EF_decoupling_and_beats(void **state)
{
        (void)state;
        expect("EF-1", efficiency_factor(210, 148), 1.418918919);
        expect("EF-2", efficiency_factor(12000.0 / 60, 150), 1.333333333);
        expect("DEC-1", decoupling(200, 140, 198, 147), 5.714285714);
        expect("DEC-2", decoupling(3.2, 145, 3.1, 152), 7.586348684);
        expect("BPK-1", beats_per_km(150, 3000, 10000), 750);
}

static void decoupling_of_a_stream_drops_the_warm_up_of_long_ones(void **state)
{
        (void)state;
        enum { N = 4201 };
        static double t[N], out[N], hr[N], moving[N];
        for (int i = 0; i < N; i++) {
                t[i] = i;
                moving[i] = 1;
                /* 10 min of warm-up, then two halves of half an hour. */
                out[i] = i <= 600 ? 50 : i <= 2400 ? 200 : 198;
                hr[i] = i <= 600 ? 100 : i <= 2400 ? 140 : 147;
        }
        expect("DEC-1 as a stream", decoupling_stream(t, out, hr, moving, N, 10), 5.714285714);
        expect_absent("under 40 min", decoupling_stream(t, out, hr, moving, 2400, 10));
}

static void VO2_estimates(void **state)
{
        (void)state;
        expect("UTH-1", vo2max_uth(190, 50), 58.14);
        expect("ACSM-1", vo2_running(200, 0.01), 45.3);
        expect("ACSM-2", vo2_cycling(200, 70), 37.85714286);
        expect("VO2HR-1", vo2max_from_heartrate(200, 150, 190), 53.03536191);
        expect("VO2R-1", vo2max_from_reserve(vo2_running(200, 0), 150, 50, 190), 59.5);
        expect("COOP-1", vo2max_cooper(2800), 51.31008272);
        expect("SWA-1", vo2max_share_swain(80), 67.1875);
        double values[] = { 50, 52, 49 }, weights[] = { 30, 60, 45 };
        expect("TWM", weighted_average(values, weights, 3), 50.5555556);
}

static void POL_index(void **state)
{
        (void)state;
        expect("POL-1", polarization_index(0.80, 0.05, 0.15).value, 2.380211242);
        expect("POL-2", polarization_index(0.70, 0.20, 0.10).value, 1.544068044);
        expect("times instead of shares", polarization_index(8000, 500, 1500).value, 2.380211242);
        expect("empty middle", polarization_index(0.8, 0, 0.2).value, log10(0.8 / 0.01 * 0.19 * 100));
        expect("nothing hard", polarization_index(0.8, 0.2, 0).value, 0);
        assert_false(SAI_HAS(polarization_index(0.2, 0.3, 0.5)));
        assert_false(SAI_HAS(polarization_index(0, 0, 0)));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(HRM_maximum_by_age),
                cmocka_unit_test(ZONE_tables_are_in_whole_beats),
                cmocka_unit_test(DRIFT_and_recovery),
                cmocka_unit_test(KEY_energy_from_heart_rate),
                cmocka_unit_test(MET_work_and_running_cost),
                cmocka_unit_test(TRIMP_is_summed_over_the_stream),
                cmocka_unit_test(cadence_lock_needs_closeness_and_correlation),
                cmocka_unit_test(MIN_cost_of_slope),
                cmocka_unit_test(RTSS_and_STSS),
                cmocka_unit_test(NP_2_intervals_with_ftp_250),
                cmocka_unit_test(NP_and_XP_examples),
                cmocka_unit_test(CYC_estimated_power),
                cmocka_unit_test(EF_decoupling_and_beats),
                cmocka_unit_test(decoupling_of_a_stream_drops_the_warm_up_of_long_ones),
                cmocka_unit_test(VO2_estimates),
                cmocka_unit_test(POL_index),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
