/* fit_beats.c -- decoding beats, and joining them into the records. */
#include "files/fit_beats.h"

#include <math.h>

static const double ticks_per_s = 1024;

static void add_beat(struct fit_beats *beats, uint8_t rate)
{
        if (rate == 0 || rate == UINT8_MAX || beats->count == beats->capacity)
                return;
        double time = beats->ticks;
        if (beats->has_anchor)
                time = beats->anchor_time + (int32_t)(beats->ticks - beats->anchor_ticks) / ticks_per_s;
        beats->items[beats->count++] = (struct fit_beat) { time, rate };
        if (beats->has_anchor)
                beats->first_untied = beats->count;
}

/* Ties ticks to the clock, and with them the beats that came before the first tie. */
static void set_anchor(struct fit_beats *beats, double time)
{
        beats->anchor_ticks = beats->ticks;
        beats->anchor_time = time;
        for (size_t i = beats->first_untied; i < beats->count; i++) {
                uint32_t ticks = (uint32_t)beats->items[i].time;
                beats->items[i].time = time + (int32_t)(ticks - beats->anchor_ticks) / ticks_per_s;
        }
        beats->first_untied = beats->count;
        beats->has_anchor = true;
}

enum { FIELD_FRACTION = 0, FIELD_RATES = 6, FIELD_TICKS = 9, FIELD_TICKS_12 = 10 };

static void take_full(struct fit_beats *beats, const struct fit_message *message, const uint8_t *ticks, size_t count,
                      const uint8_t *rates, size_t rate_count)
{
        const struct fit_definition *definition = message->definition;
        for (size_t i = 0; i < count; i++) {
                beats->ticks = fit_u32(ticks + i * 4, definition->big_endian);
                if (i == 0 && message->has_time) {
                        double fraction = fit_number(definition, message->payload, FIELD_FRACTION) / 32768;
                        set_anchor(beats, message->time + (isnan(fraction) ? 0 : fraction));
                }
                if (i < rate_count)
                        add_beat(beats, rates[i]);
        }
        beats->has_ticks = true;
}

void fit_beats_take(struct fit_beats *beats, const struct fit_message *message)
{
        size_t rate_count = 0, size;
        const uint8_t *rates = fit_bytes(message->definition, message->payload, FIELD_RATES, &rate_count);
        const uint8_t *full = fit_bytes(message->definition, message->payload, FIELD_TICKS, &size);
        if (full && size >= 4) {
                take_full(beats, message, full, size / 4, rates, rate_count);
                return;
        }
        const uint8_t *packed = fit_bytes(message->definition, message->payload, FIELD_TICKS_12, &size);
        if (!packed || !beats->has_ticks)
                return;
        for (size_t i = 0; i < size / 3 * 2 && i < rate_count; i++) {
                const uint8_t *pair = packed + i / 2 * 3;
                uint32_t low = i % 2 == 0 ? pair[0] | (pair[1] & 0x0Fu) << 8 : pair[1] >> 4 | (uint32_t)pair[2] << 4;
                beats->ticks += (low - beats->ticks) & 0xFFF;
                add_beat(beats, rates[i]);
        }
}

void fit_beats_end_part(struct fit_beats *beats)
{
        /* Without a tie in their part, nobody knows when they were. */
        beats->count = beats->first_untied;
        beats->has_ticks = beats->has_anchor = false;
}

static int compare_beats(const void *a, const void *b)
{
        const struct fit_beat *left = a, *right = b;
        return left->time < right->time ? -1 : left->time > right->time;
}

void fit_beats_sort(struct fit_beats *beats)
{
        /* They come in order but for the seams between parts. */
        for (size_t i = 1; i < beats->count; i++) {
                if (beats->items[i].time < beats->items[i - 1].time) {
                        qsort(beats->items, beats->count, sizeof *beats->items, compare_beats);
                        return;
                }
        }
}

sai_status fit_beats_join(const struct fit_beats *beats, struct streams *samples, struct sai_arena *arena, struct sai_err *err)
{
        const double longest_s = 5;
        const double *time = samples->channel[STREAM_TIME];
        if (beats->count == 0 || samples->count == 0)
                return SAI_OK;
        double *rate = streams_channel(samples, STREAM_HEARTRATE, arena);
        if (!rate)
                return sai_fail(err, SAI_NO_MEMORY, "heart rate of %zu records", samples->count);
        bool any = false;
        for (size_t i = 0, next = 0; i < samples->count; i++) {
                double from = i > 0 && time[i - 1] > time[i] - longest_s ? time[i - 1] : time[i] - longest_s, sum = 0;
                size_t count = 0;
                for (; next < beats->count && beats->items[next].time <= time[i]; next++) {
                        if (beats->items[next].time > from) {
                                sum += beats->items[next].rate;
                                count++;
                        }
                }
                bool recent = next > 0 && beats->items[next - 1].time > time[i] - longest_s;
                if (isnan(rate[i]) && (count || recent))
                        rate[i] = count ? sum / (double)count : beats->items[next - 1].rate;
                any |= !isnan(rate[i]);
        }
        if (!any)
                samples->channel[STREAM_HEARTRATE] = NULL;
        return SAI_OK;
}
