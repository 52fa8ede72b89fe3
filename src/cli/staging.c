/* staging.c -- see staging.h. flock(2) is the lock because it ends with the process, also by SIGKILL, and needs no file of its own. */
#include "cli/staging.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_BYTES = 8 };

static int open_folder(int parent, const char *name)
{
        return openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
}

/* Takes over `folder`. Uploads are plain files: nothing deeper is ours to remove. */
static void empty(int folder)
{
        DIR *entries = fdopendir(folder);
        if (!entries) {
                close(folder);
                return;
        }
        for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
                if (entry->d_name[0] != '.')
                        unlinkat(dirfd(entries), entry->d_name, 0);
        }
        closedir(entries);
}

/* A folder whose lock is free is nobody's; it goes while we hold that lock. */
static void remove_if_left(int parent, const char *name)
{
        int folder = open_folder(parent, name);
        if (folder < 0) {
                if (errno == ENOTDIR)
                        unlinkat(parent, name, 0); /* a file of a version before */
                return;
        }
        if (flock(folder, LOCK_EX | LOCK_NB) != 0) {
                close(folder);
                return;
        }
        int again = open_folder(parent, name);
        if (again >= 0)
                empty(again);
        unlinkat(parent, name, AT_REMOVEDIR);
        close(folder);
}

static void remove_left_behind(int parent)
{
        int copy = fcntl(parent, F_DUPFD_CLOEXEC, 0);
        DIR *entries = copy >= 0 ? fdopendir(copy) : NULL;
        if (!entries) {
                if (copy >= 0)
                        close(copy);
                return;
        }
        for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
                if (entry->d_name[0] != '.')
                        remove_if_left(parent, entry->d_name);
        }
        closedir(entries);
}

/* Made and locked; another that starts at this moment may have found it between the two and removed it: then it has no name any more. */
static bool is_still_there(int folder)
{
        struct stat about;
        return fstat(folder, &about) == 0 && about.st_nlink > 0;
}

static int make_and_lock(int parent, const char *name)
{
        if (mkdirat(parent, name, 0700) != 0)
                return -1;
        int folder = open_folder(parent, name);
        if (folder >= 0 && flock(folder, LOCK_EX | LOCK_NB) == 0 && is_still_there(folder))
                return folder;
        if (folder >= 0)
                close(folder);
        return -1;
}

static void random_name(const struct sai_random *random, char name[2 * NAME_BYTES + 1])
{
        static const char digits[] = "0123456789abcdef";
        uint8_t bytes[NAME_BYTES];
        sai_random_fill(random, bytes, sizeof bytes);
        for (size_t i = 0; i < sizeof bytes; i++) {
                name[2 * i] = digits[bytes[i] >> 4];
                name[2 * i + 1] = digits[bytes[i] & 15];
        }
        name[2 * NAME_BYTES] = '\0';
}

static int open_parent(const char *path)
{
        if (mkdir(path, 0700) != 0 && errno != EEXIST)
                return -1;
        return open_folder(AT_FDCWD, path);
}

sai_status staging_take(const char *data_dir, const struct sai_random *random, struct sai_arena *arena,
                        struct staging *ret_staging, struct sai_err *err)
{
        enum { TRIES = 5 };
        char name[2 * NAME_BYTES + 1];
        const char *all = sai_arena_printf(arena, "%s/staging", data_dir);
        if (!all)
                return sai_fail(err, SAI_NO_MEMORY, "uploads");
        int parent = open_parent(all), lock = -1;
        if (parent < 0)
                return sai_fail(err, SAI_UNAVAILABLE, "the folder of uploads cannot be made: %s", strerror(errno));
        remove_left_behind(parent);
        for (int i = 0; i < TRIES && lock < 0; i++) {
                random_name(random, name);
                lock = make_and_lock(parent, name);
        }
        int failure = errno;
        close(parent);
        if (lock < 0)
                return sai_fail(err, SAI_UNAVAILABLE, "a folder for uploads cannot be made: %s", strerror(failure));
        const char *path = sai_arena_printf(arena, "%s/%s", all, name);
        *ret_staging = (struct staging) { path, lock };
        if (path)
                return SAI_OK;
        close(lock);
        *ret_staging = (struct staging) { 0 };
        return sai_fail(err, SAI_NO_MEMORY, "uploads");
}

void staging_release(struct staging *staging)
{
        if (!staging->path)
                return;
        int folder = open_folder(AT_FDCWD, staging->path);
        if (folder >= 0)
                empty(folder);
        rmdir(staging->path);
        close(staging->lock);
        *staging = (struct staging) { 0 };
}
