/* scopes.c -- the permissions an athlete can grant, by name. */
#include "sim/sim_internal.h"

const struct scope_name scope_names[7] = {
        { "read", SCOPE_READ, "public profile" },
        { "read_all", SCOPE_READ_ALL, "private routes, segments and events" },
        { "profile:read_all", SCOPE_PROFILE_READ_ALL, "full profile and zones" },
        { "profile:write", SCOPE_PROFILE_WRITE, "change weight and FTP" },
        { "activity:read", SCOPE_ACTIVITY_READ, "activities visible to Everyone or Followers" },
        { "activity:read_all", SCOPE_ACTIVITY_READ_ALL, "all activities, and the points in privacy zones" },
        { "activity:write", SCOPE_ACTIVITY_WRITE, "create and change activities" },
};

static uint32_t bit_of(struct sai_text name)
{
        for (size_t i = 0; i < SAI_COUNT(scope_names); i++)
                if (sai_text_is(name, scope_names[i].name))
                        return scope_names[i].bit;
        return 0;
}

bool scope_parse(struct sai_text text, uint32_t *ret_scopes)
{
        uint32_t scopes = 0;
        for (size_t at = 0; at <= text.len;) {
                size_t end = at;
                while (end < text.len && text.data[end] != ',' && text.data[end] != ' ')
                        end++;
                uint32_t bit = bit_of((struct sai_text) { text.data + at, end - at });
                if (bit == 0 || (scopes & bit))
                        return false;
                scopes |= bit;
                at = end + 1;
        }
        *ret_scopes = scopes;
        return true;
}

void scope_format(uint32_t scopes, struct sai_buf *buf)
{
        bool first = true;
        for (size_t i = 0; i < SAI_COUNT(scope_names); i++) {
                if (!(scopes & scope_names[i].bit))
                        continue;
                if (!first)
                        sai_buf_char(buf, ',');
                first = false;
                sai_buf_text(buf, scope_names[i].name);
        }
}
