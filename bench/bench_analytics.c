/* bench_analytics.c -- ns a call of the answers over ten years of one athlete (5,000 activities), and ns a sample of the metrics of one.
 *
 * The history is made by a fixed generator, so that two runs measure the same work. Every call gets an empty arena, as a request does. */
#include "analytics/activity_metrics.h"
#include "analytics/chart.h"
#include "analytics/columns.h"
#include "analytics/fitness.h"
#include "analytics/summary.h"
#include "analytics/trends.h"
#include "analytics/zones.h"
#include "base/cleanup.h"
#include <math.h>
#include <stdio.h>
#include <time.h>

enum { ACTIVITIES = 5000, FIRST_DAY = 16800, DAYS = 3652, SAMPLES = 14400 };

struct bench {
        struct athlete_columns *columns;
        struct column_row *rows;
        struct sai_day today;
        struct activity_input activity;
};

static double seconds_now(void)
{
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static uint32_t random_next(void)
{
        static uint32_t seed = 1;
        seed = seed * 1664525u + 1013904223u;
        return seed >> 8;
}

static double between(double lo, double hi) { return lo + (hi - lo) * (double)(random_next() & 0xffff) / 65536; }

static void make_row(struct column_row *row, int i)
{
        static const enum sport sports[] = { SPORT_RUN, SPORT_RIDE, SPORT_SWIM, SPORT_TRAIL_RUN, SPORT_VIRTUAL_RIDE };
        column_row_clear(row);
        memcpy(row->id.bytes, &i, sizeof i);
        row->sport = sports[random_next() % SAI_COUNT(sports)];
        row->start_local.ms = ((int64_t)FIRST_DAY + (int64_t)i * DAYS / ACTIVITIES) * 86400000 + i % 2 * 36000000 + 21600000;
        row->moving_time = between(1200, 9000);
        row->elapsed_time = row->moving_time * 1.05;
        row->distance = row->moving_time * between(2.5, 8);
        row->elevation_gain = between(0, 800);
        row->calories = between(200, 1500);
        if (i % 10 == 0)
                return; /* the strap stayed at home */
        row->average_heartrate = between(110, 165);
        row->average_cadence = between(70, 90);
        row->training_load = between(20, 180);
        row->efficiency_factor = between(1.2, 1.6);
        for (int zone = 0; zone < HEART_RATE_ZONES; zone++)
                row->heartrate_zone_s[zone] = row->moving_time / HEART_RATE_ZONES;
}

static void run_build(struct bench *b, struct sai_arena *arena)
{
        struct athlete_columns *columns;
        if (columns_begin(ACTIVITIES, arena, &columns, NULL) != SAI_OK)
                abort();
        for (size_t i = 0; i < ACTIVITIES; i++)
                columns_set(columns, i, &b->rows[i]);
        if (columns_finish(columns, ACTIVITIES, arena, NULL) != SAI_OK)
                abort();
}

static void run_score(struct bench *b, struct sai_arena *arena)
{
        if (columns_score_efficiency(b->columns, arena) != SAI_OK)
                abort();
}

static void run_summary(struct bench *b, struct sai_arena *arena)
{
        struct summary_query query = { .range = { { FIRST_DAY }, b->today }, .today = b->today, .compare_previous = true };
        struct summary summary;
        if (summary_compute(b->columns, &query, arena, &summary) != SAI_OK)
                abort();
}

static void trends(struct bench *b, struct sai_arena *arena, enum trend_metric metric, enum analytics_bucket bucket)
{
        struct trends_query query = { .range = { { FIRST_DAY }, b->today }, .metric = metric, .bucket = bucket, .smooth = 4 };
        struct trends answer;
        if (trends_compute(b->columns, &query, arena, &answer) != SAI_OK)
                abort();
}
static void run_trends_week(struct bench *b, struct sai_arena *arena) { trends(b, arena, TREND_METRIC_PACE, BUCKET_WEEK); }
static void run_trends_day(struct bench *b, struct sai_arena *arena) { trends(b, arena, TREND_METRIC_DISTANCE, BUCKET_DAY); }

static void run_fitness(struct bench *b, struct sai_arena *arena)
{
        struct fitness_query query = { .range = { { FIRST_DAY }, b->today }, .today = b->today };
        struct fitness fitness;
        if (fitness_compute(b->columns, &query, arena, &fitness) != SAI_OK)
                abort();
}

static void run_zones(struct bench *b, struct sai_arena *arena)
{
        struct zones_query query = { .range = { { FIRST_DAY }, b->today }, .athlete = b->activity.athlete };
        struct zones zones;
        if (zones_compute(b->columns, &query, arena, &zones) != SAI_OK)
                abort();
}

static void run_activity(struct bench *b, struct sai_arena *arena)
{
        struct activity_metrics metrics;
        if (activity_metrics_compute(&b->activity, arena, &metrics) != SAI_OK)
                abort();
}

static void run_lttb(struct bench *b, struct sai_arena *arena)
{
        size_t *indices, count;
        if (chart_indices(b->activity.streams, 1000, arena, &indices, &count) != SAI_OK)
                abort();
}

/* The best of several rounds: what the machine does beside it only ever adds. */
static double measure(void (*run)(struct bench *, struct sai_arena *), struct bench *b, struct sai_arena *arena, int calls)
{
        double best = (double)INFINITY;
        for (int round = 0; round < 7; round++) {
                double from = seconds_now();
                for (int i = 0; i < calls; i++) {
                        sai_arena_reset(arena);
                        run(b, arena);
                }
                best = fmin(best, (seconds_now() - from) / calls);
        }
        return best * 1e9;
}

static void make_activity(struct bench *b, struct streams *streams, struct sai_arena *arena)
{
        static const enum stream_channel channels[] = { STREAM_TIME,     STREAM_DISTANCE,  STREAM_LATITUDE, STREAM_LONGITUDE,
                                                        STREAM_ALTITUDE, STREAM_HEARTRATE, STREAM_CADENCE,  STREAM_WATTS };
        streams->count = SAMPLES;
        for (size_t c = 0; c < SAI_COUNT(channels); c++) {
                if (!streams_channel(streams, channels[c], arena))
                        abort();
        }
        for (int i = 0; i < SAMPLES; i++) {
                streams->channel[STREAM_TIME][i] = i;
                streams->channel[STREAM_DISTANCE][i] = 8.0 * i;
                streams->channel[STREAM_LATITUDE][i] = 47 + 7e-5 * i;
                streams->channel[STREAM_LONGITUDE][i] = 8;
                streams->channel[STREAM_ALTITUDE][i] = 400 + 100 * sin(i / 900.0) + between(-0.3, 0.3);
                streams->channel[STREAM_HEARTRATE][i] = round(140 + 15 * sin(i / 300.0));
                streams->channel[STREAM_CADENCE][i] = 88;
                streams->channel[STREAM_WATTS][i] = round(between(120, 280));
        }
        b->activity = (struct activity_input) { .sport = SPORT_RIDE, .day = { FIRST_DAY }, .streams = streams };
        b->activity.athlete.sex = SEX_MALE;
        static const double values[PARAMETER_COUNT] = { 190, 50, 168, 250, 270, 114, 72 };
        for (int id = 0; id < PARAMETER_COUNT; id++)
                b->activity.athlete.values[id] = (struct athlete_parameter) { true, values[id], PARAMETER_GIVEN, { FIRST_DAY } };
}

int main(void)
{
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *keep = sai_arena_new((size_t)256 << 20);
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *scratch = sai_arena_new((size_t)256 << 20);
        struct bench b = { .today = { FIRST_DAY + DAYS - 1 } };
        struct streams streams = { 0 };
        b.rows = keep ? SAI_NEW_ARRAY(keep, struct column_row, ACTIVITIES) : NULL;
        if (!b.rows || !scratch || columns_begin(ACTIVITIES, keep, &b.columns, NULL) != SAI_OK)
                return 1;
        for (int i = 0; i < ACTIVITIES; i++) {
                make_row(&b.rows[i], i);
                columns_set(b.columns, (size_t)i, &b.rows[i]);
        }
        if (columns_finish(b.columns, ACTIVITIES, keep, NULL) != SAI_OK)
                return 1;
        make_activity(&b, &streams, keep);

        static const struct {
                const char *name;
                void (*run)(struct bench *, struct sai_arena *);
                int calls;
                int items; /* what one call goes over */
        } benches[] = {
                { "columns, build", run_build, 50, ACTIVITIES },
                { "columns, efficiency scores", run_score, 5, ACTIVITIES },
                { "summary, 10 years, compared", run_summary, 200, ACTIVITIES },
                { "trends, weeks", run_trends_week, 200, ACTIVITIES },
                { "trends, days", run_trends_day, 100, ACTIVITIES },
                { "fitness, 10 years of days", run_fitness, 200, DAYS },
                { "zones", run_zones, 200, ACTIVITIES },
                { "metrics of a 4-h ride", run_activity, 20, SAMPLES },
                { "chart indices, 1,000 of 14,400", run_lttb, 200, SAMPLES },
        };
        printf("%-34s %12s %10s\n", "", "ns a call", "ns an item");
        for (size_t i = 0; i < SAI_COUNT(benches); i++) {
                double ns = measure(benches[i].run, &b, scratch, benches[i].calls);
                printf("%-34s %12.0f %10.2f\n", benches[i].name, ns, ns / benches[i].items);
        }
        printf("columns: %zu bytes for %d activities\n", columns_bytes(b.columns), ACTIVITIES);
        return 0;
}
