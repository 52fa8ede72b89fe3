/* Every reader of Strava's answers over the same bytes. The first byte picks the reader, so that the corpus can aim. What is read is also
 * looked at: slices must lie inside the input, and columns must keep their promises. */
#include <stdint.h>
#include <stdlib.h>

#include "base/limits.h"
#include "client/strava/strava.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
        if (!condition)
                abort();
}

static void check_inside(struct sai_text slice, struct sai_text body)
{
        require(slice.data >= body.data && slice.data + slice.len <= body.data + body.len);
}

static void check_page(const struct strava_page *page, struct sai_text body)
{
        require(page->received == page->count + page->refused_count);
        for (size_t i = 0; i < page->count; i++) {
                check_inside(page->items[i].raw, body);
                require(page->items[i].id > 0 && page->items[i].name);
                require(page->items[i].start_latlng.count == 0 || page->items[i].start_latlng.count == 2);
        }
        for (size_t i = 0; i < page->refused_count; i++)
                check_inside(page->refused[i].raw, body);
}

static void check_streams(const struct streams *streams)
{
        const double *time = streams->channel[STREAM_TIME];
        for (size_t i = 1; time && i < streams->count; i++)
                require(time[i] > time[i - 1]);
        for (int c = 0; c < STREAM_CHANNELS; c++) {
                for (size_t i = 0; streams->channel[c] && i < streams->count; i++)
                        require(!isinf(streams->channel[c][i]));
        }
}

static void read_as(unsigned kind, struct sai_text body, struct sai_arena *arena)
{
        struct sai_err err = { 0 };
        struct strava_page page;
        struct strava_activity activity;
        struct strava_athlete athlete;
        struct strava_zones zones;
        struct strava_token token;
        struct streams streams;
        struct strava_error error;
        switch (kind) {
        case 0:
                if (strava_read_page(body, arena, &page, &err) == SAI_OK)
                        check_page(&page, body);
                break;
        case 1:
                if (strava_read_activity(body, arena, &activity, &err) == SAI_OK)
                        check_inside(activity.raw, body);
                break;
        case 2:
                if (strava_read_streams(body, arena, &streams, &err) == SAI_OK)
                        check_streams(&streams);
                break;
        case 3:
                if (strava_read_token(body, 0, arena, &token, &err) == SAI_OK)
                        require(token.access_token && token.refresh_token);
                break;
        case 4:
                if (strava_read_athlete(body, arena, &athlete, &err) == SAI_OK)
                        require(athlete.id > 0);
                break;
        case 5:
                if (strava_read_zones(body, arena, &zones, &err) == SAI_OK)
                        require(zones.heart_rate.zones.count <= 32);
                break;
        default:
                strava_classify(400 + (int)(body.len % 200), body, &error);
                require(error.class != STRAVA_OK && error.class < STRAVA_CLASS_COUNT);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        if (size == 0)
                return 0;
        struct sai_arena *arena = sai_arena_new(SAI_MIB(16));
        if (!arena)
                return 0;
        read_as((unsigned)(data[0] - '0'), (struct sai_text) { (const char *)data + 1, size - 1 }, arena);
        sai_arena_free(arena);
        return 0;
}
