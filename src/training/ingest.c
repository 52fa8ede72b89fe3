/* ingest.c -- a workout comes in: kept as a source, matched, derived.
 *
 * The order of steps makes a repeat after a crash end the same: the claim of the source's key names the activity first (so the same key always
 * finds the same activity), then blobs, then the source that names them, then the activity that becomes visible. What a repeat replaces is
 * deleted last.
 *
 * A crash must not leave bytes that nothing names either. So ids follow from what they belong to: a source's from its athlete and key, those of its
 * streams and original from the source, two of each in turn. A repeat after a crash writes over what the first try left, and the version that
 * is shown meanwhile is the other one. */
#include "training/training_internal.h"

#include "base/limits.h"
#include "training/policy.h"
#include <sodium.h>

enum { MATCH_START_MS = 120 * 1000 }; /* metrics reference, trap 21 */
#define MATCH_SHARE 0.05

static bool within(struct sai_opt_f64 a, struct sai_opt_f64 b)
{
        if (!SAI_HAS(a) || !SAI_HAS(b))
                return true; /* what one of them does not know cannot part them */
        double larger = fmax(fabs(a.value), fabs(b.value));
        return fabs(a.value - b.value) <= MATCH_SHARE * larger + 1;
}

/* One workout from two places: same family of sport, start within 120 s, duration and distance within 5 %. */
static bool same_workout(const struct activity *a, const struct activity *b)
{
        enum sport_family x = sport_family(training_sport(a)), y = sport_family(training_sport(b));
        if (x != y && x != FAMILY_OTHER && y != FAMILY_OTHER)
                return false;
        return within(a->distance, b->distance) && within(a->elapsed_time, b->elapsed_time);
}

static sai_status find_match(struct training *training, struct sai_id user_id, const struct incoming *in, struct sai_arena *arena,
                             struct sai_id *ret_id, bool *ret_found, struct sai_err *err)
{
        struct activity *near;
        size_t count;
        struct sai_instant start = in->document.start_date;
        sai_status status = store_activity_near(training->store, user_id, (struct sai_instant) { start.ms - MATCH_START_MS },
                                                (struct sai_instant) { start.ms + MATCH_START_MS }, arena, &near, &count, err);
        *ret_found = false;
        for (size_t i = 0; i < count && status == SAI_OK && !*ret_found; i++) {
                if (same_workout(&near[i], &in->document)) {
                        *ret_id = near[i].id;
                        *ret_found = true;
                }
        }
        return status;
}

/* The activity that this key belongs to: claimed before anything else is written. */
static sai_status claim_activity(struct training *training, struct sai_id user_id, const struct incoming *in,
                                 struct sai_arena *arena, struct sai_id *ret_id, bool *ret_joined, struct sai_err *err)
{
        char hex[SAI_ID_HEX + 1];
        sai_id_format(user_id, hex);
        const char *key = sai_arena_printf(arena, "source:%s:%s", hex, in->key);
        if (!key)
                return sai_fail(err, SAI_NO_MEMORY, "claim");
        sai_status status = store_claim_holder(training->store, key, ret_id, err);
        *ret_joined = false;
        if (status != SAI_NOT_FOUND)
                return status;
        status = find_match(training, user_id, in, arena, ret_id, ret_joined, err);
        if (status != SAI_OK)
                return status;
        if (!*ret_joined)
                *ret_id = store_new_id(training->store);
        status = store_claim(training->store, key, *ret_id, ret_id, err);
        return status == SAI_CONFLICT ? SAI_OK : status; /* another process claimed it meanwhile: its activity is ours */
}

static struct sai_id id_from(const char *what, struct sai_id of, const char *key)
{
        crypto_generichash_state hash;
        uint8_t digest[crypto_generichash_BYTES];
        struct sai_id id;
        crypto_generichash_init(&hash, NULL, 0, sizeof digest);
        crypto_generichash_update(&hash, (const unsigned char *)what, strlen(what) + 1);
        crypto_generichash_update(&hash, of.bytes, sizeof of.bytes);
        crypto_generichash_update(&hash, (const unsigned char *)key, strlen(key));
        crypto_generichash_final(&hash, digest, sizeof digest);
        memcpy(id.bytes, digest, sizeof id.bytes);
        return id;
}

/* Where the next version of a part goes: the one of its two places that is not in use. */
static struct sai_id next_place(const char *what, struct sai_id source_id, struct sai_opt_id in_use)
{
        struct sai_id first = id_from(what, source_id, "0");
        return SAI_HAS(in_use) && sai_id_equal(in_use.value, first) ? id_from(what, source_id, "1") : first;
}

/* Derived channels are filled once, before the streams are kept, so that every reader finds them. */
static sai_status keep_streams(struct training *training, struct source *source, struct sai_opt_id in_use,
                               const struct streams *streams, struct sai_arena *arena, struct sai_err *err)
{
        struct streams filled = *streams;
        struct athlete_parameters nobody = { .sex = SEX_UNKNOWN };
        struct activity_input input;
        sai_status status =
                training_metrics_input(&source->document, &source->recording, source->kind, &filled, &nobody, arena, &input, err);
        if (status == SAI_OK && activity_fill_channels(&input, &filled, arena) != SAI_OK)
                status = sai_fail(err, SAI_NO_MEMORY, "streams");
        if (status != SAI_OK)
                return status;
        struct sai_id id = next_place("streams", source->id, in_use);
        status = store_streams_put(training->store, source->user_id, id, &filled, err);
        source->streams_id = SAI_SOME(sai_opt_id, id);
        return status;
}

static sai_status keep_original(struct training *training, struct source *source, struct sai_opt_id in_use,
                                const struct incoming *in, struct sai_err *err)
{
        source->original_name = in->original_name;
        if (SAI_HAS(in->original_id)) {
                source->original_id = in->original_id;
                return SAI_OK;
        }
        if (!in->original)
                return SAI_OK;
        struct sai_id id = next_place("original", source->id, in_use);
        source->original_id = SAI_SOME(sai_opt_id, id);
        return store_blob_put(training->store, source->user_id, id, in->original, in->original_len, err);
}

/* Parts that the new version of a source does not name any more. Their loss would be harmless, so a failure here is only logged. */
static void drop_replaced(struct training *training, const struct source *before, const struct source *now)
{
        struct sai_err err = { 0 };
        sai_status streams = SAI_OK, original = SAI_OK;
        if (SAI_HAS(before->streams_id) &&
            !(now && SAI_HAS(now->streams_id) && sai_id_equal(before->streams_id.value, now->streams_id.value)))
                streams = store_streams_delete(training->store, before->user_id, before->streams_id.value, &err);
        if (SAI_HAS(before->original_id) &&
            !(now && SAI_HAS(now->original_id) && sai_id_equal(before->original_id.value, now->original_id.value)))
                original = store_blob_delete(training->store, before->user_id, before->original_id.value, &err);
        if ((streams != SAI_OK && streams != SAI_NOT_FOUND) || (original != SAI_OK && original != SAI_NOT_FOUND))
                sai_log(training->log, SAI_LOG_WARN, "training.replaced_part_kept", SAI_LOG_ID("user_id", before->user_id),
                        SAI_LOG_TEXT("reason", err.detail));
}

/* The places that are not in use may hold what a try before a crash left. */
static void drop_left_over(struct training *training, const struct source *source)
{
        struct sai_err err = { 0 };
        sai_status streams = store_streams_delete(training->store, source->user_id,
                                                  next_place("streams", source->id, source->streams_id), &err);
        sai_status original = store_blob_delete(training->store, source->user_id,
                                                next_place("original", source->id, source->original_id), &err);
        if ((streams != SAI_OK && streams != SAI_NOT_FOUND) || (original != SAI_OK && original != SAI_NOT_FOUND))
                sai_log(training->log, SAI_LOG_WARN, "training.left_over_kept", SAI_LOG_ID("user_id", source->user_id),
                        SAI_LOG_TEXT("reason", err.detail));
}

static sai_status derive(struct training *training, struct sai_id user_id, struct sai_id activity_id,
                         struct pending_change change, struct sai_arena *arena, struct sai_err *err)
{
        struct user user;
        sai_status status = store_user_get(training->store, user_id, arena, &user, err);
        if (status != SAI_OK)
                return status;
        SAI_CLEANUP(cache_entry_release_p) struct cache_entry *entry = NULL;
        const struct athlete_data *data;
        status = training_data(training, &user, 0, &entry, &data, err);
        return status == SAI_OK ? training_derive(training, user_id, activity_id, change, data, arena, err) : status;
}

static sai_status write_source(struct training *training, struct sai_id user_id, struct sai_id activity_id,
                               const struct incoming *in, struct sai_arena *arena, struct source *ret_before, bool *ret_exists,
                               struct sai_err *err)
{
        sai_status status = store_source_get(training->store, user_id, in->key, arena, ret_before, err);
        *ret_exists = status == SAI_OK;
        if (status != SAI_OK && status != SAI_NOT_FOUND)
                return status;
        int64_t now = sai_now_ms(&training->clock);
        struct source source = {
                .id = *ret_exists ? ret_before->id : id_from("source", user_id, in->key),
                .user_id = user_id,
                .activity_id = activity_id,
                .key = in->key,
                .kind = in->kind,
                .fetched_at = { now },
                .streams_pending = in->streams_pending,
                .document = in->document,
                .recording = in->recording,
                .revision = *ret_exists ? ret_before->revision : 0,
        };
        struct sai_opt_id none = { 0 };
        if (*ret_exists && !in->streams)
                source.streams_id = ret_before->streams_id; /* they serve on, or until new ones are fetched */
        /* A source is as old as its oldest part: streams that serve on under a new summary must not live longer by it. */
        if (SAI_HAS(source.streams_id) && !in->streams && !in->streams_pending)
                source.fetched_at = ret_before->fetched_at;
        source.expires_at = policy_expiry(training->policy, (enum activity_source_kind)in->kind, source.fetched_at);
        status = keep_original(training, &source, *ret_exists ? ret_before->original_id : none, in, err);
        if (status == SAI_OK && in->streams)
                status = keep_streams(training, &source, *ret_exists ? ret_before->streams_id : none, in->streams, arena, err);
        if (status == SAI_OK)
                status = store_source_put(training->store, &source, err);
        if (status == SAI_OK && *ret_exists)
                drop_replaced(training, ret_before, &source);
        return status;
}

pthread_mutex_t *training_lock(struct training *training, struct sai_id user_id)
{
        pthread_mutex_t *lock = &training->locks[sai_hash(user_id.bytes, sizeof user_id.bytes, 0) % TRAINING_LOCKS];
        pthread_mutex_lock(lock);
        return lock;
}

sai_status training_transient(sai_status status, struct sai_err *err)
{
        return status == SAI_CONFLICT ? sai_fail(err, SAI_UNAVAILABLE, "the activity was changed by another at the same time")
                                      : status;
}

static sai_status ingest_locked(struct training *training, struct sai_id user_id, const struct incoming *in,
                                struct sai_arena *arena, struct sai_id *ret_activity_id, enum ingest_outcome *ret_outcome,
                                struct sai_err *err)
{
        bool joined = false, exists = false;
        struct source before;
        sai_status status = claim_activity(training, user_id, in, arena, ret_activity_id, &joined, err);
        if (status != SAI_OK)
                return status;
        if (in->kind == SOURCE_FILE) {
                /* The key is the file's own digest: what is there is this very file. It is derived anew all the same, in case a crash came between. */
                status = store_source_get(training->store, user_id, in->key, arena, &before, err);
                if (status == SAI_OK) {
                        *ret_outcome = INGEST_DUPLICATE;
                        return derive(training, user_id, *ret_activity_id, (struct pending_change) { 0 }, arena, err);
                }
                if (status != SAI_NOT_FOUND)
                        return status;
        }
        status = write_source(training, user_id, *ret_activity_id, in, arena, &before, &exists, err);
        *ret_outcome = exists ? INGEST_UPDATED : joined ? INGEST_JOINED : INGEST_CREATED;
        return status == SAI_OK ? derive(training, user_id, *ret_activity_id, (struct pending_change) { 0 }, arena, err) : status;
}

sai_status training_ingest(struct training *training, struct sai_id user_id, const struct incoming *incoming,
                           struct sai_arena *arena, struct sai_id *ret_activity_id, enum ingest_outcome *ret_outcome,
                           struct sai_err *err)
{
        pthread_mutex_t *lock = training_lock(training, user_id);
        sai_status status = ingest_locked(training, user_id, incoming, arena, ret_activity_id, ret_outcome, err);
        pthread_mutex_unlock(lock);
        return training_transient(status, err);
}

sai_status training_add_streams(struct training *training, struct source *source, const struct streams *streams,
                                struct sai_arena *arena, struct sai_err *err)
{
        pthread_mutex_t *lock = training_lock(training, source->user_id);
        struct source before = *source;
        sai_status status = SAI_OK;
        source->streams_id = (struct sai_opt_id) { 0 };
        source->streams_pending = false;
        if (streams && streams->count)
                status = keep_streams(training, source, before.streams_id, streams, arena, err);
        /* The source says last that its streams are there: until then a run after a crash fetches them again. */
        if (status == SAI_OK)
                status = derive(training, source->user_id, source->activity_id, (struct pending_change) { .replaced = source },
                                arena, err);
        if (status == SAI_OK)
                status = store_source_put(training->store, source, err);
        if (status == SAI_OK)
                drop_replaced(training, &before, source);
        pthread_mutex_unlock(lock);
        return training_transient(status, err);
}

/* The source goes last: as long as it is there, whoever removes what has expired finds it again after a crash. */
static sai_status remove_locked(struct training *training, const struct source *source, struct sai_arena *arena,
                                struct sai_err *err)
{
        char hex[SAI_ID_HEX + 1];
        sai_id_format(source->user_id, hex);
        const char *key = sai_arena_printf(arena, "source:%s:%s", hex, source->key);
        if (!key)
                return sai_fail(err, SAI_NO_MEMORY, "claim");
        sai_status status =
                derive(training, source->user_id, source->activity_id, (struct pending_change) { .removed = source }, arena, err);
        if (status != SAI_OK)
                return status;
        drop_replaced(training, source, NULL);
        drop_left_over(training, source);
        status = store_release(training->store, key, source->activity_id, err);
        if (status == SAI_OK)
                status = store_source_delete(training->store, source->user_id, source->id, err);
        return status == SAI_NOT_FOUND ? SAI_OK : status;
}

sai_status training_remove_source(struct training *training, const struct source *source, struct sai_arena *arena,
                                  struct sai_err *err)
{
        pthread_mutex_t *lock = training_lock(training, source->user_id);
        sai_status status = remove_locked(training, source, arena, err);
        pthread_mutex_unlock(lock);
        return training_transient(status, err);
}
