/* fitness.h -- fitness, fatigue and form day by day (13.1), with monotony, strain and the acute:chronic ratio.
 *
 * The recurrence starts at 0/0 on the day of the athlete's first load, counts every calendar day, and takes TSB before the day's
 * load. The points begin there too: days before the first load are not in the answer. The forecast continues with zero load. */
#ifndef SAI_ANALYTICS_FITNESS_H
#define SAI_ANALYTICS_FITNESS_H

#include "analytics/range.h"

struct fitness_point {
        struct sai_day date;
        double load;
        double ctl, atl, tsb;
        struct sai_opt_f64 ramp_rate; /* CTL minus CTL 7 days before; absent in the first 7 days */
        struct sai_opt_f64 monotony; /* of the last 7 days; absent before 7 days and when all are 0 */
        struct sai_opt_f64 strain;
        struct sai_opt_f64 acwr; /* coupled, 7 to 28 days; absent before 28 days and when chronic < 10 a day */
        bool warming_up; /* first 42 days: CTL has not arrived yet */
        bool projected; /* after today */
};

struct fitness_forecast {
        struct sai_day date;
        double ctl, atl, tsb;
};

struct fitness {
        struct sai_day from, to;
        struct sai_opt_day last_active_day;
        struct data_quality data_quality; /* activities of the range with a load */
        struct sai_list points; /* of struct fitness_point */
        struct fitness_point *today; /* NULL before any load */
        struct sai_list forecast; /* of struct fitness_forecast: 28 days after today, zero load */
};

enum { FITNESS_FORECAST_DAYS = 28, FITNESS_WARM_UP_DAYS = 42 };

struct fitness_query {
        struct analytics_range range;
        struct sport_set sports;
        struct sai_day today;
};
/* SAI_OK or SAI_NO_MEMORY. Linear in the days since the first load. */
sai_status fitness_compute(const struct athlete_columns *columns, const struct fitness_query *query, struct sai_arena *arena,
                           struct fitness *ret_fitness) SAI_MUST_USE;

#endif
