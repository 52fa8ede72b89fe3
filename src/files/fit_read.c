/* fit_read.c -- understanding a decoded FIT file as a recording.
 *
 * A file holds sessions, and everything else in it (records, laps, pool lengths, timer events) belongs to the last session that had
 * started by then. A file that was cut before its session message was written is still worth reading: one session is made from the
 * records. Watches without a clock count from their own start; the activity message ties that to a wall clock without a zone, and then
 * every time here is local. */
#include "files/formats.h"

#include "base/limits.h"
#include "files/fit_frame.h"
#include "files/fit_profile.h"
#include "files/fit_raw.h"
#include "files/track.h"
#include <math.h>

struct builder {
        struct sai_arena *arena;
        struct notes *notes;
        struct fit_raw *raw;
        struct recording *recording;
        bool local; /* times are device-relative, tied to the wall clock by `shift_s` */
        double shift_s; /* added to FIT seconds to get Unix seconds (or local ones) */
        struct sai_opt_i64 utc_offset_s;
        double starts[SAI_MAX_RECORDING_SESSIONS]; /* FIT seconds, ascending */
};

static struct sai_instant instant_of(const struct builder *b, double fit_seconds)
{
        return (struct sai_instant) { (int64_t)llround((fit_seconds + b->shift_s) * 1000) };
}

/* ---- time ----------------------------------------------------------------------------------------------------- */

static bool is_real(double time) { return time >= FIT_FIRST_REAL_TIME; }

/* Records without a time get that of the one before them, so that their values are merged into it. */
static void fill_times(struct streams *records, bool local)
{
        double *time = records->channel[STREAM_TIME];
        double last = (double)NAN;
        for (size_t i = 0; i < records->count; i++) {
                if (isnan(time[i]) || is_real(time[i]) == local)
                        time[i] = last;
                else
                        last = time[i];
        }
}

static void read_utc_offset(struct builder *b)
{
        enum { QUARTER_S = 900, LARGEST_S = 14 * 3600 };
        const struct fit_summary *activity = &b->raw->activity;
        if (!b->raw->has_activity || !is_real(activity->time) || !is_real(activity->local_time))
                return;
        double offset = round((activity->local_time - activity->time) / QUARTER_S) * QUARTER_S;
        if (fabs(offset) <= LARGEST_S)
                b->utc_offset_s = SAI_SOME(sai_opt_i64, (int64_t)offset);
}

static sai_status tie_times(struct builder *b, const char **reterr_reason, struct sai_err *err)
{
        struct fit_raw *raw = b->raw;
        double first = raw->sessions.count ? raw->sessions.items[0].start : (double)NAN;
        for (size_t i = 0; isnan(first) && i < raw->records.count; i++)
                first = raw->records.channel[STREAM_TIME][i];
        b->shift_s = FIT_EPOCH_UNIX_S;
        b->local = first < FIT_FIRST_REAL_TIME;
        read_utc_offset(b);
        if (!b->local)
                return SAI_OK;
        const struct fit_summary *activity = &raw->activity;
        if (!raw->has_activity || !(activity->time < FIT_FIRST_REAL_TIME) || !is_real(activity->local_time)) {
                *reterr_reason = "no_start_time";
                return sai_fail(err, SAI_INVALID, "times count from the device's start and nothing ties them to a clock");
        }
        b->shift_s += activity->local_time - activity->time;
        return SAI_OK;
}

/* ---- sessions ------------------------------------------------------------------------------------------------- */

static struct sai_opt_f64 enhanced_or(double enhanced, double plain)
{
        return sai_opt_from_nan(isnan(enhanced) ? plain : enhanced);
}

static double with_fraction(double cadence, double fraction) { return isnan(fraction) ? cadence : cadence + fraction; }

static double above_zero(double value) { return value > 0 ? value : (double)NAN; }

static double start_of(const struct fit_summary *summary)
{
        if (!isnan(summary->start))
                return summary->start;
        return isnan(summary->elapsed) ? summary->time : summary->time - summary->elapsed;
}

static void set_sport(struct recording_session *session, double sport, double sub_sport)
{
        struct fit_sport_meaning meaning =
                fit_sport_meaning(fit_as_unsigned(sport, UINT8_MAX, UINT8_MAX), fit_as_unsigned(sub_sport, UINT8_MAX, UINT8_MAX));
        session->sport = meaning.sport;
        session->sport_known = meaning.known;
        session->transition = meaning.transition;
        session->indoor = meaning.indoor;
}

static void fill_session(const struct fit_summary *from, struct recording_session *session)
{
        set_sport(session, from->sport, from->sub_sport);
        session->elapsed_s = sai_opt_from_nan(from->elapsed);
        session->timer_s = sai_opt_from_nan(from->timer);
        session->distance_m = sai_opt_from_nan(from->distance);
        session->ascent_m = sai_opt_from_nan(from->ascent);
        session->descent_m = sai_opt_from_nan(from->descent);
        session->calories_kcal = sai_opt_from_nan(from->calories);
        session->max_speed = enhanced_or(from->enhanced_max_speed, from->max_speed);
        session->average_heartrate = sai_opt_from_nan(above_zero(from->average_heartrate));
        session->max_heartrate = sai_opt_from_nan(above_zero(from->max_heartrate));
        session->average_cadence = sai_opt_from_nan(with_fraction(from->average_cadence, from->average_cadence_fraction));
        session->average_watts = sai_opt_from_nan(from->average_watts);
        session->max_watts = sai_opt_from_nan(from->max_watts);
        session->pool_length_m = sai_opt_from_nan(above_zero(from->pool_length));
}

/* The session that the file does not have: from what else says the sport, and from the first record on. */
static void invent_session(struct builder *b, struct fit_summary *ret)
{
        const struct fit_raw *raw = b->raw;
        const struct fit_summary *hint = raw->has_sport ? &raw->sport : raw->laps.count ? &raw->laps.items[0] : NULL;
        double *members = (double *)(void *)ret;
        for (size_t i = 0; i < sizeof *ret / sizeof *members; i++)
                members[i] = (double)NAN;
        if (hint) {
                ret->sport = hint->sport;
                ret->sub_sport = hint->sub_sport;
        }
        ret->start = raw->records.channel[STREAM_TIME][0];
        notes_add(b->notes, "no session message: start, time and distance are the records'");
}

/* Few sessions, nearly always in order. */
static void sort_sessions(struct fit_summary *sessions, size_t count)
{
        for (size_t i = 1; i < count; i++) {
                struct fit_summary moving = sessions[i];
                size_t at = i;
                for (; at > 0 && sessions[at - 1].start > moving.start; at--)
                        sessions[at] = sessions[at - 1];
                sessions[at] = moving;
        }
}

/* The session messages that have a start, in order of time; or one made up. */
static sai_status list_sessions(struct builder *b, struct fit_summary *invented, struct fit_list *ret_sessions,
                                const char **reterr_reason, struct sai_err *err)
{
        struct fit_list *list = &b->raw->sessions;
        size_t kept = 0;
        for (size_t i = 0; i < list->count; i++) {
                struct fit_summary *session = &list->items[i];
                session->start = start_of(session);
                if (isnan(session->start) || is_real(session->start) == b->local)
                        notes_add(b->notes, "session %zu has no usable start and is left out", i + 1);
                else
                        list->items[kept++] = *session;
        }
        list->count = kept;
        *ret_sessions = *list;
        if (kept == 0 && b->raw->records.count == 0) {
                *reterr_reason = "no_start_time";
                return sai_fail(err, SAI_INVALID, "neither a session nor a record says when it was");
        }
        if (kept == 0) {
                invent_session(b, invented);
                *ret_sessions = (struct fit_list) { invented, 1, 1 };
        }
        sort_sessions(ret_sessions->items, ret_sessions->count);
        return SAI_OK;
}

/* A few records just before the session are the device's haste. Many mean that the session's start is wrong. */
static void reconcile_start(struct builder *b, struct fit_summary *first, size_t session_end)
{
        size_t early = track_find(&b->raw->records, first->start);
        if (early * 20 <= session_end || early == 0)
                return;
        notes_add(b->notes, "%zu records lie before their session: it starts with the first of them", early);
        first->start = b->raw->records.channel[STREAM_TIME][0];
        first->elapsed = first->timer = (double)NAN;
}

/* ---- records -------------------------------------------------------------------------------------------------- */

/* In a file of several sports the distance often counts through; each session starts at 0. */
static void restart_distance(struct streams *samples, double before)
{
        double *distance = samples->channel[STREAM_DISTANCE];
        if (!distance || isnan(before))
                return;
        double first = (double)NAN;
        for (size_t i = 0; i < samples->count && isnan(first); i++)
                first = distance[i];
        for (size_t i = 0; i < samples->count && first >= before; i++)
                distance[i] -= before;
}

static sai_status cut_samples(struct builder *b, size_t index, size_t session_count, double distance_before, double *ret_distance,
                              struct sai_err *err)
{
        const struct streams *records = &b->raw->records;
        struct recording_session *session = &b->recording->sessions[index];
        *ret_distance = distance_before;
        if (records->count == 0)
                return SAI_OK;
        size_t to = index + 1 < session_count ? track_find(records, b->starts[index + 1]) : records->count;
        size_t from = track_find(records, b->starts[index]);
        session->point_count += to - from;
        session->streams = track_slice(records, from, to);
        if (session->streams.count == 0)
                return SAI_OK;
        track_merge(&session->streams);
        double last = track_last(&session->streams, STREAM_DISTANCE);
        if (!isnan(last))
                *ret_distance = last;
        restart_distance(&session->streams, distance_before);
        sai_status status = fit_beats_join(&b->raw->beats, &session->streams, b->arena, err);
        for (size_t i = 0; i < session->streams.count; i++)
                session->streams.channel[STREAM_TIME][i] -= b->starts[index];
        return status;
}

/* ---- laps, lengths, pauses ------------------------------------------------------------------------------------ */

static size_t session_at(const struct builder *b, double time)
{
        size_t index = 0;
        while (index + 1 < b->recording->session_count && b->starts[index + 1] <= time)
                index++;
        return index;
}

static int compare_starts(const void *a, const void *b)
{
        const struct fit_summary *left = a, *right = b;
        if (left->start != right->start)
                return left->start < right->start ? -1 : 1;
        return left->time < right->time ? -1 : left->time > right->time;
}

/* Gives every entry a start and sorts the list, so that a session's entries lie together. */
static void order_list(const struct builder *b, struct fit_list *list)
{
        for (size_t i = 0; i < list->count; i++) {
                double start = start_of(&list->items[i]);
                list->items[i].start = isnan(start) ? b->starts[0] : start;
        }
        if (list->count)
                qsort(list->items, list->count, sizeof *list->items, compare_starts);
}

/* The entries of session `index` start at *at; returns how many. */
static size_t take_entries(const struct builder *b, const struct fit_list *list, size_t index, size_t *at)
{
        size_t from = *at;
        while (*at < list->count && session_at(b, list->items[*at].start) == index)
                ++*at;
        return *at - from;
}

static void fill_lap(const struct builder *b, const struct fit_summary *from, struct recording_lap *lap)
{
        *lap = (struct recording_lap) {
                .start = instant_of(b, from->start),
                .elapsed_s = sai_opt_from_nan(from->elapsed),
                .timer_s = sai_opt_from_nan(from->timer),
                .distance_m = sai_opt_from_nan(from->distance),
                .average_heartrate = sai_opt_from_nan(above_zero(from->average_heartrate)),
                .max_heartrate = sai_opt_from_nan(above_zero(from->max_heartrate)),
                .average_cadence = sai_opt_from_nan(with_fraction(from->average_cadence, from->average_cadence_fraction)),
                .average_watts = sai_opt_from_nan(from->average_watts),
                .ascent_m = sai_opt_from_nan(from->ascent),
                .max_speed = enhanced_or(from->enhanced_max_speed, from->max_speed),
        };
}

static void fill_length(const struct builder *b, const struct fit_summary *from, struct recording_length *length)
{
        *length = (struct recording_length) {
                .start = instant_of(b, from->start),
                .elapsed_s = isnan(from->elapsed) ? 0 : from->elapsed,
                .active = from->length_type == 1,
                .strokes = sai_opt_from_nan(from->strokes),
        };
}

static sai_status hand_out_laps(struct builder *b, struct sai_err *err)
{
        const struct fit_list *laps = &b->raw->laps, *lengths = &b->raw->lengths;
        size_t lap_at = 0, length_at = 0;
        order_list(b, &b->raw->laps);
        order_list(b, &b->raw->lengths);
        for (size_t i = 0; i < b->recording->session_count; i++) {
                struct recording_session *session = &b->recording->sessions[i];
                size_t lap_from = lap_at, length_from = length_at;
                session->lap_count = take_entries(b, laps, i, &lap_at);
                session->length_count = take_entries(b, lengths, i, &length_at);
                if (session->lap_count)
                        session->laps = SAI_NEW_ARRAY(b->arena, struct recording_lap, session->lap_count);
                if (session->length_count)
                        session->lengths = SAI_NEW_ARRAY(b->arena, struct recording_length, session->length_count);
                if ((session->lap_count && !session->laps) || (session->length_count && !session->lengths))
                        return sai_fail(err, SAI_NO_MEMORY, "laps of a recording");
                for (size_t k = 0; k < session->lap_count; k++)
                        fill_lap(b, &laps->items[lap_from + k], &session->laps[k]);
                for (size_t k = 0; k < session->length_count; k++)
                        fill_length(b, &lengths->items[length_from + k], &session->lengths[k]);
        }
        return SAI_OK;
}

static bool stops_timer(double type) { return type == 1 || type == 4 || type == 8 || type == 9; }

/* A pause is a stop that is followed by a start within one session; the last stop is the end. */
static sai_status find_pauses(struct builder *b, struct sai_err *err)
{
        const struct fit_list *events = &b->raw->events;
        if (events->count == 0)
                return SAI_OK;
        qsort(events->items, events->count, sizeof *events->items, compare_starts);
        for (size_t s = 0, i = 0; s < b->recording->session_count; s++) {
                struct recording_session *session = &b->recording->sessions[s];
                size_t first = i;
                while (i < events->count && (s + 1 == b->recording->session_count || events->items[i].start < b->starts[s + 1]))
                        i++;
                if (i - first < 2)
                        continue;
                session->pauses = SAI_NEW_ARRAY(b->arena, struct recording_pause, i - first);
                if (!session->pauses)
                        return sai_fail(err, SAI_NO_MEMORY, "pauses of a recording");
                double stop = (double)NAN;
                for (size_t k = first; k < i; k++) {
                        double at = events->items[k].start - b->starts[s], type = events->items[k].event_type;
                        if (stops_timer(type) && isnan(stop) && at >= 0) {
                                stop = at;
                        } else if (type == 0) {
                                if (at > stop)
                                        session->pauses[session->pause_count++] = (struct recording_pause) { stop, at };
                                stop = (double)NAN;
                        }
                }
        }
        return SAI_OK;
}

/* Events have no start of their own: sort and compare them by their time. Those without one go. */
static void prepare_events(struct fit_list *events, bool local)
{
        size_t kept = 0;
        for (size_t i = 0; i < events->count; i++) {
                struct fit_summary *event = &events->items[i];
                event->start = event->time;
                /* A stop and a start in one second: first the one that came first. */
                event->time = (double)i;
                if (!isnan(event->start) && is_real(event->start) != local)
                        events->items[kept++] = *event;
        }
        events->count = kept;
}

/* ---- the recording -------------------------------------------------------------------------------------------- */

static const char *device_name(const struct builder *b)
{
        const struct fit_raw *raw = b->raw;
        const char *manufacturer = fit_manufacturer_name(raw->manufacturer);
        const char *product = raw->product_name ? raw->product_name : fit_product_name(raw->manufacturer, raw->product);
        if ((raw->manufacturer == UINT16_MAX || raw->manufacturer == FIT_MANUFACTURER_DEVELOPMENT) && !product)
                return NULL;
        if (manufacturer && product)
                return strncmp(product, manufacturer, strlen(manufacturer)) == 0
                               ? product
                               : sai_arena_printf(b->arena, "%s %s", manufacturer, product);
        if (product)
                return product;
        if (raw->product == UINT16_MAX || raw->product == 0)
                return manufacturer ? manufacturer : sai_arena_printf(b->arena, "manufacturer %u", raw->manufacturer);
        return manufacturer ? sai_arena_printf(b->arena, "%s %u", manufacturer, raw->product)
                            : sai_arena_printf(b->arena, "manufacturer %u product %u", raw->manufacturer, raw->product);
}

static sai_status check_kind(const struct fit_raw *raw, const char **reterr_reason, struct sai_err *err)
{
        bool nothing = raw->sessions.count == 0 && raw->records.count == 0;
        if (raw->has_file_id && raw->file_type != FIT_FILE_TYPE_ACTIVITY) {
                *reterr_reason = "not_an_activity";
                return sai_fail(err, SAI_INVALID, "the FIT file is of type %u, an activity is 4", raw->file_type);
        }
        if (!nothing)
                return SAI_OK;
        *reterr_reason = raw->cut ? "truncated" : raw->corrupt ? "corrupt" : raw->has_file_id ? "no_points" : "not_an_activity";
        return sai_fail(err, SAI_INVALID, "the FIT file has neither a session nor a record");
}

static sai_status build_sessions(struct builder *b, const struct fit_list *sessions, struct sai_err *err)
{
        struct recording *recording = b->recording;
        recording->sessions = SAI_NEW_ARRAY(b->arena, struct recording_session, sessions->count);
        if (!recording->sessions)
                return sai_fail(err, SAI_NO_MEMORY, "sessions of a recording");
        recording->session_count = sessions->count;
        double distance = (double)NAN;
        for (size_t i = 0; i < sessions->count; i++) {
                struct recording_session *session = &recording->sessions[i];
                fill_session(&sessions->items[i], session);
                struct sai_instant start = instant_of(b, b->starts[i]);
                if (b->local)
                        session->start_local = SAI_SOME(sai_opt_local, ((struct sai_local) { start.ms }));
                else
                        session->start = SAI_SOME(sai_opt_instant, start);
                session->utc_offset_s = b->utc_offset_s;
                sai_status status = cut_samples(b, i, sessions->count, distance, &distance, err);
                if (status)
                        return status;
        }
        return SAI_OK;
}

static sai_status build(struct builder *b, const char **reterr_reason, struct sai_err *err)
{
        struct fit_raw *raw = b->raw;
        struct fit_summary invented;
        struct fit_list sessions;
        size_t in_file = raw->records.count;
        fill_times(&raw->records, b->local);
        sai_status status = track_sort(&raw->records, b->arena, err);
        if (!status)
                status = list_sessions(b, &invented, &sessions, reterr_reason, err);
        if (status)
                return status;
        if (raw->records.count)
                reconcile_start(b, &sessions.items[0],
                                sessions.count > 1 ? track_find(&raw->records, sessions.items[1].start) : raw->records.count);
        for (size_t i = 0; i < sessions.count; i++)
                b->starts[i] = sessions.items[i].start;
        fit_beats_sort(&raw->beats);
        prepare_events(&raw->events, b->local);
        status = build_sessions(b, &sessions, err);
        if (!status)
                status = hand_out_laps(b, err);
        if (!status)
                status = find_pauses(b, err);
        /* Records without any time, or before the first session, were in the file all the same. */
        size_t placed = 0;
        for (size_t i = 0; i < b->recording->session_count; i++)
                placed += b->recording->sessions[i].point_count;
        if (b->recording->session_count)
                b->recording->sessions[0].point_count += in_file - placed;
        for (size_t i = 0; !status && i < b->recording->session_count; i++)
                status = track_complete(&b->recording->sessions[i], b->arena, err);
        return status;
}

sai_status fit_read(const void *data, size_t len, struct sai_arena *arena, struct notes *notes, struct recording *ret_recording,
                    const char **reterr_reason, struct sai_err *err)
{
        struct fit_raw raw;
        struct recording recording = { .format = RECORDING_FIT };
        struct builder b = { .arena = arena, .notes = notes, .raw = &raw, .recording = &recording };
        sai_status status = fit_raw_read(data, len, arena, notes, &raw, reterr_reason, err);
        if (!status)
                status = check_kind(&raw, reterr_reason, err);
        if (!status)
                status = tie_times(&b, reterr_reason, err);
        if (!status)
                status = build(&b, reterr_reason, err);
        if (status)
                return status;
        recording.name = raw.workout_name;
        recording.device = device_name(&b);
        *ret_recording = recording;
        return SAI_OK;
}
