/* controls.c -- /sim/…: what a test or a person turns while the simulator runs. These are ours, so they are plain models and problem
 * documents, and they are neither counted nor logged as Strava's calls are. */
#include "sim/sim_internal.h"

#include <limits.h>

struct request_item {
        int64_t n;
        struct sai_instant at;
        const char *method, *path;
        struct sai_opt_i64 athlete;
        int64_t status;
};
static const struct sai_field request_item_fields[] = {
        SAI_FIELD(struct request_item, n),    SAI_FIELD(struct request_item, at),      SAI_FIELD(struct request_item, method),
        SAI_FIELD(struct request_item, path), SAI_FIELD(struct request_item, athlete), SAI_FIELD(struct request_item, status),
};
static const struct sai_model request_item_model = SAI_MODEL_OF(struct request_item, request_item_fields, "SimRequest");

struct since_query {
        struct sai_opt_i64 since;
};
static const struct sai_field since_fields[] = { SAI_FIELD(struct since_query, since, .min = 0, .max = 9e15) };
static const struct sai_model since_model = SAI_MODEL_OF(struct since_query, since_fields, "SimSince");

struct fault_body {
        const char *path;
        struct sai_opt_i64 status;
        struct sai_opt_str body;
        struct sai_opt_i64 delay_ms;
        struct sai_opt_str cut;
        int64_t times;
};
static const struct sai_field fault_body_fields[] = {
        SAI_FIELD(struct fault_body, path, .flags = SAI_F_REQUIRED, .min = 1, .max = SIM_PATH_TEXT - 1),
        SAI_FIELD(struct fault_body, status, .min = 200, .max = 599),
        SAI_FIELD(struct fault_body, body, .flags = SAI_F_MULTILINE, .min = 0, .max = SIM_FAULT_BODY - 1),
        SAI_FIELD(struct fault_body, delay_ms, .min = 0, .max = 60000),
        SAI_FIELD(struct fault_body, cut, .min = 5, .max = 6),
        SAI_FIELD(struct fault_body, times, .flags = SAI_F_REQUIRED, .min = 1, .max = 1000000),
};
static const struct sai_model fault_body_model = SAI_MODEL_OF(struct fault_body, fault_body_fields, "SimFault");

struct limits_body {
        struct sai_opt_i64 short_term, day, read_short, read_day;
        struct sai_opt_bool none;
};
static const struct sai_field limits_body_fields[] = {
        SAI_FIELD_AS(struct limits_body, short_term, "short", .min = 0, .max = 1e9),
        SAI_FIELD(struct limits_body, day, .min = 0, .max = 1e9),
        SAI_FIELD(struct limits_body, read_short, .min = 0, .max = 1e9),
        SAI_FIELD(struct limits_body, read_day, .min = 0, .max = 1e9),
        SAI_FIELD(struct limits_body, none),
};
static const struct sai_model limits_body_model = SAI_MODEL_OF(struct limits_body, limits_body_fields, "SimLimits");

struct clock_body {
        int64_t advance_s;
};
static const struct sai_field clock_body_fields[] = {
        SAI_FIELD(struct clock_body, advance_s, .flags = SAI_F_REQUIRED, .min = 0, .max = 315360000),
};
static const struct sai_model clock_body_model = SAI_MODEL_OF(struct clock_body, clock_body_fields, "SimClock");

struct clock_answer {
        struct sai_instant now;
};
static const struct sai_field clock_answer_fields[] = { SAI_FIELD(struct clock_answer, now) };
static const struct sai_model clock_answer_model = SAI_MODEL_OF(struct clock_answer, clock_answer_fields, "SimNow");

struct activity_body {
        int64_t athlete;
        struct sai_opt_str file;
};
static const struct sai_field activity_body_fields[] = {
        SAI_FIELD(struct activity_body, athlete, .flags = SAI_F_REQUIRED, .min = 1, .max = INT_MAX),
        SAI_FIELD(struct activity_body, file, .min = 1, .max = 255),
};
static const struct sai_model activity_body_model = SAI_MODEL_OF(struct activity_body, activity_body_fields, "SimActivity");

struct id_answer {
        int64_t id;
};
static const struct sai_field id_answer_fields[] = { SAI_FIELD(struct id_answer, id) };
static const struct sai_model id_answer_model = SAI_MODEL_OF(struct id_answer, id_answer_fields, "SimId");

struct event_body {
        const char *object_type, *aspect_type;
        int64_t object_id, owner_id;
        struct sai_opt_i64 event_time;
        struct sai_opt_str title, type, private, authorized;
        struct sai_opt_i64 times;
};
static const struct sai_field event_body_fields[] = {
        SAI_FIELD(struct event_body, object_type, .flags = SAI_F_REQUIRED, .min = 1, .max = 32),
        SAI_FIELD(struct event_body, aspect_type, .flags = SAI_F_REQUIRED, .min = 1, .max = 32),
        SAI_FIELD(struct event_body, object_id, .flags = SAI_F_REQUIRED),
        SAI_FIELD(struct event_body, owner_id, .flags = SAI_F_REQUIRED),
        SAI_FIELD(struct event_body, event_time, .min = 0, .max = 1e11),
        SAI_FIELD(struct event_body, title, .min = 0, .max = 255),
        SAI_FIELD(struct event_body, type, .min = 0, .max = 64),
        SAI_FIELD(struct event_body, private, .min = 0, .max = 16),
        SAI_FIELD(struct event_body, authorized, .min = 0, .max = 16),
        SAI_FIELD(struct event_body, times, .min = 1, .max = 1000),
};
static const struct sai_model event_body_model = SAI_MODEL_OF(struct event_body, event_body_fields, "SimEvent");

struct empty_body {
        struct sai_opt_bool on;
};
static const struct sai_field empty_body_fields[] = { SAI_FIELD(struct empty_body, on) };
static const struct sai_model empty_body_model = SAI_MODEL_OF(struct empty_body, empty_body_fields, "SimSwitch");

static sai_status done(struct sai_reply *reply)
{
        reply->status = 204;
        return SAI_OK;
}

static sai_status list_requests(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        const struct since_query *query = request->params_in;
        struct sim_request_entry *entries = SAI_NEW_ARRAY(request->arena, struct sim_request_entry, SIM_LOG_ENTRIES);
        struct request_item *items = SAI_NEW_ARRAY(request->arena, struct request_item, SIM_LOG_ENTRIES);
        if (!entries || !items)
                return sai_fail(err, SAI_NO_MEMORY, "request log");
        size_t count =
                sim_requests(request->app, query && SAI_HAS(query->since) ? query->since.value : 0, entries, SIM_LOG_ENTRIES);
        sai_buf_text(&reply->body, "{\"items\":[");
        for (size_t i = 0; i < count; i++) {
                items[i] = (struct request_item) { entries[i].n, { entries[i].at_ms }, entries[i].method, entries[i].path,
                                                   { 0 },        entries[i].status };
                if (entries[i].athlete > 0)
                        items[i].athlete = SAI_SOME(sai_opt_i64, entries[i].athlete);
                if (i > 0)
                        sai_buf_char(&reply->body, ',');
                sai_model_write(&reply->body, &request_item_model, &items[i]);
        }
        sai_buf_text(&reply->body, "]}");
        return SAI_OK;
}

static sai_status add_fault(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        const struct fault_body *body = request->in;
        struct sim_fault fault = {
                .path = body->path,
                .status = SAI_HAS(body->status) ? (int)body->status.value : 0,
                .body = SAI_HAS(body->body) ? body->body.value : NULL,
                .delay_ms = SAI_HAS(body->delay_ms) ? (int)body->delay_ms.value : 0,
                .times = (int)body->times,
        };
        if (SAI_HAS(body->cut)) {
                bool before = strcmp(body->cut.value, "before") == 0;
                if (!before && strcmp(body->cut.value, "after") != 0)
                        return sai_fail_field(err, SAI_INVALID, "/cut", "cut is `before` or `after`");
                fault.cut = before ? SIM_CUT_BEFORE : SIM_CUT_AFTER;
        }
        sai_status status = sim_fault_add(request->app, &fault, err);
        return status == SAI_OK ? done(reply) : status;
}

static sai_status change_limits(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        const struct limits_body *body = request->in;
        struct sim *sim = request->app;
        struct sim_limits limits = { .none = SAI_HAS(body->none) && body->none.value };
        if (!limits.none) {
                if (!SAI_HAS(body->short_term) || !SAI_HAS(body->day) || !SAI_HAS(body->read_short) || !SAI_HAS(body->read_day))
                        return sai_fail(err, SAI_INVALID, "short, day, read_short and read_day, or none");
                limits = (struct sim_limits) { body->short_term.value, body->day.value, body->read_short.value,
                                               body->read_day.value, false };
        }
        sim_set_limits(sim, limits);
        return done(reply);
}

static sai_status move_clock(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        const struct clock_body *body = request->in;
        struct sim *sim = request->app;
        sim_clock_advance(sim, body->advance_s);
        struct clock_answer answer = { { sim_now_ms(sim) } };
        return sai_reply_model(reply, &clock_answer_model, &answer, err);
}

/* A name inside the recordings, so that whoever reaches the port cannot have any file read. */
static const char *recording_path(const struct sim *sim, struct sai_arena *arena, const char *file)
{
        if (!sim->recordings || file[0] == '/' || strstr(file, ".."))
                return NULL;
        return sai_arena_printf(arena, "%s/%s", sim->recordings, file);
}

static sai_status add_activity(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        const struct activity_body *body = request->in;
        struct sim *sim = request->app;
        struct id_answer answer = { 0 };
        const char *path = NULL;
        if (SAI_HAS(body->file)) {
                path = recording_path(sim, request->arena, body->file.value);
                if (!path)
                        return sai_fail_field(err, SAI_INVALID, "/file", "a file below the recordings directory");
        }
        sai_status status = sim_activity_add(sim, (int)body->athlete, path, &answer.id, err);
        return status == SAI_OK ? sai_reply_model(reply, &id_answer_model, &answer, err) : status;
}

static const char *text_or_null(const struct sai_opt_str *text) { return SAI_HAS(*text) ? text->value : NULL; }

static sai_status send_event(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        const struct event_body *body = request->in;
        (void)err;
        struct sim_event event = {
                .object_type = body->object_type,
                .aspect_type = body->aspect_type,
                .object_id = body->object_id,
                .owner_id = body->owner_id,
                .event_time_s = SAI_HAS(body->event_time) ? body->event_time.value : 0,
                .title = text_or_null(&body->title),
                .type = text_or_null(&body->type),
                .private = text_or_null(&body->private),
                .authorized = text_or_null(&body->authorized),
                .times = SAI_HAS(body->times) ? (int)body->times.value : 1,
        };
        sim_event_send(request->app, &event);
        return done(reply);
}

static int athlete_param(const struct sai_request *request)
{
        int64_t number = 0;
        struct sai_text text = request->params[0];
        return sai_parse_i64(text.data, text.len, &number) && number > 0 && number <= INT_MAX ? (int)number : 0;
}

static sai_status deauthorize(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        sai_status status = sim_deauthorize(request->app, athlete_param(request), err);
        return status == SAI_OK ? done(reply) : status;
}

/* An empty body turns it on; {"on": false} off again. */
static sai_status make_inactive(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        const struct empty_body *body = request->in;
        bool on = !SAI_HAS(body->on) || body->on.value;
        sai_status status = sim_set_inactive(request->app, athlete_param(request), on, err);
        return status == SAI_OK ? done(reply) : status;
}

static sai_status delete_activity(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        int64_t id = 0;
        struct sai_text text = request->params[0];
        if (!sai_parse_i64(text.data, text.len, &id))
                id = 0;
        sai_status status = sim_activity_delete(request->app, id, err);
        return status == SAI_OK ? done(reply) : status;
}

static sai_status rotate(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        const struct empty_body *body = request->in;
        (void)err;
        sim_set_rotate_always(request->app, !SAI_HAS(body->on) || body->on.value);
        return done(reply);
}

#define CONTROL(verb, where, function, ...)                                                                                      \
        {                                                                                                                        \
                .method = (verb), .path = (where), .handler = (function), .auth = SAI_AUTH_NONE, .run = SAI_RUN_WORKER,          \
                .cache = SAI_CACHE_NONE, .rate = SAI_RATE_NONE, .operation = #function, __VA_ARGS__                              \
        }
const struct sai_route control_routes[] = {
        CONTROL("GET", "/sim/requests", list_requests, .body = SAI_BODY_NONE, .query = &since_model),
        CONTROL("POST", "/sim/faults", add_fault, .in = &fault_body_model),
        CONTROL("POST", "/sim/limits", change_limits, .in = &limits_body_model),
        CONTROL("POST", "/sim/clock", move_clock, .in = &clock_body_model),
        CONTROL("POST", "/sim/activities", add_activity, .in = &activity_body_model),
        CONTROL("DELETE", "/sim/activities/:activity", delete_activity, .body = SAI_BODY_NONE),
        CONTROL("POST", "/sim/events", send_event, .in = &event_body_model),
        CONTROL("POST", "/sim/rotate", rotate, .in = &empty_body_model),
        CONTROL("POST", "/sim/athletes/:athlete/deauthorize", deauthorize, .in = &empty_body_model),
        CONTROL("POST", "/sim/athletes/:athlete/inactive", make_inactive, .in = &empty_body_model),
        { 0 },
};
