/* auth_sessions.c -- the signed-in devices, and the trail of what happened to the account. */
#include "api/auth_internal.h"

#include "base/limits.h"
#include "store/store.h"

/* -- Sessions ------------------------------------------------------------------------------------------------------------ */

struct session_view {
        struct sai_id id;
        int kind;
        struct sai_instant created_at, last_used_at;
        const char *user_agent, *ip;
        bool current;
};
#define VIEW(m, ...) SAI_FIELD(struct session_view, m, __VA_ARGS__)
static const struct sai_field session_view_fields[] = {
        VIEW(id, .doc = "Id of the session, to end it by"),
        VIEW(kind, .enumeration = &session_kind_names,
             .doc = "`token` for apps, `page` for a browser, `cli` for the operator's command"),
        VIEW(created_at, .doc = "When it signed in"),
        VIEW(last_used_at, .doc = "When its token was last renewed; a page's, give or take ten minutes"),
        VIEW(user_agent, .doc = "What the program said of itself; may be empty"),
        VIEW(ip, .doc = "Address it signed in from; may be empty"),
        VIEW(current, .doc = "Whether this request belongs to it"),
};
static const struct sai_model session_view_model =
        SAI_MODEL_OF(struct session_view, session_view_fields, "Session", .doc = "A signed-in device");

struct sessions_view {
        struct sai_list items;
};
static const struct sai_field sessions_view_fields[] = {
        SAI_LIST(struct sessions_view, items, &session_view_model, .max_items = SAI_MAX_SESSIONS_PER_USER * 2,
                 .doc = "Most recently used first"),
};
static const struct sai_model sessions_view_model =
        SAI_MODEL_OF(struct sessions_view, sessions_view_fields, "Sessions", .doc = "The signed-in devices");

static sai_status list_sessions(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        const struct api *api = api_of(request);
        struct session *sessions;
        size_t count, live = 0;
        sai_status status = store_session_list(api->store, request->principal.user_id, request->arena, &sessions, &count, err);
        struct session_view *views = SAI_NEW_ARRAY(request->arena, struct session_view, count ? count : 1);
        if (status == SAI_OK && !views)
                status = sai_fail(err, SAI_NO_MEMORY, "sessions");
        if (status != SAI_OK)
                return status;
        int64_t now = sai_now_ms(&api->clock);
        for (size_t i = count; i-- > 0;) { /* they come oldest first */
                const struct session *session = &sessions[i];
                if (session->expires_at.ms <= now || session->idle_expires_at.ms <= now)
                        continue;
                views[live++] = (struct session_view) { session->id,
                                                        session->kind,
                                                        session->created_at,
                                                        session->last_used_at,
                                                        session->user_agent ? session->user_agent : "",
                                                        session->ip ? session->ip : "",
                                                        sai_id_equal(session->id, request->principal.session_id) };
        }
        return sai_reply_model(reply, &sessions_view_model, &(struct sessions_view) { { views, live } }, err);
}

/* Ending the session at hand is signing out, so its cookie goes too. */
static sai_status end_session(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        const struct api *api = api_of(request);
        struct session session;
        sai_status status = store_session_get(api->store, request->ids[0], request->arena, &session, err);
        if (status == SAI_OK && !sai_id_equal(session.user_id, request->principal.user_id))
                status = SAI_NOT_FOUND;
        if (status == SAI_NOT_FOUND)
                return sai_fail(err, SAI_NOT_FOUND, "no such session");
        if (status == SAI_OK)
                status = session_end(api->auth, request->principal.user_id, session.id, err);
        if (status == SAI_OK && request->principal.by_cookie && sai_id_equal(session.id, request->principal.session_id))
                status = sai_reply_cookie(reply, request->arena, auth_session_cookie(api), "", 0, api->secure_cookies, err);
        if (status != SAI_OK)
                return status;
        auth_event_add(api->auth, request->principal.user_id, EVENT_SESSION_ENDED, auth_device(request), NULL);
        return api_answer_success(reply, err);
}

/* -- The trail -------------------------------------------------------------------------------------------------------------- */

struct events_query {
        struct sai_opt_i64 limit;
        const char *cursor;
};
static const struct sai_field events_query_fields[] = {
        SAI_FIELD(struct events_query, limit, .min = 1, .max = SAI_PAGE_MAX, .default_text = "30", .doc = "Items of a page"),
        SAI_FIELD(struct events_query, cursor, .max = SAI_MAX_CURSOR, .doc = "`next_cursor` of the page before"),
};
static const struct sai_model events_query_model = SAI_MODEL_OF(struct events_query, events_query_fields, "SecurityEventsQuery");

static sai_status list_events(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        const struct api *api = api_of(request);
        const struct events_query *query = request->params_in;
        struct sai_id user_id = request->principal.user_id;
        struct sai_text filter = cursor_filter(request);
        struct cursor cursor = { 0 };
        size_t limit = SAI_HAS(query->limit) ? (size_t)query->limit.value : SAI_PAGE_DEFAULT, count = 0;
        struct security_event *items = NULL;
        sai_status status = query->cursor ? cursor_read(api, user_id, filter, query->cursor, &cursor, err) : SAI_OK;
        if (status == SAI_OK)
                status =
                        store_security_event_list(api->store, user_id, cursor.id, limit + 1, request->arena, &items, &count, err);
        if (status != SAI_OK)
                return status;
        const char *next = NULL;
        if (count > limit) {
                count = limit;
                next = cursor_make(api, user_id, filter, (struct cursor) { .id = items[limit - 1].id }, request->arena);
                if (!next)
                        return sai_fail(err, SAI_NO_MEMORY, "cursor");
        }
        uint64_t hash = next != NULL;
        for (size_t i = 0; i < count; i++)
                hash = api_hash_row(hash, items[i].id, 0); /* an event never changes */
        api_row_etag(request, reply, hash);
        return sai_reply_list(request, reply, &security_event_model, items, count, next, err);
}

static const sai_status events_problems[] = { SAI_BAD_CURSOR, SAI_OK };

const struct sai_route auth_session_routes[] = {
        { "GET", "/api/v1/auth/sessions", list_sessions, .auth = SAI_AUTH_USER, .sessions_only = true,
          .cache = SAI_CACHE_NO_STORE, .rate = SAI_RATE_READ, .out = &sessions_view_model, .tag = "auth",
          .operation = "listSessions", .summary = "The signed-in devices" },
        { "DELETE", "/api/v1/auth/sessions/:id", end_session, .auth = SAI_AUTH_USER, .sessions_only = true,
          .cache = SAI_CACHE_NO_STORE, .rate = SAI_RATE_AUTH, .out = &success_model, .tag = "auth", .operation = "endSession",
          .summary = "Sign a device out" },
        { "GET", "/api/v1/users/security-events", list_events, .auth = SAI_AUTH_USER, .sessions_only = true,
          .cache = SAI_CACHE_ROW, .rate = SAI_RATE_READ, .query = &events_query_model, .out = &security_event_model,
          .out_list = true, .tag = "users", .operation = "listSecurityEvents",
          .summary = "What happened to the account, newest first", .problems = events_problems,
          .doc = "Sign-ins, refusals, tokens used twice, changes of passwords and links. Kept for 180 days, the last 500." },
        { 0 },
};
