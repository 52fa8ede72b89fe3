/* webhook.c -- events to subscribers, as Strava sends them: unsigned, three tries, then lost for good.
 *
 * One thread sends from a bounded queue, so that whoever causes an event never waits for a subscriber. The handshake is the exception: it
 * runs on the thread that answers the POST, as it does at Strava. */
#include "sim/sim_internal.h"

#include <curl/curl.h>
#include <errno.h>
#include <jansson.h>

#include "sim/strava_json.h"

enum { QUEUE = 1024, TRIES = 3, ANSWER_TIMEOUT_MS = 2000, ANSWER_MAX = 64 * 1024 };

struct delivery {
        char callback[256];
        char *body; /* owned */
};

struct webhook_sender {
        pthread_mutex_t lock;
        pthread_cond_t wake;
        pthread_t thread;
        struct delivery queue[QUEUE]; /* ring */
        size_t head, count;
        bool stopping;
        int retry_ms;
        struct sai_log *log;
};

static size_t collect(char *data, size_t size, size_t count, void *context)
{
        struct sai_buf *buf = context;
        sai_buf_append(buf, data, size * count);
        return buf->failed ? 0 : size * count;
}

static CURL *handle_new(const char *url, struct sai_buf *answer)
{
        CURL *curl = curl_easy_init();
        if (!curl)
                return NULL;
        curl_easy_setopt(curl, CURLOPT_URL, url);
        curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
        curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
        curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)ANSWER_TIMEOUT_MS);
        curl_easy_setopt(curl, CURLOPT_PROXY, "");
        curl_easy_setopt(curl, CURLOPT_USERAGENT, "strava-sim");
        curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect);
        curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
        return curl;
}

/* The answer's status; 0 when there was none in time. */
static long perform(CURL *curl)
{
        long status = 0;
        if (curl_easy_perform(curl) == CURLE_OK)
                curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
        return status;
}

static bool echoes(const struct sai_buf *answer, const char *challenge)
{
        json_t *root = answer->len ? json_loadb(answer->data, answer->len, JSON_REJECT_DUPLICATES, NULL) : NULL;
        const char *echoed = json_string_value(json_object_get(root, "hub.challenge"));
        bool same = echoed && strcmp(echoed, challenge) == 0;
        json_decref(root);
        return same;
}

const char *webhook_handshake(const char *callback, const char *verify_token, const char *challenge)
{
        struct sai_buf url, answer;
        const char *refusal = "not verifiable";
        sai_buf_init(&url, SAI_KIB(4));
        sai_buf_init(&answer, ANSWER_MAX);
        char *escaped = curl_easy_escape(NULL, verify_token, (int)strlen(verify_token));
        sai_buf_printf(&url, "%s%chub.mode=subscribe&hub.challenge=%s&hub.verify_token=%s", callback,
                       strchr(callback, '?') ? '&' : '?', challenge, escaped ? escaped : "");
        CURL *curl = escaped && !url.failed ? handle_new(url.data, &answer) : NULL;
        if (curl) {
                long status = perform(curl);
                if (status == 200 && echoes(&answer, challenge))
                        refusal = NULL;
                else if (status != 200 && status != 0)
                        refusal = "GET to callback URL does not return 200";
        }
        curl_easy_cleanup(curl);
        curl_free(escaped);
        sai_buf_done(&url);
        sai_buf_done(&answer);
        return refusal;
}

static bool deliver(const struct delivery *delivery)
{
        struct sai_buf answer;
        sai_buf_init(&answer, ANSWER_MAX);
        CURL *curl = handle_new(delivery->callback, &answer);
        struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
        long status = 0;
        if (curl && headers) {
                curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
                curl_easy_setopt(curl, CURLOPT_POSTFIELDS, delivery->body);
                status = perform(curl);
        }
        curl_slist_free_all(headers);
        curl_easy_cleanup(curl);
        sai_buf_done(&answer);
        return status == 200;
}

static bool wait_retry(struct webhook_sender *s)
{
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        int64_t ns = until.tv_nsec + (int64_t)(s->retry_ms % 1000) * 1000000;
        until.tv_sec += s->retry_ms / 1000 + ns / 1000000000;
        until.tv_nsec = (long)(ns % 1000000000);
        pthread_mutex_lock(&s->lock);
        int rc = 0;
        while (!s->stopping && rc != ETIMEDOUT)
                rc = pthread_cond_timedwait(&s->wake, &s->lock, &until);
        bool go_on = !s->stopping;
        pthread_mutex_unlock(&s->lock);
        return go_on;
}

static void deliver_or_lose(struct webhook_sender *s, struct delivery *delivery)
{
        bool delivered = false;
        for (int i = 0; i < TRIES && !delivered; i++) {
                if (i > 0 && !wait_retry(s))
                        break;
                delivered = deliver(delivery);
        }
        if (!delivered)
                sai_log(s->log, SAI_LOG_WARN, "sim.event_lost", SAI_LOG_TEXT("callback", delivery->callback));
        free(delivery->body);
}

static void *send_events(void *context)
{
        struct webhook_sender *s = context;
        pthread_mutex_lock(&s->lock);
        while (!s->stopping) {
                if (s->count == 0) {
                        pthread_cond_wait(&s->wake, &s->lock);
                        continue;
                }
                struct delivery delivery = s->queue[s->head];
                s->head = (s->head + 1) % QUEUE;
                s->count--;
                pthread_mutex_unlock(&s->lock);
                deliver_or_lose(s, &delivery);
                pthread_mutex_lock(&s->lock);
        }
        pthread_mutex_unlock(&s->lock);
        return NULL;
}

sai_status webhook_sender_new(int retry_ms, struct sai_log *log, struct webhook_sender **ret, struct sai_err *err)
{
        struct webhook_sender *s = calloc(1, sizeof *s);
        pthread_condattr_t attributes;
        if (!s)
                return sai_fail(err, SAI_NO_MEMORY, "webhook sender");
        s->retry_ms = retry_ms;
        s->log = log;
        pthread_mutex_init(&s->lock, NULL);
        pthread_condattr_init(&attributes);
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
        pthread_cond_init(&s->wake, &attributes);
        pthread_condattr_destroy(&attributes);
        if (pthread_create(&s->thread, NULL, send_events, s) != 0) {
                pthread_cond_destroy(&s->wake);
                pthread_mutex_destroy(&s->lock);
                free(s);
                return sai_fail(err, SAI_NO_MEMORY, "webhook thread");
        }
        *ret = s;
        return SAI_OK;
}

void webhook_sender_free(struct webhook_sender *s)
{
        if (!s)
                return;
        pthread_mutex_lock(&s->lock);
        s->stopping = true;
        pthread_cond_broadcast(&s->wake);
        pthread_mutex_unlock(&s->lock);
        pthread_join(s->thread, NULL);
        for (; s->count > 0; s->count--, s->head = (s->head + 1) % QUEUE)
                free(s->queue[s->head].body);
        pthread_cond_destroy(&s->wake);
        pthread_mutex_destroy(&s->lock);
        free(s);
}

static void enqueue(struct webhook_sender *s, const char *callback, char *body)
{
        bool taken = false;
        pthread_mutex_lock(&s->lock);
        if (body && s->count < QUEUE) {
                struct delivery *slot = &s->queue[(s->head + s->count++) % QUEUE];
                snprintf(slot->callback, sizeof slot->callback, "%s", callback);
                slot->body = body;
                taken = true;
                pthread_cond_broadcast(&s->wake);
        }
        pthread_mutex_unlock(&s->lock);
        if (!taken)
                free(body);
}

void webhook_send(struct sim *sim, const struct strava_event *event)
{
        const struct token_subscription *subscription;
        for (size_t i = 0; (subscription = token_subscription_at(sim->tokens, i)) != NULL; i++) {
                struct strava_event mine = *event;
                struct sai_buf body;
                mine.subscription_id = subscription->id;
                sai_buf_init(&body, SAI_KIB(8));
                strava_write(&body, &strava_event_model, &mine);
                enqueue(sim->webhooks, subscription->callback, sai_buf_take(&body, NULL));
                sai_buf_done(&body);
        }
}

void webhook_athlete_gone(struct sim *sim, int athlete)
{
        int64_t id = sim->athletes[athlete].id;
        struct strava_event event = {
                .aspect_type = "update",
                .event_time = sim_now_locked(sim) / 1000,
                .object_id = id,
                .object_type = "athlete",
                .owner_id = id,
                .updates = { .authorized = SAI_SOME(sai_opt_str, "false") },
        };
        webhook_send(sim, &event);
}

void webhook_activity(struct sim *sim, const struct sim_activity *activity, const char *aspect)
{
        pthread_mutex_lock(&sim->lock);
        struct strava_event event = {
                .aspect_type = aspect,
                .event_time = sim_now_locked(sim) / 1000,
                .object_id = activity->id,
                .object_type = "activity",
                .owner_id = sim->athletes[activity->athlete].id,
        };
        webhook_send(sim, &event);
        pthread_mutex_unlock(&sim->lock);
}

static struct sai_opt_str optional_text(const char *text)
{
        return text ? SAI_SOME(sai_opt_str, text) : (struct sai_opt_str) { 0 };
}

void sim_event_send(struct sim *sim, const struct sim_event *event)
{
        pthread_mutex_lock(&sim->lock);
        struct strava_event sent = {
                .aspect_type = event->aspect_type,
                .event_time = event->event_time_s ? event->event_time_s : sim_now_locked(sim) / 1000,
                .object_id = event->object_id,
                .object_type = event->object_type,
                .owner_id = event->owner_id,
                .updates = { optional_text(event->title), optional_text(event->type), optional_text(event->private),
                             optional_text(event->authorized) },
        };
        for (int i = 0; i < event->times; i++)
                webhook_send(sim, &sent);
        pthread_mutex_unlock(&sim->lock);
}
