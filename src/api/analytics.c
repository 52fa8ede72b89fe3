/* analytics.c -- summary, trends, zones and fitness: arithmetic on the athlete's columns.
 *
 * Each answer is one pure function over columns that are in memory; the handler reads the query, calls it and lets the answer's table write it
 * (analytics_models.c). The same data version, day and query give the same bytes, so finished answers are kept. */
#include "api/analytics_models.h"
#include "api/api_internal.h"

#include "base/limits.h"
#include <string.h>

/* Empty: all sports. A name that no list knows selects nothing, which is what it matches. */
static struct sport_set sports_of(const struct sai_list *names, bool *ret_none)
{
        struct sport_set set = { 0 };
        const char *const *items = names->items;
        for (size_t i = 0; i < names->count; i++) {
                enum sport sport;
                if (sport_find(items[i], strlen(items[i]), &sport))
                        set = sport_set_add(set, sport);
        }
        *ret_none = names->count > 0 && set.bits == 0;
        return set;
}

/* What every answer begins with. */
struct asked {
        const struct athlete_data *data;
        struct athlete_columns *columns;
        struct sport_set sports;
        struct sai_day today;
        struct sai_instant computed_at;
};

static sai_status prepare(struct sai_request *request, const struct sai_list *sport_types, struct asked *ret, struct sai_err *err)
{
        const struct user *user = api_user(request);
        bool none;
        sai_status status = api_athlete_data(request, &ret->data, err);
        if (status != SAI_OK)
                return status;
        ret->columns = ret->data->columns;
        ret->sports = sports_of(sport_types, &none);
        if (none)
                status = columns_begin(0, request->arena, &ret->columns, err);
        if (none && status == SAI_OK)
                status = columns_finish(ret->columns, 0, request->arena, err);
        ret->today = api_today(api_of(request), user);
        /* Never the clock: the commit time of the data that is shown. */
        ret->computed_at = SAI_HAS(user->data_committed_at) ? user->data_committed_at.value : user->created_at;
        return status;
}

static sai_status finish(struct sai_request *request, struct sai_reply *reply, const struct sai_model *model, const void *answer,
                         struct sai_err *err)
{
        sai_status status = sai_reply_model(reply, model, answer, err);
        if (status == SAI_OK)
                api_keep_reply(request, reply);
        return status;
}

static sai_status get_summary(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        const struct summary_request *query = request->params_in;
        if (api_cached_reply(request, reply))
                return SAI_OK;
        struct asked asked;
        struct summary_answer answer;
        sai_status status = prepare(request, &query->sport_type, &asked, err);
        if (status != SAI_OK)
                return status;
        enum analytics_period period = SAI_HAS(query->period) ? (enum analytics_period)query->period.value : PERIOD_WEEK;
        struct summary_query ask = { .sports = asked.sports, .compare_previous = SAI_HAS(query->compare), .today = asked.today };
        if (!SAI_HAS(query->from))
                ask.period = SAI_SOME(sai_opt_enum, (int)period);
        status = analytics_range_summary(query->from, query->to, period, asked.today, asked.columns, &ask.range, err);
        if (status == SAI_OK && summary_compute(asked.columns, &ask, request->arena, &answer.summary) != SAI_OK)
                status = sai_fail(err, SAI_NO_MEMORY, "summary");
        answer.computed_at = asked.computed_at;
        return status == SAI_OK ? finish(request, reply, &summary_answer_model, &answer, err) : status;
}

static sai_status get_trends(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        const struct trends_request *query = request->params_in;
        if (api_cached_reply(request, reply))
                return SAI_OK;
        struct asked asked;
        struct trends_answer answer;
        sai_status status = prepare(request, &query->sport_type, &asked, err);
        if (status != SAI_OK)
                return status;
        struct trends_query ask = {
                .sports = asked.sports,
                .metric = SAI_HAS(query->metric) ? (enum trend_metric)query->metric.value : TREND_METRIC_DISTANCE,
                .bucket = SAI_HAS(query->bucket) ? (enum analytics_bucket)query->bucket.value : BUCKET_WEEK,
                .smooth = SAI_HAS(query->smooth) ? query->smooth.value : 0,
        };
        status = analytics_range_trends(query->from, query->to, ask.bucket, asked.today, &ask.range, err);
        if (status == SAI_OK && trends_compute(asked.columns, &ask, request->arena, &answer.trends) != SAI_OK)
                status = sai_fail(err, SAI_NO_MEMORY, "trends");
        answer.computed_at = asked.computed_at;
        return status == SAI_OK ? finish(request, reply, &trends_answer_model, &answer, err) : status;
}

static sai_status get_zones(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        const struct zones_request *query = request->params_in;
        if (api_cached_reply(request, reply))
                return SAI_OK;
        struct asked asked;
        struct zones_answer answer;
        sai_status status = prepare(request, &query->sport_type, &asked, err);
        if (status != SAI_OK)
                return status;
        struct zones_query ask = { .sports = asked.sports,
                                   .kind = SAI_HAS(query->kind) ? (enum zone_kind)query->kind.value : ZONE_KIND_HEARTRATE };
        status = analytics_range_zones(query->from, query->to, asked.today, &ask.range, err);
        if (status == SAI_OK && athlete_parameters_on(&asked.data->history, ask.range.to, request->arena, &ask.athlete) != SAI_OK)
                status = sai_fail(err, SAI_NO_MEMORY, "zones");
        if (status == SAI_OK && zones_compute(asked.columns, &ask, request->arena, &answer.zones) != SAI_OK)
                status = sai_fail(err, SAI_NO_MEMORY, "zones");
        answer.computed_at = asked.computed_at;
        return status == SAI_OK ? finish(request, reply, &zones_answer_model, &answer, err) : status;
}

static sai_status get_fitness(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        const struct range_request *query = request->params_in;
        if (api_cached_reply(request, reply))
                return SAI_OK;
        struct asked asked;
        struct fitness_answer answer;
        sai_status status = prepare(request, &query->sport_type, &asked, err);
        if (status != SAI_OK)
                return status;
        struct fitness_query ask = { .sports = asked.sports, .today = asked.today };
        status = analytics_range_fitness(query->from, query->to, asked.today, &ask.range, err);
        if (status == SAI_OK && fitness_compute(asked.columns, &ask, request->arena, &answer.fitness) != SAI_OK)
                status = sai_fail(err, SAI_NO_MEMORY, "fitness");
        answer.computed_at = asked.computed_at;
        return status == SAI_OK ? finish(request, reply, &fitness_answer_model, &answer, err) : status;
}

#define ANALYTICS(path_, handler_, query_, out_, id, text)                                                                       \
        {                                                                                                                        \
                "GET", "/api/v1/analytics/" path_, handler_, .auth = SAI_AUTH_USER, .rate = SAI_RATE_READ, .query = &query_,     \
                                                             .out = &out_, .tag = "analytics", .operation = id, .summary = text  \
        }

const struct sai_route analytics_routes[] = {
        ANALYTICS("summary", get_summary, summary_request_model, summary_answer_model, "getSummary",
                  "Totals, averages and how they changed"),
        ANALYTICS("trends", get_trends, trends_request_model, trends_answer_model, "getTrends",
                  "One metric over time, and whether it really changes"),
        ANALYTICS("zones", get_zones, zones_request_model, zones_answer_model, "getZones", "Time in zones"),
        ANALYTICS("fitness", get_fitness, range_request_model, fitness_answer_model, "getFitness",
                  "Fitness, fatigue and form day by day"),
        { 0 },
};
