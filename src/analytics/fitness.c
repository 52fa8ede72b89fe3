/* fitness.c -- the daily recurrence from the first load on (13.1). */
#include "analytics/fitness.h"

#include "analytics/analytics_internal.h"
#include "analytics/load.h"
#include <math.h>

enum { WEEK = 7, CHRONIC_DAYS = 28 };

/* The days since the first load: the load of each, and the state in the evening. Index 0 is the first load's day. */
struct history {
        struct sai_day first;
        size_t days;
        double *load;
        struct load_state *state;
        double *tsb;
};

static size_t first_loaded_row(const struct athlete_columns *c, struct sport_set sports)
{
        size_t i = 0;
        while (i < c->count && !(sport_set_has(sports, (enum sport)c->sport[i]) && c->training_load[i] > 0))
                i++;
        return i;
}

static sai_status history_build(const struct athlete_columns *c, struct sport_set sports, struct sai_day last,
                                struct sai_arena *arena, struct history *ret)
{
        *ret = (struct history) { 0 };
        size_t row = first_loaded_row(c, sports);
        if (row == c->count || c->day[row].number > last.number)
                return SAI_OK;
        struct history h = { .first = c->day[row], .days = (size_t)(last.number - c->day[row].number) + 1 };
        h.load = SAI_NEW_ARRAY(arena, double, h.days);
        h.state = SAI_NEW_ARRAY(arena, struct load_state, h.days);
        h.tsb = SAI_NEW_ARRAY(arena, double, h.days);
        if (!h.load || !h.state || !h.tsb)
                return SAI_NO_MEMORY;
        for (; row < c->count && c->day[row].number <= last.number; row++) {
                if (sport_set_has(sports, (enum sport)c->sport[row]) && c->training_load[row] > 0)
                        h.load[c->day[row].number - h.first.number] += c->training_load[row];
        }
        struct load_state state = { 0, 0 };
        for (size_t i = 0; i < h.days; i++)
                h.state[i] = state = load_step(state, h.load[i], &h.tsb[i]);
        *ret = h;
        return SAI_OK;
}

static struct fitness_point point_at(const struct history *h, size_t i, struct sai_day today)
{
        struct fitness_point p = {
                .date = { h->first.number + (int32_t)i },
                .load = h->load[i],
                .ctl = h->state[i].ctl,
                .atl = h->state[i].atl,
                .tsb = h->tsb[i],
                .warming_up = i < FITNESS_WARM_UP_DAYS,
        };
        p.projected = p.date.number > today.number;
        if (i >= WEEK)
                p.ramp_rate = SAI_SOME(sai_opt_f64, h->state[i].ctl - h->state[i - WEEK].ctl);
        if (i + 1 >= WEEK) {
                p.monotony = load_monotony(&h->load[i + 1 - WEEK]);
                p.strain = load_strain(&h->load[i + 1 - WEEK], p.monotony);
        }
        if (i + 1 >= CHRONIC_DAYS)
                p.acwr = acwr_coupled(&h->load[i + 1 - CHRONIC_DAYS]);
        return p;
}

static sai_status set_points(const struct history *h, const struct fitness_query *query, struct sai_arena *arena,
                             struct fitness *fitness)
{
        int32_t from = query->range.from.number, to = query->range.to.number;
        if (from < h->first.number)
                from = h->first.number;
        if (h->days == 0 || to < from)
                return SAI_OK;
        struct fitness_point *points = SAI_NEW_ARRAY(arena, struct fitness_point, (size_t)(to - from) + 1);
        if (!points)
                return SAI_NO_MEMORY;
        size_t count = 0;
        for (int32_t day = from; day <= to; day++)
                points[count++] = point_at(h, (size_t)(day - h->first.number), query->today);
        fitness->points = (struct sai_list) { points, count };
        return SAI_OK;
}

static sai_status set_today(const struct history *h, struct sai_day today, struct sai_arena *arena, struct fitness *fitness)
{
        if (h->days == 0 || today.number < h->first.number)
                return SAI_OK;
        fitness->today = SAI_NEW(arena, struct fitness_point);
        struct fitness_forecast *forecast = SAI_NEW_ARRAY(arena, struct fitness_forecast, FITNESS_FORECAST_DAYS);
        if (!fitness->today || !forecast)
                return SAI_NO_MEMORY;
        size_t i = (size_t)(today.number - h->first.number);
        *fitness->today = point_at(h, i, today);
        struct load_state state = h->state[i];
        for (int32_t k = 0; k < FITNESS_FORECAST_DAYS; k++) {
                double tsb;
                state = load_step(state, 0, &tsb);
                forecast[k] = (struct fitness_forecast) { { today.number + 1 + k }, state.ctl, state.atl, tsb };
        }
        fitness->forecast = (struct sai_list) { forecast, FITNESS_FORECAST_DAYS };
        return SAI_OK;
}

static sai_status set_quality(const struct athlete_columns *c, const struct fitness_query *query, struct sai_arena *arena,
                              struct fitness *fitness)
{
        struct quality_counter quality = { 0 };
        size_t end = columns_lower_bound(c, (struct sai_day) { query->range.to.number + 1 });
        for (size_t i = columns_lower_bound(c, query->range.from); i < end; i++) {
                if (!sport_set_has(query->sports, (enum sport)c->sport[i]))
                        continue;
                enum reason reason = REASON_NONE;
                if (isnan(c->training_load[i]))
                        reason = c->load_reason[i] != REASON_NONE ? (enum reason)c->load_reason[i] : REASON_NO_LOAD;
                quality_count(&quality, reason);
        }
        return quality_finish(&quality, arena, &fitness->data_quality);
}

sai_status fitness_compute(const struct athlete_columns *columns, const struct fitness_query *query, struct sai_arena *arena,
                           struct fitness *ret_fitness)
{
        struct fitness f = { .from = query->range.from, .to = query->range.to };
        f.last_active_day = columns_last_active_day(columns, query->sports);
        /* Up to the later of both: today's state is wanted even when the range ended before. */
        struct sai_day last = query->today.number > f.to.number ? query->today : f.to;
        struct history history;
        sai_status status = history_build(columns, query->sports, last, arena, &history);
        if (status == SAI_OK)
                status = set_points(&history, query, arena, &f);
        if (status == SAI_OK)
                status = set_today(&history, query->today, arena, &f);
        if (status == SAI_OK)
                status = set_quality(columns, query, arena, &f);
        *ret_fitness = f;
        return status;
}
