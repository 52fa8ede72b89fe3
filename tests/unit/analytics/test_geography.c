/* Positions and climbing: worked examples of 3 and 4. */
#include "analytics/geography.h"

#include "analytics/elevation.h"
#include "base/cleanup.h"
#include "expect.h"

static void HAV_distances(void **state)
{
        (void)state;
        expect_within("HAV-1", haversine(48.8566, 2.3522, 52.52, 13.405), 877464.5379, 1e-3);
        expect_within("HAV-2", haversine(0, 0, 0, 1), 111195.0802, 1e-3);
        expect_within("HAV-3", haversine(-16.98, 179.98, -17.46, -179.14), 107631.1289, 1e-3);
        expect("antipodes", haversine(0, 0, 0, 180), M_PI * EARTH_RADIUS_M);
}

static void SEMI_circles(void **state)
{
        (void)state;
        expect_within("SEMI", degrees_from_semicircles(607129829), 50.8890344, 5e-8);
        expect("-2^30", degrees_from_semicircles(-1073741824), -90);
        expect_absent("absent", degrees_from_semicircles(INT32_MAX));
}

static void POLY_examples_round_trip(void **state)
{
        (void)state;
        WITH_ARENA(arena);
        static const struct {
                double lat[3], lng[3];
                const char *text;
        } cases[] = {
                { { 38.5, 40.7, 43.252 }, { -120.2, -120.95, -126.453 }, "_p~iF~ps|U_ulLnnqC_mqNvxq`@" },
                { { 45.4215, 45.42153, -33.8688 }, { -75.6972, -75.6969, 151.2093 }, "kkftGnr_mME{@pk}bNwr|gj@" },
                { { 51.5, 51.5, 51.50001 }, { -0.12, -0.12, -0.12001 }, "_riyH~lV??A@" },
        };
        for (size_t i = 0; i < SAI_COUNT(cases); i++) {
                struct sai_buf buf;
                sai_buf_init(&buf, 1024);
                polyline_encode(cases[i].lat, cases[i].lng, 3, &buf);
                assert_string_equal(buf.data, cases[i].text);
                double *lat, *lng;
                size_t n;
                assert_int_equal(polyline_decode(buf.data, buf.len, arena, &lat, &lng, &n, NULL), SAI_OK);
                assert_int_equal(n, 3);
                for (size_t k = 0; k < 3; k++) {
                        expect_within("POLY lat", lat[k], cases[i].lat[k], 1e-9);
                        expect_within("POLY lng", lng[k], cases[i].lng[k], 1e-9);
                }
                sai_buf_done(&buf);
        }
}

static void broken_polylines_are_refused_with_their_offset(void **state)
{
        (void)state;
        WITH_ARENA(arena);
        static const struct {
                const char *text;
                const char *detail;
        } cases[] = {
                { "_p~iF~ps|", "offset 9" }, /* ends inside a number */
                { "_p~iF", "offset 5" }, /* latitude without longitude */
                { "_______?_p~iF", "offset 6" }, /* seven groups */
                { "_p~iF~p\x1fs|U", "offset 7" }, /* control character */
                { "_p~iF~ps\x7f|U", "offset 8" }, /* 127 */
                { "_cidPc`|}@?_cidPc`|}@?", "earth" }, /* sum outside */
        };
        for (size_t i = 0; i < SAI_COUNT(cases); i++) {
                struct sai_err err = { 0 };
                double *lat, *lng;
                size_t n;
                sai_status status = polyline_decode(cases[i].text, strlen(cases[i].text), arena, &lat, &lng, &n, &err);
                if (status != SAI_INVALID || !strstr(err.detail, cases[i].detail))
                        fail_msg("case %zu: %d %s", i, (int)status, err.detail);
        }
        double *lat, *lng;
        size_t n;
        assert_int_equal(polyline_decode("", 0, arena, &lat, &lng, &n, NULL), SAI_OK);
        assert_int_equal(n, 0);
}

static void SPK_exactly_the_spike_goes(void **state)
{
        (void)state;
        double t[] = { 0, 5, 10, 15, 20 }, lat[] = { 47.0, 47.0001, 47.005, 47.0003, 47.0004 }, lng[] = { 8, 8, 8, 8, 8 }, d[5];
        uint8_t keep[5];
        struct spike_report report = spikes_find(t, lat, lng, 5, 12.5, keep);
        assert_int_equal(report.removed, 1);
        assert_int_equal(report.teleports, 0);
        assert_int_equal(keep[2], FIX_REJECTED);
        expect("SPK", distance_from_fixes(lat, lng, NULL, keep, 5, d), 44.4780321);
}

static void a_jump_that_stays_is_a_teleport_and_adds_nothing(void **state)
{
        (void)state;
        double t[10], lat[10], lng[10], d[10];
        uint8_t keep[10];
        for (int i = 0; i < 10; i++) {
                t[i] = i;
                lat[i] = 47 + i * 1e-5 + (i >= 5 ? 0.1 : 0);
                lng[i] = 8;
        }
        struct spike_report report = spikes_find(t, lat, lng, 10, 12.5, keep);
        assert_int_equal(report.teleports, 1);
        assert_int_equal(report.removed, 0);
        assert_int_equal(keep[5], FIX_TELEPORT);
        expect_within("8 steps of 1.1 m", distance_from_fixes(lat, lng, NULL, keep, 10, d), 8 * haversine(47, 8, 47.00001, 8),
                      1e-6);
}

static void RDP_keeps_what_lies_further_than_epsilon(void **state)
{
        (void)state;
        WITH_ARENA(arena);
        double x[] = { 0, 10, 20, 30, 40, 50 }, y[] = { 0, 1, -1, 8, 9, 0 };
        static const struct {
                double epsilon;
                size_t n, kept[6];
        } cases[] = { { 2, 5, { 0, 2, 3, 4, 5 } }, { 4, 4, { 0, 2, 4, 5 } }, { 10, 2, { 0, 5 } } };
        for (size_t i = 0; i < SAI_COUNT(cases); i++) {
                size_t kept[6];
                assert_int_equal(simplify_plane(x, y, 6, cases[i].epsilon, arena, kept), cases[i].n);
                assert_memory_equal(kept, cases[i].kept, cases[i].n * sizeof *kept);
        }
}

static void ELEV_gain_with_hysteresis(void **state)
{
        (void)state;
        const double a[] = { 100, 101, 100.5, 102, 103.5, 103, 106, 105, 104, 107, 110, 108, 104, 101, 100 };
        const double gain[] = { 13, 12, 10, 7 }, loss[] = { 13, 11, 9, 6 };
        for (int h = 0; h < 4; h++) {
                struct elevation e = elevation_gain(a, SAI_COUNT(a), h);
                expect("ELEV gain", e.gain, gain[h]);
                expect("ELEV loss", e.loss, loss[h]);
        }
        double holes[] = { (double)NAN, 100, (double)NAN, 110, (double)NAN };
        expect("holes are skipped", elevation_gain(holes, 5, 3).gain, 10);
        expect_absent("one value", elevation_gain(holes, 2, 3).gain);
        expect("VAM-1", climbing_speed(850, 55 * 60), 927.272727);
}

static void GRADE_1_over_a_window(void **state)
{
        (void)state;
        double d[] = { 0, 25, 50 }, a[] = { 101, 102.5, 104 }, out[3], steep[] = { 0, 50, 100 };
        grades(a, d, 3, 50, out);
        expect("GRADE-1", 100 * out[1], 6.0);
        grades(steep, d, 3, 50, out);
        expect("clamped", out[1], 0.45);
        double near[] = { 0, 3, 6 };
        grades(a, near, 3, 50, out);
        expect_absent("window under 10 m", out[1]);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(HAV_distances),
                cmocka_unit_test(SEMI_circles),
                cmocka_unit_test(POLY_examples_round_trip),
                cmocka_unit_test(broken_polylines_are_refused_with_their_offset),
                cmocka_unit_test(SPK_exactly_the_spike_goes),
                cmocka_unit_test(a_jump_that_stays_is_a_teleport_and_adds_nothing),
                cmocka_unit_test(RDP_keeps_what_lies_further_than_epsilon),
                cmocka_unit_test(ELEV_gain_with_hysteresis),
                cmocka_unit_test(GRADE_1_over_a_window),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
