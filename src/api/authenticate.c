/* authenticate.c -- who asks.
 *
 * One look at the credential (Bearer access token, else the page's cookie), one small read of the user's stamp, and the user from the cache when
 * its revision is the one in the stamp. So a signed-in request costs one store read, and nothing it answers can be older than that read. A
 * cookie alone does not prove intent: unsafe methods must come from our own pages. */
#include "api/auth_internal.h"

#include "auth/api_token.h"
#include "auth/session.h"
#include "base/limits.h"
#include <string.h>

enum { USER_KEY = 12 + 1 + 8 };

/* -- The user, cached by (id, revision) ------------------------------------------------------------------------------------- */

struct cached_user {
        struct sai_arena *arena;
        struct user user;
};

static void destroy_user(void *object)
{
        struct cached_user *cached = object;
        sai_arena_free(cached->arena); /* holds the struct itself */
}

struct load {
        struct api *api;
        struct sai_id id;
};

static sai_status load_user(void *context, struct cache_value *ret_value, struct sai_err *err)
{
        struct load *load = context;
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MIB(1));
        struct cached_user *cached = arena ? SAI_NEW(arena, struct cached_user) : NULL;
        if (!cached)
                return sai_fail(err, SAI_NO_MEMORY, "user");
        cached->arena = arena;
        sai_status status = store_user_get(load->api->store, load->id, arena, &cached->user, err);
        if (status != SAI_OK)
                return status;
        *ret_value = (struct cache_value) { .data = cached, .cost = sai_arena_used(arena), .destroy = destroy_user };
        (void)SAI_TAKE(arena);
        return SAI_OK;
}

/* The row may be newer than the stamp by now; what counts is that it is not older. Version and commit time are the stamp's. */
static sai_status find_user(struct api *api, struct sai_request *request, struct sai_id id, struct sai_err *err)
{
        struct user_stamp stamp;
        sai_status status = store_user_stamp(api->store, id, &stamp, err);
        if (status == SAI_NOT_FOUND)
                return sai_fail(err, SAI_TOKEN_INVALID, "the account does not exist any more");
        if (status != SAI_OK)
                return status;
        uint8_t bytes[USER_KEY];
        memcpy(bytes, id.bytes, 12);
        bytes[12] = 'u';
        memcpy(bytes + 13, &stamp.revision, 8);
        struct load load = { api, id };
        struct cache_entry *entry;
        status = cache_get_or_make(api->cache, (struct cache_key) { .data = bytes, .len = sizeof bytes, .scope_len = 12 },
                                   request->deadline_ms, load_user, &load, &entry, err);
        if (status != SAI_OK)
                return status;
        if (sai_arena_defer(request->arena, api_release_entry, entry) != SAI_OK) {
                cache_entry_release(entry);
                return sai_fail(err, SAI_NO_MEMORY, "user");
        }
        struct user *user = SAI_NEW(request->arena, struct user);
        if (!user)
                return sai_fail(err, SAI_NO_MEMORY, "user");
        *user = ((const struct cached_user *)entry->data)->user;
        user->data_version = stamp.data_version;
        user->data_committed_at = stamp.data_committed_at;
        request->principal.user = user;
        /* Preferences change what the athlete sees as well: both numbers go into the ETag. */
        request->principal.data_version = (stamp.data_version << 20) ^ stamp.revision;
        return SAI_OK;
}

/* -- Credentials -------------------------------------------------------------------------------------------------------------- */

static bool is_safe(enum sai_method method) { return method == SAI_GET || method == SAI_HEAD || method == SAI_OPTIONS; }

static sai_status by_api_token(struct api *api, struct sai_request *request, const char *text, size_t len,
                               struct session_identity *ret, struct sai_err *err)
{
        struct api_token_identity token;
        sai_status status = api_token_check(api->auth, text, len, &token, err);
        if (status != SAI_OK)
                return status;
        *ret = (struct session_identity) { .user_id = token.user_id };
        request->principal.by_api_token = true;
        request->principal.scopes = (token.scopes & 1u << TOKEN_READ ? SAI_SCOPE_READ : 0u) |
                                    (token.scopes & 1u << TOKEN_WRITE ? SAI_SCOPE_WRITE : 0u);
        return SAI_OK;
}

static sai_status by_bearer(struct api *api, struct sai_request *request, struct sai_text header, struct session_identity *ret,
                            struct sai_err *err)
{
        static const char scheme[] = "Bearer ";
        size_t scheme_len = sizeof scheme - 1;
        if (header.len <= scheme_len ||
            !sai_text_equal_ignoring_case((struct sai_text) { header.data, scheme_len }, SAI_TEXT("Bearer ")))
                return sai_fail(err, SAI_TOKEN_INVALID, "the Authorization header is not of the form `Bearer <token>`");
        const char *text = header.data + scheme_len;
        size_t len = header.len - scheme_len;
        if (api_token_looks_like_one(text, len))
                return by_api_token(api, request, text, len, ret, err);
        return session_of_access_token(api->auth, text, len, ret, err);
}

static sai_status authenticate(void *context, struct sai_request *request, struct sai_err *err)
{
        struct api *api = context;
        struct session_identity identity;
        struct sai_text header = sai_request_header(request, "Authorization");
        struct sai_text cookie = sai_request_cookie(request, auth_session_cookie(api));
        sai_status status;
        if (header.data) {
                status = by_bearer(api, request, header, &identity, err);
        } else if (cookie.data && request->route->auth != SAI_AUTH_BEARER) {
                status = session_of_cookie(api->auth, cookie.data, cookie.len, &identity, err);
                /* A stale cookie must not lock anybody out of what needs no sign-in, nor of signing in again. */
                if (status == SAI_TOKEN_INVALID && request->route->auth != SAI_AUTH_USER)
                        return SAI_OK;
                if (status == SAI_OK && !is_safe(request->method))
                        status = auth_check_same_site(api, request, err);
                request->principal.by_cookie = true;
        } else {
                return SAI_OK;
        }
        if (status == SAI_OK)
                status = find_user(api, request, identity.user_id, err);
        if (status != SAI_OK)
                return status;
        request->principal.signed_in = true;
        request->principal.user_id = identity.user_id;
        request->principal.session_id = identity.session_id;
        if (!request->principal.by_api_token)
                request->principal.scopes = UINT32_MAX;
        return SAI_OK;
}

/* -- For the resources ---------------------------------------------------------------------------------------------------------- */

const struct user *api_user(const struct sai_request *request) { return request->principal.user; }

const struct sai_zone *api_zone(const struct user *user)
{
        const struct sai_zone *zone = user && user->preferences.timezone ? sai_zone_find(user->preferences.timezone) : NULL;
        return zone ? zone : sai_zone_find("UTC");
}

struct sai_day api_today(const struct api *api, const struct user *user)
{
        return sai_local_day(sai_zone_local(api_zone(user), (struct sai_instant) { sai_now_ms(&api->clock) }));
}

static int32_t today(void *context, const struct sai_request *request) { return api_today(context, api_user(request)).number; }

struct sai_authenticator api_authenticator(struct api *api)
{
        return (struct sai_authenticator) { .authenticate = authenticate, .today = today, .context = api };
}

sai_status api_athlete_data(struct sai_request *request, const struct athlete_data **ret_data, struct sai_err *err)
{
        struct api *api = api_of(request);
        struct cache_entry *entry;
        sai_status status = training_data(api->training, api_user(request), request->deadline_ms, &entry, ret_data, err);
        if (status == SAI_OK && sai_arena_defer(request->arena, api_release_entry, entry) != SAI_OK) {
                cache_entry_release(entry);
                status = sai_fail(err, SAI_NO_MEMORY, "athlete data");
        }
        return status;
}
