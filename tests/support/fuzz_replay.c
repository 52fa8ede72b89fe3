/* fuzz_replay.c -- runs a fuzz target over files, without libFuzzer, so that every crasher found once stays fixed in the
 * ordinary test run and with any compiler. Arguments are files and folders of files. */
#include <dirent.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An exact-size copy, so that the sanitizers see the first byte read past the end. */
static int replay_file(const char *path, size_t size)
{
        FILE *file = fopen(path, "rb");
        uint8_t *data = malloc(size ? size : 1);
        int done = 0;
        if (file && data && fread(data, 1, size, file) == size) {
                LLVMFuzzerTestOneInput(data, size);
                done = 1;
        } else {
                fprintf(stderr, "cannot read %s\n", path);
        }
        free(data);
        if (file)
                fclose(file);
        return done;
}

static int replay(const char *path, int *failed)
{
        struct stat info;
        if (stat(path, &info) != 0) {
                fprintf(stderr, "cannot read %s\n", path);
                *failed = 1;
                return 0;
        }
        if (S_ISREG(info.st_mode)) {
                int done = replay_file(path, (size_t)info.st_size);
                *failed |= !done;
                return done;
        }

        DIR *folder = S_ISDIR(info.st_mode) ? opendir(path) : NULL;
        int count = 0;
        for (struct dirent *entry; folder && (entry = readdir(folder)) != NULL;) {
                char inner[4096];
                if (entry->d_name[0] == '.')
                        continue;
                if ((size_t)snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name) < sizeof inner)
                        count += replay(inner, failed);
        }
        if (folder)
                closedir(folder);
        return count;
}

int main(int argc, char **argv)
{
        int count = 0, failed = 0;
        for (int i = 1; i < argc; i++)
                count += replay(argv[i], &failed);
        printf("%d inputs replayed\n", count);
        return failed || count == 0;
}
