/* answers.c -- finished answers, kept.
 *
 * An answer is a function of the athlete's data version, the local day and the request's target: the same three give the same bytes, so the second
 * request for them is a copy of a pointer. Nothing here can be stale, because the data version in the key was read from the store by this very
 * request. */
#include "api/api_internal.h"

#include "base/limits.h"
#include <stdlib.h>
#include <string.h>

/* scope (12), kind, data version, day, target */
static bool answer_key(const struct sai_request *request, uint8_t *bytes, size_t size, struct cache_key *ret_key)
{
        const struct user *user = api_user(request);
        size_t head = 12 + 1 + 8 + 4;
        if (!user || head + request->target.len > size)
                return false;
        int32_t day = api_today(api_of(request), user).number;
        memcpy(bytes, request->principal.user_id.bytes, 12);
        bytes[12] = 'a';
        memcpy(bytes + 13, &request->principal.data_version, 8);
        memcpy(bytes + 21, &day, 4);
        memcpy(bytes + head, request->target.data, request->target.len);
        *ret_key = (struct cache_key) {
                .data = bytes, .len = (uint32_t)(head + request->target.len), .scope_len = 12, .shared = true
        };
        return true;
}

uint64_t api_hash_row(uint64_t hash, struct sai_id id, int64_t revision)
{
        hash = sai_hash(id.bytes, sizeof id.bytes, hash);
        return sai_hash(&revision, sizeof revision, hash);
}

void api_row_etag(const struct sai_request *request, struct sai_reply *reply, uint64_t rows)
{
        struct sai_text coding = sai_request_header(request, "Accept-Encoding");
        uint64_t hash = sai_hash(request->principal.user_id.bytes, sizeof request->principal.user_id.bytes, rows);
        hash = sai_hash(coding.data ? coding.data : "", coding.len, hash);
        snprintf(reply->etag, sizeof reply->etag, "%016llx%016llx", (unsigned long long)rows, (unsigned long long)hash);
}

void api_release_entry(void *entry) { cache_entry_release(entry); }

bool api_cached_reply(struct sai_request *request, struct sai_reply *reply)
{
        uint8_t bytes[SAI_KIB(1)];
        struct cache_key key;
        if (!answer_key(request, bytes, sizeof bytes, &key))
                return false;
        struct cache_entry *entry = cache_get(api_of(request)->cache, key);
        if (!entry)
                return false;
        /* A list keeps its Link header's cursor in front of the body, ended by a NUL. */
        const char *text = entry->data;
        size_t link_len = strnlen(text, entry->len);
        if (link_len == entry->len) {
                cache_entry_release(entry);
                return false;
        }
        if (link_len) {
                char *link = sai_arena_strndup(request->arena, text, link_len);
                if (!link) {
                        cache_entry_release(entry);
                        return false;
                }
                sai_reply_header(reply, "Link", link);
        }
        reply->shared_body = (struct sai_text) { text + link_len + 1, entry->len - link_len - 1 };
        reply->release = api_release_entry;
        reply->release_arg = entry;
        return true;
}

void api_keep_reply(struct sai_request *request, struct sai_reply *reply)
{
        uint8_t bytes[SAI_KIB(1)];
        struct cache_key key;
        if (reply->body.failed || (reply->status && reply->status != 200) || !answer_key(request, bytes, sizeof bytes, &key))
                return;
        struct sai_text link = { 0 };
        for (size_t i = 0; i < reply->header_count; i++) {
                if (sai_text_is(reply->headers[i].name, "Link"))
                        link = reply->headers[i].value;
        }
        size_t len = link.len + 1 + reply->body.len;
        char *copy = malloc(len);
        if (!copy)
                return; /* not kept: the next one makes it again */
        if (link.len)
                memcpy(copy, link.data, link.len);
        copy[link.len] = '\0';
        memcpy(copy + link.len + 1, reply->body.data, reply->body.len);
        struct cache_value value = { .data = copy, .len = len, .destroy = free };
        struct sai_err err;
        if (cache_put(api_of(request)->cache, key, &value, NULL, &err) != SAI_OK)
                sai_log(api_of(request)->log, SAI_LOG_DEBUG, "answer.not_kept", SAI_LOG_TEXT("reason", err.detail));
}
