/* zones.h -- zone tables (5.2) and the time spent in them over a range of days.
 *
 * Times are sums over activities, each with the table valid on its day; the bounds shown are those of the range's last day. */
#ifndef SAI_ANALYTICS_ZONES_H
#define SAI_ANALYTICS_ZONES_H

#include "analytics/athlete.h"
#include "analytics/range.h"

/* Number of the zone, from 1. */
static inline int zone_of(const struct zone_table *table, double x)
{
        int zone = 1;
        while (zone < table->count && table->min[zone] <= x)
                zone++;
        return zone;
}

/* Strava's default five zones of HRmax (65, 81, 89, 97 % as upper ends, integer rounding); whole beats. */
struct zone_table zones_from_max_heartrate(int max_heartrate);
/* From the upper ends of all zones but the last (whole beats): min[k+1] = upper[k] + 1. */
struct zone_table zones_from_upper_ends(const double *upper, int count);
/* Percent tables, taken as lower ends: bounds = fraction * base for each, first zone from 0. */
struct zone_table zones_from_fractions(const double *fractions, int count, double base);
struct zone_table zones_karvonen(double resting, double max); /* 6 zones: bounds at 50, 60, … 90 % of reserve */
struct zone_table zones_friel(bool cycling, double threshold_heartrate); /* 7 zones */
struct zone_table zones_coggan(double ftp); /* 7 power zones */
/* 6 zones of speed (m/s) around the threshold speed: Strava's 68, 79, 88, 94, 100 % of 5-km speed, threshold being its 94 %. */
struct zone_table zones_pace(double threshold_speed);
/* Three-zone model: bounds at 89 and 100 % of threshold heart rate (an estimate). */
struct zone_table zones_three(double threshold_heartrate);
/* The table of the day: custom zones when there are, else from max_heartrate; count 0 when neither. */
struct zone_table zones_heartrate(const struct athlete_parameters *athlete);

/* 13.4; z1-z3 are shares (0-1) or times. Absent when z3 > z1 or all are 0. */
struct sai_opt_f64 polarization_index(double z1, double z2, double z3);

enum zone_kind { ZONE_KIND_HEARTRATE, ZONE_KIND_POWER, ZONE_KIND_PACE };
extern const struct sai_enumeration zone_kind_enumeration; /* heartrate power pace */

struct zone_band {
        int64_t zone;
        const char *name;
        struct sai_opt_f64 min, max; /* bpm, W, or s/km (s/100 m for swims; then min is the fastest). Open ends are absent. */
        double time; /* s */
        struct sai_opt_f64 percentage; /* absent when no time at all */
};

struct zones {
        struct sai_day from, to;
        struct sai_opt_day last_active_day;
        struct data_quality data_quality;
        int kind; /* enum zone_kind */
        const char *unit; /* of min and max */
        struct sai_list zones; /* of struct zone_band; the bounds are absent when the parameter is not known */
        struct sai_opt_f64
                polarization_index; /* of heart rate whatever the kind; from five zones (1+2, 3, 4+5) where the three are not known */
        struct sai_opt_enum source; /* enum parameter_source of the parameter behind the bounds */
};

struct zones_query {
        struct analytics_range range;
        struct sport_set sports; /* pace: swims count only when nothing but swims is asked for, else runs */
        enum zone_kind kind;
        struct athlete_parameters athlete; /* of the range's last day */
};
sai_status zones_compute(const struct athlete_columns *columns, const struct zones_query *query, struct sai_arena *arena,
                         struct zones *ret_zones) SAI_MUST_USE;

#endif
