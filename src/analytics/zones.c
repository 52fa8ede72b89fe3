/* zones.c -- zone tables, and the time an athlete spent in them (5.2, 9.4, 13.4). */
#include "analytics/zones.h"

#include "analytics/analytics_internal.h"
#include "base/cleanup.h"
#include <math.h>

static const char *const kind_values[] = { "heartrate", "power", "pace", NULL };
const struct sai_enumeration zone_kind_enumeration = { "ZoneKind", kind_values };

static const int strava_upper_percent[HEART_RATE_ZONES - 1] = { 65, 81, 89, 97 };
static const double karvonen_fractions[] = { 0.5, 0.6, 0.7, 0.8, 0.9 };
static const double friel_run[] = { 0.85, 0.90, 0.95, 1.00, 1.03, 1.06 };
static const double friel_ride[] = { 0.81, 0.90, 0.94, 1.00, 1.03, 1.06 };
static const double coggan[] = { 0.55, 0.75, 0.90, 1.05, 1.20, 1.50 };
/* Of threshold speed, which is 94 % of the 5-km speed that Strava's own zones are fractions of. */
static const double pace_fractions[] = { 0.68 / 0.94, 0.79 / 0.94, 0.88 / 0.94, 1.0, 1.0 / 0.94 };
static const double three_fractions[] = { 0.89, 1.0 };

static const char *const heartrate_names[] = { "Endurance", "Moderate", "Tempo", "Threshold", "Anaerobic" };
static const char *const power_names[] = { "Active recovery", "Endurance", "Tempo",        "Threshold",
                                           "VO2max",          "Anaerobic", "Neuromuscular" };
static const char *const pace_names[] = { "Active recovery", "Endurance", "Tempo", "Threshold", "VO2max", "Anaerobic" };

struct zone_table zones_from_upper_ends(const double *upper, int count)
{
        struct zone_table table = { .count = 1 };
        for (int i = 0; i < count && table.count < ZONES_MAX; i++)
                table.min[table.count++] = upper[i] + 1;
        return table;
}

struct zone_table zones_from_max_heartrate(int max_heartrate)
{
        double upper[SAI_COUNT(strava_upper_percent)];
        for (size_t i = 0; i < SAI_COUNT(upper); i++) {
                /* Integers: exact halves must not depend on binary fractions. */
                int rounded = (strava_upper_percent[i] * max_heartrate + 50) / 100;
                upper[i] = rounded;
        }
        return zones_from_upper_ends(upper, SAI_COUNT(upper));
}

struct zone_table zones_from_fractions(const double *fractions, int count, double base)
{
        struct zone_table table = { .count = 1 };
        for (int i = 0; i < count && table.count < ZONES_MAX; i++)
                table.min[table.count++] = fractions[i] * base;
        return table;
}

struct zone_table zones_karvonen(double resting, double max)
{
        struct zone_table table = zones_from_fractions(karvonen_fractions, SAI_COUNT(karvonen_fractions), max - resting);
        for (int i = 1; i < table.count; i++)
                table.min[i] += resting;
        return table;
}

struct zone_table zones_friel(bool cycling, double threshold_heartrate)
{
        return zones_from_fractions(cycling ? friel_ride : friel_run, SAI_COUNT(friel_run), threshold_heartrate);
}

struct zone_table zones_coggan(double ftp)
{
        double upper[SAI_COUNT(coggan)];
        for (size_t i = 0; i < SAI_COUNT(upper); i++)
                upper[i] = round(coggan[i] * ftp); /* power is whole watts */
        return zones_from_upper_ends(upper, SAI_COUNT(upper));
}

struct zone_table zones_pace(double threshold_speed)
{
        return zones_from_fractions(pace_fractions, SAI_COUNT(pace_fractions), threshold_speed);
}

struct zone_table zones_three(double threshold_heartrate)
{
        return zones_from_fractions(three_fractions, SAI_COUNT(three_fractions), threshold_heartrate);
}

struct zone_table zones_heartrate(const struct athlete_parameters *athlete)
{
        if (athlete->heartrate_zones.count > 0)
                return athlete->heartrate_zones;
        if (!parameter_known(athlete, PARAMETER_MAX_HEARTRATE))
                return (struct zone_table) { 0 };
        return zones_from_max_heartrate((int)lround(parameter_value(athlete, PARAMETER_MAX_HEARTRATE)));
}

struct sai_opt_f64 polarization_index(double z1, double z2, double z3)
{
        double total = z1 + z2 + z3;
        if (!(total > 0) || z3 > z1)
                return (struct sai_opt_f64) { 0 };
        if (!(z3 > 0))
                return SAI_SOME(sai_opt_f64, 0);
        double s1 = z1 / total, s2 = z2 / total, s3 = z3 / total;
        if (!(s2 > 0)) { /* an empty middle zone borrows one percent from the hard one, so that the ratio exists */
                s2 = 0.01;
                s3 -= 0.01;
                if (!(s3 > 0))
                        return SAI_SOME(sai_opt_f64, 0);
        }
        return SAI_SOME(sai_opt_f64, log10(s1 / s2 * s3 * 100));
}

/* What the three kinds differ in. */
struct kind {
        enum sport_family family; /* whose activities count; heart rate: all */
        const char *unit;
        const char *const *names;
        int count;
        enum athlete_parameter_id parameter;
        enum reason missing_input, missing_threshold;
};

static struct kind kind_of(const struct zones_query *query)
{
        switch (query->kind) {
        case ZONE_KIND_POWER:
                return (struct kind) { FAMILY_RIDE,        "W", power_names, POWER_ZONES, PARAMETER_FTP, REASON_NO_POWER,
                                       REASON_NO_THRESHOLD };
        case ZONE_KIND_PACE:
                if (query->sports.bits == UINT64_C(1) << SPORT_SWIM)
                        return (struct kind) {
                                FAMILY_SWIM,        "s/100 m",          pace_names, PACE_ZONES, PARAMETER_CSS_PACE_100M,
                                REASON_NO_DISTANCE, REASON_NO_THRESHOLD
                        };
                return (struct kind) {
                        FAMILY_RUN,         "s/km", pace_names, PACE_ZONES, PARAMETER_THRESHOLD_PACE, REASON_NO_DISTANCE,
                        REASON_NO_THRESHOLD
                };
        case ZONE_KIND_HEARTRATE:
                break;
        }
        return (struct kind) { FAMILY_OTHER,     "bpm", heartrate_names, HEART_RATE_ZONES, PARAMETER_MAX_HEARTRATE, REASON_NO_HR,
                               REASON_NO_STREAMS };
}

static bool row_counts(const struct athlete_columns *c, size_t i, const struct zones_query *query, const struct kind *kind)
{
        enum sport sport = (enum sport)c->sport[i];
        return sport_set_has(query->sports, sport) && (query->kind == ZONE_KIND_HEARTRATE || sport_family(sport) == kind->family);
}

/* Whether the row had the sensor, so that only the athlete's threshold was wanting (heart rate: the samples, since a highest heart rate can
 * nearly always be estimated). */
static bool row_measured(const struct athlete_columns *c, size_t i, enum zone_kind kind)
{
        const double *column = kind == ZONE_KIND_HEARTRATE ? c->average_heartrate
                               : kind == ZONE_KIND_POWER   ? c->average_watts
                                                           : c->distance;
        return !isnan(column[i]);
}

struct zone_sums {
        double times[OUTPUT_ZONES];
        double low, middle, high; /* three-zone model */
};

static void add_heartrate(const struct athlete_columns *c, size_t i, struct zone_sums *sums)
{
        const uint32_t *three = c->intensity_ms[i], *five = c->heartrate_zone_ms[i];
        if (three[0] || three[1] || three[2]) {
                sums->low += three[0];
                sums->middle += three[1];
                sums->high += three[2];
        } else {
                sums->low += (double)five[0] + five[1];
                sums->middle += five[2];
                sums->high += (double)five[3] + five[4];
        }
}

static void add_row(const struct athlete_columns *c, size_t i, const struct zones_query *query, const struct kind *kind,
                    struct zone_sums *sums, struct quality_counter *quality)
{
        const uint32_t *ms = query->kind == ZONE_KIND_HEARTRATE ? c->heartrate_zone_ms[i] : c->output_zone_ms[i];
        double total = 0;
        for (int zone = 0; zone < kind->count; zone++) {
                sums->times[zone] += ms[zone] / 1000.0;
                total += ms[zone];
        }
        if (total > 0)
                quality_count(quality, REASON_NONE);
        else
                quality_count(quality, row_measured(c, i, query->kind) ? kind->missing_threshold : kind->missing_input);
}

static struct zone_table bounds_of(const struct zones_query *query, const struct kind *kind)
{
        const struct athlete_parameters *athlete = &query->athlete;
        if (query->kind == ZONE_KIND_HEARTRATE)
                return zones_heartrate(athlete);
        if (!parameter_known(athlete, kind->parameter))
                return (struct zone_table) { 0 };
        double value = parameter_value(athlete, kind->parameter);
        if (query->kind == ZONE_KIND_POWER)
                return zones_coggan(value);
        return zones_pace(kind->family == FAMILY_SWIM ? 100 / value : 1000 / value);
}

static void set_bounds(struct zone_band *band, int zone, const struct zone_table *table, const struct zones_query *query,
                       const struct kind *kind)
{
        if (zone >= table->count)
                return;
        bool last = zone + 1 == table->count;
        if (query->kind == ZONE_KIND_PACE) { /* speeds rise where paces fall */
                double unit = kind->family == FAMILY_SWIM ? 100 : 1000;
                if (!last)
                        band->min = SAI_SOME(sai_opt_f64, unit / table->min[zone + 1]);
                if (zone > 0)
                        band->max = SAI_SOME(sai_opt_f64, unit / table->min[zone]);
                return;
        }
        band->min = SAI_SOME(sai_opt_f64, table->min[zone]);
        if (!last) /* beats and watts are whole: the upper end is one below the next zone */
                band->max = SAI_SOME(sai_opt_f64, ceil(table->min[zone + 1]) - 1);
}

static sai_status list_bands(const struct zones_query *query, const struct kind *kind, const struct zone_sums *sums,
                             struct sai_arena *arena, struct sai_list *ret)
{
        struct zone_band *bands = SAI_NEW_ARRAY(arena, struct zone_band, (size_t)kind->count);
        if (!bands)
                return SAI_NO_MEMORY;
        struct zone_table table = bounds_of(query, kind);
        double total = 0;
        for (int zone = 0; zone < kind->count; zone++)
                total += sums->times[zone];
        for (int zone = 0; zone < kind->count; zone++) {
                bands[zone] = (struct zone_band) { .zone = zone + 1, .name = kind->names[zone], .time = sums->times[zone] };
                if (total > 0)
                        bands[zone].percentage = SAI_SOME(sai_opt_f64, 100 * sums->times[zone] / total);
                set_bounds(&bands[zone], zone, &table, query, kind);
        }
        *ret = (struct sai_list) { bands, (size_t)kind->count };
        return SAI_OK;
}

static struct sai_opt_enum source_of(const struct zones_query *query, const struct kind *kind)
{
        if (query->kind == ZONE_KIND_HEARTRATE && query->athlete.heartrate_zones.count > 0)
                return SAI_SOME(sai_opt_enum, PARAMETER_STRAVA);
        if (!parameter_known(&query->athlete, kind->parameter))
                return (struct sai_opt_enum) { 0 };
        return SAI_SOME(sai_opt_enum, (int)query->athlete.values[kind->parameter].source);
}

sai_status zones_compute(const struct athlete_columns *columns, const struct zones_query *query, struct sai_arena *arena,
                         struct zones *ret_zones)
{
        struct kind kind = kind_of(query);
        struct zones z = { .from = query->range.from, .to = query->range.to, .kind = (int)query->kind, .unit = kind.unit };
        struct zone_sums sums = { { 0 }, 0, 0, 0 };
        struct quality_counter quality = { 0 };
        size_t end = columns_lower_bound(columns, (struct sai_day) { z.to.number + 1 });
        for (size_t i = columns_lower_bound(columns, z.from); i < end; i++) {
                if (!row_counts(columns, i, query, &kind))
                        continue;
                add_row(columns, i, query, &kind, &sums, &quality);
                add_heartrate(columns, i, &sums);
        }
        z.last_active_day = columns_last_active_day(columns, query->sports);
        z.polarization_index = polarization_index(sums.low, sums.middle, sums.high);
        z.source = source_of(query, &kind);
        sai_status status = list_bands(query, &kind, &sums, arena, &z.zones);
        if (status == SAI_OK)
                status = quality_finish(&quality, arena, &z.data_quality);
        *ret_zones = z;
        return status;
}
