/* streams.c -- the channel table and the one allocation that all readers share. */
#include "model/streams.h"

const struct stream_info stream_infos[STREAM_CHANNELS] = {
#define X(name, api_key, api_unit, kept) { api_key, api_unit, kept },
        STREAM_LIST(X)
#undef X
};

double *streams_channel(struct streams *streams, enum stream_channel channel, struct sai_arena *arena)
{
        if (streams->channel[channel])
                return streams->channel[channel];
        double *column = SAI_NEW_ARRAY(arena, double, streams->count ? streams->count : 1);
        if (!column)
                return NULL;
        for (size_t i = 0; i < streams->count; i++)
                column[i] = (double)NAN;
        streams->channel[channel] = column;
        return column;
}
