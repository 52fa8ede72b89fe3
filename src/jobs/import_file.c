/* import_file.c -- a file of this machine becomes a blob of the store and a job that reads it, for uploads and for the command line alike.
 *
 * Any process may then do the job, and the file may go. The file is read, not mapped: it may be another's, and cut short while we look at it. */
#include "jobs/jobs_internal.h"

#include "base/limits.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void close_fd(int *fd)
{
        if (*fd >= 0)
                close(*fd);
}

static void free_data(char **data) { free(*data); }

/* All of it, or as much as there was when it was read: what is cut short is the parsers' to refuse. */
static sai_status read_all(int fd, char *data, size_t size, size_t *ret_len, struct sai_err *err)
{
        size_t len = 0;
        while (len < size) {
                ssize_t got = read(fd, data + len, size - len);
                if (got < 0 && errno == EINTR)
                        continue;
                if (got < 0)
                        return sai_fail(err, SAI_INTERNAL, "%s", strerror(errno));
                if (got == 0)
                        break;
                len += (size_t)got;
        }
        *ret_len = len;
        return SAI_OK;
}

/* Opened without waiting: a pipe that nobody writes to must not hold us up, it is refused for what it is. */
static sai_status keep_file(struct store *store, struct sai_id user_id, const char *path, struct sai_id *ret_blob,
                            struct sai_err *err)
{
        SAI_CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        SAI_CLEANUP(free_data) char *data = NULL;
        struct stat info;
        if (fd < 0 || fstat(fd, &info) != 0)
                return sai_fail(err, SAI_NOT_FOUND, "%s", strerror(errno));
        if (!S_ISREG(info.st_mode) || (uint64_t)info.st_size > SAI_MAX_RECORDING_FILE)
                return sai_fail(err, SAI_TOO_LARGE, "not a file of at most %zu MiB", SAI_MAX_RECORDING_FILE >> 20);
        size_t size = (size_t)info.st_size, len = 0;
        data = malloc(size + 1);
        if (!data)
                return sai_fail(err, SAI_NO_MEMORY, "the file");
        sai_status status = read_all(fd, data, size, &len, err);
        if (status != SAI_OK)
                return status;
        *ret_blob = store_new_id(store);
        return store_blob_put(store, user_id, *ret_blob, data, len, err);
}

/* A job that was refused needs no blob. One whose fate is not known (the answer came too late) may be there: a blob too many is better than a job
 * without its file. */
static void drop_blob(struct jobs *jobs, sai_status why, struct sai_id user_id, struct sai_id blob)
{
        struct sai_err err = { 0 };
        if (why == SAI_TIMEOUT || why == SAI_UNAVAILABLE)
                (void)sai_fail(&err, why, "whether the job was added is not known");
        else if (store_blob_delete(jobs->config.store, user_id, blob, &err) == SAI_OK)
                return;
        sai_log(jobs->config.log, SAI_LOG_WARN, "import.blob_kept", SAI_LOG_ID("user_id", user_id),
                SAI_LOG_TEXT("reason", err.detail));
}

sai_status jobs_add_import_file(struct jobs *jobs, struct sai_id user_id, const char *path, const char *file_name,
                                struct sai_arena *arena, struct job *ret_job, struct sai_err *err)
{
        struct sai_id blob;
        sai_status status = keep_file(jobs->config.store, user_id, path, &blob, err);
        if (status != SAI_OK)
                return status;
        status = jobs_add_import(jobs, user_id, blob, file_name, arena, ret_job, err);
        if (status != SAI_OK)
                drop_blob(jobs, status, user_id, blob);
        return status;
}
