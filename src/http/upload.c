/* upload.c -- the file of a multipart request, staged on disk while it comes in.
 *
 * The file exists from the first byte to the end of the request and is removed on every way out unless the handler took it. While
 * bytes still come it is called `.part` and locked; what a killed process leaves behind has no lock any more, and the next
 * start removes it. A complete file nobody took is removed when it is a day old: its job, if there is one, has long read it. */
#include "http/http_internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct http_upload {
        struct http_multipart *multipart;
        struct sai_upload view;
        char file_name[256];
        char *path; /* of the complete file; "….part" until then */
        char *part_path;
        int fd;
};

static const char prefix[] = "upload-";
static const char part_suffix[] = ".part";

static sai_status begin(void *context, struct sai_text file_name, struct sai_err *err)
{
        struct http_upload *upload = context;
        (void)err;
        memcpy(upload->file_name, file_name.data, file_name.len);
        upload->view.file_name = (struct sai_text) { upload->file_name, file_name.len };
        return SAI_OK;
}

static bool is_full(int reason) { return reason == ENOSPC || reason == EDQUOT || reason == EFBIG; }

static sai_status append(void *context, const char *bytes, size_t len, struct sai_err *err)
{
        struct http_upload *upload = context;
        while (len) {
                ssize_t n = write(upload->fd, bytes, len);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0 && is_full(errno))
                        return sai_fail(err, SAI_DISK_FULL, "no room for the upload");
                if (n <= 0)
                        return sai_fail(err, SAI_INTERNAL, "the upload cannot be staged (errno %d)", errno);
                bytes += n;
                len -= (size_t)n;
                upload->view.size += (uint64_t)n;
        }
        return SAI_OK;
}

/* Path names from 128 random bits: nobody else's file is ever opened, and O_EXCL makes sure. */
static sai_status open_file(struct http_upload *upload, const struct sai_server_config *config, struct sai_err *err)
{
        unsigned char random[16];
        char name[2 * sizeof random + 1];
        sai_random_fill(&config->random, random, sizeof random);
        sai_hex_encode(random, sizeof random, name);
        if (asprintf(&upload->path, "%s/%s%s", config->staging_dir, prefix, name) < 0)
                upload->path = NULL;
        if (!upload->path || asprintf(&upload->part_path, "%s%s", upload->path, part_suffix) < 0) {
                upload->part_path = NULL;
                return sai_fail(err, SAI_NO_MEMORY, "upload");
        }
        upload->fd = open(upload->part_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (upload->fd < 0) {
                bool full = is_full(errno);
                int reason = errno;
                free(upload->part_path);
                upload->part_path = NULL; /* nothing of ours to remove */
                return sai_fail(err, full ? SAI_DISK_FULL : SAI_INTERNAL, "the upload cannot be staged (errno %d)", reason);
        }
        (void)flock(upload->fd, LOCK_EX | LOCK_NB); /* only a mark for the sweep; the name is ours alone anyway */
        return SAI_OK;
}

SAI_DEFINE_CLEANUP(struct http_upload, http_upload_free)

sai_status http_upload_new(const struct sai_server_config *config, struct sai_text content_type, struct http_upload **ret_upload,
                           struct sai_err *err)
{
        if (!config->staging_dir)
                return sai_fail(err, SAI_INTERNAL, "no folder for uploads");
        SAI_CLEANUP(http_upload_free_p) struct http_upload *upload = calloc(1, sizeof *upload);
        if (!upload)
                return sai_fail(err, SAI_NO_MEMORY, "upload");
        upload->fd = -1;
        upload->view.file_name = SAI_TEXT("");
        struct http_multipart_sink sink = { .begin = begin, .data = append, .context = upload };
        sai_status rc = http_multipart_new(content_type, sink, &upload->multipart, err);
        if (rc == SAI_OK)
                rc = open_file(upload, config, err);
        if (rc == SAI_OK)
                *ret_upload = SAI_TAKE(upload);
        return rc;
}

void http_upload_free(struct http_upload *upload)
{
        if (!upload)
                return;
        if (upload->part_path)
                (void)unlink(upload->part_path);
        else if (upload->view.path && !upload->view.taken)
                (void)unlink(upload->view.path);
        if (upload->fd >= 0)
                (void)close(upload->fd);
        http_multipart_free(upload->multipart);
        free(upload->path);
        free(upload->part_path);
        free(upload);
}

sai_status http_upload_feed(struct http_upload *upload, const char *bytes, size_t len, struct sai_err *err)
{
        return http_multipart_feed(upload->multipart, bytes, len, err);
}

sai_status http_upload_end(struct http_upload *upload, struct sai_err *err)
{
        sai_status rc = http_multipart_end(upload->multipart, err);
        if (rc != SAI_OK)
                return rc;
        if (rename(upload->part_path, upload->path) != 0)
                return sai_fail(err, SAI_INTERNAL, "the upload cannot be staged (errno %d)", errno);
        free(upload->part_path);
        upload->part_path = NULL;
        upload->view.path = upload->path;
        return SAI_OK;
}

struct sai_upload *http_upload_view(struct http_upload *upload) { return &upload->view; }

static bool is_abandoned(int folder, const char *name, int64_t now_s)
{
        struct stat about;
        int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        if (fd < 0)
                return false;
        size_t len = strlen(name), suffix = sizeof part_suffix - 1;
        bool part = len > suffix && strcmp(name + len - suffix, part_suffix) == 0;
        bool free_lock = flock(fd, LOCK_EX | LOCK_NB) == 0;
        bool old = fstat(fd, &about) == 0 && now_s - about.st_mtime > SAI_STAGED_FILE_LIFE_S;
        (void)close(fd);
        return free_lock && (part || old);
}

void http_upload_sweep(const struct sai_server_config *config)
{
        DIR *folder = config->staging_dir ? opendir(config->staging_dir) : NULL;
        if (!folder)
                return;
        int64_t now_s = sai_now_ms(&config->clock) / 1000;
        for (struct dirent *entry; (entry = readdir(folder));)
                if (strncmp(entry->d_name, prefix, sizeof prefix - 1) == 0 && is_abandoned(dirfd(folder), entry->d_name, now_s))
                        (void)unlinkat(dirfd(folder), entry->d_name, 0);
        (void)closedir(folder);
}
