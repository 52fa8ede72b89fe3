/* api_subscriptions.c -- /push_subscriptions: one subscription a client, proved by a handshake while the POST is open. */
#include "sim/sim_internal.h"

#include "sim/strava_json.h"

enum { CALLBACK_MAX = 255 };

/* Client id and secret from the form or the query; answers 401 and gives NULL when one is missing. */
static const char *client_of(struct api_call *call)
{
        const struct sai_request *request = call->request;
        struct sai_text id = api_form(request, "client_id"), secret = api_form(request, "client_secret");
        id = id.len ? id : api_query(request, "client_id");
        secret = secret.len ? secret : api_query(request, "client_secret");
        const char *client = api_text(request->arena, id, SIM_CLIENT_TEXT - 1);
        if (client && client[0] && !strpbrk(client, " \t\r\n") && secret.len > 0)
                return client;
        api_fault(call->reply, 401, "Authorization Error", "Application", "", "invalid");
        return NULL;
}

static void refuse(struct api_call *call, const char *field, const char *code)
{
        api_fault(call->reply, 400, "Bad Request", "PushSubscription", field, code);
}

static bool callback_good(const char *callback)
{
        if (!callback || strlen(callback) > CALLBACK_MAX ||
            (strncmp(callback, "http://", 7) != 0 && strncmp(callback, "https://", 8) != 0))
                return false;
        for (const char *p = callback; *p; p++)
                if ((unsigned char)*p <= 0x20 || *p == 0x7f || *p == '#')
                        return false;
        return true;
}

static struct strava_subscription shown(const struct token_subscription *s)
{
        int64_t application = 0;
        /* Client ids are numbers at Strava; here any text will do, and one that is none counts as application 0. */
        sai_parse_i64(s->client, strlen(s->client), &application);
        return (struct strava_subscription) {
                .id = s->id,
                .resource_state = 2,
                .application_id = application,
                .callback_url = s->callback,
                .created_at = { s->created_s * 1000 },
                .updated_at = { s->created_s * 1000 },
        };
}

/* Never one that is in use, also by those of an earlier run. Under the lock. */
static int64_t next_id(struct sim *sim)
{
        int64_t id = 131300 + sim->next_subscription++;
        const struct token_subscription *other;
        for (size_t i = 0; (other = token_subscription_at(sim->tokens, i)) != NULL; i++)
                if (other->id >= id)
                        id = other->id + 1;
        return id;
}

sai_status api_subscription_create(struct api_call *call, struct sai_err *err)
{
        struct sim *sim = call->sim;
        struct sai_arena *arena = call->request->arena;
        const char *client = client_of(call);
        if (!client)
                return SAI_OK;
        const char *callback = api_text(arena, api_form(call->request, "callback_url"), CALLBACK_MAX);
        const char *verify = api_text(arena, api_form(call->request, "verify_token"), 255);
        pthread_mutex_lock(&sim->lock);
        bool exists = token_subscription_of(sim->tokens, client) != NULL;
        pthread_mutex_unlock(&sim->lock);
        if (exists) {
                refuse(call, "", "already exists");
                return SAI_OK;
        }
        if (!callback_good(callback) || !verify) {
                refuse(call, "callback url", "not verifiable");
                return SAI_OK;
        }
        uint8_t random[8];
        char challenge[17];
        sai_random_fill(&sim->config.random, random, sizeof random);
        sai_hex_encode(random, sizeof random, challenge);
        const char *refusal = webhook_handshake(callback, verify, challenge);
        if (refusal) {
                refuse(call, "callback url", refusal);
                return SAI_OK;
        }
        struct token_subscription s = { 0 };
        snprintf(s.client, sizeof s.client, "%s", client);
        snprintf(s.callback, sizeof s.callback, "%s", callback);
        pthread_mutex_lock(&sim->lock);
        s.created_s = sim_now_locked(sim) / 1000;
        s.id = next_id(sim);
        sai_status status =
                token_subscription_of(sim->tokens, client) ? SAI_CONFLICT : token_subscription_add(sim->tokens, &s, err);
        pthread_mutex_unlock(&sim->lock);
        if (status == SAI_CONFLICT) {
                refuse(call, "", "already exists");
                return SAI_OK;
        }
        if (status != SAI_OK)
                return status;
        struct strava_subscription answer = shown(&s);
        strava_write(&call->reply->body, &strava_subscription_model, &answer);
        api_reply_json(call->reply, 201);
        return SAI_OK;
}

sai_status api_subscriptions(struct api_call *call, struct sai_err *err)
{
        (void)err;
        const char *client = client_of(call);
        if (!client)
                return SAI_OK;
        pthread_mutex_lock(&call->sim->lock);
        const struct token_subscription *s = token_subscription_of(call->sim->tokens, client);
        sai_buf_char(&call->reply->body, '[');
        if (s) {
                struct strava_subscription answer = shown(s);
                strava_write(&call->reply->body, &strava_subscription_model, &answer);
        }
        pthread_mutex_unlock(&call->sim->lock);
        sai_buf_char(&call->reply->body, ']');
        api_reply_json(call->reply, 200);
        return SAI_OK;
}

sai_status api_subscription_delete(struct api_call *call, struct sai_err *err)
{
        (void)err;
        const char *client = client_of(call);
        struct sai_text text = call->request->params[0];
        int64_t id = 0;
        if (!client)
                return SAI_OK;
        pthread_mutex_lock(&call->sim->lock);
        bool removed = sai_parse_i64(text.data, text.len, &id) && token_subscription_remove(call->sim->tokens, client, id);
        pthread_mutex_unlock(&call->sim->lock);
        if (removed)
                call->reply->status = 204;
        else
                api_not_found(call->reply, "PushSubscription");
        return SAI_OK;
}
