/* keys.c -- `stravaai keys rotate`: everything that is sealed comes under the newest of DATA_KEYS. */
#include "cli/cli_internal.h"

#include "auth/key_use.h"
#include <stdio.h>
#include <string.h>

static const struct sai_field rotation_fields[] = {
        SAI_FIELD(struct key_rotation, links, .doc = "Links to Strava that were looked at"),
        SAI_FIELD(struct key_rotation, sealed, .doc = "Those that were sealed anew"),
        SAI_FIELD(struct key_rotation, dropped, .doc = "Keys that seal nothing any more"),
};
static const struct sai_model rotation_model = SAI_MODEL_OF(struct key_rotation, rotation_fields, "KeyRotation");

static int rotate(struct service *service, const struct words *words, struct sai_arena *arena)
{
        (void)arena;
        struct sai_err err = { 0 };
        struct key_rotation rotation;
        if (key_use_rotate(&service->auth, &rotation, &err) != SAI_OK)
                return command_failed(&err);
        if (word_value(words, "json"))
                cli_print_model(&rotation_model, &rotation);
        else
                printf("%lld links, %lld sealed anew under %s; %lld older keys seal nothing any more\n",
                       (long long)rotation.links, (long long)rotation.sealed, service->auth.data_keys.keys[0].id,
                       (long long)rotation.dropped);
        return EXIT_DONE;
}

int command_keys(const struct words *words)
{
        if (words->rest_count != 1 || strcmp(words->rest[0], "rotate") != 0)
                return command_misused(words, "there is `keys rotate`");
        return cli_with_service(words, rotate);
}
