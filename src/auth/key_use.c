/* key_use.c -- see key_use.h. */
#include "auth/key_use.h"

#include "auth/strava_access.h"
#include "base/limits.h"
#include "store/store.h"
#include <string.h>

enum { PAGE = 100, NOTES = 64 };
static const char prefix[] = "data-key:";
/* The notes of all keys have one holder, so that they can be listed. No id that is made is this one: those begin with the time. */
static const struct sai_id holder = { { 'd', 'a', 't', 'a', '-', 'k', 'e', 'y', 's', 0, 0, 0 } };

static bool in_ring(const struct data_ring *ring, const char *id)
{
        for (size_t i = 0; i < ring->count; i++)
                if (strcmp(ring->keys[i].id, id) == 0)
                        return true;
        return false;
}

static sai_status list_notes(const struct auth *auth, struct sai_arena *arena, const char *(*ret_ids)[NOTES], size_t *ret_count,
                             struct sai_err *err)
{
        const char *keys[NOTES];
        size_t count;
        sai_status status = store_claims_of(auth->store, holder, arena, keys, NOTES, &count, err);
        *ret_count = 0;
        for (size_t i = 0; status == SAI_OK && i < count; i++)
                if (strncmp(keys[i], prefix, sizeof prefix - 1) == 0)
                        (*ret_ids)[(*ret_count)++] = keys[i] + sizeof prefix - 1;
        return status;
}

static sai_status note(const struct auth *auth, const char *id, struct sai_err *err)
{
        char key[sizeof prefix + KEY_ID_MAX];
        struct sai_id other;
        snprintf(key, sizeof key, "%s%s", prefix, id);
        return store_claim(auth->store, key, holder, &other, err);
}

sai_status key_use_check(const struct auth *auth, struct sai_err *err)
{
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_KIB(64));
        const char *ids[NOTES];
        size_t count;
        if (!arena)
                return sai_fail(err, SAI_NO_MEMORY, "keys");
        sai_status status = list_notes(auth, arena, &ids, &count, err);
        if (status != SAI_OK)
                return status;
        for (size_t i = 0; i < count; i++) {
                if (!in_ring(&auth->data_keys, ids[i]))
                        return sai_fail(err, SAI_INVALID,
                                        "the key %s still seals secrets: keep it in the list until `stravaai keys rotate` has "
                                        "run",
                                        ids[i]);
        }
        return note(auth, auth->data_keys.keys[0].id, err);
}

static sai_status reseal_all(const struct auth *auth, struct sai_arena *arena, struct key_rotation *ret, struct sai_err *err)
{
        struct sai_id after = { 0 };
        for (;;) {
                struct strava_link *links;
                size_t count;
                sai_arena_reset(arena);
                sai_status status = store_link_list(auth->store, after, PAGE, arena, &links, &count, err);
                if (status != SAI_OK || count == 0)
                        return status;
                after = links[count - 1].id;
                for (size_t i = 0; i < count && status == SAI_OK; i++) {
                        bool sealed = false;
                        status = strava_access_reseal(auth, links[i].id, arena, &sealed, err);
                        ret->links++;
                        ret->sealed += sealed;
                }
                if (status != SAI_OK)
                        return status;
        }
}

static sai_status drop_notes(const struct auth *auth, struct sai_arena *arena, struct key_rotation *ret, struct sai_err *err)
{
        const char *ids[NOTES];
        size_t count;
        sai_status status = list_notes(auth, arena, &ids, &count, err);
        for (size_t i = 0; i < count && status == SAI_OK; i++) {
                char key[sizeof prefix + KEY_ID_MAX];
                if (strcmp(ids[i], auth->data_keys.keys[0].id) == 0)
                        continue;
                snprintf(key, sizeof key, "%s%s", prefix, ids[i]);
                status = store_release(auth->store, key, holder, err);
                ret->dropped += status == SAI_OK;
        }
        return status;
}

/* Two walks: what a process with an older ring sealed during the first is found by the second. Only when that finds nothing is nothing left. */
sai_status key_use_rotate(const struct auth *auth, struct key_rotation *ret, struct sai_err *err)
{
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MIB(4));
        struct key_rotation again = { 0 };
        *ret = (struct key_rotation) { 0 };
        if (!arena)
                return sai_fail(err, SAI_NO_MEMORY, "keys");
        sai_status status = note(auth, auth->data_keys.keys[0].id, err);
        if (status == SAI_OK)
                status = reseal_all(auth, arena, ret, err);
        if (status == SAI_OK)
                status = reseal_all(auth, arena, &again, err);
        if (status == SAI_OK && again.sealed > 0)
                return sai_fail(err, SAI_CONFLICT,
                                "a process still seals under an older key: restart all with the newest in front, and run this "
                                "again");
        sai_arena_reset(arena);
        return status == SAI_OK ? drop_notes(auth, arena, ret, err) : status;
}
