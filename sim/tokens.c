/* tokens.c -- codes, access and refresh tokens, and the clients' subscriptions: what must survive a restart of the simulator.
 *
 * Rules of Strava's that clients get wrong, and so kept exactly: a code is for one use; a refresh with more than an hour left gives the
 * same access token back; one with less gives a new pair, and the old refresh token is dead from then on while the old access token lives
 * out its time. With a directory, every change is a line appended to one file, which is replayed at the start. */
#include "sim/sim_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/map.h"

enum token_kind { TOKEN_CODE = 'C', TOKEN_ACCESS = 'A', TOKEN_REFRESH = 'R' };

struct token {
        char text[TOKEN_HEX + 1];
        enum token_kind kind;
        int athlete;
        uint32_t scopes;
        int64_t expires_at; /* 0: never */
        bool dead;
        char client[SIM_CLIENT_TEXT];
};

struct token_store {
        struct token *tokens;
        size_t count, room;
        struct map map; /* hash of the text → index in tokens */
        struct token_subscription *subscriptions;
        size_t subscription_count, subscription_room;
        struct sai_random random;
        FILE *file; /* NULL: memory only */
};

enum { MAX_TOKENS = 1000000, MAX_SUBSCRIPTIONS = LIMIT_CLIENTS, STATE_LINE = 1024 };

static struct token *find(const struct token_store *store, struct sai_text text)
{
        if (text.len != TOKEN_HEX || store->count == 0)
                return NULL;
        uint64_t hash = sai_hash(text.data, text.len, 0);
        for (size_t slot = map_first(&store->map, hash); slot != MAP_END; slot = map_next(&store->map, slot, hash)) {
                struct token *token = &store->tokens[map_value(&store->map, slot)];
                if (memcmp(token->text, text.data, TOKEN_HEX) == 0)
                        return token;
        }
        return NULL;
}

static struct token *append(struct token_store *store, const struct token *token)
{
        if (store->count == store->room) {
                size_t room = store->room ? store->room * 2 : 64;
                struct token *grown = room <= MAX_TOKENS ? realloc(store->tokens, room * sizeof *grown) : NULL;
                if (!grown)
                        return NULL;
                store->tokens = grown;
                store->room = room;
        }
        if (!map_add(&store->map, sai_hash(token->text, TOKEN_HEX, 0), store->count))
                return NULL;
        store->tokens[store->count] = *token;
        return &store->tokens[store->count++];
}

static void write_line(struct token_store *store, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void write_line(struct token_store *store, const char *format, ...)
{
        if (!store->file)
                return;
        va_list args;
        va_start(args, format);
        vfprintf(store->file, format, args);
        va_end(args);
        fflush(store->file);
}

static struct token *issue(struct token_store *store, enum token_kind kind, const char *client, int athlete, uint32_t scopes,
                           int64_t expires_at)
{
        uint8_t bytes[TOKEN_HEX / 2];
        struct token token = { .kind = kind, .athlete = athlete, .scopes = scopes, .expires_at = expires_at };
        sai_random_fill(&store->random, bytes, sizeof bytes);
        sai_hex_encode(bytes, sizeof bytes, token.text);
        snprintf(token.client, sizeof token.client, "%s", client);
        struct token *added = append(store, &token);
        if (added)
                write_line(store, "%c %s %d %" PRIu32 " %" PRId64 " %s\n", (char)kind, token.text, athlete, scopes, expires_at,
                           client);
        return added;
}

static void kill_token(struct token_store *store, struct token *token)
{
        if (token->dead)
                return;
        token->dead = true;
        write_line(store, "X %s\n", token->text);
}

sai_status token_code_new(struct token_store *store, const char *client, int athlete, uint32_t scopes, int64_t now_s,
                          char ret_code[TOKEN_HEX + 1], struct sai_err *err)
{
        struct token *code = issue(store, TOKEN_CODE, client, athlete, scopes, now_s + CODE_LIFE_S);
        if (!code)
                return sai_fail(err, SAI_NO_MEMORY, "one more code");
        memcpy(ret_code, code->text, sizeof code->text);
        return SAI_OK;
}

static bool same_grant(const struct token *token, const char *client, int athlete)
{
        return token->athlete == athlete && strcmp(token->client, client) == 0;
}

/* A new pair; refresh tokens of the same grant end. */
static bool issue_pair(struct token_store *store, const char *client, int athlete, uint32_t scopes, int64_t now_s,
                       struct token_pair *ret)
{
        for (size_t i = 0; i < store->count; i++)
                if (store->tokens[i].kind == TOKEN_REFRESH && same_grant(&store->tokens[i], client, athlete))
                        kill_token(store, &store->tokens[i]);
        struct token *access = issue(store, TOKEN_ACCESS, client, athlete, scopes, now_s + TOKEN_LIFE_S);
        if (!access)
                return false;
        memcpy(ret->access, access->text, sizeof access->text);
        struct token *refresh = issue(store, TOKEN_REFRESH, client, athlete, scopes, 0);
        if (!refresh)
                return false;
        memcpy(ret->refresh, refresh->text, sizeof refresh->text);
        ret->expires_at = now_s + TOKEN_LIFE_S;
        ret->athlete = athlete;
        ret->scopes = scopes;
        return true;
}

bool token_exchange(struct token_store *store, const char *client, struct sai_text code, int64_t now_s, struct token_pair *ret)
{
        struct token *token = find(store, code);
        if (!token || token->kind != TOKEN_CODE || token->dead || token->expires_at <= now_s ||
            strcmp(token->client, client) != 0)
                return false;
        kill_token(store, token);
        /* Issuing may move the array. */
        int athlete = token->athlete;
        uint32_t scopes = token->scopes;
        return issue_pair(store, client, athlete, scopes, now_s, ret);
}

bool token_refresh(struct token_store *store, const char *client, struct sai_text refresh, int64_t now_s, bool rotate_always,
                   struct token_pair *ret)
{
        struct token *token = find(store, refresh);
        if (!token || token->kind != TOKEN_REFRESH || token->dead || strcmp(token->client, client) != 0)
                return false;
        for (size_t i = store->count; i-- > 0 && !rotate_always;) {
                const struct token *access = &store->tokens[i];
                if (access->kind != TOKEN_ACCESS || access->dead || !same_grant(access, client, token->athlete))
                        continue;
                if (access->expires_at - now_s <= TOKEN_REUSE_S)
                        break; /* the newest one is nearly over */
                *ret = (struct token_pair) { .expires_at = access->expires_at,
                                             .athlete = token->athlete,
                                             .scopes = token->scopes };
                memcpy(ret->access, access->text, sizeof access->text);
                memcpy(ret->refresh, token->text, sizeof token->text);
                return true;
        }
        int athlete = token->athlete;
        uint32_t scopes = token->scopes;
        return issue_pair(store, client, athlete, scopes, now_s, ret);
}

static void info_of(const struct token *token, struct token_info *ret)
{
        ret->athlete = token->athlete;
        ret->scopes = token->scopes;
        memcpy(ret->client, token->client, sizeof ret->client);
}

bool token_check(const struct token_store *store, struct sai_text access, int64_t now_s, struct token_info *ret)
{
        const struct token *token = find(store, access);
        if (!token || token->kind != TOKEN_ACCESS || token->dead || token->expires_at <= now_s)
                return false;
        info_of(token, ret);
        return true;
}

bool token_owner(const struct token_store *store, struct sai_text text, struct token_info *ret)
{
        const struct token *token = find(store, text);
        if (!token || token->kind == TOKEN_CODE)
                return false;
        info_of(token, ret);
        return true;
}

bool token_granted(const struct token_store *store, const char *client, int athlete, uint32_t scopes)
{
        for (size_t i = 0; i < store->count; i++) {
                const struct token *token = &store->tokens[i];
                if (token->kind == TOKEN_REFRESH && !token->dead && same_grant(token, client, athlete) &&
                    (token->scopes & scopes) == scopes)
                        return true;
        }
        return false;
}

size_t token_revoke(struct token_store *store, const char *client, int athlete, int64_t now_s)
{
        size_t ended = 0;
        for (size_t i = 0; i < store->count; i++) {
                struct token *token = &store->tokens[i];
                if (token->athlete != athlete || token->dead || (client && strcmp(token->client, client) != 0))
                        continue;
                ended += token->expires_at == 0 || token->expires_at > now_s;
                kill_token(store, token);
        }
        return ended;
}

const struct token_subscription *token_subscription_of(const struct token_store *store, const char *client)
{
        for (size_t i = 0; i < store->subscription_count; i++)
                if (strcmp(store->subscriptions[i].client, client) == 0)
                        return &store->subscriptions[i];
        return NULL;
}

const struct token_subscription *token_subscription_at(const struct token_store *store, size_t index)
{
        return index < store->subscription_count ? &store->subscriptions[index] : NULL;
}

static bool subscription_append(struct token_store *store, const struct token_subscription *subscription)
{
        if (store->subscription_count == store->subscription_room) {
                size_t room = store->subscription_room ? store->subscription_room * 2 : 4;
                struct token_subscription *grown =
                        room <= MAX_SUBSCRIPTIONS ? realloc(store->subscriptions, room * sizeof *grown) : NULL;
                if (!grown)
                        return false;
                store->subscriptions = grown;
                store->subscription_room = room;
        }
        store->subscriptions[store->subscription_count++] = *subscription;
        return true;
}

sai_status token_subscription_add(struct token_store *store, const struct token_subscription *s, struct sai_err *err)
{
        if (!subscription_append(store, s))
                return sai_fail(err, SAI_NO_MEMORY, "one more subscription");
        /* The verify token is of no use after the handshake, so it is not kept. */
        write_line(store, "S %" PRId64 " %" PRId64 " %s %s\n", s->id, s->created_s, s->client, s->callback);
        return SAI_OK;
}

static bool subscription_drop(struct token_store *store, const char *client, int64_t id)
{
        for (size_t i = 0; i < store->subscription_count; i++) {
                if (store->subscriptions[i].id != id || strcmp(store->subscriptions[i].client, client) != 0)
                        continue;
                store->subscriptions[i] = store->subscriptions[--store->subscription_count];
                return true;
        }
        return false;
}

bool token_subscription_remove(struct token_store *store, const char *client, int64_t id)
{
        if (!subscription_drop(store, client, id))
                return false;
        write_line(store, "D %" PRId64 " %s\n", id, client);
        return true;
}

/* One line of an earlier run. A line cut short by a crash does not match and is passed over. */
static void replay(struct token_store *store, const char *line)
{
        struct token token = { 0 };
        struct token_subscription s = { 0 };
        char kind = 0;
        if (sscanf(line, "%c %40[0-9a-f] %d %" SCNu32 " %" SCNd64 " %63s", &kind, token.text, &token.athlete, &token.scopes,
                   &token.expires_at, token.client) == 6 &&
            (kind == 'C' || kind == 'A' || kind == 'R') && strlen(token.text) == TOKEN_HEX) {
                token.kind = (enum token_kind)kind;
                append(store, &token);
        } else if (sscanf(line, "X %40[0-9a-f]", token.text) == 1) {
                struct token *dead = find(store, sai_text_of(token.text));
                if (dead)
                        dead->dead = true;
        } else if (sscanf(line, "S %" SCNd64 " %" SCNd64 " %63s %255s", &s.id, &s.created_s, s.client, s.callback) == 4) {
                subscription_append(store, &s);
        } else if (sscanf(line, "D %" SCNd64 " %63s", &s.id, s.client) == 2) {
                subscription_drop(store, s.client, s.id);
        }
}

static sai_status open_state(struct token_store *store, const char *directory, struct sai_err *err)
{
        char *path = NULL;
        if (mkdir(directory, 0700) != 0 && errno != EEXIST)
                return sai_fail(err, SAI_UNAVAILABLE, "the state directory cannot be made");
        if (asprintf(&path, "%s/tokens.log", directory) < 0)
                return sai_fail(err, SAI_NO_MEMORY, "state file");
        FILE *old = fopen(path, "re");
        char line[STATE_LINE];
        while (old && fgets(line, sizeof line, old))
                replay(store, line);
        if (old)
                fclose(old);
        /* Tokens are secrets, even these. */
        int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        free(path);
        store->file = fd >= 0 ? fdopen(fd, "a") : NULL;
        if (fd >= 0 && !store->file)
                close(fd);
        return store->file ? SAI_OK : sai_fail(err, SAI_UNAVAILABLE, "the state file cannot be written");
}

sai_status token_store_new(const char *state_dir, struct sai_random random, struct token_store **ret, struct sai_err *err)
{
        struct token_store *store = calloc(1, sizeof *store);
        if (!store)
                return sai_fail(err, SAI_NO_MEMORY, "token store");
        store->random = random;
        sai_status status = state_dir ? open_state(store, state_dir, err) : SAI_OK;
        if (status != SAI_OK) {
                token_store_free(store);
                return status;
        }
        *ret = store;
        return SAI_OK;
}

void token_store_free(struct token_store *store)
{
        if (!store)
                return;
        if (store->file)
                fclose(store->file);
        map_done(&store->map);
        free(store->tokens);
        free(store->subscriptions);
        free(store);
}
