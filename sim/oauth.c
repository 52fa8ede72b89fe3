/* oauth.c -- consent, codes, tokens and their end (reference page, section 2). The page itself is oauth_page.c. */
#include "sim/oauth.h"

#include "sim/strava_json.h"

static void bad_request(struct sai_reply *reply, const char *resource, const char *field)
{
        api_fault(reply, 400, "Bad Request", resource, field, "invalid");
}

static bool is_loopback(struct sai_text host)
{
        return sai_text_is(host, "localhost") || sai_text_is(host, "127.0.0.1") || sai_text_is(host, "[::1]");
}

static bool in_domain(struct sai_text host, const char *domain)
{
        size_t len = strlen(domain);
        if (host.len < len || memcmp(host.data + host.len - len, domain, len) != 0)
                return false;
        return host.len == len || host.data[host.len - len - 1] == '.';
}

/* An http(s) address without control bytes, blanks or a fragment, whose host is allowed. */
static bool redirect_allowed(const char *uri, const char *domain)
{
        static const char *const schemes[] = { "https://", "http://" };
        const char *host = NULL;
        for (size_t i = 0; i < SAI_COUNT(schemes); i++)
                if (strncmp(uri, schemes[i], strlen(schemes[i])) == 0)
                        host = uri + strlen(schemes[i]);
        if (!host)
                return false;
        for (const char *p = uri; *p; p++)
                if ((unsigned char)*p <= 0x20 || *p == 0x7f || *p == '#' || *p == '"' || *p == '<' || *p == '>' || *p == '\\')
                        return false;
        size_t len = host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/?");
        struct sai_text name = { host, len };
        if (len == 0 || memchr(host, '@', strcspn(host, "/?")))
                return false;
        return !domain || is_loopback(name) || in_domain(name, domain);
}

/* The parameters of the consent page, checked; answers 400 and gives false otherwise. */
static bool consent_read(struct api_call *call, struct sai_text (*parameter)(const struct sai_request *, const char *),
                         struct consent *ret)
{
        const struct sai_request *request = call->request;
        struct sai_text scope = parameter(request, "scope"), athlete = parameter(request, "athlete");
        int64_t number = 1;
        *ret = (struct consent) {
                .client = api_text(request->arena, parameter(request, "client_id"), SIM_CLIENT_TEXT - 1),
                .redirect = api_text(request->arena, parameter(request, "redirect_uri"), 2048),
                .state = api_text(request->arena, parameter(request, "state"), 2048),
                .force = sai_text_is(parameter(request, "approval_prompt"), "force"),
        };
        if (!ret->client || !ret->client[0] || strpbrk(ret->client, " \t\r\n"))
                bad_request(call->reply, "Application", "client_id");
        else if (!ret->redirect || !redirect_allowed(ret->redirect, call->sim->callback_domain))
                bad_request(call->reply, "Application", "redirect_uri");
        else if (!sai_text_is(parameter(request, "response_type"), "code"))
                bad_request(call->reply, "Authorize", "response_type");
        else if (!scope_parse(scope, &ret->scopes))
                bad_request(call->reply, "Authorize", "scope");
        else if (!ret->state)
                bad_request(call->reply, "Authorize", "state");
        else if (athlete.len &&
                 (!sai_parse_i64(athlete.data, athlete.len, &number) || number < 1 || (size_t)number > call->sim->athlete_count))
                bad_request(call->reply, "Athlete", "athlete");
        else {
                ret->athlete = (int)number;
                return true;
        }
        return false;
}

static void escape_into(struct sai_buf *buf, const char *text)
{
        for (; *text; text++) {
                unsigned char c = (unsigned char)*text;
                bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("-._~,:", c);
                if (plain)
                        sai_buf_char(buf, (char)c);
                else
                        sai_buf_printf(buf, "%%%02X", c);
        }
}

/* Back to the application, with a code or a refusal. */
static sai_status send_back(struct api_call *call, const struct consent *consent, bool granted, struct sai_err *err)
{
        struct sim *sim = call->sim;
        struct sai_buf url;
        sai_buf_init(&url, SAI_KIB(16));
        sai_buf_text(&url, consent->redirect);
        sai_buf_char(&url, strchr(consent->redirect, '?') ? '&' : '?');
        sai_buf_text(&url, "state=");
        escape_into(&url, consent->state);
        sai_status status = SAI_OK;
        if (granted) {
                char code[TOKEN_HEX + 1];
                pthread_mutex_lock(&sim->lock);
                status = token_code_new(sim->tokens, consent->client, consent->athlete - 1, consent->scopes,
                                        sim_now_locked(sim) / 1000, code, err);
                pthread_mutex_unlock(&sim->lock);
                if (status == SAI_OK) {
                        sai_buf_printf(&url, "&code=%s&scope=", code);
                        scope_format(consent->scopes, &url);
                }
        } else {
                sai_buf_text(&url, "&error=access_denied");
        }
        if (status == SAI_OK)
                status = sai_buf_status(&url, err);
        const char *location = status == SAI_OK ? sai_arena_strndup(call->request->arena, url.data, url.len) : NULL;
        sai_buf_done(&url);
        if (status == SAI_OK && !location)
                return sai_fail(err, SAI_NO_MEMORY, "redirect");
        if (location) {
                call->reply->status = 302;
                sai_reply_header(call->reply, "Location", location);
        }
        return status;
}

sai_status oauth_authorize(struct api_call *call, struct sai_err *err)
{
        struct consent consent;
        if (!consent_read(call, api_query, &consent))
                return SAI_OK;
        struct sim *sim = call->sim;
        pthread_mutex_lock(&sim->lock);
        bool granted = !consent.force && token_granted(sim->tokens, consent.client, consent.athlete - 1, consent.scopes);
        pthread_mutex_unlock(&sim->lock);
        if (sim->config.auto_consent || granted)
                return send_back(call, &consent, true, err);
        return oauth_page_write(call, &consent, err);
}

sai_status oauth_decide(struct api_call *call, struct sai_err *err)
{
        struct consent consent;
        if (!consent_read(call, api_form, &consent))
                return SAI_OK;
        if (!sai_text_is(api_form(call->request, "decision"), "authorize"))
                return send_back(call, &consent, false, err);
        /* What stayed ticked, of what was asked. */
        struct sai_pair pairs[32];
        size_t count = api_form_all(call->request, pairs, SAI_COUNT(pairs));
        uint32_t granted = 0, bit;
        for (size_t i = 0; i < count; i++)
                if (sai_text_is(pairs[i].name, "grant") && scope_parse(pairs[i].value, &bit))
                        granted |= bit;
        consent.scopes &= granted;
        return send_back(call, &consent, true, err);
}

/* A parameter of the token endpoint: the form's, or the query's (older clients send it there). */
static struct sai_text parameter_of(const struct sai_request *request, const char *name)
{
        struct sai_text value = api_form(request, name);
        return value.len ? value : api_query(request, name);
}

static void write_pair(struct api_call *call, const struct token_pair *pair, bool with_athlete, int64_t now_s)
{
        struct sim *sim = call->sim;
        struct strava_athlete athlete;
        call->athlete = &sim->athletes[pair->athlete];
        athlete_describe(sim, call->athlete, 2, &athlete);
        struct strava_token token = {
                .token_type = "Bearer",
                .access_token = pair->access,
                .expires_at = pair->expires_at,
                .expires_in = pair->expires_at - now_s,
                .refresh_token = pair->refresh,
                .athlete = with_athlete ? &athlete : NULL,
        };
        strava_write(&call->reply->body, &strava_token_model, &token);
        api_reply_json(call->reply, 200);
}

sai_status oauth_token(struct api_call *call, struct sai_err *err)
{
        (void)err;
        struct sim *sim = call->sim;
        const struct sai_request *request = call->request;
        const char *client = api_text(request->arena, parameter_of(request, "client_id"), SIM_CLIENT_TEXT - 1);
        struct sai_text kind = parameter_of(request, "grant_type");
        if (!client || !client[0] || strpbrk(client, " \t\r\n")) {
                bad_request(call->reply, "Application", "client_id");
                return SAI_OK;
        }
        if (parameter_of(request, "client_secret").len == 0) {
                api_fault(call->reply, 401, "Authorization Error", "Application", "", "invalid");
                return SAI_OK;
        }
        bool exchange = kind.len == 0 || sai_text_is(kind, "authorization_code");
        if (!exchange && !sai_text_is(kind, "refresh_token")) {
                bad_request(call->reply, "Application", "grant_type");
                return SAI_OK;
        }
        struct sai_text given = parameter_of(request, exchange ? "code" : "refresh_token");
        struct token_pair pair;
        pthread_mutex_lock(&sim->lock);
        int64_t now_s = sim_now_locked(sim) / 1000;
        bool good = exchange ? token_exchange(sim->tokens, client, given, now_s, &pair)
                             : token_refresh(sim->tokens, client, given, now_s, sim->rotate_always, &pair);
        pthread_mutex_unlock(&sim->lock);
        if (good && (size_t)pair.athlete < sim->athlete_count)
                write_pair(call, &pair, exchange, now_s);
        else
                bad_request(call->reply, exchange ? "AuthorizationCode" : "RefreshToken", exchange ? "code" : "refresh_token");
        return SAI_OK;
}

/* Client id of HTTP Basic credentials with a secret; NULL when they are none. */
static const char *basic_client(const struct sai_request *request)
{
        struct sai_text header = sai_request_header(request, "authorization");
        size_t len = 0;
        if (!header.data || header.len < 7 || header.len > 1024 ||
            !sai_text_equal_ignoring_case((struct sai_text) { header.data, 6 }, SAI_TEXT("basic ")))
                return NULL;
        uint8_t *plain = sai_arena_alloc(request->arena, header.len);
        if (!plain || !sai_base64_decode(header.data + 6, header.len - 6, plain, header.len, &len))
                return NULL;
        const uint8_t *colon = memchr(plain, ':', len);
        if (!colon || colon == plain || colon + 1 == plain + len)
                return NULL;
        return api_text(request->arena, (struct sai_text) { (const char *)plain, (size_t)(colon - plain) }, SIM_CLIENT_TEXT - 1);
}

static void end_grant(struct sim *sim, const struct token_info *owner)
{
        pthread_mutex_lock(&sim->lock);
        size_t ended = token_revoke(sim->tokens, owner->client, owner->athlete, sim_now_locked(sim) / 1000);
        if (ended > 0)
                webhook_athlete_gone(sim, owner->athlete);
        pthread_mutex_unlock(&sim->lock);
}

/* RFC 7009: 200 also for a token that is gone. */
sai_status oauth_revoke(struct api_call *call, struct sai_err *err)
{
        (void)err;
        struct sim *sim = call->sim;
        const char *client = basic_client(call->request);
        if (!client) {
                api_fault(call->reply, 401, "Authorization Error", "Application", "", "invalid");
                return SAI_OK;
        }
        struct token_info owner;
        pthread_mutex_lock(&sim->lock);
        bool known = token_owner(sim->tokens, api_form(call->request, "token"), &owner) && strcmp(owner.client, client) == 0;
        pthread_mutex_unlock(&sim->lock);
        if (known) {
                call->athlete = &sim->athletes[owner.athlete];
                end_grant(sim, &owner);
        }
        sai_buf_text(&call->reply->body, "{}");
        api_reply_json(call->reply, 200);
        return SAI_OK;
}

sai_status oauth_deauthorize(struct api_call *call, struct sai_err *err)
{
        (void)err;
        struct sai_text header = sai_request_header(call->request, "authorization");
        struct sai_text token = header.data && header.len > 7 ? (struct sai_text) { header.data + 7, header.len - 7 }
                                                              : parameter_of(call->request, "access_token");
        end_grant(call->sim, &call->token);
        sai_buf_text(&call->reply->body, "{\"access_token\":");
        sai_json_string(&call->reply->body, token.data, token.len);
        sai_buf_char(&call->reply->body, '}');
        api_reply_json(call->reply, 200);
        return SAI_OK;
}

sai_status sim_deauthorize(struct sim *sim, int athlete, struct sai_err *err)
{
        if (athlete < 1 || (size_t)athlete > sim->athlete_count)
                return sai_fail(err, SAI_NOT_FOUND, "there is no athlete %d", athlete);
        pthread_mutex_lock(&sim->lock);
        token_revoke(sim->tokens, NULL, athlete - 1, sim_now_locked(sim) / 1000);
        webhook_athlete_gone(sim, athlete - 1);
        pthread_mutex_unlock(&sim->lock);
        return SAI_OK;
}
