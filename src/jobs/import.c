/* import.c -- one uploaded file becomes activities.
 *
 * The upload is a blob already, so any process can do it. Each session of a multi-sport file is an activity of its own, transitions are none; all
 * share the blob as their original. A file that cannot be read is a result, not a failure of the job: name, reason and what was found. */
#include "jobs/jobs_internal.h"

#include "base/limits.h"
#include "files/recording.h"
#include "training/convert.h"
#include <sodium.h>

struct import_argument {
        struct sai_id blob_id;
        const char *file_name;
};
static const struct sai_field argument_fields[] = {
        SAI_FIELD(struct import_argument, blob_id),
        SAI_FIELD(struct import_argument, file_name),
};
static const struct sai_model argument_model = SAI_MODEL_OF(struct import_argument, argument_fields, "ImportArgument");

struct import_failure {
        const char *name, *reason, *detail;
};
static const struct sai_field failure_fields[] = {
        SAI_FIELD(struct import_failure, name),
        SAI_FIELD(struct import_failure, reason),
        SAI_FIELD(struct import_failure, detail),
};
static const struct sai_model failure_model = SAI_MODEL_OF(struct import_failure, failure_fields, "ImportFailure");

struct import_result {
        int64_t created, updated, duplicates;
        struct sai_list failed;
        struct sai_list activity_ids;
};
static const struct sai_field result_fields[] = {
        SAI_FIELD(struct import_result, created),
        SAI_FIELD(struct import_result, updated),
        SAI_FIELD(struct import_result, duplicates),
        SAI_LIST(struct import_result, failed, &failure_model),
        SAI_ARRAY(struct import_result, activity_ids, SAI_K_ID),
};
static const struct sai_model result_model = SAI_MODEL_OF(struct import_result, result_fields, "ImportResult");

struct import {
        struct run *run;
        struct import_argument argument;
        struct sai_bytes file;
        char digest[65];
        const struct sai_zone *zone;
        struct import_result result;
        struct sai_id ids[SAI_MAX_RECORDING_SESSIONS];
        struct import_failure failures[SAI_MAX_RECORDING_SESSIONS + 1];
        bool blob_used;
};

static void add_failure(struct import *import, const char *reason, const char *detail)
{
        if (import->result.failed.count < SAI_COUNT(import->failures))
                import->failures[import->result.failed.count++] =
                        (struct import_failure) { import->argument.file_name, reason,
                                                  sai_arena_strdup(import->run->arena, detail) };
}

/* A duplicate may be what a run of this very job brought in before it was cut off: then its source names this blob. */
static sai_status look_for_blob(struct import *import, const char *key, struct sai_err *err)
{
        struct source source;
        sai_status status = store_source_get(import->run->jobs->config.store, import->run->job->user_id, key, import->run->arena,
                                             &source, err);
        if (status == SAI_OK && SAI_HAS(source.original_id) && sai_id_equal(source.original_id.value, import->argument.blob_id))
                import->blob_used = true;
        return status == SAI_NOT_FOUND ? SAI_OK : status;
}

static sai_status take_session(struct import *import, const struct recording *recording, size_t index, struct sai_err *err)
{
        struct run *run = import->run;
        struct incoming incoming;
        if (incoming_from_session(recording, index, import->digest, import->argument.file_name, import->zone, run->arena,
                                  &incoming, err) != SAI_OK) {
                add_failure(import, "no_start_time", err->detail);
                return SAI_OK;
        }
        incoming.original_id = SAI_SOME(sai_opt_id, import->argument.blob_id);
        struct sai_id activity_id;
        enum ingest_outcome outcome;
        sai_status status = training_ingest(run->jobs->config.training, run->job->user_id, &incoming, run->arena, &activity_id,
                                            &outcome, err);
        if (status != SAI_OK)
                return status;
        import->result.created += outcome == INGEST_CREATED;
        import->result.updated += outcome == INGEST_JOINED || outcome == INGEST_UPDATED;
        import->result.duplicates += outcome == INGEST_DUPLICATE;
        if (outcome != INGEST_DUPLICATE)
                import->blob_used = true;
        else
                status = look_for_blob(import, incoming.key, err);
        import->ids[import->result.activity_ids.count++] = activity_id;
        return status;
}

static sai_status take_file(struct import *import, struct sai_err *err)
{
        struct recording recording;
        const char *reason = "corrupt";
        sai_status status = recording_read(import->file.data, import->file.len, import->run->arena, &recording, &reason, err);
        if (status == SAI_INVALID) {
                add_failure(import, reason, err->detail);
                return SAI_OK;
        }
        for (size_t i = 0; i < recording.session_count && status == SAI_OK; i++) {
                if (recording.sessions[i].transition || import->result.activity_ids.count == SAI_COUNT(import->ids))
                        continue;
                status = take_session(import, &recording, i, err);
        }
        return status;
}

/* A repeated upload brings a blob that nothing names: it goes. */
static sai_status drop_unused(struct import *import, struct sai_err *err)
{
        if (import->blob_used)
                return SAI_OK;
        sai_status status =
                store_blob_delete(import->run->jobs->config.store, import->run->job->user_id, import->argument.blob_id, err);
        return status == SAI_NOT_FOUND ? SAI_OK : status;
}

static sai_status load(struct import *import, struct sai_err *err)
{
        struct run *run = import->run;
        struct store *store = run->jobs->config.store;
        struct user user;
        sai_status status = sai_model_decode(&argument_model, run->job->argument.data, run->job->argument.len, run->arena,
                                             &import->argument, err);
        if (status == SAI_OK)
                status = store_user_get(store, run->job->user_id, run->arena, &user, err);
        if (status == SAI_OK)
                status = store_blob_get(store, run->job->user_id, import->argument.blob_id, run->arena, &import->file, err);
        if (status != SAI_OK)
                return status;
        import->zone = sai_zone_find(user.preferences.timezone ? user.preferences.timezone : "UTC");
        if (!import->zone)
                import->zone = sai_zone_find("UTC");
        uint8_t hash[crypto_hash_sha256_BYTES];
        crypto_hash_sha256(hash, import->file.data, import->file.len);
        sai_hex_encode(hash, sizeof hash, import->digest);
        return SAI_OK;
}

sai_status job_import(struct run *run, struct sai_err *err)
{
        struct import *import = SAI_NEW(run->arena, struct import);
        if (!import)
                return sai_fail(err, SAI_NO_MEMORY, "import");
        import->run = run;
        import->result.failed.items = import->failures;
        import->result.activity_ids.items = import->ids;
        sai_status status = load(import, err);
        if (status == SAI_NOT_FOUND) {
                /* A run before this one ended with the blob dropped: there is nothing left to do but to say so. */
                run->final = true;
                return sai_fail(err, SAI_NOT_FOUND, "the upload is not there any more");
        }
        if (status == SAI_OK)
                status = take_file(import, err);
        int64_t changed;
        if (status == SAI_OK && import->result.activity_ids.count)
                status = training_refresh(run->jobs->config.training, run->job->user_id, NULL, NULL, &changed, err);
        run_progress(run, 1, SAI_SOME(sai_opt_i64, 1));
        if (status == SAI_OK)
                status = run_encode(run, &result_model, &import->result, &run->job->result, err);
        return status == SAI_OK ? drop_unused(import, err) : status;
}

sai_status jobs_add_import(struct jobs *jobs, struct sai_id user_id, struct sai_id blob_id, const char *file_name,
                           struct sai_arena *arena, struct job *ret_job, struct sai_err *err)
{
        bool existing;
        struct import_argument argument = { blob_id, file_name };
        *ret_job = (struct job) { .kind = JOB_IMPORT, .user_id = user_id };
        return jobs_add(jobs, ret_job, &argument_model, &argument, arena, &existing, err);
}
