/* track.c -- ordering, merging and measuring samples. */
#include "files/track.h"

#include "base/limits.h"
#include <math.h>

struct keyed {
        double time;
        uint32_t row;
};

static bool out_of_order(const struct streams *samples)
{
        const double *time = samples->channel[STREAM_TIME];
        for (size_t i = 0; i < samples->count; i++) {
                if (!isfinite(time[i]) || (i > 0 && !(time[i] >= time[i - 1])))
                        return true;
        }
        return false;
}

static int compare_keyed(const void *a, const void *b)
{
        const struct keyed *left = a, *right = b;
        if (left->time != right->time)
                return left->time < right->time ? -1 : 1;
        return left->row < right->row ? -1 : 1;
}

sai_status track_sort(struct streams *samples, struct sai_arena *arena, struct sai_err *err)
{
        if (samples->count == 0 || !samples->channel[STREAM_TIME]) {
                *samples = (struct streams) { 0 };
                return SAI_OK;
        }
        if (!out_of_order(samples))
                return SAI_OK;
        struct keyed *keys = SAI_NEW_ARRAY(arena, struct keyed, samples->count);
        double *copy = SAI_NEW_ARRAY(arena, double, samples->count);
        if (!keys || !copy)
                return sai_fail(err, SAI_NO_MEMORY, "sorting %zu samples", samples->count);
        size_t count = 0;
        for (size_t i = 0; i < samples->count; i++) {
                double time = samples->channel[STREAM_TIME][i];
                if (isfinite(time))
                        keys[count++] = (struct keyed) { time, (uint32_t)i };
        }
        qsort(keys, count, sizeof *keys, compare_keyed);
        for (int c = 0; c < STREAM_CHANNELS; c++) {
                double *column = samples->channel[c];
                if (!column)
                        continue;
                memcpy(copy, column, samples->count * sizeof *copy);
                for (size_t i = 0; i < count; i++)
                        column[i] = copy[keys[i].row];
        }
        samples->count = count;
        return SAI_OK;
}

static size_t first_duplicate(const struct streams *samples)
{
        const double *time = samples->channel[STREAM_TIME];
        for (size_t i = 1; i < samples->count; i++) {
                if (time[i] == time[i - 1])
                        return i;
        }
        return samples->count;
}

void track_merge(struct streams *samples)
{
        if (samples->count == 0)
                return;
        double *const *columns = samples->channel;
        size_t from = first_duplicate(samples), to = from;
        for (; from < samples->count; from++) {
                bool same = columns[STREAM_TIME][from] == columns[STREAM_TIME][to - 1];
                size_t target = same ? to - 1 : to++;
                for (int c = 0; c < STREAM_CHANNELS; c++) {
                        if (columns[c] && !(same && isnan(columns[c][from])))
                                columns[c][target] = columns[c][from];
                }
        }
        samples->count = to;
}

static bool has_values(const double *column, size_t count)
{
        for (size_t i = 0; i < count; i++) {
                if (!isnan(column[i]))
                        return true;
        }
        return false;
}

struct streams track_slice(const struct streams *samples, size_t from, size_t to)
{
        struct streams slice = { .count = to - from };
        for (int c = 0; c < STREAM_CHANNELS && slice.count; c++) {
                if (samples->channel[c] && has_values(samples->channel[c] + from, slice.count))
                        slice.channel[c] = samples->channel[c] + from;
        }
        return slice;
}

size_t track_find(const struct streams *samples, double time)
{
        size_t low = 0, high = samples->count;
        while (low < high) {
                size_t middle = low + (high - low) / 2;
                if (samples->channel[STREAM_TIME][middle] < time)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

void track_drop_impossible(struct streams *samples)
{
        double *latitude = samples->channel[STREAM_LATITUDE], *longitude = samples->channel[STREAM_LONGITUDE];
        if (!latitude || !longitude) {
                samples->channel[STREAM_LATITUDE] = samples->channel[STREAM_LONGITUDE] = NULL;
                return;
        }
        bool any = false;
        for (size_t i = 0; i < samples->count; i++) {
                bool there = fabs(latitude[i]) <= 90 && fabs(longitude[i]) <= 180 && (latitude[i] != 0 || longitude[i] != 0);
                if (!there)
                        latitude[i] = longitude[i] = (double)NAN;
                any |= there;
        }
        if (!any)
                samples->channel[STREAM_LATITUDE] = samples->channel[STREAM_LONGITUDE] = NULL;
}

void track_mend_distance(struct streams *samples)
{
        enum { NOISE_M = 5 };
        double *distance = samples->channel[STREAM_DISTANCE];
        double base = 0, last_raw = (double)NAN, last = 0;
        for (size_t i = 0; distance && i < samples->count; i++) {
                double raw = distance[i];
                if (isnan(raw))
                        continue;
                if (raw < last_raw - NOISE_M)
                        base = last;
                last_raw = raw;
                double total = base + raw;
                distance[i] = last = total > last ? total : last;
        }
}

double track_last(const struct streams *samples, enum stream_channel channel)
{
        const double *column = samples->channel[channel];
        for (size_t i = column ? samples->count : 0; i > 0; i--) {
                if (!isnan(column[i - 1]))
                        return column[i - 1];
        }
        return (double)NAN;
}

static double pauses_total(const struct recording_session *session)
{
        double total = 0;
        for (size_t i = 0; i < session->pause_count; i++)
                total += session->pauses[i].start_s - session->pauses[i].stop_s;
        return total;
}

sai_status track_complete(struct recording_session *session, struct sai_arena *arena, struct sai_err *err)
{
        struct streams *samples = &session->streams;
        track_drop_impossible(samples);
        track_mend_distance(samples);
        if (!samples->channel[STREAM_DISTANCE] && samples->channel[STREAM_LATITUDE]) {
                sai_status status = track_measure(samples, sport_family(session->sport), arena, &session->rejected_fixes, err);
                if (status)
                        return status;
        }
        if (!SAI_HAS(session->elapsed_s))
                session->elapsed_s = sai_opt_from_nan(track_last(samples, STREAM_TIME));
        if (!SAI_HAS(session->timer_s) && SAI_HAS(session->elapsed_s))
                session->timer_s = SAI_SOME(sai_opt_f64, fmax(0, session->elapsed_s.value - pauses_total(session)));
        if (!SAI_HAS(session->distance_m))
                session->distance_m = sai_opt_from_nan(track_last(samples, STREAM_DISTANCE));
        return SAI_OK;
}
