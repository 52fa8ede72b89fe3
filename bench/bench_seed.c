/* bench_seed.c -- the database that the service and its peer are measured on, made through the store as the service itself would.
 *
 *   STRAVAAI_DATA_DIR=… bench_seed fill     20 athletes with 1,500 activities and one with 5,000; for each a line
 *                                           `<user id> <activities> <id of one activity> <access token>`, the big one last
 *   STRAVAAI_DATA_DIR=… bench_seed touch ID the data version of an athlete moves by one, as after any change
 *
 * Rows are what a sync leaves behind when all metrics are computed: ten years of workouts, an outline of about a kilobyte, every column.
 * They follow from a fixed seed, so two runs measure the same bytes. Streams are left out: no measured request reads them. */
#include "analytics/geography.h"
#include "auth/session.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "cli/service.h"
#include "sim/generator.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Writers wait for the same fsync together: the more of them, the fewer commits. */
enum { ATHLETES = 21, USUAL = 1500, MOST = 5000, THREADS = 64, OUTLINE_POINTS = 110 };
static const int64_t first_start_s = 1451606400; /* 2016-01-01; the last activity of everybody is ten years later */
static const int64_t span_s = 315360000;

struct athlete {
        struct sai_id id, shown_id;
        size_t activities;
        struct persona persona;
};

struct filling {
        struct service *service;
        struct athlete athletes[ATHLETES];
        size_t total;
        _Atomic size_t next;
        _Atomic bool failed;
};

static void die(const char *what, const struct sai_err *err)
{
        fprintf(stderr, "bench_seed: %s: %s\n", what, err->detail);
        exit(1);
}

/* -- One activity ----------------------------------------------------------------------------------------------------- */

static const char *outline(const struct place *home, double distance_m, struct rng *rng, struct sai_arena *arena)
{
        double lat[OUTLINE_POINTS], lng[OUTLINE_POINTS];
        double step = distance_m / OUTLINE_POINTS / 111320, heading = rng_range(rng, 0, 6.28);
        lat[0] = home->latitude;
        lng[0] = home->longitude;
        for (int i = 1; i < OUTLINE_POINTS; i++) {
                heading += rng_normal(rng) * 0.4 + 6.28 / OUTLINE_POINTS;
                lat[i] = lat[i - 1] + step * cos(heading);
                lng[i] = lng[i - 1] + step * sin(heading) * 1.5;
        }
        struct sai_buf buf;
        sai_buf_init(&buf, SAI_KIB(16));
        polyline_encode(lat, lng, OUTLINE_POINTS, &buf);
        const char *text = buf.failed ? NULL : sai_arena_strndup(arena, buf.data, buf.len);
        sai_buf_done(&buf);
        return text;
}

static struct sai_opt_f64 some(double value) { return SAI_SOME(sai_opt_f64, value); }

static void share(struct zone_times *out, double total_s, int zones, struct rng *rng)
{
        struct sai_opt_f64 *members[] = { &out->z1, &out->z2, &out->z3, &out->z4, &out->z5, &out->z6, &out->z7 };
        double left = total_s;
        for (int i = 0; i < zones; i++) {
                double part = i == zones - 1 ? left : left * rng_range(rng, 0.2, 0.6);
                *members[i] = some(part);
                left -= part;
        }
}

/* What the activity's speed, heart rate and power say once computed. */
static void measure(struct activity *a, double intensity, struct rng *rng)
{
        struct activity_metrics_row *m = &a->metrics;
        bool ride = a->has_power;
        m->calories = some(a->moving_time.value * rng_range(rng, 0.14, 0.2));
        m->training_load = some(a->moving_time.value / 36 * intensity * intensity);
        m->training_load_method = SAI_SOME(sai_opt_enum, ride ? LOAD_POWER : LOAD_PACE);
        m->intensity = some(intensity);
        m->variability_index = some(rng_range(rng, 1, 1.12));
        m->decoupling = some(rng_range(rng, -3, 9));
        m->efficiency_factor = some(rng_range(rng, 1.2, 1.7));
        m->efficiency_score = some(rng_range(rng, 92, 108));
        m->pace = some(1000 / a->average_speed.value);
        if (ride)
                m->np = some(a->average_watts.value * 1.06);
        else
                m->grade_adjusted_pace = some(m->pace.value * rng_range(rng, 0.95, 1));
        share(&m->output_time, a->moving_time.value, ride ? POWER_ZONES : PACE_ZONES, rng);
        if (a->has_heartrate) {
                share(&m->hr_time, a->moving_time.value, HEART_RATE_ZONES, rng);
                share(&m->intensity_time, a->moving_time.value, INTENSITY_ZONES, rng);
                m->evidence.peak_heartrate = some(a->max_heartrate.value);
        }
        m->version = 1;
}

static void detail(struct activity *a, struct sai_arena *arena)
{
        enum { LAPS = 8 };
        static const char *const names[] = { "400m", "1k", "1 mile", "5k" };
        static const double metres[] = { 400, 1000, 1609.344, 5000 };
        struct activity_lap *laps = SAI_NEW_ARRAY(arena, struct activity_lap, LAPS);
        struct activity_best_effort *efforts = SAI_NEW_ARRAY(arena, struct activity_best_effort, SAI_COUNT(names));
        for (int i = 0; laps && i < LAPS; i++) {
                double time_s = a->moving_time.value / LAPS;
                laps[i] = (struct activity_lap) { .lap_index = i + 1,
                                                  .start_date = { a->start_date.ms + (int64_t)(i * time_s * 1000) },
                                                  .elapsed_time = some(time_s),
                                                  .moving_time = some(time_s),
                                                  .distance = some(a->distance.value / LAPS),
                                                  .average_speed = a->average_speed,
                                                  .max_speed = a->max_speed,
                                                  .average_heartrate = a->average_heartrate };
        }
        for (size_t i = 0; efforts && i < SAI_COUNT(names); i++)
                efforts[i] = (struct activity_best_effort) {
                        names[i],         metres[i], metres[i] / a->max_speed.value, 1000 / a->max_speed.value,
                        60.0 * (double)i, "computed"
                };
        a->laps = (struct sai_list) { laps, laps ? LAPS : 0 };
        a->best_efforts = (struct sai_list) { efforts, efforts ? SAI_COUNT(names) : 0 };
}

static sai_status make_activity(const struct athlete *athlete, size_t i, struct sai_arena *arena, struct activity *a)
{
        static const char *const times[] = { "Morning", "Lunch", "Afternoon", "Evening" };
        static const char absent_text[] = "{\"pace_100m\":\"not_applicable\"}";
        static const struct {
                const char *sport, *type, *word;
                double speed;
                bool power;
        } sports[] = {
                { "Run", "Run", "Run", 3.1, false },
                { "Ride", "Ride", "Ride", 8.2, true },
                { "TrailRun", "Run", "Trail Run", 2.6, false },
                { "VirtualRide", "VirtualRide", "Virtual Ride", 8.6, true },
        };
        struct rng rng = rng_of(athlete->persona.seed, i, 77);
        size_t which = rng_next(&rng) % SAI_COUNT(sports);
        double duration_s = rng_range(&rng, 1500, 9000), speed = sports[which].speed * rng_range(&rng, 0.85, 1.15),
               intensity = rng_range(&rng, 0.6, 1);
        int64_t start_s =
                first_start_s + (int64_t)((double)span_s * ((double)i + rng_unit(&rng) / 2) / (double)athlete->activities);
        struct sai_instant start = { start_s * 1000 };
        bool power = sports[which].power, heartrate = !rng_chance(&rng, 0.1);
        const struct place *home = athlete->persona.home;
        double *where = SAI_NEW_ARRAY(arena, double, 2);
        struct activity_source_ref *source = SAI_NEW(arena, struct activity_source_ref);
        if (!where || !source)
                return SAI_NO_MEMORY;
        where[0] = home->latitude;
        where[1] = home->longitude;
        *source =
                (struct activity_source_ref) { .key = sai_arena_printf(arena, "file:%016llx%016llx#0",
                                                                       (unsigned long long)rng_next(&rng), (unsigned long long)i),
                                               .kind = SOURCE_FILE,
                                               .fetched_at = { start.ms + 7200000 } };
        *a = (struct activity) {
                .user_id = athlete->id,
                .name = sai_arena_printf(arena, "%s %s, %s %zu", times[i % 4], sports[which].word, home->city, i + 1),
                .type = sports[which].type,
                .sport_type = sports[which].sport,
                .distance = some(duration_s * speed),
                .moving_time = some(duration_s),
                .elapsed_time = some(duration_s * 1.04),
                .total_elevation_gain = some(rng_range(&rng, 0, 900)),
                .average_speed = some(speed),
                .max_speed = some(speed * 1.6),
                .average_cadence = some(rng_range(&rng, 78, 92)),
                .start_date = start,
                .start_date_local = sai_zone_local(sai_zone_find(home->zone), start),
                .timezone = home->zone,
                .location_city = home->city,
                .location_country = home->country,
                .start_latlng = { where, 2 },
                .trainer = which == 3,
                .map = { outline(home, duration_s * speed, &rng, arena), 2 },
                .source = SOURCE_FILE,
                .sources = { source, 1 },
                .absent = { absent_text, sizeof absent_text - 1 },
                .created_at = { start.ms + 7200000 },
                .updated_at = { start.ms + 7200000 },
                .has_heartrate = heartrate,
                .has_power = power,
                .has_gps = true,
        };
        if (heartrate) {
                a->average_heartrate = some(rng_range(&rng, 118, 165));
                a->max_heartrate = some(a->average_heartrate.value + 22);
        }
        if (power) {
                a->average_watts = some(rng_range(&rng, 150, 260));
                a->device_watts = SAI_SOME(sai_opt_bool, true);
                a->weighted_average_watts = some(a->average_watts.value * 1.06);
                a->kilojoules = some(a->average_watts.value * duration_s / 1000);
        }
        measure(a, intensity, &rng);
        detail(a, arena);
        return a->name && a->map.summary_polyline && source->key ? SAI_OK : SAI_NO_MEMORY;
}

/* -- Filling ---------------------------------------------------------------------------------------------------------- */

static sai_status add_one(struct filling *filling, size_t i, struct sai_arena *arena, struct sai_err *err)
{
        size_t which = i / USUAL < ATHLETES ? i / USUAL : ATHLETES - 1;
        struct athlete *athlete = &filling->athletes[which];
        size_t number = i - which * USUAL;
        struct activity activity;
        if (make_activity(athlete, number, arena, &activity) != SAI_OK)
                return sai_fail(err, SAI_NO_MEMORY, "activity");
        activity.id = store_new_id(filling->service->store);
        if (number == athlete->activities / 2)
                athlete->shown_id = activity.id;
        return store_activity_put(filling->service->store, &activity, err);
}

static void *fill_some(void *context)
{
        struct filling *filling = context;
        struct sai_err err = { 0 };
        struct sai_arena *arena = sai_arena_new(SAI_MIB(4));
        for (size_t i; arena && !filling->failed && (i = filling->next++) < filling->total; sai_arena_reset(arena)) {
                if (add_one(filling, i, arena, &err) != SAI_OK) {
                        filling->failed = true;
                        fprintf(stderr, "bench_seed: %s\n", err.detail);
                }
        }
        filling->failed = filling->failed || !arena;
        sai_arena_free(arena);
        store_thread_done(filling->service->store);
        return NULL;
}

static sai_status add_athlete(struct service *service, int number, struct athlete *athlete, struct sai_err *err)
{
        *athlete = (struct athlete) { .id = store_new_id(service->store),
                                      .activities = number == ATHLETES ? MOST : USUAL,
                                      .persona = persona_make(7, number) };
        int64_t now = sai_now_ms(&service->clock);
        struct user user = { .id = athlete->id,
                             .username = "athlete",
                             .name = athlete->persona.first_name,
                             .firstname = athlete->persona.first_name,
                             .lastname = athlete->persona.last_name,
                             .birth_year = SAI_SOME(sai_opt_i64, athlete->persona.birth_year),
                             .city = athlete->persona.home->city,
                             .country = athlete->persona.home->country,
                             .preferences = { .timezone = athlete->persona.home->zone, .language = "en" },
                             .given = { .max_heartrate = some(athlete->persona.max_heartrate),
                                        .ftp = some(athlete->persona.ride_power) },
                             .created_at = { now },
                             .updated_at = { now } };
        return store_user_put(service->store, &user, err);
}

static void print_athlete(struct service *service, const struct athlete *athlete)
{
        struct sai_err err = { 0 };
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MIB(1));
        struct token_pair tokens;
        if (!arena || store_user_touch(service->store, athlete->id, &err) != SAI_OK ||
            session_open(&service->auth, athlete->id, SESSION_CLI, (struct session_device) { "bench", "local" }, arena, &tokens,
                         &err) != SAI_OK)
                die("session", &err);
        char id[SAI_ID_HEX + 1], shown[SAI_ID_HEX + 1];
        sai_id_format(athlete->id, id);
        sai_id_format(athlete->shown_id, shown);
        printf("%s %zu %s %s\n", id, athlete->activities, shown, tokens.access_token);
}

static int fill(struct service *service)
{
        static struct filling filling;
        pthread_t threads[THREADS];
        struct sai_err err = { 0 };
        filling.service = service;
        for (int i = 0; i < ATHLETES; i++) {
                if (add_athlete(service, i + 1, &filling.athletes[i], &err) != SAI_OK)
                        die("athlete", &err);
                filling.total += filling.athletes[i].activities;
        }
        for (int i = 0; i < THREADS; i++)
                if (pthread_create(&threads[i], NULL, fill_some, &filling) != 0)
                        die("thread", &err);
        for (int i = 0; i < THREADS; i++)
                pthread_join(threads[i], NULL);
        if (filling.failed)
                return 1;
        for (int i = 0; i < ATHLETES; i++)
                print_athlete(service, &filling.athletes[i]);
        return 0;
}

static int touch(struct service *service, const char *text)
{
        struct sai_id id;
        struct sai_err err = { 0 };
        if (!sai_id_parse(text, strlen(text), &id) || store_user_touch(service->store, id, &err) != SAI_OK)
                die("touch", &err);
        return 0;
}

int main(int argc, char **argv)
{
        static struct service service;
        struct sai_err err = { 0 };
        struct service_options options = { .migrate = true };
        bool filling = argc == 2 && strcmp(argv[1], "fill") == 0, touching = argc == 3 && strcmp(argv[1], "touch") == 0;
        if (!filling && !touching) {
                fprintf(stderr, "bench_seed fill | touch USER\n");
                return 2;
        }
        if (service_open(&options, &service, &err) != SAI_OK)
                die("service", &err);
        int code = filling ? fill(&service) : touch(&service, argv[2]);
        service_close(&service, false);
        return code;
}
