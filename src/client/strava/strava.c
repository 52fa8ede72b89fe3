/* strava.c -- the calls. Each builds its URL, asks the limits, calls, and hands the body to its reader; what is the same for all of them
 * stands in three functions: data_call, token_call and settle. */
#include "client/strava/strava.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "client/strava/strava_internal.h"

struct strava {
        struct http_client *http;
        struct sai_clock clock;
        struct strava_limits *limits;
        char *api_url, *oauth_url, *client_id, *client_secret;
};

enum { URL_MAX = 8192, FORM_MAX = 16384 };

/* -- Life --------------------------------------------------------------------------------------------------------- */
static char *copy_url(const char *url)
{
        size_t len = strlen(url);
        while (len > 0 && url[len - 1] == '/')
                len--;
        return strndup(url, len);
}

struct strava *strava_new(const struct strava_config *config, struct http_client *http)
{
        SAI_CLEANUP(strava_free_p) struct strava *strava = calloc(1, sizeof *strava);
        if (!strava)
                return NULL;
        strava->http = http;
        strava->clock = config->clock;
        strava->limits = strava_limits_new(config->clock, config->reserve_percent);
        strava->api_url = copy_url(config->api_url);
        strava->oauth_url = copy_url(config->oauth_url);
        strava->client_id = strdup(config->client_id);
        strava->client_secret = strdup(config->client_secret);
        if (!strava->limits || !strava->api_url || !strava->oauth_url || !strava->client_id || !strava->client_secret)
                return NULL;
        return SAI_TAKE(strava);
}

void strava_free(struct strava *strava)
{
        if (!strava)
                return;
        if (strava->client_secret)
                explicit_bzero(strava->client_secret, strlen(strava->client_secret));
        free(strava->client_secret);
        free(strava->client_id);
        free(strava->api_url);
        free(strava->oauth_url);
        strava_limits_free(strava->limits);
        free(strava);
}

struct strava_limits *strava_rate_limits(struct strava *strava) { return strava->limits; }

/* -- Errors ------------------------------------------------------------------------------------------------------- */
static sai_status give_class(struct strava_error *error, enum strava_class class, const char *label)
{
        error->class = class;
        return sai_fail(&error->err, strava_class_status(class), "%s: %s", label, strava_class_text(class));
}

/* The HTTP client gave no answer. Its status says more than the class. */
static sai_status no_answer(struct strava_error *error, sai_status status)
{
        switch (status) {
        case SAI_TIMEOUT:
        case SAI_UNAVAILABLE:
        case SAI_UPSTREAM:
                error->class = STRAVA_TRANSIENT;
                break;
        case SAI_TOO_LARGE:
                error->class = STRAVA_PROTOCOL;
                break;
        default:
                error->class = STRAVA_LOCAL;
        }
        return status;
}

/* A reader refused a 200. A page of HTML is some front's doing and passes. */
static sai_status not_understood(struct strava_error *error, sai_status status, struct sai_text body)
{
        error->class = status == SAI_NO_MEMORY ? STRAVA_LOCAL : STRAVA_PROTOCOL;
        if (status != SAI_NO_MEMORY && body.len > 0 && *body.data == '<')
                error->class = STRAVA_TRANSIENT;
        return status;
}

/* Sorts a complete answer: SAI_OK for 200, else the class's status. */
static sai_status settle(const struct http_response *response, const char *label, struct strava_error *error)
{
        strava_classify(response->status, response->body, error);
        return error->class == STRAVA_OK ? SAI_OK : give_class(error, error->class, label);
}

/* -- Calls -------------------------------------------------------------------------------------------------------- */
/* With a Bearer token, under the limits. `url` is complete. */
static sai_status bearer_call(struct strava *strava, const struct strava_call *call, struct http_request *request,
                              struct sai_arena *arena, struct http_response *response, struct strava_error *error)
{
        *error = (struct strava_error) { 0 };
        int64_t taken_ms = sai_now_ms(&strava->clock), until_ms = 0;
        char *authorization = sai_arena_printf(arena, "Bearer %s", call->access_token);
        if (!authorization)
                return no_answer(error, sai_fail(&error->err, SAI_NO_MEMORY, "%s: no memory", request->label));
        if (!strava_limits_take(strava->limits, call->priority, &until_ms)) {
                error->until_ms = until_ms;
                return give_class(error, STRAVA_RATE_LIMITED, request->label);
        }
        struct http_header header = { "Authorization", authorization };
        request->headers = &header;
        request->header_count = 1;
        request->deadline_ms = call->deadline_ms;
        sai_status status = http_client_call(strava->http, request, arena, response, &error->err);
        explicit_bzero(authorization, strlen(authorization));
        if (status != SAI_OK)
                return no_answer(error, status);
        int64_t blocked_ms = strava_limits_observe(strava->limits, response, taken_ms);
        status = settle(response, request->label, error);
        if (error->class == STRAVA_RATE_LIMITED)
                error->until_ms = blocked_ms;
        return status;
}

static sai_status data_call(struct strava *strava, const struct strava_call *call, const char *label, const struct sai_buf *path,
                            struct sai_arena *arena, struct http_response *response, struct strava_error *error)
{
        const char *url = path->failed ? NULL : sai_arena_printf(arena, "%s%s", strava->api_url, path->data);
        if (!url) {
                *error = (struct strava_error) { 0 };
                return no_answer(error, sai_fail(&error->err, SAI_NO_MEMORY, "%s: no memory", label));
        }
        struct http_request request = { .method = "GET", .url = url, .label = label };
        return bearer_call(strava, call, &request, arena, response, error);
}

/* Forms hold secrets: the buffer has its whole size from the start, so that growing leaves no copies, and is wiped. */
static void form_begin(struct sai_buf *form)
{
        sai_buf_init(form, FORM_MAX);
        sai_buf_reserve(form, FORM_MAX - 1);
}

static void form_end(struct sai_buf *form)
{
        if (form->data)
                explicit_bzero(form->data, form->cap);
        sai_buf_done(form);
}

/* At the OAuth endpoints, outside the limits. */
static sai_status oauth_call(struct strava *strava, struct http_request *request, const char *path, const struct sai_buf *form,
                             struct sai_arena *arena, struct http_response *response, struct strava_error *error)
{
        *error = (struct strava_error) { 0 };
        sai_status status = sai_buf_status(form, &error->err);
        request->url = sai_arena_printf(arena, "%s%s", strava->oauth_url, path);
        if (status == SAI_OK && !request->url)
                status = sai_fail(&error->err, SAI_NO_MEMORY, "%s: no memory", request->label);
        if (status != SAI_OK)
                return no_answer(error, status == SAI_TOO_LARGE ? SAI_NO_MEMORY : status);
        request->method = "POST";
        request->body = (struct sai_text) { form->data, form->len };
        status = http_client_call(strava->http, request, arena, response, &error->err);
        if (status != SAI_OK)
                return no_answer(error, status);
        return settle(response, request->label, error);
}

static sai_status token_call(struct strava *strava, struct http_request *request, const char *grant, const char *name,
                             const char *value, struct sai_arena *arena, struct strava_token *ret_token,
                             struct strava_error *error)
{
        struct sai_buf form;
        struct http_response response = { 0 };
        form_begin(&form);
        http_form_add(&form, "client_id", strava->client_id);
        http_form_add(&form, "client_secret", strava->client_secret);
        http_form_add(&form, "grant_type", grant);
        http_form_add(&form, name, value);
        sai_status status = oauth_call(strava, request, "/token", &form, arena, &response, error);
        form_end(&form);
        if (status == SAI_OK) {
                status = strava_read_token(response.body, sai_now_ms(&strava->clock), arena, ret_token, &error->err);
                if (status != SAI_OK)
                        status = not_understood(error, status, response.body);
        } else if (error->class == STRAVA_RATE_LIMITED) {
                error->until_ms = strava_quarter_end(sai_now_ms(&strava->clock)); /* of the token endpoint alone */
        }
        return status;
}

/* -- OAuth -------------------------------------------------------------------------------------------------------- */
void strava_authorize_url(const struct strava *strava, const char *redirect_uri, const char *scope, const char *state, bool force,
                          struct sai_buf *out)
{
        sai_buf_text(out, strava->oauth_url);
        sai_buf_text(out, "/authorize?");
        http_form_add(out, "client_id", strava->client_id);
        http_form_add(out, "redirect_uri", redirect_uri);
        http_form_add(out, "response_type", "code");
        http_form_add(out, "approval_prompt", force ? "force" : "auto");
        http_form_add(out, "scope", scope);
        http_form_add(out, "state", state);
}

sai_status strava_exchange_code(struct strava *strava, const char *code, int64_t deadline_ms, struct sai_arena *arena,
                                struct strava_token *ret_token, struct strava_error *reterr)
{
        struct http_request request = { .label = "POST /oauth/token (code)",
                                        .deadline_ms = deadline_ms,
                                        .retry = HTTP_RETRY_NEVER };
        return token_call(strava, &request, "authorization_code", "code", code, arena, ret_token, reterr);
}

/* Repeating is harmless: when an answer was lost after a rotation the old token is dead either way. */
sai_status strava_refresh(struct strava *strava, const char *refresh_token, int64_t deadline_ms, struct sai_arena *arena,
                          struct strava_token *ret_token, struct strava_error *reterr)
{
        struct http_request request = { .label = "POST /oauth/token (refresh)",
                                        .deadline_ms = deadline_ms,
                                        .retry = HTTP_RETRY_ALWAYS };
        return token_call(strava, &request, "refresh_token", "refresh_token", refresh_token, arena, ret_token, reterr);
}

/* "Basic " and base64 of id:secret, in the arena; wiped by the caller. */
static char *basic_credentials(const struct strava *strava, struct sai_arena *arena)
{
        char *plain = sai_arena_printf(arena, "%s:%s", strava->client_id, strava->client_secret);
        if (!plain)
                return NULL;
        size_t len = strlen(plain);
        char *out = sai_arena_alloc(arena, sizeof "Basic " + SAI_BASE64_SIZE(len));
        if (out) {
                memcpy(out, "Basic ", sizeof "Basic ");
                sai_base64_encode(plain, len, out + strlen("Basic "));
        }
        explicit_bzero(plain, len);
        return out;
}

static sai_status revoke_call(struct strava *strava, const struct strava_call *call, struct sai_arena *arena,
                              struct strava_error *error)
{
        struct sai_buf form;
        struct http_response response = { 0 };
        char *credentials = basic_credentials(strava, arena);
        if (!credentials) {
                *error = (struct strava_error) { 0 };
                return no_answer(error, sai_fail(&error->err, SAI_NO_MEMORY, "revoke: no memory"));
        }
        struct http_header header = { "Authorization", credentials };
        struct http_request request = { .label = "POST /oauth/revoke",
                                        .headers = &header,
                                        .header_count = 1,
                                        .deadline_ms = call->deadline_ms,
                                        .retry = HTTP_RETRY_ALWAYS };
        form_begin(&form);
        http_form_add(&form, "token", call->access_token);
        http_form_add(&form, "token_type_hint", "access_token");
        sai_status status = oauth_call(strava, &request, "/revoke", &form, arena, &response, error);
        form_end(&form);
        explicit_bzero(credentials, strlen(credentials));
        return status;
}

/* The older way counts against the limits. A token that it does not know any more is what was wanted. */
static sai_status deauthorize_call(struct strava *strava, const struct strava_call *call, struct sai_arena *arena,
                                   struct strava_error *error)
{
        struct http_response response = { 0 };
        const char *url = sai_arena_printf(arena, "%s/deauthorize", strava->oauth_url);
        if (!url) {
                *error = (struct strava_error) { 0 };
                return no_answer(error, sai_fail(&error->err, SAI_NO_MEMORY, "deauthorize: no memory"));
        }
        struct http_request request = {
                .method = "POST", .url = url, .label = "POST /oauth/deauthorize", .retry = HTTP_RETRY_ALWAYS
        };
        sai_status status = bearer_call(strava, call, &request, arena, &response, error);
        if (error->class != STRAVA_UNAUTHORIZED)
                return status;
        *error = (struct strava_error) { .http_status = error->http_status };
        return SAI_OK;
}

sai_status strava_revoke(struct strava *strava, const struct strava_call *call, struct sai_arena *arena,
                         struct strava_error *reterr)
{
        sai_status status = revoke_call(strava, call, arena, reterr);
        bool unknown_there = reterr->http_status == 404 || reterr->http_status == 405 || reterr->http_status == 501;
        return unknown_there ? deauthorize_call(strava, call, arena, reterr) : status;
}

/* -- Data --------------------------------------------------------------------------------------------------------- */
static sai_status finish(sai_status status, struct sai_text body, struct strava_error *error)
{
        return status == SAI_OK ? SAI_OK : not_understood(error, status, body);
}

/* A GET of one path without parameters. */
static sai_status get(struct strava *strava, const struct strava_call *call, const char *label, const char *path,
                      struct sai_arena *arena, struct sai_text *ret_body, struct strava_error *error)
{
        struct sai_buf buf;
        struct http_response response = { 0 };
        sai_buf_init(&buf, URL_MAX);
        sai_buf_text(&buf, path);
        sai_status status = data_call(strava, call, label, &buf, arena, &response, error);
        sai_buf_done(&buf);
        if (status == SAI_OK)
                *ret_body = response.body;
        return status;
}

sai_status strava_get_athlete(struct strava *strava, const struct strava_call *call, struct sai_arena *arena,
                              struct strava_athlete *ret_athlete, struct strava_error *reterr)
{
        struct sai_text body = { 0 };
        sai_status status = get(strava, call, "GET /athlete", "/athlete", arena, &body, reterr);
        return status != SAI_OK ? status : finish(strava_read_athlete(body, arena, ret_athlete, &reterr->err), body, reterr);
}

sai_status strava_get_zones(struct strava *strava, const struct strava_call *call, struct sai_arena *arena,
                            struct strava_zones *ret_zones, struct strava_error *reterr)
{
        struct sai_text body = { 0 };
        sai_status status = get(strava, call, "GET /athlete/zones", "/athlete/zones", arena, &body, reterr);
        return status != SAI_OK ? status : finish(strava_read_zones(body, arena, ret_zones, &reterr->err), body, reterr);
}

static void list_path(const struct strava_list *list, struct sai_buf *path)
{
        sai_buf_printf(path, "/athlete/activities?page=%d&per_page=%d", list->page > 0 ? list->page : 1,
                       list->per_page > 0 && list->per_page < SAI_PAGE_MAX ? list->per_page : SAI_PAGE_MAX);
        if (SAI_HAS(list->before))
                sai_buf_printf(path, "&before=%" PRId64, list->before.value);
        if (SAI_HAS(list->after))
                sai_buf_printf(path, "&after=%" PRId64, list->after.value);
}

sai_status strava_list_activities(struct strava *strava, const struct strava_call *call, const struct strava_list *list,
                                  struct sai_arena *arena, struct strava_page *ret_page, struct strava_error *reterr)
{
        struct sai_buf path;
        struct http_response response = { 0 };
        sai_buf_init(&path, URL_MAX);
        list_path(list, &path);
        sai_status status = data_call(strava, call, "GET /athlete/activities", &path, arena, &response, reterr);
        sai_buf_done(&path);
        if (status != SAI_OK)
                return status;
        return finish(strava_read_page(response.body, arena, ret_page, &reterr->err), response.body, reterr);
}

sai_status strava_get_activity(struct strava *strava, const struct strava_call *call, int64_t activity_id,
                               struct sai_arena *arena, struct strava_activity *ret_activity, struct strava_error *reterr)
{
        char path[64];
        struct sai_text body = { 0 };
        snprintf(path, sizeof path, "/activities/%" PRId64, activity_id);
        sai_status status = get(strava, call, "GET /activities/{id}", path, arena, &body, reterr);
        return status != SAI_OK ? status : finish(strava_read_activity(body, arena, ret_activity, &reterr->err), body, reterr);
}

/* All keys of the table; latitude and longitude are one of Strava's. */
static void streams_path(int64_t activity_id, struct sai_buf *path)
{
        sai_buf_printf(path, "/activities/%" PRId64 "/streams?key_by_type=true&keys=", activity_id);
        for (int i = 0; i < STREAM_CHANNELS; i++) {
                if (i == STREAM_LONGITUDE)
                        continue;
                if (i > 0)
                        sai_buf_char(path, ',');
                sai_buf_text(path, stream_infos[i].key);
        }
}

sai_status strava_get_streams(struct strava *strava, const struct strava_call *call, int64_t activity_id, struct sai_arena *arena,
                              struct streams *ret_streams, struct sai_text *ret_raw, struct strava_error *reterr)
{
        struct sai_buf path;
        struct http_response response = { 0 };
        sai_buf_init(&path, URL_MAX);
        streams_path(activity_id, &path);
        sai_status status = data_call(strava, call, "GET /activities/{id}/streams", &path, arena, &response, reterr);
        sai_buf_done(&path);
        if (status != SAI_OK)
                return status;
        if (ret_raw)
                *ret_raw = response.body;
        return finish(strava_read_streams(response.body, arena, ret_streams, &reterr->err), response.body, reterr);
}
